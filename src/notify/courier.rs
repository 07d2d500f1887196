//! Sending: one courier a channel, with its own queue. It alone touches the network, and tells in words without secrets
//! what became of a message.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Request, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use super::channel::{Channel, Letter};
use super::event::Message;
use super::pace::Pace;

/// How many messages may wait for a channel.
const QUEUE: usize = 64;
/// The most that is read of a reply.
const REPLY: usize = 4 * 1024;
/// While all is not well, it is looked again this often whether a ping may leave.
const LOOK: Duration = Duration::from_secs(1);

/// What became of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The service took it.
    Sent,
    /// It was given up, in words without secrets.
    Failed(String),
    /// So many were still waiting when the channel was switched off.
    Dropped(u64),
}

/// Told of every message that was sent or given up.
pub type Report = Arc<dyn Fn(&Verdict) + Send + Sync>;

/// The way to a courier. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Post(mpsc::Sender<Message>);

impl Post {
    /// With the queue that it hands over to.
    pub(crate) fn open() -> (Self, mpsc::Receiver<Message>) {
        let (post, queue) = mpsc::channel(QUEUE);
        (Self(post), queue)
    }

    /// Hands a message over without waiting; false when too many wait already, or the courier is gone.
    #[must_use]
    pub fn hand_over(&self, message: Message) -> bool {
        self.0.try_send(message).is_ok()
    }
}

/// Brings the messages of one channel.
pub struct Courier {
    client: Client,
    channel: Channel,
    pace: Pace,
    seed: u64,
    report: Report,
}

impl fmt::Debug for Courier {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Courier({:?})", self.channel)
    }
}

/// What a service answered.
enum Answer {
    Taken,
    /// Not now; with the wait that it asks for, and words.
    Later(Option<Duration>, String),
    Never(String),
}

impl Courier {
    /// `client` follows no redirect, repeats nothing and has its timeouts; `seed` spreads the retries of many.
    #[must_use]
    pub fn new(client: Client, channel: Channel, pace: Pace, seed: u64, report: Report) -> Self {
        Self { client, channel, pace, seed, report }
    }

    /// Its queue, and what brings the messages in it until `end`, or until nobody can hand one over any more.
    pub fn open(self, end: CancellationToken) -> (Post, impl Future<Output = ()> + Send) {
        let (post, mut queue) = Post::open();
        let bring = async move {
            while let Some(Some(message)) = end.run_until_cancelled(queue.recv()).await {
                let verdict = end.run_until_cancelled(self.bring(|| self.channel.letter(&message))).await;
                (self.report)(&verdict.unwrap_or(Verdict::Dropped(1)));
            }
            queue.close();
            let left = std::iter::from_fn(|| queue.try_recv().ok()).count();
            (self.report)(&Verdict::Dropped(u64::try_from(left).unwrap_or(u64::MAX)));
        };
        (post, bring)
    }

    /// Calls the address of a dead man's switch at once and `every` so often, as long as all is `well`, until `end`.
    pub async fn ping(self, every: Duration, well: impl Fn() -> bool + Send, end: CancellationToken) {
        let _ended = end.run_until_cancelled(self.ping_on(every, well)).await;
    }

    async fn ping_on(&self, every: Duration, well: impl Fn() -> bool + Send) {
        let mut failures = 0_u32;
        loop {
            // Asked before each try: what was well when the last one failed need not be so now.
            if !well() {
                sleep(LOOK.min(every)).await;
                continue;
            }
            let (verdict, again) = match self.send(self.channel.call()).await {
                Answer::Taken => (Verdict::Sent, None),
                Answer::Never(why) => (Verdict::Failed(why), None),
                Answer::Later(asked, why) => {
                    failures = failures.saturating_add(1);
                    (Verdict::Failed(why), self.pace.wait(failures, asked, self.seed))
                }
            };
            if let Some(wait) = again {
                sleep(wait).await;
                continue;
            }
            failures = 0;
            (self.report)(&verdict);
            sleep(every).await;
        }
    }

    /// Sends until it is taken, or refused, or given up.
    async fn bring(&self, letter: impl Fn() -> Letter) -> Verdict {
        let mut failures = 0_u32;
        loop {
            let (asked, why) = match self.send(letter()).await {
                Answer::Taken => return Verdict::Sent,
                Answer::Never(why) => return Verdict::Failed(why),
                Answer::Later(asked, why) => (asked, why),
            };
            failures = failures.saturating_add(1);
            let Some(wait) = self.pace.wait(failures, asked, self.seed) else {
                return Verdict::Failed(format!("{why}; given up after try {failures}"));
            };
            tracing::debug!(event = "notify_retry", "{}: {why}; tried again", self.channel.kind().label());
            sleep(wait).await;
        }
    }

    async fn send(&self, letter: Letter) -> Answer {
        let request = match request(letter) {
            Ok(request) => request,
            Err(why) => return Answer::Never(why),
        };
        let mut response = match self.client.execute(request).await {
            Ok(response) => response,
            Err(error) => return Answer::Later(None, words(error)),
        };
        let status = response.status();
        if status.is_success() {
            return Answer::Taken;
        }
        let why = format!("HTTP {}", status.as_u16());
        let passing = [StatusCode::REQUEST_TIMEOUT, StatusCode::TOO_EARLY, StatusCode::TOO_MANY_REQUESTS];
        if !status.is_server_error() && !passing.contains(&status) {
            return Answer::Never(why);
        }
        let asked = match asked_in_header(response.headers()) {
            None => {
                let mut body = Vec::new();
                while let Ok(Some(chunk)) = response.chunk().await {
                    body.extend_from_slice(&chunk);
                    if body.len() > REPLY {
                        break;
                    }
                }
                asked_in_body(&body)
            }
            asked => asked,
        };
        Answer::Later(asked, why)
    }
}

fn request(letter: Letter) -> Result<Request, String> {
    let Letter { url, token, body } = letter;
    let mut request = Request::new(if body.is_some() { Method::POST } else { Method::GET }, url);
    if let Some(body) = body {
        request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *request.body_mut() = Some(body.to_string().into());
    }
    if let Some(token) = token {
        let mut value = HeaderValue::from_str(&format!("Bearer {token}"))
            .map_err(|_unprintable| "token holds characters no header may hold".to_owned())?;
        value.set_sensitive(true);
        request.headers_mut().insert(AUTHORIZATION, value);
    }
    Ok(request)
}

/// `Retry-After` in seconds. Its other form, a date, would need a clock.
fn asked_in_header(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}

/// Telegram says in the body how long to wait.
fn asked_in_body(body: &[u8]) -> Option<Duration> {
    let body: Value = serde_json::from_slice(body).ok()?;
    body.pointer("/parameters/retry_after")?.as_u64().map(Duration::from_secs)
}

/// The error and its causes in one line, without the address.
fn words(error: reqwest::Error) -> String {
    format!("{:#}", anyhow::Error::new(error.without_url()))
}

#[cfg(test)]
mod tests;
