//! `record`: keeps public market data, without a key and without an account.

use std::collections::BTreeSet;
use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::app::RunError;
use crate::app::clock::HouseClock;
use crate::app::orders::Orders;
use crate::app::record::{self, Recording};
use crate::domain::Currency;
use crate::exchange::bitfinex::tls::Tls;
use crate::store::StoreError;
use crate::store::market::{FILE, RowKind, Totals};
use crate::telemetry::log::{self, LogFormat, LogSettings};

use super::configured;
use super::exit;
use super::say::{self, Failure};
use super::signals::Registered;

/// How often a terminal is redrawn, and how often a plain line is written.
const REDRAW: Duration = Duration::from_millis(500);
const PLAIN: Duration = Duration::from_secs(10);

/// Keeps public market data, without a key and without an account.
#[derive(Debug, Clone, Args)]
pub struct RecordArgs {
    /// The configuration folder, or its yieldsforge.toml (an empty one is enough): exchange, state directory, recorder
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    pub config: PathBuf,
    /// How long, such as 90s, 30m, 12h; until Ctrl-C without it
    #[arg(long = "for", value_name = "TIME", value_parser = super::demo::span)]
    pub duration: Option<Duration>,
    /// Whose markets, such as USD,UST,BTC; those that the configuration lends without it, or USD
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = super::words::currency)]
    pub currency: Vec<Currency>,
}

/// Runs the command; `env` is the whole environment. Answers the exit code.
pub async fn run(args: RecordArgs, env: &[(String, String)]) -> u8 {
    match keep(args, env).await {
        Ok(()) => exit::OK,
        Err(failure) => failure.tell(),
    }
}

async fn keep(args: RecordArgs, env: &[(String, String)]) -> Result<(), Failure> {
    let signals = Registered::new().map_err(|error| Failure::new(exit::OTHER, error))?;
    let config = configured::read(&args.config, env)?;
    let quiet = LogSettings { format: LogFormat::Text, filter: "warn".to_owned(), journal: false, colour: false };
    log::install(&quiet).map_err(|error| Failure::new(exit::OTHER, error))?;
    let mut currencies: BTreeSet<Currency> = args.currency.into_iter().collect();
    if currencies.is_empty() {
        currencies = config.policy.currencies();
    }
    if currencies.is_empty() {
        currencies.insert(Currency::USD);
    }
    let names: Vec<&str> = currencies.iter().map(Currency::code).collect();
    let file = config.settings.state_directory.join(FILE);
    let tls = Tls::platform().map_err(|error| Failure::new(exit::CONFIG, error))?;
    let stop = CancellationToken::new();
    let shown = watch::Sender::new(Arc::<Totals>::default());
    let totals = shown.subscribe();
    let recording = Recording {
        settings: config.settings,
        currencies: currencies.clone(),
        duration: args.duration,
        clock: HouseClock::real(),
        tls,
        stop: stop.clone(),
        shown,
    };
    say::out(&format!("recording {} into {}; Ctrl-C ends it", names.join(", "), file.display()));
    let ended = tokio::select! {
        biased;
        ended = record::run(recording) => ended,
        () = signals.obey(stop, Arc::new(Orders::default())) => {
            return Err(Failure::new(exit::TASK_DIED, "the signal handler ended"));
        }
        () = progress(totals.clone()) => return Err(Failure::new(exit::IO, "the output was closed")),
    };
    ended.map_err(|error| Failure::new(code(&error), error))?;
    say::out(&words(&totals.borrow()));
    Ok(())
}

fn code(error: &RunError) -> u8 {
    match error {
        RunError::Store(StoreError::Held { .. }) => exit::HELD,
        RunError::Store(_) | RunError::Admin(_) => exit::IO,
        RunError::Client(_) | RunError::Tls(_) => exit::CONFIG,
        RunError::TaskDied(_) => exit::TASK_DIED,
        RunError::KeyInUse { .. } => exit::KEY,
    }
}

/// Shows how it goes, for ever.
async fn progress(mut totals: watch::Receiver<Arc<Totals>>) {
    if std::io::stdout().is_terminal() {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stdout());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {elapsed} {wide_msg}") {
            bar.set_style(style);
        }
        loop {
            bar.set_message(words(&totals.borrow_and_update()));
            bar.tick();
            tokio::time::sleep(REDRAW).await;
        }
    }
    loop {
        tokio::time::sleep(PLAIN).await;
        let line = words(&totals.borrow_and_update());
        if say::out_raw(&format!("{line}\n")).is_err() {
            return;
        }
    }
}

/// What was recorded so far.
fn words(totals: &Totals) -> String {
    let count = |kind| totals.rows.get(&kind).copied().unwrap_or(0);
    let counted =
        [(RowKind::Trade, "trades"), (RowKind::Book, "books"), (RowKind::Ticker, "tickers"), (RowKind::Gap, "gaps")];
    let counted: Vec<String> = counted.iter().map(|(kind, name)| format!("{} {name}", count(*kind))).collect();
    let size = totals.size / 1_000;
    let fault = totals.fault.as_ref().map_or_else(String::new, |why| format!("; {why}"));
    format!("{}; {size} kB on disk{fault}", counted.join(", "))
}
