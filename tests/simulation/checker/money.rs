//! Money rule 1: how much may be lent and offered.

use std::collections::BTreeSet;

use yieldsforge::domain::{Amount, Currency, DailyRate, Rounding, Total};
use yieldsforge::engine::LendPolicy;
use yieldsforge::exchange::sim::audit::{Actor, FundingState};
use yieldsforge::strategy::{Measure, Quantity, Release, Slice};

use super::purse::Purse;
use super::{Checker, Violation, broken};

impl Checker {
    /// An offer of `amount` was accepted while the account stood as `before`.
    pub(super) fn amount(
        &mut self,
        at: i64,
        currency: Currency,
        amount: Amount,
        before: &FundingState,
    ) -> Result<(), Violation> {
        let entries = self.entries(at, currency);
        let Some((_, newest)) = entries.last() else {
            let detail = format!("{amount} {currency} offered, which no configuration lends");
            return Err(broken("disabled", at, detail));
        };
        let Some(purse) = self.purses.get(&currency) else { return Ok(()) };
        // What was offered by hand a moment ago cannot be known yet.
        let unseen: Total = purse.hand.iter().map(|(_, amount)| *amount).sum();
        let used = Total::from(before.lent).plus(before.offered).plus(amount).minus_total(unseen);
        let most = purse.most();
        let newest_words = words(newest, before.balance);
        let fits = |limit: Option<Amount>| limit.is_none_or(|limit| used <= Total::from(limit));
        let detail = |rule: &str| {
            format!(
                "{currency}: lent {} + offered {} + new {amount} is over {rule} ({newest_words}, balance {}, not yet \
                 known by hand {unseen})",
                before.lent, before.offered, before.balance
            )
        };
        if !entries.iter().any(|(_, lend)| fits(Some(most.less(resolve(&lend.keep, most, Rounding::Up))))) {
            return Err(broken("1 keep", at, detail("balance − keep")));
        }
        if !entries.iter().any(|(_, lend)| fits(cap(lend, most))) {
            return Err(broken("1 max_lent", at, detail("max_lent")));
        }
        if !self.edited && !entries.iter().any(|(_, lend)| fits(released(lend, purse, before, &self.orphaned))) {
            return Err(broken("1 reserve", at, detail("what is not a reserve")));
        }
        Ok(())
    }

    /// True when the account as it stands is within keep and cap of the newest configuration.
    pub(super) fn is_within(&mut self, at: i64, currency: Currency, state: &FundingState) -> bool {
        let entries = self.entries(at, currency);
        let used = Total::from(state.lent).plus(state.offered);
        let fits = |limit: Option<Amount>| limit.is_none_or(|limit| used <= Total::from(limit));
        let (least, changed) = self.purses.get(&currency).map_or((Amount::ZERO, true), |purse| {
            (purse.balance.values().min().unwrap_or_default(), purse.balance.values().count() > 1)
        });
        !changed
            && !entries.is_empty()
            && entries.iter().all(|(_, lend)| {
                fits(Some(least.less(resolve(&lend.keep, least, Rounding::Up)))) && fits(cap(lend, least))
            })
    }
}

fn resolve(measure: &Measure, balance: Amount, rounding: Rounding) -> Amount {
    match measure {
        Measure::Amount(Quantity::Own(amount) | Quantity::Usd(amount)) => *amount,
        Measure::Share(share) => balance.share(*share, rounding),
    }
}

fn cap(lend: &LendPolicy, balance: Amount) -> Option<Amount> {
    lend.max_lent.as_ref().map(|measure| resolve(measure, balance, Rounding::Down))
}

/// The most that may be out while some slices wait for a rate that is far away. Loans that belong to no slice count
/// against all of them by share, and the ledger does not tell to whom a loan belongs: so the reserve may be as small as
/// its share in what is left. Offers that an earlier configuration wished stand, and may be of the reserve too: only the
/// first configuration is held to this. A slice under the minimum offer joins the largest, and may then be lent.
fn released(lend: &LendPolicy, purse: &Purse, before: &FundingState, orphaned: &BTreeSet<i64>) -> Option<Amount> {
    let balance = purse.most();
    let paid = purse.last.values().map(DailyRate::units).max().unwrap_or(i64::MAX);
    let never = paid.saturating_mul(FAR_AWAY);
    let waits = |slice: &&Slice| matches!(slice.release, Some(Release::Pays(spec)) if spec.rate.units() > never);
    let share: i64 = lend.profile.slices.iter().filter(waits).map(|slice| slice.share.ppm()).sum();
    let lendable = balance.less(resolve(&lend.keep, balance, Rounding::Up));
    let base = cap(lend, balance).map_or(lendable, |cap| cap.min(lendable));
    let least = lend.profile.slices.iter().filter(waits).map(|slice| base.share(slice.share, Rounding::Down)).min()?;
    let dearest = purse.price.values().filter(|price| price.is_positive()).min()?;
    if least < Amount::whole(160).scale_by(Amount::whole(1).units(), dearest.units(), Rounding::Up) {
        return None;
    }
    // Nor whose an offer was that the daemon has forgotten.
    let foreign = before.offers.iter().filter(|one| one.by != Actor::Api || orphaned.contains(&one.id));
    let foreign: Total = foreign.map(|one| one.amount).sum();
    let left = Total::from(base).minus(before.lent).minus_total(foreign).at_least_zero();
    Some(lendable.less(left.scale_by(share, 1_000_000, Rounding::Down)))
}

/// So many times what the market has just paid, and no slice is released.
const FAR_AWAY: i64 = 20;

/// What a currency's entry says of money.
fn words(lend: &LendPolicy, balance: Amount) -> String {
    format!("keep {}, max_lent {:?}", resolve(&lend.keep, balance, Rounding::Up), cap(lend, balance))
}
