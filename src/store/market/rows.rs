//! What is recorded, and what is told of the recording.

use std::collections::BTreeMap;

use crate::domain::{
    AccountName, Amount, BookLevel, Currency, DailyRate, Days, Millis, OfferId, OfferKind, Print, Ticker, Timestamp,
    Total,
};

/// One fact to keep.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    /// A public trade; told twice it is kept once, by its id.
    Trade(Currency, Print),
    /// The book at a moment: bids first, dearest first, then offers, cheapest first.
    Book(Currency, Timestamp, Vec<BookLevel>),
    /// A ticker.
    Ticker(Currency, Timestamp, Ticker),
    /// Something befell an own offer.
    Offer(OfferEvent),
    /// The trades between these times, the first included, are not all known and never will be.
    Gap(Currency, Timestamp, Timestamp),
    /// All trades up to then are recorded, or lie in a gap; what follows is not known to be. It may be taken back.
    Complete(Currency, Timestamp),
}

/// Kinds of rows, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowKind {
    /// Public trades.
    Trade,
    /// Books, one each.
    Book,
    /// Tickers.
    Ticker,
    /// Steps in the lives of own offers.
    Offer,
    /// Spans of trades that are missing.
    Gap,
}

impl RowKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Trade, Self::Book, Self::Ticker, Self::Offer, Self::Gap];

    /// The word in labels and texts.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Trade => "trade",
            Self::Book => "book",
            Self::Ticker => "ticker",
            Self::Offer => "offer",
            Self::Gap => "gap",
        }
    }
}

impl Row {
    /// What it counts as; a mark of completeness, and that nothing was recorded before the beginning, count as nothing.
    #[must_use]
    pub const fn kind(&self) -> Option<RowKind> {
        match self {
            Self::Trade(..) => Some(RowKind::Trade),
            Self::Book(..) => Some(RowKind::Book),
            Self::Ticker(..) => Some(RowKind::Ticker),
            Self::Offer(_) => Some(RowKind::Offer),
            Self::Gap(_, since, _) if since.millis() > 0 => Some(RowKind::Gap),
            Self::Gap(..) | Self::Complete(..) => None,
        }
    }
}

/// What befell an own offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OfferChange {
    /// The exchange (or the paper) took it.
    Created,
    /// It was taken, in part or whole.
    Filled,
    /// We cancelled it.
    Cancelled,
    /// It is gone, and we did not do it.
    Gone,
}

impl OfferChange {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Created, Self::Filled, Self::Cancelled, Self::Gone];

    /// The word in the database and in exports.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Filled => "filled",
            Self::Cancelled => "cancelled",
            Self::Gone => "gone",
        }
    }

    /// From its word.
    #[must_use]
    pub fn from_label(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|change| change.label() == text)
    }
}

/// A step in the life of an own offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OfferEvent {
    /// When, by market time.
    pub at: Timestamp,
    /// Whose.
    pub account: AccountName,
    /// Of what.
    pub currency: Currency,
    /// Which; below zero on paper.
    pub offer: OfferId,
    /// What befell it.
    pub change: OfferChange,
    /// What was offered, or taken; zero for the rest.
    pub amount: Amount,
    /// What was asked for, where it is known.
    pub terms: Option<Terms>,
    /// What stood in the book before it when it was decided on: offers of its period or longer, no dearer, own ones among
    /// them. Unknown where the book was, and for offers at the FRR.
    pub ahead: Option<Total>,
}

/// What an offer asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// The slice that wished it; empty when adopted.
    pub slice: String,
    /// How its rate is meant.
    pub kind: OfferKind,
    /// Rate per day, or the distance from the FRR.
    pub rate: DailyRate,
    /// Period.
    pub period: Days,
}

/// How long and how much is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Older rows are deleted.
    pub keep: Millis,
    /// Above it, in bytes, the oldest trades, books and tickers are deleted.
    pub max_size: u64,
}

/// What one run has recorded, and how the database stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Totals {
    /// New rows.
    pub rows: BTreeMap<RowKind, u64>,
    /// Rows that the disk refused.
    pub refused: BTreeMap<RowKind, u64>,
    /// Bytes on disk.
    pub size: u64,
    /// Time of the oldest trade, book or ticker.
    pub oldest: Option<Timestamp>,
    /// Old rows may be left to be deleted.
    pub more_to_delete: bool,
    /// Why the last thing that was asked could not be done.
    pub fault: Option<String>,
}

/// What earlier runs have left.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Standing {
    /// Up to when the trades of each currency are complete.
    pub complete: BTreeMap<Currency, Timestamp>,
    /// Trades that were asked for, oldest first.
    pub trades: Vec<(Currency, Print)>,
}
