// Where an item comes from: lanes, gaps, the way through the bands, both sides in step, and what is saved of it.
import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { prefer, provenance, test, text, type Language } from "./console";
import { FOLDER, inEachLook } from "./looks";
import { COAST, compilation, READING, splitScreen, VALLEY } from "./releases";
import type { Server } from "./server";

async function look(page: Page, server: Server, id: string, language: Language): Promise<void> {
  await prefer(page, language, "light");
  await page.goto(`${server.url}/cases/${id}`);
  await expect(page.getByRole("region", { name: provenance(language, "title") })).toBeVisible();
  await expect(page.locator(".provenance .lane")).toHaveCount(3);
}

for (const language of ["en", "ar"] as const) {
  test(`a compilation's seconds are told: ${language}`, async ({ page }) => {
    test.setTimeout(180_000);
    const { server, id } = await compilation(page);
    await look(page, server, id, language);
    const view = page.locator(".provenance");
    await expect(view.getByRole("heading", { level: 3 })).toHaveText([READING, COAST, VALLEY]);
    await expect(view.locator("header")).toContainText(provenance(language, "sources", { n: 3 }));
    // The later copy is under the one that was released first, with what hides in its title written out.
    const coast = view.locator(".lane").nth(1);
    await expect(coast).toContainText(provenance(language, "also"));
    await expect(coast).toContainText("RLO");

    // Time runs left to right in each language.
    const chart = await view.locator(".chart > div").first().boundingBox();
    const places = await view.locator("[data-band] rect:first-of-type").evaluateAll((all) => all.map((it) => it.getBoundingClientRect().x));
    expect(chart && places).toHaveLength(3);
    const share = (x: number | undefined): number => ((x ?? 0) - (chart?.x ?? 0)) / (chart?.width ?? 1);
    expect(Math.abs(share(places[1]) - 8 / 32)).toBeLessThan(0.04);
    expect(Math.abs(share(places[2]) - 16 / 32)).toBeLessThan(0.04);

    await walk(page, language);
    await inStep(page, language);
    await inWords(page, language);
    await saved(page, id, language);
    const { violations } = await new AxeBuilder({ page }).include(".provenance").analyze();
    expect(violations.map(({ id: rule, nodes }) => `${rule}: ${nodes.map(({ html }) => html).join()}`)).toEqual([]);
    await server.stop();
  });
}

/** Arrow keys lead from band to band, in the order of the item and between lanes. */
async function walk(page: Page, language: Language): Promise<void> {
  const focused = (): Promise<string> => page.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? "");
  await page.locator('.provenance [data-band][tabindex="0"]').focus();
  const first = await focused();
  expect(first).toContain(READING);
  await page.keyboard.press("ArrowRight");
  expect(await focused()).toContain(COAST);
  await page.keyboard.press("ArrowDown");
  expect(await focused()).toContain(VALLEY);
  await page.keyboard.press("Home");
  expect(await focused()).toBe(first);
  await page.keyboard.press("ArrowUp");
  expect(await focused()).toBe(first);
  // Looking closer keeps the band that has the focus in sight.
  const closer = page.getByRole("button", { name: provenance(language, "zoom-in") });
  for (let k = 0; k < 3; k++) await closer.click();
  await expect(page.getByRole("slider", { name: provenance(language, "scroll") })).toBeVisible();
  await page.locator('.provenance [data-band][tabindex="0"]').focus().catch(() => undefined);
  await page.getByRole("button", { name: provenance(language, "zoom-all") }).click();
  await expect(page.locator("[data-band]")).toHaveCount(3);
}

/** Enter plays both sides, each pair at moments that belong together, blurred until somebody reveals them. */
async function inStep(page: Page, language: Language): Promise<void> {
  const asked: { side: "item" | "entry"; at_ms: number }[] = [];
  page.on("request", (request) => {
    const address = new URL(request.url());
    const at_ms = Number(address.searchParams.get("at_ms"));
    if (address.pathname.endsWith("/media")) asked.push({ side: address.pathname.includes("/cases/") ? "item" : "entry", at_ms });
  });
  await page.locator("[data-band]").nth(1).focus();
  await page.keyboard.press("Enter");
  await expect(page.getByRole("button", { name: provenance(language, "stop") })).toBeVisible();
  await expect(page.locator('.tabs [aria-pressed="true"]')).toContainText(COAST);
  await expect.poll(() => asked.filter(({ side }) => side === "item").length).toBeGreaterThan(3);
  await expect(page.locator(".frame img").first()).toHaveClass(/blur/);
  await page.keyboard.press("KeyV");
  await expect(page.locator(".frame img").first()).not.toHaveClass(/blur/);
  await page.getByRole("button", { name: provenance(language, "stop") }).click();
  await expect(page.getByRole("button", { name: provenance(language, "play") })).toBeVisible();
  const of = (side: "item" | "entry"): number[] => [...new Set(asked.filter((it) => it.side === side).map((it) => it.at_ms))].sort((a, b) => a - b).slice(0, 3);
  const [item, entry] = [of("item"), of("entry")];
  expect(item.map((at_ms, k) => at_ms - (item[0] ?? 0) - ((entry[k] ?? 0) - (entry[0] ?? 0))).every((apart) => Math.abs(apart) < 40)).toBe(true);
  // The scene is the coast's second one: eight seconds in, both.
  expect(Math.abs((entry[0] ?? 0) - 8000)).toBeLessThan(700);
  await expect(page.locator("[data-band]").nth(1)).toHaveAttribute("aria-current", "true");
}

async function inWords(page: Page, language: Language): Promise<void> {
  await page.getByText(provenance(language, "table"), { exact: true }).first().click();
  const rows = page.locator(".provenance tbody tr");
  await expect(rows.filter({ hasText: provenance(language, "unknown") }).first()).toBeVisible();
  await expect(rows.filter({ hasText: VALLEY })).toHaveCount(1);
  await expect(rows.filter({ hasText: READING })).toContainText(provenance(language, "sound"));
}

async function saved(page: Page, id: string, language: Language): Promise<void> {
  const save = async (form: string): Promise<string> => {
    const coming = page.waitForEvent("download");
    await page.locator(".save").getByRole("link", { name: form }).click();
    const download = await coming;
    expect(download.suggestedFilename()).toBe(`provenance.${form.toLowerCase()}`);
    return readFileSync(await download.path(), "utf8");
  };
  const told = JSON.parse(await save("JSON")) as { case: string; sources: unknown[] };
  expect([told.case, told.sources.length]).toEqual([id, 4]);
  expect(await save("CSV")).toContain(`"${VALLEY}"`);
  const drawing = await save("SVG");
  expect(drawing).toContain(language === "ar" ? "من أين أتى" : "Where it comes from");
  expect(drawing).not.toMatch(/<script|<img|\u202e/);
  // Opened as a page it does nothing, whatever its titles hold.
  const opened = await page.context().newPage();
  await opened.setContent(`<body>${drawing}</body>`);
  expect(await opened.locator("svg img, script").count()).toBe(0);
  await opened.close();
}

test("a view that cannot be had says so, and tries again", async ({ page }) => {
  test.setTimeout(180_000);
  const { server, id } = await compilation(page);
  await page.route("**/provenance", (route) => route.abort());
  await page.goto(`${server.url}/cases/${id}`);
  const retry = page.locator(".provenance").getByRole("button", { name: text("en", "app.retry") });
  await expect(retry).toBeVisible();
  await page.unroute("**/provenance");
  await retry.click();
  await expect(page.locator(".provenance .lane")).toHaveCount(3);
  // A frame that cannot be had ends the play where it is.
  await page.route("**/media?*", (route) => route.abort());
  await page.locator("[data-band]").nth(2).click();
  await expect(page.getByRole("button", { name: provenance("en", "play") })).toBeVisible();
  await expect(page.getByText(text("en", "media.failed")).first()).toBeVisible();
  await server.stop();
});

test("a side without a picture, or whose media is gone, leaves the other one to play alone", async ({ page }) => {
  test.setTimeout(180_000);
  const { server, id } = await compilation(page);
  const asked: string[] = [];
  page.on("request", (request) => {
    const { pathname } = new URL(request.url());
    if (pathname.endsWith("/media")) asked.push(pathname);
  });
  await look(page, server, id, "en");
  // The reading is sound alone: its moment goes on in words.
  await page.locator("[data-band]").first().click();
  await expect(page.locator('.tabs [aria-pressed="true"]')).toContainText(READING);
  await expect(page.getByText(text("en", "media.sound"))).toBeVisible();
  const entry = page.locator("figure").last();
  const moment = await entry.locator("figcaption .chip").textContent();
  await expect(entry.locator("figcaption .chip")).not.toHaveText(moment ?? "");
  await page.getByRole("button", { name: provenance("en", "stop") }).click();

  await page.route("**/entries/*/media*", (route) => route.fulfill({ status: 404, json: { error: { code: "media-not-kept", message: "", request: "" } } }));
  await page.reload();
  await page.locator("[data-band]").nth(2).click();
  await expect(page.locator('.tabs [aria-pressed="true"]')).toContainText(VALLEY);
  await expect(page.getByText(text("en", "media.one-side"))).toBeVisible();
  await expect(entry).toContainText(text("en", "media.not-kept"));
  asked.length = 0;
  // The item goes on, and what is not kept is not asked for again.
  await expect.poll(() => asked.filter((path) => path.includes("/cases/")).length).toBeGreaterThan(2);
  expect(asked.filter((path) => path.includes("/entries/"))).toEqual([]);
  await expect(page.getByRole("button", { name: provenance("en", "stop") })).toBeVisible();
  await server.stop();
});

test("it looks as it should", async ({ page, browser }) => {
  test.setTimeout(240_000);
  const { server, id } = await compilation(page);
  await inEachLook({ page, browser, server, name: "provenance", height: 1500 }, async (looked) => {
    await looked.goto(`${server.url}/cases/${id}`);
    await expect(looked.locator(".provenance .lane")).toHaveCount(3);
    return looked.locator(".provenance");
  });
  // The drawing as it is printed.
  const printed = await browser.newPage({ viewport: { width: 1200, height: 900 } });
  for (const language of ["en", "ar"] as const) {
    const drawing = await page.request.get(`${server.url}/api/v1/cases/${id}/provenance.svg?language=${language}`);
    await printed.setContent(await drawing.text());
    await printed.locator("svg").screenshot({ path: `${FOLDER}provenance-drawing-${language}.png` });
  }
  await printed.close();
  await server.stop();
});

test("of a split screen it is told where in the picture each source is seen", async ({ page, browser }) => {
  test.setTimeout(240_000);
  const { server, id } = await splitScreen(page);
  await inEachLook({ page, browser, server, name: "split-screen", height: 1500 }, async (looked, language) => {
    await looked.goto(`${server.url}/cases/${id}`);
    const view = looked.locator(".provenance");
    await expect(view.locator(".lane")).toHaveCount(2);
    await view.getByText(provenance(language, "table"), { exact: true }).first().click();
    for (const [title, side] of [[COAST, "place.left"], [VALLEY, "place.right"]] as const) {
      const row = view.locator("tbody tr").filter({ hasText: title }).first();
      await expect(row).toContainText(provenance(language, side));
      await expect(row.locator("svg")).toBeVisible();
      await expect(view.locator(`[data-band][aria-label*="${title}"]`).first()).toHaveAccessibleName(new RegExp(provenance(language, side)));
    }
    return view;
  });
  await server.stop();
});
