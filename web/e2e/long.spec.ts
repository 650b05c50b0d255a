// A long video on its way into a bank: how far the server is with it, for those who see the page and those who hear it.
import { expect, type Page } from "@playwright/test";
import { drop, prefer, setUp, sound, speaker, test, text, type Language } from "./console";
import { inEachLook } from "./looks";
import { clip, film } from "./pictures";
import { opened } from "./scene";
import { Server } from "./server";

const MINUTES = 4;

async function library(page: Page): Promise<Server> {
  const server = await Server.start();
  await setUp(page, server);
  server.command("bank", "create", "films");
  film(server.path("film.mp4"), MINUTES);
  return server;
}

/** Drops the film and has it added. */
async function add(page: Page, server: Server, language: Language): Promise<void> {
  await page.goto(`${server.url}/banks/films`);
  await drop(page, [server.path("film.mp4")]);
  await page.getByRole("button", { name: text(language, "bank.add", { n: 1 }) }).click();
}

/** What the bar says once it is known, without the marks that keep numbers apart from the text around them. */
async function told(page: Page): Promise<string> {
  const bar = page.getByRole("progressbar");
  await expect(bar).toHaveAttribute("aria-valuetext", new RegExp(`${MINUTES}:00`), { timeout: 30_000 });
  return plain((await bar.getAttribute("aria-valuetext")) ?? "");
}

const plain = (words: string): string => words.replace(/[\u2066-\u2069]/g, "");

for (const language of ["en", "ar"] as const) {
  test(`a long video tells how far it is: ${language}`, async ({ page }) => {
    test.setTimeout(180_000);
    const say = speaker(language);
    const server = await library(page);
    await prefer(page, language, "light");
    await add(page, server, language);
    const words = await told(page);
    const read = /\d+:\d\d/.exec(words)?.[0] ?? "";
    expect(words).toBe(plain(say("upload.read.of", { read, total: `${MINUTES}:00` })));
    const bar = page.getByRole("progressbar");
    const share = await bar.evaluate((it) => (it instanceof HTMLProgressElement ? it.position : -1));
    expect(share > 0 && share <= 1, String(share)).toBe(true);
    await expect(bar).toHaveAccessibleName(new RegExp(say("upload.reading")));
    // What goes on changing is not read out again and again.
    await expect(page.getByRole("status").filter({ hasText: "film.mp4" })).toHaveText(`film.mp4 · ${say("upload.reading")}`);
    await sound(page, "a bank that is added to");
    await expect(page.getByRole("status").filter({ hasText: say("upload.done") })).toBeVisible({ timeout: 120_000 });
    await expect(bar).toHaveCount(0);
    await server.stop();
  });
}

test("the item of a case tells how far it is on its way into a bank", async ({ page }) => {
  test.setTimeout(180_000);
  const server = await library(page);
  clip(server.path("short.mp4"), [31, 32], 4);
  server.bank("films", server.path("short.mp4"), "Example Agency: two scenes");
  server.command("bank", "create", "others");
  const id = await opened(server, "video/1", server.path("short.mp4"));
  let asked = 0;
  await page.route("**/additions/*", (route) => route.fulfill({ json: { read_s: 10 * ++asked, total_s: null } }));
  // What the server needs for a few seconds is over before anybody could look.
  await page.route("**/entry", async (route) => {
    await expect.poll(() => asked).toBeGreaterThan(1);
    await route.continue();
  });
  await page.goto(`${server.url}/cases/${id}`);
  await page.getByRole("button", { name: text("en", "key.bank") }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel(text("en", "case.bank")).selectOption("others");
  await dialog.getByRole("button", { name: text("en", "add.submit"), exact: true }).click();
  const bar = dialog.getByRole("progressbar");
  await expect(bar).toHaveAttribute("aria-valuetext", /0:10/);
  // Nobody knows how long it is, so there is no share.
  expect(await bar.evaluate((it) => (it instanceof HTMLProgressElement ? it.position : 0))).toBe(-1);
  await expect(dialog).toHaveCount(0, { timeout: 60_000 });
  await server.stop();
});

test("it looks as it should", async ({ page, browser }) => {
  test.setTimeout(240_000);
  const server = await library(page);
  film(server.path("film.mp4"), 2);
  await inEachLook({ page, browser, server, name: "upload", height: 900 }, async (looked, language) => {
    await looked.route("**/additions/*", (route) => route.fulfill({ json: { read_s: 75, total_s: MINUTES * 60 } }));
    await add(looked, server, language);
    await told(looked);
    return looked.getByRole("form", { name: text(language, "upload.list") });
  });
  await server.stop();
});
