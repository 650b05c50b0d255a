// Shows what hides in a text: characters without a picture, and words that mix scripts to look like others.

/** A piece of a text: as it is, an invisible character by its name, or a word whose letters look like another's. */
export type Piece =
  | { readonly kind: "plain"; readonly text: string }
  | { readonly kind: "hidden"; readonly name: string }
  | { readonly kind: "mixed"; readonly text: string };

/** Short names that people look up, after the Unicode Standard's. */
const NAMES: Readonly<Record<number, string>> = {
  0x09: "TAB", 0x0a: "LF", 0x0d: "CR", 0x00ad: "SHY", 0x034f: "CGJ", 0x061c: "ALM", 0x115f: "HCF", 0x1160: "HJF",
  0x180e: "MVS", 0x200b: "ZWSP", 0x200c: "ZWNJ", 0x200d: "ZWJ", 0x200e: "LRM", 0x200f: "RLM", 0x2028: "LSEP",
  0x2029: "PSEP", 0x202a: "LRE", 0x202b: "RLE", 0x202c: "PDF", 0x202d: "LRO", 0x202e: "RLO", 0x2060: "WJ",
  0x2066: "LRI", 0x2067: "RLI", 0x2068: "FSI", 0x2069: "PDI", 0x3164: "HF", 0xfeff: "BOM", 0xffa0: "HHF",
};

/** What draws nothing by itself. Combining marks that belong to letters are not among them. */
// eslint-disable-next-line no-misleading-character-class -- each of these is meant by itself
const HIDDEN = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\u034f\u115f\u1160\u17b4\u17b5\u3164\uffa0\ufe00-\ufe0f\u{e0100}-\u{e01ef}]/u;

/** Parts of an emoji: joiners and selectors there draw something. */
const EMOJI = /\p{Extended_Pictographic}(?:\ufe0f|\p{EMod})?(?:\u200d\p{Extended_Pictographic}(?:\ufe0f|\p{EMod})?)*/u;
// eslint-disable-next-line no-misleading-character-class -- put together from the above
const TOKEN = new RegExp(`(${EMOJI.source})|(${HIDDEN.source})|((?:(?!${HIDDEN.source})[\\p{L}\\p{M}])+)`, "gu");

/** A letter that is Latin, and one of the scripts whose letters look the same. */
const LATIN = /\p{Script=Latin}/u;
const LOOKALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;

/** The pieces of a text, in its order. */
export function visible(text: string): Piece[] {
  const pieces: Piece[] = [];
  let plain = "";
  const flush = (): void => {
    if (plain) pieces.push({ kind: "plain", text: plain });
    plain = "";
  };
  let from = 0;
  for (const found of text.matchAll(TOKEN)) {
    plain += text.slice(from, found.index);
    from = found.index + found[0].length;
    const piece = special(found);
    if (!piece) {
      plain += found[0];
      continue;
    }
    flush();
    pieces.push(piece);
  }
  plain += text.slice(from);
  flush();
  return pieces;
}

function special(found: RegExpMatchArray): Piece | undefined {
  const [, , hidden, word] = found;
  if (hidden) return { kind: "hidden", name: nameOf(hidden.codePointAt(0) ?? 0) };
  if (word && LATIN.test(word) && LOOKALIKE.test(word)) return { kind: "mixed", text: word };
  return undefined;
}

function nameOf(code: number): string {
  return NAMES[code] ?? `U+${code.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** A text on one line without what hides in it, for titles of windows and the like. */
export function plain(text: string): string {
  return visible(text)
    .map((piece) => (piece.kind === "hidden" ? `[${piece.name}]` : piece.text))
    .join("");
}
