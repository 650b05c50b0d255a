// Two people approve a bank's rule, an administrator switches it on, an upload is acted on without a person, and a
// person undoes it with one key.
import { expect, type Page } from "@playwright/test";
import { ar as arabic } from "../src/acting/ar";
import { en as english } from "../src/acting/en";
import { fill, type Texts } from "../src/i18n/catalogue";
import { PASSWORD, prefer, setUp, signIn, sound, speaker, test, type Language } from "./console";
import { landscape, write } from "./pictures";
import { Receiver } from "./receiver";
import { Server } from "./server";

const POLICY = '[banks.releases]\nact_score = 0.97\n';

async function addReviewer(page: Page, server: Server): Promise<void> {
  const csrf = await page.evaluate(async () => ((await (await fetch("/api/v1/session")).json()) as { csrf: string }).csrf);
  const made = await page.request.post(`${server.url}/api/v1/people`, {
    headers: { "x-csrf-token": csrf, origin: server.url },
    data: { name: "samir", role: "reviewer", password: PASSWORD },
  });
  expect(made.ok(), await made.text()).toBe(true);
}

for (const language of ["en", "ar"] as const satisfies Language[]) {
  test.describe(language, () => {
    test.use({ locale: language === "ar" ? "ar-EG" : "en-GB" });
    const say = speaker(language);
    const texts: Texts = language === "ar" ? arabic : english;
    const word = (key: keyof typeof english, values: Record<string, string | number> = {}): string =>
      fill(texts[key] ?? key, values, language === "ar" ? "ar-u-nu-latn" : "en-GB");

    test("approve twice, switch on, act, undo with one key", async ({ page, context }) => {
      const server = await Server.start({ policy: POLICY });
      const receiver = await Receiver.start();
      const hook = server.command<{ secret: string }>("webhook", "add", receiver.url, "--event", "action.requested");
      receiver.trust(hook.secret);
      server.command("bank", "create", "releases");
      const picture = write(server.path("hills.png"), landscape(7, 640, 400));
      server.bank("releases", picture, "Example Agency: hills");
      await setUp(page, server, language);
      await addReviewer(page, server);

      const approve = async (): Promise<void> => {
        await page.goto(`${server.url}/banks/releases`);
        await page.getByRole("button", { name: word("approve"), exact: true }).click();
        await expect(page.getByRole("dialog")).toContainText(word("approve.hint"));
        await page.getByRole("dialog").getByRole("button", { name: word("approve"), exact: true }).click();
        await expect(page.getByRole("dialog")).toHaveCount(0);
      };
      await context.clearCookies();
      await prefer(page, "en", "light");
      await signIn(page, server, "samir");
      await prefer(page, language, "light");
      await approve();
      await expect(page.getByRole("button", { name: word("switch-on"), exact: true })).toHaveCount(0);
      await context.clearCookies();
      await prefer(page, "en", "light");
      await signIn(page, server);
      await prefer(page, language, "dark");
      await page.goto(`${server.url}/banks/releases`);
      await expect(page.getByRole("button", { name: word("switch-on"), exact: true })).toBeDisabled();
      await approve();
      await expect(page.getByText(word("approvals.count", { given: 2, needed: 2 }))).toBeVisible();
      await sound(page, "the bank before it acts");
      await page.getByRole("button", { name: word("switch-on"), exact: true }).click();
      await expect(page.getByRole("dialog")).toContainText("samir");
      await page.getByRole("dialog").getByRole("button", { name: word("switch-on"), exact: true }).click();
      await expect(page.locator("[data-acting]")).toHaveText(word("on"));
      await sound(page, "the bank that acts");

      const sent = await server.item("post-81723", picture);
      expect(sent.outcome).toBe("act");
      const asked = await receiver.next();
      expect(asked.data).toMatchObject({ kind: "disable", by: "rule", reference: "post-81723", approvals: [1, 2] });

      await page.goto(`${server.url}/cases/${sent.case}`);
      const card = page.getByRole("region", { name: word("acted.title") });
      await expect(card).toContainText("samir");
      await sound(page, "a case that a rule acted on");
      await page.setViewportSize({ width: 390, height: 800 });
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      expect(overflow).toBe(0);
      await page.keyboard.press("KeyZ");
      const undone = await receiver.next();
      expect(undone.data).toMatchObject({ kind: "keep", by: "undo", reference: "post-81723", undoes: asked.data["action"] });
      await expect(card).toContainText(word("acted.was-undone"));
      await expect(page.getByRole("listitem").filter({ hasText: say("history.undone") })).toHaveCount(1);

      // What acted wrongly waits for two new approvals.
      expect((await server.item("post-81724", picture)).outcome).toBe("review");
      await page.goto(`${server.url}/banks/releases`);
      await expect(page.getByText(word("entries", { n: 1 }))).toBeVisible();
      await page.getByRole("button", { name: word("switch-off"), exact: true }).click();
      await expect(page.locator("[data-acting]")).toHaveText(word("off"));
      receiver.stop();
      await server.stop();
    });
  });
}

test("a bank without a rule says nothing of acting", async ({ page }) => {
  const server = await Server.start();
  server.command("bank", "create", "releases");
  await setUp(page, server);
  await page.goto(`${server.url}/banks/releases`);
  await expect(page.getByRole("heading", { level: 1, name: "releases" })).toBeVisible();
  await expect(page.locator("[data-acting]")).toHaveCount(0);
  await server.stop();
});
