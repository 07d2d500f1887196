//! Sets up the market's tasks: as many public sockets as the channels need, more when a reload needs more, and the
//! questions no socket answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::domain::{Currency, LinkState};
use crate::engine::StatusView;
use crate::exchange::bitfinex::connects::Connects;
use crate::exchange::bitfinex::socket::{Socket, SocketEvent};
use crate::exchange::bitfinex::tls::{self, Protocol, Tls, TlsError};
use crate::exchange::clock::Clock;
use crate::exchange::session::{Output, Role, Session, place};
use crate::exchange::wire::frame::Subscription;

use super::EVENTS;
use super::accounts::Build;
use super::candles::CandleAsker;
use super::clock::HouseClock;
use super::streams::{MarketAsker, MarketEar};
use super::supervisor::Supervisor;

/// The public sockets and what each carries.
#[derive(Debug)]
pub(super) struct Wires {
    line: Line,
    connects: Arc<Connects>,
    carried: Vec<Vec<Subscription>>,
    sockets: Vec<mpsc::Sender<Vec<Subscription>>>,
    told: mpsc::Sender<(usize, SocketEvent)>,
}

/// What a public socket is made of.
#[derive(Debug, Clone)]
pub(super) struct Line {
    /// The market's address.
    pub(super) address: String,
    pub(super) tls: Tls,
    pub(super) clock: Arc<HouseClock>,
    /// The sockets end.
    pub(super) serving: CancellationToken,
}

impl Wires {
    /// No socket yet, and where what they tell will come out, each with its number.
    pub(super) fn new(line: Line) -> (Self, mpsc::Receiver<(usize, SocketEvent)>) {
        let (told, heard) = mpsc::channel(EVENTS);
        let connects = Arc::new(Connects::public());
        (Self { line, connects, carried: Vec::new(), sockets: Vec::new(), told }, heard)
    }

    /// Listens to `currencies` from now on; what stays wanted is not touched.
    ///
    /// # Errors
    /// An address of the exchange; none that was used before.
    pub(super) async fn listen(
        &mut self,
        currencies: &BTreeSet<Currency>,
        tasks: &mut Supervisor,
    ) -> Result<(), TlsError> {
        let wanted: Vec<Subscription> = currencies
            .iter()
            .flat_map(|c| [Subscription::Ticker(*c), Subscription::Trades(*c), Subscription::Book(*c)])
            .collect();
        let placed = place(&self.carried, &wanted);
        for (number, subscriptions) in placed.iter().enumerate() {
            if self.carried.get(number) == Some(subscriptions) {
                continue;
            }
            match self.sockets.get(number) {
                Some(socket) => {
                    // A socket that has ended ends the daemon; nothing is left to be told to it.
                    let _ended = socket.send(subscriptions.clone()).await;
                }
                None => self.connect(number, subscriptions.clone(), tasks).await?,
            }
        }
        self.carried = placed;
        Ok(())
    }

    async fn connect(
        &mut self,
        number: usize,
        subscriptions: Vec<Subscription>,
        tasks: &mut Supervisor,
    ) -> Result<(), TlsError> {
        let line = &self.line;
        let (out, mut events) = mpsc::channel(EVENTS);
        let (listen, wanted) = mpsc::channel(1);
        let seed = line.clock.unix_micros().wrapping_add(u64::try_from(number).unwrap_or(0));
        let socket = Socket {
            session: Session::new(Role::Public(subscriptions), seed),
            url: tls::address(&line.address, Protocol::Socket)?,
            tls: line.tls.clone(),
            lane: None,
            connects: Arc::clone(&self.connects),
            out,
            wanted,
            clock: Arc::<HouseClock>::clone(&line.clock),
        };
        let serving = line.serving.clone();
        tasks.start_until(&serving, format!("market socket {number}"), socket.drive(serving.clone()));
        let told = self.told.clone();
        // Until it has said otherwise the market is not whole.
        let _ear_gone = told.send((number, SocketEvent::Told(Output::Link(LinkState::Down)))).await;
        tasks.start_until(&serving, format!("market events {number}"), async move {
            while let Some(event) = events.recv().await {
                if told.send((number, event)).await.is_err() {
                    return;
                }
            }
        });
        self.sockets.push(listen);
        Ok(())
    }
}

/// Starts whoever listens to the sockets and asks what they do not tell; there is no socket yet.
pub(super) fn open(build: &Build, view: watch::Receiver<Arc<StatusView>>, tasks: &mut Supervisor) -> Wires {
    let (wires, heard) = Wires::new(Line {
        address: build.settings.exchange.ws_public.clone(),
        tls: build.tls.clone(),
        clock: Arc::clone(&build.clock),
        serving: build.serving.clone(),
    });
    let ear = MarketEar {
        inbox: Some(build.inbox.clone()),
        scribe: build.scribe.clone(),
        clock: Arc::clone(&build.clock),
        links: Vec::new(),
        grumbles: build.grumbles.clone(),
    };
    tasks.start("market", ear.run(heard));
    let asker = MarketAsker {
        rest: build.rest.clone(),
        inbox: build.inbox.clone(),
        policy: build.policy.clone(),
        view: view.clone(),
        grumbles: build.grumbles.clone(),
        clock: Arc::clone(&build.clock),
    };
    tasks.start_until(&build.serving, "market questions", asker.run(build.serving.clone()));
    let past = CandleAsker {
        rest: build.rest.clone(),
        inbox: build.inbox.clone(),
        policy: build.policy.clone(),
        view,
        grumbles: build.grumbles.clone(),
        clock: Arc::clone(&build.clock),
    };
    tasks.start_until(&build.serving, "market past", past.run(build.serving.clone()));
    wires
}
