//! Calls in their turn: public ones, and those of a key, one at a time, each with a nonce whose ceiling is stored.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::domain::{Millis, WireTime};
use crate::exchange::clock::Clock;
use crate::exchange::wire::call::Call;

use super::budget::{Ask, LaneId, Urgency};
use super::client::{RestClient, Transport};
use super::nonce::NonceSource;
use super::queue::{QueueState, RequestQueue, Turn};
use super::signer::Signer;

/// What became of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// On its way.
    pub transport: Transport,
    /// Wire time it waited for its turn.
    pub waited: Millis,
    /// Wire time from its departure to the end of the reply.
    pub took: Millis,
}

/// A future of [`CeilingStore`].
pub type Stored<'a> = Pin<Box<dyn Future<Output = Result<(), String>> + Send + 'a>>;

/// Where a key's nonce ceiling is kept over restarts.
pub trait CeilingStore: Send + Sync + 'static {
    /// Ready only when the ceiling lies safely on disk; an error says why it does not, and then nothing is sent.
    fn store(&self, ceiling: u64) -> Stored<'_>;
}

/// REST with the process-wide queue in front. Cheap to clone.
#[derive(Clone)]
pub struct Rest {
    client: RestClient,
    queue: Arc<RequestQueue>,
    clock: Arc<dyn Clock>,
}

impl Rest {
    /// One for the process: everything that it sends is counted together.
    #[must_use]
    pub fn new(client: RestClient, clock: Arc<dyn Clock>) -> Self {
        Self { client, queue: RequestQueue::new(Arc::clone(&clock)), clock }
    }

    /// Makes a public call in its turn.
    pub async fn call(&self, call: &Call) -> Answer {
        let asked = self.clock.wire();
        let _turn = self.queue.turn(ask(call, None)).await;
        let left = self.clock.wire();
        self.answer(asked, left, self.client.send(call, None).await)
    }

    /// A lane for a key; `id` must be its alone. `ceiling` is the stored one, 0 when there is none.
    #[must_use]
    pub fn lane(&self, id: LaneId, signer: Signer, ceiling: u64, store: Arc<dyn CeilingStore>) -> Lane {
        Lane { rest: self.clone(), id, signer, nonces: Mutex::new(NonceSource::new(ceiling)), store, writes: true }
    }

    /// For the metrics.
    #[must_use]
    pub fn queue(&self) -> QueueState {
        self.queue.state()
    }

    fn answer(&self, asked: WireTime, left: WireTime, transport: Transport) -> Answer {
        if let Transport::Reply { status, body } = &transport
            && is_rate_limit(*status, body)
        {
            self.queue.limited();
        }
        Answer { transport, waited: left.since(asked), took: self.clock.wire().since(left) }
    }
}

impl std::fmt::Debug for Rest {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Rest").field("queue", &self.queue).finish_non_exhaustive()
    }
}

/// A key's way to the exchange. Whoever holds it may sign for the key.
pub struct Lane {
    rest: Rest,
    id: LaneId,
    signer: Signer,
    nonces: Mutex<NonceSource>,
    store: Arc<dyn CeilingStore>,
    writes: bool,
}

impl Lane {
    /// The lane without the power to write: it signs nothing that changes something (paper mode).
    #[must_use]
    pub fn read_only(self) -> Self {
        Self { writes: false, ..self }
    }

    /// Makes a signed call in its turn, at most once. Do not drop the future of a write: what was sent stays sent.
    pub async fn call(&self, call: &Call) -> Answer {
        self.call_unless(call, || None).await
    }

    /// As [`Lane::call`], but not sent when `forbids` says why once its turn has come.
    pub async fn call_unless(&self, call: &Call, forbids: impl Fn() -> Option<&'static str> + Send) -> Answer {
        let asked = self.rest.clock.wire();
        if call.endpoint.is_write() && !self.writes {
            return self.rest.answer(asked, asked, Transport::NotSent("paper mode writes nothing".to_owned()));
        }
        let _turn = self.rest.queue.turn(ask(call, Some(self.id))).await;
        let left = self.rest.clock.wire();
        // Held until the reply is there, so that no later nonce can overtake this one (bitfinex-api.md 2.2).
        let mut nonces = self.nonces.lock().await;
        let transport = match (self.nonce(&mut nonces).await, forbids()) {
            (_, Some(why)) => Transport::NotSent(why.to_owned()),
            (Ok(nonce), None) => self.rest.client.send(call, Some((&self.signer, nonce))).await,
            (Err(why), None) => Transport::NotSent(why),
        };
        self.rest.answer(asked, left, transport)
    }

    /// Credentials for a socket's authentication; they hold the lane until they are dropped, which should be when the
    /// exchange has answered, lest a later REST nonce overtakes them.
    ///
    /// # Errors
    /// In words, when there is no nonce or its ceiling cannot be stored.
    pub async fn credentials(&self) -> Result<Credentials, String> {
        let turn = self.rest.queue.turn(Ask { endpoint: None, urgency: Urgency::First, lane: Some(self.id) }).await;
        let mut nonces = self.nonces.lock().await;
        let nonce = self.nonce(&mut nonces).await?;
        Ok(Credentials { key: self.signer.key().to_owned(), nonce, signature: self.signer.socket(nonce), _turn: turn })
    }

    async fn nonce(&self, nonces: &mut NonceSource) -> Result<u64, String> {
        let issued = nonces.next(self.rest.clock.unix_micros()).map_err(|error| error.to_string())?;
        if let Some(ceiling) = issued.persist {
            self.store.store(ceiling).await.map_err(|why| format!("the nonce ceiling could not be stored: {why}"))?;
            nonces.stored(ceiling);
        }
        Ok(issued.nonce)
    }
}

impl std::fmt::Debug for Lane {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Lane").field("id", &self.id).finish_non_exhaustive()
    }
}

/// What a socket needs to authenticate, with the key's lane held.
pub struct Credentials {
    /// The API key.
    pub key: String,
    /// The nonce.
    pub nonce: u64,
    /// The signature of `AUTH` and the nonce.
    pub signature: String,
    _turn: Turn,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Credentials(redacted)")
    }
}

fn ask(call: &Call, lane: Option<LaneId>) -> Ask {
    Ask {
        endpoint: Some((call.endpoint.label(), call.endpoint.per_minute())),
        urgency: if call.endpoint.is_write() { Urgency::First } else { Urgency::Later },
        lane,
    }
}

/// 429, or the same said in a body (bitfinex-api.md 2.3): `{"error":"ERR_RATE_LIMIT"}`, `["error",11010,"ratelimit: error"]`.
fn is_rate_limit(status: u16, body: &str) -> bool {
    let head: String = body.chars().filter(|letter| !letter.is_whitespace()).take(80).collect();
    status == 429 || head.starts_with(r#"{"error":"ERR_RATE_LIMIT""#) || head.starts_with(r#"["error",11010"#)
}

#[cfg(test)]
mod tests;
