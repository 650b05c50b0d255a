// What goes wrong between people, files and the network: nothing is lost, nothing is overwritten, nothing runs.
import { truncateSync, writeFileSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { drop, PASSWORD, setUp, signIn, test, text } from "./console";
import { landscape, png, write } from "./pictures";
import { HOSTILE, morning, opened, scene } from "./scene";
import { Server } from "./server";

const reason = text("en", "decide.reason");

test("a case that somebody else decided is not overwritten", async ({ page, context }) => {
  const server = await scene(page);
  const { framed } = await morning(server);
  const stale = await context.newPage();
  // This one hears nothing of what happens meanwhile.
  await stale.addInitScript(() => {
    window.EventSource = class extends EventTarget {
      close(): void {}
    } as unknown as typeof EventSource;
  });
  await stale.goto(`${server.url}/cases/${framed}`);
  await expect(stale.locator("h1")).toHaveText("post-81723");

  await page.goto(`${server.url}/cases/${framed}`);
  await expect(page.locator("h1")).toHaveText("post-81723");
  await page.keyboard.press("Digit2");
  await page.getByRole("textbox", { name: reason }).fill("a news report");
  await page.getByRole("button", { name: text("en", "decide.submit"), exact: true }).click();
  await expect(page.locator(".verdict.not-violating")).toBeVisible();

  await stale.keyboard.press("Digit1");
  await stale.getByRole("textbox", { name: reason }).fill("what I typed");
  await stale.getByRole("button", { name: text("en", "decide.submit"), exact: true }).click();
  const told = stale.getByRole("alert").filter({ hasText: text("en", "case.moved") });
  await expect(told).toContainText("a news report");
  await expect(told).toContainText(text("en", "decide.not-violating"));
  await expect(stale.getByRole("textbox", { name: reason })).toHaveValue("what I typed");
  await told.getByRole("button").click();
  await expect(stale.locator(".verdict.not-violating")).toBeVisible();
  await server.stop();
});

test("a decision is sent once, however often it is pressed", async ({ page }) => {
  const server = await scene(page);
  const { framed } = await morning(server);
  const sent: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().endsWith("/review")) sent.push(request.url());
  });
  await page.goto(`${server.url}/cases/${framed}`);
  await expect(page.locator("h1")).toHaveText("post-81723");
  await page.keyboard.press("Digit1");
  await page.getByRole("button", { name: text("en", "quick.same") }).click();
  await page.evaluate(() => {
    const button = document.querySelector<HTMLButtonElement>(".foot .main");
    for (let k = 0; k < 5; k++) button?.click();
    for (let k = 0; k < 5; k++) dispatchEvent(new KeyboardEvent("keydown", { code: "KeyN", bubbles: true }));
  });
  await expect(page.locator("h1")).not.toHaveText("post-81723");
  expect(sent).toHaveLength(1);
  await server.stop();
});

test("a decision that is sent again after a lost answer decides nothing twice", async ({ page }) => {
  const server = await scene(page);
  const { framed } = await morning(server);
  await page.goto(`${server.url}/cases/${framed}`);
  // The server decides, but its answer never arrives.
  await page.route("**/review", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await expect(page.locator(".verdicts")).toBeVisible();
  await page.keyboard.press("Digit1");
  await page.getByRole("button", { name: text("en", "quick.same") }).click();
  await page.getByRole("button", { name: text("en", "decide.submit"), exact: true }).click();
  await expect(page.getByRole("alert").filter({ hasText: text("en", "code.network") })).toBeVisible();
  await page.unroute("**/review");
  await page.getByRole("button", { name: text("en", "decide.submit"), exact: true }).click();
  await expect(page.locator(".verdict.violating")).toBeVisible();
  const decided = page.getByRole("listitem").filter({ hasText: text("en", "history.decided") });
  await expect(decided).toHaveCount(1);
  await server.stop();
});

test("a session that ends in the middle of a decision loses nothing", async ({ page, context }) => {
  const server = await scene(page);
  const { framed } = await morning(server);
  await page.goto(`${server.url}/cases/${framed}`);
  await expect(page.locator("h1")).toHaveText("post-81723");
  await page.keyboard.press("Digit1");
  await page.getByRole("textbox", { name: reason }).fill("typed before it ended");
  await quiet(page);
  await context.clearCookies();
  await page.getByRole("button", { name: text("en", "decide.submit"), exact: true }).click();
  const dialog = page.getByRole("dialog", { name: text("en", "sign-in.again") });
  await expect(dialog).toBeVisible();
  // Not even a reload loses it.
  await page.reload();
  await page.getByLabel(text("en", "sign-in.name")).fill("noor");
  await page.getByLabel(text("en", "sign-in.password")).fill(PASSWORD);
  await page.getByRole("button", { name: text("en", "sign-in.submit") }).click();
  await expect(page.getByRole("textbox", { name: reason })).toHaveValue("typed before it ended");
  await quiet(page);
  await context.clearCookies();
  await page.getByRole("button", { name: text("en", "decide.submit"), exact: true }).click();
  await dialog.getByLabel(text("en", "sign-in.password")).fill(PASSWORD);
  await dialog.getByRole("button", { name: text("en", "sign-in.submit") }).click();
  // The decision that waited goes on by itself.
  await expect(page.locator(".verdict.violating")).toBeVisible();
  await expect(dialog).toHaveCount(0);
  await server.stop();
});

/** Everything that the page asks for by itself has come, also what it fetches ahead for the next case. */
async function quiet(page: Page): Promise<void> {
  await expect(page.locator(".skeleton, .waiting")).toHaveCount(0);
  let last_ms = Date.now();
  page.on("request", () => (last_ms = Date.now()));
  await expect.poll(() => Date.now() - last_ms, { intervals: [100] }).toBeGreaterThan(1000);
}

test("files that would be refused are not sent", async ({ page }) => {
  const server = await Server.start();
  await setUp(page, server);
  server.command("bank", "create", "releases");
  const posted: string[] = [];
  page.on("request", (request) => {
    if (request.method() === "POST" && request.url().includes("/entries")) posted.push(request.url());
  });
  const FOUR_GB = 4 * 1024 ** 3;
  const film = server.path("film.mp4");
  writeFileSync(film, "");
  truncateSync(film, FOUR_GB);
  const picture = server.path("picture.png");
  writeFileSync(picture, png(landscape(3, 64, 40)));
  truncateSync(picture, FOUR_GB);
  const unknown = server.path("notes.xyz");
  writeFileSync(unknown, Buffer.from([0, 1, 2, 3, 0xfe, 0xff, 0, 9, 8, 7]));
  writeFileSync(server.path("empty.png"), "");

  await page.goto(`${server.url}/banks/releases`);
  await drop(page, [film, picture, unknown, server.path("empty.png")]);
  const row = (name: string) => page.getByRole("listitem").filter({ hasText: name });
  await expect(row("film.mp4")).toContainText(text("en", "upload.held.kind"));
  await expect(row("picture.png")).toContainText("4.3 GB");
  await expect(row("empty.png")).toContainText(text("en", "upload.held.empty"));
  expect(posted).toEqual([]);

  // The server has the last word, and says why by a code that is put into words.
  await row("notes.xyz").getByRole("button", { name: text("en", "upload.anyway") }).click();
  await page.getByRole("button", { name: text("en", "bank.add", { n: 1 }) }).click();
  await expect(row("notes.xyz")).toContainText(text("en", "code.unsupported"));
  await row("notes.xyz").getByRole("button", { name: text("en", "app.retry") }).click();
  await expect(row("notes.xyz")).toContainText(text("en", "code.unsupported"));
  expect(posted).toHaveLength(2);
  await server.stop();
});

test("an upload can be cancelled and sent again", async ({ page }) => {
  const server = await Server.start();
  await setUp(page, server);
  server.command("bank", "create", "releases");
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let posted = 0;
  // The first that is sent does not arrive before it is cancelled, however quick the machine is.
  await page.route("**/banks/releases/entries?request=*", async (route) => {
    if (++posted > 1) return route.continue();
    await held;
    await route.abort();
  });
  await page.goto(`${server.url}/banks/releases`);
  await drop(page, [write(server.path("hills.png"), landscape(7, 320, 200)), write(server.path("lake.png"), landscape(8, 320, 200))]);
  await page.getByRole("button", { name: text("en", "bank.add", { n: 2 }) }).click();
  const row = (name: string) => page.getByRole("listitem").filter({ has: page.getByRole("status").filter({ hasText: name }) });
  await expect(row("lake.png")).toContainText(text("en", "upload.done"));
  expect(posted).toBe(2);

  await row("hills.png").getByRole("button", { name: text("en", "app.cancel") }).click();
  await expect(row("hills.png")).toContainText(text("en", "upload.cancelled"));
  release();
  await row("hills.png").getByRole("button", { name: text("en", "app.retry") }).click();
  await expect(row("hills.png")).toContainText(text("en", "upload.done"));
  expect(posted).toBe(3);
  await server.stop();
});

test("markup and hidden characters are inert and visible in every field", async ({ page }) => {
  const server = await scene(page);
  await morning(server);
  const entry = page.getByRole("listitem").filter({ hasText: "Example Agency: hills" });
  await page.goto(`${server.url}/banks/agency-pictures`);
  await entry.getByRole("button", { name: text("en", "entry.edit") }).click();
  const dialog = page.getByRole("dialog");
  for (const field of ["source", "outlet", "series", "published", "event", "labels"] as const) {
    await dialog.getByLabel(text("en", `entry.${field}`)).fill(HOSTILE);
  }
  await dialog.getByRole("button", { name: text("en", "entry.save") }).click();
  await expect(entry.getByText("RLO")).toHaveCount(6);
  const { hostile } = await reviewed(page, server);
  for (const path of ["/queue", `/cases/${hostile}`, "/banks/agency-pictures"]) {
    await page.goto(server.url + path);
    // In a closed list of choices they are hidden.
    for (const mark of ["RLO", "ZWSP"]) {
      await expect(page.getByText(mark).filter({ visible: true }).first()).toBeVisible();
    }
    await expect(page.locator('img[src="x"]')).toHaveCount(0);
    expect(await page.locator("main").textContent()).not.toMatch(/\u202e|\u200b/);
  }
  await server.stop();
});

/** Decides the case with a hostile reason, so that it stands in the history too. */
async function reviewed(page: Page, server: Server): Promise<{ hostile: string }> {
  const hostile = await opened(server, `again ${HOSTILE}`, server.path("hostile.png"), HOSTILE);
  await page.goto(`${server.url}/cases/${hostile}`);
  await expect(page.locator(".verdicts")).toBeVisible();
  await page.keyboard.press("Digit2");
  await page.getByRole("textbox", { name: reason }).fill(HOSTILE);
  await page.getByRole("button", { name: text("en", "decide.submit"), exact: true }).click();
  await expect(page.locator(".verdict")).toBeVisible();
  return { hostile };
}

test("a server that is killed under an open page comes back by itself", async ({ page }) => {
  const server = await scene(page);
  await morning(server);
  await page.goto(`${server.url}/queue`);
  await expect(page.locator("[data-case]")).toHaveCount(4);
  await expect(page.locator(".live.live")).toBeVisible();
  await server.kill();
  const lost = page.getByText(text("en", "live.lost"));
  await expect(lost).toBeVisible();
  await expect(page.locator("[data-case]")).toHaveCount(4);
  await server.restart();
  await expect(lost).toHaveCount(0, { timeout: 20_000 });
  await server.item("post-after", write(server.path("after.png"), landscape(23, 400, 250)));
  await page.getByRole("button", { name: text("en", "queue.new", { n: 1 }) }).click();
  await expect(page.getByRole("link", { name: /post-after/ })).toBeVisible();
  await server.stop();
});

test("a wrong password is told, and signing in leads to the queue", async ({ page, context }) => {
  const server = await Server.start();
  await setUp(page, server);
  await context.clearCookies();
  await page.goto(`${server.url}/banks`);
  await page.getByLabel(text("en", "sign-in.name")).fill("noor");
  await page.getByLabel(text("en", "sign-in.password")).fill("not the password");
  await page.getByRole("button", { name: text("en", "sign-in.submit") }).click();
  await expect(page.getByRole("alert")).toHaveText(text("en", "code.sign-in-refused"));
  await signIn(page, server);
  await server.stop();
});
