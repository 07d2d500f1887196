//! Words of the closed sets that stand in labels and `/status`, one place each.

use crate::domain::{Action, GateVerdict, LinkState, MissingScope, OfferKind, Refusal, UnknownCause};
use crate::engine::{Body, CancelReason, Outcome};

/// What a request to the exchange was about: coarse, so that the number of series stays small.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Endpoint {
    /// Public tickers, books, trades, candles.
    Market,
    /// Public platform status and conversions (`calc/fx`).
    Platform,
    /// Key permissions.
    Permissions,
    /// Wallets.
    Wallets,
    /// Open offers.
    Offers,
    /// Loans.
    Loans,
    /// Credits.
    Credits,
    /// Closed offers, loans, credits and executed trades.
    History,
    /// Ledger entries.
    Ledger,
    /// Available balance on request.
    Available,
    /// A new offer.
    Submit,
    /// The end of an offer.
    Cancel,
}

impl Endpoint {
    /// All, for initialising the metric.
    pub const ALL: [Self; 12] = [
        Self::Market,
        Self::Platform,
        Self::Permissions,
        Self::Wallets,
        Self::Offers,
        Self::Loans,
        Self::Credits,
        Self::History,
        Self::Ledger,
        Self::Available,
        Self::Submit,
        Self::Cancel,
    ];

    /// The word in labels.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Market => "market",
            Self::Platform => "platform",
            Self::Permissions => "permissions",
            Self::Wallets => "wallets",
            Self::Offers => "offers",
            Self::Loans => "loans",
            Self::Credits => "credits",
            Self::History => "history",
            Self::Ledger => "ledger",
            Self::Available => "available",
            Self::Submit => "submit",
            Self::Cancel => "cancel",
        }
    }

    /// `public`, `read` or `write`: the label of the duration histogram.
    #[must_use]
    pub const fn class(self) -> &'static str {
        match self {
            Self::Market | Self::Platform => "public",
            Self::Submit | Self::Cancel => "write",
            Self::Permissions
            | Self::Wallets
            | Self::Offers
            | Self::Loans
            | Self::Credits
            | Self::History
            | Self::Ledger
            | Self::Available => "read",
        }
    }
}

/// All classes of endpoints.
pub const CLASSES: [&str; 3] = ["public", "read", "write"];

/// What became of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RequestOutcome {
    /// A reply that could be read.
    Ok,
    /// The exchange answered with an error.
    Refused,
    /// The rate limit.
    RateLimited,
    /// No whole reply: timeout, cut, no connection.
    Failed,
    /// A reply that could not be read.
    Unreadable,
}

impl RequestOutcome {
    /// All, for initialising the metric.
    pub const ALL: [Self; 5] = [Self::Ok, Self::Refused, Self::RateLimited, Self::Failed, Self::Unreadable];

    /// The word in labels.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Refused => "refused",
            Self::RateLimited => "rate_limited",
            Self::Failed => "failed",
            Self::Unreadable => "unreadable",
        }
    }
}

/// What befell a stream, besides going up and down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StreamEvent {
    /// It is being connected again.
    Reconnect,
    /// Its numbering has a gap.
    Gap,
    /// A message or row could not be read.
    Unreadable,
}

/// Kinds of inputs, as [`input`] names them.
pub const INPUTS: [&str; 11] =
    ["policy", "restored", "market", "account", "link", "outcome", "throttled", "retired", "adopt", "drain", "tick"];

/// The kind of an input.
#[must_use]
pub const fn input(body: &Body) -> &'static str {
    match body {
        Body::Policy(_) => "policy",
        Body::Restored(_) => "restored",
        Body::Market(_) => "market",
        Body::Account(..) => "account",
        Body::Link(..) => "link",
        Body::Outcome(..) => "outcome",
        Body::Throttled(..) => "throttled",
        Body::Retired(_) => "retired",
        Body::Adopt(..) => "adopt",
        Body::Drain { .. } => "drain",
        Body::Tick => "tick",
    }
}

/// Kinds of actions.
pub const ACTIONS: [&str; 2] = ["submit", "cancel"];

/// The kind of an action.
#[must_use]
pub const fn action(action: &Action) -> &'static str {
    match action {
        Action::Submit(_) => "submit",
        Action::Cancel(_) => "cancel",
    }
}

/// Outcomes of actions.
pub const OUTCOMES: [&str; 3] = ["accepted", "refused", "unknown"];

/// An outcome without its cause.
#[must_use]
pub const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Accepted => "accepted",
        Outcome::Refused(_) => "refused",
        Outcome::Unknown(_) => "unknown",
    }
}

/// All reasons of the exchange.
pub const REFUSALS: [Refusal; 11] = [
    Refusal::Minimum,
    Refusal::Balance,
    Refusal::OfferCap,
    Refusal::FrrOffset,
    Refusal::NotFound,
    Refusal::RateLimited,
    Refusal::Maintenance,
    Refusal::Permission,
    Refusal::Malformed,
    Refusal::NotSent,
    Refusal::Other,
];

/// A reason of the exchange.
#[must_use]
pub const fn refusal(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::Minimum => "minimum",
        Refusal::Balance => "balance",
        Refusal::OfferCap => "offer_cap",
        Refusal::FrrOffset => "frr_offset",
        Refusal::NotFound => "not_found",
        Refusal::RateLimited => "rate_limited",
        Refusal::Maintenance => "maintenance",
        Refusal::Permission => "permission",
        Refusal::Malformed => "malformed",
        Refusal::NotSent => "not_sent",
        Refusal::Other => "other",
    }
}

/// Why an outcome is unknown, in words.
#[must_use]
pub const fn unknown_cause(cause: UnknownCause) -> &'static str {
    match cause {
        UnknownCause::Timeout => "no reply in time",
        UnknownCause::Cut => "connection cut",
        UnknownCause::ServerFault => "server fault",
        UnknownCause::Unreadable => "unreadable reply",
        UnknownCause::Doubtful => "doubtful error code",
        UnknownCause::Restart => "restart before the reply",
    }
}

/// All reasons to cancel.
pub const CANCEL_REASONS: [CancelReason; 4] =
    [CancelReason::Reprice, CancelReason::Limit, CancelReason::Unwished, CancelReason::Leaving];

/// A reason to cancel.
#[must_use]
pub const fn cancel_reason(reason: CancelReason) -> &'static str {
    match reason {
        CancelReason::Reprice => "reprice",
        CancelReason::Limit => "limit",
        CancelReason::Unwished => "unwished",
        CancelReason::Leaving => "leaving",
    }
}

/// Verdicts of the gate.
pub const VERDICTS: [&str; 5] = ["pending", "good", "refused", "insufficient", "revoked"];

/// A verdict of the gate without its scopes.
#[must_use]
pub const fn verdict(verdict: &GateVerdict) -> &'static str {
    match verdict {
        GateVerdict::Pending => "pending",
        GateVerdict::Good => "good",
        GateVerdict::Refused(_) => "refused",
        GateVerdict::Insufficient(_) => "insufficient",
        GateVerdict::Revoked => "revoked",
    }
}

/// A scope that is missing, with what it costs.
#[must_use]
pub const fn missing_scope(scope: MissingScope) -> &'static str {
    match scope {
        MissingScope::FundingRead => "funding read (offers and loans cannot be seen)",
        MissingScope::FundingWrite => "funding write (nothing can be offered)",
        MissingScope::WalletsRead => "wallets read (balances cannot be seen)",
        MissingScope::HistoryRead => "history read (earnings and settled offers cannot be seen)",
    }
}

/// Kinds of what is recorded.
pub const RECORDED: [&str; 5] = ["trade", "book", "ticker", "offer", "gap"];

/// Kinds of notifiers.
pub const NOTIFIER_KINDS: [&str; 6] = ["webhook", "telegram", "discord", "slack", "ntfy", "ping"];

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotifyOutcome {
    /// The service took it.
    Sent,
    /// It was refused, or given up after many tries.
    Failed,
    /// Too many waited.
    Dropped,
}

impl NotifyOutcome {
    /// All, for initialising the metric.
    pub const ALL: [Self; 3] = [Self::Sent, Self::Failed, Self::Dropped];

    /// The word in labels.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
}

/// State of a link.
#[must_use]
pub const fn link(state: LinkState) -> &'static str {
    match state {
        LinkState::Up => "up",
        LinkState::Down => "down",
        LinkState::Stale => "stale",
    }
}

/// How an offer's rate is meant.
#[must_use]
pub const fn offer_kind(kind: OfferKind) -> &'static str {
    match kind {
        OfferKind::Limit => "limit",
        OfferKind::FrrDeltaFixed => "frr_delta_fixed",
        OfferKind::FrrDeltaVariable => "frr_delta_variable",
    }
}
