// What no reader of styles sees at a glance: no side is named left or right, and every text can be read.
import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const SOURCE = new URL("../", import.meta.url).pathname;
const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" }).filter((name) => /\.(css|svelte)$/.test(name));
const styles = (name: string): string => {
  const text = readFileSync(SOURCE + name, "utf8");
  const own = name.endsWith(".css") ? text : (/<style>([\s\S]*)<\/style>/.exec(text)?.[1] ?? "");
  const directives = [...text.matchAll(/style:[a-z-]+/g)].map(([directive]) => `${directive.slice("style:".length)}:`);
  return own + directives.join("\n");
};

test("sides are start and end, which Arabic turns around", () => {
  const physical = /(?<![\w-])(?:(?:margin|padding|border|inset)-)?(?:left|right)(?:-[a-z]+)*\s*:|:\s*(?:left|right)\s*;|(?<![\w-])(?:min-|max-)?(?:width|height)\s*:(?!\s*\d+rem\))/;
  const found = files.filter((name) => physical.test(styles(name).replace(/@media[^{]*/g, "")));
  expect(found).toEqual([]);
});

test("nothing is styled or scripted inline, which the Content-Security-Policy forbids", () => {
  const inline = files.filter((name) => /\sstyle="|<script(?! lang="ts")/.test(readFileSync(SOURCE + name, "utf8")));
  expect(inline).toEqual([]);
});

const tokens = readFileSync(`${SOURCE}style/tokens.css`, "utf8");
const theme = (name: string): Map<string, string> => {
  const block = new RegExp(`\\[data-theme="${name}"\\] \\{([^}]*)\\}`).exec(tokens)?.[1] ?? "";
  return new Map([...block.matchAll(/--([a-z-]+): (#[0-9a-f]{6});/g)].map(([, key = "", value = ""]) => [key, value]));
};

/** Contrast of two colours, 1 to 21 (WCAG 2.2). */
function contrast(one: string, other: string): number {
  const luminance = (colour: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5]
      .map((at) => parseInt(colour.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low = 0, high = 0] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

const TEXTS: [ink: string, ground: string, least: number][] = [
  ["ink", "paper", 7],
  ["ink", "surface", 7],
  ["ink-soft", "paper", 4.5],
  ["ink-soft", "surface", 4.5],
  ["ink-soft", "sunken", 4.5],
  ["accent", "surface", 4.5],
  ["accent", "accent-soft", 4.5],
  ["on-accent", "accent-fill", 4.5],
  ["on-accent", "accent-fill-over", 4.5],
  ["on-accent", "brick-fill", 4.5],
  ["brick", "brick-soft", 4.5],
  ["brick", "surface", 4.5],
  ["leaf", "leaf-soft", 4.5],
  ["found-ink", "found-soft", 4.5],
  ["line-strong", "surface", 3],
  ["accent", "paper", 3],
];

test.each(["light", "dark"])("every text can be read in the %s theme", (name) => {
  const colours = theme(name);
  const weak = TEXTS.map(([ink, ground, least]) => ({ ink, ground, least, is: contrast(colours.get(ink) ?? "", colours.get(ground) ?? "") }));
  expect(weak.filter(({ is, least }) => !(is >= least))).toEqual([]);
});
