//! What makes votes a stretch.

/// How moments are put together.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rules {
    /// Longest time without a near moment inside a stretch, milliseconds.
    pub gap_ms_max: u32,
    /// How far beside the line a moment may lie, milliseconds: the sampling of both sides.
    pub slack_ms: u32,
    /// Fewest moments of the item in a stretch that agree.
    pub support_min: u32,
    /// Smallest share of the moments between the ends that agree, 0 to 1.
    pub density_min: f64,
    /// Largest mean distance along a stretch, bits; what lies farther is chance.
    pub mean_bits_max: f64,
    /// Smallest [`contrast`](super::Stretch::contrast) of a stretch.
    pub contrast_min: f64,
    /// Radius within which a moment on the line agrees, bits; wider than that of the search.
    pub walk_bits_max: u32,
    /// How far content reaches beyond the first and the last moment's span, milliseconds.
    pub edge_ms: u32,
    /// Most stretches of one entry in one item.
    pub stretches_max: usize,
}

impl Rules {
    /// For pictures sampled twice a second in the item and six times in the entry.
    pub const PICTURES: Self = Self {
        gap_ms_max: 3_000,
        slack_ms: 200,
        support_min: 3,
        density_min: 0.5,
        mean_bits_max: 50.0,
        contrast_min: 90.0,
        walk_bits_max: 60,
        edge_ms: 0,
        stretches_max: 64,
    };

    /// For blocks of sound, each standing for a step around its middle, of 2.6 seconds.
    pub const SOUND: Self = Self {
        gap_ms_max: 4_000,
        slack_ms: 130,
        support_min: 3,
        density_min: 0.8,
        mean_bits_max: 84.0,
        contrast_min: 116.0,
        walk_bits_max: 96,
        edge_ms: 1_216,
        stretches_max: 64,
    };
}
