// Decisions on their way. The reviewer looks at the next case meanwhile, so what becomes of one is told wherever they
// are by then. What was typed is forgotten only once the server has it.
import { answer, api, type Case, type Verdict } from "../api/client";
import { Failure } from "../api/failure";
import { within } from "../api/send";
import { queue } from "../queue/queue.svelte";
import { discard } from "./drafts";
import { undo } from "./undo.svelte";

/** How long an answer is waited for. */
const ANSWER_MS_MAX = 10_000;

/** Somebody else was faster, or something more was found: nothing was written over it. */
const CONFLICTS = new Set(["case-changed", "case-decided"]);

export type Outgoing = {
  /** The case as it was looked at. */
  readonly row: Case;
  readonly verdict: Verdict;
  readonly reason: string;
  readonly request: string;
  /** Why it did not arrive; null as long as it is on its way. */
  readonly failure: Failure | null;
};

let all = $state.raw<readonly Outgoing[]>([]);
const listeners = new Set<(row: Case) => void>();

export const outgoing = {
  of(id: string): Outgoing | undefined {
    return all.find((one) => one.row.id === id);
  },
  isOnItsWay(id: string): boolean {
    return outgoing.of(id)?.failure === null;
  },
  /** Those that did not arrive, oldest first. */
  get failed(): readonly Outgoing[] {
    return all.filter((one) => one.failure !== null);
  },

  /** Sends a decision; answers the decided case, or why there is none. It never throws. */
  send(made: Omit<Outgoing, "failure">): Promise<Case | Failure> {
    put({ ...made, failure: null });
    queue.leave(made.row.id);
    const arrived = post(made);
    undo.remember(made, arrived);
    return arrived;
  },

  again(id: string): void {
    const one = outgoing.of(id);
    if (one?.failure) void outgoing.send(one);
  },

  /** The failure is known, and what was typed is kept in its case. */
  dismiss(id: string): void {
    all = all.filter((one) => one.row.id !== id);
  },

  /** Forgets all, for the next person. */
  clear(): void {
    all = [];
  },

  /** Tells a page that shows a case when its decision arrived. */
  listen(listener: (row: Case) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};

export function isConflict(failure: Failure): boolean {
  return CONFLICTS.has(failure.code);
}

function put(one: Outgoing): void {
  all = [...all.filter((other) => other.row.id !== one.row.id), one];
}

async function post(made: Omit<Outgoing, "failure">): Promise<Case | Failure> {
  const { row, verdict, reason, request } = made;
  const params = { path: { case: row.id } };
  const body = { verdict, reason, request, version: row.version };
  try {
    // It goes on when the page is left in this moment.
    const sent = api.POST("/api/v1/cases/{case}/review", { params, body, fetch: within(ANSWER_MS_MAX), keepalive: true });
    const decided = await answer(sent);
    outgoing.dismiss(row.id);
    discard(row.id);
    queue.take(decided);
    for (const listener of listeners) listener(decided);
    return decided;
  } catch (error) {
    const failure = Failure.of(error);
    if (outgoing.of(row.id)) put({ ...made, failure });
    queue.stay(row.id);
    return failure;
  }
}
