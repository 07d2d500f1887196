//! What was earned since the start of the engine, and what plain FRR could have earned at most, exact to the millisecond.
//!
//! Accrued at every tick from what is lent then: a loan that opened since the last tick counts from its opening, one that
//! came back since then is not counted for that while (a return brings the next tick forward, so it is a tenth of a
//! second). The truth is the exchange's ledger; this says today what the ledger says tomorrow.
//!
//! `frr_bound` is an upper bound of what auto-renew at the FRR would have earned on the same money: the smaller of
//! BALANCE − keep and max lent, as if it were lent every moment at the FRR of that moment. How long an offer at the FRR
//! would have waited in the queue cannot be known, so no wait is taken off. While the FRR is not known nothing accrues.

use crate::domain::{Amount, DailyRate, Ratio, Timestamp, Total};

use super::account::Account;
use super::beside::Tally;
use super::bounds::{Caps, FEE, fee};
use super::decide::Round;
use super::market::Market;
use super::show::lent_rate;

/// Pots count amount (1e-8) × rate (1e-12) × milliseconds × parts per million: this many make one unit of an amount.
const POT_UNIT: i128 = 1_000_000_000_000 * 86_400_000 * 1_000_000;

/// A sum of interest with the fraction that does not make a unit yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Pot {
    whole: Total,
    rest: i128,
}

impl Pot {
    /// Adds the interest of `amount` at `rate` for so many milliseconds, less `fee`. Sums beyond what any wallet holds
    /// (ten thousand million at a percent a day for an hour) would be cut, never wrapped.
    pub(super) fn earn(&mut self, amount: Amount, rate: DailyRate, millis: i64, fee: Ratio) {
        let gross = i128::from(amount.units()).saturating_mul(i128::from(rate.units()));
        let kept = i128::from(fee.complement().ppm().max(0));
        let earned = gross.saturating_mul(i128::from(millis.max(0))).saturating_mul(kept);
        self.rest = self.rest.saturating_add(earned.max(0));
        let units = i64::try_from(self.rest / POT_UNIT).unwrap_or(i64::MAX);
        self.rest %= POT_UNIT;
        self.whole = self.whole.plus(Amount::from_units(units));
    }

    /// In whole units, rounded down.
    pub(super) fn whole(&self) -> Total {
        self.whole
    }
}

/// What one currency of an account has earned since the first decision.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Earnings {
    until: Option<Timestamp>,
    estimated: Pot,
    frr_bound: Tally,
}

impl Earnings {
    /// Net of the fee, rounded down.
    pub(super) fn estimated(&self) -> Total {
        self.estimated.whole
    }

    /// As if all of it were lent at the FRR of every moment.
    pub(super) fn frr_bound(&self) -> &Tally {
        &self.frr_bound
    }
}

impl Round<'_> {
    /// The exchange's share of the interest.
    pub(super) fn fee(&self) -> Ratio {
        match (self.policy, self.lend) {
            (Some(policy), Some(lend)) => fee(policy, &lend.profile),
            (Some(policy), None) => policy.fee.unwrap_or(FEE),
            (None, _) => FEE,
        }
    }

    /// Accrues up to now.
    pub(super) fn earn(&self, account: &mut Account, caps: Option<Caps>) {
        let fee = self.fee();
        let frr = self.market.and_then(Market::frr);
        let Some(wallet) = account.wallets.get_mut(&self.currency) else { return };
        let mut earnings = wallet.earnings;
        if let Some(since) = earnings.until {
            for out in wallet.lent() {
                let from = since.max(out.lent.opened);
                let rate = lent_rate(&out.lent, frr.unwrap_or_default());
                earnings.estimated.earn(out.lent.amount, rate, self.at.since(from).get(), fee);
            }
        }
        let base = caps.map(|caps| caps.base);
        let bound = base.zip(frr).map(|(base, frr)| (base, frr, Timestamp::default()));
        earnings.frr_bound.pass(self.at, base, earnings.estimated(), fee, bound.into_iter());
        earnings.until = Some(self.at);
        wallet.earnings = earnings;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DAY;
    use proptest::prelude::*;

    const MILLIS: i64 = DAY.get();

    fn rate(millionths_per_day: i64) -> DailyRate {
        DailyRate::from_units(millionths_per_day * 1_000_000)
    }

    #[test]
    fn a_day_at_a_rate_less_the_fee() {
        let mut pot = Pot::default();
        pot.earn(Amount::whole(1_000), rate(200), MILLIS, Ratio::percent(15));
        assert_eq!(pot.whole.to_string(), "0.17");
        pot.earn(Amount::whole(1_000), rate(200), MILLIS, Ratio::percent(18));
        assert_eq!(pot.whole.to_string(), "0.334");
        pot.earn(Amount::whole(1_000), rate(200), -MILLIS, Ratio::ZERO);
        assert_eq!(pot.whole.to_string(), "0.334", "a clock set back earns nothing");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_into_how_many_spans_the_time_is_cut(
            amount in 1_i64..1_000_000_000_000_000, per_day in 1_i64..10_000_000_000,
            spans in proptest::collection::vec(1_i64..100_000, 1..40),
        ) {
            let (amount, rate, fee) = (Amount::from_units(amount), DailyRate::from_units(per_day), Ratio::percent(15));
            let (mut cut, mut whole) = (Pot::default(), Pot::default());
            for span in &spans {
                cut.earn(amount, rate, *span, fee);
            }
            whole.earn(amount, rate, spans.iter().sum(), fee);
            prop_assert_eq!(cut, whole);
        }
    }
}
