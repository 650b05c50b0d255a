//! When the index seals, cuts into bands and merges.

use crate::kernel::Kernel;

/// How a search chooses between bands and a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Method {
    /// Whatever costs less by the sizes of the buckets.
    #[default]
    Cheapest,
    /// Bands wherever there are some: to measure and to test them.
    Bands,
    /// A scan: to measure it, and what every search must equal.
    Scan,
}

/// The settings of an index. The answers do not depend on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tuning {
    /// For which processor the inner loops are compiled.
    pub kernel: Kernel,
    /// How a search chooses.
    pub method: Method,
    /// Hashes and entries in memory after which they are sealed into a segment.
    pub sealed_at: usize,
    /// Hashes from which on a segment is cut into bands; below a scan is as fast.
    pub banded_from: usize,
    /// Hashes from which on bands are wide: many short buckets.
    pub wide_from: usize,
    /// Bits of narrow and wide bands, 8 to 24 each.
    pub band_bits: [u32; 2],
    /// Most segments, each of which costs a query some microseconds.
    pub segments_max: usize,
    /// A segment is merged with younger ones when it is at most so many times larger.
    pub merge_ratio: usize,
}

impl Default for Tuning {
    fn default() -> Self {
        Self {
            kernel: Kernel::default(),
            method: Method::default(),
            sealed_at: 16_384,
            banded_from: 20_000,
            wide_from: 40_000_000,
            band_bits: [16, 23],
            segments_max: 3,
            merge_ratio: 8,
        }
    }
}

impl Tuning {
    /// The width of bands for so many hashes; 0 for none.
    pub(crate) fn band_bits_for(&self, hashes: usize) -> u32 {
        match hashes {
            few if few < self.banded_from => 0,
            some if some < self.wide_from => self.band_bits[0],
            _ => self.band_bits[1],
        }
    }
}
