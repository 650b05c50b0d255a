import { expect, test } from "vitest";
import { aligned, bands, length_s, longest, middle, outline } from "./segments";

const segment = (item_start_s: number, item_end_s: number, entry_start_s: number, entry_end_s: number) => ({
  item_start_s,
  item_end_s,
  entry_start_s,
  entry_end_s,
  score: 0.9,
});

test("bands are shares of their lines", () => {
  const [band] = bands([segment(5, 15, 0, 10)], 20, 40);
  expect(band).toMatchObject({ item: { from: 0.25, to: 0.75 }, entry: { from: 0, to: 0.25 } });
});

test("a band can be seen and stays on its line, however short or wrong it is", () => {
  for (const odd of [segment(3, 3, 9, 9), segment(19.999, 40, 39.999, 90), segment(0, 0.01, 0, 0.01)]) {
    const [band] = bands([odd], 20, 40);
    for (const line of [band?.item, band?.entry]) {
      expect(line?.from).toBeGreaterThanOrEqual(0);
      expect(line?.to).toBeLessThanOrEqual(1);
      expect((line?.to ?? 0) - (line?.from ?? 0)).toBeGreaterThan(0.005);
    }
  }
});

test("a line is as long as what is told, or as what lies on it", () => {
  expect(length_s(12_000, [4])).toBe(12);
  expect(length_s(null, [4, 9])).toBe(9);
  expect(length_s(0, [])).toBeGreaterThan(0);
});

test("an outline joins the entry's stretch above to the item's below", () => {
  const [band] = bands([segment(5, 15, 0, 10)], 20, 40);
  expect(band && outline(band, 20, 72)).toBe("0.0,20 250.0,20 750.0,72 250.0,72");
});

test("the first look is at the middle of the longest stretch", () => {
  const long = segment(10, 20, 30, 40);
  expect(longest([segment(0, 2, 0, 2), long])).toBe(long);
  expect(middle(long)).toEqual({ item_s: 15, entry_s: 35 });
  expect(longest([])).toBeUndefined();
});

test("a moment of the item has its moment in the entry, at the entry's speed", () => {
  const segments = [segment(0, 10, 100, 105), segment(20, 30, 0, 10)];
  expect(aligned(segments, 4)).toEqual({ item_s: 4, entry_s: 102 });
  expect(aligned(segments, 26)).toEqual({ item_s: 26, entry_s: 6 });
  expect(aligned(segments, 18).entry_s).toBe(0);
  expect(aligned([], 3)).toEqual({ item_s: 3, entry_s: 3 });
});
