//! The crates and who may use whom.

use super::table;
use super::workspace::{Finding, Workspace};

const ARCHITECTURE: &str = "ARCHITECTURE.md";

/// The workspace's crates and the dependencies among them are those of ARCHITECTURE.md's table.
pub fn table(workspace: &Workspace) -> Vec<Finding> {
    let Some(architecture) = workspace.file(ARCHITECTURE) else {
        return vec![Finding::new(ARCHITECTURE, 1, "is missing; write it with its crate table")];
    };
    let tables = table::read(&architecture.text);
    let members: Vec<&str> = workspace.members().map(|(package, _)| package.name.as_str()).collect();
    let mut findings = Vec::new();
    for (package, folder) in workspace.members() {
        let path = format!("{folder}/Cargo.toml");
        let Some(allowed) = tables.crates.get(&package.name) else {
            let advice = format!("{} is not in the crate table of {ARCHITECTURE}; add its row", package.name);
            findings.push(Finding::new(&path, 1, advice));
            continue;
        };
        for used in package.dependencies.iter().filter(|used| members.contains(&used.as_str())) {
            if !allowed.contains(used) {
                let line = workspace.file(&path).map_or(1, |manifest| manifest.line_of(used));
                let advice = format!(
                    "{} may not use {used}; move the code to where the table of {ARCHITECTURE} allows it, or \
                     change the table and say why in a decision",
                    package.name
                );
                findings.push(Finding::new(&path, line, advice));
            }
        }
    }
    for name in tables.crates.keys().filter(|name| !members.contains(&name.as_str())) {
        let advice = format!("{name} is not in the workspace; move its row to the planned ones");
        findings.push(Finding::new(ARCHITECTURE, architecture.line_of(name), advice));
    }
    for name in tables.planned.iter().filter(|name| members.contains(&name.as_str())) {
        let advice = format!("{name} is no longer planned but there; move its row to the crate table");
        findings.push(Finding::new(ARCHITECTURE, architecture.line_of(name), advice));
    }
    findings
}

/// Every crate takes the lints of the workspace.
pub fn lints(workspace: &Workspace) -> Vec<Finding> {
    let takes = |text: &str| {
        let manifest: Option<toml::Table> = toml::from_str(text).ok();
        manifest.is_some_and(|m| {
            m.get("lints").and_then(|lints| lints.get("workspace")) == Some(&toml::Value::Boolean(true))
        })
    };
    workspace
        .members()
        .map(|(_, folder)| format!("{folder}/Cargo.toml"))
        .filter(|path| !workspace.file(path).is_some_and(|manifest| takes(&manifest.text)))
        .map(|path| Finding::new(&path, 1, "does not take the lints; add `[lints]` with `workspace = true`"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{lints, table};
    use crate::tidy::workspace::Workspace;
    use crate::tidy::workspace::example::{member, places, workspace};

    const TABLE: &str = "## Crates\n| lamassu-a | – | x |\n| lamassu-b | a | y |\n## Planned\n| lake | z |\n";

    fn with(table: &str, members: &[(&str, &[&str])]) -> Workspace {
        let mut workspace = workspace(&[
            ("ARCHITECTURE.md", table),
            ("crates/lamassu-a/Cargo.toml", "[dependencies]\nlamassu-b = 1\n"),
        ]);
        workspace.packages = members.iter().map(|(name, uses)| member(name, uses)).collect();
        workspace
    }

    #[test]
    fn crates_that_follow_the_table_pass() {
        let good = with(TABLE, &[("lamassu-a", &["serde"]), ("lamassu-b", &["lamassu-a"])]);
        assert_eq!(table(&good), []);
    }

    #[test]
    fn a_dependency_against_the_flow_is_found() {
        let bad = with(TABLE, &[("lamassu-a", &["lamassu-b"]), ("lamassu-b", &[])]);
        assert_eq!(places(&table(&bad)), ["crates/lamassu-a/Cargo.toml:2"]);
    }

    #[test]
    fn crates_and_rows_without_each_other_are_found() {
        let bad = with(TABLE, &[("lamassu-a", &[]), ("lamassu-new", &[])]);
        assert_eq!(places(&table(&bad)), ["crates/lamassu-new/Cargo.toml:1", "ARCHITECTURE.md:3"]);
    }

    #[test]
    fn a_planned_crate_that_is_there_is_found() {
        let members: [(&str, &[&str]); 3] = [("lamassu-a", &[]), ("lamassu-b", &[]), ("lamassu-lake", &[])];
        let places = places(&table(&with(TABLE, &members)));
        assert!(places.contains(&"crates/lamassu-lake/Cargo.toml:1".to_owned()), "{places:?}");
        assert_eq!(places.len(), 2);
    }

    #[test]
    fn a_missing_table_is_found() {
        assert_eq!(table(&workspace(&[])).len(), 1);
    }

    #[test]
    fn a_crate_without_the_lints_is_found() {
        let check = |text: &str| {
            let mut workspace = workspace(&[("crates/lamassu-a/Cargo.toml", text)]);
            workspace.packages = vec![member("lamassu-a", &[])];
            lints(&workspace).len()
        };
        assert_eq!(check("[lints]\nworkspace = true\n"), 0);
        assert_eq!(check("[lints]\nworkspace = false\n"), 1);
        assert_eq!(check("[package]\nname = 'x'\n"), 1);
    }
}
