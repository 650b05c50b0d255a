//! Made-up banks, entries and items.

use std::path::{Path, PathBuf};

use lamassu_case::{
    Areas, BankName, Candidate, Decision, EntryId, EntryMetadata, Evidence, Item, ItemId, KeyId, Medium,
    Method, PersonId, Policy, Segment,
};
use lamassu_fingerprint::{Area, Bits256, Digest, FINGERPRINT_VERSION, StoredFrame, View, ViewArea};
use lamassu_store::{NewEntry, Recording, SqliteStore, Stamp, Store};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{ConnectOptions, Connection};
use tempfile::TempDir;

pub const AT_MS: i64 = 1_700_000_000_000;

pub fn stamp() -> Stamp {
    Stamp { at_ms: AT_MS, actor: "cli:example".to_owned() }
}

pub fn bank_name(name: &str) -> BankName {
    name.parse().expect("a valid name")
}

pub fn entry_id(k: u64) -> EntryId {
    format!("00000000-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

pub fn item_id(k: u64) -> ItemId {
    format!("11111111-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

pub fn key_id(k: u64) -> KeyId {
    format!("22222222-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

pub fn person_id(k: u64) -> PersonId {
    format!("33333333-0000-7000-8000-{k:012x}").parse().expect("a valid id")
}

pub fn frames(k: u64, count: u32) -> Vec<StoredFrame> {
    (0..count)
        .map(|at| StoredFrame {
            start_ms: at * 1_000,
            end_ms: at * 1_000 + 999,
            view: View::ALL[at as usize % View::ALL.len()],
            quality: 80,
            bits: [Bits256([k, u64::from(at), !k, 7])],
        })
        .collect()
}

/// Where the second of those frames lies.
pub fn areas(k: u64) -> Vec<ViewArea> {
    let area = Area { x: k as u16, y: 250, width: 9_000, height: 9_500 };
    vec![ViewArea { start_ms: 1_000, view: View::Trimmed, area }]
}

/// The `k`-th entry: ids and bytes differ with `k`.
pub fn new_entry(bank: &BankName, k: u64) -> NewEntry {
    NewEntry {
        id: entry_id(k),
        bank: bank.clone(),
        medium: Medium::Image,
        digest: Digest::of(&k.to_be_bytes()),
        size_bytes: 1_000 + k,
        duration_ms: 0,
        frames: frames(k, 2),
        areas: areas(k),
        look_back: Vec::new(),
        kin: Vec::new(),
        sound: None,
        features: Vec::new(),
        fingerprint_version: FINGERPRINT_VERSION.to_owned(),
        metadata: EntryMetadata {
            title: format!("Example Agency photo {k}"),
            outlet: Some("Example Agency".to_owned()),
            labels: vec!["sample".to_owned()],
            ..EntryMetadata::default()
        },
        media_size_bytes: None,
    }
}

pub fn item(k: u64) -> Item {
    Item {
        id: item_id(k),
        reference: format!("/uploads/{k}.mp4"),
        medium: Medium::Video,
        digest: Digest::of(format!("item {k}").as_bytes()),
        size_bytes: 9_000_000_000 + k,
        duration_ms: 60_000,
        frames: frames(k, 5),
        fingerprint_version: FINGERPRINT_VERSION.to_owned(),
        received_at_ms: AT_MS - 5,
    }
}

pub fn policy(radius_bits: u32) -> Policy {
    Policy::parse(&format!("[default]\nradius_bits = {radius_bits}\n")).expect("a valid policy")
}

/// Evidence with one candidate of each method; its shares are numbers that binary cannot hold exactly.
pub fn evidence(policy: &Policy) -> Evidence {
    let candidate = |method, k: u64| Candidate {
        bank: bank_name("news"),
        entry: entry_id(k),
        title: "Example Agency \"photo\"".to_owned(),
        medium: Medium::Video,
        method,
        distance_bits: Some(20),
        quality: Some(77),
        views: Some(["full", "trimmed", "upright"].map(str::to_owned)),
        negative: false,
        areas: Some(Areas { item: Area::WHOLE, entry: Area { x: 1, y: 2, width: 3, height: 4 } }),
        placed: None,
        item_coverage: Some(0.1 + 0.2),
        entry_coverage: Some(1.0 / 3.0),
        segments: vec![Segment {
            item_start_ms: 1,
            item_end_ms: 9_000,
            entry_start_ms: 2,
            entry_end_ms: 9_001,
            frames: 9,
            distance_bits: 12,
            place: None,
        }],
    };
    let mut evidence = Evidence::new(policy.version, FINGERPRINT_VERSION, 42);
    evidence.candidates =
        vec![candidate(Method::Pdq, 1), candidate(Method::Frames, 2), candidate(Method::Sha256, 3)];
    evidence
}

/// An item and its decision, with nothing else that follows.
pub fn recording(item: Item, evidence: &Evidence, decision: &Decision) -> Recording {
    let (evidence, decision) = (evidence.clone(), decision.clone());
    Recording { item, evidence, decision, case: None, rising: Vec::new(), messages: Vec::new(), action: None }
}

/// A store in a folder of its own that is gone when this is dropped.
pub struct Opened {
    pub store: SqliteStore,
    folder: TempDir,
}

impl Opened {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let store = SqliteStore::open(&database(&folder)).await.expect("a new database opens");
        Self { store, folder }
    }

    pub fn path(&self) -> PathBuf {
        database(&self.folder)
    }

    /// Ends the store and keeps its file.
    pub async fn close(self) -> TempDir {
        self.store.close().await;
        self.folder
    }
}

pub fn database(folder: &TempDir) -> PathBuf {
    folder.path().join("lamassu.db")
}

/// A connection of somebody who does not ask the store.
pub async fn raw(path: &Path) -> SqliteConnection {
    SqliteConnectOptions::new().filename(path).connect().await.expect("the database opens")
}

/// Runs SQL past the store.
pub async fn tamper(path: &Path, sql: &'static str) -> Result<(), sqlx::Error> {
    let mut connection = raw(path).await;
    let done = sqlx::raw_sql(sql).execute(&mut connection).await;
    connection.close().await.expect("the connection ends");
    done.map(|_| ())
}

/// As [`tamper`], without a look at whether rows fit together.
pub async fn tamper_unchecked(path: &Path, sql: &'static str) -> Result<(), sqlx::Error> {
    let options = SqliteConnectOptions::new().filename(path).foreign_keys(false);
    let mut connection = options.connect().await?;
    let done = sqlx::raw_sql(sql).execute(&mut connection).await;
    connection.close().await?;
    done.map(|_| ())
}

/// A store with bank `news` and entries 1 to `entries` in it.
pub async fn fill(store: &dyn Store, entries: u64) -> BankName {
    let bank = bank_name("news");
    store.create_bank(&bank, &stamp()).await.expect("the bank is new");
    for k in 1..=entries {
        store.add_entry(new_entry(&bank, k), &stamp()).await.expect("the entry is added");
    }
    bank
}
