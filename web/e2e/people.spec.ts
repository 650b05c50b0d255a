// Who may come in, and what they may do then.
import { expect } from "@playwright/test";
import { PASSWORD, signIn, test, text } from "./console";
import { morning, scene } from "./scene";

test("a link signs a person in once, and leaves no secret behind", async ({ page, context }) => {
  const server = await scene(page);
  await context.clearCookies();
  const { link } = server.command<{ link: string }>("person", "link", "noor");
  // It is printed as a whole address, or as what stands behind the #.
  const secret = link.split("#").at(-1) ?? "";
  const address = `${server.url}/sign-in#${secret}`;
  await page.goto(address);
  await expect(page.getByRole("heading", { level: 1, name: text("en", "queue.title") })).toBeVisible();
  expect(page.url()).toBe(`${server.url}/queue`);
  await page.goBack();
  expect(page.url()).not.toContain("#");

  await context.clearCookies();
  await page.goto("about:blank");
  await page.goto(address);
  await expect(page.getByRole("alert")).toHaveText(text("en", "code.sign-in-link-refused"));
  expect(page.url()).not.toContain("#");
  await signIn(page, server);
  await server.stop();
});

test("a reviewer decides and adds, and sees no names but their own", async ({ page, context }) => {
  const server = await scene(page);
  const { framed } = await morning(server);
  const csrf = await page.evaluate(async () => ((await (await fetch("/api/v1/session")).json()) as { csrf: string }).csrf);
  const made = await page.request.post(`${server.url}/api/v1/people`, {
    headers: { "x-csrf-token": csrf, origin: server.url },
    data: { name: "samir", role: "reviewer", password: PASSWORD },
  });
  expect(made.ok(), await made.text()).toBe(true);
  await context.clearCookies();
  await signIn(page, server, "samir");
  await page.goto(`${server.url}/cases/${framed}`);
  await expect(page.getByRole("button", { name: text("en", "key.bank") })).toBeVisible();
  await page.keyboard.press("Digit2");
  await page.getByRole("button", { name: text("en", "quick.news") }).click();
  await page.getByRole("button", { name: text("en", "decide.submit"), exact: true }).click();
  await expect(page.locator(".verdict.not-violating")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: text("en", "history.decided") })).toContainText(text("en", "actor.you"));
  await server.stop();
});

test("who may only read is offered nothing that would be refused", async ({ page }) => {
  const server = await scene(page);
  const { framed } = await morning(server);
  // No role of the program is like this yet; what a session may do is asked of it all the same.
  await page.route("**/api/v1/session", async (route) => {
    const answer = await route.fetch();
    const who = (await answer.json()) as { scopes: string[] };
    await route.fulfill({ response: answer, json: { ...who, scopes: ["cases:read", "banks:read"] } });
  });
  await page.goto(`${server.url}/cases/${framed}`);
  await expect(page.getByText(text("en", "decide.read-only"))).toBeVisible();
  await expect(page.getByRole("radio")).toHaveCount(0);
  await expect(page.getByRole("button", { name: text("en", "key.bank") })).toHaveCount(0);
  for (const key of ["Digit1", "KeyS", "KeyN", "KeyB"]) await page.keyboard.press(key);
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await expect(page.locator("h1")).toHaveText("post-81723");
  await page.goto(`${server.url}/banks`);
  await expect(page.getByRole("link", { name: /agency-pictures/ })).toBeVisible();
  await expect(page.getByRole("button", { name: text("en", "banks.create") })).toHaveCount(0);
  await page.goto(`${server.url}/banks/agency-pictures`);
  await expect(page.getByText("Example Agency: hills")).toBeVisible();
  for (const name of ["entry.edit", "entry.remove", "bank.choose"] as const) {
    await expect(page.getByRole("button", { name: text("en", name) })).toHaveCount(0);
  }
  await server.stop();
});
