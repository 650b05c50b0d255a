// Pictures of the pages, to be looked at by people: both directions, both themes, two widths.
import { mkdirSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { prefer, test } from "./console";
import { morning, scene } from "./scene";

const FOLDER = new URL("screenshots/", import.meta.url).pathname;
const README = new URL("../../docs/images/console.png", import.meta.url).pathname;
const DEVICES = [
  { viewport: { width: 1440, height: 900 } },
  { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
];

test("pages look as they should", async ({ page, browser }) => {
  test.setTimeout(180_000);
  mkdirSync(FOLDER, { recursive: true });
  const server = await scene(page);
  const cases = await morning(server);
  const { cookies } = await page.context().storageState();
  for (const device of DEVICES) {
    const context = await browser.newContext({ ...device, reducedMotion: "reduce" });
    const looked = await context.newPage();
    const shoot = (name: string): Promise<unknown> => inEachLook(looked, `${FOLDER}${name}-${device.viewport.width}`);
    await looked.goto(`${server.url}/sign-in`);
    await shoot("sign-in");
    await context.addCookies(cookies);
    for (const [name, path] of pages(cases)) {
      await looked.goto(server.url + path);
      await shoot(name);
    }
    await looked.goto(`${server.url}/cases/${cases.film}`);
    await looked.locator(".verdicts .leaf").click();
    await shoot("case-chosen");
    await context.close();
  }
  await server.stop();
});

function pages(cases: Awaited<ReturnType<typeof morning>>): [string, string][] {
  return [
    ["queue", "/queue"],
    ["case-picture", `/cases/${cases.framed}`],
    ["case-film", `/cases/${cases.film}`],
    ["case-same", `/cases/${cases.same}`],
    ["case-hostile", `/cases/${cases.hostile}`],
    ["banks", "/banks"],
    ["bank", "/banks/agency-pictures"],
    ["not-found", "/nowhere"],
  ];
}

/** One picture in each language and theme; the last is Arabic. */
async function inEachLook(page: Page, path: string): Promise<void> {
  for (const language of ["en", "ar"] as const) {
    for (const theme of ["light", "dark"] as const) {
      await prefer(page, language, theme);
      await page.reload();
      await settled(page);
      await page.screenshot({ path: `${path}-${language}-${theme}.png` });
    }
  }
}

/** Everything has come: nothing is loading, and pictures are drawn. */
async function settled(page: Page): Promise<void> {
  await expect(page.locator("h1").first()).toBeVisible();
  await expect(page.locator(".skeleton, .waiting")).toHaveCount(0);
  await page.evaluate(() => document.fonts.ready);
}

test("the picture of the README", async ({ page }) => {
  test.skip(process.env["LAMASSU_README_SCREENSHOT"] === undefined, "made only when asked for");
  const server = await scene(page);
  const cases = await morning(server);
  await page.goto(`${server.url}/cases/${cases.film}`);
  await settled(page);
  await page.keyboard.press("Digit1");
  await page.getByRole("button", { name: "Shows a part of the entry" }).click();
  await page.keyboard.press("KeyV");
  await page.mouse.move(0, 0);
  await settled(page);
  await page.screenshot({ path: README });
  await server.stop();
});
