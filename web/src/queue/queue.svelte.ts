// The cases that wait, kept in step with the server without moving under the reader's pointer.
import { answer, api, type Case } from "../api/client";
import { Failure } from "../api/failure";
import { live, type CaseEvent } from "../api/live.svelte";

/** What is listed: what waits, what is nearly known and waits, and what was decided. */
export type Filter = "open" | "near" | "decided";
const FILTERS: readonly Filter[] = ["open", "near", "decided"];
type List = { rows: readonly Case[]; next: string | null; loaded: boolean };

const PAGE_ROWS = 50;
const ROWS_MAX = 500;
/** With fewer cases ahead than this, the next page is fetched. */
const AHEAD_ROWS_MIN = 5;

let filter = $state<Filter>("open");
let counts = $state.raw<{ open: number; decided_today: number; near_misses: number } | null>(null);
let lists = $state.raw<Record<Filter, List>>(none());
let failure = $state.raw<Failure | null>(null);
/** Opened since the list was drawn; shown when asked for. */
let fresh = $state.raw<ReadonlySet<string>>(new Set());
/** Left the list since it was drawn; kept in place, but greyed. */
let gone = $state.raw<ReadonlySet<string>>(new Set());
/** Their decision is on its way. */
let leaving = $state.raw<ReadonlySet<string>>(new Set());
const skipped = new Set<string>();
let counting = false;
let countAgain = false;

function none(): Record<Filter, List> {
  const empty: List = { rows: [], next: null, loaded: false };
  return { open: empty, near: empty, decided: empty };
}

/** The list of waiting cases that this one is in, or that a case is taken from when it is in none. */
function waitingOf(id: string): "open" | "near" {
  return lists.near.rows.some((row) => row.id === id) ? "near" : "open";
}

export const queue = {
  get filter(): Filter {
    return filter;
  },
  get counts(): typeof counts {
    return counts;
  },
  get list(): List {
    return lists[filter];
  },
  get failure(): Failure | null {
    return failure;
  },
  get fresh(): number {
    return lists.open.next === null ? fresh.size : 0;
  },
  isGone(id: string): boolean {
    return gone.has(id) || leaving.has(id);
  },
  cached(id: string): Case | undefined {
    for (const filter of FILTERS) {
      const row = lists[filter].rows.find((known) => known.id === id);
      if (row) return row;
    }
    return undefined;
  },

  async show(wanted: Filter): Promise<void> {
    filter = wanted;
    await load(wanted, PAGE_ROWS);
  },

  /** The next page of what is shown. */
  async more(): Promise<void> {
    await append(filter);
  },

  /** Draws the list anew, with what came and without what left. */
  async showFresh(): Promise<void> {
    await load("open", Math.min(ROWS_MAX, lists.open.rows.length + fresh.size + PAGE_ROWS));
  },

  /** A case as an answer showed it. */
  take(row: Case): void {
    for (const which of FILTERS) {
      const { rows } = lists[which];
      if (rows.some((known) => known.id === row.id && known.version <= row.version)) {
        put(which, { ...lists[which], rows: rows.map((known) => (known.id === row.id ? row : known)) });
      }
    }
    mark(row.id, row.state);
    queue.stay(row.id);
    void recount();
  },

  /** A case whose decision is on its way; the list goes on without it. */
  leave(id: string): void {
    leaving = new Set([...leaving, id]);
  },
  /** Its decision arrived, or did not. */
  stay(id: string): void {
    leaving = new Set([...leaving].filter((other) => other !== id));
  },

  skip(id: string): void {
    skipped.add(id);
  },

  /** Whether the list that this case waits in has come. */
  isListed(id: string): boolean {
    return lists[waitingOf(id)].loaded;
  },
  /** The case after this one that still waits; those that were skipped come last. */
  after(id: string): Case | undefined {
    const { rows } = lists[waitingOf(id)];
    const waiting = rows.filter((row) => row.id !== id && row.state === "open" && !queue.isGone(row.id));
    const place = rows.findIndex((row) => row.id === id);
    const behind = new Set(rows.slice(place + 1).map((row) => row.id));
    const ranked = [
      ...waiting.filter((row) => behind.has(row.id) && !skipped.has(row.id)),
      ...waiting.filter((row) => !behind.has(row.id) && !skipped.has(row.id)),
      ...waiting.filter((row) => skipped.has(row.id)),
    ];
    return ranked[0];
  },
  /** The case before this one in the list. */
  before(id: string): Case | undefined {
    const { rows } = lists[waitingOf(id)];
    const place = rows.findIndex((row) => row.id === id);
    return rows.slice(0, Math.max(0, place)).findLast((row) => !queue.isGone(row.id));
  },

  /** Has the next cases at hand, so that the way there takes no time. */
  async prefetch(id: string): Promise<void> {
    const which = waitingOf(id);
    const { rows, next, loaded } = lists[which];
    const come = which === "open" ? fresh.size : 0;
    if (!loaded || come > 0) await load(which, Math.min(ROWS_MAX, Math.max(PAGE_ROWS, rows.length + come)));
    const ahead = rows.slice(rows.findIndex((row) => row.id === id) + 1).filter((row) => !queue.isGone(row.id));
    if (next !== null && ahead.length < AHEAD_ROWS_MIN) await append(which).catch(() => undefined);
  },

  /** Forgets everything, for the next person. */
  clear(): void {
    lists = none();
    counts = null;
    fresh = new Set();
    gone = new Set();
    leaving = new Set();
    skipped.clear();
  },
};

async function append(which: Filter): Promise<void> {
  const { next } = lists[which];
  if (next === null) return;
  const page = await fetchPage(which, PAGE_ROWS, next);
  // Meanwhile the list may have been drawn anew.
  if (lists[which].next === next) put(which, { rows: [...lists[which].rows, ...page.items], next: page.next ?? null, loaded: true });
}

async function load(which: Filter, rows_max: number): Promise<void> {
  try {
    const page = await fetchPage(which, rows_max, null);
    failure = null;
    put(which, { rows: page.items, next: page.next ?? null, loaded: true });
    if (which === "open") fresh = new Set();
    gone = new Set();
  } catch (error) {
    failure = Failure.of(error);
  }
  void recount();
}

function fetchPage(which: Filter, limit: number, after: string | null) {
  const asked = which === "near" ? ({ state: "open", kind: "near-miss" } as const) : { state: which };
  const query = { ...asked, limit, ...(after === null ? {} : { after }) };
  return answer(api.GET("/api/v1/cases", { params: { query } }));
}

function put(which: Filter, list: List): void {
  lists = { ...lists, [which]: list };
}

/** Whether a case is still in the open list, as its last state says. */
function mark(id: string, state: "open" | "decided"): void {
  const changed = new Set(gone);
  if (state === "open") changed.delete(id);
  else changed.add(id);
  gone = changed;
}

/** Counts anew; calls that come while it does lead to one more, not to many. */
async function recount(): Promise<void> {
  if (counting) {
    countAgain = true;
    return;
  }
  counting = true;
  counts = await answer(api.GET("/api/v1/queue")).catch(() => counts);
  counting = false;
  if (countAgain) {
    countAgain = false;
    void recount();
  }
}

function heard(event: CaseEvent): void {
  const isListed = (which: Filter): boolean => lists[which].rows.some((row) => row.id === event.case);
  // Somebody added what it nearly was: it is in the other queue now.
  const moved = event.kind === "review" && !isListed("open") && isListed("near");
  if (moved) gone = new Set([...gone, event.case]);
  if (event.kind === "near-miss" ? isListed("near") : isListed("open")) {
    mark(event.case, event.state);
    if (event.change === "changed") void takeAnew(event.case);
  } else if (event.kind === "near-miss") {
    // They wait until somebody asks for them.
  } else if (event.state === "open") fresh = new Set([...fresh, event.case]);
  else fresh = new Set([...fresh].filter((id) => id !== event.case));
  void recount();
}

/** More was found in a case of the list. */
async function takeAnew(id: string): Promise<void> {
  const row = await answer(api.GET("/api/v1/cases/{case}", { params: { path: { case: id } } })).catch(() => null);
  if (row) queue.take(row);
}

/** What happened while nobody listened: compares the list with the server's without moving a row. */
async function catchUp(): Promise<void> {
  void recount();
  if (!lists.open.loaded) return;
  const page = await fetchPage("open", Math.min(ROWS_MAX, lists.open.rows.length + PAGE_ROWS), null).catch(() => null);
  if (!page) return;
  const now = new Map(page.items.map((row) => [row.id, row]));
  const known = new Set(lists.open.rows.map((row) => row.id));
  gone = new Set([...known].filter((id) => !now.has(id)));
  fresh = new Set([...now.keys()].filter((id) => !known.has(id)));
  put("open", { ...lists.open, rows: lists.open.rows.map((row) => now.get(row.id) ?? row) });
}

live.listen({ case: heard, connected: () => void catchUp() });
