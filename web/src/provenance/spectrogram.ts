// What a sound looks like: for each tenth of a second how loud which tones are, as columns from low to high.

/** Tones that are shown, in hertz, and how many steps lie between them: what sounds are compared by, and a little more. */
const LOWEST_HZ = 125;
const HIGHEST_HZ = 4000;
export const TONES = 60;
/** Columns in a second. */
export const COLUMNS_PER_S = 10;
/** Samples that a column is made of, a power of two. */
const WINDOW = 1024;
/** So much below the loudest nothing is shown, in decibels. */
const RANGE_DB = 60;

export type Spectrogram = {
  readonly duration_s: number;
  /** Column after column, each `TONES` values from low to high, between 0 and 1. */
  readonly values: Float32Array;
};

export function spectrogram(samples: Float32Array, rate_hz: number): Spectrogram {
  const duration_s = samples.length / rate_hz;
  const columns = Math.max(1, Math.floor(duration_s * COLUMNS_PER_S));
  const values = new Float32Array(columns * TONES);
  const bins = Array.from({ length: TONES + 1 }, (_, tone) => {
    const hz = LOWEST_HZ * (HIGHEST_HZ / LOWEST_HZ) ** (tone / TONES);
    return Math.min(WINDOW / 2 - 1, (hz / rate_hz) * WINDOW);
  });
  for (let column = 0; column < columns; column++) {
    const middle = Math.round(((column + 0.5) / COLUMNS_PER_S) * rate_hz);
    const power = powerAround(samples, middle);
    for (let tone = 0; tone < TONES; tone++) {
      const [from, to] = [Math.floor(bins[tone] ?? 0), Math.ceil(bins[tone + 1] ?? 0)];
      let loudest = 0;
      for (let bin = from; bin <= to; bin++) loudest = Math.max(loudest, power[bin] ?? 0);
      values[column * TONES + tone] = 10 * Math.log10(loudest + Number.MIN_VALUE);
    }
  }
  const loudest_db = values.reduce((most, value) => Math.max(most, value), -Infinity);
  // Of silence there is nothing to see.
  const isSilent = loudest_db < -120;
  return { duration_s, values: values.map((value) => (isSilent ? 0 : Math.max(0, 1 + (value - loudest_db) / RANGE_DB))) };
}

/** How loud each frequency is around a sample, with Hann's window. */
function powerAround(samples: Float32Array, middle: number): Float64Array {
  const [real, imaginary] = [new Float64Array(WINDOW), new Float64Array(WINDOW)];
  for (let k = 0; k < WINDOW; k++) {
    const weight = 0.5 - 0.5 * Math.cos((2 * Math.PI * k) / WINDOW);
    real[k] = weight * (samples[middle - WINDOW / 2 + k] ?? 0);
  }
  transform(real, imaginary);
  return real.map((value, k) => value * value + (imaginary[k] ?? 0) ** 2).subarray(0, WINDOW / 2);
}

/** The Fourier transform in place (Cooley and Tukey, 1965); as many values as a power of two. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const count = real.length;
  for (let k = 1, reversed = 0; k < count; k++) {
    let bit = count >> 1;
    for (; reversed & bit; bit >>= 1) reversed ^= bit;
    reversed ^= bit;
    if (k < reversed) {
      [real[k], real[reversed]] = [real[reversed] ?? 0, real[k] ?? 0];
      [imaginary[k], imaginary[reversed]] = [imaginary[reversed] ?? 0, imaginary[k] ?? 0];
    }
  }
  for (let half = 1; half < count; half *= 2) {
    for (let at = 0; at < half; at++) {
      const [cos, sin] = [Math.cos((-Math.PI * at) / half), Math.sin((-Math.PI * at) / half)];
      for (let a = at; a < count; a += 2 * half) {
        const b = a + half;
        const [re, im] = [real[b] ?? 0, imaginary[b] ?? 0];
        const [turned_re, turned_im] = [re * cos - im * sin, re * sin + im * cos];
        [real[b], imaginary[b]] = [(real[a] ?? 0) - turned_re, (imaginary[a] ?? 0) - turned_im];
        [real[a], imaginary[a]] = [(real[a] ?? 0) + turned_re, (imaginary[a] ?? 0) + turned_im];
      }
    }
  }
}
