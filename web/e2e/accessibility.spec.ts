// Every page and dialog, in both directions and both themes, without serious findings of axe.
import { expect, type Page } from "@playwright/test";
import { drop, prefer, sound, speaker, test } from "./console";
import { burst, BURST_POLICY, morning, scene, unsent } from "./scene";
import type { Server } from "./server";

const LOOKS = [
  { language: "en", theme: "light" },
  { language: "ar", theme: "dark" },
  { language: "en", theme: "dark" },
  { language: "ar", theme: "light" },
] as const;
/** Every page in the first two; in the others, which add no new pair of colours and direction, the fullest one. */
const THOROUGH = new Set<string>(["en light", "ar dark"]);

for (const { language, theme } of LOOKS) {
  const look = `${language} ${theme}`;
  const say = speaker(language);

  test(`pages are accessible: ${look}`, async ({ page }) => {
    test.setTimeout(180_000);
    const server = await scene(page, { policy: BURST_POLICY });
    const cases = await morning(server);
    const rising = await burst(server);
    await prefer(page, language, theme);
    await page.goto(`${server.url}/cases/${cases.film}`);
    await page.locator(".verdicts .brick").click();
    await expect(page.locator(".waiting")).toHaveCount(0);
    await sound(page, "a chosen verdict");
    if (THOROUGH.has(look)) {
      await page.keyboard.press("?");
      await expect(page.getByRole("dialog", { name: say("keys.title") })).toBeVisible();
      await sound(page, "keys");
      for (const path of ["/queue", `/cases/${cases.hostile}`, "/banks", "/nowhere"]) {
        await page.goto(server.url + path);
        await expect(page.locator(".skeleton")).toHaveCount(0);
        await sound(page, path);
      }
      await page.goto(`${server.url}/cases/${rising}`);
      await expect(page.getByRole("region", { name: say("rising.title") })).toBeVisible();
      await sound(page, "rising");
      await page.getByRole("button", { name: say("key.bank") }).click();
      await expect(page.getByRole("dialog").getByLabel(say("entry.title"))).toBeVisible();
      await sound(page, "add to a bank");
      await page.getByRole("dialog").getByRole("button", { name: say("add.submit"), exact: true }).click();
      await expect(page.getByRole("status").filter({ hasText: say("look-back.added") })).toBeVisible();
      await sound(page, "look-back");
      await page.goto(`${server.url}/cases/${cases.framed}`);
      await expect(page.locator(".verdicts")).toBeVisible();
      await unsent(page);
      await sound(page, "unsent");
      await page.getByRole("button", { name: "noor" }).click();
      await expect(page.getByLabel(say("account.pictures"))).toBeVisible();
      await sound(page, "account");
      await bank(page, server, say);
    }
    await page.context().clearCookies();
    await page.goto(`${server.url}/sign-in`);
    await sound(page, "sign-in");
    await page.goto(`${server.url}/setup#token`);
    await sound(page, "set-up");
    await server.stop();
  });
}

async function bank(page: Page, server: Server, say: ReturnType<typeof speaker>): Promise<void> {
  await page.goto(`${server.url}/banks/agency-pictures`);
  await drop(page, [server.path("copy.png")]);
  await expect(page.getByRole("button", { name: say("bank.add", { n: 1 }) })).toBeVisible();
  await sound(page, "bank");
  await page.getByRole("button", { name: say("entry.edit") }).first().click();
  await sound(page, "edit");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: say("entry.remove") }).first().click();
  await sound(page, "remove");
}
