//! A corpus of configurations: every bad one beside the exact message it must give, every good one read.
//!
//! `config_bad/main`, `config_bad/account` and `config_bad/profile` hold single files that take the place of one file of
//! `config/good/plain`; `config_bad/folder` holds whole folders. A line `# env: NAME=value` sets a variable. `YIELDSFORGE_BLESS=1` writes the
//! messages anew: read the difference before you commit it.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test's helper may fail as loudly as a test")]

mod config {
    mod corpus;
    mod meaning;
    mod modifiers;
    mod mutation;
    mod notify;
    mod profiles;
    mod shipped;
}

use std::path::{Path, PathBuf};

use yieldsforge::config::{Config, Diagnostics, Sources, load};

/// The folder of good configurations.
fn corpus_root() -> PathBuf {
    top().join("tests/config")
}

/// The folder of bad ones.
fn bad_root() -> PathBuf {
    top().join("tests/config_bad")
}

/// The folder of the project.
fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads a folder with variables.
fn load_with(path: &Path, env: &[(&str, &str)]) -> Result<Config, Diagnostics> {
    let env = env.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    load(&Sources { path: path.to_path_buf(), env, flags: Vec::new() })
}

/// Copies a folder of files and folders.
fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            std::fs::copy(&from, &to).unwrap();
        }
    }
}
