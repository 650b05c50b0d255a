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
    let rows = rows_of(&source.bands);
    let height = ROW * rows.len() as f64;
    line(pen, source, &rows, |pen, band| pen.on_item(band.item_start_s, band.item_end_s));
    pen.down(height);
    for band in &source.bands {
        let above = pen.on_item(band.item_start_s, band.item_end_s);
        let [(layer, _), ..] = self::rows(band.layer, &rows, ROW)[..] else { continue };
        pen.band(class(band, layer), above, on_entry(source, band, entry_s), BAND);
    }
    pen.down(BAND);
    line(pen, source, &rows, |_, band| on_entry(source, band, entry_s));
    pen.down(height + 14.0);
    pen.time(false, &clock(0.0));
    pen.time(true, &clock(entry_s));
    pen.down(8.0);
    also(pen, source, row, words);
}

/// One line of a source with its stretches.
fn line(
    pen: &mut Pen,
    source: &SourceRow,
    rows: &[&'static str],
    across: impl Fn(&Pen, &BandRow) -> (f64, f64),
) {
    for band in &source.bands {
        for (layer, down) in self::rows(band.layer, rows, ROW) {
            let across = across(pen, band);
            pen.block(class(band, layer), across, down);
        }
    }
    pen.frame(ROW * rows.len() as f64);
}

/// The rows that a line needs for these bands: what is seen above, what is heard below.
pub fn rows_of<'a>(bands: impl IntoIterator<Item = &'a BandRow>) -> Vec<&'static str> {
    let layers: Vec<&str> = bands.into_iter().map(|band| band.layer).collect();
    let is_there = |row: &&str| layers.iter().any(|layer| layer == row || *layer == "whole");
    let rows: Vec<&str> = ["picture", "sound"].into_iter().filter(is_there).collect();
    if rows.is_empty() { vec!["picture"] } else { rows }
}

/// Those of a line's rows that a band fills, each with where it is and how high: the same bytes fill both.
pub fn rows(layer: &str, of_line: &[&'static str], height: f64) -> Vec<(&'static str, (f64, f64))> {
    let places = of_line.iter().enumerate().map(|(at, row)| (*row, (at as f64 * height, height)));
    places.filter(|(row, _)| *row == layer || layer == "whole").collect()
}

/// Where a band lies on its entry's line; all of it when the entry is one picture.
fn on_entry(source: &SourceRow, band: &BandRow, entry_s: f64) -> (f64, f64) {
    if source.duration_ms == 0 {
        along(0.0, 1.0, 1.0)
    } else {
        along(band.entry_start_s, band.entry_end_s, entry_s)
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
