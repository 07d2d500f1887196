//! Waiting for one's turn: the pure [`Budget`] with a clock and the runtime's timers around it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::oneshot;

use crate::domain::Millis;
use crate::exchange::clock::{Clock, duration};

use super::budget::{Ask, BLOCK_JITTER, Budget, Ticket, Wait};

/// All requests of this process stand in one queue, because the exchange counts by IP address.
pub struct RequestQueue {
    inner: Mutex<Inner>,
    clock: Arc<dyn Clock>,
}

struct Inner {
    budget: Budget,
    waiting: BTreeMap<Ticket, oneshot::Sender<()>>,
}

/// What the metrics show of the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueState {
    /// Requests that could leave at once.
    pub left: u32,
    /// Calls that wait for their turn.
    pub waiting: usize,
    /// How long the silence after a 429 still lasts, in wire time.
    pub blocked: Option<Millis>,
}

impl RequestQueue {
    /// An empty queue with a full bucket.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Arc<Self> {
        let budget = Budget::new(clock.now());
        Arc::new(Self { inner: Mutex::new(Inner { budget, waiting: BTreeMap::new() }), clock })
    }

    /// Waits for one's turn. Keep what it returns until the reply is there: it holds the key's lane. Giving up (dropping
    /// the future) gives up the place.
    pub async fn turn(self: &Arc<Self>, ask: Ask) -> Turn {
        let (go, mut gone) = oneshot::channel();
        let ticket = {
            let mut inner = self.lock();
            let ticket = inner.budget.enqueue(ask);
            inner.waiting.insert(ticket, go);
            ticket
        };
        let turn = Turn { queue: Arc::clone(self), ticket };
        loop {
            let pause = self.admit();
            tokio::select! {
                biased;
                _granted = &mut gone => return turn,
                () = sleep(pause) => {}
            }
        }
    }

    /// The exchange said that there were too many requests: silence for all.
    pub fn limited(&self) {
        // The last digits of the wall clock are as good as chance for not coming back together with others.
        let span = u64::try_from(BLOCK_JITTER.get()).unwrap_or(0).saturating_add(1);
        let jitter = Millis::new(i64::try_from(self.clock.unix_micros() % span).unwrap_or(0));
        let now = self.clock.now();
        self.lock().budget.limited(now.wire, jitter);
    }

    /// For the metrics.
    #[must_use]
    pub fn state(&self) -> QueueState {
        let now = self.clock.now();
        let inner = self.lock();
        QueueState {
            left: inner.budget.left(now),
            waiting: inner.budget.waiting(),
            blocked: inner.budget.blocked(now.wire),
        }
    }

    /// Lets go whoever may, and says how long until somebody else may; `None` when a call under way must end first.
    fn admit(&self) -> Option<Duration> {
        let now = self.clock.now();
        let mut inner = self.lock();
        while let Some(ticket) = inner.budget.poll(now) {
            if let Some(go) = inner.waiting.remove(&ticket) {
                // One who is no longer there gives the ticket back when his `Turn` is dropped.
                let _gone = go.send(());
            }
        }
        inner.budget.wait(now).map(|wait| match wait {
            Wait::Market(span) => self.clock.real(span).max(Duration::from_millis(1)),
            Wait::Wire(span) => duration(span),
        })
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How often one who waits for another's turn to end looks for himself.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

async fn sleep(pause: Option<Duration>) {
    match pause {
        Some(pause) => tokio::time::sleep(pause).await,
        // Nothing to wait for but another's turn, whose end may have found no token for us: look again.
        None => tokio::time::sleep(LOOK_AGAIN).await,
    }
}

impl std::fmt::Debug for RequestQueue {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_tuple("RequestQueue").field(&self.state()).finish()
    }
}

/// One's turn: dropped when the reply is there, it lets the next one of the key go.
#[derive(Debug)]
#[must_use = "dropping it ends the turn"]
pub struct Turn {
    queue: Arc<RequestQueue>,
    ticket: Ticket,
}

impl Drop for Turn {
    fn drop(&mut self) {
        {
            let mut inner = self.queue.lock();
            inner.waiting.remove(&self.ticket);
            inner.budget.done(self.ticket);
        }
        let _others_wake_themselves = self.queue.admit();
    }
}
