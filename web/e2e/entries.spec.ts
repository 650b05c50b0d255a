// Entries that are taken out, and items in which several are found.
import { expect } from "@playwright/test";
import { test, text } from "./console";
import { landscape, write } from "./pictures";
import { opened, scene } from "./scene";

test("an entry is removed with a reason, and matches nothing any more", async ({ page }) => {
  const server = await scene(page);
  const copy = write(server.path("copy.png"), landscape(23, 400, 250));
  const id = await opened(server, "post-1", copy);
  await page.goto(`${server.url}/banks/agency-pictures`);
  const entry = page.getByRole("listitem").filter({ hasText: "Example Agency: hills" });
  await entry.getByRole("button", { name: text("en", "entry.remove") }).click();
  const dialog = page.getByRole("dialog", { name: text("en", "entry.remove.title") });
  const remove = dialog.getByRole("button", { name: text("en", "entry.remove"), exact: true });
  await expect(dialog).toContainText("Example Agency: hills");
  await expect(remove).toBeDisabled();
  await dialog.getByLabel(text("en", "entry.remove.reason")).fill("banked by mistake");
  await remove.click();
  await expect(dialog).toHaveCount(0);
  await expect(entry).toHaveCount(0);
  await expect(page.getByText(text("en", "entry.removed"))).toBeVisible();

  const again = await server.item("post-2", write(server.path("again.png"), landscape(23, 410, 256)));
  expect(again.outcome).toBe("none");
  await page.goto(`${server.url}/cases/${id}`);
  await expect(page.getByText(text("en", "case.entry-removed"))).toBeVisible();
  await server.stop();
});

test("several entries that are found in one item are shown one by one", async ({ page }) => {
  const server = await scene(page);
  server.bank("agency-films", server.path("picture-21.png"), "Example Agency: the same, elsewhere");
  const id = await opened(server, "post-1", write(server.path("copy.png"), landscape(21, 320, 200)));
  await page.goto(`${server.url}/queue`);
  await expect(page.getByRole("link", { name: /post-1/ })).toContainText(text("en", "queue.more-matches", { n: 1 }));
  await page.goto(`${server.url}/cases/${id}`);
  const tabs = page.getByRole("group", { name: text("en", "case.matches") }).getByRole("button");
  await expect(tabs).toHaveCount(2);
  await expect(tabs.nth(0)).toHaveAttribute("aria-pressed", "true");
  const shown = page.getByRole("region", { name: text("en", "case.entry-about") });
  const first = (await shown.textContent()) ?? "";
  await page.keyboard.press("KeyM");
  await expect(tabs.nth(1)).toHaveAttribute("aria-pressed", "true");
  await expect(shown).not.toHaveText(first);
  await page.keyboard.press("KeyM");
  await expect(shown).toHaveText(first);
  await tabs.nth(1).click();
  await expect(shown).not.toHaveText(first);
  // Looking at one reveals nothing of the next.
  await page.keyboard.press("KeyV");
  await page.keyboard.press("KeyM");
  await expect(page.getByRole("button", { name: text("en", "media.reveal") })).toBeVisible();
  await server.stop();
});
