// Months and years as the chosen language writes them.
import { locale } from "../i18n/locale.svelte";

/** A month or a year, in full. */
export function periodName(period: string): string {
  const options: Intl.DateTimeFormatOptions = { year: "numeric", timeZone: "UTC", ...(period.length > 4 ? { month: "long" } : {}) };
  const date = new Date(period.length > 4 ? `${period}-01T00:00Z` : `${period}-01-01T00:00Z`);
  return new Intl.DateTimeFormat(locale.tag, options).format(date);
}
