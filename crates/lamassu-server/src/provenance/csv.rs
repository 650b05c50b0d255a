//! The table: RFC 4180, for programs that read and for programs that calculate.

use super::visible::visible;
use super::{BandRow, ProvenanceRow, SourceRow};
use crate::matches::RegionView;

const HEAD: &str = "item_start_s,item_end_s,layer,bank,entry,title,entry_start_s,entry_end_s,rate,score,method,\
                    borrowed,own_s,older,published,added_at,removed,place\r\n";
/// Spreadsheets tell by it that Arabic is no other alphabet.
const BYTE_ORDER_MARK: &str = "\u{feff}";

/// One row a stretch, in the order of the item; what comes from no known entry has the layer `unknown` and nothing
/// beside it.
pub fn table(row: &ProvenanceRow) -> String {
    let mut rows: Vec<(f64, String)> = Vec::new();
    for source in &row.sources {
        rows.extend(source.bands.iter().map(|band| (band.item_start_s, line(source, band))));
    }
    rows.extend(row.unknown.iter().map(|span| {
        let nothing = ",".repeat(15);
        (span.start_s, format!("{:.3},{:.3},unknown{nothing}\r\n", span.start_s, span.end_s))
    }));
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let lines: String = rows.into_iter().map(|(_, line)| line).collect();
    format!("{BYTE_ORDER_MARK}{HEAD}{lines}")
}

fn line(source: &SourceRow, band: &BandRow) -> String {
    let number = |number: f64| format!("{number:.3}");
    let cells = [
        number(band.item_start_s),
        number(band.item_end_s),
        band.layer.to_owned(),
        text(&source.bank),
        source.entry.clone(),
        text(&source.title),
        number(band.entry_start_s),
        number(band.entry_end_s),
        number(band.rate),
        number(band.score),
        band.method.to_owned(),
        band.borrowed.to_string(),
        number(band.own_s),
        band.older.join(" "),
        text(source.published.as_deref().unwrap_or_default()),
        time(source),
        source.removed.to_string(),
        band.place.as_ref().map(place).unwrap_or_default(),
    ];
    cells.join(",") + "\r\n"
}

/// Left and upper edge, width and height, in shares of the picture's sides.
fn place(RegionView { x, y, width, height }: &RegionView) -> String {
    format!("{x:.3} {y:.3} {width:.3} {height:.3}")
}

fn time(source: &SourceRow) -> String {
    let written = serde_json::to_value(source.added_at).expect("a time is text");
    written.as_str().unwrap_or_default().to_owned()
}

/// A cell that is text. A spreadsheet takes what begins with one of these for a formula, also behind spaces and in
/// the wide forms, unless an apostrophe stands before it.
fn text(from_outside: &str) -> String {
    let shown = visible(from_outside);
    let first = shown.trim_start().chars().next().unwrap_or(' ');
    let is_formula = matches!(first, '=' | '+' | '-' | '@' | '|' | '%' | '＝' | '＋' | '－' | '＠' | '−');
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", shown.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn no_cell_is_a_formula_or_ends_early() {
        for (title, cell) in [
            ("Example Agency", "\"Example Agency\""),
            ("a \"b\", c", "\"a \"\"b\"\", c\""),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            (" \u{a0}+1", "\"' \u{a0}+1\""),
            ("\t=1", "\"[U+0009]=1\""),
            ("＝1", "\"'＝1\""),
            ("-- 12 --", "\"'-- 12 --\""),
            ("a\r\n=1", "\"a[U+000D][U+000A]=1\""),
            ("\u{202e}=1", "\"[U+202E]=1\""),
        ] {
            assert_eq!(text(title), cell, "{title:?}");
        }
    }
}
