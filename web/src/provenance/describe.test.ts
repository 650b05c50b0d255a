import { expect, test } from "vitest";
import type { Band } from "../api/client";
import { placeName } from "./describe";

const band = (place: Band["place"]): Band => ({
  layer: "picture",
  method: "frames",
  item_start_s: 0,
  item_end_s: 5,
  entry_start_s: 0,
  entry_end_s: 5,
  rate: 1,
  score: 0.9,
  place,
  borrowed: false,
  own_s: 5,
  older: [],
});

test("where in the picture it is seen has a name", () => {
  const named = (x: number, y: number, width: number, height: number): string | null => placeName(band({ x, y, width, height }));
  expect(named(0, 0, 0.5, 1)).toBe("on the left");
  expect(named(0.5, 0, 0.5, 1)).toBe("on the right");
  expect(named(0, 0, 1, 0.5)).toBe("at the top");
  expect(named(0, 0.5, 1, 0.5)).toBe("at the bottom");
  expect(named(0, 0.12, 1, 0.76)).toBe("in the middle");
  expect(named(0.5, 0.5, 0.5, 0.5)).toBe("in the lower right");
  expect(named(0, 0, 0.33, 0.33)).toBe("in the upper left");
  expect(placeName(band(null))).toBeNull();
});
