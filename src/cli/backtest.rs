//! `backtest`: profiles over recorded or modelled markets, beside the habits of other lenders and perfect foresight. No account,
//! no network; what it reads and writes are files that are named.

mod asked;
mod recording;
mod work;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};

use crate::backtest::fill::FillModel;
use crate::backtest::report::{Summary, csv, html, json, table};
use crate::backtest::{Plan, Unit};
use crate::config;
use crate::domain::{Amount, Currency, DAY, Millis, Ratio, Rounding, Timestamp};
use crate::exchange::sim::market::Refinancing;
use crate::strategy::Profile;

use super::exit;
use super::say::{self, Failure};
use recording::Tapes;

/// Runs profiles over recorded or modelled markets.
#[derive(Debug, Clone, Args)]
pub struct BacktestArgs {
    /// Profiles: files, or names of profiles of the configuration. The others are compared with the first
    #[arg(required = true, value_name = "PROFILE")]
    pub profiles: Vec<String>,
    /// Recorded data: a CSV file, a folder of them, or the recorder's market.sqlite3 or its folder; several are run one by one
    #[arg(long, value_name = "PATH", num_args = 1.., required_unless_present = "model", conflicts_with = "model")]
    pub data: Vec<PathBuf>,
    /// The modelled market of a seed, or of several: 7 or 1..20
    #[arg(long, value_name = "SEED[..SEED]", value_parser = asked::seeds)]
    pub model: Option<(u64, u64)>,
    /// The configuration folder in which profiles are looked for by name
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    pub config: PathBuf,
    /// What is lent
    #[arg(long, value_name = "CODE", default_value = "USD")]
    pub currency: String,
    /// How much of it
    #[arg(long, value_name = "AMOUNT", default_value = "10000")]
    pub amount: String,
    /// What one unit costs in USD, where the data do not tell
    #[arg(long, value_name = "USD", default_value = "1")]
    pub price: String,
    /// How offers are filled; without it the strictest that the data allow
    #[arg(long, value_enum, value_name = "MODEL")]
    pub fills: Option<Fills>,
    /// Whether borrowers return dear loans to take cheaper ones
    #[arg(long, value_enum, value_name = "WORLD", default_value = "mild")]
    pub refinancing: World,
    /// How often profiles reconsider at least
    #[arg(long, value_name = "TIME", default_value = "1m", value_parser = asked::span)]
    pub every: Millis,
    /// Measure from this day on (UTC)
    #[arg(long, value_name = "DATE", value_parser = asked::day)]
    pub from: Option<Timestamp>,
    /// Measure until this day begins (UTC)
    #[arg(long, value_name = "DATE", value_parser = asked::day)]
    pub to: Option<Timestamp>,
    /// Days of a modelled market that are measured
    #[arg(long, value_name = "DAYS", default_value_t = 365, value_parser = clap::value_parser!(u16).range(1..=3_650))]
    pub days: u16,
    /// Seen before the money comes: 14 days of a modelled market, one of recorded data
    #[arg(long, value_name = "TIME", value_parser = asked::span)]
    pub warm_up: Option<Millis>,
    /// Runs over recorded data this often, each with other borrowers
    #[arg(long, value_name = "NUMBER", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub draws: u64,
    /// Tapes at a time; without it as many as there are cores
    #[arg(long, value_name = "NUMBER")]
    pub jobs: Option<usize>,
    /// Print one JSON object instead of the table
    #[arg(long)]
    pub json: bool,
    /// Write the net yield of every tape, lender and day
    #[arg(long, value_name = "FILE")]
    pub csv: Option<PathBuf>,
    /// Write a page with charts
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
}

/// Fill models.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Fills {
    /// Trades and books: more was borrowed than stood before the offer
    Queue,
    /// Trades: enough was borrowed strictly above the offer
    Prints,
    /// Candles: the first or last rate of the hour is above it
    Strict,
    /// Candles: between strict and touch
    Middle,
    /// Candles: the highest rate of the hour is above it
    Touch,
    /// Books alone: the best offer of the next one is above it
    Snapshot,
}

impl Fills {
    fn model(self) -> FillModel {
        match self {
            Self::Queue => FillModel::Queue,
            Self::Prints => FillModel::Prints,
            Self::Strict => FillModel::Strict,
            Self::Middle => FillModel::Middle,
            Self::Touch => FillModel::Touch,
            Self::Snapshot => FillModel::Snapshot,
        }
    }
}

/// Worlds of refinancing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum World {
    /// Nobody does
    None,
    /// Above 1.5 times the market's level now and then, above 3 times soon
    Mild,
    /// Above 1.2 times the level soon, near it now and then
    Adverse,
}

impl World {
    fn refinancing(self) -> Refinancing {
        match self {
            Self::None => Refinancing::None,
            Self::Mild => Refinancing::Mild,
            Self::Adverse => Refinancing::Adverse,
        }
    }
}

/// Runs the command. Answers the exit code.
#[must_use]
pub fn run(args: &BacktestArgs) -> u8 {
    backtest(args).map_or_else(|failure| failure.tell(), |()| exit::OK)
}

fn backtest(args: &BacktestArgs) -> Result<(), Failure> {
    let plan = plan(args)?;
    let tapes = Tapes::of(&args.data, plan.currency)?;
    let units = units(args, &tapes);
    let results = work::all(&plan, &units, args.jobs)?;
    let fills = results.first().map_or("", |result| result.fills.name());
    let summary = Summary::of(results, &plan, asked::words(args, &plan, units.len(), fills));
    let write = |path: &Path, text: &str| {
        std::fs::write(path, text).map_err(|error| Failure::new(exit::IO, format!("{}: {error}", path.display())))
    };
    if let Some(path) = &args.csv {
        write(path, &csv(&summary))?;
    }
    if let Some(path) = &args.html {
        write(path, &html(&summary))?;
    }
    if args.json {
        say::json(&json(&summary))
    } else {
        say::out(&table(&summary));
        Ok(())
    }
}

fn plan(args: &BacktestArgs) -> Result<Plan, Failure> {
    let usage = |text: String| Failure::new(exit::USAGE, text);
    let currency = Currency::from_name(&args.currency)
        .map_err(|_no_currency| usage(format!("--currency {}: no currency; write USD, USDT, BTC", args.currency)))?;
    let positive = |flag: &str, text: &str| {
        let amount = Amount::parse(text, Rounding::Down).ok().filter(|amount| amount.is_positive());
        amount.ok_or_else(|| usage(format!("{flag} {text}: not an amount above zero; write it like 10000 or 0.5")))
    };
    let profiles = args.profiles.iter().map(|name| profile(name, &args.config)).collect::<Result<_, _>>()?;
    let warm_up = if args.model.is_some() { DAY.times(14) } else { DAY };
    Ok(Plan {
        profiles,
        currency,
        amount: positive("--amount", &args.amount)?,
        usd_price: if currency == Currency::USD { Amount::whole(1) } else { positive("--price", &args.price)? },
        fee: Ratio::percent(15),
        every: args.every,
        fills: args.fills.map(Fills::model),
        refinancing: args.refinancing.refinancing(),
        from: args.from,
        to: args.to,
        warm_up: args.warm_up.unwrap_or(warm_up),
        days: args.days,
    })
}

/// A profile's file, or one of the configuration by its name.
fn profile(name: &str, folder: &Path) -> Result<Arc<Profile>, Failure> {
    let file = name.contains('/') || Path::new(name).extension().is_some_and(|extension| extension == "toml");
    let path = if file { PathBuf::from(name) } else { folder.join("profiles").join(format!("{name}.toml")) };
    config::profile(&path).map_err(|wrong| Failure::new(exit::CONFIG, wrong))
}

fn units(args: &BacktestArgs, tapes: &Tapes) -> Vec<Unit> {
    if let Some((first, last)) = args.model {
        return (first..=last).map(Unit::Model).collect();
    }
    tapes.paths.iter().flat_map(|path| (1..=args.draws).map(|draw| Unit::Data(path.clone(), draw))).collect()
}
