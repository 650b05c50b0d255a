import { expect, test } from "vitest";
import { FILE_BYTES_MAX, hold, IMAGE_BYTES_MAX, kindOf } from "./kinds";

const bytes = (...parts: (string | number[])[]): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === "string" ? [...part].map((letter) => letter.charCodeAt(0)) : part)));

/** A file of any size that has only its first bytes. */
function file(head: Uint8Array<ArrayBuffer>, size: number): File {
  const made = new File([head], "file");
  Object.defineProperty(made, "size", { value: size });
  return made;
}

test.each([
  ["JPEG", bytes([0xff, 0xd8, 0xff, 0xe0]), "image"],
  ["PNG", bytes([0x89], "PNG\r\n\x1a\n"), "image"],
  ["WebP", bytes("RIFF", [1, 2, 3, 4], "WEBP"), "image"],
  ["BMP", bytes("BM", [9, 9, 9, 9, 0, 0, 0, 0]), "image"],
  ["MP4", bytes([0, 0, 0, 32], "ftypisom"), "other"],
  ["AVI", bytes("RIFF", [1, 2, 3, 4], "AVI "), "other"],
  ["Matroska", bytes([0x1a, 0x45, 0xdf, 0xa3]), "other"],
  ["MP3 frame", bytes([0xff, 0xfb, 0x90, 0]), "other"],
  ["PDF", bytes("\n\n%PDF-1.7"), "other"],
  ["text", bytes("a few words\n"), "other"],
  ["zeros", new Uint8Array(4096), null],
  ["UTF-16", bytes([0xff, 0xfe, 0x41, 0]), null],
  ["noise", bytes([0, 1, 2, 0xfe, 0xff]), null],
])("%s", (_, head, kind) => {
  expect(kindOf(head)).toBe(kind);
});

test("only files that would be refused are held back", async () => {
  const png = bytes([0x89], "PNG\r\n\x1a\n");
  const mp4 = bytes([0, 0, 0, 32], "ftypisom");
  expect(await hold(file(png, IMAGE_BYTES_MAX))).toBeNull();
  expect(await hold(file(png, IMAGE_BYTES_MAX + 1))).toEqual({ why: "size", limit_bytes: IMAGE_BYTES_MAX });
  expect(await hold(file(mp4, 4 * 1024 ** 3))).toBeNull();
  expect(await hold(file(mp4, FILE_BYTES_MAX + 1))).toEqual({ why: "size", limit_bytes: FILE_BYTES_MAX });
  expect(await hold(file(new Uint8Array(8), 4 * 1024 ** 3))).toEqual({ why: "kind" });
  expect(await hold(file(new Uint8Array(0), 0))).toEqual({ why: "empty" });
});
