// A platform's ordinary morning: two banks, and cases of each kind.
import { expect, type Page } from "@playwright/test";
import { setUp } from "./console";
import { clip, framed, landscape, write } from "./pictures";
import { Server, type Settings } from "./server";

/** What a hostile title may hold: markup, an override of direction, a space of no width, letters of two scripts. */
export const HOSTILE = 'Fi\u202Elm\u200B <img src=x onerror="alert(1)"> p\u0430ypal';

/** Starts a server with what pages show, and signs in. */
export async function scene(page: Page, settings: Settings = {}): Promise<Server> {
  const server = await Server.start(settings);
  await setUp(page, server);
  server.command("bank", "create", "agency-films");
  server.command("bank", "create", "agency-pictures");
  const pictures = [21, 22, 23, 24].map((seed) => write(server.path(`picture-${seed}.png`), landscape(seed, 640, 400)));
  const titles = ["Example Agency: morning over the valley", "وكالة المثال: صباح فوق الوادي", "Example Agency: hills", HOSTILE];
  for (const [k, picture] of pictures.entries()) server.bank("agency-pictures", picture, titles[k] ?? "");
  clip(server.path("film.mp4"), [31, 32, 33, 34], 6);
  server.bank("agency-films", server.path("film.mp4"), "Example Agency: the long valley, part 2");
  return server;
}

/** Sends in what opens one case of each kind, oldest first; answers the cases' ids. */
export async function morning(server: Server): Promise<Record<"framed" | "same" | "film" | "hostile", string>> {
  const copy = write(server.path("copy.png"), framed(landscape(21, 320, 200), 14));
  clip(server.path("cut.mp4"), [40, 32, 33, 41], 5);
  const hostile = write(server.path("hostile.png"), landscape(24, 400, 250));
  return {
    framed: await opened(server, "post-81723", copy, "u-1042"),
    film: await opened(server, "video/2026-11/8f31c", server.path("cut.mp4"), "u-77"),
    same: await opened(server, "منشور ٤٤١ من الصباح", server.path("picture-22.png"), "حساب-٩"),
    hostile: await opened(server, `post-9 ${HOSTILE}`, hostile, `u-${HOSTILE}`),
  };
}

/** Few uploads are a burst by it. */
export const BURST_POLICY = "[rising]\nitems_min = 4\naccounts_min = 3\n";

/** Sends in near-identical pictures of five accounts, which no bank knows; answers their case. The fourth opens it. */
export async function burst(server: Server): Promise<string> {
  let opened: string | null = null;
  for (let k = 0; k < 5; k++) {
    const file = write(server.path("burst.png"), landscape(61, 640 + 8 * k, 400));
    const item = await server.item(`burst-${k}`, file, `u-${k}`);
    opened ??= item.case;
  }
  if (opened === null) throw new Error("the burst opened no case");
  return opened;
}

/** Decides an open case whose decision does not arrive, and waits for the word of it on the next page. */
export async function unsent(page: Page): Promise<void> {
  await page.route("**/review", (route) => route.abort());
  await page.keyboard.press("Digit1");
  // Where this is done twice, the words are there already.
  await page.locator("[data-reason]").fill("the same hills");
  await page.keyboard.press("Escape");
  await page.keyboard.press("KeyN");
  await expect(page.locator(".unsent .one")).toBeVisible();
  await page.unroute("**/review");
}

/** Sends an item in that must open a case. */
export async function opened(server: Server, reference: string, file: string, account?: string): Promise<string> {
  const item = await server.item(reference, file, account);
  if (item.case === null) throw new Error(`${reference} opened no case`);
  return item.case;
}
