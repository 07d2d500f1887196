//! What watches the daemon agrees with itself: recording rules and alerts are named where they are used, told and tested.

use std::collections::BTreeSet;

use super::code::{File, read_all, top};
use super::papers;

/// The rules, and what proves them.
const RULES: &str = "config/prometheus/yieldsforge.rules.yml";
const TESTS: &str = "config/prometheus/yieldsforge.rules.test.yml";

fn read(path: &str) -> File {
    File::new(path, &std::fs::read_to_string(top().join(path)).unwrap())
}

/// Everything that a user sees of metrics.
fn shown() -> Vec<File> {
    let mut files = vec![read("README.md")];
    for (folder, endings) in [("config/grafana", [".json", ".yml"]), ("config/prometheus", [".yml", ".yaml"])] {
        files.extend(endings.iter().flat_map(|ending| read_all(&top().join(folder), ending)));
    }
    files
}

/// The names that follow `key` in a file of rules.
fn defined(rules: &File, key: &str) -> BTreeSet<String> {
    let lines = rules.text.lines().filter_map(|line| line.trim_start().strip_prefix(key));
    lines.map(|name| name.trim().to_owned()).collect()
}

/// Names that are used and not defined.
fn strange(file: &File, used: Vec<(usize, String)>, defined: &BTreeSet<String>) -> Vec<String> {
    let unknown = used.into_iter().filter(|(_, name)| !defined.contains(name));
    unknown.map(|(line, name)| format!("{}:{line}: {name} is not in {RULES}", file.path)).collect()
}

/// Names that a file does not speak of.
fn silent(file: &File, used: &[(usize, String)], defined: &BTreeSet<String>) -> Vec<String> {
    let told: BTreeSet<&String> = used.iter().map(|(_, name)| name).collect();
    let missing = defined.iter().filter(|name| !told.contains(name));
    missing.map(|name| format!("{}:1: says nothing of {name}", file.path)).collect()
}

#[test]
fn recording_rules_that_are_used_exist_and_are_tested() {
    let rules = read(RULES);
    let records = defined(&rules, "- record:");
    assert!(!records.is_empty(), "{RULES} records nothing");
    let mut findings: Vec<String> =
        shown().iter().flat_map(|file| strange(file, papers::records(&file.text), &records)).collect();
    let tests = read(TESTS);
    findings.extend(silent(&tests, &papers::records(&tests.text), &records));
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn every_alert_is_told_in_the_readme_and_tested() {
    let alerts = defined(&read(RULES), "- alert:");
    assert!(!alerts.is_empty(), "{RULES} has no alert");
    let mut findings: Vec<String> =
        shown().iter().flat_map(|file| strange(file, papers::alerts(&file.text), &alerts)).collect();
    for path in ["README.md", TESTS] {
        let file = read(path);
        findings.extend(silent(&file, &papers::alerts(&file.text), &alerts));
    }
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

#[test]
fn the_checks_can_fail() {
    let rules = File::new(RULES, "  - record: yieldsforge:a:b\n  - alert: YieldsforgeGone\n");
    let (records, alerts) = (defined(&rules, "- record:"), defined(&rules, "- alert:"));
    let file = File::new("a.json", "x yieldsforge:a:b / yieldsforge:a:c\nYieldsforge YieldsforgeLost Yieldsforge.* \n");
    assert_eq!(strange(&file, papers::records(&file.text), &records).len(), 1);
    assert_eq!(
        strange(&file, papers::alerts(&file.text), &alerts),
        [format!("a.json:2: YieldsforgeLost is not in {RULES}")]
    );
    assert_eq!(silent(&file, &papers::alerts(&file.text), &alerts), ["a.json:1: says nothing of YieldsforgeGone"]);
    assert_eq!(silent(&file, &papers::records(&file.text), &records), Vec::<String>::new());
}
