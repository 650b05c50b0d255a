// What may explain a case, and what is nearly known: both languages, with pictures of each page to look at.
import { mkdirSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { prefer, provenance, sound, speaker, test, type Language } from "./console";
import { clip, laid, landscape, mark, write } from "./pictures";
import { opened, scene } from "./scene";
import type { Server } from "./server";

const FOLDER = new URL("screenshots/", import.meta.url).pathname;
const POLICY = `
[banks.broadcasts]
purpose = "context"

[banks.outlets]
purpose = "logo"

[banks.strict]
radius_bits = 0
near_miss_bits = 30
features_max = 0
`;
const LANGUAGES: readonly Language[] = ["en", "ar"];

/** A server that knows a broadcast, and a harmful picture of which only copies count. */
async function start(page: Page): Promise<Server> {
  const server = await scene(page, { policy: POLICY });
  server.command("bank", "create", "broadcasts");
  server.command("bank", "create", "strict");
  server.bank("broadcasts", write(server.path("news.png"), landscape(21, 500, 312)), "Example Agency: the evening news");
  clip(server.path("broadcast.mp4"), [32, 35], 6);
  server.bank("broadcasts", server.path("broadcast.mp4"), "Example Agency: valleys, a broadcast");
  server.bank("strict", write(server.path("strict.png"), landscape(71, 640, 400)), "Example Agency: a lake");
  return server;
}

/** A picture on a desk and one on a phone. */
async function shoot(page: Page, name: string): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  await sound(page, name);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await page.screenshot({ path: `${FOLDER}${name}-${width}.png`, fullPage: true });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(over, `${name} at ${width}`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("a case says what explains it, and waits behind the others", async ({ page }) => {
  test.setTimeout(300_000);
  const server = await start(page);
  const copy = write(server.path("copy.png"), landscape(21, 320, 200));
  const plain = write(server.path("plain.png"), landscape(23, 320, 200));
  clip(server.path("cut.mp4"), [40, 32, 33, 41], 6);
  const explained = await opened(server, "post-explained", copy);
  await opened(server, "post-plain", plain);
  const film = await opened(server, "post-film", server.path("cut.mp4"));
  for (const language of LANGUAGES) {
    const say = speaker(language);
    await prefer(page, language, "light");
    await page.goto(`${server.url}/queue`);
    await expect(page.locator("[data-case]")).toHaveCount(3);
    await expect(page.locator("[data-case]").last()).toContainText("post-explained");
    await expect(page.locator("[data-case]").last()).toContainText(say("queue.explained"));
    await page.goto(`${server.url}/cases/${explained}`);
    const card = page.getByRole("region", { name: say("context.title") });
    await expect(card).toContainText(say("context.all"));
    await expect(card).toContainText("Example Agency: the evening news");
    const entry = page.getByRole("button", { name: /the evening news/ });
    await expect(entry).toContainText(say("context.chip"));
    await entry.click();
    await expect(page.locator("figure")).toHaveCount(2);
    await shoot(page, `context-picture-${language}`);
    await page.goto(`${server.url}/cases/${film}`);
    await expect(page.getByRole("region", { name: say("context.title") })).toContainText(say("context.borrowed"));
    // Drawn in the item's lane and in the release's, and named beside the drawing.
    await expect(page.locator(".provenance .borrowed").nth(1)).toBeVisible();
    await expect(page.locator(".provenance").first()).toContainText(provenance(language, "borrowed"));
    await shoot(page, `context-film-${language}`);
    await page.goto(`${server.url}/banks`);
    await expect(page.getByRole("link", { name: /broadcasts/ })).toContainText(say("bank.purpose.context"));
  }
  await server.stop();
});

test("a mark is named and outlined, and its case comes first", async ({ page }) => {
  test.setTimeout(180_000);
  const server = await start(page);
  server.command("bank", "create", "outlets");
  server.bank("outlets", write(server.path("mark.png"), mark(240)), "Example Agency: its mark");
  await opened(server, "post-plain", write(server.path("plain.png"), landscape(23, 320, 200)));
  const picture = laid(landscape(22, 800, 500), mark(180), 24, 24);
  const marked = await opened(server, "post-marked", write(server.path("marked.png"), picture));
  for (const language of LANGUAGES) {
    const say = speaker(language);
    await prefer(page, language, "light");
    await page.goto(`${server.url}/queue`);
    await expect(page.locator("[data-case]").first()).toContainText("post-marked");
    await expect(page.locator("[data-case]").first()).toContainText(say("queue.marked"));
    await page.goto(`${server.url}/cases/${marked}`);
    await expect(page.getByRole("list", { name: say("logos.title") })).toContainText("Example Agency: its mark");
    await expect(page.locator(".marks .logo")).toHaveCount(1);
    await shoot(page, `marked-${language}`);
  }
  await server.stop();
});

test("a near miss is in a tab of its own and becomes an entry by one key", async ({ page }) => {
  test.setTimeout(180_000);
  const server = await start(page);
  const near = await server.item("post-near", write(server.path("near.png"), landscape(71, 320, 200, 0.36)));
  expect(near).toMatchObject({ outcome: "none", case: null });
  for (const language of [...LANGUAGES].reverse()) {
    const say = speaker(language);
    await prefer(page, language, "light");
    await page.goto(`${server.url}/queue`);
    await expect(page.getByText(say("queue.empty"))).toBeVisible();
    const tab = page.getByRole("button", { name: say("queue.near") });
    await expect(tab).toContainText("1");
    await tab.click();
    await expect(page.getByRole("link", { name: /post-near/ })).toContainText("Example Agency: a lake");
    await shoot(page, `near-${language}`);
    await page.getByRole("link", { name: /post-near/ }).click();
    await expect(page.getByRole("region", { name: say("near.title") })).toBeVisible();
    await expect(page.locator("figure")).toHaveCount(2);
    await shoot(page, `near-case-${language}`);
  }
  const say = speaker("en");
  await page.keyboard.press("KeyB");
  const dialog = page.getByRole("dialog", { name: say("key.bank") });
  await expect(dialog.getByLabel(say("case.bank"))).toHaveValue("strict");
  await expect(dialog.getByLabel(say("entry.title"))).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  const found = page.getByRole("status").filter({ hasText: say("look-back.added") });
  await expect(found).toContainText(say("look-back.cases", { n: 1 }), { timeout: 20_000 });
  await expect(page.getByRole("region", { name: say("near.title") })).toHaveCount(0);
  await page.goto(`${server.url}/queue`);
  await expect(page.getByRole("link", { name: /post-near/ })).toBeVisible();
  await expect(page.getByRole("button", { name: say("queue.near") })).toContainText("0");
  await server.stop();
});
