import { expect, test } from "vitest";
import type { Entry, Genealogy, Shared } from "../api/client";
import { arcs, line, releases } from "./arcs";

const entry = (id: string): Entry => ({
  id,
  bank: "known",
  medium: "video",
  sha256: "0",
  size_bytes: 1,
  duration_ms: 20_000,
  added_at: "2026-11-26T00:00:00Z",
  metadata: { title: id, labels: [] },
});

const shared = (older: string, younger: string, shared_s: number, layer = "picture"): Shared => ({ older, younger, layer, shared_s, segments: [] });

const told = (pairs: Shared[]): Genealogy => ({ releases: ["a", "b", "c"].map(entry), shared: pairs, waiting: 0, more: false });

test("a release tells its parts, the longest first, and how many have of it", () => {
  const [a, , c] = releases(told([shared("a", "c", 5), shared("b", "c", 9), shared("a", "b", 2), shared("a", "c", 3, "sound")]));
  expect(c?.parts.map(({ older, shared: { shared_s } }) => [older.id, shared_s])).toEqual([["b", 9], ["a", 5], ["a", 3]]);
  expect([a?.used, a?.parts.length, c?.used]).toEqual([2, 0, 0]);
});

test("an arc joins the rows, the thicker the more is shared", () => {
  const [one, all] = arcs(told([shared("a", "b", 1), shared("a", "c", 400)]));
  expect([one?.from, one?.to, all?.to]).toEqual([0, 1, 2]);
  expect((one?.width ?? 9) < (all?.width ?? 0) && (all?.width ?? 9) <= 6).toBe(true);
  const middles = [10, 50, 90];
  expect(one && line(one, middles, 80)).toMatch(/^M78 10C.* 10 .* 50 78 50$/);
});

test("arcs stay in their column, and pairs of unknown releases are none", () => {
  expect(arcs(told([shared("a", "gone", 5)]))).toEqual([]);
  expect(releases(told([shared("gone", "a", 5)]))[0]?.parts).toEqual([]);
  for (const pair of [shared("a", "b", 1), shared("a", "c", 1, "sound")]) {
    const [arc] = arcs(told([pair]));
    const handle = Number(/C(-?[\d.]+)/.exec((arc && line(arc, [0, 30, 60], 72)) ?? "")?.[1]);
    // Where the curve turns around.
    const farthest = 70 - (70 - handle) * 0.75;
    expect(farthest).toBeGreaterThanOrEqual(0);
    expect(farthest).toBeLessThan(66);
  }
});
