//! What is known of one currency of an account beside the money itself: how far its readings can be believed, what rests
//! after a refusal, what was told.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{IdleReason, MINUTE, OfferId, Timestamp};

use super::beside::{Holds, Rivals};
use super::earnings::Earnings;
use super::holdings::Holdings;
use super::paper::Overlay;
use super::refusals::Refusals;
use super::slice_memory::SliceMemory;

/// What is remembered of the slices' money, by their names.
pub(super) type Memories = BTreeMap<String, SliceMemory>;

/// Whether the last reading of a currency added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Sums {
    /// Nothing was read yet.
    #[default]
    Unread,
    /// A reading came and was not checked yet.
    Unchecked,
    /// AVAILABLE came as null and is asked for; what is known does not add up without it.
    Asked,
    /// BALANCE = AVAILABLE + offers + loans + credits, within the minimum offer.
    Right,
    /// They differ.
    Wrong,
}

/// What was told of the main reason why money lies idle. It is told when it has lasted, not each time it flickers.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TellIdle {
    told: Option<IdleReason>,
    now: Option<IdleReason>,
    since: Timestamp,
}

impl TellIdle {
    /// Answers whether `reason` is to be told now.
    pub(super) fn is_news(&mut self, at: Timestamp, reason: Option<IdleReason>) -> bool {
        if reason != self.now {
            self.now = reason;
            self.since = at;
        }
        let news = self.now != self.told && at.since(self.since) >= MINUTE;
        if news {
            self.told = self.now;
        }
        news
    }
}

/// What is known of one currency of an account beside the money itself.
#[derive(Debug, Clone, Default)]
pub(super) struct FundingWallet {
    pub(super) holdings: Holdings,
    /// What is offered and lent on paper.
    pub(super) paper: Overlay,
    /// The exchange has told this wallet since the stream came up.
    pub(super) told: bool,
    pub(super) sums: Sums,
    /// Own offers that a reading did not show: gone only when a reading that adds up does not show them either.
    pub(super) missing: BTreeSet<OfferId>,
    /// When the stream last told this wallet.
    pub(super) streamed: Timestamp,
    /// Readings in a row that did not add up.
    pub(super) off: u32,
    /// The exchange's own auto-renew, where it answered.
    pub(super) auto_renew: bool,
    /// What the exchange has refused to place.
    pub(super) refusals: Refusals,
    /// When offers were last moved.
    pub(super) moved: Option<Timestamp>,
    /// Foreign offers that were told of already.
    pub(super) foreign: BTreeSet<OfferId>,
    pub(super) idle: TellIdle,
    /// What is remembered of each slice's money.
    pub(super) memories: Memories,
    pub(super) earnings: Earnings,
    /// How long own loans are held.
    pub(super) holds: Holds,
    /// What runs beside, for comparison.
    pub(super) beside: Rivals,
}

impl FundingWallet {
    /// What is left when nothing that the exchange has told counts any more.
    pub(super) fn without_readings(self) -> Self {
        let Self { paper, memories, earnings, holds, beside, .. } = self;
        Self { paper, memories, earnings, holds, beside, ..Self::default() }
    }

    /// The exchange has told of this money.
    pub(super) fn is_known(&self) -> bool {
        self.told || self.sums != Sums::Unread
    }
}
