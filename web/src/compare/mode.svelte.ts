// How item and entry are compared. What was chosen last stays for the next match that can be compared so.

export const MODES = ["side", "slider", "blink", "overlay", "difference"] as const;
export type Mode = (typeof MODES)[number];

let chosen = $state<Mode>("side");

export const comparing = {
  get mode(): Mode {
    return chosen;
  },
  set(mode: Mode): void {
    chosen = mode;
  },
  /** The one after this one. */
  next(): void {
    chosen = MODES[(MODES.indexOf(chosen) + 1) % MODES.length] ?? "side";
  },
};
