// What is heard while both sides play: nothing until somebody asks, then the side that they chose, from the same moment.
import AxeBuilder from "@axe-core/playwright";
import { expect, type Locator, type Page } from "@playwright/test";
import type { Band, Provenance } from "../src/api/client";
import { prefer, provenance, speaker, test, type Language } from "./console";
import { compilation, COAST, READING } from "./releases";

/** A stretch of sound that a page began to play: how long it is, and how loud. */
type Played = { duration_s: number; loudness: number };
type Asked = { side: "item" | "entry"; at_s: number };

/** Takes note of what the page plays and of what it asks for. */
async function listen(page: Page): Promise<{ played: () => Promise<Played[]>; asked: Asked[] }> {
  await page.addInitScript(() => {
    const played: Played[] = [];
    Object.assign(window, { played });
    const start = AudioBufferSourceNode.prototype.start;
    AudioBufferSourceNode.prototype.start = function (...when: number[]) {
      const samples = this.buffer?.getChannelData(0) ?? new Float32Array();
      const power = samples.reduce((sum, sample) => sum + sample * sample, 0) / Math.max(1, samples.length);
      played.push({ duration_s: this.buffer?.duration ?? 0, loudness: Math.sqrt(power) });
      start.apply(this, when as [number]);
    };
  });
  const asked: Asked[] = [];
  page.on("request", (request) => {
    const { pathname, searchParams } = new URL(request.url());
    const side = pathname.includes("/cases/") ? "item" : "entry";
    if (pathname.endsWith("/sound")) asked.push({ side, at_s: Number(searchParams.get("at_ms")) / 1000 });
  });
  return { asked, played: () => page.evaluate(() => (window as unknown as { played: Played[] }).played) };
}

/** The only band of a release. */
async function bandOf(page: Page, url: string, title: string): Promise<Band> {
  const told = (await (await page.request.get(url)).json()) as Provenance;
  const band = told.sources.find((source) => source.title === title)?.bands[0];
  if (!band) throw new Error(`${title} has no band`);
  return band;
}

for (const language of ["en", "ar"] as const) {
  test(`whoever asks hears the side that they choose: ${language}`, async ({ page }) => {
    test.setTimeout(240_000);
    const say = speaker(language);
    const { server, id } = await compilation(page);
    const { asked, played } = await listen(page);
    await prefer(page, language, "light");
    await page.goto(`${server.url}/cases/${id}`);
    const reading = await bandOf(page, `${server.url}/api/v1/cases/${id}/provenance`, READING);
    const bands = page.locator("[data-band]");
    await expect(bands).toHaveCount(3);
    await expect(choice(page, language, "off")).toHaveAttribute("aria-pressed", "true");
    const stop = page.getByRole("button", { name: provenance(language, "stop") });
    const moment = page.locator("figure").first().locator("figcaption .chip");

    // Playing is silent, and what is chosen while nothing plays waits for it.
    await bands.first().click();
    await expect(page.locator('.tabs [aria-pressed="true"]')).toContainText(READING);
    const begun = (await moment.textContent()) ?? "";
    await expect(moment).not.toHaveText(begun);
    await stop.click();
    await page.keyboard.press("KeyH");
    await expect(choice(page, language, "item")).toHaveAttribute("aria-pressed", "true");
    expect(asked).toEqual([]);

    await page.keyboard.press("KeyP");
    await expect.poll(() => asked.length).toBe(1);
    expect(asked[0]?.side).toBe("item");
    expect(asked[0]?.at_s).toBeCloseTo(reading.item_start_s, 1);
    await expect.poll(async () => (await played()).length).toBe(1);
    const [first] = await played();
    expect(first?.loudness).toBeGreaterThan(0.01);
    expect(first?.duration_s).toBeLessThanOrEqual(20);
    // The pictures go on as it is heard.
    const shown = await moment.textContent();
    await expect(moment).not.toHaveText(shown ?? "");

    // The other side goes on at the same moment.
    await page.keyboard.press("KeyH");
    await expect.poll(() => asked.at(-1)?.side).toBe("entry");
    const into_s = (asked.at(-1)?.at_s ?? 0) - reading.entry_start_s;
    expect(into_s).toBeGreaterThan(0.2);
    expect(into_s).toBeLessThan(reading.item_end_s - reading.item_start_s);
    await expect.poll(async () => (await played()).length).toBe(2);
    await page.keyboard.press("KeyH");
    await expect(choice(page, language, "off")).toHaveAttribute("aria-pressed", "true");
    await stop.click();
    expect(await played()).toHaveLength(2);

    await drawn(page, language, asked, reading);
    await silent(page, language, say("code.no-sound"));
    const { violations } = await new AxeBuilder({ page }).include(".provenance").analyze();
    expect(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);

    // Each stretch is told in the history, and the next visit is silent.
    await page.reload();
    await expect(page.getByRole("listitem").filter({ hasText: say("history.heard") }).first()).toBeVisible();
    await expect(choice(page, language, "off")).toHaveAttribute("aria-pressed", "true");
    await server.stop();
  });
}

function choice(page: Page, language: Language, side: "off" | "item" | "entry"): Locator {
  const group = page.getByRole("group", { name: provenance(language, "hear"), exact: true });
  return group.getByRole("button", { name: provenance(language, `hear.${side}`), exact: true });
}

/** Both sounds are drawn from the moment that the panes show, and look alike there. */
async function drawn(page: Page, language: Language, asked: Asked[], reading: Band): Promise<void> {
  const before = asked.length;
  await page.getByRole("button", { name: provenance(language, "spectrogram") }).click();
  const canvases = page.locator(".spectrograms canvas");
  await expect(canvases).toHaveCount(2);
  const [one, two] = asked.slice(before).toSorted((a, b) => b.side.localeCompare(a.side));
  expect([one?.side, two?.side]).toEqual(["item", "entry"]);
  const rate = (reading.entry_end_s - reading.entry_start_s) / (reading.item_end_s - reading.item_start_s);
  expect((two?.at_s ?? 0) - reading.entry_start_s).toBeCloseTo(rate * ((one?.at_s ?? 0) - reading.item_start_s), 1);
  // Of the first two seconds, and of those with two that come later, as cosines; of an empty drawing they are no number.
  const [same, other] = await canvases.evaluateAll((all: HTMLCanvasElement[]) => {
    const seen = (canvas: HTMLCanvasElement | undefined, column: number): number[] => {
      const { data } = (canvas?.getContext("2d") as CanvasRenderingContext2D).getImageData(column, 0, 20, canvas?.height ?? 0);
      return [...data].filter((_, k) => k % 4 === 3);
    };
    const product = (a: number[], b: number[]): number => a.reduce((sum, value, k) => sum + value * (b[k] ?? 0), 0);
    const likeness = (a: number[], b: number[]): number => product(a, b) / Math.sqrt(product(a, a) * product(b, b));
    const item = seen(all[0], 0);
    return [likeness(item, seen(all[1], 0)), likeness(item, seen(all[1], 13))] as const;
  });
  expect(same).toBeGreaterThan(other + 0.05);
  console.log(`drawn sounds: ${same.toFixed(2)} alike from the same moment, ${other.toFixed(2)} from another one`);
}

/** The coast has no sound: that is told, and the pictures go on. */
async function silent(page: Page, language: Language, words: string): Promise<void> {
  await choice(page, language, "entry").click();
  await page.locator("[data-band]").nth(1).click();
  await expect(page.locator('.tabs [aria-pressed="true"]')).toContainText(COAST);
  await expect(page.getByRole("alert").filter({ hasText: words })).toBeVisible();
  await expect(choice(page, language, "off")).toHaveAttribute("aria-pressed", "true");
  const moment = page.locator("figure").first().locator("figcaption .chip");
  const shown = await moment.textContent();
  await expect(moment).not.toHaveText(shown ?? "");
  await page.getByRole("button", { name: provenance(language, "stop") }).click();
}
