// A burst as a stretch of time, from its first upload until now.
import type { Rising } from "../api/client";

/** How long it has lasted, in seconds. */
export function seconds({ first_seen_at, last_seen_at }: Rising): number {
  return Math.max(0, (Date.parse(last_seen_at) - Date.parse(first_seen_at)) / 1000);
}

/** Where its last upload and the opening of its case lie between its first upload, 0, and now, 1. */
export function stretch({ first_seen_at, last_seen_at }: Rising, opened_at: string, now_ms: number): { last: number; opened: number } {
  const first_ms = Date.parse(first_seen_at);
  // Clocks differ: nothing lies behind now.
  const length_ms = Math.max(1, now_ms - first_ms, Date.parse(last_seen_at) - first_ms);
  const share = (text: string): number => Math.min(1, Math.max(0, (Date.parse(text) - first_ms) / length_ms));
  return { last: share(last_seen_at), opened: share(opened_at) };
}
