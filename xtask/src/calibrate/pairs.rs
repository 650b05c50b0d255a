//! Candidates as the product finds them, and whether they are right.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use lamassu_case::Method;
use lamassu_case::score::{Seen, SeenFeatures};
use lamassu_fingerprint::{ReadFrame, View};
use lamassu_index::Filter;
use lamassu_index::local::{Limits, LocalIndex, Placement};
use lamassu_media::{Jail, Precision, Purpose, Reading, Sealed, Wanted};

use super::sources::Original;
use crate::demo::jpeg;
use crate::disguise::{DISGUISES, PARTS};

/// Pairs farther apart are no candidates: a radius and near misses reach no farther.
const CANDIDATE_BITS_MAX: u32 = 63;
/// PDQ of less quality is no candidate of any bank by default.
const QUALITY_MIN: u8 = 50;
/// Within this radius a picture is found as a whole, and its parts are not looked for.
const WHOLE_BITS_MAX: u32 = 31;
/// Plain pictures that differ by more are no candidates: twice what a bank accepts by default.
const CANDIDATE_DIFFERENCE_MAX: f64 = 0.3;
/// Local features kept of an entry, as the policy's default has it, and looked at in an item.
const FEATURES_MAX: (u16, u16) = (300, 600);

/// A candidate.
#[derive(Debug, Clone)]
pub struct Pair {
    /// How it was found: `Pdq`, `Local` or `Plain`.
    pub method: Method,
    /// What was seen.
    pub seen: Seen,
    /// The number that its score is a curve of.
    pub x: f64,
    /// Whether the item was made of the entry.
    pub is_right: bool,
    /// Whether both are drawn cards or flags.
    pub is_drawn: bool,
    /// The number of the original that the item was made of.
    pub original: usize,
}

/// All candidates of one half.
#[derive(Debug, Default)]
pub struct Found {
    /// The candidates.
    pub pairs: Vec<Pair>,
    /// How many items.
    pub items: usize,
    /// How many pairs of an item and an entry were unrelated, candidates or not: photographs, and both drawn.
    pub unrelated: [usize; 2],
}

struct Known {
    original: Original,
    frames: Vec<ReadFrame>,
}

/// Banks the originals, disguises each in every way and looks for the copies.
///
/// # Errors
/// When the jail fails.
pub fn find(jail: &Jail, originals: &[Original]) -> anyhow::Result<Found> {
    let index = LocalIndex::default();
    let read_one = |original: &Original| {
        let Some(picture) = original.draw() else { return Ok(None) };
        let reading = read(jail, &jpeg(&picture, 90)?, Purpose::Entry)?;
        Ok(Some((Known { original: original.clone(), frames: reading.frames }, reading.features)))
    };
    let (mut known, mut entries) = (Vec::new(), Vec::new());
    for (entry, features) in each(originals, read_one)?.into_iter().flatten() {
        entries.push((known.len() as u64, 0, features));
        known.push(entry);
    }
    index.load(entries);
    let looking = Looking { jail, known: &known, index: &index };
    let numbers: Vec<usize> = (0..known.len()).collect();
    let mut found = Found::default();
    for pairs in each(&numbers, |&number| looking.copies_of(number))? {
        found.pairs.extend(pairs);
    }
    let disguises = DISGUISES.len() + PARTS.len();
    found.items = known.len() * disguises;
    for item in &known {
        for entry in known
            .iter()
            .filter(|entry| entry.original.source != item.original.source || entry.original.is_drawn())
        {
            let is_drawn = item.original.is_drawn() && entry.original.is_drawn();
            found.unrelated[usize::from(is_drawn)] += disguises;
        }
    }
    // A picture is not unrelated to itself.
    found.unrelated[1] -= known.iter().filter(|it| it.original.is_drawn()).count() * disguises;
    Ok(found)
}

/// What `work` makes of each, in order, on all processors.
fn each<T: Sync, R: Send>(
    all: &[T],
    work: impl Fn(&T) -> anyhow::Result<R> + Sync,
) -> anyhow::Result<Vec<R>> {
    let (next, done) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let working = || {
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some(one) = all.get(at) else { return };
            let made = work(one);
            done.lock().expect("no thread panics while it holds this").push((at, made));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(working);
        }
    });
    let mut done = done.into_inner().expect("no thread panicked");
    done.sort_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, made)| made).collect()
}

fn read(jail: &Jail, bytes: &[u8], purpose: Purpose) -> anyhow::Result<Reading> {
    let features_max = if purpose == Purpose::Entry { FEATURES_MAX.0 } else { FEATURES_MAX.1 };
    let wanted = Wanted { features_max, ..Wanted::of(purpose, Precision::Full) };
    let sealed = Sealed::copy(bytes, &std::env::temp_dir(), jail.limits())?;
    Ok(jail.read(&sealed, wanted)?)
}

struct Looking<'a> {
    jail: &'a Jail,
    known: &'a [Known],
    index: &'a LocalIndex,
}

impl Looking<'_> {
    fn copies_of(&self, number: usize) -> anyhow::Result<Vec<Pair>> {
        let mut pairs = Vec::new();
        let Some(picture) = self.known[number].original.draw() else { return Ok(pairs) };
        for disguise in DISGUISES.iter().chain(&PARTS) {
            pairs.extend(self.copy(number, &disguise.apply(&picture)?)?);
        }
        Ok(pairs)
    }

    fn copy(&self, number: usize, bytes: &[u8]) -> anyhow::Result<Vec<Pair>> {
        let item = read(self.jail, bytes, Purpose::Item)?;
        let mut pairs = Vec::new();
        let mut is_whole = false;
        for (entry, known) in self.known.iter().enumerate() {
            let Some(seen) = whole(&item.frames, &known.frames) else { continue };
            if let Seen::Picture { distance_bits, .. } = seen {
                is_whole |= distance_bits <= WHOLE_BITS_MAX;
            }
            pairs.extend(self.pair(number, entry, seen));
        }
        if let Some(frame) = item.features.first() {
            let placements =
                self.index.snapshot().search(&frame.features, &Filter::AllBanks, &Limits::default());
            let parts = placements.iter().filter_map(|it| self.pair(number, it.entry as usize, local(it)));
            pairs.extend(parts.filter(|pair| !(pair.is_right && is_whole)));
        }
        Ok(pairs)
    }

    /// None where it is neither right nor wrong.
    fn pair(&self, number: usize, entry: usize, seen: Seen) -> Option<Pair> {
        let [of_item, of_entry] = [number, entry].map(|at| &self.known[at].original);
        let (method, x) = match seen {
            Seen::Picture { distance_bits, .. } => (Method::Pdq, f64::from(distance_bits)),
            Seen::Plain { difference } => (Method::Plain, difference),
            Seen::Local(features) => (Method::Local, features.strength().ln_1p()),
            Seen::Digest | Seen::Frames { .. } | Seen::Sound { .. } | Seen::Logo(_) => return None,
        };
        let is_right = entry == number;
        let is_drawn = of_item.is_drawn() && of_entry.is_drawn();
        let is_kin = !is_right && of_item.is_kin(of_entry);
        (!is_kin).then_some(Pair { method, seen, x, is_right, is_drawn, original: number })
    }
}

/// The nearest pair of views, however the item is turned: by PDQ, or else as plain pictures.
fn whole(item: &[ReadFrame], entry: &[ReadFrame]) -> Option<Seen> {
    let pairs = || item.iter().flat_map(|of_item| entry.iter().map(move |of_entry| (of_item, of_entry)));
    let nearest = |(of_item, of_entry): (&ReadFrame, &ReadFrame)| {
        let bits = of_item.bits.iter().map(|bits| bits.distance(of_entry.bits[0])).min().unwrap_or(256);
        (bits, of_item.quality.min(of_entry.quality))
    };
    let is_plain = |(of_item, of_entry): &(&ReadFrame, &ReadFrame)| {
        of_item.view == View::Plain && of_entry.view == View::Plain
    };
    let is_clear = |(of_item, of_entry): &(&ReadFrame, &ReadFrame)| {
        of_item.view != View::Plain
            && of_entry.view != View::Plain
            && of_item.quality.min(of_entry.quality) >= QUALITY_MIN
    };
    let pdq = pairs().filter(is_clear).map(nearest).min_by_key(|(bits, _)| *bits);
    if let Some((distance_bits, quality)) = pdq.filter(|(bits, _)| *bits <= CANDIDATE_BITS_MAX) {
        return Some(Seen::Picture { distance_bits, quality });
    }
    let differences = pairs().filter(is_plain).map(nearest);
    let difference = differences.map(|(bits, structure)| f64::from(bits) / f64::from(structure.max(1)));
    let difference = difference.min_by(f64::total_cmp)?;
    (difference <= CANDIDATE_DIFFERENCE_MAX).then_some(Seen::Plain { difference })
}

fn local(placement: &Placement) -> Seen {
    Seen::Local(SeenFeatures {
        inliers: placement.inliers,
        visible: placement.visible,
        entry_features: placement.entry_features,
        distance_bits: placement.distance_bits,
        spread: placement.spread,
        evidence_bits: placement.evidence_bits,
    })
}

#[cfg(test)]
mod tests {
    use lamassu_case::score::Seen;
    use lamassu_fingerprint::{Bits256, Frame, ReadFrame, View};

    use super::{each, whole};

    fn frame(view: View, quality: u8, bits: u64) -> ReadFrame {
        let hash = Bits256([bits, 0, 0, 0]);
        Frame { start_ms: 0, end_ms: 0, view, quality, bits: [hash; 8] }
    }

    #[test]
    fn whole_pictures_are_compared_with_their_like() {
        let clear = frame(View::Full, 90, 0b111);
        assert_eq!(
            whole(&[clear, frame(View::Trimmed, 80, 0b1)], &[frame(View::Full, 70, 0)]),
            Some(Seen::Picture { distance_bits: 1, quality: 70 })
        );
        assert_eq!(whole(&[clear], &[frame(View::Full, 49, 0b111)]), None, "too little quality");
        assert_eq!(
            whole(&[clear], &[frame(View::Full, 90, !0)]),
            Some(Seen::Picture { distance_bits: 61, quality: 90 })
        );
        assert_eq!(whole(&[clear], &[frame(View::Plain, 90, 0b111)]), None, "another kind of hash");
        let plain = whole(&[frame(View::Plain, 50, 0b11)], &[frame(View::Plain, 40, 0)]);
        assert_eq!(plain, Some(Seen::Plain { difference: 0.05 }));
    }

    #[test]
    fn work_comes_back_in_order_and_errors_come_through() {
        let doubled = each(&[1, 2, 3, 4, 5], |it| Ok(2 * it)).expect("nothing fails");
        assert_eq!(doubled, [2, 4, 6, 8, 10]);
        assert!(each(&[1, 2], |it| if *it == 2 { anyhow::bail!("two") } else { Ok(()) }).is_err());
    }
}
