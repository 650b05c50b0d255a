//! Licences and sources of all packages, by the lists of deny.toml, where cargo-deny is not installed.

use super::workspace::{Finding, Workspace};

const DENY: &str = "deny.toml";
const LOCK: &str = "Cargo.lock";

/// Every package has a licence on the allow list of deny.toml, and none comes from git.
pub fn licences(workspace: &Workspace) -> Vec<Finding> {
    let Some(allowed) = workspace.file(DENY).and_then(|file| allow_list(&file.text)) else {
        return vec![Finding::new(DENY, 1, "has no list `licenses.allow`; write one")];
    };
    let mut findings = Vec::new();
    for package in &workspace.packages {
        let name = format!("{} {}", package.name, package.version);
        let line =
            workspace.file(LOCK).map_or(1, |lock| lock.line_of(&format!("name = \"{}\"", package.name)));
        let mut find = |advice: String| findings.push(Finding::new(LOCK, line, advice));
        match &package.licence {
            None => find(format!("{name} states no licence; replace it")),
            Some(licence) if !accepts(licence, &allowed) => find(format!(
                "{name} is under {licence}, which {DENY} does not allow; replace it, or allow the licence there"
            )),
            Some(_) => {}
        }
        if let Some(source) = package.source.as_ref().filter(|source| source.starts_with("git+")) {
            find(format!("{name} comes from {source}; take a published version"));
        }
    }
    findings
}

fn allow_list(text: &str) -> Option<Vec<String>> {
    let table: toml::Table = toml::from_str(text).ok()?;
    let list = table.get("licenses")?.get("allow")?.as_array()?;
    list.iter().map(|id| id.as_str().map(str::to_owned)).collect()
}

/// Whether an SPDX expression can be met by allowed licences; what cannot be read is not.
///
/// `A/B` is the old way to write `A OR B`. A licence WITH an exception must be listed with it.
fn accepts(expression: &str, allowed: &[String]) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut expression = Expression { words: spaced.split_whitespace().collect(), at: 0, allowed };
    expression.any_of() == Some(true) && expression.at == expression.words.len()
}

struct Expression<'a> {
    words: Vec<&'a str>,
    at: usize,
    allowed: &'a [String],
}

impl Expression<'_> {
    /// Terms between ORs; AND binds stronger.
    fn any_of(&mut self) -> Option<bool> {
        let mut met = self.all_of()?;
        while self.take("OR") {
            met |= self.all_of()?;
        }
        Some(met)
    }

    fn all_of(&mut self) -> Option<bool> {
        let mut met = self.one()?;
        while self.take("AND") {
            met &= self.one()?;
        }
        Some(met)
    }

    fn one(&mut self) -> Option<bool> {
        if self.take("(") {
            let met = self.any_of()?;
            return self.take(")").then_some(met);
        }
        let mut id = self.next()?.to_owned();
        if self.take("WITH") {
            id = format!("{id} WITH {}", self.next()?);
        }
        Some(self.allowed.contains(&id))
    }

    fn next(&mut self) -> Option<&str> {
        self.at += 1;
        self.words.get(self.at - 1).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let here = self.words.get(self.at) == Some(&word);
        self.at += usize::from(here);
        here
    }
}

#[cfg(test)]
mod tests {
    use super::{accepts, licences};
    use crate::tidy::workspace::Package;
    use crate::tidy::workspace::example::{places, workspace};

    #[test]
    fn expressions_are_weighed() {
        let allowed = ["MIT", "Apache-2.0", "Zlib", "Apache-2.0 WITH LLVM-exception"].map(str::to_owned);
        for good in [
            "MIT",
            "MIT OR GPL-3.0",
            "GPL-3.0 OR MIT",
            "MIT/GPL-3.0",
            "MIT AND Zlib",
            "(MIT OR GPL-3.0) AND Zlib",
            "GPL-3.0 AND X OR MIT",
            "Apache-2.0 WITH LLVM-exception",
        ] {
            assert!(accepts(good, &allowed), "{good}");
        }
        for bad in [
            "",
            "GPL-3.0",
            "MIT AND GPL-3.0",
            "MIT AND (GPL-3.0 OR X)",
            "MIT WITH x",
            "MIT MIT",
            "MIT OR",
            "(MIT",
        ] {
            assert!(!accepts(bad, &allowed), "{bad}");
        }
    }

    #[test]
    fn packages_are_held_to_the_list() {
        let package = |name: &str, licence: Option<&str>, source: &str| Package {
            name: name.to_owned(),
            licence: licence.map(str::to_owned),
            source: Some(source.to_owned()),
            ..Package::default()
        };
        let lock = "name = \"a\"\nname = \"b\"\nname = \"c\"\nname = \"d\"\n";
        let mut workspace =
            workspace(&[("deny.toml", "[licenses]\nallow = ['MIT']\n"), ("Cargo.lock", lock)]);
        workspace.packages = vec![
            package("a", Some("MIT"), "registry+x"),
            package("b", Some("GPL-3.0"), "registry+x"),
            package("c", None, "registry+x"),
            package("d", Some("MIT"), "git+https://x"),
        ];
        assert_eq!(places(&licences(&workspace)), ["Cargo.lock:2", "Cargo.lock:3", "Cargo.lock:4"]);
    }

    #[test]
    fn a_missing_list_is_found() {
        assert_eq!(places(&licences(&workspace(&[]))), ["deny.toml:1"]);
        assert_eq!(licences(&workspace(&[("deny.toml", "[bans]\n")])).len(), 1);
    }
}
