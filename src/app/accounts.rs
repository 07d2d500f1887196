//! Sets up one account's tasks: socket, ear, reader, writer, on one lane for its key.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

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
use super::streams::AccountEar;
use super::supervisor::Supervisor;
use super::writer::{Recorder, Writer};
use super::{EVENTS, RunError};

/// Acts that may wait for a writer; the engine has fewer on their way.
const ACTS: usize = 64;
/// Errands that may wait for a reader.
const ERRANDS: usize = 64;

/// What an account is built from.
#[derive(Debug)]
pub(super) struct Build<'a> {
    pub(super) settings: &'a Settings,
    pub(super) rest: &'a Rest,
    pub(super) tls: &'a Tls,
    pub(super) store: &'a Store,
    pub(super) inbox: &'a Inbox,
    pub(super) shown: &'a watch::Sender<AdminState>,
    pub(super) clock: &'a Arc<HouseClock>,
    pub(super) grumbles: &'a Grumbles,
    pub(super) serving: &'a CancellationToken,
}

/// The ways to the accounts' tasks.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) writers: BTreeMap<AccountName, mpsc::Sender<Approved<Intent>>>,
    pub(super) errands: BTreeMap<AccountName, mpsc::Sender<Errand>>,
}

impl Build<'_> {
    /// Starts the tasks of every account that has a key.
    pub(super) async fn all(
        &self,
        keys: BTreeMap<AccountName, ApiKey>,
        policy: &Policy,
        tasks: &mut Supervisor,
    ) -> Result<Built, RunError> {
        let connects = Arc::new(Connects::private());
        let mut built = Built::default();
        for (number, (name, key)) in (0_u32..).zip(keys) {
            let lane = self.lane(LaneId(number), &key).await?;
            let (errands, errands_out) = mpsc::channel(ERRANDS);
            let (acts, acts_out) = mpsc::channel(ACTS);
            let door = Door::new(name.clone(), self.inbox.clone());
            self.socket(&name, &lane, &connects, &door, &errands, tasks)?;
            self.writer(&name, &lane, &door, &errands, acts_out, tasks);
            let currencies = policy.accounts.get(&name).map(|account| account.lend.keys().copied().collect());
            let reader = Reader {
                account: name.clone(),
                lane,
                inbox: self.inbox.clone(),
                door,
                currencies: currencies.unwrap_or_default(),
                store: self.store.clone(),
                shown: self.shown.clone(),
                rest: self.rest.clone(),
                grumbles: self.grumbles.clone(),
                clock: Arc::clone(self.clock),
            };
            tasks.start(format!("reader {name}"), reader.run(errands_out, self.serving.clone()));
            built.writers.insert(name.clone(), acts);
            built.errands.insert(name, errands);
        }
        Ok(built)
    }

    /// The key's lane, its nonces above everything that was ever stored for it.
    async fn lane(&self, id: LaneId, key: &ApiKey) -> Result<Arc<Lane>, RunError> {
        let lane = lane::open(self.rest, self.store, id, key).await?;
        Ok(Arc::new(match self.settings.mode {
            Mode::Live => lane,
            // Nobody who holds it can write, whatever is asked of him.
            Mode::Paper => lane.read_only(),
        }))
    }

    fn socket(
        &self,
        name: &AccountName,
        lane: &Arc<Lane>,
        connects: &Arc<Connects>,
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
            lane: Some(Arc::clone(lane)),
            connects: Arc::clone(connects),
            out,
            wanted,
            clock: Arc::<HouseClock>::clone(self.clock),
        };
        let serving = self.serving.clone();
        tasks.start(format!("socket {name}"), async move { socket.drive(serving).await });
        let ear = AccountEar {
            account: name.clone(),
            inbox: self.inbox.clone(),
            door: door.clone(),
            errands: errands.clone(),
            grumbles: self.grumbles.clone(),
            clock: Arc::clone(self.clock),
        };
        tasks.start(format!("events {name}"), ear.run(events));
        Ok(())
    }

    fn writer(
        &self,
        name: &AccountName,
        lane: &Arc<Lane>,
        door: &Door,
        errands: &mpsc::Sender<Errand>,
        acts: mpsc::Receiver<Approved<Intent>>,
        tasks: &mut Supervisor,
    ) {
        match self.settings.mode {
            Mode::Live => {
                let writer = Writer {
                    lane: Arc::clone(lane),
                    rest: self.rest.clone(),
                    inbox: self.inbox.clone(),
                    errands: errands.clone(),
                    gate: door.watch(),
                    clock: Arc::clone(self.clock),
                };
                tasks.start(format!("writer {name}"), writer.run(acts));
            }
            Mode::Paper => {
                let recorder = Recorder { inbox: self.inbox.clone(), clock: Arc::clone(self.clock) };
                tasks.start(format!("paper {name}"), recorder.run(acts));
            }
        }
    }
}
