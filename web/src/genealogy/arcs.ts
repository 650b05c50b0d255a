// Releases below each other, the oldest on top, and arcs between those that share seconds.
import type { Entry, Genealogy, Shared } from "../api/client";

/** A release with what it has of older ones, and how many younger ones have of it. */
export type Release = { readonly entry: Entry; readonly parts: readonly Part[]; readonly used: number };
export type Part = { readonly older: Entry; readonly shared: Shared };

/** An arc from the row of the older release to that of the younger. */
export type Arc = { readonly key: string; readonly from: number; readonly to: number; readonly shared: Shared; readonly width: number };

/** Strokes in pixels: of what hardly shares anything, and of a release that is all another's. */
const THIN = 1.5;
const THICK = 6;

/** What is told of each release, the oldest first. A pair whose releases are not told is passed over. */
export function releases(told: Genealogy): Release[] {
  const by_id = new Map(told.releases.map((entry) => [entry.id, entry]));
  return told.releases.map((entry) => ({
    entry,
    parts: told.shared
      .flatMap((shared) => {
        const older = by_id.get(shared.older);
        return shared.younger === entry.id && older ? [{ older, shared }] : [];
      })
      .toSorted((one, other) => other.shared.shared_s - one.shared.shared_s),
    used: new Set(told.shared.filter((shared) => shared.older === entry.id).map((shared) => shared.younger)).size,
  }));
}

export function arcs(told: Genealogy): Arc[] {
  const rows = new Map(told.releases.map((entry, row) => [entry.id, row]));
  return told.shared.flatMap((shared) => {
    const [from, to] = [rows.get(shared.older), rows.get(shared.younger)];
    const length_s = (told.releases[to ?? 0]?.duration_ms ?? 0) / 1000;
    const share = length_s > 0 ? Math.min(1, shared.shared_s / length_s) : 0;
    return from === undefined || to === undefined ? [] : [{ key: `${shared.older} ${shared.younger} ${shared.layer}`, from, to, shared, width: THIN + (THICK - THIN) * share }];
  });
}

/** The line of an arc between two heights, in a column of this width: the farther apart, the wider it swings. */
export function line(arc: Arc, middles: readonly number[], width: number): string {
  const [top = 0, bottom = 0] = [middles[arc.from], middles[arc.to]];
  const rows = Math.abs(arc.to - arc.from);
  const swing = width - 6 - (width - 14) / (rows + 1) - (arc.shared.layer === "sound" ? 4 : 0);
  const x = width - 2;
  // A cubic curve reaches three quarters of the way to its handles.
  const handle = x - Math.max(8, swing) / 0.75;
  return `M${x} ${top}C${handle.toFixed(1)} ${top} ${handle.toFixed(1)} ${bottom} ${x} ${bottom}`;
}
