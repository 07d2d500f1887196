//! The offer side: a thin crowd of small lots that undercut each other, and large lenders where batches end.

use super::super::climate::Conditions;
use super::super::profile::MarketProfile;
use super::super::random::Random;
use super::super::{Level, numbers::decimal};
use super::line::{Line, Remains, round, written, written_amount};
use crate::domain::{Amount, BookSide, Days, Decimal};

/// Periods of offers other than two days: `(days, cumulative share of levels, mean log premium)`. Shares from the books (85 %
/// of the levels and 89.5 % of the amount are two-day), premiums from the volume-weighted rates of strategy.md 1.5.
const PERIODS: [(u16, f64, f64); 8] = [
    (7, 0.060, 0.15),
    (5, 0.078, 0.10),
    (30, 0.098, 0.40),
    (3, 0.108, 0.05),
    (4, 0.113, 0.05),
    (10, 0.118, 0.20),
    (14, 0.122, 0.25),
    (120, 0.130, 0.50),
];
/// Share of the lots that crowd at the best offer, and how much closer they stand (books: 25 levels lie within 1.15 times the
/// best, 8 000 USD within 5 %, 21 000 within 10 %, 36 000 within 20 %; medians).
const CROWDING: f64 = 0.65;
const CROWD_SPREAD: f64 = 0.2;
/// Chance at a look that a lender leaves, and that one under the floor does (to come back dearer).
const LEAVING: f64 = 0.02;
const LEAVING_CHEAP: f64 = 0.35;
/// Chance at a look of a large lender at the cheap end: books, some 13 % of the snapshots show one at 1.5e-4.
const CHEAP_WALL: f64 = 0.015;
/// Chance at a look that a missing large lender comes back.
const WALL_RETURNS: f64 = 0.35;

/// The offers.
#[derive(Debug, Clone)]
pub(super) struct Offers {
    lines: Vec<Line>,
    changed: bool,
}

impl Offers {
    /// A grown book.
    pub(super) fn new<'a>(
        now: &Conditions,
        bids: &(impl Iterator<Item = &'a Line> + Clone),
        profile: &MarketProfile,
        random: &mut Random,
    ) -> Self {
        let mut offers = Self { lines: Vec::with_capacity(128), changed: true };
        for _ in 0..profile.levels {
            offers.join(now.floor, profile, random);
        }
        for _ in 0..profile.walls {
            offers.wall(now, profile, random);
        }
        offers.drop_crossed(bids);
        offers
    }

    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.changed)
    }

    pub(super) fn levels(&self) -> impl Iterator<Item = Level> {
        self.lines.iter().map(|line| line.level)
    }

    /// The cheapest rate per day; as dear as can be when there is none.
    pub(super) fn best(&self) -> f64 {
        self.lines.iter().map(|line| line.rate).fold(super::super::numbers::MAX_RATE, f64::min)
    }

    pub(super) fn notice(&mut self, remains: &Remains) {
        self.lines = std::mem::take(&mut self.lines).into_iter().filter_map(|line| line.left(remains)).collect();
    }

    /// Some leave, some join; the cheapest of them follow `aim`.
    pub(super) fn look(
        &mut self,
        now: &Conditions,
        aim: f64,
        since_batch: i64,
        profile: &MarketProfile,
        random: &mut Random,
    ) {
        let before = self.lines.len();
        let quiet = profile.activity;
        self.lines.retain(|line| {
            let leaving = if line.rate < 0.97 * now.floor { LEAVING_CHEAP } else { LEAVING };
            !random.chance(leaving * quiet)
        });
        self.changed |= self.lines.len() != before;
        // The rush after a batch refills what it ate; then a trickle.
        let rush = if since_batch < 90 {
            4.0
        } else if since_batch < 300 {
            2.0
        } else {
            1.0
        };
        let missing = profile.levels.saturating_sub(self.lines.len().min(profile.levels)) > 0;
        let mut joining = profile.joining * rush * if missing { 1.0 } else { 0.3 };
        while joining > 0.0 {
            if random.chance(joining.min(1.0)) {
                self.join(aim, profile, random);
            }
            joining -= 1.0;
        }
        if self.best() > 1.003 * aim && random.chance(quiet.max(0.3)) {
            self.undercut(aim, profile, random);
        }
        if self.standing(now, profile) < profile.walls && random.chance(WALL_RETURNS * quiet.max(0.3)) {
            self.wall(now, profile, random);
        }
        if random.chance(CHEAP_WALL * quiet) {
            let rate = now.floor.max(now.anchor) * random.between(1.0, 1.06);
            let size = random.lognormal(0.7 * profile.wall, 1.1);
            self.add(large_rate(rate, profile, random), Days::MIN, size, profile, random);
        }
        self.trim(profile);
    }

    /// A borrower takes what is cheapest and serves `period`, up to `limit` per day; each bite is told.
    pub(super) fn eat(&mut self, wanted: Amount, limit: f64, period: Days, mut told: impl FnMut(&Level, Amount)) {
        let mut left = wanted;
        let serves = |line: &Line| line.level.period >= period && line.rate <= limit;
        let mut order: Vec<usize> = (0..self.lines.len()).collect();
        order.retain(|at| self.lines.get(*at).is_some_and(serves));
        let rate = |at: &usize| self.lines.get(*at).map_or(f64::MAX, |line| line.rate);
        order.sort_by(|a, b| rate(a).total_cmp(&rate(b)));
        for at in order {
            let Some(line) = self.lines.get_mut(at).filter(|_| left.is_positive()) else { break };
            let taken = left.min(line.level.amount);
            told(&line.level, taken);
            left = left.less(taken);
            line.level.amount = line.level.amount.less(taken);
        }
        self.lines.retain(|line| line.level.amount.is_positive());
    }

    /// An offer that a real bid would take is taken.
    pub(super) fn drop_crossed<'a>(&mut self, bids: &(impl Iterator<Item = &'a Line> + Clone)) {
        let before = self.lines.len();
        // Most offers are for two days, which few bids take: one number for them.
        let shortest = bids.clone().filter(|bid| bid.level.period <= Days::MIN).map(|bid| bid.rate).fold(0.0, f64::max);
        self.lines.retain(|line| {
            let longer = line.level.period > Days::MIN;
            line.rate > shortest && !(longer && bids.clone().any(|bid| line.crosses(bid)))
        });
        self.changed |= self.lines.len() != before;
    }

    /// A lender of the crowd, somewhere over `aim`.
    fn join(&mut self, aim: f64, profile: &MarketProfile, random: &mut Random) {
        let spread = if random.chance(CROWDING) { CROWD_SPREAD * profile.spread } else { profile.spread };
        let (pick, distance) = (random.uniform(), random.exponential(spread));
        let longer = PERIODS.iter().find(|(_, share, _)| pick < *share);
        let (days, premium) = longer.map_or((2, 0.0), |(days, _, premium)| (*days, *premium));
        let rate = written(aim * (distance + premium).exp(), profile, random);
        let size = lot(profile, random);
        self.add(rate, Days::new(days), size, profile, random);
    }

    /// A bot that steps in front of the others.
    fn undercut(&mut self, aim: f64, profile: &MarketProfile, random: &mut Random) {
        let rate = decimal(aim * random.between(0.999, 1.003), profile.digits);
        let size = profile.lot * random.between(1.0, 2.0);
        self.add(rate, Days::MIN, size, profile, random);
    }

    /// A large lender where batches end, at a round rate or just under it.
    fn wall(&mut self, now: &Conditions, profile: &MarketProfile, random: &mut Random) {
        let over = profile.reach + 0.04 + 0.10 * random.normal() + now.spike;
        let rate = (now.anchor * over.exp()).max(1.1 * now.floor);
        let size = random.lognormal(profile.wall, 0.9);
        self.add(large_rate(rate, profile, random), Days::MIN, size, profile, random);
    }

    /// Large lenders in the range where they are expected.
    fn standing(&self, now: &Conditions, profile: &MarketProfile) -> usize {
        let top = now.floor.max(now.anchor * (profile.reach + now.spike).exp()) * 1.35;
        let near = self.lines.iter().filter(|l| l.size() > 0.2 * profile.wall && l.rate > 1.08 * now.floor);
        near.filter(|line| line.rate < top).count()
    }

    fn add(&mut self, rate: Decimal, period: Days, size: f64, profile: &MarketProfile, random: &mut Random) {
        let amount = written_amount(size, profile, random);
        self.changed = true;
        match self.lines.iter_mut().find(|line| line.level.rate == rate && line.level.period == period) {
            Some(line) => {
                line.level.count = line.level.count.saturating_add(1);
                line.level.amount = line.level.amount.checked_add(amount).unwrap_or(line.level.amount);
            }
            None => self.lines.push(Line::new(BookSide::Offers, rate, period, amount)),
        }
    }

    /// Nobody waits far away in a full book.
    fn trim(&mut self, profile: &MarketProfile) {
        let most = profile.levels.saturating_add(profile.levels / 2);
        if self.lines.len() > most {
            self.lines.sort_by(|a, b| a.rate.total_cmp(&b.rate));
            self.lines.truncate(most);
            self.changed = true;
        }
    }
}

/// A lot of the crowd (books, amount of one offer: 150, 152, 178, 310, 691, 1926, 5128 USD at 5, 10, 25, 50, 75, 90, 95 %).
fn lot(profile: &MarketProfile, random: &mut Random) -> f64 {
    let kind = random.uniform();
    profile.lot
        * if kind < 0.18 {
            1.0 + 0.015 * random.uniform()
        } else if kind < 0.45 {
            random.between(1.0, 2.1)
        } else if kind < 0.88 {
            random.lognormal(3.2, 0.6)
        } else {
            random.lognormal(25.0, 1.3)
        }
}

/// The rate of a large lender: three digits, or one or two ticks under such a rate.
fn large_rate(rate: f64, profile: &MarketProfile, random: &mut Random) -> Decimal {
    let tick = 0.1_f64.powi(i32::from(profile.digits));
    let under = (random.between(-1.0, 3.0)).floor().max(0.0) * tick;
    decimal(round(rate, 3) - under, profile.digits)
}
