//! Signals: TERM and INT stop gracefully, a second one at once, HUP reloads. Registered before anything slow: the default
//! action of HUP ends the process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use futures_util::StreamExt as _;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook_tokio::Signals;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

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
        for signal in [SIGTERM, SIGINT] {
            signal_hook::flag::register_conditional_shutdown(signal, 1, Arc::clone(&armed))?;
            signal_hook::flag::register(signal, Arc::clone(&armed))?;
        }
        Ok(Self { signals: Signals::new([SIGTERM, SIGINT, SIGHUP])? })
    }

    /// Passes them on until the process ends.
    pub(super) async fn obey(mut self, stop: CancellationToken, hangup: mpsc::Sender<()>) {
        while let Some(signal) = self.signals.next().await {
            if signal == SIGHUP {
                // One that waits is as good as many.
                let _waiting_already = hangup.try_send(());
            } else {
                tracing::info!(event = "stopping", "stopping; a second signal ends at once");
                stop.cancel();
            }
        }
    }
}
