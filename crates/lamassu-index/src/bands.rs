//! How hashes are cut into bands, and which keys of each band must be looked at.
//!
//! With thresholds `t` of which the `t + 1` sum to the radius + 1, a hash within the radius differs from the
//! query by at most `t` bits in some band: else each band would take `t + 1` of at most radius bits (general
//! pigeonhole; Qin et al., GPH, ICDE 2018). By the cycle lemma some such band is also a start from which
//! every run of bands keeps its sum: one band at most `t`, two at most `t + t' + 1`, three at most
//! `t + t' + t'' + 2` (Qin and Xiao, Pigeonring, VLDB 2018). The second and third are tested on the 32 bits
//! that follow the band, without reading the hash.

use std::sync::OnceLock;

use crate::kernel::Probe;
use crate::order::{Stored, window};

/// Most bands of a hash.
pub const BANDS_MAX: usize = 32;
/// The largest threshold of a band; beyond it a scan is cheaper.
pub const THRESHOLD_MAX: i32 = 4;
/// The largest radius that bands are asked for: thresholds of at most 4 in 16 bands.
const WEIGHTS: usize = THRESHOLD_MAX as usize + 1;

/// Bands of `bits` bits each, as many as fit; bits after the last are in no band.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    bits: u32,
}

/// For each band its threshold; −1 where it is not looked at.
pub type Thresholds = [i32; BANDS_MAX];

impl Shape {
    /// Bands of `bits` bits, 8 to 24.
    pub fn new(bits: u32) -> Option<Self> {
        (8..=24).contains(&bits).then_some(Self { bits })
    }

    /// Bits of a band.
    pub fn bits(self) -> u32 {
        self.bits
    }

    /// How many bands.
    pub fn bands(self) -> usize {
        256 / self.bits as usize
    }

    /// Buckets of a band.
    pub fn buckets(self) -> usize {
        1 << self.bits
    }

    fn ring(self) -> u32 {
        self.bits * self.bands() as u32
    }

    /// The bits of the band.
    #[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
    #[inline(always)]
    pub fn key(self, hash: &Stored, band: usize) -> u32 {
        window(hash, self.bits * band as u32, self.ring()) & ((1 << self.bits) - 1)
    }

    /// The 32 bits that follow the band.
    #[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
    #[inline(always)]
    pub fn sketch(self, hash: &Stored, band: usize) -> u32 {
        window(hash, self.bits * (band as u32 + 1), self.ring())
    }

    /// The word of a hash that a band begins in, and the bit there, where the band and its sketch lie in that word and the
    /// next one; nothing where they go on at the start of the ring.
    pub fn place(self, band: usize) -> Option<(usize, u32)> {
        let start = self.bits * band as u32;
        (start + self.bits + 32 <= self.ring()).then_some(((start / 64) as usize, start % 64))
    }

    /// The thresholds for a radius, spread evenly; nothing when a band would need more than the largest.
    pub fn thresholds(self, radius_bits: u32) -> Option<Thresholds> {
        let (sum, bands) = (radius_bits.cast_signed() + 1, (self.bands() as u32).cast_signed());
        let (each, more) = (sum / bands, sum % bands);
        let mut thresholds = [-1; BANDS_MAX];
        for (band, threshold) in (0..bands).zip(&mut thresholds) {
            *threshold = each - 1 + i32::from(band < more);
        }
        (thresholds[0] <= THRESHOLD_MAX).then_some(thresholds)
    }

    /// How many keys differ in at most `threshold` bits.
    pub fn ball(self, threshold: i32) -> u64 {
        let mut choose = 1;
        let mut sum = 0;
        for k in 0..=threshold.max(-1) as i64 {
            sum += choose;
            choose = choose * (u64::from(self.bits) - k as u64) / (k as u64 + 1);
        }
        sum
    }

    /// How many keys are looked at.
    pub fn probes(self, thresholds: &Thresholds) -> u64 {
        thresholds[..self.bands()].iter().map(|&threshold| self.ball(threshold)).sum()
    }

    /// What turns a key into those that differ from it in exactly `weight` bits, 0 to 4.
    pub fn masks(self, weight: usize) -> &'static [u32] {
        static MASKS: [OnceLock<[Vec<u32>; WEIGHTS]>; 25] = [const { OnceLock::new() }; 25];
        let of_bits = MASKS[self.bits as usize]
            .get_or_init(|| std::array::from_fn(|weight| words_of_weight(self.bits, weight as u32)));
        &of_bits[weight]
    }

    /// What the sketches of a band are compared with, when the key differs in `weight` bits.
    #[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
    #[inline(always)]
    pub fn probe(self, query: &Stored, thresholds: &Thresholds, band: usize, weight: u32) -> Probe {
        let bands = self.bands();
        let wrapped = |band: usize| if band >= bands { band - bands } else { band };
        let two = thresholds[band] + thresholds[wrapped(band + 1)] + 1;
        let three = two + thresholds[wrapped(band + 2)] + 1;
        // The thresholds after the band may be −1, and the key's own bits are spent: below 0 nothing passes.
        Probe {
            query: self.sketch(query, band),
            near_mask: low_bits(self.bits),
            near_max: two - weight.cast_signed(),
            far_mask: low_bits(2 * self.bits),
            far_max: three - weight.cast_signed(),
        }
    }

    /// The first band in which the search finds a hash that differs from the query by `difference`.
    #[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
    #[inline(always)]
    pub fn first_band(self, difference: &Stored, thresholds: &Thresholds) -> Option<usize> {
        let zero = [0; 4];
        (0..self.bands()).find(|&band| {
            let weight = self.key(difference, band).count_ones();
            weight.cast_signed() <= thresholds[band]
                && self.probe(&zero, thresholds, band, weight).passes(self.sketch(difference, band))
        })
    }
}

/// All words of `bits` bits of which `weight` are set, upwards (Gosper, HAKMEM 175).
fn words_of_weight(bits: u32, weight: u32) -> Vec<u32> {
    if weight == 0 {
        return vec![0];
    }
    let next = |&word: &u32| {
        let lowest = word & word.wrapping_neg();
        let carried = word + lowest;
        Some(((carried ^ word) / lowest) >> 2 | carried)
    };
    std::iter::successors(Some((1 << weight) - 1), next).take_while(|&word| word >> bits == 0).collect()
}

fn low_bits(count: u32) -> u32 {
    if count >= 32 { u32::MAX } else { (1 << count) - 1 }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Shape, THRESHOLD_MAX, Thresholds};

    fn shapes() -> impl Strategy<Value = Shape> {
        (8..=24_u32).prop_map(|bits| Shape::new(bits).expect("8 to 24"))
    }

    #[test]
    fn masks_are_the_ball_round_a_key() {
        for bits in [8, 16, 23] {
            let shape = Shape::new(bits).expect("8 to 24");
            let mut count = 0;
            for weight in 0..=THRESHOLD_MAX as u32 {
                let masks = shape.masks(weight as usize);
                assert!(masks.is_sorted() && masks.iter().all(|mask| mask.count_ones() == weight));
                count += masks.len() as u64;
                assert_eq!(shape.ball(weight.cast_signed()), count);
            }
            assert_eq!(shape.ball(-1), 0);
        }
    }

    #[test]
    fn thresholds_add_up() {
        let shape = Shape::new(16).expect("16");
        for radius_bits in 0..80 {
            let thresholds = shape.thresholds(radius_bits).expect("at most 4 each");
            assert_eq!(thresholds.iter().take(16).map(|t| t + 1).sum::<i32>(), radius_bits.cast_signed() + 1);
        }
        assert_eq!(shape.thresholds(80), None);
    }

    proptest! {
        #[test]
        fn a_band_and_its_sketch_lie_in_their_place(shape in shapes(), hash: [u64; 4]) {
            let placed = (0..shape.bands()).filter_map(|band| Some((band, shape.place(band)?)));
            prop_assert!(placed.clone().count() + 5 > shape.bands(), "few go round the end");
            for (band, (word, bit)) in placed {
                let next = hash.get(word + 1).copied().unwrap_or_default();
                let bits = (u128::from(hash[word]) | u128::from(next) << 64) >> bit;
                prop_assert_eq!(bits as u32 & ((1 << shape.bits()) - 1), shape.key(&hash, band));
                prop_assert_eq!((bits >> shape.bits()) as u32, shape.sketch(&hash, band));
            }
        }

        /// The lemma itself: whatever the thresholds, a hash within the radius passes in some band.
        #[test]
        fn what_is_within_the_radius_passes_in_some_band(
            shape in shapes(),
            flipped in prop::collection::btree_set(0..256_usize, 0..97),
            weights in prop::collection::vec(0..100_u32, 32),
        ) {
            let mut difference = [0_u64; 4];
            for &k in &flipped {
                difference[k / 64] ^= 1 << (k % 64);
            }
            let mut thresholds: Thresholds = [-1; 32];
            // Any thresholds that add up to the radius + 1.
            for k in 0..=flipped.len() {
                let band = (weights[k % 32] as usize * 7 + k * k) % shape.bands();
                thresholds[band] += 1;
            }
            prop_assert!(shape.first_band(&difference, &thresholds).is_some());
        }
    }
}
