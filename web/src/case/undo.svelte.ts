// The last decision, as long as it can be taken back.
import { answer, api, type Case, type Verdict } from "../api/client";
import { Failure, say } from "../api/failure";
import { t } from "../i18n/locale.svelte";
import { queue } from "../queue/queue.svelte";
import { router } from "../router/router.svelte";
import { path } from "../router/routes";
import { now_ms } from "../shell/clock.svelte";
import { notices } from "../shell/notices.svelte";
import { keep } from "./drafts";

type Last = { id: string; reference: string; verdict: Verdict; reason: string; until_ms: number };

let last = $state.raw<Last | null>(null);
let taking = $state(false);

export const undo = {
  /** The decision that can be taken back now, and for how many seconds. */
  get last(): (Last & { left_s: number }) | null {
    if (!last) return null;
    const left_s = Math.ceil((last.until_ms - now_ms()) / 1000);
    return left_s > 0 ? { ...last, left_s } : null;
  },
  get taking(): boolean {
    return taking;
  },

  /** Remembers a decision just made. Its end is counted from here, so that clocks may differ. */
  remember(row: Case): void {
    if (!row.review) return;
    const open_ms = Date.parse(row.review.due_at) - Date.parse(row.review.decided_at);
    const { verdict, reason } = row.review;
    last = { id: row.id, reference: row.item.reference, verdict, reason, until_ms: Date.now() + open_ms };
  },

  forget(): void {
    last = null;
  },

  /** Takes the last decision back, and opens its case with what was typed. */
  async takeBack(): Promise<void> {
    const taken = undo.last;
    if (!taken || taking) return;
    taking = true;
    try {
      const row = await answer(api.DELETE("/api/v1/cases/{case}/review", { params: { path: { case: taken.id } } }));
      last = null;
      keep(row.id, { verdict: taken.verdict, reason: taken.reason });
      queue.take(row);
      notices.tell(t("decide.undone"));
      router.go(path.case(row.id));
      for (const listener of listeners) listener(row);
    } catch (error) {
      const failure = Failure.of(error);
      notices.tell(say(failure), "problem");
      if (failure.code !== "network") last = null;
    } finally {
      taking = false;
    }
  },

  /** Tells a page that shows a case when its decision was taken back here. */
  listen(listener: (row: Case) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

const listeners = new Set<(row: Case) => void>();
