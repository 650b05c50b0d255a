//! The manifest: two lines, one of JSON and one with its checksum.

use lamassu_case::{BankName, EntryId};
use lamassu_index::SegmentId;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Raised whenever an older program would misunderstand what a newer one writes.
const VERSION: u32 = 1;

/// Which segments count, and up to where they say what the store says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The last change of entries that they contain.
    pub sealed_sequence: u64,
    /// The entry that this change added or removed. Another store, or an older copy of this one, has another
    /// entry or none in that place.
    pub witness: Option<EntryId>,
    /// The banks, in the order of the numbers by which segments know them.
    pub banks: Vec<BankName>,
    /// The segments.
    pub segments: Vec<SealedSegment>,
    /// What is sealed of local features, on its own: it is written more often.
    #[serde(default)]
    pub features: SealedFeatures,
}

/// Parts of local features, and up to where they say what the store says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedFeatures {
    /// The last change of entries that they contain; 0 when they are not complete.
    pub sealed_sequence: u64,
    /// The entry that this change added or removed.
    pub witness: Option<EntryId>,
    /// The parts.
    pub parts: Vec<SealedSegment>,
}

/// A segment and what was removed of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SealedSegment {
    /// Its name.
    #[serde(serialize_with = "in_hex", deserialize_with = "of_hex")]
    pub id: SegmentId,
    /// Numbers of the entries that it holds no longer.
    pub removed: Vec<u64>,
}

#[derive(Serialize, Deserialize)]
struct Versioned<T> {
    version: u32,
    manifest: T,
}

pub fn encode(manifest: &Manifest) -> Vec<u8> {
    let versioned = Versioned { version: VERSION, manifest };
    let text = serde_json::to_string(&versioned).expect("numbers and names can be JSON");
    format!("{text}\n{:08x}\n", crc32fast::hash(text.as_bytes())).into_bytes()
}

/// None for what [`encode`] did not write.
pub fn decode(bytes: &[u8]) -> Option<Manifest> {
    let text = str::from_utf8(bytes).ok()?.strip_suffix('\n')?;
    let (text, checksum) = text.split_once('\n')?;
    if checksum != format!("{:08x}", crc32fast::hash(text.as_bytes())) {
        return None;
    }
    let versioned: Versioned<Manifest> = serde_json::from_str(text).ok()?;
    (versioned.version == VERSION).then_some(versioned.manifest)
}

fn in_hex<S: Serializer>(id: &SegmentId, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&format!("{id:032x}"))
}

fn of_hex<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SegmentId, D::Error> {
    let text = String::deserialize(deserializer)?;
    SegmentId::from_str_radix(&text, 16).map_err(de::Error::custom)
}
