//! Everything a reload may change in the core, as one value.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::{AccountName, Currency, DAY, Millis, Ratio, Timestamp};
use crate::strategy::{Measure, Profile};

/// The whole policy: swapped between two steps, never in part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// Rises by one with every accepted configuration.
    pub generation: u64,
    /// Decides and explains, never writes.
    pub paper: bool,
    /// How often the engine reconsiders, in market time.
    pub tick: Millis,
    /// Accounts by name.
    pub accounts: BTreeMap<AccountName, AccountPolicy>,
}

/// One account's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountPolicy {
    /// False: cancel own offers, let the loans run out.
    pub enabled: bool,
    /// The exchange's share of the interest as the user states it; else 15 %.
    pub fee: Option<Ratio>,
    /// From this time on the same as `enabled = false`.
    pub active_until: Option<Timestamp>,
    /// What it lends, by currency.
    pub lend: BTreeMap<Currency, LendPolicy>,
}

/// How one currency of an account is lent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LendPolicy {
    /// The profile.
    pub profile: Arc<Profile>,
    /// Never lent.
    pub keep: Measure,
    /// Cap on what is lent and offered.
    pub max_lent: Option<Measure>,
    /// Share that must be free or end within two days.
    pub min_liquid: Option<Ratio>,
    /// A profile that decides on paper beside it.
    pub shadow: Option<Arc<Profile>>,
    /// Everything is back by then: no period goes beyond it, and in the last two days nothing is offered.
    pub wind_down: Option<Timestamp>,
}

impl LendPolicy {
    /// The longest period that a wind-down leaves at `at`; `None` without one. Under two days nothing may be offered.
    #[must_use]
    pub fn days_left(&self, at: Timestamp) -> Option<u16> {
        let left = self.wind_down?.since(at).get().max(0) / DAY.get();
        Some(u16::try_from(left).unwrap_or(u16::MAX))
    }
}

impl Policy {
    /// Every currency that any enabled or disabled account lends: what the market streams must carry.
    #[must_use]
    pub fn currencies(&self) -> std::collections::BTreeSet<Currency> {
        self.accounts.values().flat_map(|account| account.lend.keys().copied()).collect()
    }
}
