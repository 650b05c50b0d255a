//! For processors with AVX-512 and VPOPCNTDQ, which count bits in one instruction.

use std::arch::x86_64::{
    __m512i, _mm512_add_epi64, _mm512_and_si512, _mm512_cmple_epi32_mask, _mm512_cmple_epi64_mask,
    _mm512_mask_cmple_epi32_mask, _mm512_popcnt_epi32, _mm512_popcnt_epi64, _mm512_set1_epi32,
    _mm512_set1_epi64, _mm512_unpackhi_epi64, _mm512_unpacklo_epi64, _mm512_xor_si512,
};

use bytemuck::must_cast;

use super::scalar::{
    checked, distance_ahead, keep_near, look_ahead, scan_from, scan_halves_from, verify_each,
};
use super::{
    Candidate, HALF_RADIUS_BITS_MAX, Half, Halves, Near, Probe, Range, SCAN_AHEAD, Survivor, Wanted, prefetch,
};
use crate::order::Stored;

const LANES: usize = 16;

pub fn is_available() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vpopcntdq")
        && is_x86_feature_detected!("popcnt")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("lzcnt")
}

#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx512vpopcntdq,popcnt,bmi1,lzcnt")]
pub fn sift(sketches: &[u32], ranges: &[Range], probes: &[Probe], passed: &mut Vec<Survivor>) {
    let ahead = distance_ahead(ranges);
    for (k, range) in ranges.iter().enumerate() {
        look_ahead(sketches, ranges, k + ahead);
        let Some((sketches, probe)) = checked(sketches, range, probes) else { continue };
        let query = _mm512_set1_epi32(probe.query.cast_signed());
        let (near_mask, far_mask) = (
            _mm512_set1_epi32(probe.near_mask.cast_signed()),
            _mm512_set1_epi32(probe.far_mask.cast_signed()),
        );
        let (near_max, far_max) = (_mm512_set1_epi32(probe.near_max), _mm512_set1_epi32(probe.far_max));
        let count = (range.end - range.start) as usize;
        for (start, lanes) in (0..count).step_by(LANES).zip(sketches.as_chunks::<LANES>().0) {
            let differing = _mm512_xor_si512(must_cast::<[u32; LANES], __m512i>(*lanes), query);
            let inside = u16::MAX >> LANES.saturating_sub(count - start);
            let near = _mm512_popcnt_epi32(_mm512_and_si512(differing, near_mask));
            let mut passing = inside & _mm512_cmple_epi32_mask(near, near_max);
            if passing == 0 {
                continue;
            }
            let far = _mm512_popcnt_epi32(_mm512_and_si512(differing, far_mask));
            passing = _mm512_mask_cmple_epi32_mask(passing, far, far_max);
            while passing != 0 {
                let position = range.start + start as u32 + passing.trailing_zeros();
                passed.push(Survivor { position, probe: range.probe });
                passing &= passing - 1;
            }
        }
    }
}

#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx512vpopcntdq,popcnt,bmi1,lzcnt")]
pub fn scan(hashes: Halves<'_>, (query, bits): (u32, &Stored), radius_bits: u32, near: &mut Vec<Near>) {
    let [a, b, c, d] = *bits;
    let first_query = must_cast::<[u64; 8], __m512i>([a, b, a, b, a, b, a, b]);
    let second_query = must_cast::<[u64; 8], __m512i>([c, d, c, d, c, d, c, d]);
    let max = _mm512_set1_epi64(i64::from(radius_bits));
    let halved = radius_bits <= HALF_RADIUS_BITS_MAX;
    let (first, second) = (hashes.first.as_chunks::<8>().0, hashes.second.as_chunks::<8>().0);
    for (block, (first, second)) in first.iter().zip(second).enumerate() {
        prefetch(hashes.first, 8 * block + SCAN_AHEAD);
        prefetch(hashes.first, 8 * block + SCAN_AHEAD + 4);
        let [low, high] = must_cast::<[Half; 8], [__m512i; 2]>(*first);
        let mut low = _mm512_popcnt_epi64(_mm512_xor_si512(low, first_query));
        let mut high = _mm512_popcnt_epi64(_mm512_xor_si512(high, first_query));
        if !halved {
            let [more_low, more_high] = must_cast::<[Half; 8], [__m512i; 2]>(*second);
            low = _mm512_add_epi64(low, _mm512_popcnt_epi64(_mm512_xor_si512(more_low, second_query)));
            high = _mm512_add_epi64(high, _mm512_popcnt_epi64(_mm512_xor_si512(more_high, second_query)));
        }
        // Sums of the eight hashes, not in their order.
        let sums = _mm512_add_epi64(_mm512_unpacklo_epi64(low, high), _mm512_unpackhi_epi64(low, high));
        if _mm512_cmple_epi64_mask(sums, max) != 0 {
            for place in 8 * block..8 * block + 8 {
                keep_near(place, hashes, (query, bits), radius_bits, near);
            }
        }
    }
    scan_from(8 * first.len().min(second.len()), hashes, (query, bits), radius_bits, near);
}

#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx512vpopcntdq,popcnt,bmi1,lzcnt")]
pub fn scan_halves((from, halves): (u32, &[Half]), query: &Half, radius_bits: u32, near: &mut Vec<u32>) {
    let [a, b] = *query;
    let wide_query = must_cast::<[u64; 8], __m512i>([a, b, a, b, a, b, a, b]);
    let max = _mm512_set1_epi64(i64::from(radius_bits));
    let blocks = halves.as_chunks::<8>().0;
    for (block, lanes) in blocks.iter().enumerate() {
        let [low, high] = must_cast::<[Half; 8], [__m512i; 2]>(*lanes);
        let low = _mm512_popcnt_epi64(_mm512_xor_si512(low, wide_query));
        let high = _mm512_popcnt_epi64(_mm512_xor_si512(high, wide_query));
        // Sums of the eight halves, not in their order.
        let sums = _mm512_add_epi64(_mm512_unpacklo_epi64(low, high), _mm512_unpackhi_epi64(low, high));
        if _mm512_cmple_epi64_mask(sums, max) != 0 {
            let place = 8 * block;
            scan_halves_from(place, (from, &halves[..place + 8]), query, radius_bits, near);
        }
    }
    scan_halves_from(8 * blocks.len(), (from, halves), query, radius_bits, near);
}

#[target_feature(enable = "avx512f,avx512vl,avx512bw,avx512dq,avx512vpopcntdq,popcnt,bmi1,lzcnt")]
pub fn verify(hashes: Halves<'_>, wanted: &Wanted<'_>, candidates: &[Candidate], near: &mut Vec<Near>) {
    verify_each(hashes, wanted, candidates, near);
}
