import { expect, test } from "vitest";
import type { Match } from "../api/client";
import { alignment, matrix3d, outline, placed } from "./align";

const match = (of: Partial<Match>): Match => ({ method: "pdq", ...of }) as Match;
const turned = (orientation: string): Match => match({ views: { item: "full", entry: "full", orientation } });

test.each([
  // Where the item's upper left corner and the one right of it lie.
  ["upright", [0, 0], [1, 0]],
  ["quarter", [1, 0], [1, 1]],
  ["half", [1, 1], [0, 1]],
  ["three-quarters", [0, 1], [0, 0]],
  ["mirrored", [1, 0], [0, 0]],
  ["mirrored-quarter", [1, 1], [1, 0]],
  ["mirrored-half", [0, 1], [1, 1]],
  ["mirrored-three-quarters", [0, 0], [0, 1]],
])("an item that is %s is laid upright", (orientation, first, second) => {
  const told = alignment(turned(orientation));
  expect(told && outline(told).slice(0, 2).map(([x, y]) => [x + 0, y + 0])).toEqual([first, second]);
});

test("what was compared lies upon what it was compared with", () => {
  const told = alignment(match({ regions: { item: { x: 0.1, y: 0.2, width: 0.8, height: 0.6 }, entry: { x: 0, y: 0, width: 1, height: 0.5 } } }));
  const near = (place: readonly [number, number]): number[] => (told ? placed(told, place) : []).map((share) => Number(share.toFixed(6)));
  expect([near([0.1, 0.2]), near([0.9, 0.8])]).toEqual([[0, 0], [1, 0.5]]);
});

test("a place that local features found is taken as it is", () => {
  const transform = [[2, 0, -0.5], [0, 2, -0.5], [0, 0, 1]];
  const told = alignment(match({ method: "local", placed: { transform } as unknown as NonNullable<Match["placed"]> }));
  expect(told && placed(told, [0.25, 0.75])).toEqual([0, 1]);
});

test.each([
  ["a sound", match({ method: "sound" })],
  ["a turn that nobody knows", turned("inside-out")],
  ["a map that is no number", match({ placed: { transform: [[1, 0, 0], [0, 1, 0]] } as unknown as NonNullable<Match["placed"]> })],
  ["a plane beyond the horizon", match({ placed: { transform: [[1, 0, 0], [0, 1, 0], [-1, 0, 1]] } as unknown as NonNullable<Match["placed"]> })],
  ["a speck", match({ regions: { item: { x: 0, y: 0, width: 0.001, height: 0.001 }, entry: { x: 0, y: 0, width: 1, height: 1 } } })],
  ["nothing", match({ regions: { item: { x: 0, y: 0, width: 0, height: 1 }, entry: { x: 0, y: 0, width: 1, height: 1 } } })],
])("%s has no place in the picture", (_, of) => {
  expect(alignment(of)).toBeNull();
});

test("the style sheet's matrix carries pixels of the item to those of the entry", () => {
  const told = alignment(match({ regions: { item: { x: 0, y: 0, width: 0.5, height: 1 }, entry: { x: 0, y: 0, width: 1, height: 1 } } }));
  const text = told ? matrix3d(told, { across: 400, down: 100 }, { across: 300, down: 200 }) : "";
  const m = text.slice("matrix3d(".length, -1).split(", ").map(Number);
  // The lower right corner of the region, (200, 100) in the item, is that of the entry.
  const at = (row: number): number => (m[row] ?? 0) * 200 + (m[row + 4] ?? 0) * 100 + (m[row + 12] ?? 0);
  expect([at(0) / at(3), at(1) / at(3)]).toEqual([300, 200]);
});
