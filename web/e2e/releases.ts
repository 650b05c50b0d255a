// Releases, and one that is cut from them.
import type { Page } from "@playwright/test";
import { beside, clip, music, narrated } from "./pictures";
import { HOSTILE, opened, scene } from "./scene";
import type { Server } from "./server";

export const COAST = "Example Agency: the coast";
export const VALLEY = "وكالة المثال: الوادي";
export const READING = "Example Agency: a reading";

/** Two films, the later copy of one, and a reading; then an item cut from both films with the reading under it. */
export async function compilation(page: Page): Promise<{ server: Server; id: string }> {
  const server = await scene(page);
  const add = (name: string, title: string, ...more: string[]): unknown =>
    server.command("bank", "add", "agency-films", server.path(name), "--title", title, ...more);
  clip(server.path("coast.mp4"), [51, 52, 53], 8);
  clip(server.path("copy.mp4"), [51, 52, 53], 8, "240x136");
  clip(server.path("valley.mp4"), [54, 55], 8);
  music(server.path("reading.mp3"), 5, 20);
  // The copy is banked first; what was released earlier is older.
  add("copy.mp4", HOSTILE);
  add("coast.mp4", COAST, "--published", "2024-03-02", "--outlet", "Example Agency");
  add("valley.mp4", VALLEY, "--published", "٢٠٢٥-٠١-٠٩");
  add("reading.mp3", READING);
  clip(server.path("silent.mp4"), [60, 52, 54, 61], 8);
  narrated(server.path("cut.mp4"), server.path("silent.mp4"), server.path("reading.mp3"), 6);
  return { server, id: await opened(server, "video/cut-7", server.path("cut.mp4")) };
}

/** Two films, and an item that shows both at once. */
export async function splitScreen(page: Page): Promise<{ server: Server; id: string }> {
  const server = await scene(page);
  const [coast, valley] = [server.path("coast.mp4"), server.path("valley.mp4")];
  clip(coast, [51, 52, 53], 4);
  clip(valley, [54, 55, 56], 4);
  server.command("bank", "add", "agency-films", coast, "--title", COAST);
  server.command("bank", "add", "agency-films", valley, "--title", VALLEY);
  beside(server.path("split.mp4"), coast, valley);
  return { server, id: await opened(server, "video/split-2", server.path("split.mp4")) };
}
