//! What a valid configuration is.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use crate::domain::{AccountName, DailyRate, Millis};
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
    /// Who is told of what, by name.
    pub notify: BTreeMap<String, Notifier>,
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

/// One `[[notify]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key that the user has")]
pub struct Notifier {
    /// Which service.
    pub kind: NotifyKind,
    /// The encrypted file with its address, token and chat. It may be missing: then the notifier is off, which is no
    /// configuration error.
    pub contact: PathBuf,
    /// Tells of offers that are taken.
    pub loan_made: bool,
    /// Tells of money that comes back.
    pub loan_returned: bool,
    /// Tells of money that is idle for so long.
    pub idle_after: Option<Millis>,
    /// Tells of keys that may not be used.
    pub key_refused: bool,
    /// Tells when the daemon was not ready for so long.
    pub not_ready_after: Option<Millis>,
    /// Tells of refused configurations.
    pub reload_refused: bool,
    /// Tells what was earned, at this time after midnight UTC.
    pub daily_at: Option<Millis>,
    /// Tells when a market pays this per day, before the fee.
    pub rate_above: Option<DailyRate>,
    /// The JSON that a webhook is sent, with words in braces: [`TEMPLATE_WORDS`].
    pub template: Option<serde_json::Value>,
    /// How often a ping's address is called.
    pub every: Millis,
}

/// The words that may stand in braces in a template.
pub const TEMPLATE_WORDS: [&str; 8] = ["event", "tone", "account", "at", "title", "text", "token", "chat"];

/// Which service a notifier speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotifyKind {
    /// Any that takes JSON.
    Webhook,
    /// Telegram.
    Telegram,
    /// Discord.
    Discord,
    /// Slack.
    Slack,
    /// ntfy.
    Ntfy,
    /// A dead man's switch.
    Ping,
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
    /// What is kept of the market.
    pub recorder: Recorder,
}

/// What is kept of the market.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recorder {
    /// Whether the daemon records at all.
    pub enabled: bool,
    /// For how long rows are kept.
    pub keep: Millis,
    /// How large the database may become, in bytes.
    pub max_size: u64,
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
