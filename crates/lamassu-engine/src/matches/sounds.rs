//! Sound: stretches of an item that sound like stretches of entries, at whatever speed and under whatever picture.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use lamassu_case::Segment;
use lamassu_fingerprint::sound::{SoundBlock, SoundTrack};
use lamassu_index::align::{Lane, Moment, Rules, Span, Stretch, Vote, by_entry, trace, weigh};
use lamassu_index::words::{Counts, Together, WINDOW_WORDS};
use lamassu_index::{EntryNumber, Filter, Hit};

use super::crowd::{Pair, gather};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::indexing::SoundSnapshot;

/// How near a block must be to vote, in bits; unrelated ones lie 128 apart.
const RADIUS_BITS: u32 = 80;
/// So far beside the place that words told a block may lie, in words: speeds differ a little from the variant's.
const BESIDE_WORDS: i64 = 3;
/// Blocks that are asked together: of each, very many entries may have the like.
const ASKED_AT_ONCE: usize = 128;
/// Up to this length every block of an item is asked, beyond every second one, in milliseconds.
const SHORT_MS: u32 = 8_000;

/// One variant of the item: its moments, and those of them that may vote.
struct Listened {
    rates: (f64, f64),
    /// Its words, where something is heard.
    words: Vec<Option<u16>>,
    moments: Vec<Moment>,
    /// Which word each begins with.
    asked: Vec<(usize, Moment)>,
}

/// For each entry the stretches of the item's sound that show it.
pub async fn search(
    engine: &Engine,
    (sound, duration_ms): (&[SoundTrack], u32),
    filter: &Filter,
) -> Result<BTreeMap<EntryNumber, Vec<Segment>>, EngineError> {
    let sounds = Arc::clone(engine.indexing.sounds().await?);
    if sound.is_empty() || sounds.is_empty() {
        return Ok(BTreeMap::new());
    }
    let every = if duration_ms < SHORT_MS { 1 } else { 2 };
    let variants: Vec<Listened> = sound.iter().map(|track| listened(track, every)).collect();
    let filter = filter.clone();
    let searching = move || {
        let votes = votes(&sounds.snapshot(), |entry| sounds.track(entry), &filter, &variants);
        let entries: BTreeSet<EntryNumber> = votes.iter().flat_map(|it| it.keys().copied()).collect();
        // One that was removed meanwhile has no track.
        let tracks = entries.into_iter().filter_map(|entry| Some((entry, sounds.track(entry)?)));
        let stretches = tracks.map(|(entry, track)| (entry, stretches(&track, entry, &variants, &votes)));
        stretches.filter(|(_, stretches)| !stretches.is_empty()).collect()
    };
    tokio::task::spawn_blocking(searching).await.map_err(EngineError::TaskDied)
}

/// The stretches of the item that follow those of an entry.
fn stretches(
    track: &SoundTrack,
    entry: EntryNumber,
    variants: &[Listened],
    votes: &[BTreeMap<EntryNumber, Vec<Vote>>],
) -> Vec<Segment> {
    let known: Vec<Moment> = track.blocks(1).iter().map(moment).collect();
    let lanes = variants.iter().zip(votes).map(|(variant, votes)| Lane {
        votes: votes.get(&entry).map_or(&[], Vec::as_slice),
        item: &variant.moments,
        entry: &known,
        rates: variant.rates,
    });
    trace(&lanes.collect::<Vec<_>>(), &Rules::SOUND).iter().map(segment).collect()
}

/// For each variant what it has in common with each entry.
fn votes(
    sounds: &SoundSnapshot,
    tracks: impl Fn(EntryNumber) -> Option<Arc<SoundTrack>>,
    filter: &Filter,
    variants: &[Listened],
) -> Vec<BTreeMap<EntryNumber, Vec<Vote>>> {
    let found = gather(|found| {
        for (number, variant) in variants.iter().enumerate() {
            let mut near = |asked: &Moment, Side { bank, entry, span, distance_bits }: Side| {
                let moment = (number as u64) << 32 | u64::from(asked.span.from_ms);
                let vote = Vote::new(asked.span, span, distance_bits);
                found(Pair { bank, entry, moment, hash: 0, distance_bits }, (number, entry, vote));
            };
            variant.by_blocks(sounds, filter, &mut near);
            variant.by_words(sounds, &tracks, filter, &mut near);
        }
    });
    let mut votes = vec![Vec::new(); variants.len()];
    for (number, entry, vote) in found {
        votes[number].push((entry, vote));
    }
    votes
        .into_iter()
        .map(|mut votes| {
            weigh(&mut votes);
            // Windows overlap.
            votes.dedup();
            by_entry(&votes)
        })
        .collect()
}

/// The entry's side of what is near.
struct Side {
    bank: u32,
    entry: EntryNumber,
    span: Span,
    distance_bits: u32,
}

impl Listened {
    /// Compares with every block that is held as such.
    fn by_blocks(&self, sounds: &SoundSnapshot, filter: &Filter, near: &mut impl FnMut(&Moment, Side)) {
        for asked in self.asked.chunks(ASKED_AT_ONCE) {
            let bits: Vec<_> = asked.iter().map(|(_, moment)| moment.bits).collect();
            let hits = sounds.blocks.search_batch(&bits, RADIUS_BITS, filter);
            for ((_, moment), hits) in asked.iter().zip(hits) {
                for Hit { bank, entry, distance_bits, start_ms, end_ms, .. } in hits {
                    near(moment, Side { bank, entry, span: Span::new(start_ms, end_ms), distance_bits });
                }
            }
        }
    }

    /// Compares with the blocks of those places at which words come together.
    fn by_words(
        &self,
        sounds: &SoundSnapshot,
        tracks: &impl Fn(EntryNumber) -> Option<Arc<SoundTrack>>,
        filter: &Filter,
        near: &mut impl FnMut(&Moment, Side),
    ) {
        if sounds.parts.is_empty() {
            return;
        }
        let mut counts = Counts::default();
        for first in (0..self.words.len()).step_by(WINDOW_WORDS / 2) {
            let window = &self.words[first..self.words.len().min(first + WINDOW_WORDS)];
            let inside = self.asked.partition_point(|(word, _)| *word < first)
                ..self.asked.partition_point(|(word, _)| *word < first + window.len());
            let asked = &self.asked[inside];
            for part in sounds.parts.iter() {
                part.search(window, filter, &mut counts, |together: Together| {
                    // One that was removed has no track.
                    let Some(track) = tracks(together.entry) else { return };
                    for (word, moment) in asked {
                        let at = together.first_word + (*word - first).cast_signed() as i64;
                        let beside = (at - BESIDE_WORDS..=at + BESIDE_WORDS).filter_map(|at| {
                            track.block(usize::try_from(at).ok()?).filter(|block| block.may_vote)
                        });
                        for block in beside {
                            let distance_bits = block.bits.distance(moment.bits);
                            let (start_ms, end_ms) = block.moment_ms();
                            if distance_bits <= RADIUS_BITS {
                                let (bank, entry) = (together.bank, together.entry);
                                let span = Span::new(start_ms, end_ms);
                                near(moment, Side { bank, entry, span, distance_bits });
                            }
                        }
                    }
                });
            }
        }
    }
}

fn listened(track: &SoundTrack, every: usize) -> Listened {
    let blocks = track.blocks(every);
    let asked = (0..).step_by(every).zip(&blocks).filter(|(_, block)| block.may_vote);
    let heard = track.words.iter().zip(&track.audible);
    Listened {
        rates: track.variant.rates(),
        words: heard.map(|(&word, &heard)| heard.then_some(word)).collect(),
        moments: blocks.iter().map(moment).collect(),
        asked: asked.map(|(word, block)| (word, moment(block))).collect(),
    }
}

fn moment(block: &SoundBlock) -> Moment {
    let (from_ms, until_ms) = block.moment_ms();
    Moment { span: Span::new(from_ms, until_ms), bits: block.bits }
}

/// A stretch as it is kept.
pub fn segment(stretch: &Stretch) -> Segment {
    Segment {
        item_start_ms: stretch.item_start_ms,
        item_end_ms: stretch.item_end_ms,
        entry_start_ms: stretch.entry_start_ms,
        entry_end_ms: stretch.entry_end_ms,
        frames: stretch.support,
        distance_bits: stretch.mean_bits.max(0.0) as u32,
        place: None,
    }
}
