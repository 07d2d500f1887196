//! Recording alone: public sockets and the recorder, without any key, account or engine.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::config::{Recorder, Settings};
use crate::domain::Currency;
use crate::exchange::bitfinex::tls::Tls;
use crate::store::market::Totals;

use super::clock::HouseClock;
use super::grumbles::Grumbles;
use super::market::{Line, Wires};
use super::recorder::{Desk, Place};
use super::streams::MarketEar;
use super::supervisor::Supervisor;
use super::{GRACE, RunError};

/// What is recorded, where and for how long.
#[derive(Debug)]
pub struct Recording {
    /// Where the exchange is, where the state lies, what is kept.
    pub settings: Settings,
    /// Whose markets.
    pub currencies: BTreeSet<Currency>,
    /// Ends by itself after this.
    pub duration: Option<Duration>,
    /// The clock.
    pub clock: Arc<HouseClock>,
    /// TLS.
    pub tls: Tls,
    /// Ends it.
    pub stop: CancellationToken,
    /// Shows how it stands.
    pub shown: watch::Sender<Arc<Totals>>,
}

/// Records until it is told to stop.
///
/// # Errors
/// [`RunError`] when the database is another's or cannot be used, when an address makes no sense, or when a task dies.
pub async fn run(recording: Recording) -> Result<(), RunError> {
    let Recording { settings, currencies, duration, clock, tls, stop, shown } = recording;
    let grumbles = Grumbles::new(Arc::clone(&clock));
    // Whoever asks for a recording gets one, whatever the daemon is told.
    let (_unchanged, configured) = watch::channel(Recorder { enabled: true, ..settings.recorder });
    let place = Place {
        directory: settings.state_directory.clone(),
        settings: configured,
        rest: super::rest(&settings, &tls, &clock)?,
        clock: Arc::clone(&clock),
        grumbles: grumbles.clone(),
        shown,
    };
    let (mut desk, scribe) = Desk::new(place);
    desk.open_now().await?;
    let mut tasks = Supervisor::default();
    tasks.start("recorder", desk.run());
    let serving = CancellationToken::new();
    let line =
        Line { address: settings.exchange.ws_public.clone(), tls, clock: Arc::clone(&clock), serving: serving.clone() };
    let (mut wires, heard) = Wires::new(line);
    let ear = MarketEar { inbox: None, scribe: scribe.clone(), clock, links: Vec::new(), grumbles };
    tasks.start("market", ear.run(heard));
    wires.listen(&currencies, &mut tasks).await?;
    let over = async {
        match duration {
            Some(duration) => tokio::time::sleep(duration).await,
            None => std::future::pending().await,
        }
    };
    let ended = tokio::select! {
        biased;
        died = tasks.watch() => Err(RunError::TaskDied(died)),
        () = stop.cancelled() => Ok(()),
        () = over => Ok(()),
    };
    serving.cancel();
    scribe.close(GRACE).await;
    tasks.abort();
    ended
}
