//! A cold start from candles: every hour of the past is taken for one fill event.
//!
//! The fill level of an hour is the geometric mean of what surely printed (the larger of its first and last rate) and of
//! its highest print, which may have been one tiny trade, or a slip: it counts as five times the other at most. Only closed
//! candles come here.

use std::collections::BTreeMap;

use crate::domain::{Candle, CandleSeries, HOUR, Timestamp};

use super::events::{APART, Event, Lots};
use super::numbers::{rate, units};
use super::parameters::{LOTS, PERIODS, Parameters};

/// Hours kept: thirty days.
const HOURS: usize = 720;

/// What one hour of one period says.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Hour {
    level: f64,
    /// Between its first and its last rate: what most of it cost, more or less.
    mean: f64,
    volume: f64,
}

/// The hours of the past by period class.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Seeds {
    hours: BTreeMap<Timestamp, [Option<Hour>; PERIODS.len()]>,
}

impl Seeds {
    /// Takes closed candles; answers whether they were of use: hourly, of exactly one of the period classes.
    pub(super) fn told(&mut self, series: CandleSeries, candles: &[Candle]) -> bool {
        let class = PERIODS.iter().position(|period| series.from.get() == *period && series.to.get() == *period);
        let Some(class) = class.filter(|_| series.width == HOUR) else { return false };
        for candle in candles {
            let (sure, high) = (rate(candle.open.max(candle.close)), rate(candle.high));
            let slot = self.hours.entry(candle.at).or_default().get_mut(class);
            if let Some(slot) = slot.filter(|_| sure > 0.0 && high > 0.0) {
                let mean = (rate(candle.open) * rate(candle.close)).max(0.0).sqrt();
                *slot = Some(Hour {
                    level: (sure * high.clamp(sure, sure * APART)).sqrt(),
                    mean,
                    volume: units(candle.volume),
                });
            }
        }
        while self.hours.len() > HOURS {
            self.hours.pop_first();
        }
        true
    }

    /// They were used, or something better is known.
    pub(super) fn clear(&mut self) {
        self.hours.clear();
    }

    /// The hours as events, oldest first, each at the end of its hour.
    pub(super) fn events(&self, lots: Lots, parameters: &Parameters) -> Vec<Event> {
        let event = |(at, hours): (&Timestamp, &[Option<Hour>; PERIODS.len()])| {
            let mut event = Event {
                at: at.plus(HOUR),
                volume: [0.0; PERIODS.len()],
                filled: [[None; LOTS]; PERIODS.len()],
                mean: hours.first().copied().flatten().map(|hour| hour.mean),
            };
            // A shorter request takes longer offers too: every class has the hours of the shorter ones.
            let (mut level, mut volume) = (0.0_f64, 0.0);
            let classes = hours.iter().zip(event.volume.iter_mut().zip(event.filled.iter_mut()));
            for (hour, (volume_of, filled)) in classes {
                if let Some(hour) = hour {
                    level = level.max(hour.level);
                    volume += hour.volume;
                }
                *volume_of = volume;
                for (filled, size) in filled.iter_mut().zip(lots.sizes) {
                    *filled = (level > 0.0 && volume >= parameters.lots_least * units(size)).then_some(level);
                }
            }
            event
        };
        self.hours.iter().map(event).collect()
    }

    /// By the hour, oldest first, the best of the long classes: what long money paid.
    pub(super) fn long_rates(&self) -> impl Iterator<Item = f64> {
        let best = |hours: &[Option<Hour>; PERIODS.len()]| {
            let long = hours.iter().skip(1).flatten().map(|hour| hour.level);
            long.fold(None, |best: Option<f64>, level| Some(best.map_or(level, |best| best.max(level))))
        };
        self.hours.values().filter_map(best)
    }
}
