// Plays item and entry in step: frame beside frame, each pair only when both are there.
import type { Place } from "./segments";

/** What is played: a stretch of the item and the stretch of the entry that it shows. */
export type Playable = {
  readonly item_start_s: number;
  readonly item_end_s: number;
  readonly entry_start_s: number;
  readonly entry_end_s: number;
};

/** How far the item goes from one pair to the next, in seconds. */
export const STEP_S = 0.5;

/** The entry's moment beside one of the item's, at the rate at which the stretch plays. */
export function beside(stretch: Playable, item_s: number): Place {
  const long_s = stretch.item_end_s - stretch.item_start_s;
  const rate = long_s > 0 ? (stretch.entry_end_s - stretch.entry_start_s) / long_s : 1;
  return { item_s, entry_s: Math.max(0, stretch.entry_start_s + (item_s - stretch.item_start_s) * rate) };
}

/** The moments of a stretch that are shown one after the other. */
export function moments(stretch: Playable): Place[] {
  const count = Math.max(1, Math.floor((stretch.item_end_s - stretch.item_start_s) / STEP_S));
  return Array.from({ length: count }, (_, k) => beside(stretch, stretch.item_start_s + k * STEP_S));
}

type Fetch = (place: Place) => Promise<void>;
type Pause = () => Promise<void>;
const pause: Pause = () => new Promise((resolve) => setTimeout(resolve, STEP_S * 1000));

export class Player {
  #place = $state.raw<Place>({ item_s: 0, entry_s: 0 });
  #playing = $state(false);
  #wanted = $state(false);
  #run = 0;

  constructor(place: Place) {
    this.#place = place;
  }

  /** The moment that both sides show. */
  get place(): Place {
    return this.#place;
  }

  get playing(): boolean {
    return this.#playing;
  }

  /** Whether somebody pressed play, which asks for pictures that are not loaded by themselves. */
  get wanted(): boolean {
    return this.#wanted;
  }

  /** Goes to a moment and stays there. */
  go(place: Place): void {
    this.stop();
    this.#place = place;
  }

  stop(): void {
    this.#run++;
    this.#playing = false;
  }

  /**
   * Plays a stretch to its end, at its own speed if the pictures come fast enough. A pair that cannot be had ends it
   * there: the panes say why.
   */
  async play(stretch: Playable, fetch: Fetch, wait: Pause = pause): Promise<void> {
    this.stop();
    const run = this.#run;
    this.#playing = true;
    this.#wanted = true;
    let paced = Promise.resolve();
    for (const place of moments(stretch)) {
      const isThere = await Promise.all([fetch(place), paced]).then(() => true, () => false);
      if (run !== this.#run) return;
      this.#place = place;
      if (!isThere) break;
      paced = wait();
    }
    this.#playing = false;
  }
}
