//! Keys of features: few bits that alike features mostly share, and which of them are least sure.
//!
//! A feature is a histogram of 4 x 4 cells and 8 directions, known as 0, 1 or 2 for each value. Its key says on
//! which side of a fixed threshold its slowest waves over cells and directions lie: sums over many values, so that
//! a few wrong bits seldom turn them. The waves that vary most, and depend least on each other, come
//! first; thresholds are their medians. Both were measured on photographs of the Berkeley Segmentation Dataset and
//! of the samples of `OpenCV`; other pictures fill the cells less evenly, which costs time and changes no distance.

use std::sync::OnceLock;

use lamassu_fingerprint::Bits256;

/// A key; bit `KEY_BITS - 1` is that of the first wave.
pub type Key = u32;

/// Bits of a key.
pub const KEY_BITS: usize = WAVES.len();
/// Bits that may be turned for a probe.
const TURNED_MAX: usize = 6;
/// Probes at most.
pub const PROBES_MAX: usize = 1 << TURNED_MAX;

const VALUES: usize = 128;

/// Waves: half periods down and across the cells, periods round the directions, whether it is a sine, and the
/// threshold.
const WAVES: [(u8, u8, u8, bool, f32); 20] = [
    (0, 0, 1, false, 12.83),
    (0, 1, 1, false, 0.65),
    (0, 0, 1, true, 0.0),
    (1, 0, 1, true, 1.19),
    (0, 0, 2, false, 13.0),
    (0, 0, 2, true, 0.0),
    (0, 3, 1, false, 0.11),
    (0, 2, 1, false, -6.71),
    (2, 0, 1, true, 0.0),
    (0, 1, 1, true, 0.0),
    (1, 1, 1, true, -2.37),
    (0, 1, 2, false, 0.0),
    (1, 1, 1, false, 0.0),
    (1, 0, 2, false, 0.0),
    (0, 1, 0, false, -0.63),
    (1, 0, 2, true, 0.22),
    (2, 1, 1, true, 0.0),
    (0, 1, 2, true, -0.07),
    (1, 2, 1, true, -0.19),
    (1, 2, 1, false, 0.0),
];

/// Sums of all waves, in 64ths, padded so that they are added together.
type Sums = [i16; 32];

/// For each of the 32 bytes of a feature and each value of it, what it adds to the waves. A key is needed for every
/// feature whenever entries are read, so that it must cost a few additions only.
fn shares() -> &'static [[Sums; 256]; 32] {
    static SHARES: OnceLock<Box<[[Sums; 256]; 32]>> = OnceLock::new();
    SHARES.get_or_init(|| {
        let weights: [Sums; VALUES] = std::array::from_fn(|k| {
            let mut sums = [0; 32];
            sums.iter_mut().zip(&WAVES).for_each(|(sum, wave)| *sum = weight(*wave, k));
            sums
        });
        let mut shares: Box<[[Sums; 256]; 32]> =
            vec![[[0; 32]; 256]; 32].try_into().expect("as many as there are bytes");
        for (byte, of_byte) in shares.iter_mut().enumerate() {
            for value in 1..256_usize {
                // One bit more than a smaller value.
                let bit = value.ilog2() as usize;
                let mut sums = of_byte[value ^ (1 << bit)];
                // The median and the upper quartile of gradient k are the bits k and 128 + k.
                let of_bit = &weights[(8 * byte + bit) % VALUES];
                sums.iter_mut().zip(of_bit).for_each(|(sum, weight)| *sum += weight);
                of_byte[value] = sums;
            }
        }
        shares
    })
}

/// What gradient `k` weighs in a wave, in 64ths.
fn weight((down, across, round, is_sine, _): (u8, u8, u8, bool, f32), k: usize) -> i16 {
    let (row, column, direction) = (k / 32, k / 8 % 4, k % 8);
    (64.0 * half_wave(down, row) * half_wave(across, column) * wave(round, direction, is_sine)).round() as i16
}

/// A cosine with this many half periods over four cells.
fn half_wave(half_periods: u8, cell: usize) -> f64 {
    (std::f64::consts::PI / 4.0 * f64::from(half_periods) * (cell as f64 + 0.5)).cos()
}

/// A cosine or sine with this many periods round eight directions.
fn wave(periods: u8, direction: usize, is_sine: bool) -> f64 {
    let angle = std::f64::consts::TAU / 8.0 * f64::from(periods) * direction as f64;
    if is_sine { angle.sin() } else { angle.cos() }
}

/// How far each wave is above its threshold.
fn margins(bits: Bits256) -> [f32; KEY_BITS] {
    let shares = shares();
    // Of 128 values up to 2, each weighing up to 64: it fits.
    let mut sums: Sums = [0; 32];
    for (word, shares) in bits.0.iter().zip(shares.chunks_exact(8)) {
        for (byte, shares) in word.to_le_bytes().into_iter().zip(shares) {
            sums.iter_mut().zip(&shares[usize::from(byte)]).for_each(|(sum, share)| *sum += share);
        }
    }
    std::array::from_fn(|wave| f32::from(sums[wave]) / 64.0 - WAVES[wave].4)
}

fn key_of(margins: &[f32; KEY_BITS]) -> Key {
    margins.iter().fold(0, |key, &margin| key << 1 | Key::from(margin > 0.0))
}

/// The key of a feature.
pub fn key(bits: Bits256) -> Key {
    key_of(&margins(bits))
}

/// The keys under which the like of a feature may be found, likeliest first.
pub struct Probes {
    keys: [Key; PROBES_MAX],
    count: usize,
}

impl Probes {
    /// The `count` likeliest among cells that the first `cell_bits` bits tell apart.
    pub fn of(bits: Bits256, cell_bits: usize, count: usize) -> Self {
        let margins = margins(bits);
        let own = key_of(&margins);
        let mut waves: [Ranked; KEY_BITS] =
            std::array::from_fn(|k| ranked(margins[k] * margins[k], 1 << (KEY_BITS - 1 - k)));
        let waves = &mut waves[..cell_bits.min(KEY_BITS)];
        waves.sort_unstable();
        let turned = waves.len().min(TURNED_MAX);
        let mut sets = [(0.0_f32, 0); PROBES_MAX];
        let sets = &mut sets[..1 << turned];
        for set in 1..sets.len() {
            let last = set.ilog2() as usize;
            let (square, bit) = unranked(waves[last]);
            let rest = sets[set ^ (1 << last)];
            sets[set] = (rest.0 + square, rest.1 | bit);
        }
        let mut likeliest = [0; PROBES_MAX];
        let likeliest = &mut likeliest[..sets.len()];
        likeliest.iter_mut().zip(&*sets).for_each(|(it, set)| *it = ranked(set.0, set.1));
        let count = count.clamp(1, likeliest.len());
        likeliest.select_nth_unstable(count - 1);
        likeliest[..count].sort_unstable();
        let mut keys = [0; PROBES_MAX];
        keys.iter_mut().zip(&likeliest[..count]).for_each(|(key, &set)| *key = own ^ unranked(set).1);
        Self { keys, count }
    }

    /// The keys.
    pub fn keys(&self) -> &[Key] {
        &self.keys[..self.count]
    }
}

/// Bits of a key and the square of what turning them costs, in one number by whose size they are ranked: numbers are
/// sorted several times as fast as pairs.
type Ranked = u64;

fn ranked(square: f32, bits: Key) -> Ranked {
    // The bits of a number that is not negative are in its order.
    u64::from(square.to_bits()) << 32 | u64::from(bits)
}

fn unranked(ranked: Ranked) -> (f32, Key) {
    (f32::from_bits((ranked >> 32) as u32), ranked as Key)
}

/// The logarithm to base 2.
pub fn log2(x: f32) -> f32 {
    x.log2()
}

#[cfg(test)]
mod tests {
    use lamassu_fingerprint::Bits256;

    use super::{Probes, WAVES, key, margins, ranked, unranked, weight};

    #[test]
    fn margins_are_sums_over_the_gradients() {
        for seed in 1..40_u64 {
            let bits = Bits256(
                [3, 5, 7, 9].map(|k| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ k << 40).rotate_left(17)),
            );
            let set = |bit: usize| (bits.0[bit / 64] >> (bit % 64) & 1) as i32;
            for (wave, margin) in WAVES.iter().zip(margins(bits)) {
                let sum: i32 = (0..128).map(|k| i32::from(weight(*wave, k)) * (set(k) + set(128 + k))).sum();
                assert!((margin - (sum as f32 / 64.0 - wave.4)).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn numbers_are_ranked_by_their_squares_and_then_by_their_bits() {
        let squares = [0.0, 1.0 / 4_096.0, 0.25, 1.0, 3.75, 2_500.0];
        let pairs: Vec<(f32, u32)> =
            squares.iter().flat_map(|&square| [0, 1, 1 << 19].map(|bits| (square, bits))).collect();
        assert!(pairs.is_sorted());
        assert!(pairs.iter().map(|&(square, bits)| ranked(square, bits)).is_sorted());
        for (square, bits) in pairs {
            assert_eq!(unranked(ranked(square, bits)), (square, bits));
        }
    }

    #[test]
    fn the_first_probe_is_the_own_cell() {
        for seed in 0..50_u64 {
            let bits =
                Bits256([1, 2, 3, 4].map(|k| seed.wrapping_mul(0x9e37_79b9_7f4a_7c15 + k).rotate_left(31)));
            assert_eq!(Probes::of(bits, 12, 8).keys()[0], key(bits));
        }
    }
}
