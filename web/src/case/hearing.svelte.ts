// Whose sound is heard while a stretch plays: nobody's until a person asks, and then it sets the pace of the pictures.
import type { Failure } from "../api/failure";
import { beside, onItem, TICKS, type Pace, type Playable } from "./player.svelte";
import type { Place } from "./segments";
import { Voice } from "./voice";

export type Side = "item" | "entry";

/** Where the sound of the sides is had from; null of a side that has none. */
export type Sources = Readonly<Record<Side, string | null>>;

/** How often it looks whether the next moment is due, in milliseconds. */
const LOOK_MS = 40;

/** What a person chose on a page. */
export class Hearing {
  #side = $state<Side | null>(null);
  /** Why nothing is heard although somebody asked. */
  failure = $state.raw<Failure | null>(null);
  #context: AudioContext | null = null;

  get side(): Side | null {
    return this.#side;
  }

  /** Made by a person's own act, without which browsers let nothing be heard. */
  get context(): AudioContext | null {
    return this.#context;
  }

  choose(side: Side | null): void {
    this.failure = null;
    this.#side = side;
    if (side === null) return;
    this.#context ??= new AudioContext();
    void this.#context.resume();
  }

  /** The next side of these, and after the last of them silence. */
  next(sides: readonly Side[]): void {
    this.choose(sides[this.#side === null ? 0 : sides.indexOf(this.#side) + 1] ?? null);
  }

  /** Nothing is to be heard of what was chosen. */
  fail(failure: Failure): void {
    this.choose(null);
    this.failure = failure;
  }

  /** Nothing is heard any more. */
  close(): void {
    this.#side = null;
    void this.#context?.close();
    this.#context = null;
  }
}

/** The sound of a stretch while it plays: the pictures come when they are heard, and without sound twice a second. */
export class Sound implements Pace {
  #stretch: Playable | null = null;
  #voice: Voice | null = null;
  #side: Side | null = null;

  constructor(
    readonly hearing: Hearing,
    readonly sources: Sources,
  ) {}

  begin(stretch: Playable): void {
    this.#stretch = stretch;
    this.#follow(stretch.item_start_s);
  }

  get now_s(): number | null {
    const [voice, stretch] = [this.#voice, this.#stretch];
    if (!voice || !stretch) return null;
    return this.#side === "entry" ? onItem(stretch, voice.at_s) : voice.at_s;
  }

  async due(item_s: number): Promise<void> {
    const tick = TICKS.due(item_s);
    for (;;) {
      // Whoever changes the side is heard at the moment that is shown.
      this.#follow(item_s);
      const now_s = this.now_s;
      if (now_s === null) return tick;
      if (now_s >= item_s || this.#stretch === null) return;
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
    }
  }

  end(): void {
    this.#stretch = null;
    this.#say(null, null);
  }

  /** Begins what was chosen since, and gives up what cannot be had. */
  #follow(item_s: number): void {
    const failure = this.#voice?.failure;
    if (failure) this.hearing.fail(failure);
    const { side } = this.hearing;
    if (this.#stretch && side !== this.#side) this.#say(side, beside(this.#stretch, this.now_s ?? item_s));
  }

  #say(side: Side | null, place: Place | null): void {
    this.#voice?.stop();
    this.#voice = null;
    this.#side = side;
    const [stretch, { context }] = [this.#stretch, this.hearing];
    const source = side && this.sources[side];
    if (!stretch || !context || !place || !source) return;
    const [from_s, to_s] = side === "entry" ? [place.entry_s, stretch.entry_end_s] : [place.item_s, stretch.item_end_s];
    this.#voice = new Voice(context, source, from_s, to_s);
  }
}
