// The next case is there while the decision is on its way, and what does not arrive is not lost.
import { expect, type Page } from "@playwright/test";
import { PASSWORD, test, text } from "./console";
import { framed, landscape, write } from "./pictures";
import { morning, opened, scene } from "./scene";
import type { Server } from "./server";

const reason = text("en", "decide.reason");
const FILM = "video/2026-11/8f31c";

test("from a decision to the next case", async ({ page }) => {
  test.setTimeout(180_000);
  const CASES = 13;
  const server = await scene(page);
  const ids: string[] = [];
  for (let k = 0; k < CASES; k++) {
    const copy = write(server.path("copy.png"), framed(landscape(21, 320 + k, 200), 14));
    ids.push(await opened(server, `post-${k}`, copy));
  }
  await page.goto(`${server.url}/cases/${ids[0]}`);
  const metrics = await cpu(page);
  const names: number[] = [];
  const pictures: number[] = [];
  const busy: number[] = [];
  for (let k = 1; k < CASES; k++) {
    await expect(page.locator("h1")).toHaveText(`post-${k - 1}`);
    await page.keyboard.press("Digit1");
    await page.keyboard.press("KeyR");
    await page.keyboard.type("same hills");
    await page.keyboard.press("Escape");
    // This case's two pictures, those before, and the next one's have come; a person takes longer than that.
    await page.waitForFunction((n) => performance.getEntriesByType("resource").filter(({ name }) => name.endsWith("/media")).length >= n, 2 * (k + 1));
    const before_ms = await metrics();
    const { name_ms, pictures_ms } = await timed(page, `post-${k}`);
    busy.push((await metrics()) - before_ms);
    names.push(name_ms);
    pictures.push(pictures_ms);
  }
  const median = (all: number[]): string => (all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)] ?? 0).toFixed(0);
  console.log(`from N to the next case, median of ${names.length}: its name ${median(names)} ms, its pictures ${median(pictures)} ms (goal: 100 ms); ${median(busy)} ms of processor time on the page's thread`);
  await expect.poll(() => decided(page)).toBe(CASES - 1);
  await server.stop();
});

/** Answers what tells how long the page's thread has worked, in milliseconds of processor time. */
async function cpu(page: Page): Promise<() => Promise<number>> {
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? 0);
  };
}

/** Presses N; answers how long it takes until the next case's name and both its pictures are drawn. */
async function timed(page: Page, next: string): Promise<{ name_ms: number; pictures_ms: number }> {
  const measured = await page.evaluateHandle((name) => {
    const drawn = new Promise<{ name_ms: number; pictures_ms: number }>((resolve) => {
      let pressed = 0;
      let name_ms = 0;
      addEventListener("keydown", (event) => event.code === "KeyN" && (pressed = performance.now()), { capture: true, once: true });
      const look = (): void => {
        const now = performance.now();
        const here = document.querySelector("h1")?.textContent === name;
        if (pressed && here) name_ms ||= now - pressed;
        const images = [...document.querySelectorAll<HTMLImageElement>(".frame img")];
        const complete = images.length === 2 && images.every((image) => image.complete && image.naturalWidth > 0);
        if (name_ms && complete) resolve({ name_ms, pictures_ms: now - pressed });
        else requestAnimationFrame(look);
      };
      look();
    });
    return { drawn };
  }, next);
  await page.keyboard.press("KeyN");
  return measured.evaluate(({ drawn }) => drawn);
}

function decided(page: Page): Promise<number> {
  return page.evaluate(async () => ((await (await fetch("/api/v1/queue")).json()) as { decided_today: number }).decided_today);
}

/** Decides the first case of the morning and goes on to the film. */
async function decideFirst(page: Page, words: string): Promise<void> {
  await expect(page.locator("h1")).toHaveText("post-81723");
  await page.keyboard.press("Digit1");
  await page.getByRole("textbox", { name: reason }).fill(words);
  await page.keyboard.press("Escape");
  await page.keyboard.press("KeyN");
  await expect(page.locator("h1")).toHaveText(FILM);
}

test("a decision that does not arrive is told with its case, and one key goes back to it", async ({ page }) => {
  const server = await scene(page);
  const { framed: first } = await morning(server);
  await page.goto(`${server.url}/cases/${first}`);
  await page.route("**/review", (route) => route.abort());
  await decideFirst(page, "what I typed");
  const told = page.getByRole("alert").filter({ hasText: text("en", "unsent.title") });
  await expect(told).toContainText("post-81723");
  await expect(told).toContainText(text("en", "code.network"));

  // What is typed for the next case stays, and nothing was decided.
  await page.keyboard.press("Digit2");
  await page.getByRole("textbox", { name: reason }).fill("about the film");
  await page.keyboard.press("Escape");
  expect(await decided(page)).toBe(0);
  await page.keyboard.press("KeyF");
  await expect(page.locator("h1")).toHaveText("post-81723");
  await expect(page.getByRole("textbox", { name: reason })).toHaveValue("what I typed");
  await expect(page.getByRole("alert").filter({ hasText: text("en", "code.network") })).toBeVisible();

  await page.unroute("**/review");
  await page.keyboard.press("KeyN");
  await expect(page.locator("h1")).toHaveText(FILM);
  await expect(page.getByRole("textbox", { name: reason })).toHaveValue("about the film");
  await expect.poll(() => decided(page)).toBe(1);
  await expect(told).toHaveCount(0);
  await page.keyboard.press("KeyU");
  await expect(page.locator("h1")).toHaveText("post-81723");
  await expect(page.getByRole("textbox", { name: reason })).toHaveValue("what I typed");
  await expect.poll(() => decided(page)).toBe(0);
  await server.stop();
});

test("a decision whose answer is lost is sent again from where the reviewer is, and decides once", async ({ page }) => {
  const server = await scene(page);
  const { framed: first } = await morning(server);
  await page.goto(`${server.url}/cases/${first}`);
  await page.route("**/review", async (route) => {
    await route.fetch();
    await route.abort();
  });
  await decideFirst(page, "what I typed");
  const told = page.getByRole("alert").filter({ hasText: text("en", "unsent.title") });
  await expect(told).toContainText("post-81723");
  await page.unroute("**/review");
  await told.getByRole("button", { name: text("en", "unsent.again") }).click();
  await expect(told).toHaveCount(0);
  await expect(page.getByRole("region", { name: text("en", "decide.undo") })).toContainText("post-81723");
  expect(await decided(page)).toBe(1);
  await page.goto(`${server.url}/cases/${first}`);
  const history = page.getByRole("listitem").filter({ hasText: text("en", "history.decided") });
  await expect(history).toHaveCount(1);
  await server.stop();
});

test("a server that does not answer is not waited for without end", async ({ page }) => {
  const server = await scene(page);
  const { framed: first } = await morning(server);
  await page.goto(`${server.url}/cases/${first}`);
  await page.route("**/review", () => undefined);
  await decideFirst(page, "what I typed");
  const undo = page.getByRole("region", { name: text("en", "decide.undo") });
  await expect(undo).toContainText(text("en", "decide.sending"));
  const told = page.getByRole("alert").filter({ hasText: text("en", "unsent.title") });
  await expect(told).toContainText(text("en", "code.slow"), { timeout: 20_000 });
  await expect(undo).toHaveCount(0);
  await page.unroute("**/review");
  await server.stop();
});

test("a case that somebody else decided is told on the next one's page", async ({ page }) => {
  const server = await scene(page);
  const { framed: first } = await morning(server);
  await page.goto(`${server.url}/cases/${first}`);
  await page.route("**/review", async (route) => {
    await elsewhere(page, server, first, "a news report");
    await route.continue();
  });
  await decideFirst(page, "what I typed");
  const told = page.getByRole("alert").filter({ hasText: text("en", "unsent.title") });
  await expect(told).toContainText("post-81723");
  await told.getByRole("link").click();
  const moved = page.getByRole("alert").filter({ hasText: text("en", "case.moved") });
  await expect(moved).toContainText("a news report");
  await expect(page.getByRole("textbox", { name: reason })).toHaveValue("what I typed");
  await moved.getByRole("button").click();
  await expect(page.locator(".verdict.not-violating")).toBeVisible();
  await page.keyboard.press("KeyJ");
  await expect(told).toHaveCount(0);
  await server.stop();
});

/** Decides a case as somebody else does, by a key. */
async function elsewhere(page: Page, server: Server, id: string, words: string): Promise<void> {
  const { secret } = server.command<{ secret: string }>("key", "create", "colleague", "--scope", "cases:write", "--scope", "cases:read");
  const answer = await page.request.post(`${server.url}/api/v1/cases/${id}/review`, {
    headers: { authorization: `Bearer ${secret}`, cookie: "" },
    data: { verdict: "not-violating", reason: words },
  });
  expect(answer.ok(), await answer.text()).toBe(true);
}

test("whoever is quicker than the list goes on once it has come", async ({ page }) => {
  const server = await scene(page);
  const { framed: first } = await morning(server);
  let come: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (come = resolve));
  await page.route(
    (url) => url.pathname === "/api/v1/cases",
    async (route) => {
      await held;
      await route.continue();
    },
  );
  await page.goto(`${server.url}/cases/${first}`);
  await expect(page.locator("h1")).toHaveText("post-81723");
  await page.keyboard.press("Digit1");
  await page.getByRole("textbox", { name: reason }).fill("same hills");
  await page.keyboard.press("Escape");
  await page.keyboard.press("KeyN");
  await expect.poll(() => decided(page)).toBe(1);
  await expect(page).toHaveURL(`${server.url}/cases/${first}`);
  come();
  await expect(page.locator("h1")).toHaveText(FILM);
  // What the page still fetches is not awaited.
  await page.close();
  await server.stop();
});

test("a session that ended is asked for over the next case, and the decision goes on", async ({ page, context }) => {
  const server = await scene(page);
  const { framed: first, film } = await morning(server);
  // What is fetched ahead comes to the server after the session ended; that alone interrupts nobody who types.
  let end: () => void = () => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  await page.route(`**/cases/${film}/media*`, async (route) => {
    await ended;
    await route.continue({ headers: { ...route.request().headers(), cookie: "" } });
  });
  const listed = page.waitForResponse((response) => new URL(response.url()).pathname === "/api/v1/cases");
  const asked = page.waitForRequest(`**/cases/${film}/media*`);
  await page.goto(`${server.url}/cases/${first}`);
  await expect(page.locator("h1")).toHaveText("post-81723");
  await expect(page.locator(".skeleton, .waiting")).toHaveCount(0);
  await listed;
  await asked;
  const refused = page.waitForResponse(`**/cases/${film}/media*`);
  await context.clearCookies();
  end();
  expect((await refused).status()).toBe(401);
  await page.unroute(`**/cases/${film}/media*`);
  const dialog = page.getByRole("dialog", { name: text("en", "sign-in.again") });
  await expect(dialog).toHaveCount(0);
  await decideFirst(page, "what I typed");
  await dialog.getByLabel(text("en", "sign-in.password")).fill(PASSWORD);
  await dialog.getByRole("button", { name: text("en", "sign-in.submit") }).click();
  await expect(dialog).toHaveCount(0);
  await expect.poll(() => decided(page)).toBe(1);
  await expect(page.locator("h1")).toHaveText(FILM);
  await expect(page.locator(".frame img")).toHaveCount(2);
  await server.stop();
});
