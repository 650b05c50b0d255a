// A whole round without the mouse.
import { expect } from "@playwright/test";
import { test, text } from "./console";
import { morning, scene } from "./scene";

test("a reviewer needs only the keyboard", async ({ page }) => {
  const server = await scene(page);
  await morning(server);
  const heading = page.locator("h1");

  await page.goto(`${server.url}/queue`);
  await expect(page.locator("[data-case]")).toHaveCount(4);
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: text("en", "keys.title") })).toBeVisible();
  await page.keyboard.press("Escape");
  await page.keyboard.press("KeyJ");
  await page.keyboard.press("KeyJ");
  await page.keyboard.press("KeyK");
  await expect(page.locator("[data-case]").first()).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(heading).toHaveText("post-81723");

  const picture = page.getByRole("button", { name: text("en", "media.alt.item") }).locator("img");
  const filter = (): Promise<string> => picture.evaluate((image) => getComputedStyle(image).filter);
  await expect.poll(filter).toBe("blur(22px) grayscale(1)");
  await page.keyboard.down("Space");
  await expect.poll(filter).toBe("none");
  await page.keyboard.up("Space");
  await expect.poll(filter).toBe("blur(22px) grayscale(1)");
  await page.keyboard.press("KeyG");
  await expect.poll(filter).toBe("blur(22px)");
  await page.keyboard.press("KeyL");
  await expect.poll(filter).toBe("none");
  await page.keyboard.press("KeyL");
  await expect.poll(filter).toBe("blur(8px)");
  await page.keyboard.press("KeyV");
  await expect.poll(filter).toBe("none");

  // In a field, keys write.
  await page.keyboard.press("Digit1");
  await page.keyboard.press("KeyR");
  await page.keyboard.type("xsnu 12: same hills");
  await expect(page.getByRole("textbox", { name: text("en", "decide.reason") })).toHaveValue("xsnu 12: same hills");
  await page.keyboard.press("Escape");
  await page.keyboard.press("KeyN");
  await expect(heading).toHaveText("video/2026-11/8f31c");

  await page.keyboard.press("KeyU");
  await expect(heading).toHaveText("post-81723");
  await expect(page.getByRole("textbox", { name: text("en", "decide.reason") })).toHaveValue("xsnu 12: same hills");
  await expect(page.getByRole("radio", { name: new RegExp(`^${text("en", "decide.violating")}`) })).toBeChecked();
  await page.keyboard.press("KeyX");
  await expect(heading).toHaveText("video/2026-11/8f31c");

  const moment = page.locator("figcaption .chip").first();
  const before = (await moment.textContent()) ?? "";
  await page.keyboard.press("BracketRight");
  await expect(moment).not.toHaveText(before);
  await page.keyboard.press("BracketLeft");
  await expect(moment).toHaveText(before);
  await page.keyboard.press("Digit2");
  await page.keyboard.press("KeyR");
  await page.keyboard.type("News report");
  await page.keyboard.press("Escape");
  await page.keyboard.press("KeyN");
  await expect(heading).toHaveText("منشور ٤٤١ من الصباح");

  await page.keyboard.press("Control+KeyK");
  await expect(page.getByRole("dialog", { name: text("en", "palette.title") })).toBeVisible();
  await page.keyboard.type("agency-f");
  await page.keyboard.press("Enter");
  await expect(heading).toHaveText("agency-films");
  await server.stop();
});

test("whoever names a bank quicker than the banks come goes to it when they came", async ({ page }) => {
  const server = await scene(page);
  await morning(server);
  const heading = page.locator("h1");
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  await page.goto(`${server.url}/queue`);
  await expect(page.locator("[data-case]")).toHaveCount(4);
  await page.route("**/api/v1/banks?*", async (route) => {
    await held;
    await route.continue();
  });

  const palette = page.getByRole("dialog", { name: text("en", "palette.title") });
  await page.keyboard.press("Control+KeyK");
  await expect(palette).toBeVisible();
  await page.keyboard.type("agency-f");
  await page.keyboard.press("Enter");
  // Nothing is said of what is not known yet.
  await expect(palette).toBeVisible();
  await expect(palette.getByText(text("en", "palette.empty"))).toBeHidden();
  release();
  await expect(heading).toHaveText("agency-films");

  // What does not exist leaves the words there to be mended.
  await page.keyboard.press("Control+KeyK");
  await expect(palette).toBeVisible();
  await page.keyboard.type("no such bank");
  await expect(palette.getByText(text("en", "palette.empty"))).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(palette.getByRole("combobox")).toHaveValue("no such bank");
  await page.close();
  await server.stop();
});
