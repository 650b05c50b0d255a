//! Energies in bands evenly spaced in log-frequency.

use super::{RATE_HZ, WINDOW_SAMPLES};

/// Bands of a spectrum: one more than the bits of a word.
pub const BANDS: usize = 17;
/// Centre of the lowest band, hertz.
const LOWEST_HZ: f64 = 200.0;
/// Octaves from the lowest centre to the highest.
const OCTAVES: f64 = 4.0;
/// What is added to each band, as a share of the loudest mean of the bands lately: it keeps faint bands and
/// pauses, where noise and other voices are heard instead, from deciding bits.
const FLOOR_SHARE: f32 = 0.02;
/// What the loudest mean fades to until the next spectrum: by half in a second.
const FADE: f32 = 0.978;
/// What is added in any case, as a share of a full-scale sine: silence has a logarithm, too.
const FLOOR: f32 = 1e-11;

/// Log energies of the bands of one spectrum.
pub type Energies = [f32; BANDS];

/// How much each line of a spectrum counts in each band, at one pitch.
#[derive(Debug, Clone)]
pub struct Bands {
    /// The first line of each band, and the weights from it on.
    weights: Vec<(usize, Vec<f32>)>,
    /// The loudest mean of the bands lately.
    loudest: f32,
}

impl Bands {
    /// Triangles that reach to the centres of their neighbours, moved up by the factor `pitch`.
    pub fn new(pitch: f64) -> Self {
        let spacing = OCTAVES / (BANDS - 1) as f64;
        let line_hz = f64::from(RATE_HZ) / WINDOW_SAMPLES as f64;
        let weights = (0..BANDS)
            .map(|band| {
                let centre = (LOWEST_HZ * pitch).log2() + band as f64 * spacing;
                let first = ((centre - spacing).exp2() / line_hz).ceil() as usize;
                let last = ((centre + spacing).exp2() / line_hz).floor() as usize;
                let weight = |line: usize| {
                    let hz = line as f64 * line_hz;
                    // Divided by the frequency: every part of an octave counts the same.
                    (1.0 - (hz.log2() - centre).abs() / spacing).max(0.0) / hz
                };
                let raw: Vec<f64> = (first..=last.min(WINDOW_SAMPLES / 2)).map(weight).collect();
                let sum: f64 = raw.iter().sum();
                (first, raw.iter().map(|weight| (weight / sum) as f32).collect())
            })
            .collect();
        Self { weights, loudest: 0.0 }
    }

    /// Natural logarithms of the bands' energies in the next spectrum, of which `power` is the power of each line
    /// from 0 Hz on as a share of a full-scale sine's.
    pub fn energies(&mut self, power: &[f32]) -> Energies {
        let mut energies = [0.0; BANDS];
        for (energy, (first, weights)) in energies.iter_mut().zip(&self.weights) {
            *energy = dot(weights, &power[*first..]);
        }
        let mean = energies.iter().sum::<f32>() / BANDS as f32;
        self.loudest = mean.max(self.loudest * FADE);
        let floor = FLOOR_SHARE * self.loudest + FLOOR;
        energies.map(|energy| (energy + floor).ln())
    }
}

/// Sum of products, in eight lanes whatever the processor: the order of additions is part of the result.
fn dot(weights: &[f32], power: &[f32]) -> f32 {
    let power = &power[..weights.len()];
    let mut lanes = [0.0_f32; 8];
    let (heads, tail) = weights.as_chunks::<8>();
    for (weights, power) in heads.iter().zip(power.as_chunks::<8>().0) {
        for ((lane, weight), power) in lanes.iter_mut().zip(weights).zip(power) {
            *lane += weight * power;
        }
    }
    let rest: f32 = tail.iter().zip(&power[heads.len() * 8..]).map(|(weight, power)| weight * power).sum();
    lanes.iter().sum::<f32>() + rest
}
