//! One source: when in the item, a band, when in the entry.

use super::pen::{Pen, along, clock, isolated};
use super::words::Words;
use crate::provenance::visible::short;
use crate::provenance::{BandRow, ProvenanceRow, SourceRow};

/// Height of a band between the two lines, in pixels.
const BAND: f64 = 36.0;
/// Height of one row of a line, in pixels.
const ROW: f64 = 12.0;
/// Most others that are named under a lane.
const ALSO_MAX: usize = 6;

/// Draws a source with its number, and who else has the same seconds.
pub fn draw(pen: &mut Pen, (number, source): (usize, &SourceRow), row: &ProvenanceRow, words: &Words) {
    pen.heading(&format!("{number}  {}", isolated(&short(&source.title))), &about(source, words));
    let entry_s = length_s(source);
    for band in &source.bands {
        for (layer, down) in rows(band.layer, ROW) {
            pen.block(class(band, layer), pen.on_item(band.item_start_s, band.item_end_s), down);
        }
    }
    pen.frame(2.0 * ROW);
    pen.down(2.0 * ROW);
    for band in &source.bands {
        let above = pen.on_item(band.item_start_s, band.item_end_s);
        let below = along(band.entry_start_s, band.entry_end_s, entry_s);
        let [(layer, _), ..] = rows(band.layer, ROW)[..] else { continue };
        pen.band(class(band, layer), above, below, BAND);
    }
    pen.down(BAND);
    for band in &source.bands {
        for (layer, down) in rows(band.layer, ROW) {
            let across = along(band.entry_start_s, band.entry_end_s, entry_s);
            pen.block(class(band, layer), across, down);
        }
    }
    pen.frame(2.0 * ROW);
    pen.down(2.0 * ROW + 14.0);
    pen.time(false, &clock(0.0));
    pen.time(true, &clock(entry_s));
    pen.down(8.0);
    also(pen, source, row, words);
}

/// The rows of a line that a band fills: picture above, sound below, the same bytes both.
pub fn rows(layer: &str, height: f64) -> Vec<(&'static str, (f64, f64))> {
    let (picture, sound) = (("picture", (0.0, height)), ("sound", (height, height)));
    match layer {
        "picture" => vec![picture],
        "sound" => vec![sound],
        _ => vec![picture, sound],
    }
}

fn class(band: &BandRow, layer: &'static str) -> &'static str {
    if band.borrowed { "borrowed" } else { layer }
}

/// How long the entry's line is: what is told, or as far as its bands reach.
fn length_s(source: &SourceRow) -> f64 {
    let ends = source.bands.iter().map(|band| band.entry_end_s);
    ends.fold(f64::from(source.duration_ms) / 1000.0, f64::max).max(0.001)
}

fn about(source: &SourceRow, words: &Words) -> String {
    let day = |text: &str| text.chars().take(10).collect::<String>();
    let added = serde_json::to_value(source.added_at).expect("a time is text");
    let mut parts = vec![
        isolated(&short(&source.bank)),
        format!("{} {}", words.banked, isolated(&day(added.as_str().unwrap_or_default()))),
        format!("{} {}", isolated(&clock(source.shown_s)), words.shown),
    ];
    if let Some(published) = &source.published {
        parts.insert(1, format!("{} {}", words.released, isolated(&short(published))));
    }
    if source.removed {
        parts.push(words.removed.to_owned());
    }
    parts.join(" · ")
}

/// Younger entries with the same seconds.
fn also(pen: &mut Pen, source: &SourceRow, row: &ProvenanceRow, words: &Words) {
    let shares = |other: &&SourceRow| other.bands.iter().any(|band| band.older.contains(&source.entry));
    let others: Vec<String> = row
        .sources
        .iter()
        .filter(shares)
        .take(ALSO_MAX)
        .map(|other| isolated(&short(&other.title)))
        .collect();
    if !others.is_empty() {
        pen.down(6.0);
        pen.note(&format!("{}: {}", words.also, others.join(", ")));
    }
}
