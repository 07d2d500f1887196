//! How long borrowers keep our money, by what took it and by how dear it was then: learned from own loans, with a prior worth
//! a few of them.
//!
//! Loans that are still open count with the time they have been out and not as returned: without them only short loans
//! would be seen. That is how a constant hazard is estimated; the study's survival curve (Kaplan-Meier, from 200 returns on) is
//! not drawn. What is lent on paper teaches nothing, since nobody knows when it would have come back. A borrower who
//! pays more than others do comes back to refinance (strategy study, 3.5), so holds are kept by the premium over what
//! two-day money cost on average within a day, in strata that lend each other their loans; a dearer loan is not expected
//! to last longer than cheaper ones did.

use std::collections::BTreeMap;

use crate::domain::{Days, Millis, Timestamp};

use super::checkpoint::{Pack, Unpack};
use super::numbers::{count, index, span_days};
use super::parameters::{PERIODS, Parameters};

/// Classes: offers of each period, and bids taken.
const CLASSES: usize = PERIODS.len() + 1;
/// Strata of the premium.
pub(super) const STRATA: usize = 16;
/// The logarithm of the premium at which the second stratum begins, and the width of one.
const FIRST: f64 = -0.4;
const WIDTH: f64 = 0.1;
/// Most fills whose loans are known again.
const KNOWN: usize = 2_048;
/// A loan opens within this many milliseconds of the fill that made it.
const OPENS_WITHIN: Millis = Millis::seconds(10);
/// What a neighbouring stratum's loans count here.
const NEIGHBOUR: f64 = 0.5;

/// Expected holds by class (offers of 2, 30 and 120 days, and bids taken) and by the stratum of the premium.
#[derive(Debug, Clone, PartialEq)]
pub struct HoldDays([[Hold; STRATA]; CLASSES]);

/// An expected hold, and what a decision wants to know of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Hold {
    pub(super) days: f64,
    /// The part of an excess over the long mean that is left over the hold, on average.
    pub(super) left: f64,
}

/// Days that loans were out, and how many came back.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
struct Seen {
    exposure: f64,
    closures: f64,
}

/// A fill of ours: what the loan is that it made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Fill {
    bid: bool,
    stratum: u8,
}

/// What was learned of one account's loans in one currency.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Holds {
    /// Loans of a known premium.
    strata: [[Seen; STRATA]; CLASSES],
    /// Loans that nobody saw being made.
    others: [Seen; CLASSES],
    fills: BTreeMap<(Timestamp, Days), Fill>,
}

/// The stratum of a premium, which is the rate over what two-day money cost of late.
pub(super) fn stratum(premium: f64) -> usize {
    index(((premium.max(1e-9).ln() - FIRST) / WIDTH + 1.0).clamp(0.0, count(STRATA) - 1.0))
}

/// The logarithm of the premium at which a stratum begins; the first has no beginning.
pub(super) fn begins(stratum: usize) -> f64 {
    if stratum == 0 { f64::NEG_INFINITY } else { FIRST + WIDTH * (count(stratum) - 1.0) }
}

impl HoldDays {
    /// Days by class and stratum.
    fn of(days: &[[f64; STRATA]; CLASSES], parameters: &Parameters) -> Self {
        Self(days.map(|class| class.map(|days| Hold { days, left: parameters.left_of_excess(days) })))
    }

    /// The same at every premium: days by class.
    #[must_use]
    pub fn flat(days: [f64; CLASSES], parameters: &Parameters) -> Self {
        Self::of(&days.map(|days| [days; STRATA]), parameters)
    }

    /// What is expected before anything is known.
    #[must_use]
    pub fn prior(parameters: &Parameters) -> Self {
        Self::of(&first(parameters), parameters)
    }

    /// By stratum for offers of a class of periods; nothing for a class that does not exist.
    pub(super) fn offers(&self, class: usize) -> Option<&[Hold; STRATA]> {
        self.0.get(class).filter(|_| class < PERIODS.len())
    }

    /// Of a taken bid, by stratum.
    pub(super) fn taken(&self) -> &[Hold; STRATA] {
        let [.., taken] = &self.0;
        taken
    }
}

/// Days before anything is known.
fn first(parameters: &Parameters) -> [[f64; STRATA]; CLASSES] {
    let mut first = parameters.hold.map(|days| [days; STRATA]);
    for days in first.iter_mut().flat_map(|class| class.iter_mut().skip(stratum(parameters.dear))) {
        *days = 1.0 / (1.0 / *days + parameters.refinancing);
    }
    first
}

impl Holds {
    /// An offer was filled that was made with this premium, whose stratum is told; `bid` if it took a bid.
    pub fn filled(&mut self, at: Timestamp, period: Days, bid: bool, stratum: u8) {
        self.fills.insert((at, period), Fill { bid, stratum });
        if self.fills.len() > KNOWN {
            self.fills.pop_first();
        }
    }

    /// A loan came back after it was out for so long.
    pub fn returned(&mut self, opened: Timestamp, period: Days, held: Millis) {
        let fill = self.fill(opened, period);
        let (strata, others) = (&mut self.strata, &mut self.others);
        if let Some(seen) = place(strata, others, period, fill) {
            seen.exposure += span_days(held).max(0.0);
            seen.closures += 1.0;
        }
    }

    /// Expected holds; `open` are the loans that are out: when opened, their period, and for how long.
    #[must_use]
    pub fn expected(&self, open: impl Iterator<Item = (Timestamp, Days, Millis)>, parameters: &Parameters) -> HoldDays {
        let (mut strata, mut others) = (self.strata, self.others);
        for (opened, period, out) in open {
            let fill = self.fill(opened, period);
            if let Some(seen) = place(&mut strata, &mut others, period, fill) {
                seen.exposure += span_days(out).max(0.0);
            }
        }
        let mut expected = first(parameters);
        let worth = parameters.hold_prior;
        let classes = expected.iter_mut().zip(&strata).zip(others).zip(parameters.hold);
        for (((days, strata), others), first) in classes {
            let general = (others.exposure + worth * first) / (others.closures + worth) / first;
            let mut least = f64::INFINITY;
            for (place, days) in days.iter_mut().enumerate() {
                let near = near(strata, place);
                let learned = (near.exposure + worth * *days * general) / (near.closures + worth);
                *days = learned.min(least);
                if strata.get(place).is_some_and(|seen| seen.exposure > 0.0) {
                    least = *days;
                }
            }
        }
        HoldDays::of(&expected, parameters)
    }

    /// How many loans have come back.
    #[must_use]
    pub fn closures(&self) -> f64 {
        self.strata.iter().flatten().chain(&self.others).map(|seen| seen.closures).sum()
    }

    /// The fill that made a loan.
    fn fill(&self, opened: Timestamp, period: Days) -> Option<Fill> {
        let (from, to) = (opened.minus(OPENS_WITHIN), opened.plus(OPENS_WITHIN));
        let mut near = self.fills.range((from, Days::MIN)..=(to, Days::MAX));
        near.find(|((_, of), _)| *of == period).map(|(_, fill)| *fill)
    }

    /// As bytes.
    #[must_use]
    pub fn checkpoint(&self) -> Vec<u8> {
        let mut pack = Pack::new();
        for seen in self.strata.iter().flatten().chain(&self.others) {
            pack.number(seen.exposure);
            pack.number(seen.closures);
        }
        pack.list(self.fills.iter(), |pack, ((at, period), fill)| {
            pack.signed(at.millis());
            pack.whole(u64::from(period.get()));
            pack.whole(u64::from(fill.bid));
            pack.whole(u64::from(fill.stratum));
        });
        pack.done()
    }

    /// From bytes; nothing for what cannot be read.
    #[must_use]
    pub fn restore(bytes: &[u8]) -> Option<Self> {
        let mut unpack = Unpack::new(bytes)?;
        let mut holds = Self::default();
        for seen in holds.strata.iter_mut().flatten().chain(&mut holds.others) {
            *seen = Seen { exposure: unpack.number()?, closures: unpack.number()? };
        }
        let fills = unpack.list(|unpack| {
            let at = Timestamp::from_millis(unpack.signed()?);
            let period = Days::new(u16::try_from(unpack.whole()?).ok()?);
            let (bid, stratum) = (unpack.whole()? != 0, u8::try_from(unpack.whole()?).ok()?);
            Some(((at, period), Fill { bid, stratum }))
        })?;
        holds.fills = fills.into_iter().collect();
        unpack.end().map(|()| holds)
    }
}

/// Where a loan counts.
fn place<'a>(
    strata: &'a mut [[Seen; STRATA]; CLASSES],
    others: &'a mut [Seen; CLASSES],
    period: Days,
    fill: Option<Fill>,
) -> Option<&'a mut Seen> {
    let class = match period.get() {
        _ if fill.is_some_and(|fill| fill.bid) => PERIODS.len(),
        ..8 => 0,
        8..60 => 1,
        60.. => 2,
    };
    match fill {
        Some(fill) => strata.get_mut(class)?.get_mut(usize::from(fill.stratum)),
        None => others.get_mut(class),
    }
}

/// The loans of a stratum, and a part of those beside it.
fn near(strata: &[Seen; STRATA], place: usize) -> Seen {
    let beside = [place.checked_sub(1), place.checked_add(1)];
    let mut sum = strata.get(place).copied().unwrap_or_default();
    for seen in beside.into_iter().flatten().filter_map(|place| strata.get(place)) {
        sum.exposure += NEIGHBOUR * seen.exposure;
        sum.closures += NEIGHBOUR * seen.closures;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::DAY;

    fn day(day: i64) -> Timestamp {
        Timestamp::default().plus(DAY.times(day))
    }

    fn twenty() -> Parameters {
        Parameters { hold_prior: 20.0, ..Parameters::default() }
    }

    /// Expected days of offers of two days at this premium.
    fn two(holds: &Holds, premium: f64) -> f64 {
        holds.expected(std::iter::empty(), &twenty()).offers(0).unwrap()[stratum(premium)].days
    }

    #[test]
    fn before_anything_is_known_it_is_the_prior_and_dear_loans_are_refinanced() {
        let prior = HoldDays::prior(&Parameters::default());
        let at = |class: usize, premium: f64| prior.offers(class).unwrap()[stratum(premium)].days;
        assert!((at(0, 1.0) - 0.88).abs() < 1e-12 && (at(2, 1.0) - 16.9).abs() < 1e-12);
        assert!((at(0, 1.7) - 1.0 / (1.0 / 0.88 + 0.7)).abs() < 1e-12);
        assert!((prior.taken()[stratum(1.0)].days - 29.5).abs() < 1e-12);
        assert_eq!(Holds::default().expected(std::iter::empty(), &Parameters::default()), prior);
        assert!(prior.offers(3).is_none(), "bids are no offers");
    }

    #[test]
    fn twenty_loans_weigh_as_much_as_the_prior_and_open_ones_lengthen_it() {
        let mut holds = Holds::default();
        for _ in 0..20 {
            holds.returned(day(1), Days::MIN, Millis::new(DAY.get() / 5));
        }
        // Nobody saw them being made: they count at every premium.
        for premium in [0.5, 1.0, 1.3] {
            assert!((two(&holds, premium) - f64::midpoint(0.88, 0.2)).abs() < 1e-9);
        }
        let open = [(day(3), Days::MIN, DAY), (day(3), Days::MAX, DAY.times(50))];
        let expected = holds.expected(open.into_iter(), &twenty());
        assert!((expected.offers(0).unwrap()[0].days - (4.0 + 17.6 + 1.0) / 40.0).abs() < 1e-9);
        assert!((expected.offers(1).unwrap()[0].days - 8.9).abs() < 1e-9);
        assert!((expected.offers(2).unwrap()[0].days - (20.0 * 16.9 + 50.0) / 20.0).abs() < 1e-9);
    }

    #[test]
    fn a_premium_has_its_own_holds_and_a_dearer_loan_never_lasts_longer() {
        let mut holds = Holds::default();
        for number in 0..20 {
            let at = day(number);
            holds.filled(at, Days::MIN, false, u8::try_from(stratum(1.25)).unwrap());
            holds.returned(at.plus(Millis::seconds(3)), Days::MIN, Millis::new(DAY.get() / 5));
        }
        assert!((two(&holds, 1.25) - f64::midpoint(0.88, 0.2)).abs() < 1e-9);
        // The neighbours count half of them: 20 × 0.88 + 10 × 0.2 over 30.
        assert!((two(&holds, 1.13) - (17.6 + 2.0) / 30.0).abs() < 1e-9);
        assert!((two(&holds, 1.0) - 0.88).abs() < 1e-9, "cheaper ones are not known to come back so soon");
        assert!((two(&holds, 1.45) - two(&holds, 1.25)).abs() < 1e-9, "dearer ones are not expected to last longer");
    }

    #[test]
    fn loans_of_bids_are_their_own_class_and_survive_a_checkpoint() {
        let mut holds = Holds::default();
        let middle = u8::try_from(stratum(1.0)).unwrap();
        holds.filled(day(5), Days::MAX, true, middle);
        holds.returned(day(5), Days::MAX, DAY.times(100));
        holds.returned(day(9), Days::MAX, DAY);
        let expected = holds.expected(std::iter::empty(), &twenty());
        assert!((expected.taken()[stratum(1.0)].days - (20.0 * 29.5 + 100.0) / 21.0).abs() < 1e-9);
        assert!((expected.offers(2).unwrap()[0].days - (20.0 * 16.9 + 1.0) / 21.0).abs() < 1e-9);
        assert!((holds.closures() - 2.0).abs() < 1e-9);
        assert_eq!(Holds::restore(&holds.checkpoint()), Some(holds.clone()));
        let mut cut = holds.checkpoint();
        cut.pop();
        assert_eq!(Holds::restore(&cut), None);
        assert_eq!(Holds::restore(b"nonsense"), None);
    }
}
