//! Which files of a folder are of one source.

use std::path::Path;

use anyhow::Context as _;

/// Patterns of files' names, and a word for each: files with the same word show the same.
#[derive(Debug, Default)]
pub struct Groups(Vec<(String, String)>);

impl Groups {
    /// Reads lines of a pattern, a tab and a word; empty ones and those that begin with # say nothing.
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        Self::of(&fs_err::read_to_string(path)?)
    }

    /// As [`Groups::read`], of a text.
    pub fn of(text: &str) -> anyhow::Result<Self> {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let pair = |line: &str| {
            let (pattern, group) = line.split_once('\t').with_context(|| format!("no tab in: {line}"))?;
            Ok((pattern.to_owned(), group.to_owned()))
        };
        Ok(Self(lines.map(pair).collect::<anyhow::Result<_>>()?))
    }

    /// The source of a file: its group's, or its own.
    pub fn source<'a>(&'a self, name: &'a str) -> &'a str {
        let fits = |pattern: &str| match pattern.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == pattern,
        };
        self.0.iter().find(|(pattern, _)| fits(pattern)).map_or(name, |(_, group)| group)
    }
}

#[cfg(test)]
mod tests {
    use super::Groups;

    #[test]
    fn a_file_is_of_its_group_or_of_its_own() {
        let groups = Groups::of("# of one room\nchair-*\tchair\n\ntable.png\tchair\n").expect("two lines");
        assert_eq!(
            ["chair-1.png", "table.png", "table.png.jpg"].map(|it| groups.source(it)),
            ["chair", "chair", "table.png.jpg"]
        );
        assert!(Groups::of("chair").is_err());
    }
}
