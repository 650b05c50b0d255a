//! What was found, before anybody judges it: all that `decide` sees and all that the store keeps.

use lamassu_fingerprint::{Area, Digest};
use serde::{Deserialize, Serialize};

use crate::mandate::Mandate;
use crate::medium::Medium;
use crate::names::{BankName, CaseId, EntryId};

/// How an entry was found in an item, surest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Method {
    /// The same bytes.
    Sha256,
    /// One picture of the item is near one picture of the entry.
    Pdq,
    /// Local features of the entry lie in the item as they lie in the entry: it is cropped, turned, pasted into
    /// another picture or written over.
    Local,
    /// Some seconds of the item sound like some of the entry.
    Sound,
    /// Several frames in a row are near frames of the entry at the same pace.
    Frames,
    /// Both are plain pictures, such as flags or dark frames, and brightness and colours lie in the item where they lie
    /// in the entry.
    Plain,
    /// The entry is a mark, and its local features lie in the item as they lie in the mark.
    Logo,
}

impl Method {
    /// The word used in answers.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sha256 => "sha256",
            Self::Pdq => "pdq",
            Self::Local => "local",
            Self::Sound => "sound",
            Self::Frames => "frames",
            Self::Plain => "plain",
            Self::Logo => "logo",
        }
    }
}

/// A stretch of the item that shows a stretch of the entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Segment {
    /// Start in the item, milliseconds.
    pub item_start_ms: u32,
    /// End in the item, milliseconds.
    pub item_end_ms: u32,
    /// Start in the entry, milliseconds.
    pub entry_start_ms: u32,
    /// End in the entry, milliseconds.
    pub entry_end_ms: u32,
    /// How many frames of the item, or blocks of its sound, support it.
    pub frames: u32,
    /// Mean distance of those, in bits, rounded down.
    pub distance_bits: u32,
    /// In which part of the item's picture it is seen, nowhere if that is not known; none where it is all of it, and of
    /// sound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Area>,
}

/// Where what was compared lies, each in its own upright picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Areas {
    /// In the item.
    pub item: Area,
    /// In the entry.
    pub entry: Area,
}

/// Where the picture of an entry lies in an item, and what bears it out.
///
/// Places are shares of the sides of the upright pictures, from the upper left corner.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Placed {
    /// Local features of the entry that were found in their place.
    pub inliers: u32,
    /// Those that could be seen, found or not.
    pub visible: u32,
    /// Those that the entry has.
    pub entry_features: u32,
    /// Median distance of the inliers, in bits.
    pub distance_bits: u32,
    /// Over how much of what can be seen the inliers are spread, 0 to 1.
    pub spread: f32,
    /// How much less likely the inliers would be by chance, in bits.
    pub evidence_bits: f32,
    /// From the item to the entry, by rows: `(x, y, 1)` becomes `(x', y', w)`, and that `(x'/w, y'/w)`.
    pub transform: [[f64; 3]; 3],
    /// Whether the entry is seen mirrored left to right.
    pub mirrored: bool,
    /// How far it is turned, in degrees clockwise, -180 to 180.
    pub rotation_deg: f32,
    /// Its size in the item, both measured in longer sides.
    pub scale: f32,
    /// Where its corners lie in the item, from its upper left one clockwise.
    pub item_outline: [[f32; 2]; 4],
    /// Which part of it is seen: left, top, right and bottom.
    pub entry_region: [f32; 4],
    /// Where features were found, the most alike first: x and y in the item, x and y in the entry.
    pub places: Vec<[f32; 4]>,
    /// The moments at which item and entry look so, in milliseconds; 0 of what does not play.
    #[serde(default)]
    pub moments_ms: [u32; 2],
}

/// An entry that may be in the item.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Candidate {
    /// The entry's bank.
    pub bank: BankName,
    /// The entry.
    pub entry: EntryId,
    /// The entry's title when it was found.
    pub title: String,
    /// The entry's medium.
    pub medium: Medium,
    /// How it was found.
    pub method: Method,
    /// Distance of the nearest pair, in bits, of PDQ or of hashes of plain pictures; none for a digest.
    pub distance_bits: Option<u32>,
    /// The lower PDQ quality of the nearest pair, or structure of plain pictures; none for a digest.
    pub quality: Option<u8>,
    /// What was hashed of the item, of the entry, and how the item was turned, for the nearest pair.
    pub views: Option<[String; 3]>,
    /// Whether the item shows it as a negative: what is dark in the entry is bright in the item.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub negative: bool,
    /// Where those lie in item and entry; none where that is not known, as for entries banked without it.
    #[serde(default)]
    pub areas: Option<Areas>,
    /// Where the entry's picture lies, when local features found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub placed: Option<Placed>,
    /// Share of the item that is this entry, 0 to 1; none for one picture.
    pub item_coverage: Option<f64>,
    /// Share of the entry that is in the item, 0 to 1; none for one picture.
    pub entry_coverage: Option<f64>,
    /// Where, when item or entry plays.
    pub segments: Vec<Segment>,
}

impl Candidate {
    /// Keeps these segments, and has the coverages say how much they cover.
    pub(crate) fn keep_segments(&mut self, keep: impl FnMut(&Segment) -> bool) {
        let mut kept = self.segments.clone();
        kept.retain(keep);
        self.replace_segments(kept);
    }

    /// As [`Candidate::keep_segments`], with segments that lie inside those there are.
    pub(crate) fn replace_segments(&mut self, segments: Vec<Segment>) {
        let whole = std::mem::replace(&mut self.segments, segments);
        let share = |side: fn(&Segment) -> (u32, u32)| {
            let [before, after] = [&whole, &self.segments].map(|all| covered_ms(all.iter().map(side)));
            if after == before { 1.0 } else { f64::from(after) / f64::from(before) }
        };
        let of_item = share(|it| (it.item_start_ms, it.item_end_ms));
        let of_entry = share(|it| (it.entry_start_ms, it.entry_end_ms));
        self.item_coverage = self.item_coverage.map(|coverage| coverage * of_item);
        self.entry_coverage = self.entry_coverage.map(|coverage| coverage * of_entry);
    }
}

/// Milliseconds that lie in at least one of the spans, each from a start to an end.
pub fn covered_ms(spans: impl Iterator<Item = (u32, u32)>) -> u32 {
    let mut spans: Vec<_> = spans.collect();
    spans.sort_unstable();
    let (mut total, mut until) = (0, 0);
    for (start, end) in spans {
        total += end.saturating_sub(start.max(until));
        until = until.max(end);
    }
    total
}

/// A burst of near-identical items that no bank knows, as one of them saw it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rising {
    /// How many items lie near this one, itself included.
    pub items: u32,
    /// Of how many accounts that are known by name.
    pub accounts: u32,
    /// When the first of them came in, milliseconds since 1970.
    pub first_seen_ms: i64,
    /// When the last of them came in, milliseconds since 1970.
    pub last_seen_ms: i64,
    /// The open case that tells of it already.
    pub case: Option<CaseId>,
}

/// Everything a decision rests on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    /// The policy's version, as hexadecimal text.
    pub policy_version: String,
    /// The algorithms that made the item's fingerprints.
    pub fingerprint_version: String,
    /// The last change of entries that the search saw.
    pub entries_sequence: u64,
    /// What was found, at least as far as the policy reaches.
    pub candidates: Vec<Candidate>,
    /// Whether a part of the item was missing or damaged, so that only the rest was compared.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// What it rises with, when nothing known was found in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rising: Option<Rising>,
    /// Leave to act that stood for banks of the candidates; none is the rule.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mandates: Vec<Mandate>,
}

impl Evidence {
    /// Evidence without any candidate.
    pub fn new(policy_version: Digest, fingerprint_version: &str, entries_sequence: u64) -> Self {
        Self {
            policy_version: policy_version.to_string(),
            fingerprint_version: fingerprint_version.to_owned(),
            entries_sequence,
            candidates: Vec::new(),
            truncated: false,
            rising: None,
            mandates: Vec::new(),
        }
    }
}
