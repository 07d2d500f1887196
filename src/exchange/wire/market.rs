//! Public rows: tickers, books, trades, candles, statistics, prices (bitfinex-api.md sections 4 and 5).

use std::collections::BTreeSet;

use crate::domain::{
    Amount, BookLevel, BookSide, Candle, Currency, DailyRate, DayOfRates, Days, Decimal, FundingStats, LevelKey, Print,
    Ratio, Rounding, Ticker,
};

use super::{BadRow, Json, Rows, WireError, amount, days, rate, rows, time};

/// `[1]` is operative, `[0]` maintenance.
///
/// # Errors
/// [`WireError::Shape`] for anything else.
pub fn platform_status(json: Json<'_>) -> Result<bool, WireError> {
    match json.row().and_then(|[first]: [Json<'_>; 1]| first.int()) {
        Some(1) => Ok(true),
        Some(0) => Ok(false),
        _ => Err(WireError::shape("platform status", json)),
    }
}

/// Price of one unit in USD, in units of 1e-8 USD, from `calc/fx`.
///
/// # Errors
/// [`WireError::Shape`] for anything but a price above zero: there is no default price.
pub fn usd_price(json: Json<'_>) -> Result<Amount, WireError> {
    let price = json.row().and_then(|[first]: [Json<'_>; 1]| amount(first));
    price.filter(|price| price.is_positive()).ok_or_else(|| WireError::shape("a price", json))
}

/// The currencies with a funding market: `[["USD","BTC",…]]`. Codes that cannot be ones of ours are left out.
///
/// # Errors
/// [`WireError::Shape`] for anything else, and for an empty list, which would mean that nothing is lent at all.
pub fn lendable(json: Json<'_>) -> Result<BTreeSet<Currency>, WireError> {
    let shape = || WireError::shape("the list of lent currencies", json);
    let [list] = json.row::<1>().ok_or_else(shape)?;
    let codes = rows("the list of lent currencies", list, |code| {
        Ok(code.text().and_then(|code| Currency::from_code(&code).ok()))
    })?;
    let codes: BTreeSet<Currency> = codes.rows.into_iter().collect();
    if codes.is_empty() { Err(shape()) } else { Ok(codes) }
}

/// The funding ticker. Short ones of earlier years are read as far as they go.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn ticker(json: Json<'_>) -> Result<Ticker, WireError> {
    read_ticker(json).ok_or_else(|| WireError::shape("a ticker", json))
}

pub(super) fn read_ticker(json: Json<'_>) -> Option<Ticker> {
    ticker_values(json.row()?)
}

fn ticker_values(row: [Json<'_>; 16]) -> Option<Ticker> {
    // Only numbers and nulls, and some number: what is absent reads as null, so a wrong row would pass as an empty one.
    let numbers = row.iter().all(|value| value.is_null() || value.decimal().is_some());
    let [frr, bid, bid_days, bid_size, ask, ask_days, ask_size, change, part, last, volume, high, low, _, _, at_frr] =
        row;
    let told = [frr, bid, ask, last].iter().any(|value| !value.is_null());
    (numbers && told).then(|| Ticker {
        frr: rate(frr),
        bid: rate(bid).zip(days(bid_days)),
        bid_size: amount(bid_size),
        offer: rate(ask).zip(days(ask_days)),
        offer_size: amount(ask_size),
        last: rate(last),
        volume: amount(volume),
        day: day_of_rates([change, part, high, low]),
        frr_available: amount(at_frr),
    })
}

fn day_of_rates([change, part, high, low]: [Json<'_>; 4]) -> Option<DayOfRates> {
    let part = part.decimal()?.to_units(6, Rounding::Nearest).ok()?;
    Some(DayOfRates { change: rate(change)?, change_ratio: Ratio::from_ppm(part), high: rate(high)?, low: rate(low)? })
}

/// Tickers of several symbols; those of trading pairs are left out, told apart by their symbol.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn tickers(json: Json<'_>) -> Result<Rows<(Currency, Ticker)>, WireError> {
    rows("tickers", json, |row| {
        let [symbol, ticker @ ..] = row.row::<17>().ok_or(BadRow)?;
        let symbol = symbol.text().ok_or(BadRow)?;
        if !symbol.starts_with('f') {
            return Ok(None);
        }
        let currency = Currency::from_symbol(&symbol).map_err(|_no_code| BadRow)?;
        let ticker = ticker_values(ticker).ok_or(BadRow)?;
        Ok(Some((currency, ticker)))
    })
}

/// One level of the book, or the news of one: `[RATE, PERIOD, COUNT, AMOUNT]`, a positive amount being an offer.
///
/// # Errors
/// [`BadRow`] when anything is missing, out of range, or not above zero.
pub fn level(row: Json<'_>) -> Result<BookLevel, BadRow> {
    let [rate, period, count, amount] = row.row().ok_or(BadRow)?;
    let (Some(rate), Some(period), Some(count), Some(amount)) =
        (rate.decimal(), days(period), count.int(), amount.decimal())
    else {
        return Err(BadRow);
    };
    make_level(rate, period, u32::try_from(count).map_err(|_negative| BadRow)?, amount)
}

/// A level from its exact numbers.
pub(super) fn make_level(exact: Decimal, period: Days, count: u32, amount: Decimal) -> Result<BookLevel, BadRow> {
    let rate = DailyRate::from_decimal(exact, Rounding::Nearest).map_err(|_out_of_range| BadRow)?;
    let held = Amount::from_decimal(amount.abs(), Rounding::Nearest).map_err(|_out_of_range| BadRow)?;
    if exact.is_zero() || exact.is_negative() || amount.is_zero() {
        return Err(BadRow);
    }
    let side = if amount.is_negative() { BookSide::Bids } else { BookSide::Offers };
    Ok(BookLevel { side, key: LevelKey { rate, period, exact }, count, amount: held })
}

/// A whole book.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn book(json: Json<'_>) -> Result<Rows<BookLevel>, WireError> {
    rows("a book", json, |row| level(row).map(Some))
}

/// One public trade; the sign of its amount becomes the taker's side.
///
/// # Errors
/// [`BadRow`] when anything is missing or out of range.
pub fn print(row: Json<'_>) -> Result<Print, BadRow> {
    read_print(row).ok_or(BadRow)
}

fn read_print(row: Json<'_>) -> Option<Print> {
    let [id, at, traded, per_day, period] = row.row()?;
    let traded = amount(traded)?;
    Some(Print {
        id: id.int()?,
        at: time(at)?,
        amount: traded.abs(),
        taken: traded < Amount::ZERO,
        rate: rate(per_day)?,
        period: days(period)?,
    })
}

/// Public trades, oldest first whatever their order on the wire.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn prints(json: Json<'_>) -> Result<Rows<Print>, WireError> {
    let mut prints = rows("trades", json, |row| print(row).map(Some))?;
    prints.rows.sort_by_key(|print| (print.at, print.id));
    Ok(prints)
}

/// One candle: `[MTS, OPEN, CLOSE, HIGH, LOW, VOLUME]`, the close before the extremes.
///
/// # Errors
/// [`BadRow`] when anything is missing or out of range.
pub fn candle(row: Json<'_>) -> Result<Candle, BadRow> {
    read_candle(row).ok_or(BadRow)
}

fn read_candle(row: Json<'_>) -> Option<Candle> {
    let [at, open, close, high, low, volume] = row.row()?;
    Some(Candle {
        at: time(at)?,
        open: rate(open)?,
        close: rate(close)?,
        high: rate(high)?,
        low: rate(low)?,
        volume: amount(volume)?.abs(),
    })
}

/// Candles, oldest first whatever their order on the wire.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn candles(json: Json<'_>) -> Result<Rows<Candle>, WireError> {
    let mut candles = rows("candles", json, |row| candle(row).map(Some))?;
    candles.rows.sort_by_key(|candle| candle.at);
    Ok(candles)
}

/// Days of a year: the statistics carry the FRR divided by them.
const DAYS_PER_YEAR: i64 = 365;

/// Statistics of all funding, oldest first.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn funding_stats(json: Json<'_>) -> Result<Rows<FundingStats>, WireError> {
    let mut stats = rows("funding statistics", json, |row| read_stats(row).map(Some).ok_or(BadRow))?;
    stats.rows.sort_by_key(|row| row.at);
    Ok(stats)
}

fn read_stats(row: Json<'_>) -> Option<FundingStats> {
    let [at, _, _, frr, period, _, _, provided, used, _, _, below] = row.row()?;
    Some(FundingStats {
        at: time(at)?,
        frr: DailyRate::from_units(rate(frr)?.units().checked_mul(DAYS_PER_YEAR)?),
        average_period: period.decimal(),
        provided: amount(provided),
        used: amount(used),
        below_threshold: amount(below),
    })
}

#[cfg(test)]
mod tests;
