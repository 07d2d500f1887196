//! The embedded exchange as a whole: time and texts in, texts out.

use super::api::AccountSetup;
use super::audit::Audit;
use super::core::Core;
use super::faults::{FaultDeck, Faults};
use super::ledger::Books;
use super::market::Background;
use super::random::Random;
use super::rest::Limits;
use super::socket::Sockets;
use crate::domain::{Amount, Currency, DailyRate, Moment, Timestamp};

/// What an exchange is made of.
pub struct Setup {
    /// Seed of everything drawn inside.
    pub seed: u64,
    /// Market time at which it opens.
    pub start: Timestamp,
    /// Accounts.
    pub accounts: Vec<AccountSetup>,
    /// One background for each currency.
    pub markets: Vec<Box<dyn Background>>,
    /// What goes wrong, and how often.
    pub faults: FaultDeck,
    /// The documented rate limits times this: 1 is the real exchange, more suits an accelerated demo.
    pub rate_limit_scale: u32,
}

impl std::fmt::Debug for Setup {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Setup").field("seed", &self.seed).field("start", &self.start).finish_non_exhaustive()
    }
}

/// The embedded exchange. Its requests are in `rest`, its websockets in `socket`, the operator's door in `operator`.
#[derive(Debug)]
pub struct SimExchange {
    pub(super) core: Core,
    pub(super) limits: Limits,
    pub(super) sockets: Sockets,
    pub(super) faults: Faults,
    /// Draws what the wire varies without any fault: shapes, nulls, ids.
    pub(super) wire_random: Random,
    /// The moment up to which everything has run.
    pub(super) now: Moment,
    /// Clients were told of the maintenance.
    pub(super) maintenance_told: bool,
}

impl SimExchange {
    /// Opens at `setup.start`.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self {
            core: Core::new(setup.seed, setup.start, setup.accounts, setup.markets),
            limits: Limits::new(setup.rate_limit_scale),
            sockets: Sockets::default(),
            faults: Faults::new(&setup.faults, setup.seed),
            wire_random: Random::new(setup.seed, 2),
            now: Moment { market: setup.start, ..Moment::default() },
            maintenance_told: false,
        }
    }

    /// Lets time pass to `now`: runs everything that is due, in order of market time. Time never runs back.
    pub fn advance(&mut self, now: Moment) {
        let now = Moment { market: now.market.max(self.now.market), wire: now.wire.max(self.now.wire) };
        while let Some(due) = self.core.next_due(now.market) {
            self.core.step(due);
            self.deliver(Moment { market: due, wire: now.wire });
        }
        self.core.now = now.market;
        self.deliver(now);
        self.sockets.heartbeats(&mut self.faults, now);
        self.sockets.release_all(&mut self.faults, now);
    }

    /// The next market time at which something happens by itself.
    #[must_use]
    pub fn next_event(&self) -> Timestamp {
        self.core.next().unwrap_or(Timestamp::from_millis(i64::MAX))
    }

    /// The accounts as they truly are.
    #[must_use]
    pub const fn books(&self) -> &Books {
        &self.core.books
    }

    /// The flash return rate of the moment, per day; zero for a currency that is not traded.
    #[must_use]
    pub fn frr(&self, currency: Currency) -> DailyRate {
        self.core.frr(currency)
    }

    /// How many requests came while the exchange had blocked everything for a breach of its limits.
    #[must_use]
    pub const fn calls_while_blocked(&self) -> u64 {
        self.limits.disregarded()
    }

    /// How many websocket connections were ever opened.
    #[must_use]
    pub const fn sockets_opened(&self) -> u64 {
        self.sockets.opened_ever()
    }

    /// Interest that an account has earned in a currency and was not paid yet, net of the fee, rounded down.
    pub fn unpaid(&mut self, account: &str, currency: Currency) -> Amount {
        let index = self.core.books.accounts.iter().position(|known| known.name() == account);
        index.map(|index| self.core.unpaid(index, currency)).unwrap_or_default()
    }

    /// The rate per day of the last public trade in a currency, if there was one.
    #[must_use]
    pub fn last_trade(&self, currency: Currency) -> Option<DailyRate> {
        self.core.market(currency)?.tape.last().map(|print| print.rate)
    }

    /// One unit of a currency in units of 1e-8 USD, where the exchange knows.
    #[must_use]
    pub fn usd_price(&self, currency: Currency) -> Option<Amount> {
        self.core.market(currency)?.usd_price
    }

    /// What an auditor is told since the last call.
    pub fn take_audit(&mut self) -> Vec<Audit> {
        std::mem::take(&mut self.core.audit).into()
    }
}
