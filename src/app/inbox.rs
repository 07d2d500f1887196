//! The queue into the engine: bounded, with room kept free for what must never wait behind market news.

use tokio::sync::mpsc;

use crate::engine::Body;

/// Market and account news that may wait.
const NEWS: usize = 1_024;
/// Outcomes, policies, links, verdicts: as many as can be under way at once, and more.
const URGENT: usize = 1_024;

/// The way in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Inbox {
    urgent: mpsc::Sender<Body>,
    news: mpsc::Sender<Body>,
}

/// The engine's end.
#[derive(Debug)]
pub struct Outlet {
    urgent: mpsc::Receiver<Body>,
    news: mpsc::Receiver<Body>,
}

/// A queue.
#[must_use]
pub fn queue() -> (Inbox, Outlet) {
    let (urgent, urgent_out) = mpsc::channel(URGENT);
    let (news, news_out) = mpsc::channel(NEWS);
    (Inbox { urgent, news }, Outlet { urgent: urgent_out, news: news_out })
}

impl Inbox {
    /// Tells what must not wait behind the market. An engine that has gone is told nothing: the process is ending.
    pub async fn urgent(&self, body: Body) {
        let _engine_gone = self.urgent.send(body).await;
    }

    /// Tells news; waits while the engine is behind, so that whoever reads a socket leaves it unread meanwhile.
    pub async fn news(&self, body: Body) {
        let _engine_gone = self.news.send(body).await;
    }
}

impl Outlet {
    /// The next thing that happened; `None` when nobody can tell anything any more.
    pub async fn next(&mut self) -> Option<Body> {
        tokio::select! {
            biased;
            Some(body) = self.urgent.recv() => Some(body),
            Some(body) = self.news.recv() => Some(body),
            else => None,
        }
    }

    /// What must not wait and is there already.
    pub fn urgent_now(&mut self) -> Option<Body> {
        self.urgent.try_recv().ok()
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.urgent.len().saturating_add(self.news.len())
    }
}
