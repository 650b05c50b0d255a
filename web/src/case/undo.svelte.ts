// The decisions that can still be taken back, the last one first. One that is on its way can be, too.
import { answer, api, type Case, type Verdict } from "../api/client";
import { Failure, say } from "../api/failure";
import { t } from "../i18n/locale.svelte";
import { queue } from "../queue/queue.svelte";
import { router } from "../router/router.svelte";
import { path } from "../router/routes";
import { now_ms } from "../shell/clock.svelte";
import { notices } from "../shell/notices.svelte";
import { keep } from "./drafts";

type Made = {
  readonly row: Case;
  readonly verdict: Verdict;
  readonly reason: string;
  /** What became of sending it. */
  readonly arrived: Promise<Case | Failure>;
  /** Until when it can be taken back; null as long as it is on its way. */
  readonly until_ms: number | null;
};

let all = $state.raw<readonly Made[]>([]);
let taking = $state(false);
const listeners = new Set<(row: Case) => void>();

export const undo = {
  /** The last decision that can be taken back now, and for how many seconds; null seconds while it is on its way. */
  get last(): (Made & { left_s: number | null }) | null {
    const made = all.findLast(({ until_ms }) => until_ms === null || until_ms > now_ms());
    return made ? { ...made, left_s: made.until_ms === null ? null : Math.ceil((made.until_ms - now_ms()) / 1000) } : null;
  },
  get taking(): boolean {
    return taking;
  },

  /** Remembers a decision just made. Its end is counted from when it arrived here, so that clocks may differ. */
  remember({ row, verdict, reason }: Pick<Made, "row" | "verdict" | "reason">, arrived: Promise<Case | Failure>): void {
    const now = Date.now();
    const still = all.filter((made) => made.row.id !== row.id && (made.until_ms === null || made.until_ms > now));
    all = [...still, { row, verdict, reason, arrived, until_ms: null }];
    void arrived.then((sent) => {
      const review = sent instanceof Failure ? null : sent.review;
      const until_ms = review ? Date.now() + Date.parse(review.due_at) - Date.parse(review.decided_at) : 0;
      all = all.map((made) => (made.arrived === arrived ? { ...made, until_ms } : made));
    });
  },

  forget(): void {
    all = [];
  },

  /** Takes the last decision back, and opens its case with what was typed. */
  async takeBack(): Promise<void> {
    const taken = undo.last;
    if (!taken || taking) return;
    taking = true;
    try {
      // One that did not arrive needs no taking back; that it did not is told apart.
      if ((await taken.arrived) instanceof Failure) return;
      const row = await answer(api.DELETE("/api/v1/cases/{case}/review", { params: { path: { case: taken.row.id } } }));
      drop(taken);
      keep(row.id, { verdict: taken.verdict, reason: taken.reason, request: null });
      queue.take(row);
      notices.tell(t("decide.undone"));
      router.go(path.case(row.id));
      for (const listener of listeners) listener(row);
    } catch (error) {
      const failure = Failure.of(error);
      notices.tell(say(failure), "problem");
      if (failure.code !== "network") drop(taken);
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

function drop({ arrived }: Made): void {
  all = all.filter((made) => made.arrived !== arrived);
}
