//! News from the exchange in our own terms: what the wire is read into and what the engine is told.

use super::book::BookLevel;
use super::candle::{Candle, CandleSeries};
use super::currency::Currency;
use super::lent::Lent;
use super::money::Amount;
use super::names::AccountName;
use super::offer::{FundingTrade, Offer};
use super::rate::DailyRate;
use super::ratio::Ratio;
use super::time::{Days, Timestamp};
use super::wallet::Wallet;

/// A funding ticker (bitfinex-api.md 4.2). What the exchange leaves null stays unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ticker {
    /// Flash return rate per day.
    pub frr: Option<DailyRate>,
    /// Dearest bid, per day, and its period.
    pub bid: Option<(DailyRate, Days)>,
    /// Sum of the 25 best bids.
    pub bid_size: Option<Amount>,
    /// Cheapest offer, per day, and its period.
    pub offer: Option<(DailyRate, Days)>,
    /// Sum of the 25 best offers.
    pub offer_size: Option<Amount>,
    /// Rate per day of the last trade.
    pub last: Option<DailyRate>,
    /// Traded in 24 hours.
    pub volume: Option<Amount>,
    /// How the rate went in 24 hours; told whole or not at all.
    pub day: Option<DayOfRates>,
    /// Offered at the FRR.
    pub frr_available: Option<Amount>,
}

/// How the rate of a market went in 24 hours.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DayOfRates {
    /// Change of the last rate, per day.
    pub change: DailyRate,
    /// The same as a part of the rate.
    pub change_ratio: Ratio,
    /// Highest rate per day.
    pub high: DailyRate,
    /// Lowest rate per day.
    pub low: DailyRate,
}

/// A public funding trade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Print {
    /// Id; `fte` and `ftu` of one trade share it.
    pub id: i64,
    /// When.
    pub at: Timestamp,
    /// How much, without its sign.
    pub amount: Amount,
    /// True when a borrower took an offer (below zero on the wire), false when a lender took a bid.
    pub taken: bool,
    /// Rate per day.
    pub rate: DailyRate,
    /// Period.
    pub period: Days,
}

/// Public news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MarketNews {
    /// The ticker.
    Ticker(Currency, Ticker),
    /// A whole book: replaces what was known.
    Book(Currency, Vec<BookLevel>),
    /// One level.
    Level(Currency, BookLevel),
    /// Trades, oldest first.
    Prints(Currency, Vec<Print>),
    /// Closed candles of the past, oldest first: what the rules that look back start with. Intervals without a trade
    /// have none.
    Candles(Currency, CandleSeries, Vec<Candle>),
    /// Price of one unit in USD, as `calc/fx` answered: units of 1e-8 USD.
    UsdPrice(Currency, Amount),
    /// Platform status: `false` is maintenance.
    Operative(bool),
}

/// What happened to a record that the private socket tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Change {
    /// New or updated: set it.
    Set,
    /// Closed: take it away.
    Closed,
}

/// What was read of the past to settle unknown writes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct History {
    /// Closed offers.
    pub offers: Vec<Offer>,
    /// Executions.
    pub trades: Vec<FundingTrade>,
    /// Closed loans and credits.
    pub lent: Vec<Lent>,
}

/// One reading of an account, in the order of money rule 9: loans, credits, offers, wallets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountSnapshot {
    /// Market time when the first request left.
    pub started: Timestamp,
    /// Market time when the last reply came.
    pub ended: Timestamp,
    /// Loans and credits that count as lent, moved ones paired.
    pub lent: Vec<Lent>,
    /// Open offers of every currency.
    pub offers: Vec<Offer>,
    /// Wallets of every kind and currency.
    pub wallets: Vec<Wallet>,
    /// The past, when it was asked for.
    pub history: Option<History>,
    /// Rows that could not be read: then no currency of this snapshot can be trusted.
    pub dropped_rows: u32,
}

/// Private news.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AccountNews {
    /// A whole reading by REST.
    Snapshot(Box<AccountSnapshot>),
    /// The reading that was asked for failed; it will have to be asked for again.
    SnapshotFailed,
    /// The stream may have lost facts: nothing is decided before a reading that begins after this.
    Resync,
    /// A wallet.
    Wallet(Wallet),
    /// An offer.
    Offer(Change, Offer),
    /// A loan or credit.
    Lent(Change, Lent),
    /// An execution.
    Trade(FundingTrade),
    /// Available balance as calculated on request.
    Available(Currency, Amount),
    /// What the key may do.
    Gate(GateVerdict),
    /// Whether the exchange's auto-renew is on for a currency.
    AutoRenew(Currency, bool),
}

/// A scope that the gate looks at, for telling what is missing.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Scope {
    /// The exchange's name of it.
    pub name: String,
    /// May read.
    pub read: bool,
    /// May write.
    pub write: bool,
}

/// A scope that a lender needs and the key lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MissingScope {
    /// Funding read: offers and loans cannot be seen.
    FundingRead,
    /// Funding write: nothing can be offered.
    FundingWrite,
    /// Wallets read: balances cannot be seen.
    WalletsRead,
    /// History read: earnings and settled offers cannot be seen.
    HistoryRead,
}

/// The key gate's verdict (DESIGN.md section 7).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GateVerdict {
    /// Nobody could be asked yet: no writes.
    Pending,
    /// Good.
    Good,
    /// A scope could move money out or write what no lender needs: names of the scopes.
    Refused(Vec<String>),
    /// Something needed is missing.
    Insufficient(Vec<MissingScope>),
    /// The exchange does not know the key (any more).
    Revoked,
}

impl GateVerdict {
    /// True when the key may do what a run needs. Paper needs no funding write.
    #[must_use]
    pub fn serves(&self, paper: bool) -> bool {
        match self {
            Self::Good => true,
            Self::Insufficient(missing) => paper && missing.as_slice() == [MissingScope::FundingWrite],
            Self::Pending | Self::Refused(_) | Self::Revoked => false,
        }
    }
}

/// A stream of news.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stream {
    /// The public socket.
    Market,
    /// The private socket of an account.
    Account(AccountName),
}

/// Whether a stream can be relied on. Judged by its session in wire time, told to the engine as news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkState {
    /// Connected, subscribed or authenticated, and alive.
    Up,
    /// Not connected.
    Down,
    /// Connected, but silent, gapped or under maintenance: nothing it said still counts.
    Stale,
}
