//! The public book as the lender sees it: the tape's, with his own offers in it.

use crate::backtest::venue::Venue;
use crate::domain::{Amount, BookLevel, BookSide, DailyRate, Days, LevelKey, Offer};

/// What the lender was told of the book.
#[derive(Debug, Default)]
pub(super) struct OwnLevels {
    /// The tape's offers.
    theirs: Vec<(LevelKey, u32, Amount)>,
    /// Own offers in it, summed up by rate and period.
    own: Vec<((DailyRate, Days), Amount)>,
}

impl OwnLevels {
    /// A new book of the tape, and what is told of it.
    pub(super) fn book<'a>(&mut self, levels: &[BookLevel], offers: impl Iterator<Item = &'a Offer>) -> Vec<BookLevel> {
        self.theirs.clear();
        let side = levels.iter().filter(|level| level.side == BookSide::Offers);
        self.theirs.extend(side.map(|level| (level.key, level.count, level.amount)));
        self.own = summed(offers);
        let mut all = levels.to_vec();
        for (place, amount) in &self.own {
            let own = self.level(*place, *amount);
            match all.iter_mut().find(|level| level.side == BookSide::Offers && level.key == own.key) {
                Some(level) => *level = own,
                None => all.push(own),
            }
        }
        all
    }

    /// What changed since, as own offers came and went.
    pub(super) fn changes<'a>(&mut self, offers: impl Iterator<Item = &'a Offer>) -> Vec<BookLevel> {
        let now = summed(offers);
        let before = std::mem::replace(&mut self.own, now);
        let same = |list: &[((DailyRate, Days), Amount)], one: &((DailyRate, Days), Amount)| list.contains(one);
        let mut changes: Vec<BookLevel> =
            self.own.iter().filter(|one| !same(&before, one)).map(|(place, own)| self.level(*place, *own)).collect();
        let gone = before.iter().filter(|(place, _)| !self.own.iter().any(|(other, _)| other == place));
        changes.extend(gone.map(|(place, _)| self.level(*place, Amount::ZERO)));
        changes
    }

    /// A level as it is shown: theirs and ours.
    fn level(&self, (rate, period): (DailyRate, Days), own: Amount) -> BookLevel {
        let key = LevelKey { rate, period, exact: rate.to_decimal() };
        let theirs = self.theirs.iter().find(|(other, ..)| *other == key);
        let (count, amount) = theirs.map_or((0, Amount::ZERO), |(_, count, amount)| (*count, *amount));
        let count = count.saturating_add(u32::from(own.is_positive()));
        BookLevel { side: BookSide::Offers, key, count, amount: amount.checked_add(own).unwrap_or(Amount::MAX) }
    }
}

/// Own offers that stand in the book, by rate and period, in order.
fn summed<'a>(offers: impl Iterator<Item = &'a Offer>) -> Vec<((DailyRate, Days), Amount)> {
    let mut own: Vec<((DailyRate, Days), Amount)> =
        offers.filter(|offer| Venue::shows(offer)).map(|offer| ((offer.rate, offer.period), offer.amount)).collect();
    own.sort_unstable();
    own.dedup_by(|next, kept| {
        let same = next.0 == kept.0;
        if same {
            kept.1 = kept.1.checked_add(next.1).unwrap_or(Amount::MAX);
        }
        same
    });
    own
}
