//! Writes the documents that come from the server's code: its API, its errors, its metrics.

use std::path::Path;

use anyhow::Context;
use lamassu_server::{api, codes, metrics};

const ERRORS: &str = "docs/errors.md";
/// The table of HTTP stands between these lines.
const START: &str = "<!-- Written by `cargo xtask openapi` from here -->\n";
const END: &str = "<!-- to here. -->\n";

/// Writes all three into the workspace at `root`.
pub fn run(root: &Path) -> anyhow::Result<bool> {
    fs_err::create_dir_all(root.join("openapi"))?;
    fs_err::write(root.join("openapi/lamassu.json"), api::document() + "\n")?;
    fs_err::write(root.join("docs/metrics.md"), metrics::document())?;
    let errors = fs_err::read_to_string(root.join(ERRORS))?;
    fs_err::write(root.join(ERRORS), between(&errors, &codes::document())?)?;
    Ok(true)
}

fn between(text: &str, table: &str) -> anyhow::Result<String> {
    let (before, rest) =
        text.split_once(START).with_context(|| format!("{ERRORS} has lost its line {START}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("{ERRORS} has lost its line {END}"))?;
    Ok(format!("{before}{START}\n{table}\n{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::{END, START, between};

    #[test]
    fn only_the_table_is_replaced() {
        let text = format!("a\n{START}old\n{END}b\n");
        let written = between(&text, "new\n").unwrap();
        assert_eq!(written, format!("a\n{START}\nnew\n\n{END}b\n"));
        assert_eq!(between(&written, "new\n").unwrap(), written, "writing it again changes nothing");
        assert!(between("nothing", "new").is_err());
    }
}
