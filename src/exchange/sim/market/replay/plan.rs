//! Which of the files in a data folder make one replay, judged by their names and their text.

use std::collections::BTreeMap;

use super::recording::{Recording, RecordingError};
use crate::domain::Currency;
use crate::exchange::sim::api::Span;

/// What is played, and what is not and why.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// One recording a currency; all overlap in time.
    pub recordings: Vec<(Currency, Recording)>,
    /// The time of the file that fixed the window: market time starts at its first moment.
    pub span: Option<Span>,
    /// A sentence for each file or currency that is left out.
    pub left_out: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Book,
    Candles,
    Tickers,
    Stats,
}

/// A file that could be read.
#[derive(Debug)]
struct Readable<'a> {
    name: &'a str,
    text: &'a str,
    currency: Currency,
    kind: Kind,
    span: Span,
    weight: usize,
}

/// Chooses from `(name, text)` of a data folder's files. The longest book fixes the window (without a book: the latest candle
/// file); of every currency the longest book, the two-day hourly candles, the tickers and the stats that overlap it are
/// taken. Names are those of the data folder: `fUSD-book-…`, `fUSD-1h-p2_…`, `fUSD-ticker_…`, `fUSD-stats_…`.
#[must_use]
pub fn plan_recordings(files: &[(String, String)]) -> Plan {
    let mut plan = Plan::default();
    let mut readable = Vec::new();
    for (name, text) in files {
        match read(name, text) {
            Ok(Some(file)) => readable.push(file),
            Ok(None) => plan
                .left_out
                .push(format!("{name}: left out, a replay uses books, two-day hourly candles, tickers and stats")),
            Err(error) => plan.left_out.push(format!("{name}: left out, {error}")),
        }
    }
    let books = || readable.iter().filter(|file| file.kind == Kind::Book);
    let candles = || readable.iter().filter(|file| file.kind == Kind::Candles);
    let Some(main) = books().max_by_key(|file| file.weight).or_else(|| candles().max_by_key(|file| file.span.to))
    else {
        plan.left_out.push("nothing to replay: no book and no two-day hourly candles".to_owned());
        return plan;
    };
    plan.span = Some(main.span);
    let mut by_currency: BTreeMap<Currency, Vec<&Readable<'_>>> = BTreeMap::new();
    for file in &readable {
        by_currency.entry(file.currency).or_default().push(file);
    }
    for (currency, files) in by_currency {
        let (taken, reasons) = choose(&files, main);
        plan.left_out.extend(reasons);
        let recording =
            taken.iter().try_fold(Recording::default(), |recording, file| add(recording, file.kind, file.text));
        match recording {
            Ok(recording) if recording.snapshots() > 0 || recording.candles() > 0 => {
                plan.recordings.push((currency, recording));
            }
            Ok(_) => {
                plan.left_out
                    .push(format!("{currency}: left out, no book and no candles in the time of {}", main.name));
            }
            Err(error) => plan.left_out.push(format!("{currency}: left out, its files do not fit together: {error}")),
        }
    }
    plan
}

/// One currency's files in the window of `main`, oldest first, and why the others are not taken.
fn choose<'a>(files: &[&'a Readable<'a>], main: &Readable<'_>) -> (Vec<&'a Readable<'a>>, Vec<String>) {
    let overlaps = |file: &Readable<'_>| file.span.from <= main.span.to && main.span.from <= file.span.to;
    let (mut inside, outside): (Vec<&Readable<'_>>, Vec<&Readable<'_>>) = files.iter().partition(|file| overlaps(file));
    let mut reasons: Vec<String> =
        outside.iter().map(|file| format!("{}: left out, not in the time of {}", file.name, main.name)).collect();
    let longest =
        inside.iter().filter(|file| file.kind == Kind::Book).max_by_key(|file| file.weight).map(|file| file.name);
    inside.retain(|file| {
        let keep = file.kind != Kind::Book || longest == Some(file.name);
        if !keep {
            reasons.push(format!("{}: left out, {} is longer", file.name, longest.unwrap_or_default()));
        }
        keep
    });
    // Tickers before stats: their FRR is the more exact.
    inside.sort_by_key(|file| (file.kind, file.span.from));
    (inside, reasons)
}

fn read<'a>(name: &'a str, text: &'a str) -> Result<Option<Readable<'a>>, RecordingError> {
    let file = name.rsplit('/').next().unwrap_or(name);
    let Some((symbol, rest)) = file.split_once('-') else { return Ok(None) };
    let kinds = [("book-", Kind::Book), ("1h-p2_", Kind::Candles), ("ticker_", Kind::Tickers), ("stats_", Kind::Stats)];
    let kind = kinds.iter().find(|(start, _)| rest.starts_with(start)).map(|(_, kind)| *kind);
    let (Some(kind), Ok(currency)) = (kind, Currency::from_symbol(symbol)) else { return Ok(None) };
    let recording = add(Recording::default(), kind, text)?;
    let span = recording.span().ok_or(RecordingError::Empty)?;
    let weight = recording.snapshots();
    Ok(Some(Readable { name, text, currency, kind, span, weight }))
}

fn add(recording: Recording, kind: Kind, text: &str) -> Result<Recording, RecordingError> {
    match kind {
        Kind::Book => recording.with_book(text),
        Kind::Candles => recording.with_candles(text),
        Kind::Tickers => recording.with_tickers(text),
        Kind::Stats => recording.with_stats(text),
    }
}
