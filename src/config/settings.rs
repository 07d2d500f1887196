//! What a valid configuration is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{AccountName, Millis};
use crate::engine::Policy;
use crate::strategy::Profile;

use super::diagnose::Diagnostic;
use super::render::Listing;

/// A whole configuration without errors. [`super::load`] is the only way to one.
#[derive(Debug, Clone)]
pub struct Config {
    /// The folder that was read; relative paths in the files are taken from it.
    pub folder: PathBuf,
    /// What the shell needs.
    pub settings: Settings,
    /// What the core needs. Its generation is 1; whoever reloads counts on.
    pub policy: Policy,
    /// What the shell needs of each account: the key.
    pub accounts: BTreeMap<AccountName, AccountFile>,
    /// Every profile, used or not.
    pub profiles: BTreeMap<String, Arc<Profile>>,
    /// What is allowed but probably not meant, each with its place.
    pub warnings: Vec<Diagnostic>,
    /// Every effective key and where its value came from, for `check --print`.
    pub(super) listing: Listing,
}

/// Where an account's key lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountFile {
    /// The encrypted key file. It may be missing: then the account is off, which is no configuration error.
    pub key: PathBuf,
}

/// The settings of the daemon itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Paper or live.
    pub mode: Mode,
    /// Where the exchange is.
    pub exchange: Exchange,
    /// Where `/metrics`, `/livez`, `/readyz` and `/status` are served.
    pub listen: SocketAddr,
    /// Where the database and the lock lie.
    pub state_directory: PathBuf,
    /// The age identity that opens the key files, when the configuration names one.
    pub identity: Option<PathBuf>,
    /// How often the engine reconsiders.
    pub tick: Millis,
    /// The log.
    pub log: Log,
    /// What becomes of own offers at a stop.
    pub shutdown_offers: ShutdownOffers,
}

/// Whether anything is written to the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Decides and explains, never writes.
    Paper,
    /// Lends.
    Live,
}

/// The exchange's addresses, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// Signed REST calls.
    pub rest: String,
    /// Public REST calls.
    pub rest_public: String,
    /// The account's socket.
    pub ws: String,
    /// The market's socket.
    pub ws_public: String,
}

/// How and how much is logged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The form of a line.
    pub format: LogFormat,
    /// Levels: one of `off error warn info debug trace`, and `target=level` after commas.
    pub filter: String,
}

/// The form of a log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, journald's priorities under systemd.
    Auto,
    /// Text with times.
    Text,
    /// Priorities before the text, no times: the journal adds its own.
    Journald,
    /// One JSON object a line.
    Json,
}

/// What becomes of own offers at a stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ShutdownOffers {
    /// They stay in the book and keep their places.
    Leave,
    /// They are cancelled; foreign offers never are.
    Cancel,
}
