//! Times and spans. Nothing in here reads a clock: it is told.

/// A span of time in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Millis(i64);

/// One second.
pub const SECOND: Millis = Millis(1_000);
/// One minute.
pub const MINUTE: Millis = Millis(60_000);
/// One hour.
pub const HOUR: Millis = Millis(3_600_000);
/// One day.
pub const DAY: Millis = Millis(86_400_000);

impl Millis {
    /// From milliseconds.
    #[must_use]
    pub const fn new(millis: i64) -> Self {
        Self(millis)
    }

    /// From whole seconds.
    #[must_use]
    pub const fn seconds(seconds: i64) -> Self {
        Self(seconds.saturating_mul(1_000))
    }

    /// In milliseconds.
    #[must_use]
    pub const fn get(self) -> i64 {
        self.0
    }

    /// Both spans together, saturating.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// `count` times this span, saturating.
    #[must_use]
    pub const fn times(self, count: i64) -> Self {
        Self(self.0.saturating_mul(count))
    }
}

/// Market time: milliseconds since 1970-01-01 UTC. In `run` it is the wall clock, in `demo` it may run faster.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// From milliseconds since 1970 UTC.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        Self(millis)
    }

    /// Milliseconds since 1970 UTC.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Later by `span`, saturating.
    #[must_use]
    pub const fn plus(self, span: Millis) -> Self {
        Self(self.0.saturating_add(span.0))
    }

    /// Earlier by `span`, saturating.
    #[must_use]
    pub const fn minus(self, span: Millis) -> Self {
        Self(self.0.saturating_sub(span.0))
    }

    /// The span since `earlier`; negative when `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Millis {
        Millis(self.0.saturating_sub(earlier.0))
    }

    /// The whole UTC day (days since 1970) this time lies in.
    #[must_use]
    pub const fn day(self) -> i64 {
        self.0.div_euclid(DAY.0)
    }
}

/// Wire time: milliseconds on a monotonic clock that always runs at the real pace. Timeouts, pings, backoff, blocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct WireTime(u64);

impl WireTime {
    /// From milliseconds since the clock's origin.
    #[must_use]
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis)
    }

    /// Milliseconds since the clock's origin.
    #[must_use]
    pub const fn millis(self) -> u64 {
        self.0
    }

    /// Later by `span`; a negative span changes nothing.
    #[must_use]
    pub fn plus(self, span: Millis) -> Self {
        Self(self.0.saturating_add(u64::try_from(span.0).unwrap_or(0)))
    }

    /// The span since `earlier`, zero when `earlier` is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(i64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(i64::MAX))
    }
}

/// One reading of both clocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Moment {
    /// Market time.
    pub market: Timestamp,
    /// Wire time.
    pub wire: WireTime,
}

/// A lending period in whole days. The exchange knows 2 to 120; what it sends is kept as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Days(u16);

impl Days {
    /// The shortest period the exchange takes.
    pub const MIN: Self = Self(2);
    /// The longest period the exchange takes.
    pub const MAX: Self = Self(120);

    /// From whole days, whatever they are (inbound).
    #[must_use]
    pub const fn new(days: u16) -> Self {
        Self(days)
    }

    /// From whole days if the exchange would take them.
    #[must_use]
    pub const fn valid(days: u16) -> Option<Self> {
        if days >= Self::MIN.0 && days <= Self::MAX.0 { Some(Self(days)) } else { None }
    }

    /// Whole days.
    #[must_use]
    pub const fn get(self) -> u16 {
        self.0
    }

    /// The period as a span.
    #[must_use]
    pub fn span(self) -> Millis {
        DAY.times(i64::from(self.0))
    }
}

impl std::fmt::Display for Days {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} d", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_never_wrap() {
        assert_eq!(Timestamp::from_millis(i64::MAX).plus(DAY).millis(), i64::MAX);
        assert_eq!(WireTime::from_millis(5).since(WireTime::from_millis(9)), Millis::new(0));
        assert_eq!(Timestamp::from_millis(-1).day(), -1);
        assert_eq!(Days::valid(1), None);
        assert_eq!(Days::valid(120), Some(Days::MAX));
    }
}
