// Item and entry laid upon each other: in the right place, no clearer than side by side, by keys, and still for those who
// want no motion.
import { mkdirSync } from "node:fs";
import { expect, type Page } from "@playwright/test";
import { compare, prefer, setUp, sound, test, text, type Language } from "./console";
import { inEachLook } from "./looks";
import { laid, landscape, write, type Picture } from "./pictures";
import { morning, opened, scene } from "./scene";
import { Server } from "./server";

const FOLDER = new URL("screenshots/", import.meta.url).pathname;
const MODES = ["slider", "blink", "overlay", "difference"] as const;

/** How light a picture is on average, 0 to 255, within its middle. */
async function light(page: Page, png: Buffer): Promise<number> {
  const blank = await page.context().newPage();
  const mean = await blank.evaluate(async (bytes) => {
    const image = await createImageBitmap(new Blob([new Uint8Array(bytes)]));
    const canvas = new OffscreenCanvas(image.width, image.height);
    const drawing = canvas.getContext("2d");
    if (!drawing) throw new Error("nothing draws");
    drawing.drawImage(image, 0, 0);
    const [x, y] = [Math.round(image.width * 0.15), Math.round(image.height * 0.15)];
    const { data } = drawing.getImageData(x, y, image.width - 2 * x, image.height - 2 * y);
    let sum = 0;
    for (let at = 0; at < data.length; at += 4) sum += ((data[at] ?? 0) + (data[at + 1] ?? 0) + (data[at + 2] ?? 0)) / 3;
    return sum / (data.length / 4);
  }, [...png]);
  await blank.close();
  return mean;
}

const choose = (page: Page, language: Language, mode: (typeof MODES)[number]): Promise<void> =>
  page.getByRole("group", { name: compare(language, "modes") }).getByRole("button", { name: compare(language, mode) }).click();

/** A console whose bank knows a picture of a lake. */
async function lake(page: Page): Promise<{ server: Server; known: Picture }> {
  const server = await Server.start();
  await setUp(page, server);
  server.command("bank", "create", "releases");
  const known = landscape(61, 480, 320);
  server.bank("releases", write(server.path("known.png"), known), "Example Agency: a lake");
  return { server, known };
}

/** Opens a case that shows two pictures, reveals them, and answers how light their difference is. */
async function difference(page: Page, server: Server, id: string): Promise<number> {
  await page.goto(`${server.url}/cases/${id}`);
  await expect(page.locator("figure .frame")).toHaveCount(2);
  await choose(page, "en", "difference");
  await page.keyboard.press("KeyV");
  await expect(page.locator(".layers img").first()).not.toHaveClass(/blur|grey/);
  return light(page, await page.locator("figure .layers").screenshot());
}

test("the item lies where it was found", async ({ page }) => {
  test.setTimeout(120_000);
  const server = await scene(page);
  const cases = await morning(server);
  await page.goto(`${server.url}/cases/${cases.framed}`);
  await expect(page.locator("figure .frame")).toHaveCount(2);
  await choose(page, "en", "difference");
  await expect(page.locator("figure .frame")).toHaveCount(1);
  // Nothing is revealed that was not: each layer is blurred and grey.
  const layers = page.locator(".layers img");
  await expect(layers).toHaveCount(2);
  for (const mode of MODES) {
    await choose(page, "en", mode);
    for (const layer of await layers.all()) await expect(layer).toHaveClass(/blur-high.*grey|grey.*blur-high/);
  }
  await choose(page, "en", "difference");
  await page.keyboard.press("KeyV");
  await expect(layers.first()).not.toHaveClass(/blur|grey/);
  const frame = page.locator("figure .layers");
  // A framed, smaller copy: what is left are the traces of scaling.
  expect(await light(page, await frame.screenshot())).toBeLessThan(14);
  await choose(page, "en", "overlay");
  expect(await light(page, await frame.screenshot())).toBeGreaterThan(40);
  await page.keyboard.press("KeyV");
  await expect(layers.first()).toHaveClass(/blur/);
  await server.stop();
});

test("a negative is said to be one, and laid upon the entry as a positive", async ({ page, browser }) => {
  test.setTimeout(120_000);
  const { server, known } = await lake(page);
  const inverted = { ...known, rgb: known.rgb.map((value) => 255 - value) };
  const id = await opened(server, "post-negative", write(server.path("negative.png"), inverted));
  expect(await difference(page, server, id)).toBeLessThan(6);
  await inEachLook({ page, browser, server, name: "negative", height: 1200 }, async (looked, language) => {
    await looked.goto(`${server.url}/cases/${id}`);
    const evidence = looked.getByRole("region", { name: text(language, "case.evidence") });
    await expect(evidence).toContainText(text(language, "method.tones.negative"));
    await choose(looked, language, "slider");
    await expect(looked.getByText(compare(language, "aligned.negative"))).toBeVisible();
    return looked.locator("main");
  });
  await server.stop();
});

test("one of two pictures in a picture is laid upon the entry", async ({ page, browser }) => {
  test.setTimeout(120_000);
  const { server, known } = await lake(page);
  const both = laid(landscape(71, 960, 320), known, 480, 0);
  const id = await opened(server, "post-beside", write(server.path("beside.png"), both));
  expect(await difference(page, server, id)).toBeLessThan(14);
  await inEachLook({ page, browser, server, name: "beside", height: 1200 }, async (looked, language) => {
    await looked.goto(`${server.url}/cases/${id}`);
    const evidence = looked.getByRole("region", { name: text(language, "case.evidence") });
    await expect(evidence).toContainText(text(language, "method.view.panel"));
    return looked.locator("main");
  });
  await server.stop();
});

for (const language of ["en", "ar"] as const) {
  test(`pictures are compared by keys: ${language}`, async ({ page, browser }) => {
    test.setTimeout(120_000);
    const server = await scene(page);
    const cases = await morning(server);
    await prefer(page, language, "light");
    await page.goto(`${server.url}/cases/${cases.framed}`);
    await expect(page.locator("figure .frame")).toHaveCount(2);
    await page.keyboard.press("KeyC");
    const share = page.getByRole("slider", { name: compare(language, "slider.share") });
    await expect(share).toHaveValue("50");
    await page.keyboard.press("Period");
    await expect(share).toHaveValue("55");
    // The item's part is where the item is side by side: at the start of the line.
    const [frame, edge] = [await page.locator("figure .frame").boundingBox(), await page.locator(".edge").boundingBox()];
    const at = ((edge?.x ?? 0) - (frame?.x ?? 0)) / (frame?.width ?? 1);
    expect(Math.abs(at - (language === "ar" ? 0.45 : 0.55))).toBeLessThan(0.01);
    await share.focus();
    await page.keyboard.press(language === "ar" ? "ArrowLeft" : "ArrowRight");
    await expect(share).toHaveValue("56");
    await share.blur();

    // In turns by itself, until somebody stops it.
    await page.keyboard.press("KeyC");
    const shown = page.locator(".shown");
    await expect(shown).toHaveText(compare(language, "entry"));
    await expect(shown).toHaveText(compare(language, "item"));
    await page.getByRole("button", { name: compare(language, "pause") }).click();
    const was = await shown.textContent();
    await page.keyboard.press("Comma");
    await expect(shown).not.toHaveText(was ?? "");
    await sound(page, "blinking");
    await page.keyboard.press("KeyC");
    await expect(page.getByRole("slider", { name: compare(language, "overlay.share") })).toBeVisible();
    await page.keyboard.press("KeyC");
    await expect(page.getByText(compare(language, "difference.hint"))).toBeVisible();
    await page.keyboard.press("KeyC");
    await expect(page.locator("figure .frame")).toHaveCount(2);

    // Whoever wants no motion flips by hand.
    const calm = await browser.newContext({ reducedMotion: "reduce", storageState: await page.context().storageState() });
    const still = await calm.newPage();
    await still.goto(`${server.url}/cases/${cases.framed}`);
    await choose(still, language, "blink");
    await expect(still.locator(".shown")).toHaveText(compare(language, "item"));
    await expect(still.getByRole("button", { name: compare(language, "pause") })).toHaveCount(0);
    await still.keyboard.press("Period");
    await expect(still.locator(".shown")).toHaveText(compare(language, "entry"));
    await calm.close();
    await server.stop();
  });
}

test("what has no picture, or none that is kept, is not laid upon anything", async ({ page }) => {
  const server = await scene(page);
  const cases = await morning(server);
  await page.goto(`${server.url}/cases/${cases.same}`);
  // Identical files are not loaded until somebody asks; asking for a comparison is asking for them.
  await expect(page.locator("figure .frame")).toHaveCount(0);
  await choose(page, "en", "overlay");
  await expect(page.locator(".layers img")).toHaveCount(2);
  await page.route("**/entries/*/media*", (route) => route.fulfill({ status: 404, json: { error: { code: "media-not-kept", message: "", request: "" } } }));
  await page.goto(`${server.url}/cases/${cases.framed}`);
  await expect(page.getByText(text("en", "media.one-side"))).toBeVisible();
  await expect(page.getByRole("group", { name: compare("en", "modes") })).toHaveCount(0);
  await server.stop();
});

test("it looks as it should", async ({ page, browser }) => {
  test.setTimeout(180_000);
  mkdirSync(FOLDER, { recursive: true });
  const server = await scene(page);
  const cases = await morning(server);
  const { cookies } = await page.context().storageState();
  for (const device of [{ viewport: { width: 1440, height: 900 } }, { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true }]) {
    const context = await browser.newContext({ ...device, reducedMotion: "reduce" });
    await context.addCookies(cookies);
    const looked = await context.newPage();
    await looked.goto(`${server.url}/queue`);
    for (const [language, theme] of [["en", "light"], ["ar", "dark"]] as const) {
      await prefer(looked, language, theme);
      await looked.goto(`${server.url}/cases/${cases.framed}`);
      await expect(looked.locator("figure .frame")).toHaveCount(2);
      await looked.keyboard.press("KeyV");
      for (const mode of MODES) {
        await choose(looked, language, mode);
        await expect(looked.locator(`figure.${mode} .layers img`)).toHaveCount(2);
        await looked.evaluate(() => document.fonts.ready);
        await looked.locator(".comparison").screenshot({ path: `${FOLDER}compare-${mode}-${device.viewport.width}-${language}-${theme}.png` });
      }
    }
    await context.close();
  }
  await server.stop();
});
