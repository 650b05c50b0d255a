// A card with few details, found in a collage: what lies in its place was pulled straight and compared, and the case says so.
import { expect } from "@playwright/test";
import { setUp, test, text } from "./console";
import { inEachLook } from "./looks";
import { laid, landscape, write, type Picture } from "./pictures";
import { opened } from "./scene";
import { Server } from "./server";

const WHITE = 255;
const LINE_PX = 9;

/** A white card with the outlines of four boxes. */
function card(): Picture {
  const [width, height] = [400, 300];
  const rgb = new Uint8Array(width * height * 3).fill(WHITE);
  for (const [left, top, across, down, colour] of [
    [40, 30, 150, 110, [70, 130, 80]],
    [250, 60, 90, 170, [170, 110, 60]],
    [70, 180, 110, 80, [170, 110, 60]],
    [110, 60, 40, 40, [70, 130, 80]],
  ] as const) {
    for (let y = 0; y < down; y++) {
      for (let x = 0; x < across; x++) {
        const isLine = Math.min(x, y, across - 1 - x, down - 1 - y) < LINE_PX;
        if (isLine) rgb.set(colour, ((top + y) * width + left + x) * 3);
      }
    }
  }
  return { width, height, rgb };
}

test("a card in a collage is outlined, and said to be pulled straight", async ({ page, browser }) => {
  test.setTimeout(120_000);
  const server = await Server.start();
  await setUp(page, server);
  server.command("bank", "create", "cards");
  server.bank("cards", write(server.path("card.png"), card()), "Example Agency: four boxes");
  const blank: Picture = { width: 820, height: 620, rgb: new Uint8Array(820 * 620 * 3).fill(20) };
  const beside = [[51, 5, 5], [52, 415, 5], [53, 5, 315]] as const;
  const three = beside.reduce<Picture>((all, [seed, left, top]) => laid(all, landscape(seed, 400, 300), left, top), blank);
  const collage = write(server.path("collage.png"), laid(three, card(), 415, 315));
  const id = await opened(server, "post-4-in-one", collage);
  await inEachLook({ page, browser, server, name: "straightened", height: 1400 }, async (looked, language) => {
    await looked.goto(`${server.url}/cases/${id}`);
    const evidence = looked.getByRole("region", { name: text(language, "case.evidence") });
    await expect(evidence).toContainText(text(language, "method.view.straightened"));
    await expect(evidence).toContainText(text(language, "method.pdq"));
    // Where it lies and how it is turned is said once.
    await expect(evidence.getByText(text(language, "method.orientation"), { exact: true })).toHaveCount(1);
    return looked.locator("main");
  });
  await server.stop();
});
