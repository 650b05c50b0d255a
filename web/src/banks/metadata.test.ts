import { expect, test } from "vitest";
import { emptyForm, formOf, metadataOf, titleOf } from "./metadata";

test("what is empty is left out, and labels part at Latin and Arabic commas", () => {
  const form = { ...emptyForm(), title: " Hills ", labels: "film, خبر،  , 2026", event: " " };
  expect(metadataOf(form)).toEqual({ title: "Hills", source: null, outlet: null, series: null, standing: "unknown", published: null, event: null, labels: ["film", "خبر", "2026"] });
});

test("a form shows what it was made from", () => {
  const metadata = { title: "Hills", source: "s", outlet: "o", series: "s", standing: "supporter", published: "p", event: "e", labels: ["a", "b"] };
  expect(metadataOf(formOf(metadata))).toEqual(metadata);
});

test("a file's name makes a title", () => {
  expect(titleOf("hills.final.mp4")).toBe("hills.final");
  expect(titleOf("noending")).toBe("noending");
});
