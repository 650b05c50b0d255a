// Entries that were added here, and what each was found in among what came in before it.
import { answer, api, type Entry } from "../api/client";
import { live } from "../api/live.svelte";

/** How far one is. Nothing is told of an entry that is not looked for. */
export type Found = {
  readonly bank: string;
  readonly entry: string;
  readonly title: string;
  /** The case whose item it was. */
  readonly case: string | null;
  readonly done: boolean;
  readonly items: number;
  readonly cases: number;
};

const KEPT_MAX = 500;

let all = $state.raw<readonly Found[]>([]);

export const lookBacks = {
  of(entry: string): Found | undefined {
    return all.find((found) => found.entry === entry);
  },
  /** Of what was added from a case, the last. */
  ofCase(id: string): Found | undefined {
    return all.findLast((found) => found.case === id);
  },

  /** Follows an entry that was added just now. */
  follow(entry: Entry, ofCase: string | null = null): void {
    const found = { bank: entry.bank, entry: entry.id, title: entry.metadata.title, case: ofCase, done: false, items: 0, cases: 0 };
    all = [...all, found].slice(-KEPT_MAX);
    void ask(found);
  },

  /** Forgets all, for the next person. */
  clear(): void {
    all = [];
  },
};

async function ask({ bank, entry }: Found): Promise<void> {
  const path = { bank, entry };
  // What is not answered now is asked again at the next word of it.
  const told = await answer(api.GET("/api/v1/banks/{bank}/entries/{entry}/look-back", { params: { path } })).catch(() => undefined);
  if (told === undefined) return;
  all = all.flatMap((found) => (found.entry !== entry ? [found] : told === null ? [] : [{ ...found, ...told }]));
}

/** The server tells of banks, not of entries, and counts on for a while after. */
function askAgain(bank: string | null): void {
  for (const found of all) if (!found.done && (bank === null || found.bank === bank)) void ask(found);
}

live.listen({ bank: ({ bank }) => askAgain(bank), connected: () => askAgain(null) });
