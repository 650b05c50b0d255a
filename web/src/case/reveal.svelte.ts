// Whether the pictures of a case are clear. Only a person's own act makes them so: holding, pressing or a key; a
// passing pointer never does.
import { exposure } from "./exposure.svelte";

/** A press that is shorter keeps the pictures open; a longer one was a look. */
const CLICK_MS_MAX = 300;

export class Reveal {
  #latched = $state(false);
  #held = $state(false);
  /** Pictures that are on the page, and those that were seen already. */
  readonly #shown = new Set<string>();
  readonly #seen = new Set<string>();
  #pressed_at_ms = 0;

  get clear(): boolean {
    return this.#latched || this.#held;
  }

  get latched(): boolean {
    return this.#latched;
  }

  toggle(): void {
    this.#latched = !this.#latched;
    this.#count();
  }

  hold(): void {
    this.#held = true;
    this.#count();
  }

  release(): void {
    this.#held = false;
  }

  press(): void {
    this.#pressed_at_ms = performance.now();
    this.hold();
  }

  /** The end of a press, which was a click if it was short. */
  lift(): void {
    if (!this.#held) return;
    this.release();
    if (performance.now() - this.#pressed_at_ms < CLICK_MS_MAX) this.#latched = !this.#latched;
  }

  /** Tells that a picture is on the page now. */
  show(source: string): void {
    this.#shown.add(source);
    this.#count();
  }

  /** Counts each picture once. */
  #count(): void {
    if (!this.clear) return;
    const fresh = [...this.#shown].filter((source) => !this.#seen.has(source));
    for (const source of fresh) this.#seen.add(source);
    if (fresh.length > 0) exposure.add(fresh.length);
  }
}
