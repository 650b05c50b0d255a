// Which entries of a bank are shown, as the address of the page tells it and as the server is asked.

/** What can be asked of the catalogue, by the names that the server has for it. */
const TEXTS = ["outlet", "series", "event", "words"] as const;
const DATES = ["published_from", "published_until"] as const;
const CHOICES = {
  standing: ["official", "supporter", "unknown"],
  sort: ["added", "-added", "published", "-published"],
  by: ["month", "year"],
} as const;

export type Standing = (typeof CHOICES.standing)[number];
export type Sort = (typeof CHOICES.sort)[number];
export type Filter = {
  readonly outlet?: string;
  readonly series?: string;
  readonly event?: string;
  readonly words?: string;
  readonly published_from?: string;
  readonly published_until?: string;
  readonly standing?: Standing;
  readonly sort?: Sort;
  readonly by?: "month" | "year";
};

export const STANDINGS = CHOICES.standing;
export const SORTS = CHOICES.sort;
/** The last added first, so that who adds sees what became of it. */
export const SORT: Sort = "-added";

/** Longest text, in characters. */
const CHARACTERS_MAX = 500;
/** A day, month or year. */
export const DATE = /^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/;

/** What an address asks for. What nobody could have chosen on the page counts as not asked. */
export function filterOf(search: string): Filter {
  const asked = new URLSearchParams(search);
  const taken: Record<string, string> = {};
  const take = (name: string, fits: (value: string) => boolean): void => {
    const value = asked.get(name)?.trim();
    if (value && fits(value)) taken[name] = value;
  };
  for (const name of TEXTS) take(name, (value) => [...value].length <= CHARACTERS_MAX);
  for (const name of DATES) take(name, (value) => DATE.test(value));
  for (const [name, values] of Object.entries(CHOICES)) take(name, (value) => (values as readonly string[]).includes(value));
  return taken;
}

/** The address's end that asks for this; empty when nothing is asked. */
export function searchOf(filter: Filter): string {
  const asked = new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ""));
  const text = asked.toString();
  return text && `?${text}`;
}

/** Whether it leaves entries out. */
export function isNarrow(filter: Filter): boolean {
  return [...TEXTS, ...DATES, "standing" as const].some((name) => filter[name] !== undefined);
}

/** What the list is asked for. */
export function listQuery(filter: Filter): Omit<Filter, "by"> {
  return { sort: SORT, ...changed(filter, { by: "" }) };
}

/** What the counts are asked for. */
export function facetQuery(filter: Filter): Omit<Filter, "sort"> {
  return changed(filter, { sort: "" });
}

/** A filter with some of it changed; what is empty is no longer asked. */
export function changed(filter: Filter, change: { readonly [K in keyof Filter]?: Filter[K] | "" | undefined }): Filter {
  const all = Object.entries({ ...filter, ...change });
  return Object.fromEntries(all.filter(([, value]) => value !== undefined && value !== ""));
}
