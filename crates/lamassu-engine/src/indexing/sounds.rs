//! The sounds of entries: their words, by which stretches are followed, and what they are found by: the blocks of the
//! youngest in an index of their own, the words of the others. Read from the store when they are first needed, and followed from then on.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use arc_swap::ArcSwap;
use lamassu_fingerprint::sound::SoundTrack;
use lamassu_fingerprint::{Digest, StoredFrame, View};
use lamassu_index::words::{PART_WORDS, Sound, WordPart};
use lamassu_index::{Change, ChangeKind, EntryNumber, Index, Snapshot};
use lamassu_store::Change as StoredChange;
use lamassu_store::ChangeKind as Stored;
use uuid::Uuid;

use super::Indexing;
use crate::error::EngineError;

/// Entries read at once.
const PAGE_ROWS: u32 = 1_000;

/// The sounds of entries.
#[derive(Debug)]
pub struct Sounds {
    /// The blocks of the youngest entries.
    index: Index,
    /// The words of the others.
    parts: ArcSwap<Vec<Arc<WordPart>>>,
    /// The number of the index's last change.
    sequence: Mutex<u64>,
    tracks: RwLock<Tracks>,
    blocks_max: usize,
}

type Tracks = BTreeMap<EntryNumber, (u32, Arc<SoundTrack>)>;

/// One state of the sounds, to be searched.
#[derive(Debug, Clone)]
pub struct SoundSnapshot {
    /// The blocks that may vote, as frames from the start to the end of the moment they stand for.
    pub blocks: Arc<Snapshot>,
    /// Sounds whose blocks are not among them.
    pub parts: Arc<Vec<Arc<WordPart>>>,
}

impl Sounds {
    /// None, of which so many blocks will be compared one by one.
    pub fn new(blocks_max: usize) -> Self {
        Self {
            index: Index::default(),
            parts: ArcSwap::default(),
            sequence: Mutex::default(),
            tracks: RwLock::default(),
            blocks_max,
        }
    }

    /// The state as of now.
    pub fn snapshot(&self) -> SoundSnapshot {
        // In this order: what leaves the index was put into a part before.
        let blocks = self.index.snapshot();
        SoundSnapshot { blocks, parts: self.parts.load_full() }
    }

    /// Whether there is nothing to search.
    pub fn is_empty(&self) -> bool {
        self.read().is_empty()
    }

    /// All of an entry's sound.
    pub fn track(&self, entry: EntryNumber) -> Option<Arc<SoundTrack>> {
        self.read().get(&entry).map(|(_, track)| Arc::clone(track))
    }

    /// Takes entries in: their numbers, those of their banks, and their sounds; one that is there is passed over. One
    /// caller at a time.
    pub fn add(&self, mut new: Vec<(EntryNumber, u32, SoundTrack)>) {
        new.retain(|(entry, ..)| !self.read().contains_key(entry));
        let words: usize = new.iter().map(|(.., track)| track.words.len()).sum();
        let numbers: Vec<EntryNumber> = new.iter().map(|(entry, ..)| *entry).collect();
        let are_few = self.index.snapshot().hashes() + words <= self.blocks_max;
        let added: Vec<ChangeKind> = if are_few { new.iter().map(added).collect() } else { Vec::new() };
        self.write().extend(new.into_iter().map(|(entry, bank, track)| (entry, (bank, Arc::new(track)))));
        if are_few {
            self.apply(added);
        } else {
            self.put_into_parts(numbers);
        }
        self.merge();
    }

    /// Takes an entry away at once. One caller at a time.
    pub fn remove(&self, entry: EntryNumber) {
        self.write().remove(&entry);
        self.apply([ChangeKind::Removed { entry }]);
        let parts = self.parts.load();
        let (mut held, mut gone) = (0, 0);
        for entry in parts.iter().flat_map(|part| part.entries()) {
            held += 1;
            gone += usize::from(!self.read().contains_key(&entry));
        }
        if 2 * gone > held {
            let entries: Vec<EntryNumber> = parts.iter().flat_map(|part| part.entries()).collect();
            self.parts.store(Arc::new(self.parts_of(entries)));
        }
    }

    /// Makes parts of these, of what the index holds, and of those parts that are not much larger; empties the index.
    fn put_into_parts(&self, mut entries: Vec<EntryNumber>) {
        let young = self.index.snapshot().entries();
        let mut parts = Vec::clone(&self.parts.load());
        entries.extend(&young);
        let mut words = self.words_of(&entries);
        while let Some(last) = parts.pop_if(|last| last.words() < PART_WORDS && last.words() <= 2 * words) {
            words += last.words();
            entries.extend(last.entries());
        }
        parts.extend(self.parts_of(entries));
        self.parts.store(Arc::new(parts));
        self.apply(young.into_iter().map(|entry| ChangeKind::Removed { entry }));
    }

    /// Parts of the entries that are there still.
    fn parts_of(&self, mut entries: Vec<EntryNumber>) -> Vec<Arc<WordPart>> {
        entries.sort_unstable();
        let tracks = self.read();
        let live: Vec<Sound<'_>> = entries
            .into_iter()
            .filter_map(|entry| {
                let (bank, track) = tracks.get(&entry)?;
                Some(Sound { entry, bank: *bank, words: &track.words, audible: &track.audible })
            })
            .collect();
        let mut parts = Vec::new();
        let mut rest = live.as_slice();
        while !rest.is_empty() {
            let mut words = 0;
            let fits = |sound: &&Sound<'_>| {
                let has_room = words < PART_WORDS;
                words += sound.words.len();
                has_room
            };
            let (part, after) = rest.split_at(rest.iter().take_while(fits).count());
            parts.push(Arc::new(WordPart::of(part.iter().copied())));
            rest = after;
        }
        parts
    }

    fn words_of(&self, entries: &[EntryNumber]) -> usize {
        let tracks = self.read();
        entries.iter().filter_map(|entry| tracks.get(entry)).map(|(_, track)| track.words.len()).sum()
    }

    fn merge(&self) {
        while let Some(merge) = self.index.plan(false) {
            let segment = merge.in_memory(Uuid::now_v7().as_u128());
            if self.index.install(&merge, segment).is_err() {
                // Somebody else merges just now.
                return;
            }
        }
    }

    fn apply(&self, kinds: impl IntoIterator<Item = ChangeKind>) {
        let mut sequence = self.sequence.lock().unwrap_or_else(PoisonError::into_inner);
        let changes = kinds.into_iter().map(|kind| {
            *sequence += 1;
            Change { sequence: *sequence, kind }
        });
        self.index.apply(changes.collect::<Vec<_>>()).expect("its numbers rise under this lock");
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, Tracks> {
        self.tracks.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Tracks> {
        self.tracks.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The blocks of an entry that may vote. Sounds are not looked for by digest; that of the number keeps them apart.
fn added((entry, bank, track): &(EntryNumber, u32, SoundTrack)) -> ChangeKind {
    let blocks = track.blocks(1).into_iter().filter(|block| block.may_vote);
    let frames = blocks.map(|block| {
        let (start_ms, end_ms) = block.moment_ms();
        StoredFrame { start_ms, end_ms, view: View::Full, quality: 100, bits: [block.bits] }
    });
    let digest = Digest::of(&entry.to_le_bytes());
    ChangeKind::Added { entry: *entry, bank: *bank, digest, frames: frames.collect() }
}

impl Indexing {
    /// The sounds of all entries. Waits until they are read for the first time.
    pub async fn sounds(&self) -> Result<&Arc<Sounds>, EngineError> {
        if !self.follows_sounds.load(Ordering::Acquire) {
            let _nobody_follows = self.following.lock().await;
            if !self.follows_sounds.load(Ordering::Acquire) {
                self.load_sounds(0).await?;
                self.follows_sounds.store(true, Ordering::Release);
            }
        }
        Ok(&self.sounds)
    }

    /// Takes in what was added and lets go of what was removed; nothing before sounds were first read.
    pub(super) async fn follow_sounds(&self, changes: &[StoredChange]) -> Result<(), EngineError> {
        if !self.follows_sounds.load(Ordering::Acquire) {
            return Ok(());
        }
        let added = |change: &StoredChange| match &change.kind {
            Stored::Added(entry) => Some(entry.number),
            Stored::Removed { .. } => None,
        };
        if let Some(first) = changes.iter().filter_map(added).min() {
            self.load_sounds(first - 1).await?;
        }
        for change in changes {
            if let Stored::Removed { number } = &change.kind {
                self.sounds.remove(*number);
            }
        }
        Ok(())
    }

    async fn load_sounds(&self, mut after: u64) -> Result<(), EngineError> {
        loop {
            let page = self.store.live_sounds(after, PAGE_ROWS).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.number;
            let new = page.into_iter().map(|it| (it.number, self.bank_number(&it.bank), it.track));
            self.sounds.add(new.collect());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use lamassu_fingerprint::sound::{SoundTrack, Variant};
    use lamassu_index::EntryNumber;
    use lamassu_index::workload::stream;

    use super::Sounds;

    const WORDS: usize = 300;

    fn track(seed: u64) -> SoundTrack {
        let mut next = stream(seed);
        let words = (0..WORDS).map(|_| next().0[0] as u16).collect();
        SoundTrack { variant: Variant::PLAIN, words, audible: vec![true; WORDS] }
    }

    /// Where each entry is searched: among blocks, or in parts.
    fn held(sounds: &Sounds) -> (Vec<EntryNumber>, Vec<EntryNumber>) {
        let snapshot = sounds.snapshot();
        (snapshot.blocks.entries(), snapshot.parts.iter().flat_map(|part| part.entries()).collect())
    }

    #[test]
    fn every_entry_is_searched_once_however_they_come_and_go() {
        let sounds = Sounds::new(3 * WORDS);
        let mut live = BTreeSet::new();
        for entry in 1..=60 {
            sounds.add(vec![(entry, 0, track(entry))]);
            live.insert(entry);
            let (blocks, parts) = held(&sounds);
            assert!(blocks.len() <= 3);
            assert_eq!(blocks.len() + parts.len(), live.len());
            assert_eq!(blocks.into_iter().chain(parts).collect::<BTreeSet<_>>(), live);
        }
        sounds.add((1..=60).map(|entry| (entry, 0, track(entry))).collect());
        assert_eq!(held(&sounds).1.len() + held(&sounds).0.len(), 60, "they were there");
        assert!(sounds.snapshot().parts.len() <= 6, "{}", sounds.snapshot().parts.len());
        sounds.add((61..=100).map(|entry| (entry, 0, track(entry))).collect());
        live.extend(61..=100);
        for entry in (1..=100).filter(|entry| entry % 10 != 0) {
            sounds.remove(entry);
            live.remove(&entry);
            assert!(sounds.track(entry).is_none());
        }
        let (blocks, parts) = held(&sounds);
        let all: BTreeSet<EntryNumber> = blocks.into_iter().chain(parts.clone()).collect();
        assert!(all.is_superset(&live) && parts.len() < 3 * live.len(), "{} of {}", parts.len(), live.len());
        assert!(live.iter().all(|entry| sounds.track(*entry).is_some()) && !sounds.is_empty());
    }
}
