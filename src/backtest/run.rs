//! One run: a tape, all lenders, one pass.

use std::path::PathBuf;
use std::sync::Arc;

use thiserror::Error;

use super::benchmarks::{Foresight, Oracle, Reach, habits};
use super::fill::FillModel;
use super::lender::{ByEngine, ByPolicy, Lender};
use super::measure::{Figures, Tally};
use super::tape::{Kinds, Modelled, Recorded, Tape, TapeError};
use super::venue::{Terms, Venue};
use crate::domain::{AccountName, Amount, Currency, DAY, Days, Millis, Ratio, Timestamp};
use crate::exchange::sim::market::{MarketProfile, Refinancing};
use crate::strategy::stats::Parameters;
use crate::strategy::{PeriodRule, Profile, Slice};

/// The modelled market's first measured moment: 2026-01-01 00:00 UTC.
const MODEL_FROM: Timestamp = Timestamp::from_millis(1_767_225_600_000);

/// What is asked.
#[derive(Debug, Clone)]
pub struct Plan {
    /// Profiles, the first of which all others are compared with.
    pub profiles: Vec<Arc<Profile>>,
    /// What is lent.
    pub currency: Currency,
    /// How much of it.
    pub amount: Amount,
    /// The price of a unit in 1e-8 USD where the tape tells none.
    pub usd_price: Amount,
    /// The exchange's share of the interest.
    pub fee: Ratio,
    /// How often profiles reconsider at least.
    pub every: Millis,
    /// The fill model; nothing: the strictest that the data allow.
    pub fills: Option<FillModel>,
    /// Whether borrowers refinance.
    pub refinancing: Refinancing,
    /// Measure from then on.
    pub from: Option<Timestamp>,
    /// Measure until then.
    pub to: Option<Timestamp>,
    /// Seen before the money comes.
    pub warm_up: Millis,
    /// Measured days of a modelled market.
    pub days: u16,
}

/// A tape to run over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// The modelled market of a seed.
    Model(u64),
    /// Recorded data, with the borrowers of a seed.
    Data(PathBuf, u64),
}

impl Unit {
    /// Its name.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Model(seed) => format!("seed {seed}"),
            Self::Data(path, draw) => {
                let name = path
                    .file_name()
                    .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
                if *draw > 1 { format!("{name}, draw {draw}") } else { name }
            }
        }
    }

    fn seed(&self) -> u64 {
        match self {
            Self::Model(seed) | Self::Data(_, seed) => *seed,
        }
    }
}

/// Who lent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A profile, by the engine.
    Profile,
    /// A habit of other lenders.
    Habit,
}

/// One lender's result on one tape.
#[derive(Debug, Clone)]
pub struct Row {
    /// Name.
    pub name: String,
    /// What it does, in a few words.
    pub words: String,
    /// Who lent.
    pub kind: Kind,
    /// How it went.
    pub figures: Figures,
}

/// The results on one tape.
#[derive(Debug, Clone)]
pub struct UnitResult {
    /// Name of the tape.
    pub name: String,
    /// Measured from …
    pub from: Timestamp,
    /// … until.
    pub to: Timestamp,
    /// The fill model in force.
    pub fills: FillModel,
    /// Lenders: profiles first, in their order.
    pub rows: Vec<Row>,
    /// Foresight with two-day offers, with all periods and bids, and the same winsorised.
    pub oracle: [Foresight; 3],
    /// What of the data was not played, and what they cannot tell.
    pub notes: Vec<String>,
}

/// Why there is no result.
#[derive(Debug, Error)]
pub enum BacktestError {
    /// The tape cannot be played.
    #[error(transparent)]
    Tape(#[from] TapeError),
    /// The data do not allow this fill model.
    #[error("{unit}: the fill model `{fills}` needs {needs}; leave --fills away to take what fits")]
    Fills {
        /// The tape.
        unit: String,
        /// The model.
        fills: &'static str,
        /// What is missing.
        needs: &'static str,
    },
    /// Nothing lies in the time asked for.
    #[error(
        "{unit}: nothing to measure between --from and --to after the warm-up; the tape's time does not reach so far"
    )]
    Empty {
        /// The tape.
        unit: String,
    },
}

/// Runs everyone over one tape. `progress` is told now and then what part of it has passed, 0 to 1.
///
/// # Errors
/// [`BacktestError`].
pub fn run(plan: &Plan, unit: &Unit, progress: &dyn Fn(f64)) -> Result<UnitResult, BacktestError> {
    let Opened { mut tape, kinds, from, to, mut notes } = open(plan, unit)?;
    let fills = fills(plan, unit, kinds)?;
    let terms = Terms {
        currency: plan.currency,
        amount: plan.amount,
        fee: plan.fee,
        fills,
        refinancing: plan.refinancing,
        seed: unit.seed(),
        usd_price: plan.usd_price,
    };
    let mut lenders = lenders(plan, terms, kinds, from, to);
    notes.extend(plan.profiles.iter().filter_map(|profile| narrowed(profile, kinds)).map(|profile| {
        let name = &profile.name;
        format!("{name}: what leaves its period to the rule lends for two days; these candles tell of no other loans")
    }));
    let mut oracle = Oracle::new(terms, from);
    let mut paid = false;
    let (span, mut told) = (super::numbers::days(to.since(from)), from);
    while let Some(moment) = tape.next()? {
        if moment.at >= to {
            break;
        }
        if !paid && moment.at >= from {
            paid = true;
            for (.., lender) in &mut lenders {
                lender.deposit(from);
            }
        }
        for (.., lender) in &mut lenders {
            lender.moment(&moment);
        }
        oracle.moment(&moment);
        if moment.at.since(told) >= DAY {
            told = moment.at;
            progress(super::numbers::days(told.since(from)) / span);
        }
    }
    if !paid {
        return Err(BacktestError::Empty { unit: unit.name() });
    }
    let rows = lenders.into_iter().map(|(name, words, kind, lender)| {
        let figures = Figures::of(lender.end(to), plan.amount);
        Row { name, words, kind, figures }
    });
    let rows = rows.collect();
    let oracle = [Reach::TwoDays, Reach::Full, Reach::Winsorised].map(|reach| oracle.solve(to, reach));
    Ok(UnitResult { name: unit.name(), from, to, fills, rows, oracle, notes })
}

/// A tape that is ready, with what is measured of it.
struct Opened {
    tape: Box<dyn Tape>,
    kinds: Kinds,
    from: Timestamp,
    to: Timestamp,
    notes: Vec<String>,
}

fn open(plan: &Plan, unit: &Unit) -> Result<Opened, BacktestError> {
    let empty = || BacktestError::Empty { unit: unit.name() };
    match unit {
        Unit::Model(seed) => {
            let from = plan.from.unwrap_or(MODEL_FROM);
            let to = plan.to.unwrap_or_else(|| from.plus(DAY.times(i64::from(plan.days))));
            if to <= from {
                return Err(empty());
            }
            let start = Timestamp::from_millis(from.millis().saturating_sub(plan.warm_up.get()));
            let profile = MarketProfile::of(plan.currency, plan.usd_price);
            let tape = Box::new(Modelled::new(*seed, profile, start, to));
            let kinds = Kinds { trades: true, books: true, candles: false, frr: true, longer: true };
            Ok(Opened { tape, kinds, from, to, notes: Vec::new() })
        }
        Unit::Data(path, _) => {
            // Once through, only for its end.
            let mut scout = Recorded::open(path, plan.currency)?;
            let begins = scout.begins().ok_or_else(empty)?;
            let mut ends = begins;
            while let Some(moment) = scout.next()? {
                ends = moment.at;
            }
            let from = begins.plus(plan.warm_up).max(plan.from.unwrap_or(begins));
            let to = plan.to.map_or(ends, |to| to.min(ends));
            if to <= from {
                return Err(empty());
            }
            let tape = Recorded::open(path, plan.currency)?;
            let (kinds, notes) = (tape.kinds(), tape.left_out().to_vec());
            Ok(Opened { tape: Box::new(tape), kinds, from, to, notes })
        }
    }
}

/// The fill model: the one asked for if the data have what it needs, else the strictest that they allow.
fn fills(plan: &Plan, unit: &Unit, kinds: Kinds) -> Result<FillModel, BacktestError> {
    let fits = |model: FillModel| match model {
        FillModel::Queue if !(kinds.trades && kinds.books) => Err("trades and books"),
        FillModel::Prints if !kinds.trades => Err("trades"),
        FillModel::Strict | FillModel::Middle | FillModel::Touch if !kinds.candles => Err("candles, and no trades"),
        FillModel::Snapshot if kinds.trades || kinds.candles || !kinds.books => Err("books alone"),
        FillModel::Queue
        | FillModel::Prints
        | FillModel::Strict
        | FillModel::Middle
        | FillModel::Touch
        | FillModel::Snapshot => Ok(model),
    };
    let Some(asked) = plan.fills else {
        let strictest = [FillModel::Prints, FillModel::Strict, FillModel::Snapshot];
        return Ok(strictest.into_iter().find(|model| fits(*model).is_ok()).unwrap_or(FillModel::Prints));
    };
    fits(asked).map_err(|needs| BacktestError::Fills { unit: unit.name(), fills: asked.name(), needs })
}

type Named = (String, String, Kind, Box<dyn Lender>);

fn lenders(plan: &Plan, terms: Terms, kinds: Kinds, from: Timestamp, to: Timestamp) -> Vec<Named> {
    let venue = || Venue::new(terms, Tally::new(from, to));
    let mut all: Vec<Named> = Vec::new();
    for profile in &plan.profiles {
        let Ok(name) = AccountName::new("backtest") else { continue };
        let judged = narrowed(profile, kinds).map_or_else(|| Arc::clone(profile), Arc::new);
        let lender = ByEngine::new(judged, plan.every, name, venue());
        // Candles tell of the market once an hour: in between there is nothing to decide anew on.
        let hourly = kinds.candles && profile.adapts();
        let lender = if hourly { lender.tuned(&Parameters::hourly()) } else { lender };
        all.push((profile.name.clone(), profile.description.clone(), Kind::Profile, Box::new(lender)));
    }
    for habit in habits(kinds.books) {
        let lender = ByPolicy::new(habit.policy, venue());
        all.push((habit.name.to_owned(), habit.words.to_owned(), Kind::Habit, Box::new(lender)));
    }
    all
}

/// The profile as it can be judged where the data tell of two-day loans only, if that is another: whether anybody would have
/// borrowed for longer, and what he would have paid, such data do not say, so the adaptive rule, which chooses by that, cannot
/// choose. Periods that a user wrote down stay as he wrote them.
fn narrowed(profile: &Profile, kinds: Kinds) -> Option<Profile> {
    let free = |slice: &&mut Slice| slice.period == PeriodRule::Adaptive;
    let mut judged = profile.clone();
    let slices: Vec<&mut Slice> = judged.slices.iter_mut().filter(free).collect();
    if kinds.longer || slices.is_empty() {
        return None;
    }
    for slice in slices {
        slice.period = PeriodRule::Fixed(Days::MIN);
    }
    Some(judged)
}
