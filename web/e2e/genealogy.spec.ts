// Which releases of a bank re-use which: told once an entry was compared with those before it.
import { mkdirSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { genealogy, prefer, test } from "./console";
import { COAST, compilation, READING, VALLEY } from "./releases";

const FOLDER = new URL("screenshots/", import.meta.url).pathname;
const DIGEST = "Example Agency: a digest";

test("a compilation that is banked tells its parts", async ({ page, browser }) => {
  test.setTimeout(240_000);
  mkdirSync(FOLDER, { recursive: true });
  const { server } = await compilation(page);
  await page.goto(`${server.url}/banks/agency-films`);
  const card = page.getByRole("region", { name: genealogy("en", "title") });
  // The later copy and the film that was released first are told before anything else is banked.
  await expect(card.getByRole("listitem").filter({ has: page.getByRole("heading", { name: COAST }) })).toContainText(genealogy("en", "used", { n: 1 }), { timeout: 30_000 });
  server.command("bank", "add", "agency-films", server.path("cut.mp4"), "--title", DIGEST);
  // The page follows by itself.
  const digest = card.getByRole("listitem").filter({ has: page.getByRole("heading", { name: DIGEST }) });
  await expect(digest.locator(".part").filter({ hasText: VALLEY })).toBeVisible({ timeout: 30_000 });
  await expect(digest.locator(".part").filter({ hasText: COAST })).toContainText("8");
  await expect(digest.locator(".part").filter({ hasText: READING })).toBeVisible();
  await expect(card.getByRole("status")).toHaveCount(0);
  // The oldest is on top, by when it was released.
  await expect(card.getByRole("heading", { level: 3 }).first()).toHaveText(COAST);
  await card.getByRole("button", { name: VALLEY }).click();
  await expect(card.getByRole("button", { name: VALLEY })).toHaveAttribute("aria-pressed", "true");
  await card.getByText(genealogy("en", "table"), { exact: true }).first().click();
  await expect(card.locator("tbody tr").filter({ hasText: DIGEST })).toHaveCount(4);
  const { violations } = await new AxeBuilder({ page }).include("section[aria-labelledby=genealogy]").analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);

  const { cookies } = await page.context().storageState();
  for (const viewport of [{ width: 1440, height: 1200 }, { width: 390, height: 844 }]) {
    const context = await browser.newContext({ viewport, reducedMotion: "reduce" });
    await context.addCookies(cookies);
    const looked = await context.newPage();
    await looked.goto(`${server.url}/queue`);
    for (const [language, theme] of [["en", "light"], ["ar", "light"], ["ar", "dark"]] as const) {
      await prefer(looked, language, theme);
      await looked.goto(`${server.url}/banks/agency-films`);
      const shown = looked.getByRole("region", { name: genealogy(language, "title") });
      await expect(shown).toBeVisible();
      await looked.evaluate(() => document.fonts.ready);
      const wider = await looked.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(wider).toBeLessThanOrEqual(0);
      await shown.screenshot({ path: `${FOLDER}genealogy-${viewport.width}-${language}-${theme}.png` });
    }
    await context.close();
  }
  await server.stop();
});
