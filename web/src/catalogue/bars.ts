// A bank's timeline as columns: months or years in a row, also those in which nothing was released.
import type { Timeline } from "../api/client";

export type Column = { readonly period: string; readonly official: number; readonly supporter: number; readonly unknown: number; readonly all: number };

/** Most columns; where releases lie further apart, what lies between them is left out. */
const COLUMNS_MAX = 400;

/** The columns of a timeline, the oldest first. */
export function columns(timeline: Timeline): Column[] {
  const told = timeline.bars.map(({ period, entries }) => ({ period, ...entries, all: entries.official + entries.supporter + entries.unknown }));
  const [first, last] = [told[0], told.at(-1)];
  if (!first || !last) return [];
  const [from, to] = [ordinal(first.period), ordinal(last.period)];
  if (to - from >= COLUMNS_MAX) return told;
  const byPeriod = new Map(told.map((column) => [column.period, column]));
  return Array.from({ length: to - from + 1 }, (_, k) => {
    const period = periodOf(from + k, first.period.length > 4);
    return byPeriod.get(period) ?? { period, official: 0, supporter: 0, unknown: 0, all: 0 };
  });
}

/** Months since the year 0 of a month; the year itself of a year. */
function ordinal(period: string): number {
  const [year = 0, month] = period.split("-").map(Number);
  return month === undefined ? year : year * 12 + month - 1;
}

function periodOf(ordinal: number, isMonth: boolean): string {
  const year = String(isMonth ? Math.floor(ordinal / 12) : ordinal).padStart(4, "0");
  return isMonth ? `${year}-${String((ordinal % 12) + 1).padStart(2, "0")}` : year;
}

/** Whether a month or year lies within a span, whose ends are told as coarsely or as finely as a person likes. */
export function isWithin(period: string, from: string | undefined, until: string | undefined): boolean {
  if (from === undefined && until === undefined) return false;
  const after = from === undefined || period >= from.slice(0, period.length);
  return after && (until === undefined || period.slice(0, until.length) <= until.slice(0, period.length));
}

/** The span between two columns, whichever comes first. */
export function spanOf(one: string, other: string): { published_from: string; published_until: string } {
  return one <= other ? { published_from: one, published_until: other } : { published_from: other, published_until: one };
}

/** What stands under a column: the year, where it begins and there is room for it. */
export function label(all: readonly Column[], index: number): string {
  const period = all[index]?.period ?? "";
  const isMonth = period.length > 4;
  if (isMonth) return index === 0 && !period.endsWith("-11") && !period.endsWith("-12") || period.endsWith("-01") ? period.slice(0, 4) : "";
  return all.length <= 12 || Number(period) % 5 === 0 ? period : "";
}

/** The end of the scale: the next round number. */
export function scale(all: readonly Column[]): number {
  const most = Math.max(1, ...all.map((column) => column.all));
  const step = 10 ** Math.floor(Math.log10(most));
  const round = [1, 2, 5, 10].find((times) => times * step >= most) ?? 10;
  return round * step;
}
