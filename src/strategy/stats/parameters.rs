//! Every number of the adaptive rule that could be another, in one place, so that it can be varied and measured.
//!
//! The defaults are those of the study behind the rule but for five, `hold_prior`, `lindy`, `capital_lots`, `ahead` and
//! `soonest`, which were tuned on modelled markets of seeds that no result is told of, `lindy` with the candle weeks and
//! `ahead` with the recorded books in view (README, "Backtest";
//! `benches/tuning.rs`). None of them is a key of a configuration file: ranges that made no difference in the study are
//! wide, and the right value is nothing that a user could know.

use crate::domain::Days;

/// Period classes for which fills are learned, in days, shortest first.
pub const PERIODS: [u16; 3] = [2, 30, 120];
/// Sizes for which fills are learned: what an offer must find above its rate to be filled.
pub const LOTS: usize = 3;

/// The parameters of the adaptive rule.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Parameters {
    /// Half-life of the moving level, days.
    pub level_half_life: f64,
    /// Half-life of the slow level that stands for the median of a month, days.
    pub slow_half_life: f64,
    /// Half-life of the mean cost of two-day money, which premiums are reckoned over, days.
    pub day_half_life: f64,
    /// Weight of the best offer in the level.
    pub ask_weight: f64,
    /// The lowest bucket, as a multiple of the level.
    pub first_bucket: f64,
    /// Distance of two buckets, in the logarithm of the rate.
    pub bucket_step: f64,
    /// Half-life of the memory of gaps between fills, days.
    pub gap_half_life: f64,
    /// The remaining wait is at least this many times the time in which others were served, and what passed since (Lindy bound).
    /// With the study's 1 an offer stood too long at a rate that had once been paid: gaps have long tails.
    pub lindy: f64,
    /// An open gap longer than this many expected waits is a surprise: half of what was learned is forgotten.
    pub surprise: f64,
    /// An expected wait counts as at least this long when a surprise is looked for, days.
    pub surprise_least: f64,
    /// Most surprises in one decision.
    pub surprises: u32,
    /// From the return of money to its next offer, days.
    pub redeploy: f64,
    /// Expected hold by class before anything is known: offers of 2, 30 and 120 days, and bids taken; days.
    pub hold: [f64; 4],
    /// How many loans that prior is worth. The study's 20 took weeks to see that borrowers leave sooner.
    pub hold_prior: f64,
    /// A loan dearer than this multiple of the level is refinanced …
    pub dear: f64,
    /// … at this rate per day.
    pub refinancing: f64,
    /// Speed at which yields return to their long mean, per day.
    pub reversion: f64,
    /// For money that would be locked up, and for requests of any period, what is ahead counts as at least this many times
    /// the mean of what two-day offers yield: rates spike, and who is locked in misses it. The study has 1.
    pub ahead: f64,
    /// Half-life of the long mean of yields and of the memory of bids, days.
    pub long_half_life: f64,
    /// A quote stands this much under its bucket.
    pub shade: f64,
    /// A period is changed only for a yield better by this share.
    pub hysteresis: f64,
    /// A fill level counts as at most this far from the level, in the logarithm.
    pub clip: f64,
    /// Sizes for which fills are learned, in dollars, smallest first.
    pub lots_usd: [f64; LOTS],
    /// A batch with fewer prints than this is ignored for levels …
    pub prints_least: u32,
    /// … and one with less volume than this many of the smallest lots.
    pub lots_least: f64,
    /// Hidden and floating offers in the queue: what is visible counts this many times.
    pub queue_margin: f64,
    /// By the book no offer is expected sooner than after this part of the wait that the tape tells: however little stands
    /// before it, borrowers go no higher than they were seen to. The study lets the book promise anything.
    pub soonest: f64,
    /// Half-life of the memory of batch volumes, days.
    pub depth_half_life: f64,
    /// Batches that must have been seen before volumes count.
    pub depth_least: f64,
    /// Decisions are this far apart where no batch clock is known, days.
    pub decide_every: f64,
    /// Fewer events than this in the last week: the currency is dead once it has been watched for a week.
    pub dead_events: f64,
    /// Fewer events than this in the last week: the book is thin …
    pub thin_events: f64,
    /// … and nothing is quoted above this multiple of the level.
    pub thin_most: f64,
    /// Fewer fill events than this teach nothing yet.
    pub least_events: f64,
    /// After this long without a trade the quote falls to the lowest bucket that was hit, days …
    pub silence: f64,
    /// … but not under this share of the slow level.
    pub silence_floor: f64,
    /// A bid is taken only if it is this many times as large as what we lend to it.
    pub bid_lots: f64,
    /// With less history of bids than this, long candles stand for it, days.
    pub bid_history: f64,
    /// Periods longer than this count as long, days.
    pub long_period: u16,
    /// The capital is lent in so many parts, so that it comes back in parts. The study has 40: four times the offers.
    pub capital_lots: f64,
    /// Most of the capital in long loans that are expected to last longer than `long_period` days.
    pub long_share: f64,
    /// What is lent for long may grow by this part of the capital within a day: what came back is locked no more.
    pub long_daily: f64,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            level_half_life: 3.0 / 24.0,
            slow_half_life: 10.0,
            day_half_life: 1.0,
            ask_weight: 0.15,
            first_bucket: 0.35,
            bucket_step: 0.02,
            gap_half_life: 5.0,
            lindy: 3.0,
            surprise: 2.0,
            surprise_least: 1.0 / 24.0,
            surprises: 4,
            redeploy: 0.014,
            hold: [0.88, 8.9, 16.9, 29.5],
            hold_prior: 8.0,
            dear: 1.5,
            refinancing: 0.7,
            reversion: 0.3,
            ahead: 2.0,
            long_half_life: 30.0,
            shade: 0.999,
            hysteresis: 0.05,
            clip: 1.5,
            lots_usd: [500.0, 10_000.0, 100_000.0],
            prints_least: 2,
            lots_least: 3.0,
            queue_margin: 1.1,
            soonest: 0.5,
            depth_half_life: 2.0,
            depth_least: 10.0,
            decide_every: 120.0 / 86_400.0,
            dead_events: 20.0,
            thin_events: 84.0,
            thin_most: 2.0,
            least_events: 20.0,
            silence: 1.0,
            silence_floor: 0.5,
            bid_lots: 2.0,
            bid_history: 7.0,
            long_period: 7,
            capital_lots: 10.0,
            long_share: 0.7,
            long_daily: 0.25,
        }
    }
}

impl Parameters {
    /// For a market that is told of once an hour: there it is decided once an hour, too.
    #[must_use]
    pub fn hourly() -> Self {
        Self { decide_every: 1.0 / 24.0, ..Self::default() }
    }

    /// By its period, and by the days that it is expected to last, a loan takes long: then it locks money up.
    #[must_use]
    pub fn locks(&self, period: Days, hold: f64) -> bool {
        period.get() > self.long_period && hold > f64::from(self.long_period)
    }

    /// The average part of an excess over the long mean that is left over `days` (strategy study, equation 9).
    #[must_use]
    pub fn left_of_excess(&self, days: f64) -> f64 {
        let way = self.reversion * days;
        if way < 1e-9 { 1.0 } else { (1.0 - (-way).exp()) / way }
    }
}
