/** What is drawn on both pictures where details of one were found in the other. */

import type { Match } from "../api/client";

/** In shares of a picture's sides, from its upper left corner. */
export type Spot = readonly [number, number];

/** A polygon, and the details inside it. */
export type Marks = { readonly outline: readonly Spot[]; readonly details: readonly Spot[] };

/** Where marks of outlets lie in the item, each by its corners. */
export function logoOutlines(logos: readonly Match[]): readonly (readonly Spot[])[] {
  return logos.flatMap((logo) => (logo.placed ? [logo.placed.item_outline.map((corner): Spot => [corner[0] ?? 0, corner[1] ?? 0])] : []));
}

/** Most details that are drawn: more hide what they point at. */
const DETAILS_MAX = 40;

/** The marks on the item and on the entry; none for what was compared as a whole. */
export function marksOf(match: Match | undefined): { item: Marks | null; entry: Marks | null } {
  const placed = match?.placed;
  if (!placed) return { item: null, entry: null };
  const places = placed.places.slice(0, DETAILS_MAX);
  const of = (from: 0 | 2): Spot[] => places.map((place) => [place[from] ?? 0, place[from + 1] ?? 0]);
  const outline = placed.item_outline.map((corner): Spot => [corner[0] ?? 0, corner[1] ?? 0]);
  const [left = 0, top = 0, right = 1, bottom = 1] = placed.entry_region;
  const region: Spot[] = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  return { item: { outline, details: of(0) }, entry: { outline: region, details: of(2) } };
}
