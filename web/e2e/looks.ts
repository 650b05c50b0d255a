// Pages as people see them: in both languages and themes, at two widths. The pictures are for people to look at.
import { mkdirSync } from "node:fs";
import { expect, type Browser, type Locator, type Page } from "@playwright/test";
import { prefer, type Language } from "./console";
import type { Server } from "./server";

export const FOLDER = new URL("screenshots/", import.meta.url).pathname;
const LANGUAGES = ["en", "ar"] as const;
const THEMES = ["light", "dark"] as const;

type Asked = { page: Page; browser: Browser; server: Server; name: string; height: number };

/**
 * Shows what `show` leads to in each look, to whoever is signed in on `page`: nothing may be wider than the page, and a
 * picture is taken of what `show` answers.
 */
export async function inEachLook({ page, browser, server, name, height }: Asked, show: (looked: Page, language: Language) => Promise<Locator>): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const { cookies } = await page.context().storageState();
  for (const device of [{ viewport: { width: 1440, height } }, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }]) {
    const context = await browser.newContext({ ...device, reducedMotion: "reduce" });
    await context.addCookies(cookies);
    const looked = await context.newPage();
    await looked.goto(`${server.url}/queue`);
    for (const language of LANGUAGES) {
      for (const theme of THEMES) {
        await prefer(looked, language, theme);
        const shown = await show(looked, language);
        await expect(looked.locator(".skeleton, .waiting")).toHaveCount(0);
        await looked.evaluate(() => document.fonts.ready);
        const wider = await looked.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        expect(wider, "nothing is wider than the page").toBeLessThanOrEqual(0);
        await shown.screenshot({ path: `${FOLDER}${name}-${device.viewport.width}-${language}-${theme}.png` });
      }
    }
    await context.close();
  }
}
