//! What a seed draws before its week begins: the exchange, its faults, the network, the account. Some kinds of fault are
//! off in each seed, so that what one hides another shows.

use yieldsforge::domain::{Amount, Currency, Rounding};
use yieldsforge::exchange::sim::api::{AccountSetup, HandOffer, Permission};
use yieldsforge::exchange::sim::faults::{Fault, FaultDeck};
use yieldsforge::exchange::sim::market::MarketProfile;

use super::dice::Dice;
use super::policies;

/// 2026-09-07 00:00 UTC, in milliseconds.
pub(crate) const START: i64 = 1_788_739_200_000;
/// The account's name.
pub(crate) const ACCOUNT: &str = "main";
/// Its key and secret.
pub(crate) const KEY: &str = "simulated-key";
/// Its key and secret.
pub(crate) const SECRET: &str = "simulated-secret";

/// Offer levels of the background: enough to stand between, few enough to be quick.
const LEVELS: usize = 16;

/// One currency of a plan.
#[derive(Debug, Clone)]
pub(crate) struct Lent {
    pub(crate) currency: Currency,
    /// Usual two-day rate, in units of 1e-12 per day.
    pub(crate) anchor: i64,
    /// One dollar's worth in units of 1e-8, about.
    pub(crate) dollar: Amount,
    pub(crate) balance: Amount,
    pub(crate) market: MarketProfile,
}

/// What a seed draws.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) lent: Vec<Lent>,
    pub(crate) hand_offers: Vec<HandOffer>,
    pub(crate) faults: FaultDeck,
    /// One way over the wire, shortest and longest, in milliseconds.
    pub(crate) latency: (i64, i64),
    /// Chances in a million that a request gets lost on its way there, or finds no connection.
    pub(crate) lost: i64,
    pub(crate) unsent: i64,
    /// Chance in a million that the daemon dies between a decision and its record, at each decision that acts.
    pub(crate) dies: i64,
    /// How many things the account's owner does in a week.
    pub(crate) whims: i64,
}

/// Frames and replies: chances per million where a fault is on at all.
const FAULTS: [(Fault, i64, i64); 20] = [
    (Fault::Drop, 2, 60),
    (Fault::Stall, 1, 20),
    (Fault::Delay, 20, 2_000),
    (Fault::Duplicate, 2, 60),
    (Fault::Reorder, 2, 60),
    (Fault::FaultAfterAccept, 1_000, 100_000),
    (Fault::HangAfterAccept, 1_000, 100_000),
    (Fault::CutAfterAccept, 1_000, 100_000),
    (Fault::ServerFault, 100, 20_000),
    (Fault::RateLimit, 10, 1_000),
    (Fault::Garbage, 2, 60),
    (Fault::Maintenance, 10, 300),
    (Fault::SequenceGap, 2, 60),
    (Fault::Disconnect, 2, 60),
    (Fault::NullAvailable, 1_000, 100_000),
    (Fault::StaleAvailable, 1_000, 100_000),
    (Fault::LateHistory, 10_000, 500_000),
    (Fault::NonceSmall, 20, 2_000),
    (Fault::KeyRevoked, 5, 100),
    (Fault::PermissionChanged, 5, 100),
];

impl Plan {
    /// Of a seed.
    pub(crate) fn draw(seed: u64) -> Self {
        let mut dice = Dice::new(seed, 1);
        let mut lent = vec![lent(&mut dice, Currency::USD)];
        if dice.percent(35) {
            let other = dice.pick(&["UST", "BTC", "ETH"]);
            lent.push(self::lent(&mut dice, Currency::from_code(other).unwrap()));
        }
        let on = dice.pick(&[0, 30, 60, 100]);
        let mut chances = Vec::new();
        for (fault, low, high) in FAULTS {
            if dice.percent(on) {
                chances.push((fault, u32::try_from(dice.magnitude(low, high)).unwrap()));
            }
        }
        let hand_offers = (0..dice.pick(&[0, 0, 1, 2])).map(|_| hand_offer(&mut dice, &lent[0])).collect();
        let slow = dice.pick(&[20, 150, 900]);
        let rough = |dice: &mut Dice| if dice.percent(on) { dice.magnitude(50, 5_000) } else { 0 };
        Self {
            seed,
            lent,
            hand_offers,
            faults: FaultDeck { chances },
            latency: (5, slow),
            lost: rough(&mut dice),
            unsent: rough(&mut dice),
            dies: if dice.percent(30) { dice.magnitude(100, 10_000) } else { 0 },
            whims: dice.magnitude(8, 500),
        }
    }

    /// The account as the exchange knows it at the start.
    pub(crate) fn account(&self) -> AccountSetup {
        let wallet = |one: &Lent| ("funding".to_owned(), one.currency, one.balance);
        AccountSetup {
            name: ACCOUNT.to_owned(),
            key: KEY.to_owned(),
            secret: SECRET.to_owned(),
            permissions: permissions(&[]),
            wallets: self.lent.iter().map(wallet).collect(),
            offers: self.hand_offers.clone(),
            auto_renew: Vec::new(),
        }
    }

    /// What is known of a currency.
    pub(crate) fn of(&self, currency: Currency) -> &Lent {
        self.lent.iter().find(|one| one.currency == currency).unwrap()
    }
}

/// A lender's permissions, and the right to write some more.
pub(crate) fn permissions(more: &[&str]) -> Vec<Permission> {
    let rows = [("account", false, false), ("funding", true, true), ("wallets", true, false), ("history", true, false)];
    let rest = [("orders", false, false), ("withdraw", false, false), ("ui_withdraw", false, false)];
    let row = |(scope, read, write): (&str, bool, bool)| Permission {
        scope: scope.to_owned(),
        read,
        write: write || more.contains(&scope),
    };
    rows.into_iter().chain(rest).map(row).collect()
}

/// An offer by hand of some 150 to 600 dollars.
pub(crate) fn hand_offer(dice: &mut Dice, lent: &Lent) -> HandOffer {
    let dollars = dice.between(160, 600);
    HandOffer {
        currency: lent.currency,
        amount: lent.dollar.scale_by(dollars, 1, Rounding::Down),
        rate: policies::rate(lent, dice.between(50, 300)),
        period: dice.pick(&[2, 2, 7, 30]),
    }
}

fn lent(dice: &mut Dice, currency: Currency) -> Lent {
    let (market, anchor, dollar) = match currency.code() {
        "UST" => (MarketProfile::ust(), 147_900_000, Amount::whole(1)),
        "BTC" => (MarketProfile::btc(), 30_000, Amount::from_units(1_667)),
        "ETH" => (MarketProfile::eth(), 1_370_000, Amount::from_units(33_334)),
        _ => (MarketProfile::usd(), 147_900_000, Amount::whole(1)),
    };
    let dollars = dice.magnitude(200, 25_000);
    // Odd digits: money that has earned interest before.
    let odd = Amount::from_units(dice.between(0, dollar.units()));
    let balance = dollar.scale_by(dollars, 1, Rounding::Down).checked_add(odd).unwrap();
    Lent { currency, anchor, dollar, balance, market: market.with_levels(LEVELS) }
}
