// What somebody typed for a case and did not send yet. It outlives the page, a reload and a new sign-in, not the tab.
import type { Verdict } from "../api/client";

export type Draft = { verdict: Verdict | null; reason: string };

const key = (id: string): string => `lamassu.draft.${id}`;

export function draft(id: string): Draft {
  try {
    const read = JSON.parse(sessionStorage.getItem(key(id)) ?? "{}") as Partial<Draft>;
    const verdict = read.verdict === "violating" || read.verdict === "not-violating" ? read.verdict : null;
    return { verdict, reason: typeof read.reason === "string" ? read.reason : "" };
  } catch {
    return { verdict: null, reason: "" };
  }
}

export function keep(id: string, { verdict, reason }: Draft): void {
  if (verdict === null && reason === "") sessionStorage.removeItem(key(id));
  else sessionStorage.setItem(key(id), JSON.stringify({ verdict, reason }));
}
