import { expect, test } from "vitest";
import { seconds, stretch } from "./rising";

const at = (s: number): string => new Date(Date.UTC(2026, 10, 26, 10, 0, s)).toISOString();
const rising = { items: 12, accounts: 7, first_seen_at: at(0), last_seen_at: at(30) };

test("a burst is drawn between its first upload and now", () => {
  expect(seconds(rising)).toBe(30);
  expect(stretch(rising, at(15), Date.parse(at(60)))).toEqual({ last: 0.5, opened: 0.25 });
});

test("a clock that is behind, or a burst of one moment, draws nothing outside its line", () => {
  expect(stretch(rising, at(90), Date.parse(at(-20)))).toEqual({ last: 1, opened: 1 });
  expect(stretch({ ...rising, last_seen_at: at(0) }, at(0), Date.parse(at(0)))).toEqual({ last: 0, opened: 0 });
});
