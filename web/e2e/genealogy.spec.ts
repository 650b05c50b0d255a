// Which releases of a bank re-use which: told once an entry was compared with those before it.
import AxeBuilder from "@axe-core/playwright";
import { expect } from "@playwright/test";
import { genealogy, test } from "./console";
import { inEachLook } from "./looks";
import { COAST, compilation, READING, VALLEY } from "./releases";

const DIGEST = "Example Agency: a digest";

test("a compilation that is banked tells its parts", async ({ page, browser }) => {
  test.setTimeout(240_000);
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

  await inEachLook({ page, browser, server, name: "genealogy", height: 1200 }, async (looked, language) => {
    await looked.goto(`${server.url}/banks/agency-films`);
    const shown = looked.getByRole("region", { name: genealogy(language, "title") });
    await expect(shown).toBeVisible();
    return shown;
  });
  await server.stop();
});
