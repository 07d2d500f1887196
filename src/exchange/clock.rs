//! What the IO of the exchange asks the one clock of the house (`app::clock`): it reads none itself.

use std::sync::Arc;
use std::time::Duration;

use crate::domain::{Millis, Moment, WireTime};

/// The clocks as the IO sees them. Only `app::clock` (and a test) implements it over a real clock.
pub trait Clock: std::fmt::Debug + Send + Sync + 'static {
    /// Both clocks now.
    fn now(&self) -> Moment;

    /// Microseconds since 1970 UTC on the real wall clock, whatever the scale of the market's: for nonces only. It may
    /// step back; whoever uses it must bear that.
    fn unix_micros(&self) -> u64;

    /// How long `span` of market time lasts on the real clock; the same span at scale 1.
    fn real(&self, span: Millis) -> Duration;

    /// Wire time now.
    fn wire(&self) -> WireTime {
        self.now().wire
    }
}

impl<T: Clock + ?Sized> Clock for Arc<T> {
    fn now(&self) -> Moment {
        (**self).now()
    }

    fn unix_micros(&self) -> u64 {
        (**self).unix_micros()
    }

    fn real(&self, span: Millis) -> Duration {
        (**self).real(span)
    }
}

/// A span of wire time as the runtime wants it; a negative span is none.
#[must_use]
pub fn duration(span: Millis) -> Duration {
    Duration::from_millis(u64::try_from(span.get()).unwrap_or(0))
}
