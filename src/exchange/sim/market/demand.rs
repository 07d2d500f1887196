//! The borrowers: what a batch and what the minutes between ask for.

use super::Move;
use super::climate::Conditions;
use super::numbers::{MAX_RATE, amount, daily};
use super::profile::MarketProfile;
use super::random::Random;
use crate::domain::Days;

/// How far and how much one batch goes, two-day demand.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Appetite {
    /// The lowest limit of its borrowers, rate per day.
    pub(super) from: f64,
    /// The highest limit, rate per day.
    pub(super) to: f64,
    /// Sum in units of the currency.
    pub(super) volume: f64,
}

/// Parts of a batch's volume in the main batch and its stragglers, and borrowers in each.
const PARTS: [(f64, u8); 3] = [(0.75, 12), (0.15, 4), (0.10, 3)];
/// Requests for longer periods at a batch: `(days, chance, mean log distance of the limit over the anchor, median in lots)`.
/// Limits are the volume-weighted rates of 1.5 (7 d 9.3 %, 30 d 11.2 %, 120 d 11.0 % a year) less the premium of the fills of
/// one small lender (`data/calibration`: 30 d 10.1 % after some 80 min, 120 d 10.7 % after 20 min); amounts and the chances
/// follow the same waits.
const LONGER: [(u16, f64, f64, f64); 5] = [
    (7, 0.6, 0.50, 30.0),
    (14, 0.15, 0.54, 20.0),
    (30, 0.35, 0.60, 60.0),
    (60, 0.05, 0.60, 20.0),
    (120, 0.5, 0.65, 25.0),
];
const LONGER_SIGMA: f64 = 0.12;
/// Between batches, at each look: chance and median of a small request (in lots), and of a large one that walks up (as a part
/// of a batch).
const SMALL: (f64, f64) = (0.35, 1.6);
const LARGE: (f64, f64) = (0.04, 0.032);

/// Draws the appetite of a batch.
pub(super) fn appetite(now: &Conditions, profile: &MarketProfile, random: &mut Random) -> Appetite {
    let usual = profile.reach + profile.reach_sigma * random.normal();
    let lifted = (now.floor / now.anchor).ln() + 0.06 + 0.03 * random.normal().abs();
    let reach = usual.max(lifted) + (1.0 - 0.6) * now.spike;
    let volume = random.lognormal(profile.demand, profile.demand_sigma) * (0.3 * now.fast + 0.5 * now.spike).exp();
    Appetite { from: now.floor, to: (now.anchor * reach.exp()).clamp(now.floor * 1.05, MAX_RATE), volume }
}

/// The two-day requests of one part of a batch, limits ascending, so that prints walk up.
pub(super) fn batch(part: u8, appetite: &Appetite, random: &mut Random) -> Vec<Move> {
    let (share, borrowers) = PARTS.get(usize::from(part)).copied().unwrap_or((0.0, 0));
    let mut limits: Vec<f64> = (1..borrowers).map(|_| random.uniform().sqrt()).collect();
    limits.sort_by(f64::total_cmp);
    // The last borrower takes what it needs at any price up to the batch's reach.
    limits.push(1.0);
    let mut weights: Vec<f64> = limits.iter().map(|_| random.lognormal(1.0, 1.2)).collect();
    if let Some(last) = weights.last_mut() {
        *last += f64::from(borrowers);
    }
    let total: f64 = weights.iter().sum();
    let span = (appetite.to / appetite.from).max(1.0);
    let requests = limits.iter().zip(&weights).filter(|_| share > 0.0);
    requests
        .map(|(at, weight)| Move::Borrow {
            amount: amount(share * appetite.volume * weight / total),
            limit: daily((appetite.from * span.powf(*at)).min(appetite.to)),
            period: Days::MIN,
        })
        .collect()
}

/// The requests for longer periods that come with a batch.
pub(super) fn longer(now: &Conditions, profile: &MarketProfile, random: &mut Random) -> Vec<Move> {
    let mut moves = Vec::new();
    for (days, chance, over, lots) in LONGER {
        let (arrives, distance) = (random.uniform(), over + LONGER_SIGMA * random.normal() + now.spike);
        let wanted = random.lognormal(lots * profile.lot, 1.2);
        if arrives < chance {
            moves.push(Move::Borrow {
                amount: amount(wanted),
                limit: daily(now.anchor * distance.exp()),
                period: Days::new(days),
            });
        }
    }
    moves
}

/// What is asked for between batches: mostly a lot or two at the cheap end.
pub(super) fn between(
    best: f64,
    batch_volume: f64,
    now: &Conditions,
    profile: &MarketProfile,
    random: &mut Random,
) -> Option<Move> {
    let draw = random.uniform() / (profile.activity * profile.batch_chance);
    let (wanted, reach) = if draw < LARGE.0 {
        (random.lognormal(LARGE.1 * batch_volume, 0.9), (1.0 + random.between(0.05, 0.35)) * best.max(now.floor))
    } else if draw < LARGE.0 + SMALL.0 {
        (random.lognormal(SMALL.1 * profile.lot, 0.7).max(profile.lot), best * 1.003)
    } else {
        return None;
    };
    Some(Move::Borrow { amount: amount(wanted), limit: daily(reach), period: Days::MIN })
}
