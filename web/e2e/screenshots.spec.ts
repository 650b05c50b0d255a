// Pictures of the pages, to be looked at by people: both directions, both themes, two widths.
import { mkdirSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { prefer, test } from "./console";
import { burst, BURST_POLICY, morning, scene, unsent } from "./scene";

const FOLDER = new URL("screenshots/", import.meta.url).pathname;
const README = new URL("../../docs/images/console.png", import.meta.url).pathname;
const DEVICES = [
  { viewport: { width: 1440, height: 900 } },
  { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true },
];

test("pages look as they should", async ({ page, browser }) => {
  test.setTimeout(300_000);
  mkdirSync(FOLDER, { recursive: true });
  const server = await scene(page, { policy: BURST_POLICY });
  const cases = await morning(server);
  const rising = await burst(server);
  const { cookies } = await page.context().storageState();
  for (const device of DEVICES) {
    const context = await browser.newContext({ ...device, reducedMotion: "reduce" });
    const looked = await context.newPage();
    const shoot = (name: string, ready?: () => Promise<void>): Promise<unknown> =>
      inEachLook(looked, `${FOLDER}${name}-${device.viewport.width}`, ready);
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
    await looked.goto(`${server.url}/cases/${rising}`);
    await shoot("case-rising", () => expect(looked.locator("#rising")).toBeVisible());
    await shoot("add", async () => {
      await looked.keyboard.press("KeyB");
      await expect(looked.locator("dialog form")).toBeVisible();
    });
    await shoot("unsent", async () => {
      await looked.goto(`${server.url}/cases/${cases.framed}`);
      await settled(looked);
      await unsent(looked);
    });
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

const LOOKS = (["en", "ar"] as const).flatMap((language) => (["light", "dark"] as const).map((theme) => ({ language, theme })));

/** One picture in each language and theme; the last is Arabic. `ready` brings about what is to be seen. */
async function inEachLook(page: Page, path: string, ready?: () => Promise<void>): Promise<void> {
  for (const look of LOOKS) {
    await wear(page, look);
    await ready?.();
    await settled(page);
    await page.screenshot({ path: `${path}-${look.language}-${look.theme}.png` });
  }
}

async function wear(page: Page, { language, theme }: (typeof LOOKS)[number]): Promise<void> {
  await prefer(page, language, theme);
  await page.reload();
  await settled(page);
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
