//! One currency's public side: background levels with their places in the queue, FRR, price, the merged book.

use std::sync::Arc;

use super::ledger::Account;
use super::market::{Background, Level, Move};
use super::number::{self, Habit};
use super::tape::Tape;
use crate::domain::{
    Amount, BookSide, Currency, DailyRate, Days, Decimal, LevelKey, Millis, OfferKind, Rounding, Timestamp, Total,
};

/// A part of a background level with its place in the queue.
#[derive(Debug, Clone, Copy)]
pub(super) struct Chunk {
    pub(super) place: u64,
    pub(super) amount: Amount,
}

/// A background level.
#[derive(Debug, Clone)]
pub(super) struct Entry {
    pub(super) key: LevelKey,
    pub(super) side: BookSide,
    pub(super) text: Arc<str>,
    pub(super) count: u32,
    pub(super) chunks: Vec<Chunk>,
    /// Sum of the parts, kept because it is asked for more often than it changes.
    pub(super) total: Amount,
    /// A bid that an offer would have served long ago: shown, and never matched (strategy.md 1.6).
    pub(super) ghost: bool,
}

impl Entry {
    /// Takes `amount` from the part that stands at `place`.
    pub(super) fn eat(&mut self, place: u64, amount: Amount) {
        if let Some(chunk) = self.chunks.iter_mut().find(|chunk| chunk.place == place) {
            chunk.amount = chunk.amount.less(amount);
        }
        self.chunks.retain(|chunk| chunk.amount.is_positive());
        self.total = self.chunks.iter().map(|chunk| chunk.amount).sum::<Total>().clamp_amount();
    }

    fn level(&self) -> Level {
        Level { side: self.side, rate: self.key.exact, period: self.key.period, count: self.count, amount: self.total }
    }

    /// Grows at the back of the queue, shrinks from the back too: who leaves stood behind us as likely as before us,
    /// and the exchange is not kinder than it must be.
    fn resize(&mut self, wanted: Amount, place: u64, own_since: u64) {
        let have = self.total;
        if wanted == have {
            return;
        }
        self.total = wanted;
        if wanted > have {
            let grown = wanted.less(have);
            match self.chunks.last_mut() {
                Some(last) if last.place > own_since => {
                    last.amount = last.amount.checked_add(grown).unwrap_or(Amount::MAX);
                }
                _ => self.chunks.push(Chunk { place, amount: grown }),
            }
            return;
        }
        let mut surplus = have.less(wanted);
        while let Some(last) = self.chunks.last_mut() {
            if last.amount > surplus {
                last.amount = last.amount.less(surplus);
                return;
            }
            surplus = surplus.less(last.amount);
            self.chunks.pop();
        }
    }
}

/// A level of the public book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PublicLevel {
    pub(super) key: LevelKey,
    pub(super) text: Arc<str>,
    pub(super) count: u32,
    pub(super) amount: Amount,
}

/// The public book, best first on both sides.
#[derive(Debug, Default)]
pub(super) struct PublicBook {
    pub(super) bids: Vec<PublicLevel>,
    pub(super) offers: Vec<PublicLevel>,
}

/// One currency.
pub(super) struct Market {
    pub(super) currency: Currency,
    pub(super) model: Box<dyn Background>,
    /// When the model next moves.
    pub(super) next: Timestamp,
    /// Cheapest first.
    pub(super) offers: Vec<Entry>,
    /// Cheapest first too; the best bid is the last.
    pub(super) bids: Vec<Entry>,
    pub(super) frr: Option<Decimal>,
    pub(super) frr_waiting: Amount,
    pub(super) usd_price: Option<Amount>,
    pub(super) tape: Tape,
    /// The place of the account offer that came last: growth before it and after it must not be mixed.
    pub(super) own_since: u64,
    /// The public book changed since it was last built.
    pub(super) dirty: bool,
    /// The public book was rebuilt and subscribers were not told yet.
    pub(super) untold: bool,
    pub(super) book: PublicBook,
}

impl std::fmt::Debug for Market {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Market").field("currency", &self.currency).field("frr", &self.frr).finish_non_exhaustive()
    }
}

impl Market {
    pub(super) fn new(model: Box<dyn Background>) -> Self {
        let currency = model.currency();
        Self {
            currency,
            next: model.next(),
            model,
            offers: Vec::new(),
            bids: Vec::new(),
            frr: None,
            frr_waiting: Amount::ZERO,
            usd_price: (currency == Currency::USD).then_some(Amount::whole(1)),
            tape: Tape::default(),
            own_since: 0,
            dirty: true,
            untold: false,
            book: PublicBook::default(),
        }
    }

    /// The FRR as a rate; zero before the first is known.
    pub(super) fn frr_rate(&self) -> DailyRate {
        self.frr.and_then(|frr| DailyRate::from_decimal(frr, Rounding::Nearest).ok()).unwrap_or_default()
    }

    /// The smallest amount that may be offered: worth 150 USD.
    pub(super) fn minimum(&self) -> Amount {
        let price = self.usd_price.unwrap_or(Amount::whole(1));
        Amount::whole(150).scale_by(Amount::whole(1).units(), price.units(), Rounding::Up)
    }

    /// Lets the model see what is left and move.
    pub(super) fn step(&mut self, now: Timestamp) -> Vec<Move> {
        let levels: Vec<Level> = self.offers.iter().chain(&self.bids).map(Entry::level).collect();
        let moves = self.model.step(super::market::Remaining { levels: &levels, now });
        // A model that does not move on would stop the clock of everyone.
        self.next = self.model.next().max(now.plus(Millis::new(1)));
        moves
    }

    /// Replaces the background levels; those that stay keep their place.
    pub(super) fn set_levels(&mut self, levels: Vec<Level>, place: u64) {
        let (mut offers, mut bids) = (Vec::with_capacity(levels.len()), Vec::with_capacity(levels.len()));
        for level in levels {
            let Ok(rate) = DailyRate::from_decimal(level.rate, Rounding::Nearest) else { continue };
            if level.amount.is_positive() && level.count > 0 {
                let key = LevelKey { rate, period: level.period, exact: level.rate };
                let side = if level.side == BookSide::Offers { &mut offers } else { &mut bids };
                side.push((key, level));
            }
        }
        let own_since = self.own_since;
        for (side, wanted) in [(&mut self.offers, offers), (&mut self.bids, bids)] {
            *side = merge(std::mem::take(side), wanted, place, own_since);
        }
        self.tell_ghosts();
        self.dirty = true;
    }

    /// Builds the public book from the background and the accounts' visible offers.
    pub(super) fn rebuild(&mut self, accounts: &[Account]) {
        self.dirty = false;
        self.untold = true;
        let mut offers: Vec<PublicLevel> = self.offers.iter().map(public).collect();
        let mut bids: Vec<PublicLevel> = self.bids.iter().map(public).collect();
        bids.reverse();
        let background = offers.len();
        for offer in accounts.iter().flat_map(Account::offers).filter(|offer| offer.currency == self.currency) {
            if offer.hidden {
                continue;
            }
            let exact = self.exact_rate(offer.kind, offer.rate);
            let key = LevelKey { rate: offer.effective(self.frr_rate()), period: offer.period, exact };
            if let Some(level) = offers.iter_mut().find(|level| level.key == key) {
                level.count = level.count.saturating_add(1);
                level.amount = level.amount.checked_add(offer.amount).unwrap_or(Amount::MAX);
            } else {
                let text = Arc::from(number::decimal(exact, Habit::Script));
                offers.push(PublicLevel { key, text, count: 1, amount: offer.amount });
            }
        }
        if offers.len() > background {
            offers.sort_by_key(|level| level.key);
        }
        self.book = PublicBook { bids, offers };
    }

    /// The rate of an offer exactly as the book shows it: FRR-made rates keep all digits of the FRR.
    fn exact_rate(&self, kind: OfferKind, rate: DailyRate) -> Decimal {
        match (kind, self.frr) {
            (OfferKind::Limit, _) | (_, None) => rate.to_decimal(),
            (_, Some(frr)) if rate == DailyRate::ZERO => frr,
            (_, Some(_)) => self.frr_rate().checked_add(rate).unwrap_or_default().to_decimal(),
        }
    }

    /// Bids at or over an offer of the background that could serve them are ghosts. Judged when levels are announced,
    /// not by what a batch has left of them.
    fn tell_ghosts(&mut self) {
        let mut offers = self.offers.iter().peekable();
        let mut longest = Days::new(0);
        for bid in &mut self.bids {
            while let Some(offer) = offers.next_if(|offer| offer.key.rate <= bid.key.rate) {
                longest = longest.max(offer.key.period);
            }
            bid.ghost = longest >= bid.key.period;
        }
    }

    /// The dearest real bid that an offer at `rate` for `period` serves: its place in `bids`.
    pub(super) fn best_bid(&self, rate: DailyRate, period: Days) -> Option<usize> {
        let real = |entry: &Entry| entry.key.period <= period && entry.key.rate >= rate && !entry.ghost;
        self.bids.iter().rposition(real)
    }
}

fn public(entry: &Entry) -> PublicLevel {
    PublicLevel { key: entry.key, text: entry.text.clone(), count: entry.count, amount: entry.total }
}

/// Merges the wanted levels into those that stand, both cheapest first afterwards.
fn merge(old: Vec<Entry>, mut wanted: Vec<(LevelKey, Level)>, place: u64, own_since: u64) -> Vec<Entry> {
    wanted.sort_by_key(|(key, _)| *key);
    let mut merged: Vec<Entry> = Vec::with_capacity(wanted.len());
    let mut old = old.into_iter().peekable();
    for (key, level) in wanted {
        while old.next_if(|entry| entry.key < key).is_some() {}
        if let Some(last) = merged.last_mut().filter(|last| last.key == key) {
            // One level told twice by the model is one level.
            let both = last.total.checked_add(level.amount).unwrap_or(Amount::MAX);
            last.count = last.count.saturating_add(level.count);
            last.resize(both, place, own_since);
            continue;
        }
        let mut entry = old.next_if(|entry| entry.key == key).unwrap_or_else(|| Entry {
            key,
            side: level.side,
            text: Arc::from(number::decimal(key.exact, Habit::Script)),
            count: level.count,
            chunks: Vec::with_capacity(1),
            total: Amount::ZERO,
            ghost: false,
        });
        entry.count = level.count;
        entry.resize(level.amount, place, own_since);
        merged.push(entry);
    }
    merged
}
