// Where item and entry agree, as places on two lines.
import type { Segment } from "../api/client";

/** A stretch of both, in seconds. */
export type Stretch = Omit<Segment, "score">;

/** A stretch drawn between two lines: shares of each line's length, 0 to 1. */
export type Band<S extends Stretch = Segment> = {
  readonly segment: S;
  readonly item: { readonly from: number; readonly to: number };
  readonly entry: { readonly from: number; readonly to: number };
};

/** A moment of both, in seconds. */
export type Place = { readonly item_s: number; readonly entry_s: number };

/** Shortest stretch that can still be seen and pressed, as a share. */
const WIDTH_MIN = 0.006;

/** How long a line is: what is told, or as far as the segments reach. Never 0, which nothing could be divided by. */
export function length_s(told_ms: number | null | undefined, ends_s: readonly number[]): number {
  return Math.max((told_ms ?? 0) / 1000, ...ends_s, 0.001);
}

/** The bands of segments on lines of these lengths. */
export function bands<S extends Stretch>(segments: readonly S[], item_length_s: number, entry_length_s: number): Band<S>[] {
  return segments.map((segment) => ({
    segment,
    item: stretch(segment.item_start_s, segment.item_end_s, item_length_s),
    entry: stretch(segment.entry_start_s, segment.entry_end_s, entry_length_s),
  }));
}

function stretch(start_s: number, end_s: number, length: number): { from: number; to: number } {
  const from = clamp(start_s / length, 0, 1 - WIDTH_MIN);
  return { from, to: clamp(Math.max(end_s / length, from + WIDTH_MIN), from + WIDTH_MIN, 1) };
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}

/** The longest stretch: where to look first. */
export function longest(segments: readonly Segment[]): Segment | undefined {
  return segments.toSorted((one, other) => span_s(other) - span_s(one))[0];
}

export function span_s(segment: Segment): number {
  return segment.item_end_s - segment.item_start_s;
}

/**
 * The moment at which both show the same, within a segment: its middle, because cuts are at the ends.
 */
export function middle(segment: Segment): Place {
  return {
    item_s: (segment.item_start_s + segment.item_end_s) / 2,
    entry_s: (segment.entry_start_s + segment.entry_end_s) / 2,
  };
}

/** The entry's moment that belongs to one of the item's, along the segment that it lies in; else along the nearest. */
export function aligned(segments: readonly Segment[], item_s: number): Place {
  const distance = (segment: Segment): number =>
    Math.max(segment.item_start_s - item_s, item_s - segment.item_end_s, 0);
  const nearest = segments.toSorted((one, other) => distance(one) - distance(other))[0];
  if (!nearest) return { item_s, entry_s: item_s };
  const long = span_s(nearest);
  const speed = long > 0 ? (nearest.entry_end_s - nearest.entry_start_s) / long : 1;
  return { item_s, entry_s: Math.max(0, nearest.entry_start_s + (item_s - nearest.item_start_s) * speed) };
}

/** The outline of a band between two lines, for a drawing that is 1000 wide and `height` high: entry above, item below. */
export function outline(band: Band<Stretch>, top: number, bottom: number): string {
  const x = (share: number): string => (share * 1000).toFixed(1);
  return `${x(band.entry.from)},${top} ${x(band.entry.to)},${top} ${x(band.item.to)},${bottom} ${x(band.item.from)},${bottom}`;
}
