//! The account's owner and his machine: deposits, offers by hand, edits of the configuration, keys, crashes.

use std::collections::BTreeMap;

use yieldsforge::domain::{Amount, Currency, OfferId};
use yieldsforge::engine::Body;
use yieldsforge::exchange::sim::api::Command;
use yieldsforge::exchange::sim::audit::Actor;

use super::dice::Dice;
use super::memory::Memory;
use super::plan::{ACCOUNT, Plan, hand_offer, permissions};
use super::policies::{account, edited};
use super::world::World;

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
/// The week.
pub(crate) const WEEK: i64 = 7 * 24 * HOUR;
/// How long a stop waits for writes to be settled, as `app` does.
const GRACE: i64 = 30_000;

/// What may happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whim {
    Deposit,
    Withdraw,
    PlaceByHand,
    CancelByHand,
    Edit,
    Crash,
    LoseDatabase,
    Stop,
    Stopped,
    Start,
    Revoke,
    GainScope,
    HealKey,
    Adopt,
    AutoRenew(bool),
    Spike,
    Return,
    Disconnect,
}

/// How often each comes beside the others: borrowers who come and go most of all, so that money has to be lent anew.
const WHIMS: [Whim; 38] = [
    Whim::Return,
    Whim::Return,
    Whim::Return,
    Whim::Return,
    Whim::Return,
    Whim::Return,
    Whim::Return,
    Whim::Return,
    Whim::Return,
    Whim::Return,
    Whim::Spike,
    Whim::Spike,
    Whim::Spike,
    Whim::Spike,
    Whim::Spike,
    Whim::Spike,
    Whim::Deposit,
    Whim::Deposit,
    Whim::Withdraw,
    Whim::Withdraw,
    Whim::PlaceByHand,
    Whim::PlaceByHand,
    Whim::CancelByHand,
    Whim::CancelByHand,
    Whim::Edit,
    Whim::Edit,
    Whim::Edit,
    Whim::Edit,
    Whim::Crash,
    Whim::Crash,
    Whim::LoseDatabase,
    Whim::Stop,
    Whim::Revoke,
    Whim::GainScope,
    Whim::Adopt,
    Whim::AutoRenew(true),
    Whim::Spike,
    Whim::Disconnect,
];

/// The owner.
#[derive(Debug)]
pub(crate) struct Owner {
    /// When he next does something, in milliseconds since the start.
    pub(crate) next: i64,
    diary: BTreeMap<(i64, u32), Whim>,
    entries: u32,
    dice: Dice,
}

impl Default for Owner {
    fn default() -> Self {
        Self { next: i64::MAX, diary: BTreeMap::new(), entries: 0, dice: Dice::new(0, 0) }
    }
}

impl Owner {
    /// Draws his week.
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut owner = Self { dice: Dice::new(plan.seed, 4), ..Self::default() };
        for _ in 0..plan.whims {
            let at = owner.dice.between(0, WEEK);
            let whim = owner.dice.pick(&WHIMS);
            owner.enter(at, whim);
        }
        // Faults may have taken the key away: somebody looks after it now and then.
        for at in 1..14 {
            owner.enter(at * 12 * HOUR, Whim::HealKey);
        }
        owner
    }

    fn enter(&mut self, at: i64, whim: Whim) {
        self.entries += 1;
        self.diary.insert((at, self.entries), whim);
        self.look();
    }

    fn look(&mut self) {
        self.next = self.diary.keys().next().map_or(i64::MAX, |(at, _)| *at);
    }

    /// The machine starts the daemon anew.
    pub(crate) fn restart_soon(&mut self, at: i64) {
        let pause = self.dice.between(100, 90_000);
        self.enter(at + pause, Whim::Start);
    }

    /// Nothing of his own accord any more, but what he has begun he ends.
    pub(crate) fn rest(&mut self) {
        self.diary.retain(|_, whim| matches!(whim, Whim::Start | Whim::Stopped));
        self.look();
    }

    /// Does the next thing.
    pub(crate) fn act(&mut self, world: &mut World) {
        let Some(((at, _), whim)) = self.diary.pop_first() else { return };
        self.look();
        let one = self.dice.pick(&world.plan.lent);
        let account_name = ACCOUNT.to_owned();
        match whim {
            Whim::Deposit => {
                let amount =
                    one.dollar.scale_by(self.dice.magnitude(20, 5_000), 1, yieldsforge::domain::Rounding::Down);
                let wallet = "funding".to_owned();
                world.command(Command::Deposit { account: account_name, wallet, currency: one.currency, amount });
            }
            Whim::Withdraw => {
                let amount = self.part_of(available(world, one.currency));
                world.command(Command::Withdraw { account: account_name, currency: one.currency, amount });
            }
            Whim::PlaceByHand => {
                let offer = hand_offer(&mut self.dice, &one);
                world.command(Command::PlaceOffer { account: account_name, offer });
            }
            Whim::CancelByHand => {
                if let Some((id, _)) = self.any_offer(world) {
                    world.command(Command::CancelOffer { account: account_name, id });
                }
            }
            Whim::Edit => self.edit(world),
            Whim::Spike => {
                let amount = one.dollar.scale_by(
                    self.dice.magnitude(10_000, 50_000_000),
                    1,
                    yieldsforge::domain::Rounding::Down,
                );
                let limit = super::policies::rate(&one, self.dice.between(100, 600));
                world.command(Command::Borrow { currency: one.currency, amount, limit, period: 2 });
            }
            Whim::AutoRenew(on) => {
                world.command(Command::AutoRenew { account: account_name, currency: one.currency, on });
                if on {
                    let until = at + self.dice.between(MINUTE, 3 * HOUR);
                    self.enter(until, Whim::AutoRenew(false));
                }
            }
            Whim::Return => {
                if let Some(id) = self.any_loan(world) {
                    world.command(Command::Return { account: account_name, id });
                }
            }
            Whim::Disconnect => {
                world.command(Command::Disconnect);
            }
            Whim::Adopt => self.adopt(world),
            Whim::Revoke | Whim::GainScope | Whim::HealKey => self.key(at, whim, world),
            Whim::Crash | Whim::LoseDatabase | Whim::Stop | Whim::Stopped | Whim::Start => {
                self.machine(at, whim, world);
            }
        }
    }

    fn key(&mut self, at: i64, whim: Whim, world: &mut World) {
        let account = ACCOUNT.to_owned();
        match whim {
            Whim::Revoke => {
                world.command(Command::Revoke { account });
            }
            Whim::GainScope => {
                let scope = self.dice.pick(&["withdraw", "ui_withdraw", "orders", "wallets"]);
                world.command(Command::Permissions { account, permissions: permissions(&[scope]) });
            }
            _ => {
                world.command(Command::Permissions { account, permissions: permissions(&[]) });
                return;
            }
        }
        let until = at + self.dice.between(10 * MINUTE, 5 * HOUR);
        self.enter(until, Whim::HealKey);
    }

    fn machine(&mut self, at: i64, whim: Whim, world: &mut World) {
        match whim {
            Whim::Crash if world.daemon.is_some() => {
                world.kill_daemon();
                self.restart_soon(at);
            }
            Whim::LoseDatabase if world.daemon.is_some() => {
                world.kill_daemon();
                world.trail.line(at, "the database is lost");
                // Its nonces are lost too, but the clock is above them all.
                world.disk = Memory::default();
                world.checker.database_lost(at);
                self.restart_soon(at);
            }
            Whim::Stop => {
                let cancel = self.dice.percent(50);
                let now = world.now();
                world.trail.line(at, format_args!("the daemon is told to stop, cancelling offers: {cancel}"));
                if let Some(daemon) = &mut world.daemon {
                    world.checker.drained(at);
                    daemon.told(now, Body::Drain { cancel }, &mut world.trail);
                    self.enter(at + GRACE, Whim::Stopped);
                }
            }
            Whim::Stopped if world.daemon.as_ref().is_some_and(|daemon| daemon.view.draining) => {
                world.kill_daemon();
                let pause = self.dice.between(MINUTE, 60 * MINUTE);
                self.enter(at + pause, Whim::Start);
            }
            Whim::Start if world.daemon.is_none() => world.start_daemon(),
            _ => {}
        }
    }

    fn edit(&mut self, world: &mut World) {
        world.policy = edited(&world.policy, &world.plan, &mut self.dice);
        let policy = world.policy.clone();
        world.take_policy(policy);
    }

    fn adopt(&mut self, world: &mut World) {
        let Some((id, _)) = self.any_offer(world) else { return };
        let now = world.now();
        if let Some(daemon) = &mut world.daemon {
            world.trail.line(world.at, format_args!("adopt {id}"));
            world.checker.adopted(&[OfferId(id)]);
            daemon.told(now, Body::Adopt(account(), vec![OfferId(id)]), &mut world.trail);
        }
    }

    fn part_of(&mut self, amount: Amount) -> Amount {
        let part = self.dice.pick(&[10, 50, 100]);
        amount.scale_by(part, 100, yieldsforge::domain::Rounding::Down)
    }

    fn any_loan(&mut self, world: &World) -> Option<i64> {
        let loans: Vec<i64> = world.sim.books().account(ACCOUNT)?.lent().map(|one| one.id.id).collect();
        if loans.is_empty() { None } else { Some(self.dice.pick(&loans)) }
    }

    fn any_offer(&mut self, world: &World) -> Option<(i64, Actor)> {
        let offers: Vec<(i64, Actor)> =
            world.sim.books().account(ACCOUNT)?.offers().map(|offer| (offer.id, offer.by)).collect();
        if offers.is_empty() { None } else { Some(self.dice.pick(&offers)) }
    }
}

fn available(world: &World, currency: Currency) -> Amount {
    world.sim.books().account(ACCOUNT).map(|one| one.available(currency)).unwrap_or_default()
}
