// The shape of a language's texts, and how one is filled in.
import type { en } from "./en";

export type Key = keyof typeof en;
export type Plural = Readonly<Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }>;

/** The six forms of Arabic, none of which may be forgotten. */
export type SixForms = Readonly<Record<Intl.LDMLPluralRule, string>>;

/** Texts of a language by their keys, as English has them. */
export type Texts = Readonly<Record<string, string | Plural>>;
type Other<T extends Texts> = { readonly [K in keyof T]: T[K] extends string ? string : Plural };
export type Catalogue = Other<typeof en>;
/** The same texts in Arabic. */
export type Arabic<T extends Texts> = { readonly [K in keyof T]: T[K] extends string ? string : SixForms };
export type ArabicCatalogue = Arabic<typeof en>;

/** The names in braces of a text. */
type Names<T> = T extends `${string}{${infer Name}}${infer Rest}` ? Name | Names<Rest> : never;
type NamesOf<M> = M extends string ? Names<M> : "n";
type Values<M> = { readonly [N in NamesOf<M>]: string | number };
/** What a text is filled in with. */
export type Filling<M> = [NamesOf<M>] extends [never] ? [] : [values: Values<M>];
export type Arguments<K extends Key> = Filling<(typeof en)[K]>;

const FIRST_STRONG_ISOLATE = "\u2068";
const POP_ISOLATE = "\u2069";

/**
 * Fills a text in. Numbers are written as the language does; texts are isolated, so that what users wrote cannot
 * change the direction of the sentence around it.
 */
export function fill(message: string | Plural, values: Readonly<Record<string, string | number>>, locale: string): string {
  const number = new Intl.NumberFormat(locale);
  const text = typeof message === "string" ? message : form(message, Number(values["n"]), locale);
  return text.replace(/\{([a-z-]+)\}/g, (whole, name: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? number.format(value) : `${FIRST_STRONG_ISOLATE}${value}${POP_ISOLATE}`;
  });
}

function form(plural: Plural, count: number, locale: string): string {
  return plural[new Intl.PluralRules(locale).select(count)] ?? plural.other;
}
