//! Pure values of the lending trade: what an amount, a rate, an offer, a loan, a book *is*.
//!
//! Every number is an exact integer with its unit in its type. Nothing in here knows of the wire, of files, of clocks or
//! of any other module of ours.

mod action;
mod book;
mod candle;
mod currency;
mod decimal;
mod ledger;
mod lent;
mod money;
mod names;
mod news;
mod offer;
mod rate;
mod ratio;
mod reason;
mod time;
mod wallet;

pub use action::{Action, ActionId, ActionResult, Cancel, Intent, Refusal, Submit, UnknownCause};
pub use book::{Book, BookLevel, BookSide, LevelKey, Queue};
pub use candle::{Candle, CandleSeries, FundingStats};
pub use currency::{Currency, CurrencyError};
pub use decimal::{Decimal, DecimalError, Rounding};
pub use ledger::{Credited, LedgerRow};
pub use lent::{Lent, LentId, LentKind, LentStatus, RateType, Side};
pub use money::{Amount, Total};
pub use names::{AccountName, NameError};
pub use news::{
    AccountNews, AccountSnapshot, Change, DayOfRates, GateVerdict, History, LinkState, MarketNews, MissingScope, Print,
    Scope, Stream, Ticker,
};
pub use offer::{FundingTrade, Offer, OfferId, OfferKind, OfferStatus};
pub use rate::DailyRate;
pub use ratio::Ratio;
pub use reason::IdleReason;
pub use time::{DAY, Days, HOUR, MINUTE, Millis, Moment, SECOND, Timestamp, WireTime};
pub use wallet::{Wallet, WalletKind};
