// Names in a row, as a language writes them.
import { locale } from "../i18n/locale.svelte";

/** "Noor and Samir". */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat(locale.tag, { type: "conjunction" }).format(names);
}
