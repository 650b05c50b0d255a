//! Sound: stretches of an item that sound like stretches of entries, at whatever speed and under whatever picture.

use std::collections::BTreeMap;

use lamassu_case::Segment;
use lamassu_fingerprint::sound::{SoundBlock, SoundTrack};
use lamassu_index::align::{Lane, Moment, Rules, Span, Stretch, Vote, by_entry, trace, weigh};
use lamassu_index::{EntryNumber, Filter, Hit, Snapshot};

use super::crowd::{Pair, gather};
use crate::engine::Engine;
use crate::error::EngineError;

/// How near a block must be to vote, in bits; unrelated ones lie 128 apart.
const RADIUS_BITS: u32 = 80;
/// Blocks that are asked together: of each, very many entries may have the like.
const ASKED_AT_ONCE: usize = 128;
/// Up to this length every block of an item is asked, beyond every second one, in milliseconds.
const SHORT_MS: u32 = 8_000;

/// One variant of the item: its moments, and those of them that may vote.
struct Listened {
    rates: (f64, f64),
    moments: Vec<Moment>,
    asked: Vec<Moment>,
}

/// For each entry the stretches of the item's sound that show it.
pub async fn search(
    engine: &Engine,
    (sound, duration_ms): (&[SoundTrack], u32),
    filter: &Filter,
) -> Result<BTreeMap<EntryNumber, Vec<Segment>>, EngineError> {
    if sound.is_empty() || engine.indexing.sounds().await?.is_empty() {
        return Ok(BTreeMap::new());
    }
    let every = if duration_ms < SHORT_MS { 1 } else { 2 };
    let variants: Vec<Listened> = sound.iter().map(|track| listened(track, every)).collect();
    let (snapshot, filter) = (engine.indexing.sounds().await?.snapshot(), filter.clone());
    let searching = move || {
        let votes = votes(&snapshot, &filter, &variants);
        (variants, votes)
    };
    let (variants, votes) = tokio::task::spawn_blocking(searching).await.map_err(EngineError::TaskDied)?;
    let entries: std::collections::BTreeSet<EntryNumber> =
        votes.iter().flat_map(|it| it.keys().copied()).collect();
    let sounds = engine.indexing.sounds().await?;
    let mut found = BTreeMap::new();
    for entry in entries {
        let Some(track) = sounds.track(entry) else { continue };
        let known: Vec<Moment> = track.blocks(1).iter().map(moment).collect();
        let lanes = variants.iter().zip(&votes).map(|(variant, votes)| Lane {
            votes: votes.get(&entry).map_or(&[], Vec::as_slice),
            item: &variant.moments,
            entry: &known,
            rates: variant.rates,
        });
        let stretches = trace(&lanes.collect::<Vec<_>>(), &Rules::SOUND);
        if !stretches.is_empty() {
            found.insert(entry, stretches.iter().map(segment).collect());
        }
    }
    Ok(found)
}

/// For each variant what it has in common with each entry.
fn votes(
    snapshot: &Snapshot,
    filter: &Filter,
    variants: &[Listened],
) -> Vec<BTreeMap<EntryNumber, Vec<Vote>>> {
    let found = gather(|found| {
        for (number, variant) in variants.iter().enumerate() {
            for asked in variant.asked.chunks(ASKED_AT_ONCE) {
                let bits: Vec<_> = asked.iter().map(|moment| moment.bits).collect();
                let of_moments = asked.iter().zip(snapshot.search_batch(&bits, RADIUS_BITS, filter));
                for (moment, hits) in of_moments {
                    for hit in hits {
                        let Hit { bank, entry, distance_bits, start_ms, end_ms, .. } = hit;
                        let vote = Vote::new(moment.span, Span::new(start_ms, end_ms), distance_bits);
                        let moment = (number as u64) << 32 | u64::from(moment.span.from_ms);
                        found(Pair { bank, entry, moment, distance_bits }, (number, entry, vote));
                    }
                }
            }
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
            by_entry(&votes)
        })
        .collect()
}

fn listened(track: &SoundTrack, every: usize) -> Listened {
    let blocks = track.blocks(every);
    let asked = blocks.iter().filter(|block| block.may_vote);
    Listened {
        rates: track.variant.rates(),
        moments: blocks.iter().map(moment).collect(),
        asked: asked.map(moment).collect(),
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
    }
}
