import { expect, test } from "vitest";
import { plain, visible } from "./visible";

test("a plain text stays as it is", () => {
  expect(visible("Example Agency، مثال 07")).toEqual([{ kind: "plain", text: "Example Agency، مثال 07" }]);
  expect(visible("")).toEqual([]);
});

test.each([
  ["\u202E", "RLO"],
  ["\u2066", "LRI"],
  ["\u061C", "ALM"],
  ["\u200B", "ZWSP"],
  ["\u200D", "ZWJ"],
  ["\uFEFF", "BOM"],
  ["\u00AD", "SHY"],
  ["\u3164", "HF"],
  ["\n", "LF"],
  ["\u0000", "U+0000"],
  ["\u{E0041}", "U+E0041"],
  ["\uFE01", "U+FE01"],
  ["\uD800", "U+D800"],
])("what hides is named: %j", (hidden, name) => {
  expect(visible(`a${hidden}b`)).toEqual([
    { kind: "plain", text: "a" },
    { kind: "hidden", name },
    { kind: "plain", text: "b" },
  ]);
});

test("emoji keep their joiners and selectors", () => {
  expect(visible("👩‍🌾 ❤️")).toEqual([{ kind: "plain", text: "👩‍🌾 ❤️" }]);
});

test("words of letters that look alike are marked", () => {
  expect(visible("see p\u0430ypal now")).toContainEqual({ kind: "mixed", text: "p\u0430ypal" });
  expect(visible("привет hello")).toEqual([{ kind: "plain", text: "привет hello" }]);
});

test("combining marks of Arabic are letters", () => {
  expect(visible("مُحَمَّد")).toEqual([{ kind: "plain", text: "مُحَمَّد" }]);
});

test("titles of windows say what hides, too", () => {
  expect(plain("a\u202Eb")).toBe("a[RLO]b");
});
