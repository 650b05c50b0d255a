import { expect, test } from "vitest";
import { COLUMNS_PER_S, spectrogram, TONES } from "./spectrogram";

const RATE_HZ = 16_000;

function tone(hz: number, seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * RATE_HZ }, (_, k) => 0.3 * Math.sin((2 * Math.PI * hz * k) / RATE_HZ));
}

/** The loudest tone of a column. */
function loudest(values: Float32Array, column: number): number {
  const of = [...values.subarray(column * TONES, (column + 1) * TONES)];
  return of.indexOf(Math.max(...of));
}

test("a tone is seen where it is, and an octave above it higher", () => {
  const { values, duration_s } = spectrogram(tone(500, 2), RATE_HZ);
  expect(duration_s).toBe(2);
  expect(values).toHaveLength(2 * COLUMNS_PER_S * TONES);
  // Five octaves, of which 500 Hz is the third's beginning.
  expect(Math.abs(loudest(values, 10) - (2 / 5) * TONES)).toBeLessThanOrEqual(1);
  const above = spectrogram(tone(1000, 2), RATE_HZ);
  expect(Math.abs(loudest(above.values, 10) - (3 / 5) * TONES)).toBeLessThanOrEqual(1);
  expect(Math.max(...values)).toBeCloseTo(1, 3);
});

test("what is silent is empty, and what begins later is empty until then", () => {
  expect(Math.max(...spectrogram(new Float32Array(RATE_HZ), RATE_HZ).values)).toBe(0);
  const late = new Float32Array(2 * RATE_HZ);
  late.set(tone(800, 1), RATE_HZ);
  const { values } = spectrogram(late, RATE_HZ);
  expect(Math.max(...values.subarray(0, 8 * TONES))).toBe(0);
  expect(Math.max(...values.subarray(12 * TONES))).toBeCloseTo(1, 3);
  expect(spectrogram(new Float32Array(0), RATE_HZ).values.every((value) => value === 0)).toBe(true);
});
