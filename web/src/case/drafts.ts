// What somebody typed for a case and that is not decided yet. It outlives the page, a reload and a new sign-in, not
// the tab.
import type { Verdict } from "../api/client";

export type Draft = {
  readonly verdict: Verdict | null;
  readonly reason: string;
  /** Names the decision that was sent with these words: sent again, it decides nothing twice. */
  readonly request: string | null;
};

const key = (id: string): string => `lamassu.draft.${id}`;

export function draft(id: string): Draft {
  try {
    const read = JSON.parse(sessionStorage.getItem(key(id)) ?? "{}") as Partial<Draft>;
    const verdict = read.verdict === "violating" || read.verdict === "not-violating" ? read.verdict : null;
    const text = (value: unknown): string | null => (typeof value === "string" ? value : null);
    return { verdict, reason: text(read.reason) ?? "", request: text(read.request) };
  } catch {
    return { verdict: null, reason: "", request: null };
  }
}

export function keep(id: string, kept: Draft): void {
  if (kept.verdict === null && kept.reason === "") sessionStorage.removeItem(key(id));
  else sessionStorage.setItem(key(id), JSON.stringify(kept));
}

export function discard(id: string): void {
  sessionStorage.removeItem(key(id));
}
