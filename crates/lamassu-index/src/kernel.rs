//! The inner loops, compiled for several processors and chosen at run time.
//!
//! `sift` compares the sketches of many short ranges with a query and keeps the few that may be near, `verify`
//! compares those with the query, and `scan` compares all hashes. Each has a scalar twin that says what it means. The vector forms are safe functions
//! under `#[target_feature]`; a [`Kernel`] exists only where the processor has what it needs, and that is what
//! makes calling them sound.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod prefetch;
mod scalar;

use std::fmt;
use std::sync::OnceLock;

use crate::bands::{Shape, Thresholds};
use crate::order::Stored;

pub(crate) use prefetch::prefetch;

/// Sketches that a vector form may read beyond a range; as many pad the end.
pub const SKETCH_PAD: usize = 16;
/// So many candidates ahead their hashes are asked from memory.
const HASHES_AHEAD: usize = 12;
/// So many ranges ahead sketches are asked from memory, where they are short, and where they are long.
const SHORT_AHEAD: usize = 24;
const LONG_AHEAD: usize = 5;
/// Ranges are short that have at most so many sketches each: two cache lines, as few begin with a line.
const SHORT_SKETCHES: u64 = 24;
/// So many hashes ahead a scan asks for them, beyond what processors do by themselves.
#[cfg(target_arch = "x86_64")]
const SCAN_AHEAD: usize = 64;
/// Sketches of a cache line.
const LINE_SKETCHES: usize = 16;

/// Half a hash: 128 bits in the stored order.
pub type Half = [u64; 2];

/// What sketches are compared with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Probe {
    /// The sketch of the query.
    pub query: u32,
    /// Which bits belong to the next band.
    pub near_mask: u32,
    /// How many of them may differ.
    pub near_max: i32,
    /// Which bits belong to the next two bands.
    pub far_mask: u32,
    /// How many of them may differ.
    pub far_max: i32,
}

impl Probe {
    /// Whether the hash of this sketch may be near.
    #[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
    #[inline(always)]
    pub fn passes(&self, sketch: u32) -> bool {
        let differing = sketch ^ self.query;
        (differing & self.near_mask).count_ones().cast_signed() <= self.near_max
            && (differing & self.far_mask).count_ones().cast_signed() <= self.far_max
    }
}

/// Sketches from `start` to before `end`, and the number of the probe for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Range {
    pub start: u32,
    pub end: u32,
    pub probe: u32,
}

impl Range {
    /// How many sketches.
    pub fn sketches(&self) -> u64 {
        u64::from(self.end - self.start)
    }

    /// Itself in parts of so many sketches, made one by one: of damaged bytes it may be very long.
    pub fn parts(self, sketches: u32) -> impl Iterator<Item = Self> {
        let starts = (self.start..self.end).step_by(sketches as usize);
        starts.map(move |start| Self { start, end: self.end.min(start.saturating_add(sketches)), ..self })
    }
}

/// A sketch that passed its probe.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Survivor {
    pub position: u32,
    pub probe: u32,
}

/// A hash whose sketch passed: its place, the query's, and the band it was found in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Candidate {
    pub hash: u32,
    pub query: u32,
    pub band: u32,
}

/// A hash within the radius: its place, the query's, and its distance in bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Near {
    pub hash: u32,
    pub query: u32,
    pub distance_bits: u32,
}

/// What candidates are verified against.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    pub queries: &'a [Stored],
    pub radius_bits: u32,
    pub shape: Shape,
    pub thresholds: &'a Thresholds,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Scalar,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
    #[cfg(target_arch = "aarch64")]
    Neon,
}

/// For which processor the inner loops are compiled. All give the same answers.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Kernel(Kind);

impl Kernel {
    /// Those that this processor can run, the fastest first.
    pub fn available() -> &'static [Self] {
        static AVAILABLE: OnceLock<Vec<Kernel>> = OnceLock::new();
        AVAILABLE.get_or_init(|| {
            let mut kernels = Vec::new();
            #[cfg(target_arch = "x86_64")]
            {
                if avx512::is_available() {
                    kernels.push(Self(Kind::Avx512));
                }
                if avx2::is_available() {
                    kernels.push(Self(Kind::Avx2));
                }
            }
            #[cfg(target_arch = "aarch64")]
            if neon::is_available() {
                kernels.push(Self(Kind::Neon));
            }
            kernels.push(Self(Kind::Scalar));
            kernels
        })
    }

    /// The one of this name: `avx512`, `avx2`, `neon` or `scalar`; nothing where it cannot run.
    pub fn named(name: &str) -> Option<Self> {
        Self::available().iter().copied().find(|kernel| kernel.name() == name)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        match self.0 {
            Kind::Scalar => "scalar",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => "avx512",
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => "neon",
        }
    }

    /// Adds those of the ranges' sketches that pass their probe to `passed`. `sketches` ends with
    /// [`SKETCH_PAD`] more than any range reaches; a range that reaches farther is passed over.
    #[expect(unsafe_code, reason = "the vector forms need a processor that has them")]
    pub fn sift(self, sketches: &[u32], ranges: &[Range], probes: &[Probe], passed: &mut Vec<Survivor>) {
        match self.0 {
            Kind::Scalar => scalar::sift(sketches, ranges, probes, passed),
            // SAFETY: this kernel was made by `available`, which asked the processor for these features.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { avx2::sift(sketches, ranges, probes, passed) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { avx512::sift(sketches, ranges, probes, passed) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => unsafe { neon::sift(sketches, ranges, probes, passed) },
        }
    }

    /// Adds every hash within the radius to `near`, with its place and that of the query; place `k` is
    /// `hashes.from + k`.
    #[expect(unsafe_code, reason = "the vector forms need a processor that has them")]
    pub fn scan(self, hashes: Halves<'_>, query: (u32, &Stored), radius_bits: u32, near: &mut Vec<Near>) {
        match self.0 {
            Kind::Scalar => scalar::scan(hashes, query, radius_bits, near),
            // SAFETY: this kernel was made by `available`, which asked the processor for these features.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { avx2::scan(hashes, query, radius_bits, near) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { avx512::scan(hashes, query, radius_bits, near) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => unsafe { neon::scan(hashes, query, radius_bits, near) },
        }
    }

    /// Adds the places of the halves within the radius to `near`; place `k` is `from + k`.
    #[expect(unsafe_code, reason = "the vector forms need a processor that has them")]
    pub fn scan_halves(
        self,
        (from, halves): (u32, &[Half]),
        query: &Half,
        radius_bits: u32,
        near: &mut Vec<u32>,
    ) {
        match self.0 {
            Kind::Scalar => scalar::scan_halves((from, halves), query, radius_bits, near),
            // SAFETY: this kernel was made by `available`, which asked the processor for these features.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { avx2::scan_halves((from, halves), query, radius_bits, near) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { avx512::scan_halves((from, halves), query, radius_bits, near) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => unsafe { neon::scan_halves((from, halves), query, radius_bits, near) },
        }
    }

    /// Adds the candidates within the radius to `near`, each in the first band that finds it.
    #[expect(unsafe_code, reason = "the vector forms need a processor that has them")]
    pub fn verify(
        self,
        hashes: Halves<'_>,
        wanted: &Wanted<'_>,
        candidates: &[Candidate],
        near: &mut Vec<Near>,
    ) {
        match self.0 {
            Kind::Scalar => scalar::verify(hashes, wanted, candidates, near),
            // SAFETY: this kernel was made by `available`, which asked the processor for these features.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx2 => unsafe { avx2::verify(hashes, wanted, candidates, near) },
            // SAFETY: as above.
            #[cfg(target_arch = "x86_64")]
            Kind::Avx512 => unsafe { avx512::verify(hashes, wanted, candidates, near) },
            // SAFETY: as above.
            #[cfg(target_arch = "aarch64")]
            Kind::Neon => unsafe { neon::verify(hashes, wanted, candidates, near) },
        }
    }
}

impl Default for Kernel {
    /// The fastest that this processor can run.
    fn default() -> Self {
        Self::available()[0]
    }
}

impl fmt::Debug for Kernel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kernel({})", self.name())
    }
}

/// Hashes in two columns, so that a scan for a small radius reads only the first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Halves<'a> {
    pub first: &'a [Half],
    pub second: &'a [Half],
    /// The place of the first of them.
    pub from: u32,
}

impl Halves<'_> {
    /// The whole hash; nothing beyond the end of either column.
    #[expect(clippy::inline_always, reason = "each kernel compiles it for its processor")]
    #[inline(always)]
    pub fn get(&self, place: usize) -> Option<Stored> {
        let ([a, b], [c, d]) = (*self.first.get(place)?, *self.second.get(place)?);
        Some([a, b, c, d])
    }
}

/// The largest radius at which few of the first halves of unrelated hashes lie within it: 128 bits differ in
/// 64 ± 5.7, so that one in 600 passes at 47 and one in ten at 56.
pub const HALF_RADIUS_BITS_MAX: u32 = 47;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Halves, Kernel, Probe, Range, SKETCH_PAD};

    /// Words of which some differ little from each other.
    fn words(count: usize) -> impl Strategy<Value = Vec<u32>> {
        let word = prop_oneof![any::<u32>(), Just(0), (0..32_u32).prop_map(|k| 1 << k), Just(0xff_00ff)];
        prop::collection::vec(word, count)
    }

    fn probes() -> impl Strategy<Value = Vec<Probe>> {
        let mask = |bits: u32| if bits >= 32 { u32::MAX } else { (1 << bits) - 1 };
        let probe =
            (words(1), 8..=24_u32, -2..9_i32, 0..9_i32).prop_map(move |(word, bits, near_max, more)| {
                let (near_mask, far_mask) = (mask(bits), mask(2 * bits));
                Probe { query: word[0], near_mask, near_max, far_mask, far_max: near_max + more }
            });
        prop::collection::vec(probe, 1..6)
    }

    proptest! {
        #[test]
        fn every_sift_equals_the_scalar_one(
            sketches in words(200 + SKETCH_PAD),
            ranges in prop::collection::vec((0..200_u32, 0..70_u32, any::<prop::sample::Index>()), 0..30),
            probes in probes(),
        ) {
            let ranges: Vec<Range> = ranges
                .into_iter()
                .map(|(start, length, probe)| {
                    let probe = probe.index(probes.len()) as u32;
                    Range { start, end: (start + length).min(200), probe }
                })
                .collect();
            let mut expected = Vec::new();
            for range in &ranges {
                let passing = |position: &u32| {
                    probes[range.probe as usize].passes(sketches[*position as usize])
                };
                expected.extend((range.start..range.end).filter(passing).map(|at| (at, range.probe)));
            }
            for kernel in Kernel::available() {
                let mut passed = Vec::new();
                kernel.sift(&sketches, &ranges, &probes, &mut passed);
                let passed: Vec<_> = passed.iter().map(|it| (it.position, it.probe)).collect();
                prop_assert_eq!(&passed, &expected, "{:?}", kernel);
            }
        }

        #[test]
        fn every_scan_equals_the_scalar_one(
            hashes in prop::collection::vec(any::<[u64; 4]>(), 0..150),
            flips in prop::collection::vec((any::<prop::sample::Index>(), 0..90_usize), 0..20),
            query: [u64; 4], radius_bits in 0..=256_u32, from in 0..9_u32,
        ) {
            let mut hashes = hashes;
            // Some near the query, at all distances.
            if !hashes.is_empty() {
                for (place, flipped) in flips {
                    let mut near = query;
                    (0..flipped).for_each(|k| near[k * 7 % 4] ^= 1 << (k * 13 % 64));
                    let place = place.index(hashes.len());
                    hashes[place] = near;
                }
            }
            let first: Vec<[u64; 2]> = hashes.iter().map(|&[a, b, ..]| [a, b]).collect();
            let second: Vec<[u64; 2]> = hashes.iter().map(|&[.., c, d]| [c, d]).collect();
            let expected: Vec<(u32, u32)> = (from..)
                .zip(&hashes)
                .map(|(place, hash)| (place, (0..4).map(|k| (hash[k] ^ query[k]).count_ones()).sum()))
                .filter(|&(_, distance_bits)| distance_bits <= radius_bits)
                .collect();
            for kernel in Kernel::available() {
                let mut near = Vec::new();
                let halves = Halves { first: &first, second: &second, from };
                kernel.scan(halves, (7, &query), radius_bits, &mut near);
                prop_assert!(near.iter().all(|it| it.query == 7));
                let near: Vec<_> = near.iter().map(|it| (it.hash, it.distance_bits)).collect();
                prop_assert_eq!(&near, &expected, "{:?}", kernel);
            }
        }

        #[test]
        fn every_scan_of_halves_equals_the_scalar_one(
            halves in prop::collection::vec(any::<[u64; 2]>(), 0..70),
            flips in prop::collection::vec((any::<prop::sample::Index>(), 0..60_usize), 0..20),
            query: [u64; 2], radius_bits in 0..=128_u32, from in 0..9_u32,
        ) {
            let mut halves = halves;
            for (place, flipped) in flips {
                if !halves.is_empty() {
                    let mut near = query;
                    (0..flipped).for_each(|k| near[k % 2] ^= 1 << (k * 13 % 64));
                    let place = place.index(halves.len());
                    halves[place] = near;
                }
            }
            let distance = |half: &[u64; 2]| (0..2).map(|k| (half[k] ^ query[k]).count_ones()).sum::<u32>();
            let within = (from..).zip(&halves).filter(|(_, half)| distance(half) <= radius_bits);
            let expected: Vec<u32> = within.map(|(place, _)| place).collect();
            for kernel in Kernel::available() {
                let mut near = Vec::new();
                kernel.scan_halves((from, &halves), &query, radius_bits, &mut near);
                prop_assert_eq!(&near, &expected, "{:?}", kernel);
            }
        }
    }

    #[test]
    fn a_range_that_lies_is_passed_over() {
        let sketches = vec![0; 10 + SKETCH_PAD];
        let probes = [Probe { far_max: 32, near_max: 32, ..Probe::default() }];
        let lying = [(5, 4000, 0), (u32::MAX - 1, u32::MAX, 0), (0, 3, 7), (9, 2, 0), (0, 27, 0)];
        let ranges = lying.map(|(start, end, probe)| Range { start, end, probe });
        for kernel in Kernel::available() {
            let mut passed = Vec::new();
            kernel.sift(&sketches, &ranges, &probes, &mut passed);
            assert_eq!(passed, [], "{kernel:?}");
        }
    }
}
