//! Everything worth a metric or a log line, as a closed list. Telemetry matches on it without a wildcard.

use crate::domain::{
    AccountName, ActionId, Amount, Currency, DailyRate, Days, GateVerdict, IdleReason, Intent, LentId, LinkState,
    Millis, OfferId, Refusal, Stream, UnknownCause,
};
use crate::planner::{CancelReason, Rule};
use crate::strategy::Why;

/// What became of an action, without the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// The exchange took it.
    Accepted,
    /// The exchange definitely did not do it.
    Refused(Refusal),
    /// Nobody knows (yet).
    Unknown(UnknownCause),
}

/// Something worth telling.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A submit was decided, with the numbers behind it.
    Submitting {
        /// What leaves.
        intent: Intent,
        /// Why.
        why: Why,
    },
    /// A cancel was decided.
    Cancelling {
        /// What leaves.
        intent: Intent,
        /// Why.
        reason: CancelReason,
        /// The offer's rate and the wish's, per day, where there is one.
        rates: (DailyRate, Option<DailyRate>),
    },
    /// What became of an action.
    ActionEnded {
        /// What had left.
        intent: Intent,
        /// What became of it.
        outcome: Outcome,
        /// The exchange's words on a refusal.
        text: String,
        /// The offer, when one came of it.
        offer: Option<OfferId>,
    },
    /// An unknown action is settled.
    UnknownSettled {
        /// Whose.
        account: AccountName,
        /// Which.
        action: ActionId,
        /// Whether the exchange had done it.
        accepted: bool,
        /// How long nobody knew.
        after: Millis,
    },
    /// A wish was refused by a limit.
    Refused {
        /// Whose.
        account: AccountName,
        /// Of what.
        currency: Currency,
        /// By which rule.
        rule: Rule,
        /// The numbers.
        detail: String,
    },
    /// One of our offers was taken, in part or whole.
    Filled {
        /// Whose.
        account: AccountName,
        /// Of what.
        currency: Currency,
        /// Which.
        offer: OfferId,
        /// How much.
        amount: Amount,
        /// Rate per day.
        rate: DailyRate,
        /// Period.
        period: Days,
        /// From its creation.
        waited: Millis,
    },
    /// Lent money came back.
    Returned {
        /// Whose.
        account: AccountName,
        /// Of what.
        currency: Currency,
        /// Which.
        lent: LentId,
        /// How much.
        amount: Amount,
        /// Rate per day.
        rate: DailyRate,
        /// Period agreed.
        period: Days,
        /// How long it was out.
        held: Millis,
    },
    /// An offer that is not ours appeared.
    Foreign {
        /// Whose.
        account: AccountName,
        /// Of what.
        currency: Currency,
        /// Which.
        offer: OfferId,
        /// How much.
        amount: Amount,
    },
    /// An offer was taken under management, at a start or on request.
    Adopted {
        /// Whose.
        account: AccountName,
        /// Which.
        offer: OfferId,
        /// True when the user asked for it.
        on_request: bool,
    },
    /// An adoption that was asked for cannot be: no such open offer.
    NotAdopted {
        /// Whose.
        account: AccountName,
        /// Which.
        offer: OfferId,
    },
    /// A stream changed.
    Link {
        /// Which.
        stream: Stream,
        /// To what.
        state: LinkState,
    },
    /// A snapshot was taken in.
    Snapshot {
        /// Whose.
        account: AccountName,
        /// From the first request to the last reply.
        took: Millis,
    },
    /// A snapshot did not add up for a currency; read again.
    SnapshotRefused {
        /// Whose.
        account: AccountName,
        /// Of what.
        currency: Currency,
        /// BALANCE − AVAILABLE − offers − loans − credits.
        off_by: Amount,
        /// Times in a row.
        tries: u32,
    },
    /// The key gate answered something new.
    Gate {
        /// Whose.
        account: AccountName,
        /// What.
        verdict: GateVerdict,
        /// The key may do what this run needs; on paper that is less.
        serves: bool,
    },
    /// The main reason why money of a currency lies idle changed.
    Idle {
        /// Whose.
        account: AccountName,
        /// Of what.
        currency: Currency,
        /// The reason that now holds the most, if any money is idle.
        reason: Option<IdleReason>,
        /// How much it holds.
        amount: Amount,
    },
    /// Auto-renew was found on for a currency: held.
    AutoRenew {
        /// Whose.
        account: AccountName,
        /// Of what.
        currency: Currency,
        /// On or off.
        on: bool,
    },
    /// The exchange entered (false) or left (true) maintenance.
    Operative(bool),
    /// Something learned in an earlier run is too old or cannot be read: it is learned anew.
    Forgotten {
        /// What of.
        what: String,
    },
    /// A policy was taken over.
    Policy {
        /// Its generation.
        generation: u64,
    },
}
