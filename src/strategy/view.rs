//! What a strategy may see, and what it answers.

use crate::domain::{Amount, Book, Currency, DailyRate, Days, IdleReason, OfferKind, Ratio, Timestamp, Total};

use super::stats::{History, HoldDays, Learned, Prospect};

/// The market of one currency, fresh by contract: the engine holds the currency when anything here is missing or stale.
#[derive(Debug, Clone, Copy)]
pub struct MarketView<'a> {
    /// Market time.
    pub now: Timestamp,
    /// Which currency.
    pub currency: Currency,
    /// The public book, our own offers still in it.
    pub book: &'a Book,
    /// Flash return rate per day.
    pub frr: DailyRate,
    /// Rate per day of the last trade.
    pub last: DailyRate,
    /// Price of one unit in units of 1e-8 USD; one dollar exactly for USD.
    pub usd_price: Amount,
    /// Our own open offers' remaining amounts by rate and period, in any order, so that a rule does not chase itself.
    /// The rate is the one that they show in the book: for an FRR offer its effective rate of the moment. Hidden offers
    /// stand in no book and do not belong here.
    pub own: &'a [(DailyRate, Days, Amount)],
    /// The recent past.
    pub history: &'a History,
    /// What the adaptive rule goes by.
    pub adaptive: Option<AdaptiveView<'a>>,
}

/// What the adaptive rule goes by, beside the market of the moment.
#[derive(Debug, Clone, Copy)]
pub struct AdaptiveView<'a> {
    /// What is learned of this currency's market.
    pub learned: &'a Learned,
    /// How long loans of this account are expected to last.
    pub holds: &'a HoldDays,
    /// How much more may be lent for long periods at all: the rest is to stay liquid.
    pub term_room: Amount,
    /// How much more may be lent for what is expected to take long (risk of the borrower's option and of the venue).
    pub long_room: Amount,
    /// No offer is larger unless there would be too many: what is lent in parts comes back in parts.
    pub lot: Amount,
    /// The period of each slice's standing offer, where one stands.
    pub standing: &'a [Option<Days>],
    /// Requests may be taken: on paper nobody takes an offer that meets one, and it would wait there for ever.
    pub bids: bool,
}

/// What holds for every wish of this account and currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bounds {
    /// Gross floor per day, fee already added.
    pub floor: DailyRate,
    /// Ceiling per day.
    pub ceiling: Option<DailyRate>,
    /// Longest period.
    pub max_period: Days,
    /// The exchange's minimum offer with its margin, in this currency, rounded up.
    pub min_offer: Amount,
    /// Larger sums are split.
    pub max_offer: Option<Amount>,
    /// How many offers this slice may have open.
    pub max_offers: u16,
    /// The exchange's share of the interest.
    pub fee: Ratio,
}

/// An offer that a slice would like to have open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wish {
    /// Index of the slice in its profile.
    pub slice: usize,
    /// How much.
    pub amount: Amount,
    /// Rate per day for a limit offer, else offset from the FRR; in the exchange's digits.
    pub rate: DailyRate,
    /// How the rate is meant.
    pub kind: OfferKind,
    /// Period.
    pub period: Days,
    /// Not shown in the book.
    pub hidden: bool,
    /// Meant to meet a bid: taken at once, or it has failed.
    pub meets_bid: bool,
    /// What it would earn per day if matched now: the rate itself, or FRR + delta.
    pub effective: DailyRate,
    /// The numbers behind it, for the log line.
    pub why: Why,
}

/// The numbers behind a wish: one that looks wrong must be visible in the log line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Why {
    /// The rule's name.
    pub rule: &'static str,
    /// What the rule itself answered, before clamps and rounding, per day.
    pub raw: DailyRate,
    /// Flash return rate per day.
    pub frr: DailyRate,
    /// Last trade per day.
    pub last: DailyRate,
    /// Cheapest offer of another lender that serves a two-day request, per day, where the book shows one.
    pub best_offer: Option<DailyRate>,
    /// Gross floor per day.
    pub floor: DailyRate,
    /// What is expected of it, where the rule forecasts.
    pub expected: Option<Prospect>,
}

/// A slice's answer: `wishes` and `held` together make up exactly the money it was asked about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Answer {
    /// What it would like to have open.
    pub wishes: Vec<Wish>,
    /// What it holds back, and why.
    pub held: Vec<(IdleReason, Amount)>,
    /// What its rule asked for and a bound declined, to be shown; its money is among the held.
    pub declined: Vec<Declined>,
    /// The rule's rate per day where `max_fall` did not hold it up: to be remembered, and handed in again.
    pub high: Option<DailyRate>,
    /// What a rule that forecasts has weighed, best first.
    pub weighed: Vec<Prospect>,
}

/// A price that no offer may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declined {
    /// For how much.
    pub amount: Amount,
    /// Why not.
    pub reason: IdleReason,
    /// The numbers behind it.
    pub why: Why,
}

impl Answer {
    /// Holds `amount` back for `reason`, in one sum with what is held for it already.
    pub(super) fn hold(&mut self, reason: IdleReason, amount: Amount) {
        let known = self.held.iter_mut().find(|(other, _)| *other == reason);
        match known.and_then(|(_, sum)| sum.checked_add(amount).map(|more| *sum = more)) {
            Some(()) => {}
            None => self.held.push((reason, amount)),
        }
    }

    /// Wishes and held amounts together.
    #[must_use]
    pub fn total(&self) -> Total {
        self.wishes.iter().map(|wish| wish.amount).chain(self.held.iter().map(|(_, amount)| *amount)).sum()
    }
}
