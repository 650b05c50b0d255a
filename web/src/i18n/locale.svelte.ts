// Which language is shown, and what depends on it: texts, numbers, dates, direction.
import { fill, type Arabic, type Arguments, type Catalogue, type Filling, type Key, type Texts } from "./catalogue";

export type Language = "en" | "ar";

export const LANGUAGES: readonly { id: Language; name: string }[] = [
  { id: "en", name: "English" },
  { id: "ar", name: "العربية" },
];

const STORED = "lamassu.language";
/** Times of day and identifiers stand beside each other: both languages write Latin digits and Gregorian dates. */
const TAGS: Record<Language, string> = { en: "en-GB", ar: "ar-u-nu-latn-ca-gregory" };

let language = $state<Language>("en");
/** Empty until the first `speak`, before which nothing is shown. */
let catalogue = $state.raw({} as Catalogue);

export const locale = {
  get language(): Language {
    return language;
  },
  get tag(): string {
    return TAGS[language];
  },
  get direction(): "ltr" | "rtl" {
    return language === "ar" ? "rtl" : "ltr";
  },
};

/** The text of a key, filled in. */
export function t<K extends Key>(key: K, ...values: Arguments<K>): string {
  return fill(catalogue[key], values[0] ?? {}, TAGS[language]);
}

/** What says the texts that a part of the console brings with it when it is loaded: a first visit loads the rest. */
export function speaker<T extends Texts>(texts: { en: T; ar: Arabic<T> }): <K extends keyof T & string>(key: K, ...values: Filling<T[K]>) => string {
  return (key, ...values) => {
    const of: Texts = texts[language];
    return fill(of[key] ?? key, values[0] ?? {}, TAGS[language]);
  };
}

/** Whether there is a text of this key. */
export function isKey(key: string): key is Key {
  return key in catalogue;
}

/** Shows the console in a language and remembers it. */
export async function speak(wanted: Language): Promise<void> {
  catalogue = wanted === "ar" ? (await import("./ar")).ar : (await import("./en")).en;
  language = wanted;
  document.documentElement.lang = wanted;
  document.documentElement.dir = locale.direction;
  localStorage.setItem(STORED, wanted);
}

/** The language that was chosen last, or the first of the browser's that there is. */
export function preferred(): Language {
  const stored = localStorage.getItem(STORED);
  const wanted = stored ? [stored] : navigator.languages;
  const first = wanted.find((tag) => /^(en|ar)\b/.test(tag));
  return first?.startsWith("ar") ? "ar" : "en";
}
