//! Lent money on its way: a loan becomes a credit when it is used, sometimes back, and is returned early or at its end.

use super::agenda::Due;
use super::audit::Audit;
use super::core::Core;
use super::ledger::{HISTORY, Lending};
use super::matching::{is_expiry, pair};
use super::rows::{self, Channel};
use crate::domain::{Amount, HOUR, LentId, LentKind, MINUTE};

impl Core {
    /// A loan is used in a position: it closes and comes back as a credit under a new id.
    pub(super) fn use_loan(&mut self, account: usize, id: LentId) {
        self.move_lending(account, id, LentKind::Credit);
    }

    /// Moves a record to the other list. The money stays out.
    fn move_lending(&mut self, account: usize, id: LentId, to: LentKind) -> Option<LentId> {
        let now = self.now;
        let new_id = self.lent_id(to);
        let known = self.account_mut(account)?;
        let old = known.lent.remove(&id)?;
        let moved = Lending {
            id: new_id,
            created: now,
            updated: now,
            pair: (to == LentKind::Credit).then(|| pair(old.currency)),
            ..old.clone()
        };
        known.lent.insert(new_id, moved.clone());
        let closed = Lending { status: "CLOSED (used)".to_owned(), updated: now, ..old };
        self.agenda.put(moved.returns, Due::Return { account, id: new_id });
        let twice = self.random.one_in(3);
        let new_first = self.random.one_in(2);
        if new_first {
            self.tell(account, new_kind(to), rows::lent(&moved, Channel::Socket), false);
        }
        self.tell(account, closed_kind(id.kind), rows::lent(&closed, Channel::Socket), twice);
        if !new_first {
            self.tell(account, new_kind(to), rows::lent(&moved, Channel::Socket), false);
        }
        self.keep_closed(account, closed);
        let name = self.name(account);
        self.note(Audit::Moved { at: now, account: name, from: id, to: new_id });
        Some(new_id)
    }

    fn keep_closed(&mut self, account: usize, closed: Lending) {
        let now = self.now;
        if let Some(known) = self.account_mut(account) {
            known.closed_lent.push_back((now, closed));
            if known.closed_lent.len() > HISTORY {
                known.closed_lent.pop_front();
            }
        }
    }

    /// Lent money comes back. A credit that ends early sometimes goes through the loans first. `by_hand` says how it
    /// ends when the operator ended it. Answers with the amount that came back.
    pub(super) fn give_back(&mut self, account: usize, id: LentId, by_hand: Option<&str>) -> Option<Amount> {
        let now = self.now;
        let known = self.account(account)?.lent.get(&id)?;
        let (opened, expired) = (known.opened, is_expiry(known.opened, known.period, now));
        let (expiry, returns) = (known.opened.plus(known.period.span()), known.returns);
        if by_hand.is_none() && now < returns {
            return None;
        }
        if by_hand.is_none() && !expired && id.kind == LentKind::Credit && self.random.one_in(6) {
            let later = now.plus(MINUTE.times(self.random.between(1, 20))).min(expiry);
            if let Some(lending) = self.account_mut(account).and_then(|known| known.lent.get_mut(&id)) {
                lending.returns = later;
            }
            self.move_lending(account, id, LentKind::Loan);
            return None;
        }
        // The borrower pays for an hour at least.
        self.accrue(account, id, now.max(opened.plus(HOUR)));
        let mut closed = self.account_mut(account)?.lent.remove(&id)?;
        let word = match (by_hand, expired, id.kind) {
            (Some(word), _, _) => word,
            (None, true, _) => "CLOSED (expired)",
            (None, false, LentKind::Loan) => "CLOSED",
            (None, false, LentKind::Credit) => ["CLOSED (no more position)", "CLOSED (reduced)", "CLOSED"]
                .get(usize::try_from(self.random.between(0, 2)).unwrap_or(0))
                .copied()
                .unwrap_or("CLOSED"),
        };
        word.clone_into(&mut closed.status);
        closed.last_payout = Some(now);
        closed.updated = if expired { closed.updated } else { now };
        let (currency, amount) = (closed.currency, closed.amount);
        let twice = self.random.one_in(2);
        self.tell(account, closed_kind(id.kind), rows::lent(&closed, Channel::Socket), twice);
        self.tell_wallet(account, currency, false, twice);
        self.keep_closed(account, closed);
        let name = self.name(account);
        self.note(Audit::Returned { at: now, account: name, currency, lent: id, amount, expired });
        self.plan_renew(account, currency);
        Some(amount)
    }

    /// Open records are touched several times a day: `flu` and `fcu` with new times and nothing else.
    pub(super) fn touch(&mut self) {
        let now = self.now;
        for account in 0..self.books.accounts.len() {
            let Some(known) = self.account_mut(account) else { continue };
            let mut touched = Vec::new();
            for lending in known.lent.values_mut() {
                lending.updated = now;
                lending.last_payout = Some(now);
                touched.push((lending.id.kind, rows::lent(lending, Channel::Socket)));
            }
            for (kind, row) in touched {
                self.tell(account, if kind == LentKind::Loan { "flu" } else { "fcu" }, row, false);
            }
        }
        let at = now.plus(HOUR.times(self.random.between(3, 7)));
        self.agenda.put(at, Due::Touch);
    }
}

const fn new_kind(kind: LentKind) -> &'static str {
    match kind {
        LentKind::Loan => "fln",
        LentKind::Credit => "fcn",
    }
}

const fn closed_kind(kind: LentKind) -> &'static str {
    match kind {
        LentKind::Loan => "flc",
        LentKind::Credit => "fcc",
    }
}
