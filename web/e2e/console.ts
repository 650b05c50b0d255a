// What the tests do in the console again and again, in either language.
import AxeBuilder from "@axe-core/playwright";
import { expect, test as plain, type BrowserContext, type Page } from "@playwright/test";
import { ar as catalogueAr } from "../src/catalogue/ar";
import { en as catalogueEn } from "../src/catalogue/en";
import { ar as compareAr } from "../src/compare/ar";
import { en as compareEn } from "../src/compare/en";
import { ar as genealogyAr } from "../src/genealogy/ar";
import { en as genealogyEn } from "../src/genealogy/en";
import { ar } from "../src/i18n/ar";
import { fill, type Arguments, type Catalogue, type Filling, type Key, type Texts } from "../src/i18n/catalogue";
import { en } from "../src/i18n/en";
import { ar as provenanceAr } from "../src/provenance/ar";
import { en as provenanceEn } from "../src/provenance/en";
import type { Server } from "./server";

export type Language = "en" | "ar";
export const PASSWORD = "four neutral words here";
const CATALOGUES: Record<Language, Catalogue> = { en, ar };
const PROVENANCE: Record<Language, Texts> = { en: provenanceEn, ar: provenanceAr };
const TAGS: Record<Language, string> = { en: "en-GB", ar: "ar-u-nu-latn" };

/** A text of the console. */
export function text<K extends Key>(language: Language, key: K, ...values: Arguments<K>): string {
  return fill(CATALOGUES[language][key], values[0] ?? {}, TAGS[language]);
}

/** A text of the provenance view. */
export function provenance<K extends keyof typeof provenanceEn>(language: Language, key: K, ...values: Filling<(typeof provenanceEn)[K]>): string {
  return fill(PROVENANCE[language][key] ?? key, values[0] ?? {}, TAGS[language]);
}

/** Fails a test whose pages break, or break the Content-Security-Policy. */
export const test = plain.extend<{ watched: string[] }>({
  watched: [
    async ({ context }, use) => {
      const complaints: string[] = [];
      watch(context, complaints);
      await use(complaints);
      expect(complaints).toEqual([]);
    },
    { auto: true },
  ],
});

function watch(context: BrowserContext, complaints: string[]): void {
  context.on("weberror", (error) => complaints.push(String(error.error())));
  context.on("console", (message) => {
    if (/Content Security Policy|refused to/i.test(message.text())) complaints.push(message.text());
  });
  context.on("dialog", (dialog) => complaints.push(`a dialog: ${dialog.message()}`));
}

/** Makes the first administrator and signs in. */
export async function setUp(page: Page, server: Server, language: Language = "en"): Promise<void> {
  await page.goto(server.setupLink ?? "");
  await page.getByLabel(text(language, "sign-in.name")).fill("noor");
  await page.getByLabel(text(language, "sign-in.password"), { exact: true }).fill(PASSWORD);
  await page.getByLabel(text(language, "set-up.repeat")).fill(PASSWORD);
  await page.getByRole("button", { name: text(language, "set-up.submit") }).click();
  await expect(page.getByRole("heading", { level: 1, name: text(language, "banks.title") })).toBeVisible();
}

/** Signs in by password. */
export async function signIn(page: Page, server: Server, name = "noor"): Promise<void> {
  await page.goto(`${server.url}/sign-in`);
  await page.getByLabel(text("en", "sign-in.name")).fill(name);
  await page.getByLabel(text("en", "sign-in.password")).fill(PASSWORD);
  await page.getByRole("button", { name: text("en", "sign-in.submit") }).click();
  await expect(page.getByRole("heading", { level: 1, name: text("en", "queue.title") })).toBeVisible();
}

/** Drops files of the disk on the page's field, as a person does with the mouse. */
export async function drop(page: Page, paths: string[]): Promise<void> {
  // What is dropped before the field is there is lost.
  await page.locator(".drop").waitFor({ state: "attached" });
  await page.evaluate(() => {
    const input = document.createElement("input");
    Object.assign(input, { type: "file", multiple: true, id: "dragged", hidden: true });
    document.body.append(input);
  });
  await page.locator("#dragged").setInputFiles(paths);
  await page.evaluate(() => {
    const input = document.querySelector<HTMLInputElement>("#dragged");
    const dataTransfer = new DataTransfer();
    for (const file of input?.files ?? []) dataTransfer.items.add(file);
    const field = document.querySelector(".drop");
    for (const kind of ["dragenter", "dragover", "drop"]) {
      field?.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer }));
    }
    input?.remove();
  });
}

/** Chooses colours and language, for when the page is loaded next. */
export async function prefer(page: Page, language: Language, theme: "light" | "dark"): Promise<void> {
  await page.evaluate(
    ([chosen, colours]) => {
      localStorage.setItem("lamassu.language", chosen);
      localStorage.setItem("lamassu.preferences", JSON.stringify({ theme: colours }));
    },
    [language, theme] as const,
  );
}

/** A text of a bank's genealogy. */
export function genealogy<K extends keyof typeof genealogyEn>(language: Language, key: K, ...values: Filling<(typeof genealogyEn)[K]>): string {
  const texts: Texts = language === "ar" ? genealogyAr : genealogyEn;
  return fill(texts[key] ?? key, values[0] ?? {}, TAGS[language]);
}

/** A text of a bank's catalogue. */
export function catalogue<K extends keyof typeof catalogueEn>(language: Language, key: K, ...values: Filling<(typeof catalogueEn)[K]>): string {
  const texts: Texts = language === "ar" ? catalogueAr : catalogueEn;
  return fill(texts[key] ?? key, values[0] ?? {}, TAGS[language]);
}

/** A text of the comparison of pictures. */
export function compare(language: Language, key: keyof typeof compareEn): string {
  return (language === "ar" ? compareAr : compareEn)[key];
}

/** The texts of one language. */
export function speaker(language: Language): <K extends Key>(key: K, ...values: Arguments<K>) => string {
  return (key, ...values) => text(language, key, ...values);
}

/** The page has no serious findings of axe. */
export async function sound(page: Page, where: string): Promise<void> {
  await expect(page.locator("h1").first()).toBeVisible();
  const { violations } = await new AxeBuilder({ page }).withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]).analyze();
  const grave = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
  const told = grave.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html, failureSummary }) => `${html}\n${failureSummary}`) }));
  expect(told, where).toEqual([]);
}
