//! Complaints of the shell's tasks, repeats folded: the same one at most once a minute, with the number left out.

use std::sync::{Arc, Mutex, PoisonError};

use crate::exchange::clock::Clock;
use crate::telemetry::fold::Folder;

use super::clock::HouseClock;

/// Shared by all tasks. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Grumbles {
    folder: Arc<Mutex<Folder>>,
    clock: Arc<HouseClock>,
}

impl Grumbles {
    /// None yet.
    #[must_use]
    pub fn new(clock: Arc<HouseClock>) -> Self {
        Self { folder: Arc::default(), clock }
    }

    /// Warns of `event` of `whom` (an account, or the market), unless it was told within the last minute. `detail` may
    /// differ from one time to the next; it holds no secret.
    pub fn warn(&self, whom: &str, event: &'static str, detail: &str) {
        let key = format!("{whom} {event}");
        let admitted = self.folder.lock().unwrap_or_else(PoisonError::into_inner).admit(&key, self.clock.wire());
        match admitted {
            None => {}
            Some(0) => tracing::warn!(whom, event, "{detail}"),
            Some(more) => tracing::warn!(whom, event, "{detail} (and {more} more like this)"),
        }
    }
}
