// A look-back in words.
import { t } from "../i18n/locale.svelte";

type Told = { readonly done: boolean; readonly items: number; readonly cases: number };

/** "Found in 12 earlier uploads; 11 cases." */
export function lookBackWords({ done, items, cases }: Told): string {
  if (!done) return t("look-back.under-way");
  if (items === 0) return t("look-back.nothing");
  const found = t("look-back.items", { n: items });
  return cases === 0 ? t("look-back.no-cases", { found }) : t("look-back.found", { found, cases: t("look-back.cases", { n: cases }) });
}
