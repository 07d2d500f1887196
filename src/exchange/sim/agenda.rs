//! What is due at which market time. First come, first served within a millisecond.

use std::collections::BTreeMap;

use crate::domain::{Currency, LentId, Timestamp};

/// Something that will happen by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Due {
    /// The borrower uses a loan in a position: it becomes a credit.
    Use { account: usize, id: LentId },
    /// The borrower returns what he took.
    Return { account: usize, id: LentId },
    /// The daily payout of interest.
    Payout,
    /// The wallet is told again, now that AVAILABLE is known.
    ShowWallet { account: usize, currency: Currency },
    /// `ftu` after `fte`, public.
    ConfirmPrint { currency: Currency, row: String },
    /// `ftu` after `fte`, private.
    ConfirmTrade { account: usize, currency: Currency, row: String },
    /// Auto-renew looks for free money.
    Renew { account: usize, currency: Currency },
    /// Loans and credits are touched, as they are several times a day.
    Touch,
    /// Maintenance ends.
    EndMaintenance,
}

/// The queue of what is due.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    queue: BTreeMap<(Timestamp, u64), Due>,
    serial: u64,
}

impl Agenda {
    pub(super) fn put(&mut self, at: Timestamp, due: Due) {
        self.serial = self.serial.saturating_add(1);
        self.queue.insert((at, self.serial), due);
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.queue.first_key_value().map(|((at, _), _)| *at)
    }

    /// Takes the first that is due at `now`.
    pub(super) fn take(&mut self, now: Timestamp) -> Option<Due> {
        if self.next()? > now {
            return None;
        }
        self.queue.pop_first().map(|(_, due)| due)
    }
}
