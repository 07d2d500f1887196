//! Sets up one account's tasks: socket, ear, reader, writer, on one lane for its key.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::config::{Mode, Settings};
use crate::domain::{AccountName, Intent};
use crate::engine::Policy;
use crate::exchange::bitfinex::budget::LaneId;
use crate::exchange::bitfinex::calls::{Lane, Rest};
use crate::exchange::bitfinex::connects::Connects;
use crate::exchange::bitfinex::socket::Socket;
use crate::exchange::bitfinex::tls::{self, Protocol, Tls};
use crate::exchange::clock::Clock;
use crate::exchange::session::{Role, Session};
use crate::planner::Approved;
use crate::secrets::ApiKey;
use crate::store::Store;
use crate::telemetry::health::AdminState;

use super::clock::HouseClock;
use super::door::Door;
use super::engine_task::Errand;
use super::grumbles::Grumbles;
use super::inbox::Inbox;
use super::lane;
use super::reader::Reader;
use super::recorder::Scribe;
use super::roster::Ways;
use super::streams::AccountEar;
use super::supervisor::Supervisor;
use super::writer::{Recorder, Writer};
use super::{EVENTS, RunError};

/// Acts that may wait for a writer; the engine has fewer on their way.
const ACTS: usize = 64;
/// Errands that may wait for a reader.
const ERRANDS: usize = 64;

/// What accounts are built from.
#[derive(Debug, Clone)]
pub(super) struct Build {
    pub(super) settings: Settings,
    pub(super) rest: Rest,
    pub(super) tls: Tls,
    pub(super) store: Store,
    pub(super) inbox: Inbox,
    /// Who writes down what the market tells.
    pub(super) scribe: Scribe,
    pub(super) shown: watch::Sender<AdminState>,
    pub(super) clock: Arc<HouseClock>,
    pub(super) grumbles: Grumbles,
    /// The policy in force: what each account lends.
    pub(super) policy: watch::Receiver<Arc<Policy>>,
    /// No submit leaves any more: the daemon stops.
    pub(super) closing: CancellationToken,
    /// What serves the exchange ends.
    pub(super) serving: CancellationToken,
}

/// One account's own part of what it is built from.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) name: AccountName,
    /// Its key's.
    pub(super) lane: Arc<Lane>,
    /// The host's connection limit, shared with the other accounts.
    pub(super) connects: Arc<Connects>,
    /// No submit leaves any more.
    pub(super) closing: CancellationToken,
    /// Its tasks end.
    pub(super) end: CancellationToken,
    /// Its tasks.
    pub(super) tasks: TaskTracker,
}

impl Build {
    /// Starts the tasks of an account.
    pub(super) fn account(&self, desk: &Desk, tasks: &mut Supervisor) -> Result<Ways, RunError> {
        let (errands, errands_out) = mpsc::channel(ERRANDS);
        let (acts, acts_out) = mpsc::channel(ACTS);
        let door = Door::new(desk.name.clone(), self.inbox.clone());
        self.socket(desk, &door, &errands, tasks)?;
        self.writer(desk, &door, &errands, acts_out, tasks);
        let reader = Reader {
            account: desk.name.clone(),
            lane: Arc::clone(&desk.lane),
            inbox: self.inbox.clone(),
            door,
            policy: self.policy.clone(),
            store: self.store.clone(),
            shown: self.shown.clone(),
            grumbles: self.grumbles.clone(),
            clock: Arc::clone(&self.clock),
        };
        let reading = reader.run(errands_out, desk.end.clone());
        tasks.start_until(&desk.end, format!("reader {}", desk.name), desk.tasks.track_future(reading));
        Ok(Ways { acts, errands })
    }

    /// The key's lane, its nonces above everything that was ever stored for it.
    pub(super) async fn lane(&self, id: LaneId, key: &ApiKey) -> Result<Arc<Lane>, RunError> {
        let lane = lane::open(&self.rest, &self.store, id, key).await?;
        Ok(Arc::new(match self.settings.mode {
            Mode::Live => lane,
            // Nobody who holds it can write, whatever is asked of him.
            Mode::Paper => lane.read_only(),
        }))
    }

    fn socket(
        &self,
        desk: &Desk,
        door: &Door,
        errands: &mpsc::Sender<Errand>,
        tasks: &mut Supervisor,
    ) -> Result<(), RunError> {
        let (out, events) = mpsc::channel(EVENTS);
        let (_never, wanted) = mpsc::channel(1);
        let socket = Socket {
            session: Session::new(Role::Private, self.clock.unix_micros()),
            url: tls::address(&self.settings.exchange.ws, Protocol::Socket)?,
            tls: self.tls.clone(),
            lane: Some(Arc::clone(&desk.lane)),
            connects: Arc::clone(&desk.connects),
            out,
            wanted,
            clock: Arc::<HouseClock>::clone(&self.clock),
        };
        let driving = socket.drive(desk.end.clone());
        tasks.start_until(&desk.end, format!("socket {}", desk.name), desk.tasks.track_future(driving));
        let ear = AccountEar {
            account: desk.name.clone(),
            inbox: self.inbox.clone(),
            door: door.clone(),
            errands: errands.clone(),
            grumbles: self.grumbles.clone(),
            clock: Arc::clone(&self.clock),
        };
        let hearing = ear.run(events);
        tasks.start_until(&desk.end, format!("events {}", desk.name), desk.tasks.track_future(hearing));
        Ok(())
    }

    fn writer(
        &self,
        desk: &Desk,
        door: &Door,
        errands: &mpsc::Sender<Errand>,
        acts: mpsc::Receiver<Approved<Intent>>,
        tasks: &mut Supervisor,
    ) {
        match self.settings.mode {
            Mode::Live => {
                let writer = Writer {
                    lane: Arc::clone(&desk.lane),
                    rest: self.rest.clone(),
                    inbox: self.inbox.clone(),
                    errands: errands.clone(),
                    gate: door.watch(),
                    closing: desk.closing.clone(),
                    clock: Arc::clone(&self.clock),
                };
                let writing = writer.run(acts);
                tasks.start_until(&desk.end, format!("writer {}", desk.name), desk.tasks.track_future(writing));
            }
            Mode::Paper => {
                let recorder = Recorder { inbox: self.inbox.clone(), clock: Arc::clone(&self.clock) };
                let recording = recorder.run(acts);
                tasks.start_until(&desk.end, format!("paper {}", desk.name), desk.tasks.track_future(recording));
            }
        }
    }
}
