// A place for one picture: what is to be there, what is there, and why nothing is.
import { untrack } from "svelte";
import { Failure } from "../api/failure";
import { ahead, type Picture } from "./pictures.svelte";
import type { Reveal } from "./reveal.svelte";

export class Slot {
  #shown = $state.raw<Picture | null>(null);
  #failure = $state.raw<Failure | null>(null);
  #attempt = $state(0);

  /** Shows the picture of this address as long as the component lives that makes the slot. */
  constructor(wanted: () => string | null, reveal: Reveal) {
    // The address itself, so that a case that is fetched anew does not fetch its pictures anew.
    const address = $derived(wanted());
    $effect(() => {
      void this.#attempt;
      if (address === null) return;
      const asked = address;
      const taken = ahead.take(asked);
      const draw = (): void => {
        if (taken.isDropped) return;
        this.#failure = null;
        this.#show(taken);
        reveal.show(asked);
      };
      if (taken.address) untrack(draw);
      else {
        taken.loaded.then(draw, (error: unknown) => {
          if (taken.isDropped) return;
          this.#show(null);
          this.#failure = Failure.of(error);
        });
      }
      // What is drawn, or why nothing is, stays until the next one is.
      return () => {
        if (taken !== untrack(() => this.#shown)) taken.drop();
      };
    });
    $effect(() => () => this.#show(null));
  }

  /** What is shown, once it is there. */
  get picture(): Picture | null {
    return this.#shown;
  }

  get failure(): Failure | null {
    return this.#failure;
  }

  /** Tries again after a failure. */
  retry(): void {
    this.#attempt++;
  }

  #show(made: Picture | null): void {
    if (this.#shown !== made) this.#shown?.drop();
    this.#shown = made;
  }
}
