//! `key identity`: a new age identity, which opens the key files. Whoever has it and the key files has the keys.

use std::path::{Path, PathBuf};

use crate::cli::exit;
use crate::cli::say::{self, Failure};
use crate::secrets::{Identity, Lookup};

use super::Places;

/// Its name where nothing names one.
const USUAL: &str = "identity.txt";

/// Makes one in the place where it will be looked for; else in the configuration folder.
pub(super) fn run(places: &Places, env: &[(String, String)]) -> Result<u8, Failure> {
    let (path, found) = match &places.identity {
        Some(flag) => (flag.clone(), false),
        None => where_it_is_looked_for(places, env)?,
    };
    let identity = Identity::generate();
    identity.write(&path).map_err(|error| Failure::new(exit::IO, error))?;
    let shown = path.display();
    say::err(&format!("identity written to {shown} (0600): it opens the key files, so keep it to yourself"));
    if found {
        say::err("next: yieldsforge key add NAME");
    } else {
        say::err(&format!(
            "next: name it, by keys.identity = {:?} in yieldsforge.toml, by $YIELDSFORGE_IDENTITY, or as the systemd \
             credential age-identity; then: yieldsforge key add NAME",
            path.display().to_string()
        ));
    }
    say::err("recipient:");
    say::out(&identity.recipient().to_string());
    Ok(exit::OK)
}

/// The place, and whether it is found there without more ado.
fn where_it_is_looked_for(places: &Places, env: &[(String, String)]) -> Result<(PathBuf, bool), Failure> {
    let config = places.read(env)?;
    let lookup = Lookup { flag: None, configured: config.settings.identity.as_deref(), env };
    match lookup.find() {
        // Credentials are systemd's to write.
        Ok(place) if !place.guarded => Ok((place.path, true)),
        Ok(_) | Err(_) => Ok((absolute(&config.folder.join(USUAL)), false)),
    }
}

fn absolute(path: &Path) -> PathBuf {
    std::path::absolute(path).unwrap_or_else(|_no_folder| path.to_path_buf())
}
