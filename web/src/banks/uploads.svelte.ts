// Files on their way into a bank. They go on when the person looks at another page.
import { Failure } from "../api/failure";
import { upload } from "../api/upload";
import { hold, type Hold } from "./kinds";
import { lookBacks } from "./lookBacks.svelte";
import { metadataOf, titleOf, type Form } from "./metadata";
import { Reading } from "./reading.svelte";

type State = "staged" | "held" | "waiting" | "sending" | "reading" | "done" | "already" | "failed" | "cancelled";

/** How many are sent at a time: more make none of them faster. */
const SENDING_MAX = 2;

export class Upload {
  state = $state<State>("staged");
  title = $state("");
  sent_bytes = $state(0);
  hold = $state.raw<Hold | null>(null);
  failure = $state.raw<Failure | null>(null);
  /** The entry that it became. */
  entry = $state<string | null>(null);
  /** How far the server is with it. */
  reading = $state.raw(new Reading());
  #form = $state.raw<Form | null>(null);
  #stop = new AbortController();

  constructor(
    readonly id: number,
    readonly bank: string,
    readonly file: File,
  ) {
    this.title = titleOf(file.name);
  }

  get isOver(): boolean {
    return this.state === "done" || this.state === "already" || this.state === "cancelled";
  }

  get isUnderWay(): boolean {
    return this.state === "waiting" || this.state === "sending" || this.state === "reading";
  }

  /** Whether it was sent once, did not arrive, and can be sent again. */
  get canRetry(): boolean {
    return this.#form !== null && (this.state === "failed" || this.state === "cancelled");
  }

  /** Puts it in the line, with what the form says about it. */
  queue(form: Form | null): void {
    if (form) this.#form = { ...form, title: this.title };
    this.failure = null;
    this.sent_bytes = 0;
    this.reading = new Reading();
    this.#stop = new AbortController();
    this.state = "waiting";
    advance();
  }

  /** A file that was held back goes to the others; a person said so. */
  allow(): void {
    this.hold = null;
    this.state = "staged";
  }

  cancel(): void {
    this.#stop.abort();
    this.state = "cancelled";
    advance();
  }

  async send(): Promise<void> {
    if (!this.#form) return;
    this.state = "sending";
    const signal = this.#stop.signal;
    const [reading, over] = [this.reading, new AbortController()];
    const progress = {
      sent: (bytes: number) => (this.sent_bytes = bytes),
      allSent: () => {
        if (signal.aborted) return;
        this.state = "reading";
        void reading.follow(AbortSignal.any([signal, over.signal]));
      },
    };
    try {
      const added = await upload({ bank: this.bank, metadata: metadataOf(this.#form), file: this.file, request: reading.request }, progress, signal);
      this.state = added.already ? "already" : "done";
      if (!added.already) {
        this.entry = added.entry.id;
        lookBacks.follow(added.entry);
      }
      for (const listener of listeners) listener(this.bank);
    } catch (error) {
      if (signal.aborted) return;
      this.failure = Failure.of(error);
      this.state = "failed";
    } finally {
      over.abort();
      advance();
    }
  }
}

let all = $state.raw<readonly Upload[]>([]);
let last = 0;
const listeners = new Set<(bank: string) => void>();

export const uploads = {
  of(bank: string): readonly Upload[] {
    return all.filter((one) => one.bank === bank);
  },
  get areUnderWay(): boolean {
    return all.some((one) => one.isUnderWay);
  },

  /** Lays files out to be added. What would be refused is held back, with the reason. */
  stage(bank: string, files: Iterable<File>): void {
    const made = [...files].map((file) => new Upload(++last, bank, file));
    all = [...all, ...made];
    for (const one of made) void check(one);
  },

  leaveOut(upload: Upload): void {
    all = all.filter((one) => one !== upload);
  },

  clear(bank: string): void {
    all = all.filter((one) => one.bank !== bank || !one.isOver);
  },

  /** Tells when something was added. */
  listen(listener: (bank: string) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

async function check(upload: Upload): Promise<void> {
  try {
    upload.hold = await hold(upload.file);
    if (upload.hold) upload.state = "held";
  } catch {
    // A folder, or a file that is gone.
    upload.failure = new Failure("unsupported", "", 0);
    upload.state = "failed";
  }
}

function advance(): void {
  const sending = all.filter((one) => one.state === "sending" || one.state === "reading").length;
  const next = all.filter((one) => one.state === "waiting").slice(0, Math.max(0, SENDING_MAX - sending));
  for (const one of next) void one.send();
}
