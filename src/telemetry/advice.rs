//! What to do about idle money, by its reason: for `explain` and for the README.

use crate::domain::IdleReason;

/// Why it is so, and what to do, in a line.
#[must_use]
pub const fn advice(reason: IdleReason) -> &'static str {
    match reason {
        IdleReason::Disabled => {
            "the account is off: `enabled = false`, past its `active_until` or near `wind_down`, without a key file, or the \
             daemon is stopping"
        }
        IdleReason::Key => "look at `/readyz`: the key lacks a permission, has one too many, or is revoked",
        IdleReason::Unmanaged => {
            "no `[[lend]]` entry names the currency: write one, or move the money out of the Funding wallet"
        }
        IdleReason::Maintenance => "the exchange is under maintenance; it goes on by itself",
        IdleReason::Disconnected => {
            "a stream is down; it connects again by itself. If it lasts: network, address, exchange"
        }
        IdleReason::StaleData => {
            "book, FRR, last trade or price is missing or too old, which `/status` shows; or a slice's rule knows too little of the past yet"
        }
        IdleReason::Reconciling => "what the exchange tells does not add up yet; the account is being read again",
        IdleReason::UnknownWrite => "a reply was lost; it settles itself within a few minutes",
        IdleReason::RateLimited => "too many calls; another program may call from the same address",
        IdleReason::InFlight => "an offer or a cancel is on its way, or money has just come back",
        IdleReason::AutoRenew => "the exchange's own auto-renew is on and would compete: switch it off at Bitfinex",
        IdleReason::Keep => "`keep` in your account file says so",
        IdleReason::MaxLent => "`max_lent` in your account file says so",
        IdleReason::MinLiquid => {
            "not told at present: what `min_liquid` would hold back is offered for two days instead"
        }
        IdleReason::Reserve => "a slice waits for its `release`",
        IdleReason::Unallocated => "the shares of your slices do not reach 100 %",
        IdleReason::BelowFloor => "the market pays less than your floor",
        IdleReason::Deviation => {
            "the rate strays too far from FRR and last trades to be believed: look at the market and at the rule"
        }
        IdleReason::OfferCap => "`max_offers` is reached: raise it, or `max_offer`",
        IdleReason::BelowMinimum => "less than the exchange's minimum offer is left",
        IdleReason::StrategyHold => "the rule waits; `yieldsforge explain` shows the last decision of each slice",
    }
}

/// The same for a reason by its word.
#[must_use]
pub fn by_label(label: &str) -> Option<&'static str> {
    IdleReason::ALL.into_iter().find(|reason| reason.label() == label).map(advice)
}

/// The README's table, in order of precedence.
#[must_use]
pub fn table() -> String {
    let rows = IdleReason::ALL.iter().map(|reason| format!("| `{reason}` | {} |\n", advice(*reason)));
    ["| reason | what to do |\n|---|---|\n".to_owned()].into_iter().chain(rows).collect()
}
