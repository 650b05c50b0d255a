// One side's sound from a second on, piece after piece as the server gives them.
import { sound } from "../api/client";
import { Failure } from "../api/failure";

/** How long before the end of what is there the next piece is asked for, in seconds. */
const AHEAD_S = 8;
/** It comes up to its loudness in so many seconds: nobody is startled. */
const RISE_S = 0.4;
/** How often it looks whether the next piece is due, in milliseconds. */
const LOOK_MS = 250;

/** A piece that is heard: from which second of the side, and when by the context's clock. */
type Piece = { readonly from_s: number; readonly when_s: number; readonly duration_s: number };

export class Voice {
  readonly #gain: GainNode;
  readonly #stop = new AbortController();
  #pieces: readonly Piece[] = [];
  /** Whether nothing more comes. */
  #isWhole = false;
  #failure: Failure | null = null;

  /** Plays what is at `path` from one second to another, or until it is stopped. */
  constructor(
    readonly context: AudioContext,
    readonly path: string,
    readonly from_s: number,
    readonly to_s: number,
  ) {
    this.#gain = new GainNode(context, { gain: 0 });
    this.#gain.connect(context.destination);
    this.#run().then(
      () => (this.#isWhole = true),
      (error: unknown) => {
        const failure = Failure.of(error);
        // A side may be shorter than what is shown of it.
        if (failure.code === "no-sound" && this.#pieces.length > 0) this.#isWhole = true;
        else if (!this.#stop.signal.aborted) this.#failure = failure;
      },
    );
  }

  /** Why what should be heard is not. */
  get failure(): Failure | null {
    return this.#failure;
  }

  /** Which second of the side is heard now. It stands still while a piece is waited for, and goes on in the silence after all. */
  get at_s(): number {
    const now_s = this.context.currentTime;
    const piece = this.#pieces.findLast(({ when_s }) => when_s <= now_s);
    if (!piece) return this.from_s;
    return piece.from_s + Math.min(this.#isWhole ? Infinity : piece.duration_s, now_s - piece.when_s);
  }

  stop(): void {
    this.#stop.abort();
    this.#gain.disconnect();
  }

  async #run(): Promise<void> {
    for (let from_s = this.from_s; from_s < this.to_s; ) {
      const bytes = await sound(`${this.path}?at_ms=${Math.round(from_s * 1000)}`, this.#stop.signal);
      const piece = await this.context.decodeAudioData(bytes);
      if (this.#stop.signal.aborted) return;
      this.#add(piece, from_s);
      from_s += piece.duration;
      while (from_s - this.at_s > AHEAD_S) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        if (this.#stop.signal.aborted) return;
      }
    }
  }

  /** Has a piece heard after the one before, or at once where that is over. */
  #add(buffer: AudioBuffer, from_s: number): void {
    const before = this.#pieces.at(-1);
    const now_s = this.context.currentTime;
    const when_s = Math.max(now_s, before ? before.when_s + before.duration_s : 0);
    if (!before) this.#gain.gain.setValueAtTime(0, now_s).linearRampToValueAtTime(1, now_s + RISE_S);
    const node = new AudioBufferSourceNode(this.context, { buffer });
    node.connect(this.#gain);
    node.start(when_s);
    this.#pieces = [...this.#pieces, { from_s, when_s, duration_s: buffer.duration }];
  }
}
