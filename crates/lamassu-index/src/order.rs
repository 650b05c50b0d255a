//! The fixed order in which the bits of a hash are stored, and a window of 32 bits round the ring.
//!
//! Bands are cut from neighbouring bits. Neighbouring bits of PDQ belong to one row of its 16 × 16
//! frequencies and depend on each other, which fills some buckets more than others. The stored order walks
//! diagonals instead: stored bit `16·b + i` is bit `16·i + (i + b) mod 16` of the hash. Distances are the
//! same in any order, so nothing but speed depends on it; but it is part of the format of a segment.

use lamassu_fingerprint::Bits256;

/// A hash in the stored order.
pub type Stored = [u64; 4];

/// Puts a hash into the stored order.
pub fn stored(hash: Bits256) -> Stored {
    let mut rows: [u16; 16] = std::array::from_fn(|i| {
        let row = (hash.0[i / 4] >> (16 * (i % 4))) as u16;
        row.rotate_right(i as u32)
    });
    transpose(&mut rows);
    std::array::from_fn(|word| (0..4).fold(0, |bits, k| bits | u64::from(rows[4 * word + k]) << (16 * k)))
}

/// Bit `b` of row `i` becomes bit `i` of row `b`, by halving blocks (Warren, Hacker's Delight, 7-3).
fn transpose(rows: &mut [u16; 16]) {
    let mut width = 8;
    let mut low: u16 = 0x00ff;
    while width > 0 {
        for block in (0..16).step_by(2 * width) {
            for k in block..block + width {
                let swapped = ((rows[k] >> width) ^ rows[k + width]) & low;
                rows[k + width] ^= swapped;
                rows[k] ^= swapped << width;
            }
        }
        width /= 2;
        low ^= low << width;
    }
}

/// The distance of two hashes in the stored order.
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
pub fn distance(a: &Stored, b: &Stored) -> u32 {
    Bits256(*a).distance(Bits256(*b))
}

/// The 32 bits from `start` on, on a ring of the first `ring` bits (at least 32, at most 256).
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
pub fn window(hash: &Stored, start: u32, ring: u32) -> u32 {
    let start = if start >= ring { start - ring } else { start };
    let before_end = ring - start;
    if before_end >= 32 {
        return bits(hash, start);
    }
    (bits(hash, start) & ((1 << before_end) - 1)) | (hash[0] as u32) << before_end
}

/// The 32 bits from `start` on, with zeros after bit 255.
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
fn bits(hash: &Stored, start: u32) -> u32 {
    let (word, shift) = ((start / 64) as usize & 3, start % 64);
    let next = if word < 3 { hash[word + 1] } else { 0 };
    ((u128::from(hash[word]) | u128::from(next) << 64) >> shift) as u32
}

#[cfg(test)]
mod tests {
    use lamassu_fingerprint::Bits256;
    use proptest::prelude::*;

    use super::{stored, window};

    fn bit(words: &[u64; 4], k: usize) -> bool {
        words[k / 64] >> (k % 64) & 1 == 1
    }

    proptest! {
        #[test]
        fn each_bit_goes_where_the_formula_says(hash: [u64; 4]) {
            let stored = stored(Bits256(hash));
            for b in 0..16 {
                for i in 0..16 {
                    prop_assert_eq!(bit(&stored, 16 * b + i), bit(&hash, 16 * i + (i + b) % 16));
                }
            }
        }

        #[test]
        fn a_window_wraps_at_the_end_of_its_ring(hash: [u64; 4], ring in 32..=256_u32, start in 0..256_u32) {
            let start = start % ring;
            let expected = (0..32).fold(0_u32, |bits, k| {
                bits | u32::from(bit(&hash, ((start + k) % ring) as usize)) << k
            });
            prop_assert_eq!(window(&hash, start, ring), expected);
            prop_assert_eq!(window(&hash, start + ring, ring), expected);
        }
    }
}
