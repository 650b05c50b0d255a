// The pictures of a case, and those of the next one, which are fetched while a person looks at this one.
import { picture, type Case, type Match } from "../api/client";
import { Failure } from "../api/failure";
import { unasked } from "../api/send";
import { preferences } from "../shell/preferences.svelte";
import type { Sources } from "./hearing.svelte";
import { isHeard, isSeen, mediumOf } from "./medium";
import { longest, middle, type Place } from "./segments";

/** Why pictures are not loaded by themselves, or null when they are. */
export function hold(match: Match | undefined): "asked" | "exact" | null {
  if (preferences.pictures === "always") return null;
  if (preferences.pictures === "asked") return "asked";
  return match?.method === "sha256" ? "exact" : null;
}

/** Where to look first: amid the longest stretch that agrees, or amid an item that nothing is known of. */
export function firstPlace(row: Case, match: Match | undefined): Place {
  const segment = match && longest(match.segments);
  // What is outlined was seen at these moments.
  if (segment && match.method === "local" && match.placed) return { item_s: match.placed.item_at_s, entry_s: match.placed.entry_at_s };
  if (segment) return middle(segment);
  return { item_s: match ? 0 : row.duration_ms / 2000, entry_s: 0 };
}

export type Source = {
  /** Where the picture is had from; null when there is none of this kind. */
  readonly source: string | null;
  /** The moment that it shows, of what plays. */
  readonly at_s: number | null;
};

export function itemPicture(row: Case, place: Place): Source {
  return source(row.item.medium, `${itemPath(row)}/media`, place.item_s);
}

export function entryPicture(row: Case, match: Match, place: Place): Source {
  return source(match.entry_medium || row.item.medium, `${entryPath(match)}/media`, place.entry_s);
}

/** Where the sound of both sides is had from. */
export function soundsOf(row: Case, match: Match): Sources {
  const of = (name: string | null | undefined, path: string): string | null => (isHeard(mediumOf(name)) ? `${path}/sound` : null);
  return { item: of(row.item.medium, itemPath(row)), entry: of(match.entry_medium || row.item.medium, entryPath(match)) };
}

function itemPath(row: Case): string {
  return `/api/v1/cases/${encodeURIComponent(row.id)}`;
}

function entryPath(match: Match): string {
  return `/api/v1/banks/${encodeURIComponent(match.bank)}/entries/${encodeURIComponent(match.entry)}`;
}

function source(name: string | null | undefined, path: string, at_s: number): Source {
  const medium = mediumOf(name);
  if (!isSeen(medium)) return { source: null, at_s: medium === "audio" ? at_s : null };
  return medium === "video" ? { source: `${path}?at_ms=${Math.round(at_s * 1000)}`, at_s } : { source: path, at_s: null };
}

/** What is not kept of an item or entry is kept at no other moment, either: it is asked for once. */
const unkept = new Map<string, Failure>();

/** Whether a picture cannot be had because nothing is kept, which is no fault. */
export function isNotKept(failure: unknown): boolean {
  return failure instanceof Failure && failure.code === "media-not-kept";
}

/** A picture on its way into memory. It is fetched and decoded, so that it is drawn at once. */
export class Picture {
  readonly #stop = new AbortController();
  #address: string | null = null;
  ratio = 16 / 9;
  readonly loaded: Promise<void>;

  #wanted: boolean;
  #failed = false;

  /** Fetches it because a person wants to see it, or ahead of that. */
  constructor(path: string, wanted = true) {
    this.#wanted = wanted;
    this.loaded = this.#load(path);
    // Whoever shows it tells what is wrong; fetched ahead, nobody waits for it.
    this.loaded.catch(() => (this.#failed = true));
  }

  /** What was fetched ahead is wanted now; false if it did not come and is to be asked for anew. */
  want(): boolean {
    this.#wanted = true;
    return !this.#failed;
  }

  /** Where it lies in memory, once it is there. */
  get address(): string | null {
    return this.#address;
  }

  get isDropped(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Nobody wants it any more. */
  drop(): void {
    this.#stop.abort();
    if (this.#address) URL.revokeObjectURL(this.#address);
  }

  async #load(path: string): Promise<void> {
    const [of = path] = path.split("?");
    const known = unkept.get(of);
    if (known) throw known;
    const address = await this.#fetch(path).catch((error: unknown) => {
      const failure = Failure.of(error);
      if (isNotKept(failure)) unkept.set(of, failure);
      throw failure;
    });
    const image = new Image();
    image.src = address;
    // One that cannot be decoded is shown as such by the page.
    await image.decode().catch(() => undefined);
    if (this.isDropped) return URL.revokeObjectURL(address);
    if (image.naturalHeight > 0) this.ratio = image.naturalWidth / image.naturalHeight;
    this.#address = address;
  }

  /** Nobody is asked to sign in again for what they do not look at yet. */
  async #fetch(path: string): Promise<string> {
    if (!this.#wanted) {
      try {
        return await picture(path, this.#stop.signal, unasked);
      } catch (error) {
        if (!this.#wanted || Failure.of(error).status !== 401) throw error;
      }
    }
    return picture(path, this.#stop.signal);
  }
}

const ready = new Map<string, Picture>();

export const ahead = {
  /** Has the pictures of a case at hand, and no others. What a person wants to be asked for is not fetched. */
  prepare(row: Case | undefined): void {
    const wanted = new Set(row ? wantedOf(row) : []);
    for (const [path, made] of ready) {
      if (wanted.has(path)) continue;
      made.drop();
      ready.delete(path);
    }
    for (const path of wanted) if (!ready.has(path)) ready.set(path, new Picture(path, false));
  },

  /**
   * Has both sides of a moment at hand, beside whatever else is. A side without a picture, or of which none is kept, leaves
   * the other one alone; it fails when there is none to look at, or one that should be there does not come.
   */
  async pair(row: Case, match: Match, place: Place): Promise<void> {
    const sources = [itemPicture(row, place), entryPicture(row, match, place)];
    const wanted = sources.flatMap(({ source }) => (source === null ? [] : [source]));
    const settled = await Promise.allSettled(
      wanted.map((path) => {
        const made = wanting(path);
        ready.set(path, made);
        return made.loaded;
      }),
    );
    const failures = settled.flatMap((it) => (it.status === "rejected" ? [it.reason as unknown] : []));
    const fault = failures.find((failure) => !isNotKept(failure)) ?? (failures.length === wanted.length ? failures[0] : undefined);
    if (fault !== undefined) throw fault;
  },

  /** A picture, at once if it was fetched ahead. Whoever takes it drops it. */
  take(path: string): Picture {
    const made = wanting(path);
    ready.delete(path);
    return made;
  },
};

function wanting(path: string): Picture {
  const made = ready.get(path);
  return made?.want() ? made : new Picture(path);
}

function wantedOf(row: Case): string[] {
  const match = row.matches[0];
  if (hold(match) !== null) return [];
  const place = firstPlace(row, match);
  const sources = [itemPicture(row, place), ...(match ? [entryPicture(row, match, place)] : [])];
  return sources.flatMap(({ source }) => (source === null ? [] : [source]));
}
