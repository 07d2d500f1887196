//! `demo`: the embedded exchange and the unmodified daemon in one process, over real REST and websocket connections on
//! loopback, with the market's time accelerated. No account, no network, nothing left behind.

mod screen;
mod stage;
mod summary;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;

use crate::app::clock::HouseClock;
use crate::app::keyring::Keyring;
use crate::app::orders::Orders;
use crate::app::reload::Reread;
use crate::app::{self, RunError, Start};
use crate::config;
use crate::engine::StatusView;
use crate::exchange::bitfinex::tls::Tls;
use crate::exchange::sim::SimExchange;
use crate::exchange::sim::server::{Order, SimServer};
use crate::telemetry::log::{self, LogFormat, LogSettings};
use crate::telemetry::record::Metrics;

use super::signals::Registered;
use screen::Screen;
use stage::Stage;
use summary::Summary;

/// Shows the daemon at work on an embedded exchange: no account, no network.
#[derive(Debug, Clone, Args)]
pub struct DemoArgs {
    /// How much faster than real time the market runs; 1 is real time
    #[arg(long, value_name = "FACTOR", default_value_t = 4_320, value_parser = clap::value_parser!(u32).range(1..=20_000))]
    pub speed: u32,
    /// How long to run, in real time: 90s, 5m, 1h
    #[arg(long = "for", value_name = "TIME", default_value = "60s", value_parser = span)]
    pub duration: Duration,
    /// Replays recorded market data from this folder instead of the modelled market
    #[arg(long, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Where metrics, health and status are served; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    pub listen: SocketAddr,
    /// Seed of the market: the same seed makes the same lenders and borrowers
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// Writes the daemon's log to this file
    #[arg(long, value_name = "FILE")]
    pub log: Option<PathBuf>,
}

/// Reads `90s`, `5m`, `1h`.
pub(super) fn span(text: &str) -> Result<Duration, String> {
    let wrong = || format!("{text:?} is no time: write 90s, 5m or 1h");
    let unit = text.chars().last().ok_or_else(wrong)?;
    let number = text.strip_suffix(unit).and_then(|number| number.parse::<u64>().ok()).ok_or_else(wrong)?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        _ => return Err(wrong()),
    };
    let total = number.checked_mul(seconds).filter(|total| (1..=30 * 86_400).contains(total)).ok_or_else(wrong)?;
    Ok(Duration::from_secs(total))
}

/// Runs the command.
///
/// # Errors
/// When data cannot be read, a port cannot be had, or a task of the daemon dies.
pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    let signals = Registered::new().context("the signal handlers could not be set")?;
    let (server, address) = SimServer::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await?;
    let stage = Stage::set(&args, address)?;
    set_up_log(&args)?;
    let clock = HouseClock::scaled(stage.origin, args.speed);
    let exchange = stage.exchange(&args, clock.origin());
    let (orders, inbox) = mpsc::channel(16);
    let stop = CancellationToken::new();
    let exchange_stop = CancellationToken::new();
    let serving = tokio::task::JoinSet::from_iter([server.run(
        exchange,
        Arc::<HouseClock>::clone(&clock),
        inbox,
        exchange_stop.clone(),
    )]);
    let (started, listening) = oneshot::channel();
    let view = watch::Sender::new(Arc::new(StatusView::default()));
    let watched = view.subscribe();
    let daemon_orders = Arc::new(Orders::default());
    let sources = stage.sources();
    let read = move || {
        let config = config::load(&sources).map_err(|wrong| wrong.to_string())?;
        // The configuration names the identity.
        let keys = Keyring::default().read(&config).map_err(|error| error.to_string())?;
        Ok((config, keys))
    };
    let (config, keys) = read().map_err(|wrong: String| anyhow::anyhow!("the demo's own configuration: {wrong}"))?;
    let start = Start {
        config,
        keys,
        clock: Arc::clone(&clock),
        tls: Tls::loopback_only()?,
        metrics: Metrics::install()?,
        stop: stop.clone(),
        orders: Arc::clone(&daemon_orders),
        reread: Reread::new(read),
        log: None,
        started,
        view,
    };
    let show = Show { args: &args, stage: &stage, clock, orders, view: watched, stop: stop.clone() };
    let ended = tokio::select! {
        ended = both(app::run(start), show.run(listening)) => ended,
        () = signals.obey(stop, daemon_orders) => anyhow::bail!("the signal handler ended"),
    };
    exchange_stop.cancel();
    drop(serving);
    stage.strike();
    ended
}

/// The daemon and the show, to their common end.
async fn both(
    daemon: impl Future<Output = Result<(), RunError>>,
    show: impl Future<Output = anyhow::Result<Summary>>,
) -> anyhow::Result<()> {
    let (daemon, shown) = tokio::join!(daemon, show);
    daemon?;
    shown?.print().context("the summary could not be written")
}

fn set_up_log(args: &DemoArgs) -> anyhow::Result<()> {
    let Some(path) = &args.log else { return Ok(()) };
    let file = std::fs::File::create(path).with_context(|| path.display().to_string())?;
    let settings = LogSettings { format: LogFormat::Text, filter: "info".to_owned(), journal: false, colour: false };
    let (subscriber, _control) = log::subscriber(&settings, Arc::new(file))?;
    tracing::subscriber::set_global_default(subscriber).context("the log is set up already")
}

/// What the user sees while the daemon works.
struct Show<'a> {
    args: &'a DemoArgs,
    stage: &'a Stage,
    clock: Arc<HouseClock>,
    orders: mpsc::Sender<Order>,
    view: watch::Receiver<Arc<StatusView>>,
    stop: CancellationToken,
}

impl Show<'_> {
    /// Until the time is up or the user has seen enough; then the daemon is told to stop, and the books are compared.
    async fn run(self, listening: oneshot::Receiver<SocketAddr>) -> anyhow::Result<Summary> {
        let Ok(address) = listening.await else { anyhow::bail!("the daemon did not start") };
        let mut screen = Screen::new(self.args, &self.stage.words(), address)?;
        loop {
            let elapsed = self.clock.elapsed();
            if elapsed >= self.args.duration || self.stop.is_cancelled() {
                break;
            }
            let earned = self.look(stage::earned).await?;
            let view = Arc::clone(&self.view.borrow());
            screen.draw(elapsed, &view, &earned)?;
            tokio::select! {
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(screen.pace().min(self.args.duration.saturating_sub(elapsed))) => {}
            }
        }
        screen.close();
        let books = self.look(stage::books).await?;
        let view = Arc::clone(&self.view.borrow());
        self.stop.cancel();
        Ok(Summary { books, view, address, market: self.stage.words(), origin: self.clock.origin() })
    }

    /// Looks at the exchange's own books between two of its events.
    async fn look<T: Send + 'static>(
        &self,
        at: impl FnOnce(&mut SimExchange) -> T + Send + 'static,
    ) -> anyhow::Result<T> {
        let (answer, seen) = oneshot::channel();
        let look = Order::Look(Box::new(move |exchange, _now| {
            let _nobody_waits = answer.send(at(exchange));
        }));
        self.orders.send(look).await.map_err(|_gone| anyhow::anyhow!("the embedded exchange has ended"))?;
        seen.await.context("the embedded exchange has ended")
    }
}
