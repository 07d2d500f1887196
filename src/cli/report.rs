//! `report`: what was earned, as the exchange's ledger says; the CSV for the tax return.
//!
//! It reads what the daemon has stored, while it runs or not, and asks nobody: it signs nothing and needs no key.

mod render;
mod sums;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::config::Config;
use crate::domain::{AccountName, Currency, Ratio, Timestamp};
use crate::engine::FEE;
use crate::store::{EarnedReader, StoreError};

use super::configured;
use super::exit;
use super::say::{self, Failure};
use super::when;
use sums::{Asked, Books, Report};

/// Shows what was earned, as the exchange's ledger says.
#[derive(Debug, Clone, Args)]
pub struct ReportArgs {
    /// Only this account
    account: Option<String>,
    /// The configuration folder, or its yieldsforge.toml
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    config: PathBuf,
    /// A line for each of these, in UTC
    #[arg(long, value_enum, default_value_t = By::Month)]
    by: By,
    /// Only these currencies, such as USD,UST
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = super::words::currency)]
    currency: Vec<Currency>,
    /// Payments from this UTC day (2026-01-01) or moment on
    #[arg(long, value_name = "TIME", value_parser = when::from)]
    from: Option<Timestamp>,
    /// Payments up to this UTC day, included, or this moment
    #[arg(long, value_name = "TIME", value_parser = when::to)]
    to: Option<Timestamp>,
    /// As JSON, exact
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// One line a payment, for the tax return: into this file, or - for the standard output
    #[arg(long, value_name = "FILE")]
    csv: Option<PathBuf>,
}

/// How long a period of the report is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum By {
    /// UTC days
    Day,
    /// UTC months
    Month,
    /// UTC years
    Year,
}

/// Runs the command; `env` is the whole environment. Answers the exit code.
#[must_use]
pub fn run(args: &ReportArgs, env: &[(String, String)]) -> u8 {
    match show(args, env) {
        Ok(()) => exit::OK,
        Err(failure) => failure.tell(),
    }
}

fn show(args: &ReportArgs, env: &[(String, String)]) -> Result<(), Failure> {
    let config = configured::read(&args.config, env)?;
    let books = books(&config)?;
    let asked = Asked {
        account: args.account.clone(),
        currencies: args.currency.iter().copied().collect(),
        from: args.from,
        to: args.to,
    };
    known(args, &config, &books)?;
    let report = Report::make(&books, &asked, args.by);
    match &args.csv {
        Some(path) if path.as_os_str() == "-" => Ok(say::out_raw(&render::csv(&report))?),
        Some(path) => {
            write(path, &render::csv(&report))?;
            say::out(&render::table(&report));
            say::err(&format!("{} payments are written to {}", report.payments.len(), path.display()));
            Ok(())
        }
        None if args.json => say::json(&render::json(&report)),
        None => {
            say::out(&render::table(&report));
            Ok(())
        }
    }
}

/// What the store knows, with the fee of each account.
fn books(config: &Config) -> Result<Books, Failure> {
    let none = |error: StoreError| {
        if let StoreError::Io { source, path, .. } = &error
            && source.kind() == io::ErrorKind::NotFound
        {
            let text = "there is no such database yet: the daemon reads the exchange's ledger and keeps it there";
            return Failure::new(exit::IO, format!("{}: {text}", path.display()));
        }
        Failure::from(error)
    };
    let reader = EarnedReader::open(&config.settings.state_directory).map_err(none)?;
    let fees: BTreeMap<AccountName, Ratio> =
        config.policy.accounts.iter().filter_map(|(name, account)| Some((name.clone(), account.fee?))).collect();
    Ok(Books { payments: reader.payments()?, days: reader.days()?, ledgers: reader.ledgers()?, fees, usual_fee: FEE })
}

/// An account that nobody knows is a slip of the pen, not one without earnings.
fn known(args: &ReportArgs, config: &Config, books: &Books) -> Result<(), Failure> {
    let Some(asked) = &args.account else { return Ok(()) };
    let configured = config.accounts.keys().any(|name| name.as_str() == asked);
    if configured || books.accounts().any(|name| name.as_str() == asked) {
        return Ok(());
    }
    Err(Failure::new(
        exit::USAGE,
        format!("there is no account {asked}, neither in the configuration nor in the ledger"),
    ))
}

/// Whole or not at all.
fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(exit::IO, format!("{}: {error}", path.display()));
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    fs::write(&part, text).map_err(failed)?;
    fs::rename(&part, path).map_err(failed)
}
