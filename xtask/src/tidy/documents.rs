//! Documents: links that lead somewhere, a short ARCHITECTURE.md, sources of test data.

use std::collections::BTreeSet;

use super::workspace::{File, Finding, Workspace};

/// ARCHITECTURE.md stays below this, or nobody reads it.
const ARCHITECTURE_WORDS_MAX: usize = 1500;

/// Links from one file of the workspace to another resolve.
pub fn links(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in workspace.files.iter().filter(|file| file.has_extension("md")) {
        for (line, target) in relative_links(file) {
            let found = resolve(&file.path, &target)
                .is_some_and(|path| path.is_empty() || workspace.paths.contains(&path));
            if !found {
                let advice = format!("the link to {target} leads nowhere; correct or remove it");
                findings.push(Finding::new(&file.path, line, advice));
            }
        }
    }
    findings
}

/// Functions that documents name as `path/file.rs::function` are there.
pub fn functions(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = Vec::new();
    for file in workspace.files.iter().filter(|file| file.has_extension("md")) {
        for (at, line) in file.text.lines().enumerate() {
            // Every second piece between backticks is code.
            for code in line.split('`').skip(1).step_by(2) {
                let Some((path, function)) = code.split_once(".rs::") else { continue };
                let path = format!("{path}.rs");
                let defines = |source: &File| {
                    [format!("fn {function}("), format!("fn {function}<")]
                        .iter()
                        .any(|text| source.text.contains(text))
                };
                if !workspace.file(&path).is_some_and(defines) {
                    let advice = format!("{path} has no function {function}; name the one that is there");
                    findings.push(Finding::new(&file.path, at + 1, advice));
                }
            }
        }
    }
    findings
}

/// ARCHITECTURE.md is short.
pub fn architecture_words(workspace: &Workspace) -> Vec<Finding> {
    let words = |file: &File| file.text.split_whitespace().count();
    let too_long = |file: &&File| words(file) >= ARCHITECTURE_WORDS_MAX;
    let advice = |file: &File| {
        let words = words(file);
        format!("has {words} words of less than {ARCHITECTURE_WORDS_MAX}; move what is detail to docs/")
    };
    let architecture = workspace.file("ARCHITECTURE.md").filter(too_long);
    architecture.map(|file| Finding::new(&file.path, 1, advice(file))).into_iter().collect()
}

/// Every folder of test data says where its files come from.
pub fn testdata_sources(workspace: &Workspace) -> Vec<Finding> {
    let folders: BTreeSet<&str> = workspace
        .paths
        .iter()
        .filter(|path| format!("/{path}").contains("/testdata/"))
        .filter(|path| {
            !workspace.paths.range(format!("{path}/")..).any(|p| p.starts_with(&format!("{path}/")))
        })
        .filter_map(|path| Some(path.rsplit_once('/')?.0))
        .collect();
    folders
        .into_iter()
        .map(|folder| format!("{folder}/SOURCE.md"))
        .filter(|source| !workspace.paths.contains(source))
        .map(|source| {
            Finding::new(&source, 1, "is missing; say where the files beside it come from, and their licence")
        })
        .collect()
}

/// The lines and targets of links to other files, outside of code.
fn relative_links(file: &File) -> Vec<(usize, String)> {
    let mut links = Vec::new();
    let mut in_code = false;
    for (at, line) in file.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        // Every second piece between backticks is code.
        let prose: Vec<&str> = line.split('`').step_by(2).collect();
        let prose = prose.join("`");
        for (start, _) in prose.match_indices("](") {
            let Some((target, _)) = prose[start + 2..].split_once(')') else { continue };
            let target = target.split_whitespace().next().unwrap_or_default();
            let elsewhere =
                target.contains("://") || target.starts_with("mailto:") || target.starts_with('#');
            if !elsewhere {
                links.push((at + 1, target.to_owned()));
            }
        }
    }
    links
}

/// The path that `target` means in the file at `from`; none when it leaves the workspace.
fn resolve(from: &str, target: &str) -> Option<String> {
    let (target, _) = target.split_once('#').unwrap_or((target, ""));
    let mut parts: Vec<&str> = from.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            name => parts.push(name),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::{architecture_words, functions, links, testdata_sources};
    use crate::tidy::workspace::example::{places, workspace};

    #[test]
    fn links_that_lead_nowhere_are_found() {
        let text = "[a](b.md) [a](./b.md#part) [a](../src)\n[w](https://x.y/z) [h](#here) [m](mailto:x)\n\
                    [bad](c.md)\n`[code](c.md)`\n```\n[code](c.md)\n```\n[out](../../x) [up](..)\n";
        let found = links(&workspace(&[("docs/a.md", text), ("docs/b.md", ""), ("src/x.rs", "")]));
        assert_eq!(places(&found), ["docs/a.md:3", "docs/a.md:8"]);
    }

    #[test]
    fn functions_that_are_not_there_are_found() {
        let text = "`src/x.rs::run` `src/x.rs::read` `x::run`\n`src/x.rs::gone`\n`src/y.rs::run`\n";
        let source = "pub async fn run(x: u8) {}\nfn read<T>() {}\n";
        let found = functions(&workspace(&[("a.md", text), ("src/x.rs", source)]));
        assert_eq!(places(&found), ["a.md:2", "a.md:3"]);
    }

    #[test]
    fn a_long_architecture_is_found() {
        let check =
            |words: usize| architecture_words(&workspace(&[("ARCHITECTURE.md", &"a ".repeat(words))])).len();
        assert_eq!((check(1499), check(1500)), (0, 1));
        assert_eq!(architecture_words(&workspace(&[("README.md", &"a ".repeat(9000))])), []);
    }

    #[test]
    fn test_data_without_a_source_is_found() {
        let files = [
            ("testdata/good/a.png", ""),
            ("testdata/good/SOURCE.md", ""),
            ("testdata/bad/a.png", ""),
            ("testdata/good/deep/b.png", ""),
            ("crates/x/testdata/y/c.bin", ""),
        ];
        let found = testdata_sources(&workspace(&files));
        let missing = ["crates/x/testdata/y", "testdata/bad", "testdata/good/deep"];
        assert_eq!(places(&found), missing.map(|folder| format!("{folder}/SOURCE.md:1")));
    }
}
