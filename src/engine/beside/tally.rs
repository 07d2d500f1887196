//! What a way to lend has earned, on how much money, and what the account itself earned in the same time.

use crate::domain::{Amount, DAY, DailyRate, Ratio, Timestamp, Total};

use super::super::earnings::Pot;
use super::super::view::BenchmarkStatus;

/// Rates count in 1e-12 a day.
const RATE_UNIT: i128 = 1_000_000_000_000;

/// A tally. It begins when it is first told how much money there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::engine) struct Tally {
    since: Option<Timestamp>,
    until: Timestamp,
    /// The money there was to lend, as last known.
    base: Amount,
    interest: Pot,
    /// Amounts (1e-8) by milliseconds: what there was to lend, and what of it was lent.
    base_time: i128,
    lent_time: i128,
    /// What the account had earned when this began.
    own_then: Total,
}

impl Tally {
    /// Accrues up to `at`: `base` is what there is to lend, where that is known, `own` what the account has earned so far,
    /// `loans` are amount, rate per day and opening of what is lent now.
    pub(in crate::engine) fn pass(
        &mut self,
        at: Timestamp,
        base: Option<Amount>,
        own: Total,
        fee: Ratio,
        loans: impl Iterator<Item = (Amount, DailyRate, Timestamp)>,
    ) {
        self.base = base.unwrap_or(self.base);
        if self.since.is_none() {
            if base.is_some() {
                (self.since, self.until, self.own_then) = (Some(at), at, own);
            }
            return;
        }
        self.base_time = self.base_time.saturating_add(by_time(self.base, at.since(self.until).get()));
        for (amount, rate, opened) in loans {
            let span = at.since(self.until.max(opened)).get();
            self.interest.earn(amount, rate, span, fee);
            self.lent_time = self.lent_time.saturating_add(by_time(amount, span));
        }
        self.until = at;
    }

    /// As it is shown beside the account, which has earned `own`; nothing before it began. What is lent and offered now
    /// is for the caller to say.
    pub(super) fn show(&self, own: Total) -> Option<BenchmarkStatus> {
        let (interest, own_interest) = (self.interest.whole(), own.minus_total(self.own_then));
        let ratio = self.lent_time.saturating_mul(1_000_000).checked_div(self.base_time);
        Some(BenchmarkStatus {
            profile: None,
            since: self.since?,
            interest,
            own_interest,
            net: self.per_day(interest),
            own_net: self.per_day(own_interest),
            utilisation: ratio.and_then(|ppm| i64::try_from(ppm).ok()).map(Ratio::from_ppm),
            base: self.base,
            lent: Amount::ZERO,
            offered: Amount::ZERO,
        })
    }

    /// Interest as a rate per day on all the money there was to lend.
    fn per_day(&self, interest: Total) -> Option<DailyRate> {
        let whole = interest.units().saturating_mul(i128::from(DAY.get())).saturating_mul(RATE_UNIT);
        let rate = whole.checked_div(self.base_time)?;
        i64::try_from(rate).ok().map(DailyRate::from_units)
    }
}

fn by_time(amount: Amount, millis: i64) -> i128 {
    i128::from(amount.units()).saturating_mul(i128::from(millis.max(0)))
}
