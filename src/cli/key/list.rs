//! `key list`: what keys there are. It asks nobody; of a key's id the first four characters show.

use std::os::unix::fs::MetadataExt as _;

use clap::Args;
use serde::Serialize;

use crate::cli::exit;
use crate::cli::say::{self, Failure};
use crate::domain::{DAY, HOUR, MINUTE, Millis, Timestamp};
use crate::exchange::clock::Clock as _;
use crate::secrets::{Identity, open_key_file};

use super::ring::{KeyFile, ring};
use super::{Places, Scene};

/// Arguments of `key list`.
#[derive(Debug, Clone, Args)]
pub(super) struct ListArgs {
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

#[derive(Debug, Serialize)]
struct Listed {
    name: String,
    path: String,
    /// The first characters of the key's id.
    key: Option<String>,
    recipient: Option<String>,
    age_seconds: Option<i64>,
    accounts: Vec<String>,
    /// Why it cannot be read.
    fault: Option<String>,
}

pub(super) fn run(args: &ListArgs, env: &[(String, String)]) -> Result<u8, Failure> {
    let scene = Scene::set(&args.places, env)?;
    let identity = scene.identity().map_err(|failure| failure.text);
    let now = scene.clock.now().market;
    let listed: Vec<Listed> = ring(&scene.config)?.iter().map(|file| look(file, identity.as_ref(), now)).collect();
    if args.json {
        say::json(&listed)?;
    } else if listed.is_empty() {
        say::err("there is no key yet: yieldsforge key add NAME");
    } else {
        show(&listed);
    }
    Ok(if listed.iter().any(|one| one.fault.is_some()) { exit::KEY } else { exit::OK })
}

fn look(file: &KeyFile, identity: Result<&Identity, &String>, now: Timestamp) -> Listed {
    let written = std::fs::metadata(&file.path).ok().map(|found| found.mtime());
    let opened = identity
        .map_err(String::clone)
        .and_then(|identity| open_key_file(&file.path, identity).map_err(|error| error.to_string()));
    let (key, recipient, fault) = match opened {
        Ok(opened) => (Some(opened.key.masked()), Some(opened.recipient.to_string()), None),
        Err(fault) => (None, None, Some(fault)),
    };
    Listed {
        name: file.name.clone(),
        path: file.path.display().to_string(),
        key,
        recipient,
        age_seconds: written.map(|at| now.since(Timestamp::from_millis(at.saturating_mul(1_000))).get() / 1_000),
        accounts: file.accounts.iter().map(ToString::to_string).collect(),
        fault,
    }
}

fn show(listed: &[Listed]) {
    let unknown = || "?".to_owned();
    let rows: Vec<Vec<String>> = listed
        .iter()
        .map(|one| {
            let users = if one.accounts.is_empty() { "nobody".to_owned() } else { one.accounts.join(", ") };
            vec![
                one.name.clone(),
                one.key.clone().unwrap_or_else(unknown),
                one.age_seconds.map_or_else(|| "missing".to_owned(), in_words),
                users,
                one.recipient.clone().unwrap_or_else(unknown),
            ]
        })
        .collect();
    say::out(&say::table(&["name", "key", "age", "used by", "recipient"], &rows));
    for one in listed {
        if let Some(fault) = &one.fault {
            say::err(&format!("{}: {fault}", one.path));
        }
    }
}

/// A span in its largest unit.
fn in_words(seconds: i64) -> String {
    let span = Millis::seconds(seconds.max(0));
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min")];
    let fits = units.iter().find(|(unit, _)| span >= *unit);
    fits.map_or_else(|| format!("{seconds} s"), |(unit, name)| format!("{} {name}", span.get() / unit.get()))
}
