//! Which files of a folder are of one source.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

/// A folder of pictures that is asked for, and which of them show the same.
#[derive(Debug, Clone, clap::Args)]
pub struct Pictures {
    /// The folder of pictures, searched through; relative to the workspace
    #[arg(long, default_value = "../shared/data/images")]
    images: PathBuf,
    /// Which of them show the same: lines of a file's name, or the beginning of one and a *, a tab, and a word
    #[arg(long)]
    groups: Option<PathBuf>,
}

impl Pictures {
    /// Where they are, and their groups: none where nobody told.
    pub fn read(&self, root: &Path) -> anyhow::Result<(PathBuf, Groups)> {
        let groups = self.groups.as_ref().map(|file| Groups::read(&root.join(file))).transpose()?;
        Ok((root.join(&self.images), groups.unwrap_or_default()))
    }
}

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
