// What happens on the server, as it happens. A connection that is lost is made anew by itself, and pages fetch again
// what they show, because what happened in between is not told again.
import { answer, api } from "./client";

export type CaseEvent = { case: string; kind: "review" | "near-miss"; version: number; state: "open" | "decided"; change: string };
export type BankEvent = { bank: string; change: string };
type Listener = {
  case?: (event: CaseEvent) => void;
  bank?: (event: BankEvent) => void;
  /** Connected, for the first time or again. */
  connected?: () => void;
};

const FIRST_WAIT_MS = 500;
const WAIT_MS_MAX = 10_000;

let state = $state<"connecting" | "live" | "lost">("connecting");
const listeners = new Set<Listener>();
let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let wait_ms = FIRST_WAIT_MS;

export const live = {
  get state(): typeof state {
    return state;
  },

  /** Tells a page what happens until the function that it gets back is called. */
  listen(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },

  start(): void {
    if (!source && !timer) connect();
    addEventListener("online", hurry);
  },

  stop(): void {
    removeEventListener("online", hurry);
    clearTimeout(timer);
    timer = undefined;
    source?.close();
    source = undefined;
    state = "connecting";
  },
};

function connect(): void {
  clearTimeout(timer);
  timer = undefined;
  source?.close();
  const made = new EventSource("/api/v1/events");
  source = made;
  made.addEventListener("hello", () => {
    state = "live";
    wait_ms = FIRST_WAIT_MS;
    for (const listener of listeners) listener.connected?.();
  });
  made.addEventListener("case", (event) => {
    const told = JSON.parse(event.data) as CaseEvent;
    for (const listener of listeners) listener.case?.(told);
  });
  made.addEventListener("bank", (event) => {
    const told = JSON.parse(event.data) as BankEvent;
    for (const listener of listeners) listener.bank?.(told);
  });
  made.addEventListener("error", () => void lost(made));
}

async function lost(which: EventSource): Promise<void> {
  if (which !== source) return;
  which.close();
  state = "lost";
  schedule();
  // An event stream does not tell why it ended; this call does, and asks for a sign-in when that is why.
  await answer(api.GET("/api/v1/queue")).catch(() => undefined);
}

function schedule(): void {
  clearTimeout(timer);
  // A little chance keeps a hundred consoles from knocking at the same moment after a restart.
  timer = setTimeout(connect, wait_ms * (0.75 + Math.random() / 2));
  wait_ms = Math.min(WAIT_MS_MAX, wait_ms * 2);
}

function hurry(): void {
  wait_ms = FIRST_WAIT_MS;
  if (state !== "live") connect();
}
