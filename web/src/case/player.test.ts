import { expect, test } from "vitest";
import { beside, moments, onItem, Player, STEP_S, TICKS, type Pace } from "./player.svelte";

const stretch = { item_start_s: 4, item_end_s: 6, entry_start_s: 20, entry_end_s: 22.5 };
const START = { item_s: 0, entry_s: 0 };
const at_once = (): Promise<void> => Promise.resolve();
const soon: Pace = { ...TICKS, due: at_once };

test("both sides go on at the rate of the stretch", () => {
  expect(moments(stretch)).toEqual([
    { item_s: 4, entry_s: 20 },
    { item_s: 4.5, entry_s: 20.625 },
    { item_s: 5, entry_s: 21.25 },
    { item_s: 5.5, entry_s: 21.875 },
  ]);
  // A picture has one moment, and what is shorter than a step has its start.
  expect(beside({ item_start_s: 3, item_end_s: 3, entry_start_s: 0, entry_end_s: 0 }, 3)).toEqual({ item_s: 3, entry_s: 0 });
  expect(moments({ ...stretch, item_end_s: 4.2 })).toHaveLength(1);
  for (const { item_s, entry_s } of moments(stretch)) expect(onItem(stretch, entry_s)).toBeCloseTo(item_s);
});

test("a pair is shown when both are there, and not before", async () => {
  const player = new Player(START);
  const shown: number[] = [];
  let open = (): void => undefined;
  const fetch = (place: { item_s: number }): Promise<void> => {
    shown.push(player.place.item_s);
    return new Promise((resolve) => {
      open = place.item_s < 5 ? resolve : () => undefined;
      if (place.item_s < 5) resolve();
    });
  };
  void player.play(stretch, fetch, soon);
  await new Promise((resolve) => setTimeout(resolve));
  open();
  // The third pair is on its way: the second one is still shown.
  expect(shown).toEqual([0, 4, 4 + STEP_S]);
  expect(player.place.item_s).toBe(4.5);
  expect(player.playing && player.wanted).toBe(true);
  player.stop();
});

test("it plays to the end, and stops where a pair cannot be had", async () => {
  const player = new Player(START);
  await player.play(stretch, at_once, soon);
  expect([player.place.item_s, player.playing]).toEqual([5.5, false]);
  await player.play(stretch, (place) => (place.item_s === 4.5 ? Promise.reject(new Error("gone")) : at_once()), soon);
  expect([player.place.item_s, player.playing]).toEqual([4.5, false]);
});

test("whoever goes somewhere else is not taken along", async () => {
  const player = new Player(START);
  const playing = player.play(stretch, at_once, soon);
  player.go({ item_s: 40, entry_s: 1 });
  await playing;
  expect([player.place.item_s, player.playing]).toEqual([40, false]);
  // A second stretch ends the first.
  const first = player.play(stretch, at_once, soon);
  await player.play({ ...stretch, item_start_s: 10, item_end_s: 11 }, at_once, soon);
  await first;
  expect(player.place.item_s).toBe(10.5);
});

test("what is heard sets the pace: pictures that come late are left out, and it ends with the sound", async () => {
  const player = new Player(START);
  const heard = { ...TICKS, now_s: 4 as number | null, begun: [] as unknown[], ends: 0 };
  const pace: Pace = {
    get now_s() {
      return heard.now_s;
    },
    begin: (begun) => heard.begun.push(begun),
    due: (item_s) => {
      heard.now_s = Math.max(heard.now_s ?? 0, item_s);
      return Promise.resolve();
    },
    end: () => heard.ends++,
  };
  const fetched: number[] = [];
  const fetch = ({ item_s }: { item_s: number }): Promise<void> => {
    fetched.push(item_s);
    // This one takes longer than two steps of what is heard.
    if (item_s === 4) heard.now_s = 5.2;
    return Promise.resolve();
  };
  await player.play(stretch, fetch, pace);
  expect(fetched).toEqual([4, 5.5]);
  expect([heard.begun, heard.ends, heard.now_s]).toEqual([[stretch], 1, 6]);
  expect(player.playing).toBe(false);
});
