// Numbers, sizes and times as the chosen language writes them.
import { locale, t } from "./locale.svelte";

/** With the month's name: figures alone are read in two orders, and turn around in a line of Arabic. */
const DAY: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };

/** A moment in UTC, which it names. */
export function moment(text: string): string {
  const options: Intl.DateTimeFormatOptions = { ...DAY, hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  return `${new Intl.DateTimeFormat(locale.tag, options).format(new Date(text))} UTC`;
}

/** A day in UTC. */
export function day(text: string): string {
  return new Intl.DateTimeFormat(locale.tag, DAY).format(new Date(text));
}

const STEPS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** How long before `now_ms` a moment was: "5 min. ago". */
export function ago(text: string, now_ms: number): string {
  const age_s = Math.max(0, (now_ms - Date.parse(text)) / 1000);
  const step = STEPS.find(([, length_s]) => age_s >= length_s);
  if (!step) return t("time.now");
  const format = new Intl.RelativeTimeFormat(locale.tag, { style: "narrow", numeric: "always" });
  return format.format(-Math.floor(age_s / step[1]), step[0]);
}

/** A length of time for reading: "3 min 20 s". */
export function span(duration_s: number): string {
  const unit = (value: number, name: string): string =>
    new Intl.NumberFormat(locale.tag, { style: "unit", unit: name, unitDisplay: "short", maximumFractionDigits: 1 }).format(value);
  if (duration_s < 60) return unit(duration_s, "second");
  const minutes = Math.floor(duration_s / 60);
  const rest = Math.round(duration_s % 60);
  return rest ? `${unit(minutes, "minute")} ${unit(rest, "second")}` : unit(minutes, "minute");
}

/** A place in a video, the same in each language: "1:03.5". */
export function clock(position_s: number): string {
  const tenths = Math.round(Math.max(0, position_s) * 10);
  const seconds = (tenths % 600) / 10;
  const shown = Number.isInteger(seconds) ? String(seconds).padStart(2, "0") : seconds.toFixed(1).padStart(4, "0");
  return `${Math.floor(tenths / 600)}:${shown}`;
}

/** A share between 0 and 1. */
export function percent(share: number): string {
  return new Intl.NumberFormat(locale.tag, { style: "percent", maximumFractionDigits: share > 0.99 && share < 1 ? 1 : 0 }).format(share);
}

const SIZES = ["byte", "kilobyte", "megabyte", "gigabyte", "terabyte"] as const;

/** A size of a file. */
export function size(bytes: number): string {
  const step = bytes < 1000 ? 0 : Math.min(SIZES.length - 1, Math.floor(Math.log10(bytes) / 3));
  const unit = SIZES[step] ?? "byte";
  return new Intl.NumberFormat(locale.tag, { style: "unit", unit, unitDisplay: "short", maximumFractionDigits: step ? 1 : 0 }).format(bytes / 1000 ** step);
}

/** A whole number. */
export function count(number: number): string {
  return new Intl.NumberFormat(locale.tag).format(number);
}
