//! Samples come in as they are decoded; words go out. A few hundred kilobytes are held, and the words.

use std::fmt;
use std::sync::Arc;

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};

use super::bands::{BANDS, Bands, Energies};
use super::track::SoundTrack;
use super::variant::Variant;
use super::{HOP_MS, HOP_SAMPLES, RATE_HZ, STEP_HOPS, WINDOW_SAMPLES, WORD_STEPS};

/// Spectra that are held: those that the slowest variant compares, and one more to interpolate.
const HELD: usize = 16;
/// Mean square, as a share of full scale, under which nothing is heard: -66 dB.
const AUDIBLE_MEAN_SQUARE: f32 = 2.5e-7;

/// Listens to one sound, in one or more variants at once.
pub struct Listener {
    fft: Arc<dyn RealToComplex<f32>>,
    window: Vec<f32>,
    /// Samples of the spectrum to come, oldest first; never more than a window.
    pending: Vec<f32>,
    windowed: Vec<f32>,
    lines: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
    pitches: Vec<Pitch>,
    voices: Vec<Voice>,
    /// Mean square of each held spectrum, at its number modulo [`HELD`].
    loudness: [f32; HELD],
    /// Spectra made.
    spectra: u64,
    samples: u64,
}

/// A pitch that one or more variants listen at.
struct Pitch {
    permille: i16,
    bands: Bands,
    /// The last spectra, each at its number modulo [`HELD`].
    held: [Energies; HELD],
}

/// A variant and the words that it gave so far.
struct Voice {
    pitch: usize,
    step_hops: f64,
    track: SoundTrack,
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").field("samples", &self.samples).finish_non_exhaustive()
    }
}

impl Listener {
    /// Listens in these variants: [`Variant::PLAIN`] alone for an entry, [`Variant::ALL`] for an item.
    pub fn new(variants: &[Variant]) -> Self {
        let fft = RealFftPlanner::<f32>::new().plan_fft_forward(WINDOW_SAMPLES);
        let mut pitches: Vec<Pitch> = Vec::new();
        let mut voices = Vec::new();
        for variant in variants {
            let known = pitches.iter().position(|pitch| pitch.permille == variant.pitch_permille);
            let pitch = known.unwrap_or(pitches.len());
            if known.is_none() {
                let bands = Bands::new(variant.pitch());
                let held = [[0.0; BANDS]; HELD];
                pitches.push(Pitch { permille: variant.pitch_permille, bands, held });
            }
            let step_hops = STEP_HOPS / variant.tempo();
            let track = SoundTrack { variant: *variant, words: Vec::new(), audible: Vec::new() };
            voices.push(Voice { pitch, step_hops, track });
        }
        let turn = |k: usize| std::f32::consts::TAU * k as f32 / WINDOW_SAMPLES as f32;
        Self {
            window: (0..WINDOW_SAMPLES).map(|k| 0.5 - 0.5 * turn(k).cos()).collect(),
            pending: Vec::with_capacity(WINDOW_SAMPLES),
            windowed: fft.make_input_vec(),
            lines: fft.make_output_vec(),
            scratch: fft.make_scratch_vec(),
            power: vec![0.0; WINDOW_SAMPLES / 2 + 1],
            fft,
            pitches,
            voices,
            loudness: [0.0; HELD],
            spectra: 0,
            samples: 0,
        }
    }

    /// Takes the next samples, mono, at [`RATE_HZ`].
    ///
    /// How the sound is cut into calls does not matter.
    pub fn push(&mut self, mut samples: &[i16]) {
        self.samples += samples.len() as u64;
        while !samples.is_empty() {
            let (head, rest) = samples.split_at(samples.len().min(WINDOW_SAMPLES - self.pending.len()));
            self.pending.extend(head.iter().map(|&sample| f32::from(sample) / 32768.0));
            samples = rest;
            if self.pending.len() == WINDOW_SAMPLES {
                self.hear();
                self.pending.drain(..HOP_SAMPLES);
            }
        }
    }

    /// What was heard so far, milliseconds.
    pub fn duration_ms(&self) -> u32 {
        (self.samples * 1000 / u64::from(RATE_HZ)).min(u64::from(u32::MAX)) as u32
    }

    /// The track of each variant, in the order asked for.
    pub fn finish(self) -> Vec<SoundTrack> {
        self.voices.into_iter().map(|voice| voice.track).collect()
    }

    /// One more spectrum, and all words that it completes.
    fn hear(&mut self) {
        for ((windowed, sample), weight) in self.windowed.iter_mut().zip(&self.pending).zip(&self.window) {
            *windowed = sample * weight;
        }
        self.fft
            .process_with_scratch(&mut self.windowed, &mut self.lines, &mut self.scratch)
            .expect("the buffers were made by this transform");
        // A full-scale sine has a line of a quarter of the window's length under this window.
        let scale = (4.0 / WINDOW_SAMPLES as f32).powi(2);
        for (power, line) in self.power.iter_mut().zip(&self.lines) {
            *power = line.norm_sqr() * scale;
        }
        let slot = (self.spectra % HELD as u64) as usize;
        // Three lines of a sine are in its window: 1.5 times the power of the middle one; half of that is its
        // mean square.
        self.loudness[slot] = self.power.iter().sum::<f32>() / 3.0;
        for pitch in &mut self.pitches {
            pitch.held[slot] = pitch.bands.energies(&self.power);
        }
        self.spectra += 1;
        for voice in &mut self.voices {
            voice.speak(&self.pitches[voice.pitch], &self.loudness, self.spectra);
        }
    }
}

impl Voice {
    /// Adds the words that need none but the first `spectra`.
    fn speak(&mut self, pitch: &Pitch, loudness: &[f32; HELD], spectra: u64) {
        loop {
            let from = self.track.words.len() as f64 * self.step_hops;
            let until = from + WORD_STEPS * self.step_hops;
            if until.ceil() as u64 >= spectra {
                return;
            }
            let (before, after) = (pitch.at(from), pitch.at(until));
            let mut word = 0_u16;
            for bit in 0..BANDS - 1 {
                let grown = (after[bit + 1] - after[bit]) - (before[bit + 1] - before[bit]);
                word |= u16::from(grown > 0.0) << bit;
            }
            let loud = |hop: f64| loudness[hop as usize % HELD];
            self.track.words.push(word);
            self.track.audible.push(loud(from).max(loud(until)) > AUDIBLE_MEAN_SQUARE);
        }
    }
}

impl Pitch {
    /// The energies at spectrum number `hop`, between two of them where it is not whole.
    fn at(&self, hop: f64) -> Energies {
        let (before, share) = (hop as usize, hop.fract() as f32);
        let (a, b) = (&self.held[before % HELD], &self.held[(before + 1) % HELD]);
        if share == 0.0 {
            return *a;
        }
        std::array::from_fn(|band| a[band] + (b[band] - a[band]) * share)
    }
}

/// Milliseconds from the start of the sound to that of the spectrum number `hop`.
pub(super) fn hop_ms(hop: f64) -> f64 {
    hop * f64::from(HOP_MS)
}
