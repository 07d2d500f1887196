//! One slice's answer: rate, period and amounts put together, every coin of its money accounted for.

use std::borrow::Cow;

use crate::domain::{Amount, DailyRate, Days, IdleReason, Millis, OfferKind, Ratio, Rounding, Total};

use super::bids::{self, Met, Seeking};
use super::decay::{decayed, least};
use super::lots::{self, Lot};
use super::modifiers::Modifiers;
use super::others::Others;
use super::past::Past;
use super::period::{parts, settled};
use super::price::{Range, price};
use super::profile::{RateRule, Release, Slice};
use super::rules::adaptive::{self, Asked};
use super::rules::{self, Quote};
use super::shape;
use super::split::{self, Sizes};
use super::stats::Hit;
use super::view::{Answer, Bounds, Declined, MarketView, Why, Wish};

/// What the slice would like to have open with `money`, which is all that it may have in open offers now: its target
/// minus what it has lent. `index` is the slice's place in its profile, `others` the market's offers that are not ours,
/// `past` what is remembered of its money.
///
/// Wishes and held amounts together are exactly `money`. Money that is not positive wishes nothing and holds nothing.
///
/// # Panics
/// When the two would not make up `money`: a bug here, and better a stop than an offer that nobody asked for.
#[must_use]
pub fn answer(
    slice: &Slice,
    index: usize,
    money: Amount,
    market: &MarketView<'_>,
    others: &Others,
    bounds: &Bounds,
    past: &Past,
) -> Answer {
    if !money.is_positive() {
        return Answer::default();
    }
    let by_now = as_of_now(slice, market, bounds.fee);
    let slice = by_now.as_ref();
    let range = Range::of(slice, market, others, bounds);
    let asking = Asking { slice, index, market, others, bounds, range, past };
    let answer = asking.wishes(money).unwrap_or_else(|reason| {
        let mut nothing = Answer::default();
        nothing.hold(reason, money);
        nothing
    });
    assert_eq!(answer.total(), Total::from(money), "a slice's wishes and held amounts must make up its money");
    answer
}

/// The slice with the period rule and the shape that the past makes of its own.
fn as_of_now<'a>(slice: &'a Slice, market: &MarketView<'_>, fee: Ratio) -> Cow<'a, Slice> {
    match (settled(&slice.period, market, fee), shape::settled(&slice.modifiers.shape, market)) {
        (Cow::Borrowed(_), Cow::Borrowed(_)) => Cow::Borrowed(slice),
        (period, shape) => {
            let modifiers = Modifiers { shape: shape.into_owned(), ..slice.modifiers.clone() };
            Cow::Owned(Slice { period: period.into_owned(), modifiers, ..slice.clone() })
        }
    }
}

/// Everything that one answer is made from.
struct Asking<'a> {
    slice: &'a Slice,
    index: usize,
    market: &'a MarketView<'a>,
    others: &'a Others,
    bounds: &'a Bounds,
    /// Between which rates it may offer, where its own bounds can be told.
    range: Result<Range, IdleReason>,
    past: &'a Past,
}

/// What the adaptive rule made of some money, to be cut into at most so many offers.
struct Advised {
    money: Amount,
    offers: u16,
    parts: adaptive::Parts,
}

impl Asking<'_> {
    /// The wishes and what is held beside them, or the reason to hold all of it.
    fn wishes(&self, money: Amount) -> Result<Answer, IdleReason> {
        if let Some(release) = self.slice.release {
            self.check_release(release)?;
        }
        let adaptive = self.slice.rate == RateRule::Adaptive;
        let mut advised = adaptive.then(|| self.advised(money, self.bounds.max_offers)).transpose()?;
        let (quotes, high) = match &advised {
            Some(advised) => self.held_up(advised.parts.parts.iter().map(|(quote, _)| *quote).collect()),
            None => self.quotes(1)?,
        };
        let base = quotes.first().copied().ok_or(IdleReason::StrategyHold)?;
        let weighed = advised.as_mut().map(|advised| std::mem::take(&mut advised.parts.weighed)).unwrap_or_default();
        let mut answer = Answer { high, weighed, ..Answer::default() };
        let met = self.met(base.raw, money);
        let left = met.iter().fold(money, |left, met| left.less(met.amount));
        answer.wishes.extend(met.iter().map(|met| self.meeting(met)));
        let offers = self.bounds.max_offers.saturating_sub(u16::try_from(met.len()).unwrap_or(u16::MAX));
        let lots = self.lots(base, left, &met, offers);
        let count = u16::try_from(lots.len()).unwrap_or(u16::MAX).max(1);
        let mut resting = Vec::new();
        for (place, lot) in (0..count).zip(&lots) {
            let share = offers / count + u16::from(place < offers % count);
            for (rung, rungs, quote, part) in self.rungs(base, lot, share, advised.as_ref())? {
                let most = share / rungs + u16::from(rung < share % rungs);
                self.offer(quote, part, lot.days, most, &mut answer, &mut resting);
            }
        }
        // The planner serves the cheapest first.
        resting.sort_by_key(|wish: &Wish| wish.effective);
        answer.wishes.append(&mut resting);
        Ok(answer)
    }

    /// The bids to take. Where a bound cannot be told nothing is priced, and no bid either.
    fn met(&self, rule: DailyRate, money: Amount) -> Vec<Met> {
        let Ok(range) = self.range else { return Vec::new() };
        let seeking = Seeking { slice: self.slice, rule, money, bounds: self.bounds, range, past: self.past };
        bids::met(&seeking, self.market, self.others)
    }

    /// What the adaptive rule makes of this money.
    fn advised(&self, money: Amount, offers: u16) -> Result<Advised, IdleReason> {
        let bounds = Bounds { max_offers: offers, ..*self.bounds };
        let (sizes, room) = (Sizes::of(&bounds), self.past.long_room);
        let asked = Asked { slice: self.slice, index: self.index, money, sizes, room };
        adaptive::parts(&asked, self.market, self.others, &bounds).map(|parts| Advised { money, offers, parts })
    }

    /// The rule's quotes as [`Asking::held_up`] lets them.
    fn quotes(&self, rungs: u16) -> Result<(Vec<Quote>, Option<DailyRate>), IdleReason> {
        rules::quotes(self.slice, rungs, self.past.depth, self.market, self.others, self.bounds)
            .map(|quotes| self.held_up(quotes))
    }

    /// Quotes kept from falling faster than the user allows; and the rule's own rate where that holds nothing up.
    fn held_up(&self, mut quotes: Vec<Quote>) -> (Vec<Quote>, Option<DailyRate>) {
        let Some(own) = quotes.iter().map(|quote| quote.raw).min() else { return (quotes, None) };
        let least = self.slice.modifiers.max_fall.map_or(own, |max_fall| least(own, self.past.high, &max_fall));
        for quote in &mut quotes {
            *quote = quote.moved(quote.raw.max(least));
        }
        (quotes, (least == own).then_some(own))
    }

    /// The money by age, where the rate falls with it, and by pool.
    fn lots(&self, base: Quote, money: Amount, met: &[Met], offers: u16) -> Vec<Lot> {
        if !money.is_positive() {
            return Vec::new();
        }
        let mut lent = self.past.lent.clone();
        lent.extend(met.iter().map(|met| (met.period, met.amount)));
        let pools = parts(&self.slice.period, money, &lent);
        let ages = self.ages(base);
        if pools.len() == 1 && ages.is_empty() {
            return vec![Lot { money, age: Millis::new(0), days: pools.first().and_then(|(days, _)| *days) }];
        }
        lots::cut(money, &ages, &pools, Sizes::of(self.bounds).roomy(), offers)
    }

    /// Ages that lead to one rate are one, told by its youngest.
    fn ages(&self, base: Quote) -> Vec<(Millis, Amount)> {
        let Some(decay) = &self.slice.modifiers.decay else { return Vec::new() };
        let rate = |age: Millis| decayed(base.raw, age, decay, self.bounds);
        let mut ages: Vec<(Millis, Amount)> = Vec::new();
        for (age, amount) in &self.past.ages {
            match ages.last_mut().filter(|(older, _)| rate(*older) == rate(*age)) {
                Some(same) => *same = (*age, same.1.checked_add(*amount).unwrap_or(Amount::MAX)),
                None => ages.push((*age, *amount)),
            }
        }
        ages
    }

    /// One lot's rungs, each with its place, their number, its price and its part. `advised` is what was made of all the
    /// money, which mostly is one lot.
    fn rungs(
        &self,
        base: Quote,
        lot: &Lot,
        offers: u16,
        advised: Option<&Advised>,
    ) -> Result<Vec<(u16, u16, Quote, Amount)>, IdleReason> {
        let sizes = Sizes::of(self.bounds);
        let aged = |quote: Quote| match &self.slice.modifiers.decay {
            Some(decay) => quote.moved(decayed(quote.raw, lot.age, decay, self.bounds)),
            None => quote,
        };
        let shape = &self.slice.modifiers.shape;
        let shaped = shape::rungs(shape, aged(base), lot.money, offers, sizes, self.market, self.others);
        let rungs = match shaped {
            Some(rungs) => rungs?,
            None if self.slice.rate == RateRule::Adaptive => {
                let parts = match advised.filter(|all| (all.money, all.offers) == (lot.money, offers)) {
                    Some(all) => all.parts.parts.clone(),
                    None => self.advised(lot.money, offers)?.parts.parts,
                };
                let (quotes, amounts): (Vec<_>, Vec<_>) = parts.into_iter().unzip();
                self.held_up(quotes).0.into_iter().map(aged).zip(amounts).collect()
            }
            None => {
                let wanted = match self.slice.rate {
                    RateRule::Spread { offers, .. } => offers,
                    RateRule::Fixed { .. }
                    | RateRule::Frr { .. }
                    | RateRule::Depth { .. }
                    | RateRule::Best { .. }
                    | RateRule::Quantile(_)
                    | RateRule::Expected { .. }
                    | RateRule::CandleHigh { .. }
                    | RateRule::Effective { .. }
                    | RateRule::Average { .. }
                    | RateRule::Adaptive => 1,
                };
                let count = split::rungs(lot.money, sizes, wanted, offers);
                let quotes = if wanted == 1 { vec![base] } else { self.quotes(count)?.0 };
                quotes.into_iter().map(aged).zip(split::even(lot.money, count)).collect()
            }
        };
        let count = u16::try_from(rungs.len()).unwrap_or(u16::MAX);
        Ok((0..count).zip(rungs).map(|(rung, (quote, part))| (rung, count.max(1), quote, part)).collect())
    }

    /// Prices one rung and cuts its part into offers, at most `most`.
    fn offer(
        &self,
        quote: Quote,
        part: Amount,
        days: Option<Days>,
        most: u16,
        answer: &mut Answer,
        wishes: &mut Vec<Wish>,
    ) {
        let bid = quote.expected.is_some_and(|expected| expected.hit == Hit::Bid);
        let range = self.range.map(|range| if bid { range.for_bids() } else { range });
        let priced = range.and_then(|range| price(&quote, self.slice, days, self.market, self.bounds, range));
        let priced = match priced {
            Ok(priced) => priced,
            Err(reason) => {
                answer.hold(reason, part);
                answer.declined.push(Declined { amount: part, reason, why: self.why(&quote) });
                return;
            }
        };
        // Of another rate or period nothing was forecast.
        let same = priced.effective == quote.raw.outbound(Rounding::Down);
        let expected = quote.expected.filter(|expected| same && expected.period == priced.period);
        let quote = Quote { expected, ..quote };
        let cut = split::split(part, self.sizes(part, most, quote.whole), most);
        if let Some((reason, rest)) = cut.held {
            answer.hold(reason, rest);
        }
        wishes.extend(cut.parts().map(|amount| Wish {
            slice: self.index,
            amount,
            rate: priced.rate,
            kind: priced.kind,
            period: priced.period,
            hidden: self.slice.hidden,
            meets_bid: quote.expected.is_some_and(|expected| expected.hit == Hit::Bid),
            effective: priced.effective,
            why: self.why(&quote),
        }));
    }

    /// How large the offers of a part may be, of which there may be `most`; `whole` as [`Quote::whole`].
    fn sizes(&self, part: Amount, most: u16, whole: bool) -> Sizes {
        let sizes = Sizes::of(self.bounds);
        match self.market.adaptive.filter(|_| self.slice.rate == RateRule::Adaptive && !whole) {
            Some(view) => sizes.in_lots(view.lot.share(self.slice.share, Rounding::Down), part, most),
            None => sizes,
        }
    }

    /// The wish that meets a bid.
    fn meeting(&self, met: &Met) -> Wish {
        Wish {
            slice: self.index,
            amount: met.amount,
            rate: met.rate,
            kind: OfferKind::Limit,
            period: met.period,
            hidden: self.slice.hidden,
            meets_bid: true,
            effective: met.rate,
            why: Why { rule: "take_bids", ..self.why(&Quote::limit(met.rate)) },
        }
    }

    /// Whether a reserve is released. Where nobody bids there is no middle, and it waits.
    fn check_release(&self, release: Release) -> Result<(), IdleReason> {
        let best = self.others.best().ok_or(IdleReason::StaleData)?;
        let released = match release {
            Release::Pays(spec) => self.market.last.min(best) >= spec.gross(self.bounds.fee),
            Release::FrrAboveMiddle(far) => {
                let bid = self.market.book.bids().map(|(key, _)| key.rate).max();
                let middle = bid.map(|bid| DailyRate::from_units(bid.units().midpoint(best.units())));
                let over = middle.and_then(|middle| self.market.frr.checked_sub(middle));
                over.is_some_and(|over| over > far)
            }
        };
        if released { Ok(()) } else { Err(IdleReason::Reserve) }
    }

    fn why(&self, quote: &Quote) -> Why {
        Why {
            rule: self.slice.rate.name(),
            raw: quote.raw,
            frr: self.market.frr,
            last: self.market.last,
            best_offer: self.others.best(),
            floor: self.bounds.floor,
            expected: quote.expected,
        }
    }
}
