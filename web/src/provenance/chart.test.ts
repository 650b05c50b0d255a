import { expect, test } from "vitest";
import type { Band, Provenance, Source } from "../api/client";
import { after, at, entryLength_s, inOrder, lanes, length_s, moved, numbered, onEntry, outline, ring, rowsFor, stretch, ticks, toward, unknown_s, zoomed, type Drawn } from "./chart";

const band = (item_start_s: number, item_end_s: number, more: Partial<Band> = {}): Band => ({
  layer: "picture",
  method: "frames",
  item_start_s,
  item_end_s,
  entry_start_s: 10,
  entry_end_s: 10 + item_end_s - item_start_s,
  rate: 1,
  score: 0.9,
  place: null,
  borrowed: false,
  own_s: item_end_s - item_start_s,
  older: [],
  ...more,
});

const source = (entry: string, bands: Band[], more: Partial<Source> = {}): Source => ({
  bank: "known",
  entry,
  title: entry,
  medium: "video",
  duration_ms: 60_000,
  published: null,
  added_at: "2026-11-26T00:00:00Z",
  removed: false,
  own: true,
  shown_s: 1,
  bands,
  ...more,
});

const row = (sources: Source[], duration_ms = 100_000): Provenance => ({
  case: "c",
  reference: "r",
  medium: "video",
  duration_ms,
  sources,
  unknown: [{ start_s: 0, end_s: 4 }],
  bands_left_out: 0,
});

const ALL = { from_s: 0, to_s: 100 };

test("each source with seconds of its own has a lane, with the younger ones that show the same under it", () => {
  const told = lanes(row([source("a", [band(0, 5)]), source("b", [band(9, 12)]), source("copy", [band(0, 5, { older: ["a"] })], { own: false })]));
  expect(told.map(({ number, source: { entry }, also }) => [number, entry, also.map((one) => one.entry)])).toEqual([
    [1, "a", ["copy"]],
    [2, "b", []],
  ]);
});

test("a stretch is where its seconds are, and can be seen however short it is", () => {
  expect(stretch(ALL, 500, 20, 40)).toEqual({ x: 100, width: 100 });
  expect(stretch({ from_s: 30, to_s: 40 }, 500, 20, 35)).toEqual({ x: 0, width: 250 });
  expect(stretch({ from_s: 50, to_s: 60 }, 500, 20, 40)).toBeNull();
  expect(stretch(ALL, 0, 20, 40)).toBeNull();
  for (const odd of [band(3, 3), band(99.99, 400), band(100, 100)]) {
    const drawn = stretch(ALL, 500, odd.item_start_s, odd.item_end_s);
    expect(drawn && drawn.x >= 0 && drawn.x + drawn.width <= 500 && drawn.width >= 3).toBe(true);
  }
});

test("an entry that is one picture has one moment, which is all of its line", () => {
  const picture = source("still", [band(3, 4, { entry_start_s: 0, entry_end_s: 0 })], { duration_ms: 0, medium: "image" });
  expect(onEntry(picture, picture.bands[0] ?? band(0, 0), 500)).toEqual({ x: 0, width: 500 });
  expect(onEntry(source("a", []), band(0, 6), 600)).toEqual({ x: 100, width: 60 });
});

test("lines are as long as what lies on them, and never without length", () => {
  expect(length_s(row([source("a", [band(0, 140)])]))).toBe(140);
  expect(length_s(row([], 0))).toBeGreaterThan(0);
  expect(entryLength_s(source("a", [band(0, 5, { entry_end_s: 90 })]))).toBe(90);
});

test("zooming keeps the moment in its place and stays on the item", () => {
  const closer = zoomed(ALL, 100, 0.5, 40);
  expect(closer).toEqual({ from_s: 20, to_s: 70 });
  expect(at(closer, 500, 40)).toBeCloseTo(at(ALL, 500, 40));
  expect(zoomed(closer, 100, 4, 40)).toEqual(ALL);
  let shown = ALL;
  for (let k = 0; k < 50; k++) shown = zoomed(shown, 100, 0.5, 100);
  expect(shown).toEqual({ from_s: 98, to_s: 100 });
  expect(zoomed({ from_s: 0, to_s: 1 }, 1, 0.5, 0.5)).toEqual({ from_s: 0, to_s: 1 });
  expect(moved({ from_s: 0, to_s: 30 }, 100, 95)).toEqual({ from_s: 70, to_s: 100 });
  expect(moved({ from_s: 10, to_s: 40 }, 100, -5)).toEqual({ from_s: 0, to_s: 30 });
});

test("the part that is shown moves to a band, and no farther", () => {
  const shown = { from_s: 40, to_s: 60 };
  expect(toward(shown, 100, band(45, 50))).toEqual(shown);
  expect(toward(shown, 100, band(20, 25))).toEqual({ from_s: 19, to_s: 39 });
  expect(toward(shown, 100, band(70, 75))).toEqual({ from_s: 56, to_s: 76 });
  // Of one that is longer than what is shown, the start.
  expect(toward(shown, 100, band(65, 99)).from_s).toBeLessThanOrEqual(65);
});

test("times stand apart, in steps that people count in", () => {
  expect(ticks(ALL, 800)).toEqual([0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]);
  expect(ticks({ from_s: 33, to_s: 37 }, 800)).toEqual([33, 33.5, 34, 34.5, 35, 35.5, 36, 36.5, 37]);
  expect(ticks({ from_s: 0, to_s: 3 * 3600 }, 390).length).toBeLessThanOrEqual(5);
  expect(ticks(ALL, 0).length).toBeLessThanOrEqual(2);
});

test("arrow keys walk along the item, and to the next lane's nearest band", () => {
  const told = lanes(row([source("a", [band(0, 5), band(50, 55)]), source("b", [band(9, 12), band(48, 49)])]));
  const order = inOrder(told).map(({ key }) => key);
  expect(order).toEqual(["0-0", "1-0", "1-1", "0-1"]);
  const from = (key: string): Drawn => {
    const found = inOrder(told).find((drawn) => drawn.key === key);
    if (!found) throw new Error(`no band ${key}`);
    return found;
  };
  expect(after(told, from("0-0"), "ArrowRight")?.key).toBe("1-0");
  expect(after(told, from("1-0"), "ArrowLeft")?.key).toBe("0-0");
  expect(after(told, from("0-0"), "ArrowLeft")).toBeUndefined();
  expect(after(told, from("0-1"), "ArrowDown")?.key).toBe("1-1");
  expect(after(told, from("1-0"), "ArrowUp")?.key).toBe("0-0");
  expect(after(told, from("1-0"), "ArrowDown")).toBeUndefined();
  expect(after(told, from("1-0"), "End")?.key).toBe("0-1");
  expect(after(told, from("1-0"), "KeyQ")).toBeUndefined();
});

test("the same bytes are picture and sound", () => {
  expect(rowsFor([band(0, 1)])).toEqual(["picture"]);
  expect(rowsFor([band(0, 1, { layer: "whole" })])).toEqual(["picture", "sound"]);
  expect(rowsFor([band(0, 1, { layer: "sound" })])).toEqual(["sound"]);
});

test("outlines and sums", () => {
  expect(outline({ x: 0, width: 10 }, { x: 5, width: 20 }, 1, 9)).toBe("0.0,1 10.0,1 25.0,9 5.0,9");
  expect(ring({ x: 0, width: 10 }, { x: 5, width: 20 }, 10, 30)).toBe("0,1 10,1 10,10 25,40 25,49 5,49 5,40 0,10");
  expect(unknown_s(row([]))).toBe(4);
});

test("numbers stand at the start of their stretches, and beside each other where those overlap", () => {
  expect(numbered([{ x: 0, width: 100 }, { x: 100, width: 100 }])).toEqual([10, 110]);
  expect(numbered([{ x: 0, width: 100 }, { x: 0, width: 100 }, { x: 4, width: 100 }])).toEqual([10, 25, 44]);
  expect(numbered([{ x: 0, width: 19 }, { x: 0, width: 100 }, { x: 0, width: 30 }])).toEqual([null, 10, null]);
});
