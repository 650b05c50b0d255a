//! What the checks look at: the texts of the workspace and what cargo knows of its packages.

use std::collections::BTreeSet;
use std::fmt;
use std::path::Path;

use cargo_metadata::{DependencyKind, Metadata, MetadataCommand};
use walkdir::WalkDir;

/// Folders that hold nothing of ours.
const SKIPPED: [&str; 4] = [".git", ".venv", "node_modules", "target"];

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    pub path: String,
    /// 1 for the first.
    pub line: usize,
    /// What is wrong, and what to do.
    pub advice: String,
}

impl Finding {
    pub fn new(path: &str, line: usize, advice: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, advice: advice.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.advice)
    }
}

/// A text file; its path is relative to the workspace, with `/` between its parts.
#[derive(Debug, Clone)]
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    pub fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    pub fn has_extension(&self, extension: &str) -> bool {
        Path::new(&self.path).extension().is_some_and(|found| found == extension)
    }

    /// The number of the first line that holds `part`; 1 when none does.
    pub fn line_of(&self, part: &str) -> usize {
        self.text.lines().position(|line| line.contains(part)).map_or(1, |at| at + 1)
    }
}

/// A package of the workspace, or one that it depends on.
#[derive(Debug, Clone, Default)]
pub struct Package {
    pub name: String,
    pub version: String,
    /// Its folder in the workspace; none for a foreign one.
    pub folder: Option<String>,
    /// Names of what it needs to be built, without what its tests and builds need.
    pub dependencies: Vec<String>,
    pub licence: Option<String>,
    /// Where it was fetched from; none for a folder.
    pub source: Option<String>,
}

/// All of it.
#[derive(Debug, Clone, Default)]
pub struct Workspace {
    pub files: Vec<File>,
    /// Every file and folder, relative to the workspace.
    pub paths: BTreeSet<String>,
    pub packages: Vec<Package>,
}

impl Workspace {
    /// Reads the workspace at `root`.
    pub fn load(root: &Path) -> anyhow::Result<Self> {
        let metadata = MetadataCommand::new().manifest_path(root.join("Cargo.toml")).exec()?;
        let mut workspace = Self { packages: packages(&metadata), ..Self::default() };
        let walk = WalkDir::new(root).min_depth(1).sort_by_file_name().into_iter();
        for found in walk.filter_entry(|e| !SKIPPED.iter().any(|name| e.file_name() == *name)) {
            let found = found?;
            let path = found.path().strip_prefix(root)?.to_string_lossy().replace('\\', "/");
            workspace.paths.insert(path.clone());
            // What is not text, such as a picture, only counts as a path.
            if found.file_type().is_file()
                && let Ok(text) = fs_err::read_to_string(found.path())
            {
                workspace.files.push(File { path, text });
            }
        }
        Ok(workspace)
    }

    /// The packages of the workspace itself, with their folders.
    pub fn members(&self) -> impl Iterator<Item = (&Package, &str)> {
        self.packages.iter().filter_map(|package| Some((package, package.folder.as_deref()?)))
    }

    pub fn file(&self, path: &str) -> Option<&File> {
        self.files.iter().find(|file| file.path == path)
    }
}

fn packages(metadata: &Metadata) -> Vec<Package> {
    let root = &metadata.workspace_root;
    let folder = |manifest: &cargo_metadata::camino::Utf8Path| {
        Some(manifest.parent()?.strip_prefix(root).ok()?.as_str().replace('\\', "/"))
    };
    let package = |package: &cargo_metadata::Package| Package {
        name: package.name.to_string(),
        version: package.version.to_string(),
        folder: if package.source.is_none() { folder(&package.manifest_path) } else { None },
        dependencies: package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal)
            .map(|dependency| dependency.name.clone())
            .collect(),
        licence: package.license.clone(),
        source: package.source.as_ref().map(ToString::to_string),
    };
    metadata.packages.iter().map(package).collect()
}

/// Workspaces for the tests of the checks.
#[cfg(test)]
pub mod example {
    use super::{File, Finding, Package, Workspace};

    /// A workspace of these files, their folders among its paths.
    pub fn workspace(files: &[(&str, &str)]) -> Workspace {
        let mut workspace = Workspace::default();
        for (path, text) in files {
            workspace.files.push(File { path: (*path).to_owned(), text: (*text).to_owned() });
            let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
            workspace.paths.extend(ends.map(|end| path[..end].to_owned()));
        }
        workspace
    }

    /// A package of the workspace.
    pub fn member(name: &str, dependencies: &[&str]) -> Package {
        Package {
            name: name.to_owned(),
            folder: Some(format!("crates/{name}")),
            dependencies: dependencies.iter().map(|&name| name.to_owned()).collect(),
            ..Package::default()
        }
    }

    /// `path:line` of each finding.
    pub fn places(findings: &[Finding]) -> Vec<String> {
        findings.iter().map(|finding| format!("{}:{}", finding.path, finding.line)).collect()
    }
}
