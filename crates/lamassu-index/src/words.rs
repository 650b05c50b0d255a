//! Sounds by their words: where in very many hours the words of a few seconds come in a row.
//!
//! What an index of blocks cannot do: blocks of one sound lie up to 80 of 256 bits apart, where no band is left
//! whole, and comparing one by one takes a second for forty hours and a minute. But of the 64 words of eight seconds some come
//! through with at most one bit wrong: of each word the places of all that are like it are looked up, and a place of an
//! entry at which several begin together is a candidate (Haitsma and Kalker, "A highly robust audio fingerprinting
//! system", 2002, look up whole words; the votes are those of Wang, "An industrial-strength audio search algorithm",
//! 2003). How many must come together follows from how many would by chance. Candidates are to be compared block by
//! block; some that a comparison of all blocks would find are missed.

use std::ops::Range;

use crate::change::EntryNumber;
use crate::snapshot::Filter;

/// Words that are looked up together.
pub const WINDOW_WORDS: usize = 64;
/// Words of a part from which on it is complete: its counts fit into the second cache.
pub const PART_WORDS: usize = 1 << 21;
/// Fewest words that come together.
const TOGETHER_MIN: u32 = 3;
/// So many candidates of a window and part may be chance.
const CHANCE_MAX: f64 = 2.0;
/// A word with so many times more places than words have on average tells nothing: a held tone, a beat.
const COMMON_RATIO: usize = 16;
/// Places are counted in pairs, as speeds differ a little.
const PLACES: u32 = 2;
/// Looked at together.
const CHUNK: usize = 64;

/// A sound of an entry.
#[derive(Debug, Clone, Copy)]
pub struct Sound<'a> {
    /// The entry's number.
    pub entry: EntryNumber,
    /// Its bank's number.
    pub bank: u32,
    /// A word each step.
    pub words: &'a [u16],
    /// Whether it may be found by this word.
    pub audible: &'a [bool],
}

/// Sounds of some entries; it never changes.
#[derive(Debug)]
pub struct WordPart {
    /// For each word where its places begin, and the end of the last one's.
    starts: Vec<u32>,
    places: Vec<u32>,
    sounds: Vec<Seat>,
    /// The first place that is behind all of them.
    end: u32,
}

/// Where an entry's words lie.
#[derive(Debug, Clone, Copy)]
struct Seat {
    entry: EntryNumber,
    bank: u32,
    place: u32,
}

/// A place where several words of a window begin together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Together {
    /// The entry.
    pub entry: EntryNumber,
    /// Its bank's number.
    pub bank: u32,
    /// Which word of it the window's first one is, give or take two; below 0 if the window began before it.
    pub first_word: i64,
}

/// Counts that a thread uses again.
#[derive(Debug, Default)]
pub struct Counts(Vec<u8>);

impl WordPart {
    /// Of these sounds, together at most some times [`PART_WORDS`].
    pub fn of<'a>(sounds: impl Iterator<Item = Sound<'a>> + Clone) -> Self {
        let mut seats = Vec::new();
        // A window that begins before an entry, or ends behind it, reaches no other one.
        let mut end = WINDOW_WORDS;
        for sound in sounds.clone() {
            seats.push(Seat { entry: sound.entry, bank: sound.bank, place: end as u32 });
            end += sound.words.len() + WINDOW_WORDS;
        }
        let audible = |sound: &Sound<'a>| {
            sound.words.iter().zip(sound.audible).enumerate().filter(|(_, (_, heard))| **heard)
        };
        let mut starts = vec![0_u32; (1 << 16) + 1];
        for sound in sounds.clone() {
            audible(&sound).for_each(|(_, (&word, _))| starts[usize::from(word) + 1] += 1);
        }
        for word in 0..1 << 16 {
            starts[word + 1] += starts[word];
        }
        let mut next = starts.clone();
        let mut places = vec![0; starts[1 << 16] as usize];
        for (sound, seat) in sounds.zip(&seats) {
            for (at, (&word, _)) in audible(&sound) {
                let next = &mut next[usize::from(word)];
                places[*next as usize] = seat.place + at as u32;
                *next += 1;
            }
        }
        Self { starts, places, sounds: seats, end: end as u32 }
    }

    /// How many words it has, silent ones and what lies between entries included.
    pub fn words(&self) -> usize {
        self.end as usize
    }

    /// How many bytes it takes.
    pub fn size_bytes(&self) -> usize {
        4 * (self.starts.len() + self.places.len()) + size_of::<Seat>() * self.sounds.len()
    }

    /// Its entries, in the order in which they were given.
    pub fn entries(&self) -> impl Iterator<Item = EntryNumber> {
        self.sounds.iter().map(|seat| seat.entry)
    }

    /// Calls `found` with the places where words of `window` begin together. `window`: at most [`WINDOW_WORDS`] words,
    /// none where nothing is heard.
    pub fn search(
        &self,
        window: &[Option<u16>],
        filter: &Filter,
        counts: &mut Counts,
        mut found: impl FnMut(Together),
    ) {
        let bins = self.end.div_ceil(PLACES) as usize + 1;
        let counts = &mut counts.0;
        counts.clear();
        counts.resize(bins.next_multiple_of(CHUNK), 0);
        let common = COMMON_RATIO * self.places.len().div_ceil(1 << 16);
        let mut counted = 0;
        for (at, &word) in
            (0..).zip(window).take(WINDOW_WORDS).filter_map(|(at, word)| Some((at, word.as_ref()?)))
        {
            let near = std::iter::once(word).chain((0..16).map(|bit| word ^ (1 << bit)));
            for places in near.map(|word| self.places_of(word)).filter(|places| places.len() <= common) {
                counted += places.len();
                for place in places {
                    let bin = &mut counts[((self.places[place] - at) / PLACES) as usize];
                    *bin = bin.saturating_add(1);
                }
            }
        }
        let together = together_min(2.0 * counted as f64 / bins as f64, bins);
        let half = together.div_ceil(2) as u8;
        for (chunk, bins) in counts.chunks_exact(CHUNK).enumerate() {
            if bins.iter().fold(0, |most: u8, &bin| most.max(bin)) < half {
                continue;
            }
            for bin in CHUNK * chunk..CHUNK * (chunk + 1) {
                let [before, own, after] = [bin.wrapping_sub(1), bin, bin + 1]
                    .map(|bin| counts.get(bin).map_or(0, |&count| u32::from(count)));
                // Of neighbours the fuller one tells, of equals the first.
                let is_top = own > before && own >= after;
                if is_top && own + before.max(after) >= together {
                    self.tell(bin as u32 * PLACES + PLACES / 2, filter, &mut found);
                }
            }
        }
    }

    fn tell(&self, place: u32, filter: &Filter, found: &mut impl FnMut(Together)) {
        // The window's first word may lie before the entry that the others are of.
        let behind = self.sounds.partition_point(|seat| seat.place < place + WINDOW_WORDS as u32);
        let Some(seat) = behind.checked_sub(1).map(|at| self.sounds[at]) else { return };
        if filter.accepts(seat.bank) {
            found(Together {
                entry: seat.entry,
                bank: seat.bank,
                first_word: i64::from(place) - i64::from(seat.place),
            });
        }
    }

    fn places_of(&self, word: u16) -> Range<usize> {
        let word = usize::from(word);
        self.starts[word] as usize..self.starts[word + 1] as usize
    }
}

/// From how many on few of so many bins hold as many by chance, when they hold so many on average.
fn together_min(mean: f64, bins: usize) -> u32 {
    // What is left of a Poisson distribution.
    let (mut term, mut left, mut count) = ((-mean).exp(), 1.0, 0);
    while left * bins as f64 > CHANCE_MAX || count < TOGETHER_MIN {
        left -= term;
        count += 1;
        term *= mean / f64::from(count);
        if count >= 200 {
            break;
        }
    }
    count
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Counts, Sound, Together, WINDOW_WORDS, WordPart, together_min};
    use crate::snapshot::Filter;

    /// Words by formula, of a seed.
    fn words(seed: u64, count: usize) -> Vec<u16> {
        let mut next = crate::workload::stream(seed);
        (0..count).map(|_| next().0[0] as u16).collect()
    }

    fn part(sounds: &[(u64, Vec<u16>)]) -> WordPart {
        let heard = vec![true; sounds.iter().map(|(_, words)| words.len()).max().unwrap_or(0)];
        WordPart::of(sounds.iter().map(|(entry, words)| Sound {
            entry: *entry,
            bank: (entry % 2) as u32,
            words,
            audible: &heard[..words.len()],
        }))
    }

    fn search(part: &WordPart, window: &[Option<u16>], filter: &Filter) -> Vec<Together> {
        let mut found = Vec::new();
        part.search(window, filter, &mut Counts::default(), |together| found.push(together));
        found
    }

    #[test]
    fn chance_alone_brings_few_together() {
        assert_eq!(together_min(0.0, 1_000), 3);
        let (little, much) = (together_min(0.03, 1 << 20), together_min(1.0, 1 << 20));
        assert!((3..6).contains(&little) && (9..14).contains(&much), "{little} {much}");
    }

    proptest! {
        /// Wherever it is cut out, and with a bit wrong in most words.
        #[test]
        fn a_window_is_found_where_it_is_from(
            seed: u64, entry in 0..9_usize, from in 0..1_000_u32, wrong in prop::collection::vec(0..40_u32, WINDOW_WORDS),
        ) {
            let sounds: Vec<_> = (0..9).map(|k| (k, words(seed ^ k, 1_200))).collect();
            let part = part(&sounds);
            let of = &sounds[entry].1[from as usize..][..WINDOW_WORDS];
            // A bit, or two where it is beyond the sixteenth.
            let window: Vec<_> = of
                .iter()
                .zip(&wrong)
                .map(|(word, &bit)| Some(word ^ 1 << (bit % 16) ^ u16::from(bit >= 16) << ((bit + 5) % 16)))
                .collect();
            let found = search(&part, &window, &Filter::AllBanks);
            let near = |it: &Together| it.entry == entry as u64 && (it.first_word - i64::from(from)).abs() <= 2;
            prop_assert!(found.iter().any(near), "{:?}", found);
            let other = Filter::Banks([(entry as u32 + 1) % 2].into());
            prop_assert!(!search(&part, &window, &other).iter().any(near));
        }
    }

    #[test]
    fn what_begins_before_an_entry_or_ends_behind_it_is_found_there() {
        let sounds: Vec<_> = (0..3).map(|k| (k, words(k + 77, 300))).collect();
        let part = part(&sounds);
        let noise = words(5, WINDOW_WORDS);
        let mut early: Vec<_> = noise.iter().copied().map(Some).collect();
        early[24..].iter_mut().zip(&sounds[1].1).for_each(|(to, &word)| *to = Some(word));
        let found = search(&part, &early, &Filter::AllBanks);
        assert!(found.iter().any(|it| it.entry == 1 && (it.first_word + 24).abs() <= 2), "{found:?}");
        let mut late: Vec<_> = vec![None; WINDOW_WORDS];
        late.iter_mut().zip(&sounds[2].1[270..]).for_each(|(to, &word)| *to = Some(word));
        let found = search(&part, &late, &Filter::AllBanks);
        assert!(found.iter().any(|it| it.entry == 2 && (it.first_word - 270).abs() <= 2), "{found:?}");
    }

    #[test]
    fn silence_and_nothing_find_nothing() {
        let part = part(&[(1, words(3, 500))]);
        assert_eq!(search(&part, &[None; WINDOW_WORDS], &Filter::AllBanks), []);
        assert_eq!(search(&part, &[], &Filter::AllBanks), []);
        let none = WordPart::of([].into_iter());
        assert_eq!(search(&none, &[Some(1); WINDOW_WORDS], &Filter::AllBanks), []);
        assert_eq!(part.entries().collect::<Vec<_>>(), [1]);
    }
}
