//! The configuration as a command reads it: the files and the environment, complaints told in full.

use std::path::Path;

use crate::config::{self, Config, Sources};

use super::exit;
use super::say::Failure;

/// Where a command without flags of its own for settings reads from; `env` is the whole environment.
pub(super) fn sources(path: &Path, env: &[(String, String)]) -> Sources {
    Sources { path: path.to_owned(), env: env.to_vec(), flags: Vec::new() }
}

/// The configuration, or every complaint about it.
pub(super) fn read(path: &Path, env: &[(String, String)]) -> Result<Config, Failure> {
    config::load(&sources(path, env)).map_err(|diagnostics| Failure::new(exit::CONFIG, diagnostics))
}
