//! The shell: tasks, queues, clock, stop. It alone touches the world for a running daemon, and decides nothing about money.
//!
//! [`run`] reads as the order of starting and stopping. The exchange is not waited for: a lost exchange is a state, not a
//! failure.

mod accounts;
pub mod clerk;
pub mod clock;
pub mod door;
pub mod engine_task;
pub mod grumbles;
pub mod inbox;
pub mod lane;
mod market;
pub mod reader;
pub mod reload;
mod requests;
pub mod streams;
pub mod supervisor;
pub mod systemd;
pub mod turnstile;
pub mod writer;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::config::{Config, Mode, ShutdownOffers};
use crate::domain::{AccountName, Millis};
use crate::engine::{Body, StatusView};
use crate::exchange::bitfinex::calls::Rest;
use crate::exchange::bitfinex::client::{ClientError, RestClient, Timeouts};
use crate::exchange::bitfinex::tls::{Tls, TlsError};
use crate::exchange::clock::{Clock, duration};
use crate::secrets::ApiKey;
use crate::store::{Store, StoreError};
use crate::telemetry::admin::{self, Admin, AdminError};
use crate::telemetry::health::AdminState;
use crate::telemetry::record::{self, Metrics, UPKEEP};

use clerk::Clerk;
use clock::HouseClock;
use engine_task::{EngineTask, Hands};
use grumbles::Grumbles;
use inbox::Inbox;
use supervisor::Supervisor;

/// How long the stop waits for outcomes and, if asked, for own offers to go.
const GRACE: Duration = Duration::from_secs(30);
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
    pub keys: BTreeMap<AccountName, ApiKey>,
    /// The clock.
    pub clock: Arc<HouseClock>,
    /// TLS.
    pub tls: Tls,
    /// The recorded metrics.
    pub metrics: Metrics,
    /// Ends the run gracefully.
    pub stop: CancellationToken,
    /// The operator's SIGHUP.
    pub hangup: mpsc::Receiver<()>,
    /// How the configuration is read again.
    pub reread: reload::Reread,
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
    /// A task ended or panicked when it should not.
    #[error("{0}; the daemon ends so that it can be started anew")]
    TaskDied(String),
}

/// Runs the daemon until it is told to stop.
///
/// # Errors
/// [`RunError`] when it cannot start, or when a task dies.
pub async fn run(start: Start) -> Result<(), RunError> {
    let Start { config, keys, clock, tls, metrics, stop, hangup, reread, started, view } = start;
    let settings = config.settings.clone();
    let live = settings.mode == Mode::Live;
    let client = RestClient::new(&settings.exchange.rest, &settings.exchange.rest_public, &tls, Timeouts::default())?;
    let shared: Arc<dyn Clock> = Arc::<HouseClock>::clone(&clock);
    let rest = Rest::new(client, Arc::clone(&shared));
    let (store, restored) = Store::open(&settings.state_directory, clock.now().market).await?;
    let listener = admin::bind(settings.listen).await?;
    let address = listener.local_addr().unwrap_or(settings.listen);
    record::initialise(&config.policy);
    let (inbox, outlet) = inbox::queue();
    let tick = wire_span(&clock, settings.tick);
    let shown = watch::Sender::new(AdminState::new(clock.wire(), tick));
    // What serves the exchange ends at the stop; what shows and records ends after it.
    let serving = CancellationToken::new();
    let mut tasks = Supervisor::default();
    let grumbles = Grumbles::new(Arc::clone(&clock));

    let build = accounts::Build {
        settings: &settings,
        rest: &rest,
        tls: &tls,
        store: &store,
        inbox: &inbox,
        shown: &shown,
        clock: &clock,
        grumbles: &grumbles,
        serving: &serving,
    };
    let ways = build.all(keys, &config.policy, &mut tasks).await?;
    let (clerk, batches) = mpsc::channel(BATCHES);
    let clerk_task = Clerk { store: live.then(|| store.clone()), writers: ways.writers, inbox: inbox.clone() };
    tasks.start("clerk", clerk_task.run(batches));
    let viewed = view.subscribe();
    let hands = Hands { clerk, errands: ways.errands, shown: shown.clone(), view };
    tasks.start("engine", EngineTask::new(Arc::clone(&clock), outlet, hands).run());

    // In paper mode the engine takes from it what a live run left open, only to show it.
    inbox.urgent(Body::Restored(Box::new(restored))).await;
    inbox.urgent(Body::Policy(Arc::new(config.policy.clone()))).await;
    build.market(config.policy.currencies(), viewed.clone(), &mut tasks)?;
    let reloading =
        reload::Reloading { reread, config, inbox: inbox.clone(), shown: shown.clone(), clock: Arc::clone(&clock) };
    tasks.start("reload", reloading.run(hangup));
    show(&mut tasks, listener, metrics, &shown, &clock);
    systemd::ready();
    let version = env!("CARGO_PKG_VERSION");
    let how = if live { "" } else { " on paper: it decides and explains, and writes nothing to the exchange" };
    tracing::info!(event = "started", listen = %address, paper = !live, "yieldsforge {version} runs{how}");
    let _nobody_waits = started.send(address);

    serve(&mut tasks, &stop).await?;
    systemd::stopping();
    drain(&inbox, viewed, live && settings.shutdown_offers == ShutdownOffers::Cancel).await;
    serving.cancel();
    store.close().await?;
    tasks.abort();
    tracing::info!(event = "stopped", "stopped; offers were {}", stopped_words(live, settings.shutdown_offers));
    Ok(())
}

/// The admin server and the recorder's upkeep.
fn show(
    tasks: &mut Supervisor,
    listener: tokio::net::TcpListener,
    metrics: Metrics,
    shown: &watch::Sender<AdminState>,
    clock: &Arc<HouseClock>,
) {
    let wire = Arc::clone(clock);
    let admin = Admin {
        state: shown.subscribe(),
        metrics: metrics.clone(),
        started: clock.origin(),
        now: Arc::new(move || wire.wire()),
    };
    tasks.start("admin", admin::serve(listener, admin, std::future::pending()));
    tasks.start("upkeep", upkeep(metrics));
}

/// Until the stop; a task that ends before it ends everything.
async fn serve(tasks: &mut Supervisor, stop: &CancellationToken) -> Result<(), RunError> {
    let died = tokio::select! {
        biased;
        died = tasks.watch() => died,
        () = stop.cancelled() => return Ok(()),
    };
    tasks.abort();
    Err(RunError::TaskDied(died))
}

/// No new offers; waits until what is on its way has ended, and until own offers are gone if that is asked for.
async fn drain(inbox: &Inbox, mut view: watch::Receiver<Arc<StatusView>>, cancel: bool) {
    inbox.urgent(Body::Drain { cancel }).await;
    let settled = view.wait_for(|view| view.draining && is_settled(view, cancel));
    if tokio::time::timeout(GRACE, settled).await.is_err() {
        tracing::warn!(
            event = "stop_grace",
            "some writes are not settled after {} s; they are looked for at the next start",
            GRACE.as_secs()
        );
    }
}

fn is_settled(view: &StatusView, cancel: bool) -> bool {
    view.accounts.values().all(|account| {
        let going = cancel && account.currencies.values().any(|currency| currency.offered.is_positive());
        account.writes_under_way == 0 && !going
    })
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

async fn upkeep(metrics: Metrics) {
    loop {
        tokio::time::sleep(duration(UPKEEP)).await;
        metrics.upkeep();
    }
}
