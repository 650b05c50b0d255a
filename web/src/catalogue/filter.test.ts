import { expect, test } from "vitest";
import { changed, facetQuery, filterOf, isNarrow, listQuery, searchOf } from "./filter";

test("what an address asks for comes back as it was", () => {
  const filter = { outlet: "Example & Agency", words: "تقرير الصباح", published_from: "2026-02", standing: "official", sort: "added", by: "year" } as const;
  expect(filterOf(searchOf(filter))).toEqual(filter);
  expect(searchOf({})).toBe("");
});

test.each(["?standing=friendly", "?sort=colour", "?by=week", "?published_from=spring", "?published_until=2026-13", "?outlet=%20", `?event=${"x".repeat(501)}`, "?colour=red", "?%E0%A4%A"])(
  "what cannot be chosen is not asked: %s",
  (search) => expect(filterOf(search)).toEqual({}),
);

test("order and unit leave nothing out", () => {
  expect(isNarrow({ sort: "added", by: "year" })).toBe(false);
  expect(isNarrow({ standing: "unknown" })).toBe(true);
  expect(listQuery({ by: "year", outlet: "a" })).toEqual({ outlet: "a", sort: "-added" });
  expect(facetQuery({ sort: "added", outlet: "a" })).toEqual({ outlet: "a" });
});

test("what is emptied is no longer asked", () => {
  expect(changed({ outlet: "a", words: "b" }, { outlet: "", event: "c" })).toEqual({ words: "b", event: "c" });
});
