//! Hash lists: lines become entries, thousands at a time, each batch whole or not at all.
//!
//! A batch is in the store, can be matched, and was compared with what came in lately before the next one begins. A line
//! that was read before changes nothing, so that whoever was cut off begins anew.

mod csv;
mod file;
mod line;

use lamassu_case::BankName;
use lamassu_fingerprint::{Bits256, Digest, Digester, FINGERPRINT_VERSION, ReadFrame, StoredFrame, View};
use lamassu_index::Filter;
use lamassu_store::{HeldHash, NewHash, NewHashes, WaitingLookBack};
use serde::{Deserialize, Serialize};

pub use file::{ImportPlace, ImportStep};
pub use line::{HashKind, Line, LineFault, Lines, Untold};

use crate::engine::{Actor, Engine};
use crate::error::EngineError;
use crate::intake::new_id;
use crate::news::BankChange;

/// Lines that become entries in one transaction.
const BATCH_ROWS: usize = 10_000;
/// Hashes that are looked for together among what came in lately.
const ASKED_AT_ONCE: usize = 512;
/// Longest line, in bytes.
pub const LINE_BYTES_MAX: usize = 64 << 10;

/// What became of lines.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImportCounts {
    /// Lines read, those that say nothing among them.
    pub lines: u64,
    /// Entries added.
    pub added: u64,
    /// Lines whose hash the bank held already.
    pub already: u64,
    /// Lines that were not taken.
    pub rejected: u64,
}

impl std::ops::AddAssign for ImportCounts {
    fn add_assign(&mut self, other: Self) {
        self.lines += other.lines;
        self.added += other.added;
        self.already += other.already;
        self.rejected += other.rejected;
    }
}

/// A line that was not taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RejectedLine {
    /// Its number, from 1.
    pub line: u64,
    /// Why: a stable word.
    pub code: String,
}

/// A hash list on its way into a bank.
#[derive(Debug)]
pub struct Import {
    bank: BankName,
    lines: Lines,
    batch: Vec<Line>,
    /// Over the lines of the batch.
    digester: Digester,
    counts: ImportCounts,
}

impl Import {
    /// A list whose lines go into `bank`, with what is assumed where they do not say it.
    pub fn new(bank: BankName, untold: Untold) -> Self {
        Self {
            bank,
            lines: Lines::new(untold),
            batch: Vec::new(),
            digester: Digester::default(),
            counts: ImportCounts::default(),
        }
    }

    /// What became of the lines so far; those of a batch that is not full yet are only counted as lines.
    pub fn counts(&self) -> ImportCounts {
        self.counts
    }

    /// Takes the next line; why not, if it is not taken.
    fn take(&mut self, line: &[u8]) -> Option<RejectedLine> {
        self.counts.lines += 1;
        self.digester.update(line);
        self.digester.update(b"\n");
        let read = if line.len() > LINE_BYTES_MAX { Err(LineFault::TooLong) } else { self.lines.read(line) };
        match read {
            Ok(read) => {
                self.batch.extend(read);
                None
            }
            Err(fault) => {
                self.counts.rejected += 1;
                Some(RejectedLine { line: self.counts.lines, code: fault.code().to_owned() })
            }
        }
    }
}

impl Engine {
    /// Takes the next line of a list, and brings the batch in when it is full. Why not, if the line is not taken.
    ///
    /// # Errors
    /// As [`Engine::import_rest`].
    pub async fn import_line(
        &self,
        import: &mut Import,
        line: &[u8],
        actor: &Actor,
    ) -> Result<Option<RejectedLine>, EngineError> {
        let rejected = import.take(line);
        if import.batch.len() >= BATCH_ROWS {
            self.import_rest(import, actor).await?;
        }
        Ok(rejected)
    }

    /// Brings in what is left of a list. Its entries match when this returns.
    ///
    /// # Errors
    /// [`EngineError::Entry`] when the bank is unknown or the disk is full; the batches before are in the bank.
    pub async fn import_rest(&self, import: &mut Import, actor: &Actor) -> Result<(), EngineError> {
        let lines = std::mem::take(&mut import.digester).finish();
        let batch = std::mem::take(&mut import.batch);
        if batch.is_empty() {
            return Ok(());
        }
        let frames: Vec<Option<StoredFrame>> = batch.iter().map(frame).collect();
        let new = new_hashes(&import.bank, batch, &frames, lines);
        let held = self.store.add_hashes(new, &self.stamp(actor)).await?;
        self.indexing.follow().await?;
        let already = held.iter().filter(|hash| hash.already).count() as u64;
        let added = held.len() as u64 - already;
        self.look_for_hashes(&import.bank, &held, &frames).await?;
        import.counts.already += already;
        import.counts.added += added;
        if added > 0 {
            self.tell_bank(&import.bank, BankChange::EntryAdded);
        }
        Ok(())
    }

    /// Has those hashes looked for that lie near something that came in lately. One question for all of them tells
    /// which do; the others need no look-back of their own.
    async fn look_for_hashes(
        &self,
        bank: &BankName,
        held: &[HeldHash],
        frames: &[Option<StoredFrame>],
    ) -> Result<(), EngineError> {
        if self.policy.look_back.days == 0 {
            return Ok(());
        }
        self.recent_loaded().await?;
        let recent = self.recent.snapshot();
        if recent.hashes() == 0 {
            return Ok(());
        }
        let policy = self.policy.bank(bank);
        let (radius_bits, quality_min) =
            (policy.radius_bits.max(policy.frame_radius_bits), policy.quality_min);
        let asked: Vec<(u64, StoredFrame)> = held
            .iter()
            .zip(frames)
            .filter_map(|(hash, frame)| Some((hash.number, (*frame)?)))
            .filter(|(_, frame)| frame.quality >= quality_min)
            .collect();
        let search = move || {
            let mut near = Vec::new();
            // Few at a time: each may lie near very many.
            for asked in asked.chunks(ASKED_AT_ONCE) {
                let bits: Vec<Bits256> = asked.iter().map(|(_, frame)| frame.bits[0]).collect();
                let hits = recent.search_batch(&bits, radius_bits, &Filter::AllBanks);
                let found = asked.iter().zip(hits);
                let found = found.filter(|(_, hits)| hits.iter().any(|hit| hit.quality >= quality_min));
                near.extend(found.map(|((entry, frame), _)| WaitingLookBack {
                    entry: *entry,
                    frames: vec![in_no_other_way(frame)],
                }));
            }
            near
        };
        let near: Vec<WaitingLookBack> =
            tokio::task::spawn_blocking(search).await.map_err(EngineError::TaskDied)?;
        if !near.is_empty() {
            self.store.ask_for_look_backs(&near).await?;
            self.entries_came.notify_one();
        }
        Ok(())
    }
}

fn new_hashes(bank: &BankName, batch: Vec<Line>, frames: &[Option<StoredFrame>], lines: Digest) -> NewHashes {
    let hashes = batch.into_iter().zip(frames).filter_map(|(line, frame)| {
        let Line { pdq, sha256, medium, metadata } = line;
        let digest = sha256.or_else(|| pdq.map(|(bits, _)| Digest::standing_for(bits)))?;
        Some(NewHash { id: new_id(), medium, digest, frame: *frame, metadata })
    });
    let fingerprint_version = FINGERPRINT_VERSION.to_owned();
    NewHashes { bank: bank.clone(), hashes: hashes.collect(), fingerprint_version, lines }
}

/// A hash of a list is one of the whole picture: lists do not say more.
fn frame(line: &Line) -> Option<StoredFrame> {
    let (bits, quality) = line.pdq?;
    Some(StoredFrame { start_ms: 0, end_ms: 0, view: View::Full, quality, bits: [bits] })
}

/// How the picture would hash when it is turned cannot be told from its hash, so that it is only looked for upright.
fn in_no_other_way(frame: &StoredFrame) -> ReadFrame {
    let StoredFrame { start_ms, end_ms, view, quality, bits: [bits] } = *frame;
    ReadFrame { start_ms, end_ms, view, quality, bits: [bits; 8] }
}
