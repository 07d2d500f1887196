//! Interest: accrued exactly, by the millisecond, rounded once, at the daily payout.

use super::agenda::Due;
use super::audit::Audit;
use super::core::Core;
use super::ledger::{LedgerRow, WalletName};
use crate::domain::{Amount, Currency, DAY, Decimal, LentId, MINUTE, SECOND, Timestamp};

/// What a lender keeps of a hundred: 85, and 82 of what a hidden offer earned.
const KEPT: (i128, i128) = (85, 82);
/// Pots count amount (1e-8) × rate (1e-12) × ms × percent: this many make one unit of an amount.
const POT_UNIT: i128 = 1_000_000_000_000 * 86_400_000 * 100;
/// Earliest and latest minute of the payout after midnight UTC.
const PAYOUT: (i64, i64) = (83, 103);
/// The ledger's words for a lender's income.
const INCOME: &str = "Margin Funding Payment on wallet funding";

impl Core {
    /// Accrues the interest of one record up to `until`, net of the fee.
    pub(super) fn accrue(&mut self, account: usize, id: LentId, until: Timestamp) {
        let Some(currency) = self.account(account).and_then(|known| known.lent.get(&id)).map(|lent| lent.currency)
        else {
            return;
        };
        let frr = self.frr(currency);
        let Some(known) = self.account_mut(account) else { return };
        let Some(lending) = known.lent.get_mut(&id) else { return };
        let span = until.since(lending.accrued).get();
        if span <= 0 {
            return;
        }
        lending.accrued = until;
        let rate = if lending.variable { frr } else { lending.rate };
        let kept = if lending.hidden { KEPT.1 } else { KEPT.0 };
        let gross = i128::from(lending.amount.units()).saturating_mul(i128::from(rate.units()));
        let earned = gross.saturating_mul(i128::from(span)).saturating_mul(kept);
        let pot = known.pots.entry(currency).or_default();
        *pot = pot.saturating_add(earned);
    }

    /// The FRR changes: what follows it earned at the old one until now.
    pub(super) fn set_frr(&mut self, currency: Currency, frr: Decimal) {
        let now = self.now;
        for account in 0..self.books.accounts.len() {
            for id in self.lent_ids(account, |lent| lent.variable && lent.currency == currency) {
                self.accrue(account, id, now);
            }
        }
        if let Some(market) = self.markets.get_mut(&currency) {
            market.frr = Some(frr).filter(|frr| !frr.is_negative());
            market.dirty = true;
        }
    }

    fn lent_ids(&self, account: usize, wanted: impl Fn(&super::ledger::Lending) -> bool) -> Vec<LentId> {
        let Some(known) = self.account(account) else { return Vec::new() };
        known.lent.values().filter(|lent| wanted(lent)).map(|lent| lent.id).collect()
    }

    /// Plans the next payout: between 01:23 and 01:43 UTC.
    pub(super) fn plan_payout(&mut self) {
        let minute = self.random.between(PAYOUT.0.saturating_mul(60), PAYOUT.1.saturating_mul(60));
        let today = Timestamp::from_millis(self.now.day().saturating_mul(DAY.get()));
        let at = today.plus(SECOND.times(minute));
        // A payout that has just been made lies within its window: the next is tomorrow's.
        let over = self.now.plus(MINUTE.times(21)) > at;
        self.agenda.put(if over { at.plus(DAY) } else { at }, Due::Payout);
    }

    /// Pays everyone's interest: one row for each currency, whatever number of loans earned it.
    pub(super) fn pay_out(&mut self) {
        for account in 0..self.books.accounts.len() {
            for id in self.lent_ids(account, |_| true) {
                self.accrue(account, id, self.now);
            }
            let pots: Vec<(Currency, i128)> =
                self.account(account).map_or_else(Vec::new, |known| known.pots.iter().map(|(c, p)| (*c, *p)).collect());
            for (currency, pot) in pots {
                self.pay(account, currency, pot);
            }
        }
        self.plan_payout();
    }

    fn pay(&mut self, account: usize, currency: Currency, pot: i128) {
        let amount = Amount::from_units(i64::try_from(pot / POT_UNIT).unwrap_or(i64::MAX));
        if !amount.is_positive() {
            return;
        }
        let now = self.now;
        if let Some(known) = self.account_mut(account) {
            // What is under one unit waits for tomorrow.
            known.pots.insert(currency, pot % POT_UNIT);
            for lending in known.lent.values_mut().filter(|lending| lending.currency == currency) {
                lending.last_payout = Some(now);
            }
        }
        let Some(row) = self.book_entry(account, WalletName::Funding, currency, amount, 28, INCOME) else { return };
        let until = self.wallet_later(account, currency, 1_000, 4_000);
        if let Some(shown) = self.shown_mut(account, currency) {
            shown.null_until = Some(until);
        }
        self.tell_wallet(account, currency, true, false);
        let name = self.name(account);
        self.note(Audit::Payout { at: now, account: name, currency, amount, row });
        self.plan_renew(account, currency);
    }

    /// Moves a balance and writes its ledger row. Answers with the row's id; nothing when the balance would overflow
    /// or fall under zero.
    pub(super) fn book_entry(
        &mut self,
        account: usize,
        wallet: WalletName,
        currency: Currency,
        amount: Amount,
        category: u16,
        description: &str,
    ) -> Option<i64> {
        let balance = self.account(account)?.balance(wallet, currency).checked_add(amount)?;
        if balance < Amount::ZERO {
            return None;
        }
        self.ids.ledger = self.ids.ledger.saturating_add(self.random.between(1, 90));
        let (id, at) = (self.ids.ledger, self.now);
        let description = description.to_owned();
        let known = self.account_mut(account)?;
        known.wallets.insert((wallet, currency), balance);
        known.ledger.push(LedgerRow { id, currency, wallet, at, amount, balance, category, description });
        Some(id)
    }

    /// Interest of one account and currency earned so far and not yet paid, net, rounded down.
    pub(super) fn unpaid(&mut self, account: usize, currency: Currency) -> Amount {
        let now = self.now;
        for id in self.lent_ids(account, |lent| lent.currency == currency) {
            self.accrue(account, id, now);
        }
        let pot = self.account(account).and_then(|known| known.pots.get(&currency)).copied().unwrap_or_default();
        Amount::from_units(i64::try_from(pot / POT_UNIT).unwrap_or(0))
    }
}
