// Where the picture of an item lies on that of an entry, as the evidence tells it.
import type { Match } from "../api/client";

type Row = readonly [number, number, number];
/** From the item to the entry, both in shares of their sides: (x, y, 1) becomes (x', y', w), and that (x'/w, y'/w). */
export type Alignment = readonly [Row, Row, Row];
export type Point = readonly [x: number, y: number];
/** In pixels of the page. */
export type Size = { readonly across: number; readonly down: number };

const IDENTITY: Alignment = [[1, 0, 0], [0, 1, 0], [0, 0, 1]];
const WHOLE = { x: 0, y: 0, width: 1, height: 1 };
const CORNERS: readonly Point[] = [[0, 0], [1, 0], [1, 1], [0, 1]];
/** Nearer to the horizon a plane is drawn as large as one likes. */
const DEPTH_MIN = 0.05;
/** The item may be this many times as large as the entry, and no larger: it would be drawn of few pixels. */
const SHARE_MAX = 50;

/** How an item must be turned to lie as the entry does: mirrored first, then turned clockwise. */
const TURNS: Readonly<Record<string, Alignment>> = {
  upright: IDENTITY,
  quarter: [[0, -1, 1], [1, 0, 0], [0, 0, 1]],
  half: [[-1, 0, 1], [0, -1, 1], [0, 0, 1]],
  "three-quarters": [[0, 1, 0], [-1, 0, 1], [0, 0, 1]],
};
const MIRROR: Alignment = [[-1, 0, 1], [0, 1, 0], [0, 0, 1]];

/** How the item of a match lies on its entry; null when the evidence tells no place in pictures, or none that can be drawn. */
export function alignment(match: Match): Alignment | null {
  if (match.method === "sound") return null;
  const told = match.placed ? rows(match.placed.transform) : compared(match);
  return told && CORNERS.every((corner) => isDrawn(told, corner)) ? told : null;
}

/** What was compared as a whole: one region upon the other, turned. */
function compared(match: Match): Alignment | null {
  const { item, entry } = match.regions ?? { item: WHOLE, entry: WHOLE };
  if (item.width <= 0 || item.height <= 0) return null;
  const name = match.views?.orientation ?? "upright";
  const isMirrored = name.startsWith("mirrored");
  const turn = TURNS[isMirrored ? name.slice("mirrored-".length) || "upright" : name];
  if (!turn) return null;
  const toUnit: Alignment = [[1 / item.width, 0, -item.x / item.width], [0, 1 / item.height, -item.y / item.height], [0, 0, 1]];
  const toEntry: Alignment = [[entry.width, 0, entry.x], [0, entry.height, entry.y], [0, 0, 1]];
  return product(toEntry, product(turn, isMirrored ? product(MIRROR, toUnit) : toUnit));
}

function rows(told: readonly (readonly number[])[]): Alignment | null {
  const [a, b, c] = told.map(([x, y, z]): Row => [x ?? NaN, y ?? NaN, z ?? NaN]);
  return a && b && c && [...a, ...b, ...c].every(Number.isFinite) ? [a, b, c] : null;
}

function product(one: Alignment, other: Alignment): Alignment {
  const cell = (row: Row, column: 0 | 1 | 2): number => row[0] * other[0][column] + row[1] * other[1][column] + row[2] * other[2][column];
  const of = (row: Row): Row => [cell(row, 0), cell(row, 1), cell(row, 2)];
  return [of(one[0]), of(one[1]), of(one[2])];
}

const along = (row: Row, [x, y]: Point): number => row[0] * x + row[1] * y + row[2];

function isDrawn(told: Alignment, corner: Point): boolean {
  const depth = along(told[2], corner);
  if (depth < DEPTH_MIN) return false;
  return placed(told, corner).every((share) => Math.abs(share) <= SHARE_MAX);
}

/** Where a place of the item lies on the entry. */
export function placed(told: Alignment, place: Point): Point {
  const depth = along(told[2], place);
  return [along(told[0], place) / depth, along(told[1], place) / depth];
}

/** The item's corners on the entry, from its upper left one clockwise. */
export function outline(told: Alignment): Point[] {
  return CORNERS.map((corner) => placed(told, corner));
}

/** The same as the style sheet has it, for a picture of the item that lies with its upper left corner upon that of the entry. */
export function matrix3d(told: Alignment, item: Size, entry: Size): string {
  const of = ([x, y, z]: Row, size: number): Row => [(x * size) / item.across, (y * size) / item.down, z * size];
  const [a, b, c] = [of(told[0], entry.across), of(told[1], entry.down), of(told[2], 1)];
  return `matrix3d(${[a[0], b[0], 0, c[0], a[1], b[1], 0, c[1], 0, 0, 1, 0, a[2], b[2], 0, c[2]].join(", ")})`;
}
