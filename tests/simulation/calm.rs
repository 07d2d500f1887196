//! The calm after the week: no faults, nobody at work but the daemon. Within [`SETTLES`] everything is known again, and
//! from then on live offers equal wishes (money rule 10).

use yieldsforge::domain::{Amount, Currency, IdleReason, Rounding};
use yieldsforge::engine::{CurrencyStatus, StatusView};
use yieldsforge::exchange::sim::WalletName;
use yieldsforge::exchange::sim::api::Command;
use yieldsforge::exchange::sim::faults::FaultDeck;
use yieldsforge::strategy::{FrrAs, RateRule, Slice};

use super::checker::{Violation, broken};
use super::plan::{ACCOUNT, permissions};
use super::policies::account;
use super::world::World;

const MINUTE: i64 = 60_000;
/// A key that was refused is asked for again within the hour; a reading, the proof of absence and the rest after a
/// refusal take some minutes more. In ticks of a minute: 80.
const SETTLES: i64 = 80 * MINUTE;
/// How long it is watched afterwards.
const WATCHED: i64 = 180 * MINUTE;
/// A fill, a return or a moved offer is dealt with in so many ticks: the money of a cancel shows after 15 s at most, a
/// record that closed may have moved for 10 s, a refusal is rested for 15 s.
const PASSING: u32 = 4;
/// Between two quiet ticks (no write of its own) no more than this may pass: a batch cycle.
const QUIET_WITHIN: i64 = 25 * MINUTE;

/// Ends the faults and everybody's whims, and waits until everything should be known.
///
/// # Errors
/// A rule that is broken meanwhile.
pub(crate) fn settle(world: &mut World) -> Result<i64, Violation> {
    let name = ACCOUNT.to_owned();
    world.command(Command::Faults(FaultDeck::default()));
    world.command(Command::Permissions { account: name.clone(), permissions: permissions(&[]) });
    world.command(Command::Maintenance(false));
    for one in world.plan.lent.clone() {
        world.command(Command::AutoRenew { account: name.clone(), currency: one.currency, on: false });
    }
    // Connections that fell silent stay silent: that was a fault too.
    world.command(Command::Disconnect);
    world.rough = false;
    if let Some(daemon) = &mut world.daemon {
        daemon.calm();
    }
    let mut owner = std::mem::take(&mut world.owner);
    owner.rest();
    world.owner = owner;
    let end = world.at + SETTLES;
    world.run_until(end)?;
    Ok(end)
}

/// Watches that live offers equal wishes.
///
/// # Errors
/// What is not as it should be.
pub(crate) fn watch(world: &mut World) -> Result<(), Violation> {
    let end = world.at + WATCHED;
    let mut passing = 0;
    let (mut acts, mut quiet) = (0, world.at);
    while world.at < end {
        world.run_until(world.at + MINUTE)?;
        let Some(daemon) = &world.daemon else {
            return Err(broken("10 alive", world.at, "no daemon runs"));
        };
        let view = std::sync::Arc::clone(&daemon.view);
        let acted = daemon.acts != acts;
        acts = daemon.acts;
        match trouble(world, &view) {
            Some(words) => {
                passing += 1;
                if passing > PASSING {
                    return Err(broken("10 liveness", world.at, words));
                }
            }
            None => passing = 0,
        }
        if !acted {
            quiet = world.at;
        }
        if world.at - quiet > QUIET_WITHIN {
            return Err(broken("10 liveness", world.at, "it writes at every tick and comes to no rest"));
        }
    }
    Ok(())
}

/// What is not settled, not known, or not lent without a reason that the configuration gives.
fn trouble(world: &World, view: &StatusView) -> Option<String> {
    if !view.operative {
        return Some("the exchange is believed to be down".to_owned());
    }
    let account = view.accounts.values().next()?;
    if account.writes_under_way > 0 || !account.synced {
        return Some(format!("{} writes under way, synced: {}", account.writes_under_way, account.synced));
    }
    account.currencies.iter().find_map(|(currency, status)| {
        let words = wrong(world, *currency, status)
            .or_else(|| unsettled(world, *currency, status))
            .or_else(|| unexplained(world, *currency, status))
            .or_else(|| world.checker.standing(world.at, &world.sim, *currency))?;
        Some(format!("{currency}: {words}; idle {:?}; {:?}", status.idle, status.decisions))
    })
}

/// Where the daemon's picture differs from the ledger.
fn wrong(world: &World, currency: Currency, status: &CurrencyStatus) -> Option<String> {
    let truth = world.sim.books().account(ACCOUNT)?;
    let (balance, lent) = (truth.balance(WalletName::Funding, currency), truth.lent_out(currency));
    let offered = truth.offered(currency);
    let told = status.offered.checked_add(status.foreign).unwrap_or(Amount::MAX);
    let same = balance == status.balance && lent == status.lent && offered == told;
    (!same).then(|| {
        format!(
            "the ledger has balance {balance} lent {lent} offered {offered}, the daemon {} {} {told}",
            status.balance, status.lent
        )
    })
}

/// Money that lies idle for a reason that should have passed. What is lent by nobody in a window has no rate there: in
/// the thin markets of coins a rule that looks back may hold for want of data.
fn unsettled(world: &World, currency: Currency, status: &CurrencyStatus) -> Option<String> {
    let lend = world.policy.accounts.get(&account()).and_then(|policy| policy.lend.get(&currency));
    let looks_back = lend.is_some_and(|lend| lend.profile.slices.iter().any(Slice::looks_back));
    let thin = looks_back && ![Currency::USD.code(), "UST"].contains(&currency.code());
    let passes = |reason: &IdleReason| match reason {
        IdleReason::StaleData => !thin,
        IdleReason::Key
        | IdleReason::Maintenance
        | IdleReason::Disconnected
        | IdleReason::Reconciling
        | IdleReason::UnknownWrite
        | IdleReason::RateLimited
        | IdleReason::InFlight
        | IdleReason::AutoRenew => true,
        IdleReason::Disabled
        | IdleReason::Unmanaged
        | IdleReason::Keep
        | IdleReason::MaxLent
        | IdleReason::MinLiquid
        | IdleReason::Reserve
        | IdleReason::Unallocated
        | IdleReason::BelowFloor
        | IdleReason::Deviation
        | IdleReason::OfferCap
        | IdleReason::BelowMinimum
        | IdleReason::StrategyHold => false,
    };
    status.idle.iter().find(|(reason, _)| passes(reason)).map(|(reason, amount)| format!("{amount} idle for {reason}"))
}

/// Money for which the daemon has an excuse that the configuration does not give.
fn unexplained(world: &World, currency: Currency, status: &CurrencyStatus) -> Option<String> {
    let lend = world.policy.accounts.get(&account())?.lend.get(&currency)?;
    let slices = &lend.profile.slices;
    let minimum = world.plan.of(currency).dollar.scale_by(MINIMUM_DOLLARS, 1, Rounding::Up);
    let small = minimum.scale_by(i64::try_from(slices.len()).unwrap() + 1, 1, Rounding::Up);
    let waits = |slice: &Slice| {
        let floats = matches!(slice.rate, RateRule::Frr { placed: FrrAs::DeltaVariable, .. });
        floats && !slice.allow_below_floor_after_match
    };
    let of = |reason: IdleReason| status.idle.get(&reason).copied().unwrap_or_default();
    if of(IdleReason::StrategyHold).is_positive() && !slices.iter().any(waits) {
        return Some("idle without a reason".to_owned());
    }
    if of(IdleReason::BelowMinimum) > small {
        return Some(format!("{} is said to be too small to be offered", of(IdleReason::BelowMinimum)));
    }
    None
}

/// The price of a coin may have moved in a week, so an offer of so many of the first day's dollars is surely large enough.
const MINIMUM_DOLLARS: i64 = 210;
