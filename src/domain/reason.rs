//! Why a coin lies idle. A closed list: metrics, alerts and `explain` name these and no others.

/// The one reason of an idle coin, in the order of precedence (DESIGN.md section 4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum IdleReason {
    /// The account is switched off, or is being wound down.
    Disabled,
    /// The key gate does not let it lend.
    Key,
    /// No `[[lend]]` entry for the currency.
    Unmanaged,
    /// The exchange is under maintenance.
    Maintenance,
    /// A stream that is needed is down.
    Disconnected,
    /// Book, FRR, wallet, price or clock is missing or too old.
    StaleData,
    /// A snapshot is awaited, or does not add up.
    Reconciling,
    /// The outcome of a write is not known.
    UnknownWrite,
    /// The request budget or the exchange's block forbids it.
    RateLimited,
    /// A write is on its way, or the money just freed is not yet available.
    InFlight,
    /// The exchange's own auto-renew is on: it would compete.
    AutoRenew,
    /// Kept by the account's file.
    Keep,
    /// Over `max_lent`.
    MaxLent,
    /// Must stay free or short. Told by nobody at present: what would lock up too much is offered for two days instead.
    MinLiquid,
    /// A slice waits for its `release`.
    Reserve,
    /// Shares of the slices do not reach 100 %.
    Unallocated,
    /// The market pays less than the floor.
    BelowFloor,
    /// The rate strays too far from FRR and last trades to be believed.
    Deviation,
    /// The profile's or the exchange's limit on open offers.
    OfferCap,
    /// Less than the minimum offer.
    BelowMinimum,
    /// The rate rule prefers to wait.
    StrategyHold,
}

impl IdleReason {
    /// All, in order of precedence.
    pub const ALL: [Self; 21] = [
        Self::Disabled,
        Self::Key,
        Self::Unmanaged,
        Self::Maintenance,
        Self::Disconnected,
        Self::StaleData,
        Self::Reconciling,
        Self::UnknownWrite,
        Self::RateLimited,
        Self::InFlight,
        Self::AutoRenew,
        Self::Keep,
        Self::MaxLent,
        Self::MinLiquid,
        Self::Reserve,
        Self::Unallocated,
        Self::BelowFloor,
        Self::Deviation,
        Self::OfferCap,
        Self::BelowMinimum,
        Self::StrategyHold,
    ];

    /// The word in metrics, logs and `/status`.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::Key => "key",
            Self::Unmanaged => "unmanaged",
            Self::Maintenance => "maintenance",
            Self::Disconnected => "disconnected",
            Self::StaleData => "stale_data",
            Self::Reconciling => "reconciling",
            Self::UnknownWrite => "unknown_write",
            Self::RateLimited => "rate_limited",
            Self::InFlight => "in_flight",
            Self::AutoRenew => "auto_renew",
            Self::Keep => "keep",
            Self::MaxLent => "max_lent",
            Self::MinLiquid => "min_liquid",
            Self::Reserve => "reserve",
            Self::Unallocated => "unallocated",
            Self::BelowFloor => "below_floor",
            Self::Deviation => "deviation",
            Self::OfferCap => "offer_cap",
            Self::BelowMinimum => "below_minimum",
            Self::StrategyHold => "strategy_hold",
        }
    }
}

impl std::fmt::Display for IdleReason {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(self.label())
    }
}
