//! One slice's answer: rate, period and amounts put together, every coin of its money accounted for.

use crate::domain::{Amount, IdleReason, Total};

use super::others::Others;
use super::price::price;
use super::profile::{RateRule, RateSpec, Slice};
use super::rules::adaptive::{self, Asked};
use super::rules::{self, Quote};
use super::split::{self, Sizes};
use super::view::{Answer, Bounds, Declined, MarketView, Why, Wish};

/// What the slice would like to have open with `money`, which is all that it may have in open offers now: its target
/// minus what it has lent. `index` is the slice's place in its profile.
///
/// Wishes and held amounts together are exactly `money`. Money that is not positive wishes nothing and holds nothing.
///
/// # Panics
/// When the two would not make up `money`: a bug here, and better a stop than an offer that nobody asked for.
#[must_use]
pub fn answer(slice: &Slice, index: usize, money: Amount, market: &MarketView<'_>, bounds: &Bounds) -> Answer {
    if !money.is_positive() {
        return Answer::default();
    }
    let answer = wishes(slice, index, money, market, bounds).unwrap_or_else(|reason| {
        let mut nothing = Answer::default();
        nothing.hold(reason, money);
        nothing
    });
    assert_eq!(answer.total(), Total::from(money), "a slice's wishes and held amounts must make up its money");
    answer
}

/// The wishes and what is held beside them, or the reason to hold all of it.
fn wishes(
    slice: &Slice,
    index: usize,
    money: Amount,
    market: &MarketView<'_>,
    bounds: &Bounds,
) -> Result<Answer, IdleReason> {
    let others = Others::of(market);
    if let Some(release) = slice.release {
        check_release(release, market, &others, bounds)?;
    }
    let sizes = Sizes::of(bounds);
    let mut answer = Answer::default();
    let parts = parts(&Asked { slice, index, money, sizes }, market, &others, bounds, &mut answer)?;
    let rungs = u16::try_from(parts.len()).unwrap_or(u16::MAX).max(1);
    for (step, (quote, part)) in (0..rungs).zip(&parts) {
        let part = *part;
        let offers = bounds.max_offers / rungs + u16::from(step < bounds.max_offers % rungs);
        let priced = match price(quote, slice, market, bounds) {
            Ok(priced) => priced,
            Err(reason) => {
                answer.hold(reason, part);
                answer.declined.push(Declined {
                    amount: part,
                    reason,
                    why: why(slice, quote, market, &others, bounds),
                });
                continue;
            }
        };
        let cut = split::split(part, sizes, offers);
        if let Some((reason, rest)) = cut.held {
            answer.hold(reason, rest);
        }
        answer.wishes.extend(cut.parts().map(|amount| Wish {
            slice: index,
            amount,
            rate: priced.rate,
            kind: priced.kind,
            period: priced.period,
            hidden: slice.hidden,
            effective: priced.effective,
            why: why(slice, quote, market, &others, bounds),
        }));
    }
    Ok(answer)
}

/// The slice's money in parts, each with its quote, cheapest first.
fn parts(
    asked: &Asked<'_>,
    market: &MarketView<'_>,
    others: &Others,
    bounds: &Bounds,
    answer: &mut Answer,
) -> Result<Vec<(Quote, Amount)>, IdleReason> {
    let wanted = match asked.slice.rate {
        RateRule::Adaptive => {
            let parts = adaptive::parts(asked, market, others, bounds)?;
            answer.weighed = parts.weighed;
            return Ok(parts.parts);
        }
        RateRule::Spread { offers, .. } => offers,
        RateRule::Fixed { .. } | RateRule::Frr { .. } | RateRule::Depth { .. } => 1,
    };
    let rungs = split::rungs(asked.money, asked.sizes, wanted, bounds.max_offers);
    let quotes = rules::quotes(asked.slice, rungs, market, others, bounds.fee)?;
    Ok(quotes.into_iter().zip(split::even(asked.money, rungs)).collect())
}

/// A reserve is released when the last trade and the cheapest two-day offer agree on paying it.
fn check_release(
    release: RateSpec,
    market: &MarketView<'_>,
    others: &Others,
    bounds: &Bounds,
) -> Result<(), IdleReason> {
    let best = others.best().ok_or(IdleReason::StaleData)?;
    if market.last.min(best) >= release.gross(bounds.fee) { Ok(()) } else { Err(IdleReason::Reserve) }
}

fn why(slice: &Slice, quote: &Quote, market: &MarketView<'_>, others: &Others, bounds: &Bounds) -> Why {
    Why {
        rule: slice.rate.name(),
        raw: quote.raw,
        frr: market.frr,
        last: market.last,
        best_offer: others.best(),
        floor: bounds.floor,
        expected: quote.expected,
    }
}
