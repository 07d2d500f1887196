//! Recorded files together: one stream in the order of time.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};

use super::candles::Candles;
use super::csv::Rows;
use super::frr::{Frr, StandIn};
use super::snapshots::Snapshots;
use super::trades::Trades;
use super::{Tape, TapeError, thin};
use crate::backtest::moment::{Moment, What};
use crate::domain::{Amount, Currency, Days, Timestamp};

/// What kinds of data a recording has.
#[expect(clippy::struct_excessive_bools, reason = "four independent facts about a folder")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Kinds {
    /// Public trades.
    pub trades: bool,
    /// Candles.
    pub candles: bool,
    /// Book snapshots.
    pub books: bool,
    /// Tickers or stats.
    pub frr: bool,
    /// Anything of loans for more than two days.
    pub longer: bool,
}

#[derive(Debug)]
enum Source {
    Candles(Candles),
    Trades(Trades),
    Books(Snapshots),
    Frr(Frr),
}

impl Source {
    fn next(&mut self) -> Result<Option<Moment>, TapeError> {
        match self {
            Self::Candles(source) => source.next(),
            Self::Trades(source) => source.next(),
            Self::Books(source) => source.next(),
            Self::Frr(source) => source.next(),
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Candles,
    Trades,
    Books,
    Tickers,
    Stats,
}

/// What a file is, judged by its header.
fn kind(rows: &Rows) -> Option<Kind> {
    let has = |column: &str| rows.header().iter().any(|name| name == column);
    if has("open") && has("close") && has("high") {
        Some(Kind::Candles)
    } else if has("id") && has("period") && has("rate") && has("mts") {
        Some(Kind::Trades)
    } else if has("collected_at_ms") && has("count") && has("rate") {
        Some(Kind::Books)
    } else if has("collected_at_ms") && has("frr") {
        Some(Kind::Tickers)
    } else if has("mts") && has("frr_daily") {
        Some(Kind::Stats)
    } else {
        None
    }
}

/// A recording of one currency.
#[derive(Debug)]
pub struct Recorded {
    sources: Vec<(Source, Option<Moment>)>,
    kinds: Kinds,
    stand_in: StandIn,
    out: VecDeque<Moment>,
    /// Files that are not played, with the reason.
    left_out: Vec<String>,
}

impl Recorded {
    /// Opens a file, or the files of a folder that are `currency`'s by their name. Of a folder's files of one kind all are
    /// played; candles only when there are no trades, for they sum up the same.
    ///
    /// # Errors
    /// [`TapeError`] when nothing can be played or a first line is no good.
    pub fn open(path: &Path, currency: Currency) -> Result<Self, TapeError> {
        let mut left_out = Vec::new();
        let mut files = Vec::new();
        let single = !path.is_dir();
        for file in listed(path)? {
            let rows = Rows::open(&file)?;
            let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let mine = single || name.starts_with(&format!("{}-", currency.symbol()));
            match kind(&rows) {
                Some(kind) if mine => files.push((kind, rows)),
                Some(_) => {}
                None => left_out.push(format!("{}: not played, its columns are not known", file.display())),
            }
        }
        let has = |wanted: Kind| files.iter().any(|(kind, _)| *kind == wanted);
        let frr = has(Kind::Tickers) || has(Kind::Stats);
        let trades = has(Kind::Trades);
        let (candles, books) = (has(Kind::Candles) && !trades, has(Kind::Books));
        let mut kinds = Kinds { trades, candles, books, frr, longer: trades || books };
        if !(kinds.trades || kinds.candles || kinds.books) {
            let problem = "no candles, trades or book here whose name begins with the currency's symbol".to_owned();
            return Err(TapeError::Nothing { path: path.display().to_string(), problem });
        }
        let stats_too = !has(Kind::Tickers);
        files.retain(|(kind, _)| (*kind != Kind::Candles || kinds.candles) && (*kind != Kind::Stats || stats_too));
        files.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.path().cmp(b.1.path())));
        let judge = !kinds.trades && !kinds.candles;
        let mut sources = Vec::new();
        for (kind, rows) in files {
            let mut source = match kind {
                Kind::Candles => {
                    let candles = Candles::new(rows);
                    kinds.longer |= candles.period() > Days::MIN;
                    Source::Candles(candles)
                }
                Kind::Trades => Source::Trades(Trades::new(rows)),
                Kind::Books => Source::Books(Snapshots::new(rows, judge)),
                Kind::Tickers => Source::Frr(Frr::new(rows, false)),
                Kind::Stats => Source::Frr(Frr::new(rows, true)),
            };
            let first = source.next()?;
            sources.push((source, first));
        }
        Ok(Self { sources, kinds, stand_in: StandIn::default(), out: VecDeque::new(), left_out })
    }

    /// What it has.
    #[must_use]
    pub fn kinds(&self) -> Kinds {
        self.kinds
    }

    /// When its first moment is over.
    #[must_use]
    pub fn begins(&self) -> Option<Timestamp> {
        self.sources.iter().filter_map(|(_, next)| next.as_ref()).map(|moment| moment.at).min()
    }

    /// A sentence for each file that is not played.
    #[must_use]
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The earliest moment of all sources; ties in the order of their kinds.
    fn earliest(&mut self) -> Result<Option<Moment>, TapeError> {
        let heads = self.sources.iter_mut().filter(|(_, next)| next.is_some());
        let Some((source, next)) = heads.min_by_key(|(_, next)| next.as_ref().map(|moment| moment.at)) else {
            return Ok(None);
        };
        let moment = next.take();
        *next = source.next()?;
        Ok(moment)
    }

    /// What a moment brings along where the recording has no FRR or no book.
    fn along(&mut self, moment: &Moment) {
        let (price, volume) = match &moment.what {
            What::Event(event) => {
                let volume: crate::domain::Total = event.prints.iter().map(|print| print.amount).sum();
                (event.price, volume.at_least_zero())
            }
            What::Book(book) => {
                let offers = book.levels.iter().filter(|level| level.side == crate::domain::BookSide::Offers);
                let two = offers.filter(|level| level.key.period == Days::MIN).map(|level| level.key.rate);
                (two.min(), Amount::ZERO)
            }
            What::Ticker(_) | What::Price(_) => (None, Amount::ZERO),
        };
        let Some(price) = price else { return };
        if !self.kinds.frr {
            self.out.extend(self.stand_in.seen(moment.at, price));
        }
        if !self.kinds.books {
            self.out.push_back(Moment { at: moment.at, what: What::Book(thin::book(price, volume)) });
        }
    }
}

impl Tape for Recorded {
    fn next(&mut self) -> Result<Option<Moment>, TapeError> {
        if let Some(moment) = self.out.pop_front() {
            return Ok(Some(moment));
        }
        let moment = self.earliest()?;
        if let Some(moment) = &moment {
            self.along(moment);
        }
        Ok(moment)
    }
}

/// The file itself, or a folder's CSV files.
fn listed(path: &Path) -> Result<Vec<PathBuf>, TapeError> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let lost = |source| TapeError::Read { path: path.display().to_string(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(lost)? {
        let file = entry.map_err(lost)?.path();
        if file.extension().is_some_and(|extension| extension == "csv") {
            files.push(file);
        }
    }
    files.sort();
    Ok(files)
}
