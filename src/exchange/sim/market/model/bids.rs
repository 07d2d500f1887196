//! The bid side: the standing 120-day bid that switches between two rates, smaller bids below it, and ghosts.

use super::super::Level;
use super::super::climate::Conditions;
use super::super::numbers::{amount, decimal, float, integer, long_decimal};
use super::super::profile::MarketProfile;
use super::super::random::Random;
use super::line::{Line, Remains};
use crate::domain::{BookSide, Days};

/// Bids that stand in the recorded dollar book (2026-07-21 and 2026-07-04): `(days, over the anchor, USD)`. Real two-day bids
/// stay under the offers.
const STANDING: [(u16, f64, f64); 30] = [
    (120, 1.19, 23_000.0),
    (120, 1.165, 12_350.0),
    (120, 1.15, 20_000.0),
    (30, 1.172, 4_870_000.0),
    (20, 1.137, 112_000.0),
    (120, 1.105, 5_000_000.0),
    (30, 1.075, 1_700.0),
    (120, 1.072, 260_000.0),
    (120, 1.071, 10_000_000.0),
    (120, 1.01, 10_000.0),
    (120, 1.004, 30_000.0),
    (90, 1.0, 19_500.0),
    (7, 0.93, 40_000.0),
    (14, 0.94, 60_000.0),
    (2, 0.925, 1_930_000.0),
    (2, 0.924, 2_000_000.0),
    (2, 0.923, 1_730_000.0),
    (2, 0.884, 820_000.0),
    (2, 0.877, 2_000_000.0),
    (2, 0.870, 3_200_000.0),
    (3, 0.88, 50_000.0),
    (120, 0.854, 100_000.0),
    (3, 0.80, 50_000.0),
    (120, 0.80, 200_000.0),
    (90, 0.785, 136_000.0),
    (2, 0.75, 1_400.0),
    (30, 0.73, 11_700.0),
    (120, 0.67, 394_000.0),
    (30, 0.53, 103_000.0),
    (120, 0.37, 3_300.0),
];
/// How many they are.
const PLACES: i64 = 30;
/// Chance at a look that one of them is made anew.
const RENEWAL: f64 = 0.15;
/// 1.6: the 120-day bid is at its high rate in 62 % of the snapshots, autocorrelation 0.39 at 6 h: leaving rates an hour.
const LEAVES_HIGH: f64 = 0.058;
const LEAVES_LOW: f64 = 0.098;
/// 1.6: median amount 8.7 M USD, shrinking by some 13 000 USD an hour in bites of other lenders.
const LONG_BID: f64 = 8_700_000.0;
const BITE_CHANCE: f64 = 0.15;
const BITE: f64 = 2_200.0;
/// 1.6: ghosts, two-day: `(over the anchor, USD, comes an hour, goes an hour)`. One is 8.744 % a year in 31 % of the
/// snapshots, one 5.84 % in most.
const GHOSTS: [(f64, f64, f64, f64); 2] = [(1.60, 50_100.0, 0.015, 0.034), (1.072, 10_000.0, 0.2, 0.014)];

/// The bids. Places keep their order: the 120-day bid first, then `STANDING`.
#[derive(Debug, Clone)]
pub(super) struct Bids {
    places: Vec<Option<Line>>,
    ghosts: [Option<Line>; 2],
    shown: [bool; 2],
    high: bool,
    changed: bool,
}

impl Bids {
    pub(super) fn new(now: &Conditions, profile: &MarketProfile, random: &mut Random) -> Self {
        let high = random.chance(0.63);
        let mut bids = Self { places: Vec::new(), ghosts: [None; 2], shown: [false; 2], high, changed: true };
        if profile.bids > 0.0 {
            bids.places = vec![None; STANDING.len().saturating_add(1)];
            for place in 0..bids.places.len() {
                bids.renew(place, now, profile, random);
            }
        } else {
            // The recorded BTC and ETH books: one or two small bids far under the offers.
            let exact = decimal(0.3 * now.anchor, profile.digits);
            bids.places.push(Some(Line::new(BookSide::Bids, exact, Days::MAX, amount(15.0 * profile.lot))));
        }
        bids
    }

    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    /// The bids that do match.
    pub(super) fn lines(&self) -> impl Iterator<Item = &Line> + Clone {
        self.places.iter().flatten()
    }

    /// All that is shown.
    pub(super) fn levels(&self) -> impl Iterator<Item = Level> {
        let ghosts = self.ghosts.iter().zip(self.shown).filter_map(|(line, shown)| line.filter(|_| shown));
        self.lines().copied().chain(ghosts).map(|line| line.level)
    }

    pub(super) fn notice(&mut self, remains: &Remains) {
        for place in &mut self.places {
            *place = place.and_then(|line| line.left(remains));
        }
        // A ghost that was matched after all is gone.
        for (ghost, shown) in self.ghosts.iter_mut().zip(self.shown) {
            *ghost = ghost.filter(|line| !shown || line.left(remains).is_some());
        }
    }

    /// Bids change; `hours` since the last look.
    pub(super) fn look(&mut self, now: &Conditions, hours: f64, profile: &MarketProfile, random: &mut Random) {
        if profile.bids <= 0.0 {
            return;
        }
        let leaving = if self.high { LEAVES_HIGH } else { LEAVES_LOW };
        let switches = random.chance(1.0 - (-leaving * hours).exp());
        self.high ^= switches;
        if switches || self.places.first().is_some_and(Option::is_none) {
            self.renew(0, now, profile, random);
        }
        let (renews, pick) = (random.chance(RENEWAL), random.uniform() * float(PLACES));
        if renews {
            self.renew(usize::try_from(integer(pick.floor())).unwrap_or(0).saturating_add(1), now, profile, random);
        }
        self.bite(profile, random);
        self.haunt(now, hours, profile, random);
    }

    /// Shows a ghost only while an offer stands at or under it: what makes it one.
    pub(super) fn show_ghosts(&mut self, best_offer: f64) {
        for (shown, line) in self.shown.iter_mut().zip(&self.ghosts) {
            let show = line.is_some_and(|line| line.rate >= best_offer);
            self.changed |= *shown != show;
            *shown = show;
        }
    }

    /// Makes the bid of a place anew, unless its level is already another's.
    fn renew(&mut self, place: usize, now: &Conditions, profile: &MarketProfile, random: &mut Random) {
        let noise = random.normal();
        let fresh = if place == 0 {
            let over = if self.high { profile.long_bid.0 } else { profile.long_bid.1 };
            // In a spike he bids more, if less than the offers rise: a guess.
            let rate = now.anchor * over * (0.5 * now.spike).exp() * (1.0 + 0.01 * noise);
            let size = random.lognormal(LONG_BID, 0.3) * profile.bids;
            Some(Line::new(BookSide::Bids, long_decimal(rate), Days::MAX, amount(size)))
        } else {
            STANDING.get(place.saturating_sub(1)).map(|(days, over, usd)| {
                let rate = decimal(now.anchor * over * (1.0 + 0.004 * noise), profile.digits);
                Line::new(BookSide::Bids, rate, Days::new(*days), amount(usd * profile.bids * random.between(0.8, 1.2)))
            })
        };
        let Some(slot) = self.places.get_mut(place) else { return };
        *slot = None;
        let free = |l: &Line| !self.lines().any(|o| o.level.rate == l.level.rate && o.level.period == l.level.period);
        let fresh = fresh.filter(free);
        if let Some(slot) = self.places.get_mut(place) {
            *slot = fresh;
        }
        self.changed = true;
    }

    /// Other lenders hit the 120-day bid.
    fn bite(&mut self, profile: &MarketProfile, random: &mut Random) {
        let (hit, bite) = (random.chance(BITE_CHANCE), amount(random.exponential(BITE) * profile.bids));
        if let Some(Some(line)) = self.places.first_mut().filter(|_| hit) {
            line.level.amount = line.level.amount.less(bite).max(amount(profile.lot));
            self.changed = true;
        }
    }

    /// Ghosts come and go.
    fn haunt(&mut self, now: &Conditions, hours: f64, profile: &MarketProfile, random: &mut Random) {
        for ((line, shown), (over, usd, comes, goes)) in self.ghosts.iter_mut().zip(&mut self.shown).zip(GHOSTS) {
            let (arrival, departure) = (random.uniform(), random.uniform());
            if line.is_none() {
                *shown = false;
                if arrival < comes * hours {
                    let rate = decimal(over * now.anchor, profile.digits);
                    *line = Some(Line::new(BookSide::Bids, rate, Days::MIN, amount(usd * profile.bids)));
                }
            } else if departure < goes * hours {
                self.changed |= *shown;
                (*line, *shown) = (None, false);
            }
        }
    }
}
