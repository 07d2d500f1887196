//! `frr`: the flash return rate with an offset, as a limit offer of the moment or as an offer that follows it.

use crate::domain::{DailyRate, IdleReason, OfferKind, Rounding};
use crate::strategy::profile::{FrrAs, Offset};

use super::Quote;

/// FRR × (1 + offset), or FRR + offset. A relative offset of an offer that follows the FRR becomes the delta of the
/// current FRR: the exchange knows absolute deltas only.
///
/// # Errors
/// [`IdleReason::StaleData`] for an FRR that is no rate; [`IdleReason::StrategyHold`] for `delta-variable` where the
/// user has not accepted that it may earn less than the floor after the match.
pub(super) fn quote(
    offset: Offset,
    placed: FrrAs,
    may_fall_below_floor: bool,
    frr: DailyRate,
) -> Result<Quote, IdleReason> {
    let kind = match placed {
        FrrAs::Limit => OfferKind::Limit,
        FrrAs::DeltaFixed => OfferKind::FrrDeltaFixed,
        FrrAs::DeltaVariable if may_fall_below_floor => OfferKind::FrrDeltaVariable,
        FrrAs::DeltaVariable => return Err(IdleReason::StrategyHold),
    };
    if !frr.is_positive() {
        return Err(IdleReason::StaleData);
    }
    let distance = match offset {
        Offset::Relative(ratio) => frr.times(ratio, Rounding::Down),
        Offset::Absolute(rate) => rate,
    };
    frr.checked_add(distance).map(|raw| Quote { kind, ..Quote::limit(raw) }).ok_or(IdleReason::Deviation)
}
