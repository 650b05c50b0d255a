// What a file is, told from its first bytes like the server does, so that what it would refuse is not sent at all.

/** How many bytes from the start are looked at. */
export const HEAD_BYTES = 4096;

/** The server's limits as they are shipped; it has the last word, so a person may send larger ones all the same. */
export const IMAGE_BYTES_MAX = 64 * 1024 * 1024;
export const FILE_BYTES_MAX = 8 * 1024 * 1024 * 1024;

export type Kind = "image" | "other";

const IMAGES = ["ffd8ff", "89504e470d0a1a0a", "474946383761", "474946383961", "49492a00", "4d4d002a"];
const OTHERS = [
  "1a45dfa3", "4f676753", "664c6143", "464c5601", "3026b2758e66cf11", "000001ba", "464f524d", "2321414d52", "494433",
  "47", "504b0304", "d0cf11e0a1b11ae1",
];
const ATOMS = ["ftyp", "moov", "mdat", "wide", "free", "skip", "pnot"];

/** The kind of what starts with `head`, or null when nothing that is read starts so. */
export function kindOf(head: Uint8Array): Kind | null {
  const hex = [...head.subarray(0, 12)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const latin = String.fromCharCode(...head.subarray(0, 1024));
  if (IMAGES.some((magic) => hex.startsWith(magic))) return "image";
  if (latin.startsWith("RIFF")) return latin.startsWith("WEBP", 8) ? "image" : "other";
  if (latin.startsWith("BM") && hex.slice(12, 20) === "00000000") return "image";
  if (ATOMS.includes(latin.slice(4, 8)) || OTHERS.some((magic) => hex.startsWith(magic))) return "other";
  // Sound frames, transport streams with a time before each packet, documents, and text.
  if (head[0] === 0xff && ((head[1] ?? 0) & 0xe0) === 0xe0 && head[1] !== 0xfe) return "other";
  if (head[4] === 0x47 || latin.includes("%PDF-")) return "other";
  return isText(head) ? "other" : null;
}

function isText(head: Uint8Array): boolean {
  // The last character may be cut off.
  for (let cut = 0; cut < 4 && cut < head.length; cut++) {
    try {
      const text = new TextDecoder("utf-8", { fatal: true }).decode(head.subarray(0, head.length - cut));
      // eslint-disable-next-line no-control-regex -- these are what text has none of
      return !/[\0-\x08\x0b\x0e-\x1f\x7f-\x9f]/.test(text);
    } catch {
      if (head.length < HEAD_BYTES) return false;
    }
  }
  return false;
}

export type Hold = { readonly why: "empty" | "kind" } | { readonly why: "size"; readonly limit_bytes: number };

/** Why a file is held back, or null. However large it is, only its first bytes are read. */
export async function hold(file: File): Promise<Hold | null> {
  if (file.size === 0) return { why: "empty" };
  const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
  const kind = kindOf(head);
  if (kind === null) return { why: "kind" };
  const limit_bytes = kind === "image" ? IMAGE_BYTES_MAX : FILE_BYTES_MAX;
  return file.size > limit_bytes ? { why: "size", limit_bytes } : null;
}
