//! The fault deck: what goes wrong on the way, how often, drawn by the embedded exchange's own seeded generator.

/// One thing that can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A websocket frame is lost (its sequence number with it).
    Drop,
    /// A websocket connection falls silent while staying open.
    Stall,
    /// A frame or reply comes late.
    Delay,
    /// An event is delivered twice.
    Duplicate,
    /// Two events change places.
    Reorder,
    /// A write is executed, then answered with 502 and HTML.
    FaultAfterAccept,
    /// A write is executed, then never answered.
    HangAfterAccept,
    /// A write is executed, then the connection is cut.
    CutAfterAccept,
    /// A request is not executed and answered with 5xx and HTML.
    ServerFault,
    /// 429, and a block of 60 s for everything from then on.
    RateLimit,
    /// A frame or reply that is no JSON.
    Garbage,
    /// Maintenance for a while: 20060 … 20061, writes refused.
    Maintenance,
    /// A sequence number is skipped.
    SequenceGap,
    /// The connection is closed.
    Disconnect,
    /// AVAILABLE is null in wallet rows for a while.
    NullAvailable,
    /// AVAILABLE lags behind by some seconds.
    StaleAvailable,
    /// The history endpoints lag behind.
    LateHistory,
    /// 10114 `nonce: small` on a request that was not executed.
    NonceSmall,
    /// The key is revoked.
    KeyRevoked,
    /// The key gains or loses a permission.
    PermissionChanged,
}

/// How often each fault comes: chances in a million at each occasion. What is not named never comes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FaultDeck {
    /// `(fault, chance per million)`.
    pub chances: Vec<(Fault, u32)>,
}
