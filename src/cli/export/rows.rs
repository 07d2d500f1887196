//! The layouts of the files. Numbers are exact decimals; what is not known is empty.

use std::fmt::Display;
use std::io::Write;

use crate::cli::say::Failure;
use crate::domain::{DailyRate, Days, Decimal, Print, Ticker, Timestamp};
use crate::store::market::{Life, Snapshot};

use super::candles::Candle;

pub(super) const TRADES: &str = "id,mts,amount,rate,period";
pub(super) const BOOK: &str = "collected_at_ms,rate,period,count,amount";
pub(super) const TICKERS: &str = "collected_at_ms,frr,bid,bid_period,bid_size,ask,ask_period,ask_size,daily_change,\
                                  daily_change_perc,last_price,volume,high,low,frr_amount_available";
pub(super) const CANDLES: &str = "mts,open,close,high,low,volume";
pub(super) const OFFERS: &str = "mts,account,offer,event,amount,rest,rate,period,type,slice,ahead";

/// A file in the making.
pub(super) struct Sheet<'a, W: Write> {
    out: &'a mut W,
    span: Option<(Timestamp, Timestamp)>,
}

impl<'a, W: Write> Sheet<'a, W> {
    pub(super) fn new(out: &'a mut W) -> Self {
        Self { out, span: None }
    }

    /// The first line.
    pub(super) fn head(&mut self, names: &str) -> Result<(), Failure> {
        Ok(writeln!(self.out, "{names}")?)
    }

    /// The times of the first and the last row.
    pub(super) fn span(&self) -> Option<(Timestamp, Timestamp)> {
        self.span
    }

    fn seen(&mut self, at: Timestamp) {
        self.span = Some((self.span.map_or(at, |(first, _)| first), at));
    }

    /// A trade, below zero when a borrower took an offer.
    pub(super) fn trade(&mut self, print: &Print) -> Result<(), Failure> {
        self.seen(print.at);
        let minus = if print.taken { "-" } else { "" };
        let (at, rate, period) = (print.at.millis(), print.rate, print.period.get());
        Ok(writeln!(self.out, "{},{at},{minus}{},{},{period}", print.id, print.amount, rate.to_decimal())?)
    }

    /// A book, a line a level.
    pub(super) fn book(&mut self, book: &Snapshot) -> Result<(), Failure> {
        self.seen(book.at);
        for level in book.levels.lines() {
            writeln!(self.out, "{},{level}", book.at.millis())?;
        }
        Ok(())
    }

    /// A ticker.
    pub(super) fn ticker(&mut self, at: Timestamp, ticker: &Ticker) -> Result<(), Failure> {
        self.seen(at);
        let rate = |rate: Option<DailyRate>| text(rate.map(DailyRate::to_decimal));
        let fields = [
            rate(ticker.frr),
            rate(ticker.bid.map(|(rate, _)| rate)),
            text(ticker.bid.map(|(_, period)| period.get())),
            text(ticker.bid_size),
            rate(ticker.offer.map(|(rate, _)| rate)),
            text(ticker.offer.map(|(_, period)| period.get())),
            text(ticker.offer_size),
            rate(ticker.day.map(|day| day.change)),
            text(ticker.day.map(|day| Decimal::from_units(day.change_ratio.ppm(), 6))),
            rate(ticker.last),
            text(ticker.volume),
            rate(ticker.day.map(|day| day.high)),
            rate(ticker.day.map(|day| day.low)),
            text(ticker.frr_available),
        ];
        Ok(writeln!(self.out, "{},{}", at.millis(), fields.join(","))?)
    }

    /// A candle.
    pub(super) fn candle(&mut self, candle: &Candle) -> Result<(), Failure> {
        self.seen(candle.at);
        let rates = [candle.open, candle.close, candle.high, candle.low].map(|rate| rate.to_decimal().to_string());
        Ok(writeln!(self.out, "{},{},{}", candle.at.millis(), rates.join(","), candle.volume)?)
    }

    /// A step in the life of an own offer.
    pub(super) fn offer(&mut self, life: &Life) -> Result<(), Failure> {
        self.seen(life.at);
        let fields = [
            life.account.clone(),
            life.offer.to_string(),
            life.change.clone(),
            life.amount.to_string(),
            text(life.rest),
            text(life.rate.map(DailyRate::to_decimal)),
            text(life.period.map(Days::get)),
            text(life.kind.as_deref()),
            text(life.slice.as_deref()),
            text(life.ahead.as_deref()),
        ];
        Ok(writeln!(self.out, "{},{}", life.at.millis(), fields.join(","))?)
    }
}

/// What is known.
fn text(value: Option<impl Display>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
