// What many upload at once and no bank knows: seen, made an entry, and found in what came in before.
import { expect } from "@playwright/test";
import { drop, test, text } from "./console";
import { landscape, write } from "./pictures";
import { burst, BURST_POLICY, scene } from "./scene";

test("a burst is seen, added to a bank, and found again", async ({ page }) => {
  test.setTimeout(120_000);
  const server = await scene(page, { policy: BURST_POLICY });
  const rising = await burst(server);
  await page.goto(`${server.url}/queue`);
  const row = page.getByRole("link", { name: /burst-3/ });
  await expect(row).toContainText(text("en", "rising.items", { n: 5 }));
  await expect(row).toContainText(text("en", "rising.accounts", { n: 5 }));
  await row.click();
  await expect(page).toHaveURL(`${server.url}/cases/${rising}`);
  const card = page.getByRole("region", { name: text("en", "rising.title") });
  await expect(card).toContainText(text("en", "rising.items", { n: 5 }));
  // There is no entry to compare it with.
  await expect(page.getByRole("button", { name: text("en", "media.alt.item") })).toBeVisible();
  await expect(page.locator("figure")).toHaveCount(1);
  await page.keyboard.press("Digit1");
  await expect(page.getByRole("button", { name: text("en", "quick.same") })).toHaveCount(0);
  await page.getByRole("button", { name: text("en", "quick.release") }).click();

  await page.keyboard.press("KeyB");
  const dialog = page.getByRole("dialog", { name: text("en", "key.bank") });
  await expect(dialog.getByLabel(text("en", "entry.title"))).toHaveValue("burst-3");
  await expect(dialog.getByLabel(text("en", "entry.title"))).toBeFocused();
  await dialog.getByLabel(text("en", "case.bank")).selectOption("agency-pictures");
  await dialog.getByLabel(text("en", "entry.title")).focus();
  await page.keyboard.press("Control+KeyA");
  await page.keyboard.type("Example Agency: new release");
  await page.keyboard.press("Enter");
  await expect(dialog).toHaveCount(0);
  const found = page.getByRole("status").filter({ hasText: text("en", "look-back.added") });
  await expect(found).toContainText(text("en", "look-back.items", { n: 5 }), { timeout: 20_000 });
  await expect(found).toContainText(text("en", "look-back.cases", { n: 5 }));
  // The case tells of the entry now, and what was typed is kept.
  await expect(page.locator("figure")).toHaveCount(2);
  await expect(page.getByRole("textbox", { name: text("en", "decide.reason") })).toHaveValue(text("en", "quick.release"));
  await expect(page.getByRole("listitem").filter({ hasText: text("en", "history.found-again") })).toHaveCount(1);
  await page.getByRole("button", { name: text("en", "decide.submit"), exact: true }).click();
  await expect(page.locator(".verdict.violating")).toBeVisible();
  await server.stop();
});

test("a file that is added to a bank tells what it was found in", async ({ page }) => {
  const server = await scene(page);
  const early = await server.item("post-early", write(server.path("early.png"), landscape(50, 400, 250)));
  expect(early.outcome).toBe("none");
  await page.goto(`${server.url}/banks/agency-pictures`);
  await drop(page, [write(server.path("late.png"), landscape(50, 640, 400)), write(server.path("never.png"), landscape(51, 640, 400))]);
  await page.getByRole("button", { name: text("en", "bank.add", { n: 2 }) }).click();
  const row = (name: string) => page.getByRole("listitem").filter({ hasText: name });
  await expect(row("late.png")).toContainText(text("en", "look-back.items", { n: 1 }), { timeout: 20_000 });
  await expect(row("late.png")).toContainText(text("en", "look-back.cases", { n: 1 }));
  await expect(row("never.png")).toContainText(text("en", "look-back.nothing"), { timeout: 20_000 });
  await server.stop();
});

test("more that is found in a case on the page is shown without taking what was typed", async ({ page }) => {
  const server = await scene(page);
  const copy = write(server.path("copy.png"), landscape(21, 320, 200));
  const { case: id } = await server.item("post-1", copy);
  await page.goto(`${server.url}/cases/${id}`);
  await page.keyboard.press("Digit2");
  const words = page.getByRole("textbox", { name: text("en", "decide.reason") });
  await words.fill("typed before");
  server.bank("agency-films", server.path("picture-21.png"), "Example Agency: the same, elsewhere");
  const moved = page.getByRole("alert").filter({ hasText: text("en", "case.moved.found") });
  await expect(moved).toBeVisible({ timeout: 20_000 });
  await expect(words).toHaveValue("typed before");
  await moved.getByRole("button").click();
  await expect(page.getByRole("button", { name: /the same, elsewhere/ })).toBeVisible();
  await expect(words).toHaveValue("typed before");
  await server.stop();
});
