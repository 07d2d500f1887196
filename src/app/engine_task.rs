//! The one task that owns the engine: it stamps what happens, steps, and hands the effects on. It waits for nobody but
//! the queue.

use std::sync::Arc;

use tokio::sync::mpsc::error::TrySendError;
use tokio::sync::{mpsc, oneshot, watch};

use crate::domain::{AccountName, Currency, Intent, Timestamp};
use crate::engine::{Body, Effect, Engine, Input, Kept, Memory, StatusView};
use crate::exchange::clock::Clock;
use crate::planner::Approved;
use crate::telemetry::brief;
use crate::telemetry::health::{self, AdminState};
use crate::telemetry::log::NoteLog;
use crate::telemetry::record::{self, Gauges, step};

use super::clock::HouseClock;
use super::inbox::Outlet;
use super::newsdesk::Ear;
use super::recorder::Scribe;
use super::roster::Roster;

/// What one step wants recorded and sent, in this order.
#[derive(Debug)]
pub struct Batch {
    /// Market time of the step.
    pub at: Timestamp,
    /// To be remembered.
    pub memories: Vec<Memory>,
    /// What is learned, to be written down.
    pub kept: Vec<Kept>,
    /// To be recorded, then sent.
    pub acts: Vec<Approved<Intent>>,
    /// Told when all of this, and what came before it, is done.
    pub done: Option<oneshot::Sender<()>>,
}

/// What one account's reader is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// The whole account, with the past if asked.
    Account {
        /// Also the histories.
        history: bool,
    },
    /// The available balance of one currency.
    Available(Currency),
    /// What the key may do.
    Gate,
    /// The interest ledger.
    Ledger,
}

/// Where effects go.
#[derive(Debug)]
pub struct Hands {
    /// To the store, then to the writers.
    pub clerk: mpsc::Sender<Batch>,
    /// To the readers.
    pub roster: Roster,
    /// To the admin server.
    pub shown: watch::Sender<AdminState>,
    /// To the newsdesk.
    pub ear: Ear,
    /// To the recorder.
    pub scribe: Scribe,
    /// To whoever wants to look: the demo, the stop.
    pub view: watch::Sender<Arc<StatusView>>,
}

/// The engine with its surroundings.
#[derive(Debug)]
pub struct EngineTask {
    engine: Engine,
    seq: u64,
    clock: Arc<HouseClock>,
    outlet: Outlet,
    hands: Hands,
    log: NoteLog,
    gauges: Gauges,
    at: Timestamp,
    /// What systemd was told last.
    headline: String,
}

impl EngineTask {
    /// Around a fresh engine.
    #[must_use]
    pub fn new(clock: Arc<HouseClock>, outlet: Outlet, hands: Hands) -> Self {
        let at = clock.now().market;
        Self {
            engine: Engine::new(),
            seq: 0,
            clock,
            outlet,
            hands,
            log: NoteLog::default(),
            gauges: Gauges::default(),
            at,
            headline: String::new(),
        }
    }

    /// Runs until nobody can tell anything any more, or a hand is gone.
    pub async fn run(mut self) {
        loop {
            let due = self.engine.next_wakeup();
            let now = self.clock.now().market;
            let body = if let Some(urgent) = self.outlet.urgent_now() {
                // What became of a write comes before the next decision.
                Some(urgent)
            } else if due <= now {
                Some(Body::Tick)
            } else {
                let pause = self.clock.real(due.since(now));
                tokio::select! {
                    biased;
                    body = self.outlet.next() => body,
                    () = tokio::time::sleep(pause) => Some(Body::Tick),
                }
            };
            let Some(body) = body else { return };
            if let Err(why) = self.step(body) {
                tracing::error!(event = "engine_stops", "{why}");
                return;
            }
            // One step is short, but a burst of them must not keep the runtime's other tasks waiting.
            tokio::task::yield_now().await;
        }
    }

    fn step(&mut self, body: Body) -> Result<(), String> {
        self.seq = self.seq.wrapping_add(1);
        self.at = self.at.max(self.clock.now().market);
        let input = Input { seq: self.seq, at: self.at, body };
        let began = self.clock.elapsed();
        let effects = self.engine.step(&input);
        step(&input.body, self.clock.elapsed().saturating_sub(began));
        let mut batch = Batch { at: self.at, memories: Vec::new(), kept: Vec::new(), acts: Vec::new(), done: None };
        for effect in effects {
            self.effect(effect, &mut batch)?;
        }
        if !batch.memories.is_empty() || !batch.acts.is_empty() || !batch.kept.is_empty() {
            self.hands.clerk.try_send(batch).map_err(|full| format!("the store cannot keep up: {full}"))?;
        }
        if matches!(input.body, Body::Tick) {
            self.ticked();
        }
        Ok(())
    }

    fn effect(&mut self, effect: Effect, batch: &mut Batch) -> Result<(), String> {
        match effect {
            Effect::Act(intent) => batch.acts.push(intent),
            Effect::Remember(memory) => {
                self.hands.scribe.memory(self.at, &memory);
                batch.memories.push(memory);
            }
            Effect::Keep(mut kept) => batch.kept.append(&mut kept),
            Effect::ReadAccount { account, history } => self.errand(&account, Errand::Account { history })?,
            Effect::ReadAvailable { account, currency } => self.errand(&account, Errand::Available(currency))?,
            Effect::Note(note) => {
                record::note(&note);
                self.hands.ear.hear(&note);
                self.hands.scribe.note(self.at, &note);
                self.log.note(&note, self.clock.wire());
            }
            Effect::View(view) => self.view(view),
        }
        Ok(())
    }

    fn errand(&self, account: &AccountName, errand: Errand) -> Result<(), String> {
        // An account without a key has no reader: it is off, and nothing is asked of it.
        let Some(ways) = self.hands.roster.ways(account) else { return Ok(()) };
        match ways.errands.try_send(errand) {
            // One that is just being dismissed has no more to do.
            Ok(()) | Err(TrySendError::Closed(_)) => Ok(()),
            Err(TrySendError::Full(_)) => Err(format!("the reader of account {account} cannot keep up")),
        }
    }

    fn view(&mut self, view: Arc<StatusView>) {
        self.gauges.view(&view);
        self.hands.view.send_replace(Arc::clone(&view));
        self.hands.shown.send_modify(|shown| shown.view = Some(view));
    }

    /// A tick is done: that, and nothing else, is what the watchdog and `/livez` go by.
    fn ticked(&mut self) {
        let wire = self.clock.wire();
        record::ticked(self.at, self.outlet.waiting());
        self.log.flush(wire);
        self.hands.shown.send_modify(|shown| shown.last_tick = Some(wire));
        let (ready, headline) = {
            let shown = self.hands.shown.borrow();
            let checks = health::ready(&shown, wire);
            (health::all_good(&checks), brief::headline(&shown, &checks))
        };
        record::ready(ready);
        super::systemd::alive();
        if headline != self.headline {
            super::systemd::status(&headline);
            self.headline = headline;
        }
    }
}
