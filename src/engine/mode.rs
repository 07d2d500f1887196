//! Whether a currency may be lent at all in this round: the first reason that holds it whole, in the order of precedence.

use crate::domain::{Days, GateVerdict, IdleReason, LinkState};

use super::account::Account;
use super::decide::Round;
use super::funding_wallet::Sums;

/// What may be done for a currency in this round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// All of it.
    Lend,
    /// Nothing new, but offers that break a limit go.
    Enforce(IdleReason),
    /// Nothing.
    Hold(IdleReason),
    /// Own offers go.
    Leave(IdleReason),
}

impl Round<'_> {
    /// The first reason in the order of precedence that holds the whole currency.
    pub(super) fn mode(&self, account: &Account) -> Mode {
        let writable = self.operative && account.gate.serves(self.paper);
        let throttled = account.throttled.is_some_and(|until| self.at < until);
        let writable = writable && !throttled;
        let ended = self.has_ended();
        if ended || self.draining.is_some() {
            // A refused key may still cancel, once each.
            let parts = self.operative && !throttled && matches!(account.gate, GateVerdict::Refused(_));
            let go = (writable || parts) && (ended || self.draining == Some(true));
            return if go { Mode::Leave(IdleReason::Disabled) } else { Mode::Hold(IdleReason::Disabled) };
        }
        if !account.gate.serves(self.paper) {
            // The only writes that a refused key may still make: own offers go, once each.
            let part = self.operative && !throttled && matches!(account.gate, GateVerdict::Refused(_));
            return if part { Mode::Leave(IdleReason::Key) } else { Mode::Hold(IdleReason::Key) };
        }
        if self.lend.is_none() {
            // Nobody looks after these offers any more: own ones go.
            let own = account
                .wallets
                .get(&self.currency)
                .is_some_and(|wallet| wallet.holdings.offers.keys().any(|id| account.own.contains_key(id)));
            let go = own && writable && !self.paper;
            return if go { Mode::Leave(IdleReason::Unmanaged) } else { Mode::Hold(IdleReason::Unmanaged) };
        }
        if !self.operative {
            return Mode::Hold(IdleReason::Maintenance);
        }
        let left = self.lend.and_then(|lend| lend.days_left(self.at));
        if left.is_some_and(|days| days < Days::MIN.get()) {
            // Whatever was taken now would come back too late.
            return if writable { Mode::Leave(IdleReason::Disabled) } else { Mode::Hold(IdleReason::Disabled) };
        }
        if self.market_link != LinkState::Up || account.link != LinkState::Up {
            return Mode::Hold(IdleReason::Disconnected);
        }
        self.data_mode(account)
    }

    /// The account lends no more: removed, switched off, or past its last day.
    pub(super) fn has_ended(&self) -> bool {
        self.policy.is_none_or(|policy| !policy.enabled || policy.active_until.is_some_and(|until| self.at >= until))
    }

    /// What is not known that a decision needs, of the market or of the wallet.
    pub(super) fn missing(&self, account: &Account) -> Option<IdleReason> {
        let Some(wallet) = account.wallets.get(&self.currency) else { return Some(IdleReason::Reconciling) };
        if self.market.and_then(|market| market.fresh(self.currency, self.at)).is_none() {
            return Some(IdleReason::StaleData);
        }
        if !account.reading.is_settled() || wallet.sums != Sums::Right {
            return Some(IdleReason::Reconciling);
        }
        (!wallet.told || wallet.holdings.available.is_none()).then_some(IdleReason::StaleData)
    }

    fn data_mode(&self, account: &Account) -> Mode {
        if let Some(reason) = self.missing(account) {
            return Mode::Hold(reason);
        }
        let Some(wallet) = account.wallets.get(&self.currency) else { return Mode::Hold(IdleReason::Reconciling) };
        if account.has_unknown_submit(self.currency) {
            return Mode::Enforce(IdleReason::UnknownWrite);
        }
        if account.throttled.is_some_and(|until| self.at < until) {
            return Mode::Hold(IdleReason::RateLimited);
        }
        if wallet.refusals.rests(self.at) {
            return Mode::Enforce(IdleReason::RateLimited);
        }
        if wallet.auto_renew {
            return Mode::Enforce(IdleReason::AutoRenew);
        }
        Mode::Lend
    }
}
