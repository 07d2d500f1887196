//! The shell: tasks, queues, clock, stop. It alone touches the world for a running daemon, and decides nothing about money.
//!
//! [`run`] reads as the order of starting and stopping. The exchange is not waited for: a lost exchange is a state, not a
//! failure.

mod accounts;
mod balances;
mod candles;
pub mod clerk;
pub mod clock;
pub mod door;
mod drain;
mod earnings;
pub mod engine_task;
pub mod grumbles;
pub mod inbox;
pub mod keyring;
pub mod lane;
mod ledger_pages;
mod market;
mod newsdesk;
mod notifiers;
pub mod orders;
pub mod reader;
pub mod record;
pub mod recorder;
pub mod reload;
mod requests;
pub mod roster;
mod staff;
pub mod streams;
pub mod supervisor;
pub mod systemd;
#[cfg(test)]
mod testing;
pub mod turnstile;
pub mod writer;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::config::{self, Config, Mode, Settings, ShutdownOffers};
use crate::domain::{AccountName, Millis, Timestamp};
use crate::engine::{Body, StatusView};
use crate::exchange::bitfinex::calls::Rest;
use crate::exchange::bitfinex::client::{ClientError, RestClient, Timeouts};
use crate::exchange::bitfinex::tls::{Tls, TlsError};
use crate::exchange::clock::{Clock, duration};
use crate::store::{Store, StoreError};
use crate::telemetry::admin::{self, Admin, AdminError};
use crate::telemetry::health::AdminState;
use crate::telemetry::log::LogControl;
use crate::telemetry::record::{self as metrics, Metrics, UPKEEP};

use clerk::Clerk;
use clock::HouseClock;
use engine_task::{Batch, EngineTask, Hands};
use grumbles::Grumbles;
use keyring::Keys;
use orders::Orders;
use reload::House;
use roster::Roster;
use supervisor::Supervisor;

/// How long the stop waits for outcomes and, if asked, for own offers to go.
const GRACE: Duration = Duration::from_secs(30);
/// How long it waits for what is only looked back at: all of it together stays under the unit's `TimeoutStopSec`.
const PARTING: Duration = Duration::from_secs(5);
/// How many batches may wait for the store.
const BATCHES: usize = 1_024;
/// How far a socket's listener may be behind.
const EVENTS: usize = 1_024;

/// Everything a run needs, read and checked.
#[derive(Debug)]
pub struct Start {
    /// The configuration.
    pub config: Config,
    /// The keys that could be read; an account without one is off.
    pub keys: Keys,
    /// The clock.
    pub clock: Arc<HouseClock>,
    /// TLS.
    pub tls: Tls,
    /// The recorded metrics.
    pub metrics: Metrics,
    /// Ends the run gracefully.
    pub stop: CancellationToken,
    /// What the operator asks for.
    pub orders: Arc<Orders>,
    /// How the configuration is read again.
    pub reread: reload::Reread,
    /// How the log is changed while running; none where it is not ours to change.
    pub log: Option<LogControl>,
    /// Told where the admin server listens, once everything is started.
    pub started: oneshot::Sender<SocketAddr>,
    /// Shows the engine's view to whoever wants to look.
    pub view: watch::Sender<Arc<StatusView>>,
}

/// Why a run could not start, or ended.
#[derive(Debug, Error)]
pub enum RunError {
    /// The state directory.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The admin server's port.
    #[error(transparent)]
    Admin(#[from] AdminError),
    /// The REST client.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// An address of the exchange.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// A key would be used in two lanes at once, each spoiling the other's nonces.
    #[error(
        "{}: account {account} has the API key that account {holder} is still served with{}; one key serves one account: \
         take {holder} out first, and add {account} at a later reload, once the log says that {holder} has left",
        file.display(), if *leaves { " while it leaves" } else { "" }
    )]
    KeyInUse {
        /// The key file that brings it.
        file: PathBuf,
        /// Whose file that is.
        account: AccountName,
        /// Who has the key now.
        holder: AccountName,
        /// He winds himself down already.
        leaves: bool,
    },
    /// A task ended or panicked when it should not.
    #[error("{0}; the daemon ends so that it can be started anew")]
    TaskDied(String),
}

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// [`RunError`] when it cannot start, or when a task dies.
pub async fn run(start: Start) -> Result<(), RunError> {
    let Start { config, keys, clock, tls, metrics, stop, orders, reread, log, started, view } = start;
    let settings = config.settings.clone();
    let live = settings.mode == Mode::Live;
    let rest = rest(&settings, &tls, &clock)?;
    let (store, restored) = Store::open(&settings.state_directory, clock.now().market).await?;
    let listener = admin::bind(settings.listen).await?;
    let address = listener.local_addr().unwrap_or(settings.listen);
    metrics::begin(&config.policy);
    show_queue(&rest);
    let (inbox, outlet) = inbox::queue();
    let shown = watch::Sender::new(AdminState::new(clock.wire(), wire_span(&clock, settings.tick)));
    earnings::remembered(&store, &shown, &config.policy, clock.now().market).await?;
    let (policy, in_force) = watch::channel(Arc::new(config.policy.clone()));
    // No offer leaves once the stop is asked for; what serves the exchange ends then, what shows and records after it.
    let (closing, serving) = (stop.child_token(), CancellationToken::new());
    let mut tasks = Supervisor::default();
    let (notifiers, ear) =
        notifiers::Notifiers::open(&tls, store.clone(), shown.subscribe(), Arc::clone(&clock), &mut tasks)?;
    let grumbles = Grumbles::new(Arc::clone(&clock));
    let (recorder, scribe) = record_to(&settings, &rest, &clock, &grumbles, &mut tasks);
    let build = accounts::Build {
        settings: settings.clone(),
        rest: rest.clone(),
        tls,
        store: store.clone(),
        inbox: inbox.clone(),
        shown: shown.clone(),
        clock: Arc::clone(&clock),
        scribe: scribe.clone(),
        grumbles,
        policy: in_force,
        closing: closing.clone(),
        serving: serving.clone(),
    };
    let roster = Roster::default();
    let (clerk, batches) = mpsc::channel(BATCHES);
    let clerk_task = Clerk { store: store.clone(), live, roster: roster.clone(), inbox: inbox.clone() };
    tasks.start("clerk", clerk_task.run(batches));
    let viewed = view.subscribe();
    let kept = balances::start(&clock, &store, &viewed, &serving, &mut tasks);
    let pen = scribe.clone();
    let hands = Hands { clerk: clerk.clone(), roster: roster.clone(), shown: shown.clone(), ear, scribe: pen, view };
    tasks.start("engine", EngineTask::new(Arc::clone(&clock), outlet, hands).run());

    // In paper mode the engine takes from it what a live run left open, only to show it.
    inbox.urgent(Body::Restored(Box::new(restored))).await;
    let market = market::open(&build, viewed.clone(), &mut tasks);
    let staff = staff::Staff::new(build, roster);
    let (told, seen) = (inbox.clone(), shown.clone());
    let outward = reload::Outward { inbox: told, shown: seen, clock: Arc::clone(&clock), policy, recorder, log };
    let mut house = reload::House { reread, config, staff, market, notifiers, outward };
    house.open(keys, &mut tasks).await?;
    tasks.start("upkeep", upkeep(metrics.clone(), rest));
    show(&mut tasks, listener, metrics, &shown, &clock);
    announce(address, live);
    let _nobody_waits = started.send(address);

    serve(&mut tasks, &mut house, &orders, viewed.clone(), &stop).await?;
    systemd::stopping();
    let offers = house.config.settings.shutdown_offers;
    drain::drain(&inbox, viewed, live && offers == ShutdownOffers::Cancel).await;
    serving.cancel();
    written(&clerk, &scribe, kept).await;
    store.close().await?;
    tasks.abort();
    tracing::info!(event = "stopped", "stopped; offers were {}", stopped_words(live, offers));
    Ok(())
}

/// Public and signed calls, in their turn.
fn rest(settings: &Settings, tls: &Tls, clock: &Arc<HouseClock>) -> Result<Rest, RunError> {
    let exchange = &settings.exchange;
    let client = RestClient::new(&exchange.rest, &exchange.rest_public, tls, Timeouts::default())?;
    let shared: Arc<dyn Clock> = Arc::<HouseClock>::clone(clock);
    Ok(Rest::new(client, shared))
}

/// Everything has been started.
fn announce(address: SocketAddr, live: bool) {
    systemd::ready();
    let version = env!("CARGO_PKG_VERSION");
    let how = if live { "" } else { " on paper: it decides and explains, and writes nothing to the exchange" };
    tracing::info!(event = "started", listen = %address, paper = !live, "yieldsforge {version} runs{how}");
}

/// Starts the recorder; answers how its settings are changed, and its scribe.
fn record_to(
    settings: &Settings,
    rest: &Rest,
    clock: &Arc<HouseClock>,
    grumbles: &Grumbles,
    tasks: &mut Supervisor,
) -> (watch::Sender<config::Recorder>, recorder::Scribe) {
    let (changed, configured) = watch::channel(settings.recorder);
    let place = recorder::Place {
        directory: settings.state_directory.clone(),
        settings: configured,
        rest: rest.clone(),
        clock: Arc::clone(clock),
        grumbles: grumbles.clone(),
        shown: watch::Sender::new(Arc::default()),
    };
    let (desk, scribe) = recorder::Desk::new(place);
    tasks.start("recorder", desk.run());
    (changed, scribe)
}

/// Waits until the clerk has written down all that the engine told it so far, and the others what they have gathered.
async fn written(clerk: &mpsc::Sender<Batch>, scribe: &recorder::Scribe, balances: oneshot::Receiver<()>) {
    let (done, all) = oneshot::channel();
    let mark =
        Batch { at: Timestamp::default(), memories: Vec::new(), kept: Vec::new(), acts: Vec::new(), done: Some(done) };
    if clerk.send(mark).await.is_ok() && tokio::time::timeout(GRACE, all).await.is_err() {
        tracing::warn!(event = "stop_grace", "the store is slow; what it has not taken is found out at the next start");
    }
    scribe.close(PARTING).await;
    let _slow_store = tokio::time::timeout(PARTING, balances).await;
}

/// The admin server.
fn show(
    tasks: &mut Supervisor,
    listener: tokio::net::TcpListener,
    metrics: Metrics,
    shown: &watch::Sender<AdminState>,
    clock: &Arc<HouseClock>,
) {
    let wire = Arc::clone(clock);
    let admin =
        Admin { state: shown.subscribe(), metrics, started: clock.origin(), now: Arc::new(move || wire.wire()) };
    tasks.start("admin", admin::serve(listener, admin, std::future::pending()));
}

/// Until the stop: obeys SIGHUP, and sees off the accounts that leave. A task that ends before it ends everything.
async fn serve(
    tasks: &mut Supervisor,
    house: &mut House,
    orders: &Orders,
    mut view: watch::Receiver<Arc<StatusView>>,
    stop: &CancellationToken,
) -> Result<(), RunError> {
    loop {
        tokio::select! {
            biased;
            died = tasks.watch() => {
                tasks.abort();
                return Err(RunError::TaskDied(died));
            }
            () = stop.cancelled() => return Ok(()),
            () = orders.reload.notified() => house.reload(tasks).await?,
            () = orders.tell.notified() => house.tell(),
            Ok(()) = view.changed(), if house.staff.somebody_leaves() => {
                let seen = Arc::clone(&view.borrow_and_update());
                house.staff.see_off(&seen).await;
            }
        }
    }
}

fn stopped_words(live: bool, offers: ShutdownOffers) -> &'static str {
    match offers {
        _ if !live => "on paper, and are forgotten",
        ShutdownOffers::Leave => "left in the book (shutdown.offers = \"leave\")",
        ShutdownOffers::Cancel => "cancelled (shutdown.offers = \"cancel\")",
    }
}

/// A span of market time as it lasts on the wire.
fn wire_span(clock: &HouseClock, span: Millis) -> Millis {
    Millis::new(i64::try_from(clock.real(span).as_millis()).unwrap_or(i64::MAX))
}

fn show_queue(rest: &Rest) {
    let queue = rest.queue();
    metrics::requests(queue.left, queue.waiting, queue.blocked.is_some());
}

/// Keeps the recorder small and shows the queue of requests, which nobody else watches while nothing is asked.
async fn upkeep(metrics: Metrics, rest: Rest) {
    loop {
        show_queue(&rest);
        tokio::time::sleep(duration(UPKEEP)).await;
        metrics.upkeep();
    }
}
