//! How long the loans of a rival are held: as long as the account's own were on average, so that both are compared on the
//! same footing.
//!
//! A live account's own loans teach it: for each class of periods the time that they were out while we looked, closed and
//! open ones, over the number that came back, with a prior of twenty loans (strategy.md 3.5, formula 8: the exposure of
//! what is still out removes the bias of counting only what came back). A loan is then held for exactly that expectation,
//! cut at its period; never for a drawn time, so that the same inputs give the same books. The bias: the truth is many
//! short loans and a few that run to their end, so money of a rival comes back more evenly than money does, and a rival
//! that lends dear suffers no earlier returns for it. In paper mode there is nothing to learn from, own loans run for
//! their whole period, and those of rivals do as well.

use std::collections::BTreeMap;

use crate::domain::{DAY, Days, Lent, Millis, Timestamp};

/// Loans that the prior counts for.
const PRIOR_LOANS: i64 = 20;
/// Expected hold by period, in days and hundredths of a day (strategy.md 1.8 and 3.5); in between along straight lines.
const PRIOR: [(i64, i64); 4] = [(2, 88), (7, 270), (30, 890), (120, 1_690)];

/// Loans of one class of periods.
#[derive(Debug, Clone, Copy, Default)]
struct Class {
    closed: i64,
    out: i64,
}

/// What is known of how long own loans are held.
#[derive(Debug, Clone, Default)]
pub(in crate::engine) struct Holds {
    /// What was out before counts from here on only: nobody saw those that had come back by then.
    since: Option<Timestamp>,
    /// By the longest period of the class.
    classes: BTreeMap<i64, Class>,
}

impl Holds {
    /// These loans have come back; the first call begins the watch.
    pub(in crate::engine) fn closed(&mut self, at: Timestamp, back: &[Lent]) {
        let since = *self.since.get_or_insert(at);
        for lent in back {
            let class = self.classes.entry(class(lent.period)).or_default();
            class.closed = class.closed.saturating_add(1);
            class.out = class.out.saturating_add(seen(since, at, lent));
        }
    }

    /// How long a loan of `period` will be held, with `open` the own loans that are out at `at`.
    pub(super) fn expected<'a>(&self, period: Days, at: Timestamp, open: impl Iterator<Item = &'a Lent>) -> Millis {
        let of = class(period);
        let known = self.classes.get(&of).copied().unwrap_or_default();
        let since = self.since.unwrap_or(at);
        let still: i64 =
            open.filter(|lent| class(lent.period) == of).map(|lent| seen(since, at, lent)).fold(0, i64::saturating_add);
        let out = known.out.saturating_add(still).saturating_add(prior(period).saturating_mul(PRIOR_LOANS));
        Millis::new(out / known.closed.saturating_add(PRIOR_LOANS)).min(period.span())
    }
}

/// The last period of the class that a period belongs to.
fn class(period: Days) -> i64 {
    let days = i64::from(period.get());
    PRIOR.iter().map(|(last, _)| *last).find(|last| days <= *last).unwrap_or(i64::from(Days::MAX.get()))
}

/// For how many milliseconds it was out while somebody looked.
fn seen(since: Timestamp, at: Timestamp, lent: &Lent) -> i64 {
    at.since(lent.opened.max(since)).get().max(0)
}

/// In milliseconds.
fn prior(period: Days) -> i64 {
    let days = i64::from(period.get());
    let hundredth = DAY.get() / 100;
    let mut from = (0, 0);
    for (last, held) in PRIOR {
        if days <= last {
            let (start, least) = from;
            let way = held.saturating_sub(least).saturating_mul(hundredth).saturating_mul(days.saturating_sub(start));
            return least.saturating_mul(hundredth).saturating_add(way / last.saturating_sub(start).max(1));
        }
        from = (last, held);
    }
    from.1.saturating_mul(hundredth)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Amount, Currency, DailyRate, HOUR, LentId, LentKind, LentStatus, RateType, Side};

    fn lent(opened: Timestamp, period: u16) -> Lent {
        Lent {
            id: LentId { kind: LentKind::Loan, id: 1 },
            currency: Currency::USD,
            side: Side::Lender,
            created: opened,
            updated: opened,
            amount: Amount::whole(500),
            status: LentStatus::Active,
            rate_type: RateType::Fixed,
            rate: DailyRate::TICK,
            period: Days::new(period),
            opened,
            last_payout: None,
            pair: None,
        }
    }

    fn hours(held: Millis) -> i64 {
        held.get() * 10 / HOUR.get()
    }

    #[test]
    fn nothing_seen_leaves_the_prior() {
        let holds = Holds::default();
        // 0.88, 2.7, 8.9 and 16.9 days; 16 days lie 9/23 of the way from 7 to 30.
        for (period, tenths) in [(2, 211), (7, 648), (30, 2_136), (120, 4_056), (16, 1_230)] {
            let held = holds.expected(Days::new(period), Timestamp::default(), [].into_iter());
            assert_eq!(hours(held), tenths, "{period} days");
        }
    }

    #[test]
    fn own_loans_move_it_closed_ones_and_open_ones_by_the_time_they_were_watched() {
        let mut holds = Holds::default();
        let start = Timestamp::default().plus(DAY.times(100));
        holds.closed(start, &[]);
        // Twenty loans of two days that were out for two days each: (20 × 2 + 20 × 0.88) / 40 = 1.44 days.
        let end = start.plus(DAY.times(2));
        holds.closed(end, &vec![lent(start, 2); 20]);
        let two = |holds: &Holds, open: &[Lent]| hours(holds.expected(Days::MIN, end, open.iter()));
        assert_eq!(two(&holds, &[]), 345);
        // One more that is out since long before the watch counts for the watch alone: + 2 / 40 of a day.
        assert_eq!(two(&holds, &[lent(start.minus(DAY.times(9)), 2)]), 357);
        // Loans of a month are another matter.
        assert_eq!(hours(holds.expected(Days::new(30), end, [].into_iter())), 2_136);
    }

    #[test]
    fn no_loan_outlives_its_period() {
        let mut holds = Holds::default();
        let start = Timestamp::default();
        holds.closed(start, &[]);
        let open = vec![lent(start, 2); 30];
        let held = holds.expected(Days::MIN, start.plus(DAY.times(9)), open.iter());
        assert_eq!(held, Days::MIN.span());
    }
}
