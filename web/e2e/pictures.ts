// Pictures and clips that the tests draw themselves: hills, a sun, a lake. The same seed draws the same picture.
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { crc32, deflateSync } from "node:zlib";

type Colour = [number, number, number];
export type Picture = { width: number; height: number; rgb: Uint8Array };

/** Numbers between 0 and 1 that follow from a seed (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const SUN: Colour = [255, 240, 200];
const HAZE: Colour = [235, 235, 240];
const FIR: Colour = [24, 48, 40];

/** A landscape; `time` moves its sun and clouds, 0 to 1. */
export function landscape(seed: number, width: number, height: number, time = 0.3): Picture {
  const next = numbers(seed);
  const hue = (): Colour => [60 + next() * 150, 70 + next() * 120, 90 + next() * 140];
  const sky: [Colour, Colour] = [hue(), [230, 190 + next() * 50, 150 + next() * 90]];
  const sun = { x: (next() + time * 0.4) % 1, y: 0.15 + next() * 0.25, r: 0.05 + next() * 0.09 };
  const ridges = [0.5, 0.62, 0.76].map((base, depth) => ({
    base: base + (next() - 0.5) * 0.12,
    waves: Array.from({ length: 5 }, (_, k) => ({ f: (k + 1) * (2 + next() * 5), a: (0.11 / (k + 1)) * (0.4 + next()), p: next() * 6.3 })),
    colour: hue().map((part) => part * (0.85 - depth * 0.25)) as Colour,
  }));
  const trees = Array.from({ length: 18 }, () => ({ x: next(), y: 0.78 + next() * 0.2, h: 0.05 + next() * 0.14 }));
  const rgb = new Uint8Array(width * height * 3);
  const paint = (row: number, column: number, colour: Colour, over: Colour, share: number): void => {
    for (let k = 0; k < 3; k++) rgb[(row * width + column) * 3 + k] = (colour[k] ?? 0) * (1 - share) + (over[k] ?? 0) * share;
  };
  const tops = ridges.map(({ base, waves }) =>
    Float64Array.from({ length: width }, (_, column) => base - waves.reduce((sum, { f, a, p }) => sum + a * Math.sin((f * column) / width + p), 0)),
  );
  for (let row = 0; row < height; row++) {
    const y = row / height;
    for (let column = 0; column < width; column++) {
      const toSun = Math.hypot((column / width - sun.x) * (width / height), y - sun.y) / sun.r;
      paint(row, column, sky[0], sky[1], Math.min(1, y / 0.65));
      if (toSun < 2.4) paint(row, column, SUN, sky[1], Math.max(0, toSun - 1) / 1.4);
      for (let k = 0; k < ridges.length; k++) {
        const under = y - (tops[k]?.[column] ?? 1);
        if (under > 0) paint(row, column, ridges[k]?.colour ?? SUN, HAZE, Math.max(0, 0.25 - under * 2));
      }
    }
  }
  for (const tree of trees) {
    for (let row = Math.ceil((tree.y - tree.h) * height); row < Math.min(height, tree.y * height); row++) {
      const half = (1 - (tree.y - row / height) / tree.h) * tree.h * 0.28 * width;
      for (let column = Math.max(0, Math.ceil(tree.x * width - half)); column < Math.min(width, tree.x * width + half); column++) {
        paint(row, column, FIR, FIR, 0);
      }
    }
  }
  return { width, height, rgb };
}

/** The same picture on a frame of another colour. */
export function framed({ width, height, rgb }: Picture, border: number): Picture {
  const wide = width + 2 * border;
  const made = new Uint8Array(wide * (height + 2 * border) * 3).fill(245);
  for (let row = 0; row < height; row++) {
    made.set(rgb.subarray(row * width * 3, (row + 1) * width * 3), ((row + border) * wide + border) * 3);
  }
  return { width: wide, height: height + 2 * border, rgb: made };
}

/** The bytes of a PNG (ISO/IEC 15948), eight bits a channel. */
/** A made-up outlet's mark: a red disc with a ring and white strokes, on white. */
export function mark(side: number): Picture {
  const rgb = new Uint8Array(side * side * 3).fill(255);
  const strokes = [[70, 70, 16, 100], [70, 70, 60, 16], [70, 110, 44, 16], [150, 90, 16, 80], [126, 154, 64, 16]] as const;
  for (let row = 0; row < side; row++) {
    for (let column = 0; column < side; column++) {
      const [x, y] = [(column / side) * 240, (row / side) * 240];
      const radius = Math.hypot(x - 120, y - 120);
      const inStroke = strokes.some(([left, top, width, height]) => x >= left && x < left + width && y >= top && y < top + height);
      if (radius <= 112 && !(radius >= 92 && radius < 99) && !inStroke) rgb.set([190, 20, 40], (row * side + column) * 3);
    }
  }
  return { width: side, height: side, rgb };
}

/** The picture with another one laid on it, from this place on. */
export function laid(picture: Picture, other: Picture, left: number, top: number): Picture {
  const rgb = picture.rgb.slice();
  for (let row = 0; row < other.height; row++) {
    const line = other.rgb.subarray(row * other.width * 3, (row + 1) * other.width * 3);
    rgb.set(line, ((top + row) * picture.width + left) * 3);
  }
  return { ...picture, rgb };
}

export function png({ width, height, rgb }: Picture): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  const lines = Buffer.alloc(height * (width * 3 + 1));
  for (let row = 0; row < height; row++) lines.set(rgb.subarray(row * width * 3, (row + 1) * width * 3), row * (width * 3 + 1) + 1);
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", head), chunk("IDAT", deflateSync(lines)), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(kind: string, bytes: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), bytes]);
  const framing = Buffer.alloc(8);
  framing.writeUInt32BE(bytes.length, 0);
  framing.writeUInt32BE(crc32(body), 4);
  return Buffer.concat([framing.subarray(0, 4), body, framing.subarray(4)]);
}

/** A clip through landscapes, a scene for each seed of so many seconds. */
export function clip(path: string, seeds: readonly number[], scene_s: number, size = "320x180"): void {
  const [width = 320, height = 180] = size.split("x").map(Number);
  const FRAMES_PER_S = 2;
  const frames = seeds.flatMap((seed) =>
    Array.from({ length: scene_s * FRAMES_PER_S }, (_, k) => landscape(seed, width, height, k / (scene_s * FRAMES_PER_S)).rgb),
  );
  const input = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", String(FRAMES_PER_S), "-i", "-"];
  const output = ["-r", "10", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-y", path];
  execFileSync("ffmpeg", ["-v", "error", ...input, ...output], { input: Buffer.concat(frames) });
}

/** Writes a picture and answers where. */
export function write(path: string, picture: Picture): string {
  writeFileSync(path, png(picture));
  return path;
}

/** Music that a seed makes, 16 bits at 22,050 Hz: chords that change four times a second, with a little noise. */
export function music(path: string, seed: number, seconds: number): string {
  const RATE = 22_050;
  const next = numbers(seed);
  const samples = new Int16Array(RATE * seconds);
  let notes: number[] = [];
  for (let at = 0; at < samples.length; at++) {
    if (at % Math.floor(RATE / 4) === 0) notes = Array.from({ length: 4 }, () => 220 * 2 ** (Math.floor(next() * 36) / 12));
    const sum = notes.reduce((total, hz) => total + Math.sin((2 * Math.PI * hz * at) / RATE), 0);
    samples[at] = sum * 5000 + next() * 600;
  }
  const input = ["-f", "s16le", "-ar", String(RATE), "-ac", "1", "-i", "-"];
  execFileSync("ffmpeg", ["-v", "error", ...input, "-y", path], { input: Buffer.from(samples.buffer) });
  return path;
}

/** The pictures of one clip with a sound that begins at a second of it. */
export function narrated(path: string, pictures: string, sound: string, from_s: number): void {
  const output = ["-map", "0:v", "-map", "1:a", "-c:v", "copy", "-af", `adelay=${from_s * 1000}:all=1`, "-c:a", "aac", "-y", path];
  execFileSync("ffmpeg", ["-v", "error", "-i", pictures, "-i", sound, ...output]);
}

/** A film of so many minutes that is cheap to make: a small picture a second. */
export function film(path: string, minutes: number): string {
  const source = `testsrc2=size=64x64:rate=1:duration=${minutes * 60}`;
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", source, "-c:v", "mpeg4", "-y", path]);
  return path;
}

/** Two clips side by side, with a bar between them. */
export function beside(path: string, left: string, right: string): void {
  const output = ["-filter_complex", "[0:v]pad=iw+8:ih[a];[a][1:v]hstack", "-c:v", "libx264", "-preset", "ultrafast", "-y", path];
  execFileSync("ffmpeg", ["-v", "error", "-i", left, "-i", right, ...output]);
}
