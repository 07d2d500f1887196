//! The embedded exchange as a whole: time and texts in, texts out.

use super::api::{AccountSetup, Command, ConnId, Outgoing, Reply, Request};
use super::audit::Audit;
use super::faults::FaultDeck;
use super::ledger::Books;
use super::market::Background;
use crate::domain::{Moment, Timestamp};

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

/// The embedded exchange.
#[derive(Debug)]
pub struct SimExchange {
    books: Books,
}

impl SimExchange {
    /// Opens at `setup.start`.
    #[must_use]
    pub fn new(_setup: Setup) -> Self {
        Self { books: Books::default() }
    }

    /// Lets time pass to `now`: runs everything that is due, in order of market time.
    pub fn advance(&mut self, _now: Moment) {}

    /// The next market time at which something happens by itself.
    #[must_use]
    pub fn next_event(&self) -> Timestamp {
        Timestamp::from_millis(i64::MAX)
    }

    /// Answers an HTTP request.
    pub fn request(&mut self, _now: Moment, _request: &Request<'_>) -> Reply {
        Reply { status: 503, body: String::new(), fate: super::api::Fate::Send(crate::domain::Millis::new(0)) }
    }

    /// Opens a websocket connection.
    ///
    /// # Errors
    /// The refusal to answer the upgrade with: too many connections, a block, or a server fault.
    pub fn open(&mut self, _now: Moment) -> Result<ConnId, Reply> {
        Ok(ConnId(0))
    }

    /// A text frame arrives.
    pub fn receive(&mut self, _now: Moment, _conn: ConnId, _text: &str) {}

    /// A connection is gone.
    pub fn closed(&mut self, _conn: ConnId) {}

    /// What leaves on websockets since the last call.
    pub fn outgoing(&mut self) -> Vec<Outgoing> {
        Vec::new()
    }

    /// The operator's door.
    ///
    /// # Errors
    /// A sentence saying why it was not done.
    pub fn command(&mut self, _now: Moment, _command: Command) -> Result<String, String> {
        Err(String::new())
    }

    /// The accounts as they truly are.
    #[must_use]
    pub const fn books(&self) -> &Books {
        &self.books
    }

    /// What an auditor is told since the last call.
    pub fn take_audit(&mut self) -> Vec<Audit> {
        Vec::new()
    }
}
