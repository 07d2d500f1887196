//! From a policy and the market to the numbers that bind one currency: minimum, floor, cap, keep.
//!
//! The fee is what the account's file says, or what the exchange takes of everybody, the more where offers are hidden. Unlike
//! the design, it is not measured from the ledger: that tells net interest only, and gross is an estimate to the cent at best,
//! while a discount (LEO) is a number that its owner knows.

use crate::domain::{Amount, Currency, Ratio, Rounding};
use crate::strategy::{Bounds, Profile};

use super::policy::{AccountPolicy, LendPolicy};

/// The exchange's minimum offer (bitfinex-api.md 4.10).
const MINIMUM_USD: Amount = Amount::whole(150);
/// On top of it for other currencies, whose price moves.
const MINIMUM_MARGIN: Ratio = Ratio::from_ppm(1_010_000);
/// The exchange's share of the interest, but for hidden offers (bitfinex-api.md 4.10).
pub const FEE: Ratio = Ratio::percent(15);
/// Its share for hidden offers.
const FEE_HIDDEN: Ratio = Ratio::percent(18);

/// The minimum offer in a currency whose unit costs `usd_price`, rounded up.
#[must_use]
pub fn minimum_offer(currency: Currency, usd_price: Amount) -> Amount {
    if currency == Currency::USD {
        return MINIMUM_USD;
    }
    MINIMUM_USD.scale_by(Amount::whole(1).units(), usd_price.units(), Rounding::Up).share(MINIMUM_MARGIN, Rounding::Up)
}

/// What binds every wish of this account and currency; `None` when a price is missing for a conversion.
#[must_use]
pub(super) fn bounds(
    account: &AccountPolicy,
    profile: &Profile,
    currency: Currency,
    usd_price: Amount,
) -> Option<Bounds> {
    let limits = &profile.limits;
    let fee = fee(account, profile);
    let max_offer = match limits.max_offer {
        Some(quantity) => Some(quantity.resolve(Some(usd_price), Rounding::Down)?),
        None => None,
    };
    Some(Bounds {
        floor: limits.floor.gross(fee).outbound(Rounding::Up),
        ceiling: limits.ceiling.map(|ceiling| ceiling.gross(fee)),
        max_period: limits.max_period,
        min_offer: minimum_offer(currency, usd_price),
        max_offer,
        max_offers: limits.max_offers,
        fee,
    })
}

/// The exchange's share of the interest, as far as it is known.
#[must_use]
pub(super) fn fee(account: &AccountPolicy, profile: &Profile) -> Ratio {
    let fee = account.fee.unwrap_or(FEE);
    // One hidden slice makes the dearer fee hold for all: a floor is never undercut by it.
    if profile.slices.iter().any(|slice| slice.hidden) { fee.max(FEE_HIDDEN) } else { fee }
}

/// The sums that bind one currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Caps {
    /// Never lent.
    pub(super) keep: Amount,
    /// Most that may be lent and offered, where there is such a cap.
    pub(super) max_lent: Option<Amount>,
    /// What the slices share: the smaller of BALANCE − keep and the cap.
    pub(super) base: Amount,
}

/// `None` when a price is missing for a conversion.
#[must_use]
pub(super) fn caps(lend: &LendPolicy, balance: Amount, usd_price: Option<Amount>) -> Option<Caps> {
    let keep = lend.keep.resolve(balance, usd_price, Rounding::Up)?;
    let max_lent = match &lend.max_lent {
        Some(measure) => Some(measure.resolve(balance, usd_price, Rounding::Down)?),
        None => None,
    };
    let lendable = balance.less(keep);
    let base = max_lent.map_or(lendable, |cap| cap.min(lendable));
    Some(Caps { keep, max_lent, base })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_have_no_margin_and_other_currencies_one_percent() {
        assert_eq!(minimum_offer(Currency::USD, Amount::whole(1)), Amount::whole(150));
        let tether = Currency::from_code("UST").unwrap();
        // 150 / 0.99943 × 1.01, rounded up twice.
        let price = Amount::from_units(99_943_000);
        assert_eq!(minimum_offer(tether, price).to_string(), "151.58640426");
        assert!(minimum_offer(tether, price) > Amount::whole(151));
    }
}
