//! Reads the crate tables of ARCHITECTURE.md.

use std::collections::BTreeMap;

/// What ARCHITECTURE.md says about crates.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tables {
    /// Under the heading "Crates": what each may use.
    pub crates: BTreeMap<String, Vec<String>>,
    /// Under the heading "Planned": crates that are not there yet.
    pub planned: Vec<String>,
}

/// Reads tables whose first column is a crate and whose second lists what it may use, in short names
/// (`case` for `lamassu-case`) between commas.
pub fn read(architecture: &str) -> Tables {
    let mut tables = Tables::default();
    let mut heading = "";
    for line in architecture.lines() {
        if line.starts_with('#') {
            heading = line.trim_start_matches('#').trim();
        }
        let Some(cells) = cells(line) else { continue };
        match (heading, cells.as_slice()) {
            ("Crates", [name, uses, ..]) => {
                tables.crates.insert(full_name(name), uses.split(',').filter_map(used).collect());
            }
            ("Planned", [name, ..]) => tables.planned.push(full_name(name)),
            _ => {}
        }
    }
    tables
}

/// The cells of a table's row; none for a header, a ruler, or what is no row.
fn cells(line: &str) -> Option<Vec<String>> {
    let row = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    let cells: Vec<String> = row.split('|').map(|cell| cell.replace('`', "").trim().to_owned()).collect();
    let first = cells.first()?;
    let ruler = first.chars().all(|c| "-: ".contains(c));
    (!ruler && first != "crate").then_some(cells)
}

fn used(cell: &str) -> Option<String> {
    let name = cell.trim();
    name.starts_with(|c: char| c.is_ascii_lowercase()).then(|| full_name(name))
}

fn full_name(name: &str) -> String {
    if name.starts_with("lamassu") || name == "xtask" { name.to_owned() } else { format!("lamassu-{name}") }
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn both_tables_are_read() {
        let tables = read(
            "# A\n## Crates\n| crate | may use | what |\n|---|---|---|\n| `lamassu-a` | – | x |\n\
             | lamassu | a, `b` | y |\n## Planned\n| crate | what |\n|:--|---|\n| lake | z |\n## Other\n| q | r |\n",
        );
        let crates: Vec<_> = tables.crates.into_iter().collect();
        let owned = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<String>>();
        assert_eq!(
            crates,
            [("lamassu".to_owned(), owned(&["lamassu-a", "lamassu-b"])), ("lamassu-a".to_owned(), vec![])]
        );
        assert_eq!(tables.planned, ["lamassu-lake"]);
    }
}
