//! `key verify [NAME]`: what keys may do. Asks the exchange; while a daemon runs, the daemon, which asks hourly.

use clap::Args;
use serde::Serialize;

use crate::cli::say::{self, Failure};
use crate::cli::signed::{self, Desk};
use crate::cli::{asking, exit};
use crate::config::Mode;
use crate::domain::GateVerdict;
use crate::exchange::bitfinex::calls::Rest;
use crate::secrets::{Identity, open_key_file};
use crate::store::Store;
use crate::telemetry::labels;
use crate::telemetry::status::Status;

use super::ring::{self, KeyFile, ring};
use super::scopes::{self, ScopeReport};
use super::{Places, Scene};

/// Arguments of `key verify`.
#[derive(Debug, Clone, Args)]
pub(super) struct VerifyArgs {
    /// The key; all of them without
    #[arg(value_name = "NAME")]
    name: Option<String>,
    /// As JSON
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    places: Places,
}

/// What is known of one key.
#[derive(Debug, Serialize)]
struct Verified {
    name: String,
    path: String,
    /// The first characters of the key's id, where it was opened.
    key: Option<String>,
    accounts: Vec<String>,
    /// `exchange` or `daemon`: who was asked.
    asked: &'static str,
    /// `good`, `refused`, `insufficient`, `pending`, `revoked`, `unreadable` or `unknown`.
    verdict: String,
    detail: String,
    scopes: Vec<ScopeReport>,
    #[serde(skip)]
    code: u8,
}

pub(super) async fn run(args: &VerifyArgs, env: &[(String, String)]) -> Result<u8, Failure> {
    let scene = Scene::set(&args.places, env)?;
    let files = match &args.name {
        Some(name) => vec![ring::find(&scene.config, name)?],
        None => ring(&scene.config)?,
    };
    let settings = &scene.config.settings;
    let verified = match Desk::take(settings, &scene.clock).await? {
        Desk::Daemons => {
            let status = asking::status(settings.listen).await.map_err(|why| Failure::new(exit::HELD, why))?;
            say::err("a daemon runs: these are its verdicts, at most an hour old");
            files.iter().map(|file| as_the_daemon_says(file, &status)).collect::<Vec<_>>()
        }
        Desk::Ours { store, own } => {
            let identity = scene.identity()?;
            let rest = signed::rest(settings, &scene.clock)?;
            let mut verified = Vec::new();
            for (number, file) in (0_u32..).zip(&files) {
                let paper = settings.mode == Mode::Paper;
                verified.push(as_the_exchange_says(file, number, &identity, &rest, &store, paper).await?);
            }
            Desk::Ours { store, own }.leave().await?;
            verified
        }
    };
    if args.json {
        say::json(&verified)?;
    } else {
        show(&verified);
    }
    let codes = verified.iter().map(|one| one.code);
    Ok(codes.max().unwrap_or(exit::OK))
}

fn blank(file: &KeyFile, asked: &'static str) -> Verified {
    Verified {
        name: file.name.clone(),
        path: file.path.display().to_string(),
        key: None,
        accounts: file.accounts.iter().map(ToString::to_string).collect(),
        asked,
        verdict: "unknown".to_owned(),
        detail: String::new(),
        scopes: Vec::new(),
        code: exit::OK,
    }
}

async fn as_the_exchange_says(
    file: &KeyFile,
    number: u32,
    identity: &Identity,
    rest: &Rest,
    store: &Store,
    paper: bool,
) -> Result<Verified, Failure> {
    let mut told = blank(file, "exchange");
    let key = match open_key_file(&file.path, identity) {
        Ok(opened) => opened.key,
        Err(error) => {
            let (verdict, detail, code) = ("unreadable".to_owned(), error.to_string(), exit::KEY);
            return Ok(Verified { verdict, detail, code, ..told });
        }
    };
    told.key = Some(key.masked());
    let lane = signed::lane(rest, store, number, &key).await?;
    match signed::permissions(&lane).await {
        Ok(found) => {
            let (verdict, serves, detail) = scopes::verdict(&found, paper);
            labels::verdict(&verdict).clone_into(&mut told.verdict);
            told.detail = detail;
            told.scopes = scopes::report(&found);
            told.code = if serves { exit::OK } else { exit::KEY };
        }
        Err(failure) => {
            let verdict = if failure.code == exit::KEY { GateVerdict::Revoked } else { GateVerdict::Pending };
            labels::verdict(&verdict).clone_into(&mut told.verdict);
            told.detail = failure.text;
            told.code = failure.code;
        }
    }
    Ok(told)
}

fn as_the_daemon_says(file: &KeyFile, status: &Status) -> Verified {
    let told = blank(file, "daemon");
    let known = file.accounts.iter().find_map(|name| status.accounts.get(name.as_str()));
    let Some(account) = known else {
        let detail =
            "no account of the running daemon uses it; stop the daemon to ask the exchange about it".to_owned();
        return Verified { detail, ..told };
    };
    let code = if asking::serves(account, status.paper) {
        exit::OK
    } else if account.gate == labels::verdict(&GateVerdict::Pending) {
        exit::UNREACHABLE
    } else {
        exit::KEY
    };
    Verified { verdict: account.gate.clone(), detail: account.gate_detail.clone(), code, ..told }
}

fn show(verified: &[Verified]) {
    if verified.is_empty() {
        say::err("there is no key yet: yieldsforge key add NAME");
    }
    for one in verified {
        let key = one.key.as_ref().map_or_else(String::new, |key| format!(" ({key})"));
        say::out(&format!("{}{key}: {}: {}", one.name, one.verdict, one.detail));
        if !one.scopes.is_empty() {
            say::out(&scopes::table(&one.scopes));
        }
    }
}
