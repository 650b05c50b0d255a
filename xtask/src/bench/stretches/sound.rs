//! Sound tracks: entries as they are, items in all variants.

use std::path::Path;

use lamassu_fingerprint::sound::{Listener, RATE_HZ, SoundBlock, SoundTrack, Variant};
use lamassu_index::align::{Lane, Moment, Rules, Span, Vote, by_entry, trace, weigh};

use super::truth::Query;
use super::{Found, decode, files, name};

/// Words from one asked block to the next.
const EVERY_WORDS: usize = 2;
/// Distance up to which a block votes, bits.
const RADIUS_BITS: u32 = 80;

/// One sound in one variant.
struct Track {
    blocks: Vec<SoundBlock>,
    moments: Vec<Moment>,
}

/// What is found in each query.
pub fn search(folder: &Path, queries: &[Query]) -> anyhow::Result<Vec<Vec<Found>>> {
    let mut bank = Vec::new();
    for path in files(&folder.join("bank"))? {
        let tracks = listen(&path, &[Variant::PLAIN])?;
        bank.extend(tracks.iter().map(|it| (name(&path), track(it, 1))));
    }
    let look = |query: &Query| {
        let tracks = listen(&folder.join("queries").join(&query.file), &Variant::ALL)?;
        Ok(found(&tracks.iter().map(|it| track(it, EVERY_WORDS)).collect::<Vec<_>>(), &bank))
    };
    queries.iter().map(look).collect()
}

fn listen(path: &Path, variants: &[Variant]) -> anyhow::Result<Vec<SoundTrack>> {
    let rate = RATE_HZ.to_string();
    let bytes = decode(path, &["-vn", "-ac", "1", "-ar", &rate, "-f", "s16le"])?;
    let samples: Vec<i16> = bytes.as_chunks::<2>().0.iter().map(|pair| i16::from_le_bytes(*pair)).collect();
    let mut listener = Listener::new(variants);
    listener.push(&samples);
    Ok(listener.finish())
}

fn track(track: &SoundTrack, every_words: usize) -> Track {
    let blocks = track.blocks(every_words);
    let moment = |block: &SoundBlock| {
        let (from_ms, until_ms) = block.moment_ms();
        Moment { span: Span::new(from_ms, until_ms), bits: block.bits }
    };
    let moments = blocks.iter().map(moment).collect();
    Track { blocks, moments }
}

fn found(item: &[Track], bank: &[(String, Track)]) -> Vec<Found> {
    let votes: Vec<_> = item.iter().map(|track| by_entry(&votes(track, bank))).collect();
    let of_entry = |(number, (name, entry)): (u64, &(String, Track))| {
        let lanes = votes.iter().zip(item).zip(Variant::ALL).map(|((votes, track), variant)| Lane {
            votes: votes.get(&number).map_or(&[], Vec::as_slice),
            item: &track.moments,
            entry: &entry.moments,
            rates: variant.rates(),
        });
        let stretches = trace(&lanes.collect::<Vec<_>>(), &Rules::SOUND);
        stretches.into_iter().map(|stretch| (name.clone(), stretch)).collect::<Vec<_>>()
    };
    (0..).zip(bank).flat_map(of_entry).collect()
}

/// Every block of the item with every block of the bank within the radius.
fn votes(track: &Track, bank: &[(String, Track)]) -> Vec<(u64, Vote)> {
    let mut votes = Vec::new();
    for (asked, moment) in track.blocks.iter().zip(&track.moments).filter(|(block, _)| block.may_vote) {
        for (number, (_, entry)) in (0..).zip(bank) {
            for (block, known) in entry.blocks.iter().zip(&entry.moments).filter(|(block, _)| block.may_vote)
            {
                let distance_bits = block.bits.distance(asked.bits);
                if distance_bits <= RADIUS_BITS {
                    votes.push((number, Vote::new(moment.span, known.span, distance_bits)));
                }
            }
        }
    }
    weigh(&mut votes);
    votes
}
