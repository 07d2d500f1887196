//! Decisions: the market is looked at once a cycle, and every question until the next look is answered from that.

use crate::domain::{Amount, Book, DailyRate, Days, HOUR, Millis, Ratio, Timestamp};

use crate::strategy::others::Others;

use super::batch_clock::Window;
use super::choice::{self, Ahead, Asked, BookView, Candidate, Prospect, Scene, Terms};
use super::depth;
use super::hold::stratum;
use super::learned::{Frozen, Learned, Probe, Snapshot, WEEK};
use super::numbers::{daily, days, fade, ratio, span_days};
use super::wait::{Wait, relative};

/// A move of the best offer by this part since the last decision calls for a new one.
const LARGE_MOVE: f64 = 0.05;
/// A dead currency's book is looked at this often: there is nothing to decide often (strategy study, 3.10).
const DEAD_EVERY: Millis = HOUR.times(6);
/// Without a batch clock a cycle counts as this long, days.
const CYCLE: f64 = 1.0 / 72.0;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Advice {
    /// Prospects, best first; at least one.
    Decided(Vec<Prospect>),
    /// Too little is known yet.
    Cold,
    /// Hardly anything is ever lent in this currency. The best offer of others per day, as of hours ago at most.
    Dead(DailyRate),
    /// Nothing has been lent for a day: this rate per day.
    Silent(DailyRate),
}

/// The market at a tick.
#[derive(Debug, Clone, Copy)]
pub(super) struct Seen<'a> {
    pub(super) window: Option<Window>,
    /// The batch to be decided for now.
    pub(super) next: Option<Window>,
    pub(super) book: &'a Book,
    /// Our own offers in it.
    pub(super) own: &'a [(DailyRate, Days, Amount)],
    /// The best offer of the others.
    pub(super) best: Option<f64>,
}

impl Learned {
    pub(super) fn is_due(&self, now: Timestamp, seen: &Seen<'_>) -> bool {
        let Seen { window, next, best, .. } = *seen;
        let Some(frozen) = self.frozen else { return true };
        let moved = match (frozen.best, best) {
            (Some(then), Some(best)) => (best / then - 1.0).abs() > LARGE_MOVE,
            (then, best) => then.is_some() != best.is_some(),
        };
        let for_batch = next.is_some_and(|next| frozen.batch != Some(next.opens));
        let old = window.is_none() && span_days(now.since(frozen.at)) >= self.parameters.decide_every;
        self.told || moved || for_batch || old
    }

    /// Looks at the market once: every decision until the next time is made on this.
    pub(super) fn decide_anew(&mut self, now: Timestamp, seen: &Seen<'_>) {
        let Seen { window, next, best, .. } = *seen;
        let Some(level) = self.level.beside(best, &self.parameters) else { return };
        let cycle = window.map_or(CYCLE, |window| span_days(window.cycle));
        let batch = next.map(|next| next.opens).or(self.frozen.and_then(|frozen| frozen.batch));
        self.frozen = Some(Frozen { at: now, level, best, batch, cycle });
        (self.told, self.asked) = (false, Asked::default());
        if let Some(next) = next {
            let visible = seen.book.offers().last().map_or(DailyRate::ZERO, |(key, _)| key.rate);
            let until = next.opens.plus(next.cycle.times(2));
            self.queue = Some(Snapshot { queue: Others::of(seen.book, seen.own), visible, until });
        }
        let typical = self.face_surprises();
        self.take_means(days(now), &typical);
        if let Some(window) = next {
            self.probe = self.forecast(window);
        }
    }

    /// Terms under which the market itself is looked at: the smallest lot, holds as own loans show them.
    fn typical(&self) -> Terms<'_> {
        let size = self.lots.and_then(|lots| lots.sizes.first().copied()).unwrap_or_default();
        Terms {
            holds: &self.lasting,
            longest: Days::MAX,
            locks: true,
            size,
            lot: size,
            standing: None,
            bids: false,
            fee: Ratio::ZERO,
        }
    }

    /// A gap at the best bucket that is longer than anything learned explains: half of it is forgotten. Answers the
    /// candidates on which it came to rest.
    fn face_surprises(&mut self) -> Vec<Candidate> {
        let mut left = self.parameters.surprises;
        loop {
            let terms = self.typical();
            let Some(scene) = self.scene(&terms) else { return Vec::new() };
            let candidates = choice::candidates(&scene, &terms);
            let surprised = candidates.first().is_some_and(|best| {
                let table = scene.waits.get(best.class).and_then(|tables| tables.first());
                table.is_some_and(|table| table.surprised(scene.now, best.bucket, &self.parameters))
            });
            if !surprised || left == 0 {
                return candidates;
            }
            left -= 1;
            self.waits.iter_mut().flat_map(|waits| waits.iter_mut().flatten()).for_each(Wait::forget_half);
            self.asked = Asked::default();
        }
    }

    /// The mean of what two-day offers yield, and once a day the long mean.
    fn take_means(&mut self, now: f64, typical: &[Candidate]) {
        let Some(best) = typical.iter().find(|candidate| candidate.period == Days::MIN) else { return };
        let free = best.wait + best.hold + self.parameters.redeploy;
        let yields = best.rate * best.hold / free;
        let short = match self.short {
            None => yields,
            Some((mean, told)) => {
                let kept = fade(now - told, self.parameters.long_half_life);
                mean * kept + yields * (1.0 - kept)
            }
        };
        self.short = Some((short, now));
        let new = self.since.is_none_or(|since| now - since < 2.0) || self.bids.is_new(&self.parameters);
        if new || self.long_mean.is_none_or(|(_, at)| now - at >= 1.0) {
            let taken = |rate: f64| {
                let premium = self.level.day().map_or(1.0, |day| rate / day);
                self.lasting.taken().get(stratum(premium)).map_or(0.0, |hold| hold.days)
            };
            self.long_mean = Some((self.bids.long_mean(short, taken, free), now));
        }
    }

    /// What is to be held against the next batch: the best two-day offer.
    fn forecast(&self, window: Window) -> Option<Probe> {
        let terms = Terms { longest: Days::MIN, ..self.typical() };
        let scene = self.scene(&terms)?;
        let best = choice::candidates(&scene, &terms).into_iter().next()?;
        let wait = *scene.waits.first()?.first()?.waits(scene.now, &self.parameters).get(best.bucket)?;
        let depth = Ahead::of(&scene, terms.size, 0).and_then(|ahead| ahead.reached(daily(best.rate)));
        Some(Probe { window, rate: best.rate, depth, tape: depth::within(scene.cycle, wait) })
    }

    fn book_view(&self) -> Option<BookView<'_>> {
        let frozen = self.frozen?;
        let snapshot = self.queue.as_ref().filter(|snapshot| frozen.at <= snapshot.until)?;
        let (volumes, weight, unit) = (&self.volumes, self.trust.weight(), self.unit());
        Some(BookView { queue: &snapshot.queue, visible: snapshot.visible, volumes, weight, unit })
    }

    fn scene(&self, terms: &Terms<'_>) -> Option<Scene<'_>> {
        let (frozen, lots) = (self.frozen?, self.lots?);
        let lot = lots.class(terms.size);
        let [long_mean, short] = [self.long_mean, self.short].map(|told| told.map_or(0.0, |(mean, _)| mean));
        let thin = self.events_a_week(days(frozen.at)) < self.parameters.thin_events;
        Some(Scene {
            parameters: &self.parameters,
            grid: &self.grid,
            now: days(frozen.at),
            level: frozen.level,
            day: self.level.day().unwrap_or(frozen.level),
            waits: self.waits.as_deref()?,
            book: self.book_view(),
            cycle: frozen.cycle,
            long_mean,
            ahead: long_mean.max(short * self.parameters.ahead),
            bids: &self.bids,
            most: if thin { self.parameters.thin_most } else { f64::INFINITY },
            lot,
            lot_size: lots.sizes.get(lot).copied().unwrap_or_default(),
            asked: &self.asked,
        })
    }

    /// Events in a week at the pace of late.
    fn events_a_week(&self, now: f64) -> f64 {
        let watched = self.since.map_or(0.0, |since| now - since).max(1e-6);
        self.week * fade(now - self.last_event, WEEK * std::f64::consts::LN_2) / (1.0 - (-watched / WEEK).exp())
    }

    /// Hardly anything was lent, though it was watched for a week.
    fn is_dead(&self, now: f64) -> bool {
        let watched = self.since.map_or(0.0, |since| now - since);
        watched >= WEEK && self.events_a_week(now) < self.parameters.dead_events
    }

    /// What others ask in a currency in which hardly anything is lent: once in a while, and as soon as it is known.
    pub(super) fn look_at_dead(&mut self, now: Timestamp, best: Option<DailyRate>) {
        let recent = |(at, _): &(Timestamp, DailyRate)| now.since(*at) < DEAD_EVERY;
        let kept = self.dead.filter(recent).or(best.map(|best| (now, best)));
        self.dead = kept.filter(|_| self.is_dead(days(now)));
    }

    /// What to do under these terms; the same until the market is looked at anew.
    #[must_use]
    pub fn advise(&self, terms: &Terms<'_>) -> Advice {
        let Some(now) = self.frozen.map(|frozen| days(frozen.at)).or(self.looked.map(days)) else {
            return Advice::Cold;
        };
        if self.is_dead(now) {
            // With nobody to stand beside, what stands stays.
            return self.dead.map_or(Advice::Cold, |(_, best)| Advice::Dead(best));
        }
        let Some(scene) = self.scene(terms).filter(|_| self.fills >= self.parameters.least_events) else {
            return Advice::Cold;
        };
        if now - self.last_event > self.parameters.silence {
            return self.silent(&scene);
        }
        let prospects = choice::decide(&scene, terms);
        if prospects.is_empty() { Advice::Cold } else { Advice::Decided(prospects) }
    }

    fn silent(&self, scene: &Scene<'_>) -> Advice {
        let lowest = scene.waits.first().and_then(|tables| tables.first()?.lowest_hit());
        let quoted = lowest.map_or(0.0, |bucket| relative(bucket, &self.parameters) * scene.level);
        let floor = self.level.slow().unwrap_or(0.0) * self.parameters.silence_floor;
        Advice::Silent(daily(quoted.max(floor)))
    }

    /// The most of the capital that may be lent for long, and that may be newly lent for long within a day.
    #[must_use]
    pub fn long_shares(&self) -> (Ratio, Ratio) {
        (ratio(self.parameters.long_share), ratio(self.parameters.long_daily))
    }

    /// The part of the capital that makes an offer.
    #[must_use]
    pub fn lot_share(&self) -> Ratio {
        ratio(1.0 / self.parameters.capital_lots)
    }

    /// A long period from which the money is expected back late.
    #[must_use]
    pub fn locks(&self, prospect: &Prospect) -> bool {
        self.parameters.locks(prospect.period, span_days(prospect.hold))
    }

    /// Periods longer than this are long.
    #[must_use]
    pub const fn long_period(&self) -> Days {
        Days::new(self.parameters.long_period)
    }

    /// How far what is known goes: fill events seen, the level per day, the long mean of yields per day.
    #[must_use]
    pub fn shown(&self) -> (f64, Option<DailyRate>, Option<DailyRate>) {
        (self.fills, self.frozen.map(|frozen| daily(frozen.level)), self.long_mean.map(|(mean, _)| daily(mean)))
    }
}
