//! The changes of speed that an item is listened to under.

/// A change of pitch and tempo that is undone while listening.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Variant {
    /// How much higher the item sounds than the entry, in thousandths of the frequency.
    pub pitch_permille: i16,
    /// How much faster the item plays than the entry, in thousandths of the rate.
    pub tempo_permille: i16,
}

/// How far from a variant's tempo a block is still recognised: half way to the next variant, and a little.
const RATE_REACH: f64 = 0.045;

impl Variant {
    /// As it is: what entries are stored in.
    pub const PLAIN: Self = Self::new(0, 0);

    /// What an item is listened to in: the plain one first, the most usual before the rarer.
    ///
    /// Pitches lie two percent apart up to six. A change of pitch alone and one of speed, which changes
    /// both, share a variant with half the tempo. Two more are for a change of tempo alone.
    pub const ALL: [Self; 9] = [
        Self::PLAIN,
        Self::new(20, 10),
        Self::new(-20, -10),
        Self::new(40, 20),
        Self::new(-40, -20),
        Self::new(0, 80),
        Self::new(0, -80),
        Self::new(60, 30),
        Self::new(-60, -30),
    ];

    const fn new(pitch_permille: i16, tempo_permille: i16) -> Self {
        Self { pitch_permille, tempo_permille }
    }

    /// Slowest and fastest playback, entry time per item time, of what this variant is the best one for.
    pub fn rates(self) -> (f64, f64) {
        (self.tempo() - RATE_REACH, self.tempo() + RATE_REACH)
    }

    /// How many times higher.
    pub(super) fn pitch(self) -> f64 {
        1.0 + f64::from(self.pitch_permille) / 1000.0
    }

    /// How many times faster.
    pub(super) fn tempo(self) -> f64 {
        1.0 + f64::from(self.tempo_permille) / 1000.0
    }
}
