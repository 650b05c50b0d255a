import { describe, expect, it } from "vitest";
import type { Match } from "../api/client";
import { marksOf } from "./marks";

const placed = {
  item_outline: [
    [0.5, 0.5],
    [1, 0.5],
    [1, 1],
    [0.5, 1],
  ],
  entry_region: [0, 0.1, 1, 0.9],
  places: Array.from({ length: 60 }, (_, k) => [0.6, 0.7, k / 60, 0.4]),
};

describe("marks", () => {
  it("are none of what was compared as a whole", () => {
    expect(marksOf(undefined)).toEqual({ item: null, entry: null });
    expect(marksOf({ placed: null } as Match)).toEqual({ item: null, entry: null });
  });

  it("outline the entry in the item, and what of the entry is seen", () => {
    const marks = marksOf({ placed } as unknown as Match);
    expect(marks.item?.outline).toEqual(placed.item_outline);
    expect(marks.entry?.outline).toEqual([
      [0, 0.1],
      [1, 0.1],
      [1, 0.9],
      [0, 0.9],
    ]);
  });

  it("show some details, each in its place in both", () => {
    const marks = marksOf({ placed } as unknown as Match);
    expect(marks.item?.details).toHaveLength(40);
    expect(marks.item?.details[3]).toEqual([0.6, 0.7]);
    expect(marks.entry?.details[3]).toEqual([0.05, 0.4]);
  });
});
