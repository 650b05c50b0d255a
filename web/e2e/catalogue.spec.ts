// A bank's catalogue: what is chosen narrows the list, is in the address, and can be reached without a pointer.
import { writeFileSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { catalogue, prefer, setUp, sound, test, text, type Language } from "./console";
import { inEachLook } from "./looks";
import { Server } from "./server";

const OUTLETS = ["Example Agency", "Example Friends", "وكالة المثال"];
const SERIES = ["Morning report", "", "نشرة الصباح"];

/** Sixty releases of three outlets over two years, some with less of a date, one with none. */
async function releases(page: Page): Promise<Server> {
  const server = await Server.start();
  await setUp(page, server);
  server.command("bank", "create", "releases");
  const rows = Array.from({ length: 60 }, (_, k) => {
    const of = k % 7 === 0 ? 2 : k % 3 === 0 ? 1 : 0;
    const month = String(1 + ((k * 5) % 12)).padStart(2, "0");
    const published = k === 59 ? "spring" : k % 20 === 0 ? "2025" : `${k < 25 ? 2025 : 2026}-${month}-${String(1 + (k % 27)).padStart(2, "0")}`;
    const standing = of === 1 ? "supporter" : of === 2 ? "" : "official";
    const title = of === 2 ? `تقرير الصباح ${k}` : `Report ${k} of the morning`;
    return [(k + 1).toString(16).padStart(2, "0").repeat(32), title, OUTLETS[of], SERIES[of], k % 10 === 0 ? "fair" : "", standing, published].join(",");
  });
  writeFileSync(server.path("list.csv"), `sha256,title,outlet,series,event,standing,published\n${rows.join("\n")}\n`);
  server.command("bank", "import", "releases", server.path("list.csv"));
  return server;
}

const rows = (page: Page): ReturnType<Page["locator"]> => page.locator("ul.card > li");

for (const language of ["en", "ar"] as const) {
  test(`releases are found by what is said of them: ${language}`, async ({ page }) => {
    test.setTimeout(120_000);
    const server = await releases(page);
    await prefer(page, language, "light");
    await page.goto(`${server.url}/banks/releases`);
    const bar = page.getByRole("search", { name: catalogue(language, "title") });
    await expect(bar.getByRole("status")).toHaveText(catalogue(language, "fits", { n: 60 }));
    await expect(rows(page)).toHaveCount(50);

    // A choice narrows list, counts and address; the way back leads back.
    await bar.getByLabel(catalogue(language, "outlet")).selectOption("Example Friends");
    await expect(bar.getByRole("status")).toHaveText(catalogue(language, "fits", { n: 17 }));
    await expect(rows(page)).toHaveCount(17);
    await expect(page).toHaveURL(/outlet=Example\+Friends/);
    await bar.getByLabel(catalogue(language, "event")).selectOption("fair");
    await expect(rows(page)).toHaveCount(1);
    await page.goBack();
    await expect(rows(page)).toHaveCount(17);
    await page.reload();
    await expect(bar.getByLabel(catalogue(language, "outlet"))).toHaveValue("Example Friends");
    await bar.getByRole("button", { name: catalogue(language, "clear") }).click();
    await expect(bar.getByRole("status")).toHaveText(catalogue(language, "fits", { n: 60 }));

    // Words, in whatever form they are written.
    await bar.getByLabel(catalogue(language, "words")).fill("تَقْرير");
    await expect(rows(page)).toHaveCount(9);
    await expect(page).toHaveURL(/words=/);
    await bar.getByLabel(catalogue(language, "words")).fill("nothing of the kind");
    await expect(page.getByText(catalogue(language, "none.hint"))).toBeVisible();
    await bar.getByLabel(catalogue(language, "words")).fill("");
    await bar.getByRole("button", { name: text(language, "standing.supporter") }).click();
    await expect(rows(page)).toHaveCount(17);
    await page.keyboard.press("Enter");
    await expect(bar.getByRole("status")).toHaveText(catalogue(language, "fits", { n: 60 }));

    await walk(page, language);
    await sound(page, "the catalogue");
    await server.stop();
  });
}

/** The timeline by keys alone: time runs with the text. */
async function walk(page: Page, language: Language): Promise<void> {
  const timeline = page.getByRole("region", { name: catalogue(language, "timeline") });
  const on = language === "ar" ? "ArrowLeft" : "ArrowRight";
  const back = language === "ar" ? "ArrowRight" : "ArrowLeft";
  await timeline.locator('ol button[tabindex="0"]').focus();
  await page.keyboard.press("End");
  const bars = timeline.locator("ol button");
  await expect(bars.last()).toBeFocused();
  const [first, last] = [await bars.first().boundingBox(), await bars.last().boundingBox()];
  expect((first?.x ?? 0) < (last?.x ?? 0)).toBe(language === "en");
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/published_from=2026-12&published_until=2026-12/);
  await expect(bars.last()).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press(back);
  await page.keyboard.press(back);
  await page.keyboard.press("Shift+Enter");
  await expect(page).toHaveURL(/published_from=2026-10&published_until=2026-12/);
  await expect(timeline.locator('ol [aria-pressed="true"]')).toHaveCount(3);
  await page.keyboard.press(on);
  await expect(bars.nth(-2)).toBeFocused();
  // The same as a table, and by year.
  await timeline.getByText(catalogue(language, "table"), { exact: true }).click();
  await expect(timeline.locator("tbody tr").last()).toContainText("2026");
  await timeline.getByRole("button", { name: catalogue(language, "by.year") }).click();
  await expect(timeline.locator("tbody tr")).toHaveCount(2);
  await expect(timeline.locator('ol [aria-pressed="true"]')).toHaveCount(1);
  await expect(timeline).toContainText(catalogue(language, "undated", { n: 1 }));
}

test("a catalogue that cannot be had says so, and tries again", async ({ page }) => {
  const server = await releases(page);
  await page.route("**/facets*", (route) => route.abort());
  await page.goto(`${server.url}/banks/releases`);
  await page.getByRole("button", { name: text("en", "app.retry") }).waitFor();
  await expect(rows(page)).toHaveCount(50);
  await page.unroute("**/facets*");
  await page.getByRole("button", { name: text("en", "app.retry") }).click();
  await expect(page.getByRole("search")).toBeVisible();
  // What nobody could have chosen is not asked; what is said of an entry is found at once.
  await page.goto(`${server.url}/banks/releases?standing=friendly&sort=published`);
  await expect(rows(page)).toHaveCount(50);
  const entry = rows(page).first();
  await entry.getByRole("button", { name: text("en", "entry.edit") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(text("en", "entry.series")).fill("Example reports");
  await dialog.getByLabel(text("en", "entry.standing")).selectOption("official");
  await dialog.getByRole("button", { name: text("en", "entry.save") }).click();
  await expect(entry).toContainText("Example reports");
  await page.getByRole("search").getByLabel(catalogue("en", "series")).selectOption("Example reports");
  await expect(rows(page)).toHaveCount(1);
  await server.stop();
});

test("it looks as it should", async ({ page, browser }) => {
  test.setTimeout(180_000);
  const server = await releases(page);
  await inEachLook({ page, browser, server, name: "catalogue", height: 1000 }, async (looked, language) => {
    await looked.goto(`${server.url}/banks/releases?published_from=2026-02&published_until=2026-05`);
    await expect(looked.getByRole("search")).toBeVisible();
    return looked.getByRole("region", { name: catalogue(language, "title") });
  });
  await server.stop();
});
