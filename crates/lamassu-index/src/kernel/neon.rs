//! For 64-bit Arm processors: NEON counts bits in bytes and adds neighbours.

use std::arch::aarch64::{
    uint8x16_t, uint32x4_t, vandq_u32, vcleq_s32, vcntq_u8, vdupq_n_s32, vdupq_n_u32, veorq_u32, vpaddlq_u8,
    vpaddlq_u16, vreinterpretq_s32_u32, vreinterpretq_u8_u32,
};

use bytemuck::must_cast;

use super::scalar::{checked, distance_ahead, look_ahead, scan_from, scan_halves_from, verify_each};
use super::{Candidate, Half, Halves, Near, Probe, Range, Survivor, Wanted};
use crate::order::Stored;

const LANES: usize = 4;

pub fn is_available() -> bool {
    std::arch::is_aarch64_feature_detected!("neon")
}

/// For each of four words all bits set when it has at most so many set bits under the mask.
#[target_feature(enable = "neon")]
#[inline]
fn keep(words: uint32x4_t, mask: u32, max: i32) -> [u32; LANES] {
    let masked: uint8x16_t = vreinterpretq_u8_u32(vandq_u32(words, vdupq_n_u32(mask)));
    let counts = vpaddlq_u16(vpaddlq_u8(vcntq_u8(masked)));
    must_cast(vcleq_s32(vreinterpretq_s32_u32(counts), vdupq_n_s32(max)))
}

#[target_feature(enable = "neon")]
pub fn sift(sketches: &[u32], ranges: &[Range], probes: &[Probe], passed: &mut Vec<Survivor>) {
    let ahead = distance_ahead(ranges);
    for (k, range) in ranges.iter().enumerate() {
        look_ahead(sketches, ranges, k + ahead);
        let Some((sketches, probe)) = checked(sketches, range, probes) else { continue };
        let query = vdupq_n_u32(probe.query);
        let count = (range.end - range.start) as usize;
        for (start, lanes) in (0..count).step_by(LANES).zip(sketches.as_chunks::<LANES>().0) {
            let differing = veorq_u32(must_cast::<[u32; LANES], uint32x4_t>(*lanes), query);
            let near = keep(differing, probe.near_mask, probe.near_max);
            if near == [0; LANES] {
                continue;
            }
            let far = keep(differing, probe.far_mask, probe.far_max);
            for lane in (0..LANES.min(count - start)).filter(|&lane| near[lane] & far[lane] != 0) {
                passed.push(Survivor { position: range.start + (start + lane) as u32, probe: range.probe });
            }
        }
    }
}

#[target_feature(enable = "neon")]
pub fn scan(hashes: Halves<'_>, query: (u32, &Stored), radius_bits: u32, near: &mut Vec<Near>) {
    scan_from(0, hashes, query, radius_bits, near);
}

#[target_feature(enable = "neon")]
pub fn scan_halves(halves: (u32, &[Half]), query: &Half, radius_bits: u32, near: &mut Vec<u32>) {
    scan_halves_from(0, halves, query, radius_bits, near);
}

#[target_feature(enable = "neon")]
pub fn verify(hashes: Halves<'_>, wanted: &Wanted<'_>, candidates: &[Candidate], near: &mut Vec<Near>) {
    verify_each(hashes, wanted, candidates, near);
}
