//! `fixed`: always the rate that the user wrote.

use crate::domain::Ratio;
use crate::strategy::profile::RateSpec;

use super::Quote;

/// The written rate, the fee added where it was written net.
pub(super) fn quote(at: RateSpec, fee: Ratio) -> Quote {
    Quote::limit(at.gross(fee))
}
