//! What systemd is told: ready, alive, stopping. Without systemd nothing happens.

use sd_notify::NotifyState;

/// The daemon serves; it does not wait for the exchange.
pub fn ready() {
    tell(&[NotifyState::Ready]);
}

/// A reload begins; [`ready`] ends it.
pub fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(stamp) => tell(&[NotifyState::Reloading, stamp]),
        Err(error) => tracing::debug!(%error, "systemd could not be told"),
    }
}

/// The engine has completed a tick.
pub fn alive() {
    tell(&[NotifyState::Watchdog]);
}

/// What `systemctl status` shows.
pub fn status(text: &str) {
    tell(&[NotifyState::Status(text)]);
}

/// The daemon stops.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::debug!(%error, "systemd could not be told");
    }
}
