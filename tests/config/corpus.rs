//! Exact messages.

use std::fs;
use std::path::{Path, PathBuf};

use crate::{bad_root, copy, corpus_root, load_with};

/// What a user would read, with the folder's own path taken out.
fn complaints(folder: &Path, text: &str) -> String {
    let env: Vec<(&str, &str)> =
        text.lines().filter_map(|line| line.strip_prefix("# env: ")?.split_once('=')).collect();
    match load_with(folder, &env) {
        Ok(_) => "no complaint\n".to_owned(),
        Err(found) => found.to_string().replace(&format!("{}/", folder.display()), ""),
    }
}

/// Compares with the file beside, or writes it; answers what differs.
pub(super) fn compare(case: &Path, expected: &Path, actual: &str) -> Option<String> {
    if std::env::var_os("YIELDSFORGE_BLESS").is_some() {
        fs::write(expected, actual).unwrap();
        return None;
    }
    let wanted = fs::read_to_string(expected).unwrap_or_default();
    (wanted != actual).then(|| format!("{}\n--- expected\n{wanted}--- actual\n{actual}", case.display()))
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

#[test]
fn every_bad_file_gives_exactly_its_message() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for (kind, place) in
        [("main", "yieldsforge.toml"), ("account", "accounts/main.toml"), ("profile", "profiles/steady.toml")]
    {
        for case in sorted(&bad_root().join(kind)) {
            if case.extension().is_none_or(|extension| extension != "toml") {
                continue;
            }
            count += 1;
            let folder = tempfile::tempdir().unwrap();
            copy(&corpus_root().join("good/plain"), folder.path());
            let text = fs::read_to_string(&case).unwrap();
            fs::write(folder.path().join(place), &text).unwrap();
            let actual = complaints(folder.path(), &text);
            if actual == "no complaint\n" {
                wrong.push(format!("{}: no complaint", case.display()));
            }
            wrong.extend(compare(&case, &case.with_extension("txt"), &actual));
        }
    }
    assert!(count > 100, "the corpus was not found: {count} files");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_bad_folder_gives_exactly_its_message() {
    let mut wrong = Vec::new();
    for case in sorted(&bad_root().join("folder")) {
        if !case.is_dir() {
            continue;
        }
        let actual = complaints(&case, "");
        if actual == "no complaint\n" {
            wrong.push(format!("{}: no complaint", case.display()));
        }
        wrong.extend(compare(&case, &case.with_extension("txt"), &actual));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn no_message_shows_a_secret() {
    let cases = [
        ("yieldsforge.toml", "api_secret = \"sV9example\"\n"),
        ("yieldsforge.toml", "api_secret = \"sV9example\n"),
        ("yieldsforge.toml", "api_secret = \"\"\"\nsV9example\\x\n"),
        ("yieldsforge.toml", "[keys]\nidentity = \"AGE-SECRET-KEY-1sV9example\"\n"),
        ("yieldsforge.toml", "mode = \"AGE-SECRET-KEY-1sV9example\"\n"),
        ("accounts/main.toml", "api_key = \"sV9example\"\n"),
        ("accounts/main.toml", "key = { api_key = \"sV9example\" }\n"),
        ("accounts/main.toml", "\"api_secret sV9example\" = 1\n"),
    ];
    for (file, text) in cases {
        let folder = tempfile::tempdir().unwrap();
        copy(&corpus_root().join("good/plain"), folder.path());
        fs::write(folder.path().join(file), text).unwrap();
        let shown = complaints(folder.path(), "");
        assert!(shown.contains(file) && !shown.contains("sV9example"), "{text}: {shown}");
    }
}
