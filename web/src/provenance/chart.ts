// Where bands are drawn: lanes, the part of the item that is shown, and the way through the bands.
import type { Band, Provenance, Source } from "../api/client";

/** The part of the item that is shown, in seconds. */
export type Shown = { readonly from_s: number; readonly to_s: number };

/** A stretch of a line in pixels. */
export type Stretch = { readonly x: number; readonly width: number };

/** A band with its place in the drawing. */
export type Drawn = { readonly key: string; readonly lane: number; readonly source: Source; readonly band: Band };

/** A source with seconds of its own, and the younger ones that show some of the same. */
export type Lane = { readonly number: number; readonly source: Source; readonly bands: readonly Drawn[]; readonly also: readonly Source[] };

/** Rows of a line: what is seen above, what is heard below. */
export type Row = "picture" | "sound";

/** Shortest part of an item that is shown, in seconds. */
const SHOWN_S_MIN = 2;
/** Narrowest thing that can be seen and pressed, in pixels. */
const NARROW = 3;
/** Room for a time and what stands around it, in pixels. */
const TICK = 76;
/** Lengths between ticks that people count in, in seconds. */
const STEPS_S = [0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600];

/** How long the item's line is: what is told, or as far as its bands reach. Never 0, which nothing could be divided by. */
export function length_s(row: Provenance): number {
  return Math.max(row.duration_ms / 1000, ...row.sources.flatMap(({ bands }) => bands.map((band) => band.item_end_s)), 0.001);
}

/** The same of an entry's line. */
export function entryLength_s(source: Source): number {
  return Math.max(source.duration_ms / 1000, ...source.bands.map((band) => band.entry_end_s), 0.001);
}

export function lanes(row: Provenance): Lane[] {
  const own = row.sources.filter((source) => source.own);
  return own.map((source, lane) => ({
    number: lane + 1,
    source,
    bands: source.bands.map((band, at) => ({ key: `${lane}-${at}`, lane, source, band })),
    also: row.sources.filter((other) => other.bands.some((band) => band.older.includes(source.entry))),
  }));
}

/** The rows that a band fills: the same bytes fill both. */
export function rowsOf(band: Band): readonly Row[] {
  return band.layer === "picture" ? ["picture"] : band.layer === "sound" ? ["sound"] : ["picture", "sound"];
}

/** The rows that a line needs for these bands. */
export function rowsFor(bands: readonly Band[]): readonly Row[] {
  const rows = (["picture", "sound"] as const).filter((row) => bands.some((band) => rowsOf(band).includes(row)));
  return rows.length > 0 ? rows : ["picture"];
}

/** Where a moment lies on a line of this width. */
export function at(shown: Shown, width: number, time_s: number): number {
  return ((time_s - shown.from_s) / (shown.to_s - shown.from_s)) * width;
}

/** Where a stretch lies on it; null when none of it is shown. */
export function stretch(shown: Shown, width: number, start_s: number, end_s: number): Stretch | null {
  if (end_s < shown.from_s || start_s > shown.to_s || width <= 0) return null;
  const from = Math.min(Math.max(0, at(shown, width, start_s)), Math.max(0, width - NARROW));
  return { x: from, width: Math.min(width, Math.max(at(shown, width, end_s), from + NARROW)) - from };
}

/** Where a band lies on its entry's line; all of it when the entry is one picture. */
export function onEntry(source: Source, band: Band, width: number): Stretch {
  if (source.duration_ms === 0) return { x: 0, width };
  return stretch({ from_s: 0, to_s: entryLength_s(source) }, width, band.entry_start_s, band.entry_end_s) ?? { x: 0, width: NARROW };
}

/** Room for a number in its circle, in pixels. */
const NUMBER = 20;
/** How near each other the middles of two may be. */
const NUMBERS_APART = 15;

/** Where the numbers of stretches of one line stand: each at the start of its own, beside those that are there already; null
    where there is no room. */
export function numbered(stretches: readonly Stretch[]): (number | null)[] {
  const taken: number[] = [];
  return stretches.map(({ x, width }) => {
    let middle = x + NUMBER / 2;
    while (middle <= x + width && taken.some((other) => Math.abs(other - middle) < NUMBERS_APART)) middle += NUMBERS_APART;
    if (middle + NUMBER / 2 > x + width) return null;
    taken.push(middle);
    return middle;
  });
}

/** The outline of a band from a stretch above to one below. */
export function outline(above: Stretch, below: Stretch, top: number, bottom: number): string {
  const point = (x: number, y: number): string => `${x.toFixed(1)},${y}`;
  return [point(above.x, top), point(above.x + above.width, top), point(below.x + below.width, bottom), point(below.x, bottom)].join(" ");
}

/** Around a band and its two stretches: lines of this height, with the band between them. */
export function ring(above: Stretch, below: Stretch, line: number, band: number): string {
  const [top, foot, head, bottom] = [1, line, line + band, 2 * line + band - 1];
  const right = [`${above.x + above.width},${top}`, `${above.x + above.width},${foot}`, `${below.x + below.width},${head}`, `${below.x + below.width},${bottom}`];
  return [`${above.x},${top}`, ...right, `${below.x},${bottom}`, `${below.x},${head}`, `${above.x},${foot}`].join(" ");
}

/** `factor` times as much of the item, about a moment that stays where it is. */
export function zoomed(shown: Shown, whole_s: number, factor: number, about_s: number): Shown {
  const span_s = Math.min(whole_s, Math.max(Math.min(SHOWN_S_MIN, whole_s), (shown.to_s - shown.from_s) * factor));
  const share = Math.min(1, Math.max(0, (about_s - shown.from_s) / (shown.to_s - shown.from_s)));
  return moved({ from_s: 0, to_s: span_s }, whole_s, about_s - share * span_s);
}

/** As much of the item, from another moment on. */
export function moved(shown: Shown, whole_s: number, from_s: number): Shown {
  const span_s = Math.min(whole_s, shown.to_s - shown.from_s);
  const start_s = Math.min(Math.max(0, from_s), whole_s - span_s);
  return { from_s: start_s, to_s: start_s + span_s };
}

/** The same part, moved as little as it takes to show a band. */
export function toward(shown: Shown, whole_s: number, band: Band): Shown {
  const margin_s = (shown.to_s - shown.from_s) * 0.05;
  if (band.item_start_s < shown.from_s) return moved(shown, whole_s, band.item_start_s - margin_s);
  if (band.item_end_s <= shown.to_s) return shown;
  const end_s = Math.min(band.item_end_s + margin_s, band.item_start_s - margin_s + (shown.to_s - shown.from_s));
  return moved(shown, whole_s, end_s - (shown.to_s - shown.from_s));
}

/** The moments that are named above a line of this width. */
export function ticks(shown: Shown, width: number): number[] {
  const least_s = ((shown.to_s - shown.from_s) * TICK) / Math.max(width, TICK);
  const step_s = STEPS_S.find((step) => step >= least_s) ?? Math.ceil(least_s / 3600) * 3600;
  const first = Math.ceil(shown.from_s / step_s);
  const count = Math.floor(shown.to_s / step_s) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, k) => (first + k) * step_s);
}

/** All bands in the order of the item. */
export function inOrder(all: readonly Lane[]): Drawn[] {
  const bands = all.flatMap((lane) => lane.bands);
  return bands.toSorted((one, other) => one.band.item_start_s - other.band.item_start_s || one.lane - other.lane);
}

/** The band that an arrow key leads to: sideways along the item, up and down to the nearest of the next lane. */
export function after(all: readonly Lane[], from: Drawn, key: string): Drawn | undefined {
  const order = inOrder(all);
  const here = order.findIndex((drawn) => drawn.key === from.key);
  if (key === "ArrowRight") return order[here + 1];
  if (key === "ArrowLeft") return order[here - 1];
  if (key === "Home") return order[0];
  if (key === "End") return order.at(-1);
  const lane = all[from.lane + (key === "ArrowDown" ? 1 : key === "ArrowUp" ? -1 : NaN)];
  const distance = ({ band }: Drawn): number => Math.abs(band.item_start_s - from.band.item_start_s);
  return lane?.bands.toSorted((one, other) => distance(one) - distance(other))[0];
}

/** How much of the item comes from no known release, in seconds. */
export function unknown_s(row: Provenance): number {
  return row.unknown.reduce((sum, span) => sum + span.end_s - span.start_s, 0);
}
