// From the first start to the platform's being told, in both languages.
import { expect } from "@playwright/test";
import { drop, setUp, speaker, test, type Language } from "./console";
import { clip, framed, landscape, write } from "./pictures";
import { Receiver } from "./receiver";
import { Server } from "./server";

/** Long enough for a person, or a slow machine, to take a decision back. */
const UNDO_MS = 8_000;

for (const language of ["en", "ar"] as const satisfies Language[]) {
  test.describe(language, () => {
    test.use({ locale: language === "ar" ? "ar-EG" : "en-GB" });
    const say = speaker(language);

    test("first start, bank, upload, case, decision, undo, webhook", async ({ page }) => {
      const server = await Server.start({ undo_ms: UNDO_MS });
      const receiver = await Receiver.start();
      const hook = server.command<{ secret: string }>("webhook", "add", receiver.url, "--event", "action.requested");
      receiver.trust(hook.secret);

      await setUp(page, server, language);
      expect(page.url()).not.toContain("#");
      await expect(page.locator("html")).toHaveAttribute("dir", language === "ar" ? "rtl" : "ltr");

      await page.getByRole("button", { name: say("banks.create") }).click();
      await page.getByLabel(say("banks.name"), { exact: true }).fill("releases");
      await page.getByRole("button", { name: say("banks.create.submit") }).click();
      await expect(page.getByText(say("bank.empty"), { exact: true })).toBeVisible();

      const picture = write(server.path("hills.png"), landscape(7, 640, 400));
      clip(server.path("valley.mp4"), [11, 12], 4);
      await drop(page, [picture, server.path("valley.mp4")]);
      await page.getByLabel(say("bank.file-title", { file: "hills.png" })).fill("Example Agency: hills");
      await page.getByLabel(say("entry.event")).fill("Spring 2026");
      await page.getByRole("button", { name: say("bank.add", { n: 2 }) }).click();
      await expect(page.getByRole("status").filter({ hasText: say("upload.done") })).toHaveCount(2);
      await expect(page.locator("main ul.card").getByText("Spring 2026")).toHaveCount(2);

      await page.getByRole("link", { name: say("nav.queue") }).first().click();
      await expect(page.getByRole("heading", { name: say("queue.empty") })).toBeVisible();
      const sent = await server.item("post-81723", write(server.path("copy.png"), framed(landscape(7, 320, 200), 12)));
      expect(sent.outcome).toBe("review");
      await page.getByRole("button", { name: say("queue.new", { n: 1 }) }).click();
      await page.getByRole("link", { name: /post-81723/ }).click();

      const shown = page.getByRole("button", { name: say("media.alt.item") });
      const filter = (): Promise<string> => shown.locator("img").evaluate((image) => getComputedStyle(image).filter);
      await expect.poll(filter).toMatch(/blur\(22px\) grayscale\(1\)/);
      await shown.hover();
      expect(await filter()).toMatch(/blur/);
      await page.mouse.down();
      await expect.poll(filter).toBe("none");
      // Moving away ends it, as letting go does, and leaves nothing open.
      await page.mouse.move(5, 5);
      await page.mouse.up();
      await expect.poll(filter).toMatch(/blur/);

      await page.getByRole("radio", { name: say("decide.violating"), exact: false }).first().check();
      await page.getByRole("button", { name: say("quick.same") }).click();
      await page.getByRole("button", { name: say("decide.submit"), exact: true }).click();
      await expect(page.getByRole("heading", { name: say("decide.title") })).toBeVisible();
      await page.getByRole("region", { name: say("decide.undo") }).getByRole("button").click();
      await expect(page.getByRole("textbox", { name: say("decide.reason") })).toHaveValue(say("quick.same"));
      await page.getByRole("button", { name: say("decide.submit"), exact: true }).click();
      await expect(page.locator(".verdict.violating")).toBeVisible();

      const message = await receiver.next();
      expect(message.type).toBe("action.requested");
      expect(JSON.stringify(message.data)).toContain("post-81723");
      receiver.stop();
      await server.stop();
    });
  });
}

