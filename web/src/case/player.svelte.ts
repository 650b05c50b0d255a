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

/** The item's moment beside one of the entry's. */
export function onItem(stretch: Playable, entry_s: number): number {
  const long_s = stretch.entry_end_s - stretch.entry_start_s;
  const rate = long_s > 0 ? (stretch.item_end_s - stretch.item_start_s) / long_s : 1;
  return stretch.item_start_s + (entry_s - stretch.entry_start_s) * rate;
}

/** What says when the moments of a stretch are due. */
export type Pace = {
  begin: (stretch: Playable) => void;
  /** Waits until a moment of the item is due. */
  due: (item_s: number) => Promise<void>;
  /** Which moment of the item is due now; null where each is due a while after the one before. */
  readonly now_s: number | null;
  end: () => void;
};

/** A moment each half second. */
export const TICKS: Pace = {
  begin: () => undefined,
  due: () => new Promise((resolve) => setTimeout(resolve, STEP_S * 1000)),
  now_s: null,
  end: () => undefined,
};

type Fetch = (place: Place) => Promise<void>;

export class Player {
  #place = $state.raw<Place>({ item_s: 0, entry_s: 0 });
  #playing = $state(false);
  #wanted = $state(false);
  #run = 0;
  #pace = TICKS;

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
    this.#pace.end();
    this.#playing = false;
  }

  /**
   * Plays a stretch to its end, at its own speed. Pictures that come later than what is heard goes on are left out. A pair
   * that cannot be had ends it there: the panes say why.
   */
  async play(stretch: Playable, fetch: Fetch, pace: Pace = TICKS): Promise<void> {
    this.stop();
    const run = this.#run;
    this.#playing = true;
    this.#wanted = true;
    this.#pace = pace;
    pace.begin(stretch);
    const places = moments(stretch);
    let due = Promise.resolve();
    for (let at = 0; at < places.length; ) {
      const place = places[at] ?? this.#place;
      const isThere = await Promise.all([fetch(place), due]).then(() => true, () => false);
      if (run !== this.#run) return;
      this.#place = place;
      if (!isThere) return this.stop();
      const heard = Math.ceil(((pace.now_s ?? place.item_s) - stretch.item_start_s) / STEP_S);
      at = Math.max(at + 1, Math.min(heard, places.length - 1));
      due = pace.due(places[at]?.item_s ?? stretch.item_end_s);
    }
    // What is seen at the end is heard to its end.
    if (pace.now_s !== null) await due;
    if (run === this.#run) this.stop();
  }
}
