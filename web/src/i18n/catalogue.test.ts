import { expect, test } from "vitest";
import { ar } from "./ar";
import { fill } from "./catalogue";
import { en } from "./en";
import { ar as arabicActing } from "../acting/ar";
import { en as acting } from "../acting/en";
import { ar as arabicGenealogy } from "../genealogy/ar";
import { en as genealogy } from "../genealogy/en";
import { ar as arabicProvenance } from "../provenance/ar";
import { en as provenance } from "../provenance/en";

const ARABIC = "ar-u-nu-latn";
const names = (message: object | string): string[] =>
  [...new Set([...JSON.stringify(message).matchAll(/\{([a-z-]+)\}/g)].map(([, name]) => name ?? ""))].sort();

const PAIRS = [
  { english: en, arabic: ar },
  { english: acting, arabic: arabicActing },
  { english: genealogy, arabic: arabicGenealogy },
  { english: provenance, arabic: arabicProvenance },
];

test("Arabic has every text, with the same values to fill in", () => {
  for (const { english, arabic } of PAIRS) {
    expect(Object.keys(arabic).sort()).toEqual(Object.keys(english).sort());
    const texts = new Map<string, object | string>(Object.entries(arabic));
    for (const [key, message] of Object.entries(english)) expect(names(texts.get(key) ?? ""), key).toEqual(names(message));
  }
});

/** Texts that only put others together. */
const ONLY_VALUES = new Set(["history.other", "look-back.found"]);

test("Arabic texts are Arabic", () => {
  const untranslated = PAIRS.flatMap(({ arabic }) => Object.entries(arabic)).filter(([key, message]) => !ONLY_VALUES.has(key) && !/\p{Script=Arabic}/u.test(JSON.stringify(message)));
  expect(untranslated).toEqual([]);
});

test("Arabic counts in six forms", () => {
  const shown = [0, 1, 2, 3, 11, 100].map((n) => fill(ar["queue.open-count"], { n }, ARABIC));
  expect(shown).toEqual(["لا حالات مفتوحة", "حالة واحدة مفتوحة", "حالتان مفتوحتان", "3 حالات مفتوحة", "11 حالة مفتوحة", "100 حالة مفتوحة"]);
});

test("English counts in two forms", () => {
  expect([1, 2].map((n) => fill(en["queue.open-count"], { n }, "en-GB"))).toEqual(["1 case open", "2 cases open"]);
});

test("texts that are filled in cannot turn the sentence around", () => {
  expect(fill("Case: {reference}", { reference: "\u202Eabc" }, "en-GB")).toBe("Case: \u2068\u202Eabc\u2069");
});

test("numbers are written as the language does", () => {
  expect(fill("{n}", { n: 12_345 }, "en-GB")).toBe("12,345");
});
