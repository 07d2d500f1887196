//! `key rotate`: a new identity in the old one's place, and every key file encrypted to it (see `secrets`' rotation).
//!
//! A daemon that runs was given the old identity and may read its key files again at any reload. So while one holds the
//! state directory the key files stay readable for both, until the daemon was restarted with the new identity and
//! `key rotate --finish` drops the old one. The same finishes a rotation that was cut off.

use std::path::PathBuf;

use clap::Args;

use crate::cli::exit;
use crate::cli::say::{self, Failure};
use crate::secrets::{Identity, IdentityError, Rotation, RotationStep, narrow};
use crate::store::{StateLock, StoreError};

use super::ring::ring;
use super::{Places, Scene};

/// Arguments of `key rotate`.
#[derive(Debug, Clone, Args)]
pub(super) struct RotateArgs {
    /// Only drop the old identity from key files that an earlier rotation left readable for both
    #[arg(long)]
    finish: bool,
    #[command(flatten)]
    places: Places,
}

pub(super) fn run(args: &RotateArgs, env: &[(String, String)]) -> Result<u8, Failure> {
    let scene = Scene::set(&args.places, env)?;
    let place = scene.place()?;
    let refused = |error: &dyn std::fmt::Display| Failure::new(exit::KEY, error);
    if args.finish {
        let identity = scene.identity()?;
        let keys = present(&scene)?;
        narrow(&identity, &keys).map_err(|error| refused(&error))?;
        say::out(&format!("{} key files are encrypted to {} alone", keys.len(), identity.recipient()));
        return Ok(exit::OK);
    }
    if place.guarded {
        let text = "this identity is a systemd credential, a copy of the file that LoadCredential names: rotate that one, \
                    by --identity FILE";
        return Err(Failure::new(exit::USAGE, text));
    }
    let old = Identity::load(&place).map_err(|error| {
        if let IdentityError::Encrypted { path } = &error {
            let text = format!(
                "identity {path} is protected by a passphrase, and its successor would lie in clear: make a new one with \
                 age-keygen and age -p, and add the keys again"
            );
            return Failure::new(exit::USAGE, text);
        }
        refused(&error)
    })?;
    // Held until the end: no daemon starts in the middle with an identity that is about to go.
    let lock = match StateLock::take(&scene.config.settings.state_directory) {
        Ok(lock) => Some(lock),
        Err(StoreError::Held { .. }) => None,
        Err(error) => return Err(Failure::new(exit::IO, error)),
    };
    let rotation = Rotation::new(&place.path, old, present(&scene)?).map_err(|error| {
        Failure::new(exit::KEY, format!("{error}. Nothing was changed: every key file must be readable first"))
    })?;
    for step in rotation.steps(lock.is_some()) {
        rotation.take(&step).map_err(|error| {
            let text = format!("{error}. Every key is still readable with {}", place.path.display());
            Failure::new(exit::IO, format!("{text}; when that is mended, rotate again"))
        })?;
        tell(&step);
    }
    say::out(&format!("the identity {} is new; its recipient: {}", place.path.display(), rotation.recipient()));
    if lock.is_none() {
        say::err(
            "next: a daemon runs with the old identity, so the key files are readable for both. Restart the daemon (a \
             reload is not enough), then: yieldsforge key rotate --finish",
        );
    }
    say::err("Copies of the old identity and of old key files still open each other: delete them, backups too.");
    Ok(exit::OK)
}

/// The key files that are there; an account whose file is missing is off and has nothing to rotate.
fn present(scene: &Scene<'_>) -> Result<Vec<PathBuf>, Failure> {
    let files = ring(&scene.config)?.into_iter().map(|file| file.path);
    Ok(files.filter(|path| path.exists()).collect())
}

fn tell(step: &RotationStep) {
    say::err(&match step {
        RotationStep::Both(path) => format!("{}: encrypted to the old and the new identity", path.display()),
        RotationStep::Swap => "the new identity took the old one's place".to_owned(),
        RotationStep::NewOnly(path) => format!("{}: the old identity dropped", path.display()),
    });
}
