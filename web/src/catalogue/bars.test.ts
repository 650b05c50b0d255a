import { expect, test } from "vitest";
import type { Timeline } from "../api/client";
import { columns, isWithin, label, scale, spanOf } from "./bars";

const timeline = (by: "month" | "year", ...periods: string[]): Timeline => ({
  by,
  bars: periods.map((period) => ({ period, entries: { official: 2, supporter: 1, unknown: 0 } })),
  undated: 0,
  year_only: 0,
  more: false,
});

test("months in which nothing was released have their place", () => {
  const all = columns(timeline("month", "2025-11", "2026-02"));
  expect(all.map(({ period, all: n }) => [period, n])).toEqual([["2025-11", 3], ["2025-12", 0], ["2026-01", 0], ["2026-02", 3]]);
  expect(columns(timeline("year", "2023", "2025")).map(({ period }) => period)).toEqual(["2023", "2024", "2025"]);
  expect(columns(timeline("month"))).toEqual([]);
});

test("a date that is far off does not make a million columns", () => {
  expect(columns(timeline("month", "0001-01", "2026-02"))).toHaveLength(2);
});

test.each([
  ["2026-02", "2026-01", "2026-03", true],
  ["2026-02", "2026-02", "2026-02", true],
  ["2026-02", "2026", undefined, true],
  ["2026-02", undefined, "2026", true],
  ["2026-02", "2026-02-10", "2026-02-20", true],
  ["2026-02", "2026-03", undefined, false],
  ["2026-02", undefined, "2025", false],
  ["2026", "2026-03", "2026-04", true],
  ["2025", "2026-03", undefined, false],
  ["2026", undefined, undefined, false],
])("%s within %s and %s: %s", (period, from, until, expected) => {
  expect(isWithin(period, from, until)).toBe(expected);
});

test("a span is the same from either end", () => {
  expect(spanOf("2026-02", "2025-11")).toEqual(spanOf("2025-11", "2026-02"));
});

test("years are told where they begin", () => {
  const all = columns(timeline("month", "2025-10", "2026-02"));
  expect(all.map((_, index) => label(all, index))).toEqual(["2025", "", "", "2026", ""]);
});

test.each([[1, 1], [3, 5], [10, 10], [11, 20], [501, 1000]])("a scale for %i ends at %i", (most, end) => {
  expect(scale([{ period: "2026", official: most, supporter: 0, unknown: 0, all: most }])).toBe(end);
});
