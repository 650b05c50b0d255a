//! What the inner loops mean, one value at a time; other forms are built around these.

use super::{
    Candidate, HASHES_AHEAD, Half, Halves, LINE_SKETCHES, LONG_AHEAD, Near, Probe, Range, SHORT_AHEAD,
    SHORT_SKETCHES, SKETCH_PAD, Survivor, Wanted,
};
use crate::kernel::prefetch;
use crate::order::{Stored, distance};

pub fn sift(sketches: &[u32], ranges: &[Range], probes: &[Probe], passed: &mut Vec<Survivor>) {
    let ahead = distance_ahead(ranges);
    for (k, range) in ranges.iter().enumerate() {
        look_ahead(sketches, ranges, k + ahead);
        let Some((sketches, probe)) = checked(sketches, range, probes) else { continue };
        let count = (range.end - range.start) as usize;
        for (position, &sketch) in (range.start..).zip(&sketches[..count]) {
            if probe.passes(sketch) {
                passed.push(Survivor { position, probe: range.probe });
            }
        }
    }
}

/// The sketches of the range and [`SKETCH_PAD`] beyond it, and its probe; nothing when they are not there.
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
pub fn checked<'a>(
    sketches: &'a [u32],
    range: &Range,
    probes: &'a [Probe],
) -> Option<(&'a [u32], &'a Probe)> {
    let sketches = sketches.get(range.start as usize..range.end as usize + SKETCH_PAD)?;
    (range.start < range.end).then_some(())?;
    Some((sketches, probes.get(range.probe as usize)?))
}

/// How many ranges ahead their sketches are asked for: a processor has few requests under way at a time, and long
/// ranges take many each.
pub fn distance_ahead(ranges: &[Range]) -> usize {
    let sketches: u64 = ranges.iter().map(|range| u64::from(range.end.saturating_sub(range.start))).sum();
    let are_short = sketches <= SHORT_SKETCHES * ranges.len() as u64;
    if are_short { SHORT_AHEAD } else { LONG_AHEAD }
}

/// Asks for the sketches of a range that is some places on.
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
pub fn look_ahead(sketches: &[u32], ranges: &[Range], k: usize) {
    let Some(ahead) = ranges.get(k) else { return };
    for position in (ahead.start as usize..ahead.end as usize).step_by(LINE_SKETCHES) {
        prefetch(sketches, position);
    }
    prefetch(sketches, (ahead.end as usize).wrapping_sub(1));
}

pub fn scan(hashes: Halves<'_>, query: (u32, &Stored), radius_bits: u32, near: &mut Vec<Near>) {
    scan_from(0, hashes, query, radius_bits, near);
}

pub fn verify(hashes: Halves<'_>, wanted: &Wanted<'_>, candidates: &[Candidate], near: &mut Vec<Near>) {
    verify_each(hashes, wanted, candidates, near);
}

/// The scan of the hashes from place `start` on, one after the other.
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
pub fn scan_from(
    start: usize,
    hashes: Halves<'_>,
    (query, bits): (u32, &Stored),
    radius_bits: u32,
    near: &mut Vec<Near>,
) {
    for (place, first) in hashes.first.iter().enumerate().skip(start) {
        let bound = (first[0] ^ bits[0]).count_ones() + (first[1] ^ bits[1]).count_ones();
        if bound <= radius_bits {
            keep_near(place, hashes, (query, bits), radius_bits, near);
        }
    }
}

pub fn scan_halves(halves: (u32, &[Half]), query: &Half, radius_bits: u32, near: &mut Vec<u32>) {
    scan_halves_from(0, halves, query, radius_bits, near);
}

/// The scan of the halves from place `start` on, one after the other.
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
pub fn scan_halves_from(
    start: usize,
    (from, halves): (u32, &[Half]),
    query: &Half,
    radius_bits: u32,
    near: &mut Vec<u32>,
) {
    for (place, half) in halves.iter().enumerate().skip(start) {
        let distance_bits = (half[0] ^ query[0]).count_ones() + (half[1] ^ query[1]).count_ones();
        if distance_bits <= radius_bits {
            near.push(from + place as u32);
        }
    }
}

/// Adds the hash at this place if it is within the radius.
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
pub fn keep_near(
    place: usize,
    hashes: Halves<'_>,
    (query, bits): (u32, &Stored),
    radius_bits: u32,
    near: &mut Vec<Near>,
) {
    let Some(hash) = hashes.get(place) else { return };
    let distance_bits = distance(&hash, bits);
    if distance_bits <= radius_bits {
        near.push(Near { hash: hashes.from + place as u32, query, distance_bits });
    }
}

/// Verifies candidates one after the other.
#[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
#[inline(always)]
pub fn verify_each(hashes: Halves<'_>, wanted: &Wanted<'_>, candidates: &[Candidate], near: &mut Vec<Near>) {
    for (k, &Candidate { hash, query, band }) in candidates.iter().enumerate() {
        if let Some(ahead) = candidates.get(k + HASHES_AHEAD) {
            prefetch(hashes.first, ahead.hash as usize);
            prefetch(hashes.second, ahead.hash as usize);
        }
        let Some(stored) = hashes.get(hash as usize) else { continue };
        let Some(bits) = wanted.queries.get(query as usize) else { continue };
        let distance_bits = distance(&stored, bits);
        if distance_bits <= wanted.radius_bits {
            let difference = std::array::from_fn(|word| stored[word] ^ bits[word]);
            if wanted.shape.first_band(&difference, wanted.thresholds) == Some(band as usize) {
                near.push(Near { hash, query, distance_bits });
            }
        }
    }
}
