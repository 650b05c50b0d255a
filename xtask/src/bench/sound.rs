//! Sounds by their words at very many hours: what a search costs, and what of a sound with wrong bits it finds.

use lamassu_fingerprint::sound::{STEP_MS, Variant};
use lamassu_index::Filter;
use lamassu_index::words::{Counts, PART_WORDS, Sound, Together, WINDOW_WORDS, WordPart};
use lamassu_index::workload::stream;
use serde_json::json;

use super::{cost, report};

/// Words of an entry: a quarter of an hour.
const ENTRY_WORDS: usize = 15 * 60 * 1000 / STEP_MS as usize;
/// A bit of a word differs from the one before with this probability: of music and speech it is between 0.25 and 0.4.
const CHANGING: f64 = 0.3;
/// Shares of wrong bits that are tried.
const WRONG: [f64; 4] = [0.1, 0.2, 0.25, 0.3];
const ITEMS_S: [u32; 3] = [5, 10, 60];
/// Items of each kind.
const ITEMS: usize = 60;
const SEED: u64 = 42;

/// What is asked for.
#[derive(Debug, Clone, Copy, clap::Args)]
pub struct Wanted {
    /// Hours of entries
    #[arg(long, default_value_t = 1_000)]
    hours: u32,
    /// Only the last line, which is one JSON object
    #[arg(long)]
    json: bool,
}

/// Measures, and prints.
#[expect(clippy::print_stdout, reason = "the figures are what the tool is for")]
pub fn run(wanted: Wanted) -> anyhow::Result<bool> {
    let mut chance = Chance::new(SEED);
    let entries: Vec<Vec<u16>> = (0..4 * wanted.hours).map(|_| chance.words(ENTRY_WORDS)).collect();
    let audible = vec![true; ENTRY_WORDS];
    let sounds: Vec<Sound<'_>> = (0..)
        .zip(&entries)
        .map(|(entry, words)| Sound { entry, bank: 0, words, audible: &audible })
        .collect();
    let each = PART_WORDS / (ENTRY_WORDS + WINDOW_WORDS);
    let (parts, built) = cost::of(|| {
        Ok(sounds.chunks(each).map(|sounds| WordPart::of(sounds.iter().copied())).collect::<Vec<_>>())
    })?;
    let bytes: usize = parts.iter().map(WordPart::size_bytes).sum();
    let mut rows = Vec::new();
    for item_s in ITEMS_S {
        for wrong in WRONG {
            let (mut found, mut cpu_ms) = (0, 0.0);
            for k in 0..ITEMS {
                let words = (item_s * 1000 / STEP_MS) as usize;
                let entry = (k * 7919) % entries.len();
                let from = chance.below(ENTRY_WORDS - words);
                let item: Vec<Option<u16>> = entries[entry][from..from + words]
                    .iter()
                    .map(|word| Some(chance.wrong(*word, wrong)))
                    .collect();
                let (is_found, cost) = cost::of(|| Ok(search(&parts, &item, (entry as u64, from))))?;
                found += usize::from(is_found);
                cpu_ms += cost.cpu_ms;
            }
            // An item is looked for in each variant; of all but one nothing comes, which costs as much.
            let item_ms = cpu_ms / ITEMS as f64 * Variant::ALL.len() as f64;
            let share = found as f64 / ITEMS as f64;
            rows.push(json!({ "item_s": item_s, "wrong_bits": wrong, "found": share, "cpu_ms": item_ms }));
            if !wanted.json {
                println!(
                    "{item_s:>3} s, {:>2.0} % of bits wrong: {:>5.1} % found, {item_ms:>8.1} ms CPU an item",
                    100.0 * wrong,
                    100.0 * share
                );
            }
        }
    }
    let hour_bytes = bytes as f64 / f64::from(wanted.hours);
    if !wanted.json {
        println!(
            "{}\n{} hours in {} parts, {:.0} kB an hour, put together in {:.1} CPU s",
            report::machine(),
            wanted.hours,
            parts.len(),
            hour_bytes / 1e3,
            built.cpu_ms / 1e3
        );
    }
    println!("{}", json!({ "hours": wanted.hours, "bytes_an_hour": hour_bytes, "items": rows }));
    Ok(true)
}

/// Whether the item is found where it is from.
fn search(parts: &[WordPart], item: &[Option<u16>], (entry, from): (u64, usize)) -> bool {
    let (mut counts, mut found) = (Counts::default(), false);
    for first in (0..item.len()).step_by(WINDOW_WORDS / 2) {
        let window = &item[first..item.len().min(first + WINDOW_WORDS)];
        for part in parts {
            part.search(window, &Filter::AllBanks, &mut counts, |it: Together| {
                let off = it.first_word - (from + first).cast_signed() as i64;
                found |= it.entry == entry && off.abs() <= 3;
            });
        }
    }
    found
}

/// Numbers by chance, the same for the same seed.
struct Chance(Box<dyn FnMut() -> u64>);

impl Chance {
    fn new(seed: u64) -> Self {
        let mut next = stream(seed);
        Self(Box::new(move || next().0[0]))
    }

    fn below(&mut self, limit: usize) -> usize {
        ((self.0)() % limit.max(1) as u64) as usize
    }

    fn wrong(&mut self, word: u16, share: f64) -> u16 {
        (0..16).fold(word, |word, bit| {
            let is_wrong = ((self.0)() >> 11) as f64 / (1_u64 << 53) as f64 <= share;
            word ^ u16::from(is_wrong) << bit
        })
    }

    fn words(&mut self, count: usize) -> Vec<u16> {
        let mut word = (self.0)() as u16;
        (0..count)
            .map(|_| {
                word = self.wrong(word, CHANGING);
                word
            })
            .collect()
    }
}
