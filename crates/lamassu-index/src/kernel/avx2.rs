//! For processors with AVX2: bits are counted by a table of four-bit sums (Muła, Kurz, Lemire 2018).

use std::arch::x86_64::{
    __m256i, _mm256_add_epi8, _mm256_add_epi64, _mm256_and_si256, _mm256_castsi256_pd, _mm256_castsi256_ps,
    _mm256_cmpgt_epi32, _mm256_cmpgt_epi64, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_movemask_pd,
    _mm256_movemask_ps, _mm256_sad_epu8, _mm256_set1_epi8, _mm256_set1_epi16, _mm256_set1_epi32,
    _mm256_set1_epi64x, _mm256_setr_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8, _mm256_srli_epi16,
    _mm256_unpackhi_epi64, _mm256_unpacklo_epi64, _mm256_xor_si256,
};

use bytemuck::must_cast;

use super::scalar::{
    checked, distance_ahead, keep_near, look_ahead, scan_from, scan_halves_from, verify_each,
};
use super::{
    Candidate, HALF_RADIUS_BITS_MAX, Half, Halves, Near, Probe, Range, SCAN_AHEAD, Survivor, Wanted, prefetch,
};
use crate::order::Stored;

const LANES: usize = 8;

pub fn is_available() -> bool {
    is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("lzcnt")
}

/// Set bits of each byte.
#[target_feature(enable = "avx2")]
#[inline]
fn of_bytes(words: __m256i) -> __m256i {
    let sums = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4,
    );
    let low = _mm256_set1_epi8(15);
    let of_low = _mm256_shuffle_epi8(sums, _mm256_and_si256(words, low));
    let of_high = _mm256_shuffle_epi8(sums, _mm256_and_si256(_mm256_srli_epi16::<4>(words), low));
    _mm256_add_epi8(of_low, of_high)
}

/// Set bits of each of eight words.
#[target_feature(enable = "avx2")]
#[inline]
fn count_ones(words: __m256i) -> __m256i {
    let pairs = _mm256_maddubs_epi16(of_bytes(words), _mm256_set1_epi8(1));
    _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))
}

/// One bit for each of eight words: whether it has more than so many set bits under the mask.
#[target_feature(enable = "avx2")]
#[inline]
fn exceed(words: __m256i, mask: u32, max: i32) -> u32 {
    let counts = count_ones(_mm256_and_si256(words, _mm256_set1_epi32(mask.cast_signed())));
    let above = _mm256_cmpgt_epi32(counts, _mm256_set1_epi32(max));
    _mm256_movemask_ps(_mm256_castsi256_ps(above)) as u32
}

#[target_feature(enable = "avx2,popcnt,bmi1,lzcnt")]
pub fn sift(sketches: &[u32], ranges: &[Range], probes: &[Probe], passed: &mut Vec<Survivor>) {
    let ahead = distance_ahead(ranges);
    for (k, range) in ranges.iter().enumerate() {
        look_ahead(sketches, ranges, k + ahead);
        let Some((sketches, probe)) = checked(sketches, range, probes) else { continue };
        let query = _mm256_set1_epi32(probe.query.cast_signed());
        let count = (range.end - range.start) as usize;
        for (start, lanes) in (0..count).step_by(LANES).zip(sketches.as_chunks::<LANES>().0) {
            let differing = _mm256_xor_si256(must_cast::<[u32; LANES], __m256i>(*lanes), query);
            let inside = 0xff >> LANES.saturating_sub(count - start);
            let mut passing = inside & !exceed(differing, probe.near_mask, probe.near_max);
            if passing == 0 {
                continue;
            }
            passing &= !exceed(differing, probe.far_mask, probe.far_max);
            while passing != 0 {
                let position = range.start + start as u32 + passing.trailing_zeros();
                passed.push(Survivor { position, probe: range.probe });
                passing &= passing - 1;
            }
        }
    }
}

/// Set bits of each of four words.
#[target_feature(enable = "avx2")]
#[inline]
fn count_wide(words: __m256i) -> __m256i {
    _mm256_sad_epu8(of_bytes(words), _mm256_setzero_si256())
}

#[target_feature(enable = "avx2,popcnt,bmi1,lzcnt")]
pub fn scan(hashes: Halves<'_>, (query, bits): (u32, &Stored), radius_bits: u32, near: &mut Vec<Near>) {
    let [a, b, c, d] = *bits;
    let first_query = must_cast::<[u64; 4], __m256i>([a, b, a, b]);
    let second_query = must_cast::<[u64; 4], __m256i>([c, d, c, d]);
    let max = _mm256_set1_epi64x(i64::from(radius_bits));
    let halved = radius_bits <= HALF_RADIUS_BITS_MAX;
    let (first, second) = (hashes.first.as_chunks::<4>().0, hashes.second.as_chunks::<4>().0);
    for (block, (first, second)) in first.iter().zip(second).enumerate() {
        prefetch(hashes.first, 4 * block + SCAN_AHEAD);
        let [low, high] = must_cast::<[Half; 4], [__m256i; 2]>(*first);
        let mut low = count_wide(_mm256_xor_si256(low, first_query));
        let mut high = count_wide(_mm256_xor_si256(high, first_query));
        if !halved {
            let [more_low, more_high] = must_cast::<[Half; 4], [__m256i; 2]>(*second);
            low = _mm256_add_epi64(low, count_wide(_mm256_xor_si256(more_low, second_query)));
            high = _mm256_add_epi64(high, count_wide(_mm256_xor_si256(more_high, second_query)));
        }
        // Sums of hashes 0, 2, 1 and 3.
        let sums = _mm256_add_epi64(_mm256_unpacklo_epi64(low, high), _mm256_unpackhi_epi64(low, high));
        let beyond = _mm256_castsi256_pd(_mm256_cmpgt_epi64(sums, max));
        if _mm256_movemask_pd(beyond) != 0b1111 {
            for place in 4 * block..4 * block + 4 {
                keep_near(place, hashes, (query, bits), radius_bits, near);
            }
        }
    }
    scan_from(4 * first.len().min(second.len()), hashes, (query, bits), radius_bits, near);
}

#[target_feature(enable = "avx2,popcnt,bmi1,lzcnt")]
pub fn scan_halves((from, halves): (u32, &[Half]), query: &Half, radius_bits: u32, near: &mut Vec<u32>) {
    let [a, b] = *query;
    let wide_query = must_cast::<[u64; 4], __m256i>([a, b, a, b]);
    let max = _mm256_set1_epi64x(i64::from(radius_bits));
    let blocks = halves.as_chunks::<4>().0;
    for (block, lanes) in blocks.iter().enumerate() {
        let [low, high] = must_cast::<[Half; 4], [__m256i; 2]>(*lanes);
        let low = count_wide(_mm256_xor_si256(low, wide_query));
        let high = count_wide(_mm256_xor_si256(high, wide_query));
        // Sums of halves 0, 2, 1 and 3.
        let sums = _mm256_add_epi64(_mm256_unpacklo_epi64(low, high), _mm256_unpackhi_epi64(low, high));
        let beyond = _mm256_castsi256_pd(_mm256_cmpgt_epi64(sums, max));
        if _mm256_movemask_pd(beyond) != 0b1111 {
            let place = 4 * block;
            scan_halves_from(place, (from, &halves[..place + 4]), query, radius_bits, near);
        }
    }
    scan_halves_from(4 * blocks.len(), (from, halves), query, radius_bits, near);
}

#[target_feature(enable = "avx2,popcnt,bmi1,lzcnt")]
pub fn verify(hashes: Halves<'_>, wanted: &Wanted<'_>, candidates: &[Candidate], near: &mut Vec<Near>) {
    verify_each(hashes, wanted, candidates, near);
}
