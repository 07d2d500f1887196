//! Which rate and period earn the most: expected yield of every bucket and period, and of every request that can be
//! taken, with the yield of the time after the loan reckoned in (strategy study, equations 1, 9 and 11).
//!
//! Nothing is held back for a spike, as the study advises by default: money that comes back every day is reserve enough. Its
//! rungs by equation 12 are not reckoned; who wants some writes a slice with `release`.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use crate::domain::{Amount, DailyRate, Days, Millis, Ratio};

use crate::strategy::others::Others;

use super::bids::{Bids, reservation};
use super::depth::{self, Depths, Volumes};
use super::hold::{Hold, HoldDays, STRATA, begins, stratum};
use super::numbers::{count, daily, index, rate, ratio, share, span, units};
use super::parameters::{LOTS, PERIODS, Parameters};
use super::wait::{BUCKETS, Wait};

/// Waits by period class and lot.
pub(super) type Waits = [[Wait; LOTS]; PERIODS.len()];

/// Expected waits by period class and lot as of one look, each worked out when it is first asked for: the same market is asked
/// the same again and again until the next look.
pub(super) type Asked = [[OnceLock<Option<Vec<f64>>>; LOTS]; PERIODS.len()];

/// Most prospects that are shown.
const SHOWN: usize = 5;

/// How an offer is to meet its borrower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hit {
    /// It waits in the book for a borrower who takes it.
    Offer,
    /// It takes a request that stands in the book.
    Bid,
}

/// A rate and a period, and what is expected of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Prospect {
    /// Waits, or takes a request.
    pub hit: Hit,
    /// Period.
    pub period: Days,
    /// Gross rate per day, before any bound and rounding.
    pub rate: DailyRate,
    /// Expected wait until it is lent.
    pub wait: Millis,
    /// Probability that it is lent within one cycle.
    pub fill: Ratio,
    /// The cycle of borrowing; twenty minutes where none is known.
    pub cycle: Millis,
    /// Expected time until it comes back.
    pub hold: Millis,
    /// How dear it is: the stratum of its premium over what two-day money cost of late.
    pub stratum: u8,
    /// Expected yield per day of the whole time from one free moment to the next, after the fee.
    pub net: DailyRate,
}

/// What a decision depends on beside the market.
#[derive(Debug, Clone, Copy)]
pub struct Terms<'a> {
    /// Expected holds.
    pub holds: &'a HoldDays,
    /// No longer period is allowed.
    pub longest: Days,
    /// Whether it may be lent for what is expected to take longer than a week.
    pub locks: bool,
    /// This money and all of ours that is served before it.
    pub size: Amount,
    /// This money.
    pub lot: Amount,
    /// The period of the offer that stands now, if one does.
    pub standing: Option<Days>,
    /// Whether requests may be taken.
    pub bids: bool,
    /// The exchange's share of the interest.
    pub fee: Ratio,
}

/// The queue and what batches do to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct BookView<'a> {
    pub(super) queue: &'a Others,
    /// Beyond this rate the book is not visible.
    pub(super) visible: DailyRate,
    pub(super) volumes: &'a [Volumes; PERIODS.len()],
    /// Weight of the book's forecast.
    pub(super) weight: f64,
    /// The smallest lot, in units.
    pub(super) unit: f64,
}

/// The market as of the last decision.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scene<'a> {
    pub(super) parameters: &'a Parameters,
    /// The buckets' relative rates.
    pub(super) grid: &'a [f64],
    /// Days since 1970.
    pub(super) now: f64,
    pub(super) level: f64,
    /// What two-day money cost of late: premiums are reckoned over it.
    pub(super) day: f64,
    pub(super) waits: &'a Waits,
    pub(super) book: Option<BookView<'a>>,
    /// Days between two batches; twenty minutes where no clock is known.
    pub(super) cycle: f64,
    pub(super) long_mean: f64,
    /// What money that is locked up misses, per day.
    pub(super) ahead: f64,
    pub(super) bids: &'a Bids,
    /// Nothing is quoted above this multiple of the level.
    pub(super) most: f64,
    /// The class of the lot, and its size.
    pub(super) lot: usize,
    pub(super) lot_size: Amount,
    pub(super) asked: &'a Asked,
}

/// A candidate in numbers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Candidate {
    pub(super) hit: Hit,
    pub(super) period: Days,
    /// Class of the period, and the bucket of an offer.
    pub(super) class: usize,
    pub(super) bucket: usize,
    pub(super) rate: f64,
    pub(super) wait: f64,
    pub(super) hold: f64,
    /// Yield of a free dollar per day, gross (equation 9).
    pub(super) value: f64,
}

/// The prospects, best first: the first is the choice. Empty when nothing was ever filled.
pub(super) fn decide(scene: &Scene<'_>, terms: &Terms<'_>) -> Vec<Prospect> {
    candidates(scene, terms).iter().map(|candidate| candidate.shown(scene, terms.fee)).collect()
}

/// The best candidate of each period and every request worth taking, best first.
pub(super) fn candidates(scene: &Scene<'_>, terms: &Terms<'_>) -> Vec<Candidate> {
    let mut all: Vec<Candidate> = PERIODS
        .into_iter()
        .enumerate()
        .filter(|(_, period)| *period <= terms.longest.get())
        .filter_map(|(class, period)| best_offer(scene, terms, class, Days::new(period)))
        .collect();
    let now = all.iter().map(|candidate| candidate.value).fold(0.0, f64::max);
    if !all.is_empty() && terms.bids {
        all.extend(bids(scene, terms, now));
    }
    all.retain(|candidate| terms.locks || !scene.parameters.locks(candidate.period, candidate.hold));
    let kept = |candidate: &Candidate| {
        let stands = candidate.hit == Hit::Offer && terms.standing == Some(candidate.period);
        if stands { candidate.value * (1.0 + scene.parameters.hysteresis) } else { candidate.value }
    };
    all.sort_by(|one, other| kept(other).total_cmp(&kept(one)));
    all.truncate(SHOWN);
    all
}

/// The bucket of the highest value for offers of one period.
fn best_offer(scene: &Scene<'_>, terms: &Terms<'_>, class: usize, period: Days) -> Option<Candidate> {
    let parameters = scene.parameters;
    let waits = waits(scene, terms, class)?;
    let holds = terms.holds.offers(class)?;
    let lowest = (parameters.first_bucket * scene.level / scene.day).max(1e-9).ln();
    let ahead = if period.get() > parameters.long_period { scene.ahead } else { scene.long_mean };
    let mut best = (0, 0.0, Worth { gain: 0.0, time: 1.0 });
    for (stratum, hold) in holds.iter().enumerate() {
        let range = buckets(stratum, lowest, parameters.bucket_step);
        let (Some(waits), Some(grid)) = (waits.get(range.clone()), scene.grid.get(range.clone())) else { continue };
        for (bucket, (wait, times)) in range.zip(waits.iter().zip(grid)) {
            if *times > scene.most || !wait.is_finite() {
                break;
            }
            let worth = Worth::of(scene, times * scene.level, *wait, hold, ahead);
            if worth.beats(&best.2) {
                best = (bucket, hold.days, worth);
            }
        }
    }
    let (bucket, hold, worth) = best;
    let (wait, rate) = (*waits.get(bucket)?, scene.grid.get(bucket)? * scene.level * parameters.shade);
    let candidate = Candidate { hit: Hit::Offer, period, class, bucket, rate, wait, hold, value: worth.value() };
    Some(candidate).filter(|best| best.value > 0.0)
}

/// The buckets of a stratum of premiums. `lowest` is the logarithm of the premium of the first.
fn buckets(stratum: usize, lowest: f64, step: f64) -> Range<usize> {
    let first = |stratum: usize| index(((begins(stratum) - lowest) / step).clamp(0.0, count(BUCKETS)).ceil());
    first(stratum)..if stratum + 1 == STRATA { BUCKETS } else { first(stratum + 1) }
}

/// Equation 9: the yield of a free dollar per day, as a fraction. `ahead` is what money yields per day later on.
#[derive(Debug, Clone, Copy)]
struct Worth {
    gain: f64,
    time: f64,
}

impl Worth {
    fn of(scene: &Scene<'_>, rate: f64, wait: f64, hold: &Hold, ahead: f64) -> Self {
        let gain = hold.days * (rate - (1.0 - hold.left) * ahead);
        Self { gain, time: wait + (hold.left * hold.days + scene.parameters.redeploy) }
    }

    /// Crosswise, without a division: every bucket is asked at every tick.
    fn beats(&self, other: &Self) -> bool {
        self.gain * other.time > other.gain * self.time
    }

    fn value(&self) -> f64 {
        self.gain / self.time
    }
}

/// Requests worth taking: long ones by the reservation rate, short ones where they beat waiting.
fn bids(scene: &Scene<'_>, terms: &Terms<'_>, now: f64) -> Vec<Candidate> {
    let parameters = scene.parameters;
    let enough = units(terms.lot) * parameters.bid_lots;
    let short = terms.holds.offers(0);
    let real = scene.bids.real().filter(|bid| bid.period <= terms.longest && units(bid.amount) >= enough);
    let worthy = real.filter_map(|bid| {
        let long = bid.period.get() > parameters.long_period;
        // A loan cannot last longer than its period; the prior is that of a request of 120 days.
        let rate = rate(bid.rate);
        let holds = if long { terms.holds.taken() } else { short? };
        let days = holds.get(stratum(rate / scene.day))?.days;
        let hold = if long { days.min(f64::from(bid.period.get()) * 0.9) } else { days };
        let left = parameters.left_of_excess(hold);
        let least = reservation(scene.ahead, now, left);
        let value = Worth::of(scene, rate, 0.0, &Hold { days: hold, left }, scene.ahead).value();
        let class = PERIODS.iter().position(|period| bid.period.get() <= *period)?;
        (rate >= least && value > now).then_some(Candidate {
            hit: Hit::Bid,
            period: bid.period,
            class,
            bucket: 0,
            rate,
            wait: 0.0,
            hold,
            value,
        })
    });
    worthy.take(SHOWN).collect()
}

/// Expected waits by bucket: those of the lot's class, unless it is larger than any.
fn waits<'a>(scene: &Scene<'a>, terms: &Terms<'_>, class: usize) -> Option<Cow<'a, [f64]>> {
    if terms.size > scene.lot_size {
        return reckoned(scene, class, terms.size).map(Cow::Owned);
    }
    let asked = scene.asked.get(class)?.get(scene.lot)?;
    asked.get_or_init(|| reckoned(scene, class, scene.lot_size)).as_deref().map(Cow::Borrowed)
}

/// Expected waits by bucket, the book's forecast mixed in where there is one, as far as it may go.
fn reckoned(scene: &Scene<'_>, class: usize, size: Amount) -> Option<Vec<f64>> {
    let table = scene.waits.get(class)?.get(scene.lot)?;
    let mut waits = table.waits(scene.now, scene.parameters);
    let Some(ahead) = Ahead::of(scene, size, class) else { return Some(waits) };
    let mut longest = 0.0_f64;
    for (wait, times) in waits.iter_mut().zip(scene.grid).filter(|(wait, _)| wait.is_finite()) {
        if let Some(reached) = ahead.reached(daily(times * scene.level)) {
            let tape = depth::within(scene.cycle, *wait);
            let mixed = depth::wait(scene.cycle, depth::mix(reached, tape, ahead.book.weight));
            *wait = mixed.max(*wait * scene.parameters.soonest);
        }
        longest = longest.max(*wait);
        *wait = longest;
    }
    Some(waits)
}

/// What stands before an offer of ours in the book, and how deep batches of its class go.
pub(super) struct Ahead<'a> {
    book: BookView<'a>,
    depths: Depths<'a>,
    margin: f64,
    size: f64,
}

impl<'a> Ahead<'a> {
    /// Nothing where there is no book to go by, or too few batches were seen.
    pub(super) fn of(scene: &Scene<'a>, size: Amount, class: usize) -> Option<Self> {
        let book = scene.book?;
        let depths = book.volumes.get(class)?.ready(scene.parameters)?;
        Some(Self { book, depths, margin: scene.parameters.queue_margin, size: units(size) })
    }

    /// The probability that the next batch reaches an offer at `quoted`; nothing beyond what is visible.
    pub(super) fn reached(&self, quoted: DailyRate) -> Option<f64> {
        if quoted > self.book.visible {
            return None;
        }
        let others = units(self.book.queue.upto(quoted).clamp_amount()) * self.margin;
        Some(self.depths.beyond(others + self.size, self.book.unit))
    }
}

impl Candidate {
    fn shown(&self, scene: &Scene<'_>, fee: Ratio) -> Prospect {
        let time = self.wait + self.hold + scene.parameters.redeploy;
        let net = self.rate * share(fee.complement()) * self.hold / time;
        let fill = match self.hit {
            Hit::Bid => 1.0,
            Hit::Offer => depth::within(scene.cycle, self.wait),
        };
        Prospect {
            hit: self.hit,
            period: self.period,
            rate: daily(self.rate),
            wait: span(self.wait),
            fill: ratio(fill),
            cycle: span(scene.cycle),
            hold: span(self.hold),
            stratum: u8::try_from(stratum(self.rate / scene.day)).unwrap_or_default(),
            net: daily(net),
        }
    }
}

#[cfg(test)]
mod tests;
