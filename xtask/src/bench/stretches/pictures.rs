//! Frames of videos: six a second of an entry, two of an item in all orientations.

use std::collections::BTreeMap;
use std::path::Path;

use lamassu_fingerprint::pdq::{Orientation, pdq};
use lamassu_fingerprint::{Channels, Frame, Picture, ReadFrame, View, frame, trim};
use lamassu_index::align::{Lane, Moment, RATES, Rules, Span, Vote, by_entry, trace, weigh};

use super::truth::Query;
use super::{Found, decode, files, name};

/// Side of the square that frames are scaled to, pixels.
const SIDE_PX: usize = 256;
/// Distance up to which a frame votes, bits, and the quality that it needs.
const RADIUS_BITS: u32 = 40;
const QUALITY_MIN: u8 = 50;
/// The same for frames of little structure: nearer, because many look alike.
const PLAIN_RADIUS_BITS: u32 = 12;
const PLAIN_QUALITY_MIN: u8 = 20;
/// The views that a frame of a video has.
const VIEWS: [View; 2] = [View::Full, View::Trimmed];

/// The frames of one view in one orientation, and the quality of each.
type Side = (Vec<Moment>, Vec<u8>);

/// What is found in each query.
pub fn search(folder: &Path, queries: &[Query]) -> anyhow::Result<Vec<Vec<Found>>> {
    let mut bank = Vec::new();
    for path in files(&folder.join("bank"))? {
        let frames = frame::collapse(&read(&path, 6)?);
        bank.push((name(&path), VIEWS.map(|view| side(&frames, view, Orientation::Upright))));
    }
    let look = |query: &Query| {
        let frames = read(&folder.join("queries").join(&query.file), 2)?;
        Ok(found(&frames, &bank))
    };
    queries.iter().map(look).collect()
}

fn read(path: &Path, frames_per_second: u32) -> anyhow::Result<Vec<ReadFrame>> {
    let filter = format!(
        "fps={frames_per_second}:start_time=0:eof_action=pass,scale={SIDE_PX}:{SIDE_PX}:flags=area,format=rgb24"
    );
    let bytes = decode(path, &["-an", "-vf", &filter, "-f", "rawvideo"])?;
    let mut frames = Vec::new();
    for (count, pixels) in (0..).zip(bytes.chunks_exact(SIDE_PX * SIDE_PX * 3)) {
        let whole = Picture::new(pixels, SIDE_PX, SIDE_PX, Channels::Rgb)?;
        let at_ms = |count: u32| count * 1000 / frames_per_second;
        let trimmed = trim::content_regions(&whole).into_iter().find(|(view, _)| *view == View::Trimmed);
        let views = trimmed.map(|(view, region)| (view, whole.crop(region)));
        for (view, picture) in [(View::Full, whole)].into_iter().chain(views) {
            if let Ok(hashes) = pdq(&picture) {
                let (start_ms, end_ms) = (at_ms(count), at_ms(count + 1));
                frames.push(Frame { start_ms, end_ms, view, quality: hashes.quality, bits: hashes.bits });
            }
        }
    }
    Ok(frames)
}

fn side(frames: &[ReadFrame], view: View, orientation: Orientation) -> Side {
    let of_view = frames.iter().filter(|frame| frame.view == view);
    let moment = |frame: &ReadFrame| {
        let span = Span::new(frame.start_ms, frame.end_ms);
        (Moment { span, bits: frame.bits[orientation as usize] }, frame.quality)
    };
    of_view.map(moment).unzip()
}

fn found(frames: &[ReadFrame], bank: &[(String, [Side; 2])]) -> Vec<Found> {
    let mut sides: Vec<(Side, usize, BTreeMap<u64, Vec<Vote>>)> = Vec::new();
    for orientation in Orientation::ALL {
        for view in VIEWS {
            let item = side(frames, view, orientation);
            for entry_view in 0..VIEWS.len() {
                let votes = by_entry(&votes(&item, bank, entry_view));
                sides.push((item.clone(), entry_view, votes));
            }
        }
    }
    let of_entry = |(number, (name, entry)): (u64, &(String, [Side; 2]))| {
        let lanes = sides.iter().map(|(item, view, votes)| Lane {
            votes: votes.get(&number).map_or(&[], Vec::as_slice),
            item: &item.0,
            entry: &entry[*view].0,
            rates: RATES,
        });
        let stretches = trace(&lanes.collect::<Vec<_>>(), &Rules::PICTURES);
        stretches.into_iter().map(|stretch| (name.clone(), stretch)).collect::<Vec<_>>()
    };
    (0..).zip(bank).flat_map(of_entry).collect()
}

/// Every frame of the item with every frame of the bank near enough for their quality.
fn votes(item: &Side, bank: &[(String, [Side; 2])], entry_view: usize) -> Vec<(u64, Vote)> {
    let mut votes = Vec::new();
    for (asked, quality) in item.0.iter().zip(&item.1) {
        for (number, (_, sides)) in (0..).zip(bank) {
            for (known, known_quality) in sides[entry_view].0.iter().zip(&sides[entry_view].1) {
                let radius_bits = match *quality.min(known_quality) {
                    QUALITY_MIN.. => RADIUS_BITS,
                    PLAIN_QUALITY_MIN.. => PLAIN_RADIUS_BITS,
                    _ => continue,
                };
                let distance_bits = known.bits.distance(asked.bits);
                if distance_bits <= radius_bits {
                    votes.push((number, Vote::new(asked.span, known.span, distance_bits)));
                }
            }
        }
    }
    weigh(&mut votes);
    votes
}
