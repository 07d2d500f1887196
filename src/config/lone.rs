//! A single profile file, read and checked by itself: for back-tests of a profile that no account uses.

use std::path::Path;
use std::sync::Arc;

use figment::Figment;
use figment::providers::{Format as _, Toml};

use super::diagnose::Diagnostics;
use super::document::Document;
use super::keys::Scope;
use super::load::extract;
use super::raw::RawProfile;
use super::units::{Problem, is_name};
use super::{files, validate};
use crate::strategy::Profile;

/// Reads a profile's file. Its name is the file's stem.
///
/// # Errors
/// Every complaint about it.
pub fn profile(path: &Path) -> Result<Arc<Profile>, Diagnostics> {
    let Some(name) = files::stem(path).filter(|stem| is_name(stem)) else {
        let problem = Problem::new("the file's name before .toml cannot be used as a name")
            .help("use 1 to 32 letters, digits, '-' or '_'");
        return Err(Diagnostics::new(vec![files::about(path, problem)]));
    };
    let text = files::read(path).map_err(|diagnostic| Diagnostics::new(vec![diagnostic]))?;
    let (document, sound) = Document::new(Scope::Profile, path.display().to_string(), text);
    let mut read = None;
    if sound {
        let figment = Figment::new().merge(Toml::string(document.text()));
        let (raw, _values) = extract::<RawProfile>(&figment, &document);
        read = validate::lone_profile(&document, &raw, name);
    }
    let (complaints, _remarks) = document.into_found();
    match read.filter(|_| complaints.is_empty()) {
        Some(profile) => Ok(Arc::new(profile)),
        None => Err(Diagnostics::new(complaints)),
    }
}
