//! `export`: writes what was recorded as CSV, in the layouts that `demo --data` and `backtest --data` read.

mod candles;
mod rows;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::domain::{Currency, Timestamp};
use crate::store::market::MarketReader;

use super::configured;
use super::exit;
use super::say::{self, Failure};
use super::when;
use candles::{Frame, Periods};

/// Writes what was recorded as CSV.
#[derive(Debug, Clone, Args)]
pub struct ExportArgs {
    /// The configuration folder, or its yieldsforge.toml
    #[arg(long, value_name = "PATH", default_value = "/etc/yieldsforge")]
    config: PathBuf,
    /// What to write; all of it without this
    #[arg(long, value_enum, value_delimiter = ',')]
    what: Vec<What>,
    /// Whose markets, such as USD,UST; all of them without this
    #[arg(long, value_name = "CODES", value_delimiter = ',', value_parser = super::words::currency)]
    currency: Vec<Currency>,
    /// From this UTC day (2026-06-23) or moment (2026-06-23T04:00:00Z) on
    #[arg(long, value_name = "TIME", value_parser = when::from)]
    from: Option<Timestamp>,
    /// Up to this UTC day, included, or this moment
    #[arg(long, value_name = "TIME", value_parser = when::to)]
    to: Option<Timestamp>,
    /// A folder for the files; without it one kind of one currency goes to the standard output
    #[arg(long, value_name = "DIR")]
    to_dir: Option<PathBuf>,
    /// Length of a candle: 1m, 5m, 15m, 30m, 1h, 3h, 6h, 12h, 1D
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = Frame::parse)]
    frame: Frame,
    /// Whose trades make a candle, as the exchange writes it: p2, or a30:p2:p30 for all from 2 to 30 days
    #[arg(long, value_name = "PERIODS", value_delimiter = ',', value_parser = Periods::parse,
          default_value = "p2,p30,a30:p2:p30")]
    period: Vec<Periods>,
}

impl ExportArgs {
    /// From when until when.
    fn span(&self) -> (Timestamp, Timestamp) {
        (self.from.unwrap_or_default(), self.to.unwrap_or(Timestamp::from_millis(i64::MAX)))
    }
}

/// A kind of file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, ValueEnum)]
enum What {
    /// Public trades
    Trades,
    /// Books around each batch
    Books,
    /// Tickers
    Tickers,
    /// Candles made of the recorded trades
    Candles,
    /// The lives of own offers
    Offers,
}

/// One file to be.
struct Piece {
    what: What,
    currency: Currency,
    /// Of candles.
    periods: Option<Periods>,
}

/// Runs the command; `env` is the whole environment. Answers the exit code.
#[must_use]
pub fn run(args: &ExportArgs, env: &[(String, String)]) -> u8 {
    match write(args, env) {
        Ok(()) => exit::OK,
        Err(failure) => failure.tell(),
    }
}

fn write(args: &ExportArgs, env: &[(String, String)]) -> Result<(), Failure> {
    let config = configured::read(&args.config, env)?;
    let reader = MarketReader::open(&config.settings.state_directory)?;
    let pieces = pieces(args, &reader)?;
    match &args.to_dir {
        Some(folder) => files(args, &reader, &pieces, folder),
        None => match pieces.as_slice() {
            [piece] => {
                let mut out = BufWriter::new(io::stdout().lock());
                one(args.span(), args.frame, &reader, piece, &mut out)?;
                Ok(out.flush()?)
            }
            [] => Err(Failure::new(exit::OTHER, "nothing is recorded yet")),
            _ => Err(Failure::new(
                exit::USAGE,
                "the standard output takes one kind of one currency: name them with --what and --currency (and one \
                 --period for candles), or a folder with --to-dir",
            )),
        },
    }
}

/// What is asked for, piece by piece.
fn pieces(args: &ExportArgs, reader: &MarketReader) -> Result<Vec<Piece>, Failure> {
    let kinds = if args.what.is_empty() { What::value_variants() } else { &args.what };
    let currencies = if args.currency.is_empty() { reader.currencies()? } else { args.currency.clone() };
    let mut pieces = Vec::new();
    for what in kinds {
        for currency in &currencies {
            let piece = |periods| Piece { what: *what, currency: *currency, periods };
            if *what == What::Candles {
                pieces.extend(args.period.iter().map(|periods| piece(Some(*periods))));
            } else {
                pieces.push(piece(None));
            }
        }
    }
    Ok(pieces)
}

/// Every piece into a file of its own, whole or not at all.
fn files(args: &ExportArgs, reader: &MarketReader, pieces: &[Piece], folder: &Path) -> Result<(), Failure> {
    let mut written = 0_usize;
    for piece in pieces {
        let folder = folder.join(piece.folder());
        let unusable = |path: &Path, error: io::Error| Failure::new(exit::IO, format!("{}: {error}", path.display()));
        fs::create_dir_all(&folder).map_err(|error| unusable(&folder, error))?;
        let part = folder.join(format!(".{}.part", piece.stem(args.frame)));
        let mut file = BufWriter::new(File::create(&part).map_err(|error| unusable(&part, error))?);
        let span = one(args.span(), args.frame, reader, piece, &mut file);
        let flushed = file.flush();
        let Some((first, last)) = span? else {
            fs::remove_file(&part).map_err(|error| unusable(&part, error))?;
            continue;
        };
        flushed.map_err(|error| unusable(&part, error))?;
        let path = folder.join(format!("{}_{}.csv", piece.stem(args.frame), days(first, last)));
        fs::rename(&part, &path).map_err(|error| unusable(&path, error))?;
        say::out(&path.display().to_string());
        written = written.saturating_add(1);
    }
    if written == 0 {
        return Err(Failure::new(exit::OTHER, "nothing that was asked for is recorded in that time"));
    }
    Ok(())
}

/// Trades, books and tickers of one currency, each in a file in `folder`: all that a tape is played from.
pub(super) fn tape(reader: &MarketReader, currency: Currency, folder: &Path) -> Result<(), Failure> {
    let all = (Timestamp::default(), Timestamp::from_millis(i64::MAX));
    for what in [What::Trades, What::Books, What::Tickers] {
        let piece = Piece { what, currency, periods: None };
        let path = folder.join(format!("{}.csv", piece.stem(Frame::HOUR)));
        let unusable = |error: io::Error| Failure::new(exit::IO, format!("{}: {error}", path.display()));
        let mut file = BufWriter::new(File::create(&path).map_err(unusable)?);
        let span = one(all, Frame::HOUR, reader, &piece, &mut file)?;
        file.flush().map_err(unusable)?;
        if span.is_none() {
            fs::remove_file(&path).map_err(unusable)?;
        }
    }
    Ok(())
}

/// The UTC days from the first row to the last.
fn days(first: Timestamp, last: Timestamp) -> String {
    let name = |at| when::day(at).to_string().replace('-', "");
    let (first, last) = (name(first), name(last));
    if first == last { first } else { format!("{first}-{last}") }
}

impl Piece {
    fn folder(&self) -> &'static str {
        match self.what {
            What::Trades => "trades",
            What::Books => "book",
            What::Tickers => "tickers",
            What::Candles => "candles",
            What::Offers => "offers",
        }
    }

    fn stem(&self, frame: Frame) -> String {
        let symbol = self.currency.symbol();
        match (self.what, self.periods) {
            (What::Trades, _) => format!("{symbol}-trades"),
            (What::Books, _) => format!("{symbol}-book-P0-100"),
            (What::Tickers, _) => format!("{symbol}-ticker"),
            (What::Offers, _) => format!("{symbol}-offers"),
            (What::Candles, Some(periods)) => format!("{symbol}-{}-{}", frame.name, periods.file_name()),
            (What::Candles, None) => format!("{symbol}-{}", frame.name),
        }
    }
}

/// Writes one piece; answers the times of its first and last row.
fn one(
    asked: (Timestamp, Timestamp),
    frame: Frame,
    reader: &MarketReader,
    piece: &Piece,
    out: &mut impl Write,
) -> Result<Option<(Timestamp, Timestamp)>, Failure> {
    let (currency, mut sheet) = (piece.currency, rows::Sheet::new(out));
    match (piece.what, piece.periods) {
        (What::Trades, _) => {
            sheet.head(rows::TRADES)?;
            reader.trades(currency, asked, |print| sheet.trade(&print))?;
        }
        (What::Books, _) => {
            sheet.head(rows::BOOK)?;
            reader.books(currency, asked, |book| sheet.book(&book))?;
        }
        (What::Tickers, _) => {
            sheet.head(rows::TICKERS)?;
            reader.tickers(currency, asked, |at, ticker| sheet.ticker(at, &ticker))?;
        }
        (What::Offers, _) => {
            sheet.head(rows::OFFERS)?;
            reader.offers(currency, asked, |life| sheet.offer(&life))?;
        }
        (What::Candles, periods) => {
            sheet.head(rows::CANDLES)?;
            let left_out = candles::write(reader, currency, asked, (frame, periods), &mut sheet)?;
            if left_out > 0 {
                let name = piece.stem(frame);
                say::err(&format!(
                    "{name}: {left_out} candles are left out, since not all of their trades are recorded"
                ));
            }
        }
    }
    Ok(sheet.span())
}

#[cfg(test)]
mod tests;
