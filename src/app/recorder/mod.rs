//! The recorder: keeps what the market and the own offers do. It listens beside those who lend and waits for nobody, and
//! nobody waits for it: what finds no room is dropped and counted, and trades that were missed are asked for afterwards.

mod answers;
mod desk;
mod fill;
#[cfg(test)]
mod fill_tests;
mod lives;
mod tape;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};

use crate::domain::{LinkState, MarketNews, Timestamp};
use crate::engine::{Memory, Note};

pub(super) use desk::{Desk, Place};

/// News that may wait: a busy market tells some hundred in a second.
const NEWS: usize = 8_192;

/// What the recorder is told.
#[derive(Debug)]
enum Heard {
    Market(Timestamp, MarketNews),
    Link(LinkState),
    Note(Timestamp, Note),
    Memory(Timestamp, Memory),
    Close(oneshot::Sender<()>),
}

/// What was not told, because there was no room.
#[derive(Debug, Default)]
struct Missed {
    trades: AtomicU64,
    books: AtomicU64,
    tickers: AtomicU64,
    offers: AtomicU64,
    /// The stream fell or came up; whether it is up now.
    links: AtomicU64,
    up: AtomicBool,
}

/// Where news are dropped for the recorder. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Scribe {
    heard: mpsc::Sender<Heard>,
    /// False while nothing is recorded: then nothing is copied.
    on: Arc<AtomicBool>,
    missed: Arc<Missed>,
}

/// A scribe and the end that the desk listens to.
fn channel() -> (Scribe, mpsc::Receiver<Heard>) {
    let (heard, listens) = mpsc::channel(NEWS);
    (Scribe { heard, on: Arc::new(AtomicBool::new(true)), missed: Arc::default() }, listens)
}

impl Scribe {
    fn is_on(&self) -> bool {
        self.on.load(Ordering::Relaxed)
    }

    /// Public news, as they came at `at`.
    pub(super) fn market(&self, at: Timestamp, news: &MarketNews) {
        let missed = match news {
            MarketNews::Prints(..) => &self.missed.trades,
            MarketNews::Book(..) | MarketNews::Level(..) => &self.missed.books,
            MarketNews::Ticker(..) => &self.missed.tickers,
            MarketNews::Candles(..) | MarketNews::UsdPrice(..) | MarketNews::Operative(_) => return,
        };
        if self.is_on() && self.heard.try_send(Heard::Market(at, news.clone())).is_err() {
            missed.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Whether the market's stream is whole.
    pub(super) fn link(&self, state: LinkState) {
        self.missed.up.store(state == LinkState::Up, Ordering::Relaxed);
        if self.heard.try_send(Heard::Link(state)).is_err() {
            self.missed.links.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// A note of the engine, if it is about an own offer.
    pub(super) fn note(&self, at: Timestamp, note: &Note) {
        if matches!(note, Note::Submitting { .. } | Note::ActionEnded { .. } | Note::Filled { .. }) {
            self.offer(Heard::Note(at, note.clone()));
        }
    }

    /// What the engine wants remembered, if it is the beginning or the end of an own offer.
    pub(super) fn memory(&self, at: Timestamp, memory: &Memory) {
        if matches!(memory, Memory::Opened { .. } | Memory::Closed { .. }) {
            self.offer(Heard::Memory(at, memory.clone()));
        }
    }

    fn offer(&self, heard: Heard) {
        if self.is_on() && self.heard.try_send(heard).is_err() {
            self.missed.offers.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Writes down what is known and shuts the database; for at most `patience`.
    pub(super) async fn close(&self, patience: Duration) {
        let (done, closed) = oneshot::channel();
        let all = async {
            if self.heard.send(Heard::Close(done)).await.is_ok() {
                let _desk_gone = closed.await;
            }
        };
        if tokio::time::timeout(patience, all).await.is_err() {
            tracing::warn!(
                event = "recorder_stop",
                "the recorder is slow; its last seconds are a gap until the next start"
            );
        }
    }
}
