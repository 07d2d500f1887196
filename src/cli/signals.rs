//! Signals: TERM, INT and QUIT stop gracefully, a second one at once, HUP reloads, USR1 tells the status in the log.
//! Registered before anything slow: the default action of most of them ends the process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::StreamExt as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1};
use signal_hook_tokio::Signals;
use tokio_util::sync::CancellationToken;

use crate::app::orders::Orders;

/// Signals that stop the daemon.
const STOPS: [i32; 3] = [SIGTERM, SIGINT, SIGQUIT];

/// Signals that have been registered and may be waiting.
pub(super) struct Registered {
    signals: Signals,
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Registered")
    }
}

impl Registered {
    /// Registers them; to be called inside the runtime.
    ///
    /// # Errors
    /// As the system says.
    pub(super) fn new() -> io::Result<Self> {
        // Works even when the runtime is wedged: the first arms, the second ends.
        let armed = Arc::new(AtomicBool::new(false));
        for signal in STOPS {
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&armed))?;
            signal_hook::flag::register(signal, Arc::clone(&armed))?;
        }
        Ok(Self { signals: Signals::new(STOPS.into_iter().chain([SIGHUP, SIGUSR1]))? })
    }

    /// Passes them on until the process ends.
    pub(super) async fn obey(mut self, stop: CancellationToken, orders: Arc<Orders>) {
        while let Some(signal) = self.signals.next().await {
            match signal {
                SIGHUP => orders.reload.notify_one(),
                SIGUSR1 => orders.tell.notify_one(),
                _ => {
                    tracing::info!(event = "stopping", "stopping; a second signal ends at once");
                    stop.cancel();
                }
            }
        }
    }
}
