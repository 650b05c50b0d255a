//! Pictures made by formula, the same everywhere: nothing is read from files.
//!
//! `testdata/golden/pdq.py` repeats `noise`, `blobs`, `waves` and `gradient` step by step.

use std::f64::consts::TAU;

use lamassu_fingerprint::{Channels, Picture};

/// Pixels that own themselves.
#[derive(Debug, Clone)]
pub struct Pixels {
    pub bytes: Vec<u8>,
    pub width: usize,
    pub height: usize,
    pub channels: Channels,
}

impl Pixels {
    pub fn gray(width: usize, height: usize, luma: impl Fn(usize, usize) -> u8) -> Self {
        let bytes = (0..width * height).map(|k| luma(k % width, k / width)).collect();
        Self { bytes, width, height, channels: Channels::Gray }
    }

    pub fn picture(&self) -> Picture<'_> {
        Picture::new(&self.bytes, self.width, self.height, self.channels)
            .expect("the size is that of the bytes")
    }

    /// Luma at a pixel; gray pictures only.
    pub fn at(&self, x: usize, y: usize) -> u8 {
        assert_eq!(self.channels, Channels::Gray);
        self.bytes[y * self.width + x]
    }

    /// Copies `top` over this picture, its upper left corner at `x`, `y`; gray pictures only.
    pub fn paste(&mut self, top: &Self, x: usize, y: usize) {
        for row in 0..top.height {
            let start = (y + row) * self.width + x;
            let line = &top.bytes[row * top.width..(row + 1) * top.width];
            self.bytes[start..start + top.width].copy_from_slice(line);
        }
    }
}

/// `SplitMix64` (Steele, Lea, Flood 2014) as numbers from 0 to below 1.
pub fn noise(seed: u64) -> impl FnMut() -> f64 {
    let mut state = seed;
    move || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// One channel of 40 soft blobs on mid-gray.
pub fn blobs(seed: u64, width: usize, height: usize) -> Vec<u8> {
    let mut next = noise(seed);
    let mut luma = vec![128.0_f64; width * height];
    for _ in 0..40 {
        let (cx, cy) = (next() * width as f64, next() * height as f64);
        let radius = (0.05 + 0.25 * next()) * width.max(height) as f64;
        let strength = (next() - 0.5) * 300.0;
        for (k, value) in luma.iter_mut().enumerate() {
            let (dx, dy) = ((k % width) as f64 - cx, (k / width) as f64 - cy);
            let near = 1.0 - (dx * dx + dy * dy) / (radius * radius);
            if near > 0.0 {
                *value += strength * (near * near);
            }
        }
    }
    luma.into_iter().map(|value| value.clamp(0.0, 255.0) as u8).collect()
}

/// One channel of 12 cosines of up to 12 periods a side.
pub fn waves(seed: u64, width: usize, height: usize) -> Vec<u8> {
    let mut next = noise(seed);
    let waves: Vec<[f64; 3]> = (0..12)
        .map(|_| [(next() * 12.0).floor(), (next() * 12.0).floor(), (next() * 8.0).floor() / 8.0])
        .collect();
    (0..width * height)
        .map(|k| {
            let x = ((k % width) as f64 + 0.5) / width as f64;
            let y = ((k / width) as f64 + 0.5) / height as f64;
            let sum: f64 = waves.iter().map(|[u, v, phase]| (TAU * (u * x + v * y + phase)).cos()).sum();
            (128.25 + 30.0 * sum).clamp(0.0, 255.0) as u8
        })
        .collect()
}

/// One channel that grows from the upper left to the lower right: hardly any structure.
pub fn gradient(width: usize, height: usize) -> Vec<u8> {
    (0..width * height).map(|k| ((k % width) * 200 / width + (k / width) * 55 / height) as u8).collect()
}

/// A picture of `channels`, each channel blobs of its own seed.
pub fn blob_picture(seed: u64, width: usize, height: usize, channels: Channels) -> Pixels {
    let planes: Vec<Vec<u8>> =
        (0..channels.size_bytes() as u64).map(|k| blobs(seed + k, width, height)).collect();
    let bytes = (0..width * height).flat_map(|at| planes.iter().map(move |plane| plane[at])).collect();
    Pixels { bytes, width, height, channels }
}

/// A gray texture without a uniform line anywhere: blobs with a grain of up to 120 steps.
pub fn texture(seed: u64, width: usize, height: usize) -> Pixels {
    let mut next = noise(!seed);
    let bytes = blobs(seed, width, height)
        .into_iter()
        .map(|value| (f64::from(value) * 0.5 + next() * 120.0) as u8)
        .collect();
    Pixels { bytes, width, height, channels: Channels::Gray }
}
