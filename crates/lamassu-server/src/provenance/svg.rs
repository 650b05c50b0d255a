//! The drawing: the item's timeline above, a lane for each source below, bands between them. Made for paper: what
//! tells picture from sound is a pattern, not only a colour.

mod lane;
mod pen;
mod words;

use super::visible::short;
use super::{Language, ProvenanceRow, SourceRow};
use pen::{Pen, clock};
use words::Words;

/// Most lanes that are drawn; the rest is in the table.
const LANES_MAX: usize = 60;
/// Ticks on the item's timeline at most.
const TICKS_MAX: f64 = 12.0;
/// Lengths between ticks that people count in, in seconds.
const STEPS_S: [f64; 14] =
    [0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 120.0, 300.0, 600.0, 900.0, 1_800.0, 3_600.0];

/// The whole drawing.
pub fn drawing(row: &ProvenanceRow, language: Language) -> String {
    let words = Words::of(language);
    let length_s = length_s(row);
    let mut pen = Pen::new(length_s, language);
    pen.title(words.title, &row.reference);
    let case = format!("{} {} · {}", words.case, row.case, clock(f64::from(row.duration_ms) / 1000.0));
    pen.note(&case);
    legend(&mut pen, &words);
    item(&mut pen, row, &words);
    let lanes: Vec<&SourceRow> = row.sources.iter().filter(|source| source.own).collect();
    for (at, source) in lanes.iter().take(LANES_MAX).enumerate() {
        lane::draw(&mut pen, (at + 1, source), row, &words);
    }
    if lanes.is_empty() {
        pen.note(words.nothing);
    }
    if lanes.len() > LANES_MAX || row.bands_left_out > 0 {
        pen.note(words.more);
    }
    pen.finish(&format!("{}: {}", words.title, short(&row.reference)))
}

/// How long the item's line is: what is told, or as far as its bands reach. Never 0.
fn length_s(row: &ProvenanceRow) -> f64 {
    let ends = row.sources.iter().flat_map(|source| &source.bands).map(|band| band.item_end_s);
    ends.fold(f64::from(row.duration_ms) / 1000.0, f64::max).max(0.001)
}

fn legend(pen: &mut Pen, words: &Words) {
    let shown = [
        ("picture", words.picture),
        ("sound", words.sound),
        ("borrowed", words.borrowed),
        ("unknown", words.unknown),
    ];
    pen.legend(&shown);
}

/// The item's timeline: who has which second, by picture and by sound, and what nobody has.
fn item(pen: &mut Pen, row: &ProvenanceRow, words: &Words) {
    pen.heading(words.item, "");
    ticks(pen);
    let lanes: Vec<&SourceRow> = row.sources.iter().filter(|source| source.own).collect();
    let rows = lane::rows_of(lanes.iter().flat_map(|source| &source.bands));
    let height = 16.0 * rows.len() as f64;
    for span in &row.unknown {
        pen.block("unknown", pen.on_item(span.start_s, span.end_s), (0.0, height));
    }
    let mut numbers = Vec::new();
    for (at, source) in lanes.iter().take(LANES_MAX).enumerate() {
        for band in &source.bands {
            let across = pen.on_item(band.item_start_s, band.item_end_s);
            for (layer, down) in lane::rows(band.layer, &rows, 16.0) {
                pen.block(if band.borrowed { "borrowed" } else { layer }, across, down);
                numbers.push((at + 1, across, down));
            }
        }
    }
    pen.numbers(&numbers);
    pen.frame(height);
    pen.down(height + 12.0);
}

fn ticks(pen: &mut Pen) {
    let least_s = pen.length_s() / TICKS_MAX;
    let step_s = STEPS_S.into_iter().find(|step_s| *step_s >= least_s);
    // Beyond the last, whole hours.
    let step_s = step_s.unwrap_or_else(|| (least_s / 3_600.0).ceil() * 3_600.0);
    let count = (pen.length_s() / step_s).floor() as u32;
    for k in 0..=count {
        pen.tick(f64::from(k) * step_s);
    }
    pen.down(18.0);
}
