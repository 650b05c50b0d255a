//! A fingerprinted moment: what an image is once and a video many times.

use crate::bits::Bits256;
use crate::pdq::Orientation;

/// Which part of the decoded picture was hashed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum View {
    /// The whole picture.
    Full,
    /// Without uniform borders and letterbox bars.
    Trimmed,
    /// Without bands that are mostly background, such as captions and application frames.
    Content,
    /// The whole picture laid on white, where it is transparent.
    OnWhite,
    /// A picture too plain for PDQ, or a part of it: the hash is that of [`crate::plain`], and is never compared with
    /// those of other views.
    Plain,
    /// Where local features place an entry, pulled straight: only ever asked for, never kept.
    Straightened,
    /// A picture inside the picture of an item, by its number there, below [`PANELS_MAX`]. What is banked has none.
    Panel(u8),
}

/// Most pictures inside one that are hashed.
pub const PANELS_MAX: usize = 9;

/// How many views there are but for panels.
const WHOLE_VIEWS: usize = 6;

impl View {
    /// All views, in the order of their numbers.
    pub const ALL: [Self; WHOLE_VIEWS + PANELS_MAX] = {
        let mut all = [Self::Full; WHOLE_VIEWS + PANELS_MAX];
        all[1] = Self::Trimmed;
        all[2] = Self::Content;
        all[3] = Self::OnWhite;
        all[4] = Self::Plain;
        all[5] = Self::Straightened;
        let mut panel = 0;
        while panel < PANELS_MAX {
            all[WHOLE_VIEWS + panel] = Self::Panel(panel as u8);
            panel += 1;
        }
        all
    };

    /// Its number in files.
    pub fn number(self) -> u8 {
        match self {
            Self::Full => 0,
            Self::Trimmed => 1,
            Self::Content => 2,
            Self::OnWhite => 3,
            Self::Plain => 4,
            Self::Straightened => 5,
            Self::Panel(panel) => WHOLE_VIEWS as u8 + panel,
        }
    }

    /// A word for people and files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Trimmed => "trimmed",
            Self::Content => "content",
            Self::OnWhite => "on-white",
            Self::Plain => "plain",
            Self::Straightened => "straightened",
            Self::Panel(_) => "panel",
        }
    }

    /// Whether it is a picture inside the picture.
    pub fn is_panel(self) -> bool {
        matches!(self, Self::Panel(_))
    }

    /// Whether hashes of both views are of one kind, so that their distance means something.
    pub fn compares_with(self, other: Self) -> bool {
        (self == Self::Plain) == (other == Self::Plain)
    }

    /// The view with this number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(number as usize).copied()
    }
}

/// PDQ, or the hash of a plain picture, of one view of one moment, in `N` orientations.
///
/// An image is one moment from 0 to 0 ms; a frame of a video holds from its time until the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Frame<const N: usize> {
    /// When it is first seen, milliseconds from the start.
    pub start_ms: u32,
    /// Until when nothing noticeably different is seen, milliseconds from the start.
    pub end_ms: u32,
    /// What was hashed.
    pub view: View,
    /// Meta's PDQ quality, 0 to 100; of a plain picture its structure.
    pub quality: u8,
    /// The hashes; with `N` = 8 one per [`crate::pdq::Orientation`].
    pub bits: [Bits256; N],
}

/// What is kept and searched: the upright hash.
pub type StoredFrame = Frame<1>;

/// What comes out of a reading: all orientations.
pub type ReadFrame = Frame<8>;

/// How something known may be shown when it comes in: turned or mirrored, and with its brightness inverted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pose {
    /// How it was turned.
    pub orientation: Orientation,
    /// Whether it is a negative: what was dark is bright.
    pub negative: bool,
}

impl Pose {
    /// As it is.
    pub const UPRIGHT: Self = Self { orientation: Orientation::Upright, negative: false };

    /// The one that takes what this one did back.
    #[must_use]
    pub fn inverse(self) -> Self {
        Self { orientation: self.orientation.inverse(), ..self }
    }
}

impl ReadFrame {
    /// The hash in one pose. A negative's coefficients have the other sign, and their median too, so that every bit of
    /// PDQ is the other one.
    pub fn posed(&self, pose: Pose) -> Bits256 {
        let bits = self.bits[pose.orientation as usize];
        if pose.negative { !bits } else { bits }
    }

    /// All poses, each of them a question to the index. Plain pictures have no negatives: they are known by their colours.
    pub fn poses(&self) -> impl Iterator<Item = (Pose, Bits256)> + '_ {
        let tones: &[bool] = if self.view == View::Plain { &[false] } else { &[false, true] };
        let poses = tones.iter().flat_map(|&negative| {
            Orientation::ALL.into_iter().map(move |orientation| Pose { orientation, negative })
        });
        poses.map(|pose| (pose, self.posed(pose)))
    }

    /// The same without the other orientations.
    pub fn upright(&self) -> StoredFrame {
        let Self { start_ms, end_ms, view, quality, bits } = *self;
        Frame { start_ms, end_ms, view, quality, bits: [bits[0]] }
    }
}

/// Neighbouring frames of one view that differ by at most this many bits say the same twice.
pub const NEAR_IDENTICAL_BITS: u32 = 10;

/// Drops frames that are near-identical to the last one kept of their view, and lengthens that one.
///
/// Comparing with the last one kept, not with the last one seen, stops a slow fade from being
/// swallowed whole.
pub fn collapse(frames: &[ReadFrame]) -> Vec<ReadFrame> {
    let mut kept: Vec<ReadFrame> = Vec::new();
    let mut last = [None::<usize>; View::ALL.len()];
    for frame in frames {
        let slot = &mut last[usize::from(frame.view.number())];
        match slot.map(|at| &mut kept[at]) {
            Some(previous)
                if previous.end_ms >= frame.start_ms
                    && previous.bits[0].distance(frame.bits[0]) <= NEAR_IDENTICAL_BITS =>
            {
                previous.end_ms = frame.end_ms;
            }
            _ => {
                *slot = Some(kept.len());
                kept.push(*frame);
            }
        }
    }
    kept
}
