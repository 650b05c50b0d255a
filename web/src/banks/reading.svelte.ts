// How far the server is with the file of an addition, asked again and again while it reads.
import { api, type Progress } from "../api/client";
import { unasked } from "../api/send";
import { clock } from "../i18n/format";
import { t } from "../i18n/locale.svelte";

/** How long from one question to the next. */
const PAUSE_MS = 1000;

export class Reading {
  #so_far = $state.raw<Progress | null>(null);
  /** What the addition is called when it is asked about. */
  readonly request = crypto.randomUUID();

  /** Asks until it is over. What is not answered is asked again; nobody is asked to sign in for it. */
  async follow(over: AbortSignal): Promise<void> {
    const params = { path: { request: this.request } };
    while (!over.aborted) {
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      if (over.aborted) break;
      const told = await api.GET("/api/v1/additions/{request}", { params, fetch: unasked, signal: over }).catch(() => undefined);
      if (told?.data !== undefined) this.#so_far = told.data;
    }
    this.#so_far = null;
  }

  /** How much of it is read, between 0 and 1; null where nobody knows. */
  get share(): number | null {
    const { read_s, total_s } = this.#so_far ?? {};
    return read_s !== undefined && total_s ? Math.min(1, read_s / total_s) : null;
  }

  /** The same in words; null of what does not play. */
  get words(): string | null {
    if (!this.#so_far) return null;
    const { read_s, total_s } = this.#so_far;
    const read = clock(Math.floor(read_s));
    return total_s ? t("upload.read.of", { read, total: clock(Math.floor(total_s)) }) : t("upload.read", { read });
  }
}
