//! A websocket driven by a pure [`Session`]: this end connects, sends, reads and keeps time; the session decides.
//!
//! Nothing is lost in silence. When whoever listens cannot keep up, the socket stays unread for up to 5 s (a burst, such
//! as the snapshot of a thousand loans, is no reason to give up); then the link is closed, and everything is read anew
//! over the next one. Words about the link itself wait for as long as it takes.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use reqwest::Url;
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config};
use tokio_util::sync::CancellationToken;

use crate::domain::{Millis, WireTime};
use crate::exchange::clock::{Clock, duration};
use crate::exchange::session::{Output, Session, Subscription};
use crate::exchange::wire::frame;

use super::calls::{Credentials, Lane};
use super::connects::Connects;
use super::tls::Tls;

/// For name, connection, TLS and upgrade; less than the session's own patience.
const CONNECT: Duration = Duration::from_secs(20);
/// For a frame of ours to be taken by the system.
const SEND: Duration = Duration::from_secs(5);
/// For a farewell.
const FAREWELL: Duration = Duration::from_secs(1);
/// How long the socket stays unread while news find no room.
const CROWDED: Duration = Duration::from_secs(5);
/// How long the key's lane is kept for an answer to the authentication.
const AUTHENTICATING: Millis = Millis::seconds(10);
/// The longest message that is read. A book of 250 levels has about 20 kB.
const MAX_MESSAGE: usize = 8 * 1024 * 1024;

/// What a socket tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SocketEvent {
    /// What the session passes on; never one of its orders to the driver.
    Told(Output),
    /// The connection could not be made, failed, or was given up: words for the log.
    Trouble(String),
}

/// A socket to be driven.
#[derive(Debug)]
pub struct Socket {
    /// Its state machine, not yet connected.
    pub session: Session,
    /// Where to, checked by [`address`](super::tls::address).
    pub url: Url,
    /// TLS.
    pub tls: Tls,
    /// The key's lane, for a private session.
    pub lane: Option<Arc<Lane>>,
    /// The host's connection limit, shared with the other sockets to it.
    pub connects: Arc<Connects>,
    /// Who is told. Its capacity is how far he may be behind.
    pub out: mpsc::Sender<SocketEvent>,
    /// What a public session shall listen to from now on.
    pub wanted: mpsc::Receiver<Vec<Subscription>>,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

type Link = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Whoever listened has gone: the end.
struct Deaf;

impl Socket {
    /// Drives the session until `stop`, or until nobody listens any more. To be spawned by the caller.
    pub async fn drive(self, stop: CancellationToken) {
        self.drive_with(CROWDED, stop).await;
    }

    async fn drive_with(self, crowded: Duration, stop: CancellationToken) {
        let Self { session, url, tls, lane, connects, out, wanted, clock } = self;
        let driver =
            Driver { session, url, tls, lane, connects, out, clock, link: None, authenticating: None, crowded };
        driver.run(wanted, &stop).await;
    }
}

struct Driver {
    session: Session,
    url: Url,
    tls: Tls,
    lane: Option<Arc<Lane>>,
    connects: Arc<Connects>,
    out: mpsc::Sender<SocketEvent>,
    clock: Arc<dyn Clock>,
    link: Option<Link>,
    authenticating: Option<(Credentials, WireTime)>,
    crowded: Duration,
}

impl Driver {
    async fn run(mut self, mut wanted: mpsc::Receiver<Vec<Subscription>>, stop: &CancellationToken) {
        let mut wanting = true;
        loop {
            let pause = self.pause();
            let worked = tokio::select! {
                biased;
                () = stop.cancelled() => break,
                new = wanted.recv(), if wanting => {
                    match new {
                        Some(new) => self.session.set_subscriptions(self.clock.wire(), new),
                        None => wanting = false,
                    }
                    unless(stop, self.obey()).await
                }
                () = tokio::time::sleep(pause) => unless(stop, self.timer()).await,
                message = next(&mut self.link) => {
                    self.heard(message);
                    unless(stop, self.obey()).await
                }
            };
            match worked {
                Some(Ok(())) => {}
                Some(Err(Deaf)) | None => break,
            }
        }
        self.hang_up().await;
    }

    /// Until something is due.
    fn pause(&self) -> Duration {
        let lane = self.authenticating.as_ref().map(|(_, until)| *until);
        let due = [self.session.next_timer(), lane].into_iter().flatten().min();
        due.map_or(FAREWELL, |due| duration(due.since(self.clock.wire())))
    }

    async fn timer(&mut self) -> Result<(), Deaf> {
        let mut now = self.clock.wire();
        if self.authenticating.as_ref().is_some_and(|(_, until)| *until <= now) {
            self.authenticating = None;
        }
        if self.session.next_timer().is_none_or(|due| due > now) {
            return Ok(());
        }
        if self.link.is_none() {
            // Unconnected, all it can want is to connect: in its turn among the sockets of this process.
            let turn = self.connects.book(now);
            tokio::time::sleep(duration(turn.since(now))).await;
            now = self.clock.wire();
        }
        self.session.timer(now);
        self.obey().await
    }

    fn heard(&mut self, message: Option<Result<Message, Error>>) {
        let now = self.clock.wire();
        let why = match message {
            Some(Ok(Message::Text(text))) => return self.session.text(now, &text),
            Some(Ok(Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => return,
            Some(Ok(Message::Close(frame))) => frame.map_or_else(
                || "closed by the exchange".to_owned(),
                |frame| format!("closed by the exchange: {} {}", frame.code, frame.reason),
            ),
            Some(Err(error)) => error.to_string(),
            None => "cut".to_owned(),
        };
        self.lost(why);
    }

    /// Does what the session wants until it wants nothing more.
    async fn obey(&mut self) -> Result<(), Deaf> {
        while let Some(output) = self.session.poll() {
            match output {
                Output::Connect => self.connect().await,
                Output::Send(text) => self.send(text).await,
                Output::Authenticate => self.authenticate().await,
                Output::Close => self.given_up().await,
                told @ (Output::Market(_)
                | Output::Candles(..)
                | Output::Account(_)
                | Output::Link(_)
                | Output::Gate(_)
                | Output::AuthFailed { .. }
                | Output::SubscriptionRefused { .. }
                | Output::Resync
                | Output::Gap
                | Output::Unreadable { .. }
                | Output::Ignored) => self.tell(told).await?,
            }
        }
        Ok(())
    }

    async fn connect(&mut self) {
        let config = WebSocketConfig::default()
            .read_buffer_size(32 * 1024)
            .write_buffer_size(4 * 1024)
            .max_message_size(Some(MAX_MESSAGE))
            .max_frame_size(Some(MAX_MESSAGE));
        let connector = Connector::Rustls(self.tls.shared());
        let connecting = connect_async_tls_with_config(self.url.as_str(), Some(config), true, Some(connector));
        match timeout(CONNECT, Box::pin(connecting)).await {
            Ok(Ok((link, _response))) => {
                self.link = Some(link);
                self.session.opened(self.clock.wire());
            }
            Ok(Err(error)) => self.lost(format!("no connection: {error}")),
            Err(_elapsed) => self.lost(format!("no connection within {} s", CONNECT.as_secs())),
        }
    }

    async fn send(&mut self, text: String) {
        let Some(link) = &mut self.link else { return };
        match timeout(SEND, link.send(Message::text(text))).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => self.lost(format!("could not be written to: {error}")),
            Err(_elapsed) => self.lost("takes nothing any more".to_owned()),
        }
    }

    async fn authenticate(&mut self) {
        let Some(lane) = &self.lane else {
            return self.lost("there is no key to authenticate with".to_owned());
        };
        match lane.credentials().await {
            Ok(credentials) => {
                let text = frame::auth(&credentials.key, &credentials.nonce.to_string(), &credentials.signature);
                self.authenticating = Some((credentials, self.clock.wire().plus(AUTHENTICATING)));
                self.send(text).await;
            }
            Err(why) => self.lost(why),
        }
    }

    /// The connection is gone without the session's will; it will want another.
    fn lost(&mut self, why: String) {
        self.link = None;
        self.authenticating = None;
        self.session.closed(self.clock.wire());
        // Words for the log may be dropped.
        let _told = self.out.try_send(SocketEvent::Trouble(why));
    }

    /// The session does not rely on this connection any more, and wants another.
    async fn given_up(&mut self) {
        self.hang_up().await;
        // Words for the log may be dropped.
        let why = "given up: it had fallen silent, or could not be relied on".to_owned();
        let _told = self.out.try_send(SocketEvent::Trouble(why));
    }

    async fn hang_up(&mut self) {
        self.authenticating = None;
        if let Some(mut link) = self.link.take() {
            // Politeness only: the connection ends anyhow.
            let _best_effort = timeout(FAREWELL, link.close(None)).await;
        }
    }

    async fn tell(&mut self, output: Output) -> Result<(), Deaf> {
        if matches!(output, Output::Gate(_) | Output::AuthFailed { .. }) {
            self.authenticating = None;
        }
        match self.out.try_send(SocketEvent::Told(output)) {
            // That there was something to ignore is a count at best.
            Ok(()) | Err(TrySendError::Full(SocketEvent::Told(Output::Ignored) | SocketEvent::Trouble(_))) => Ok(()),
            Err(TrySendError::Closed(_)) => Err(Deaf),
            Err(TrySendError::Full(
                event @ SocketEvent::Told(Output::Account(_) | Output::Market(_) | Output::Candles(..)),
            )) => match timeout(self.crowded, self.out.send(event)).await {
                Ok(sent) => sent.map_err(|_closed| Deaf),
                Err(_elapsed) => self.overrun().await,
            },
            Err(TrySendError::Full(event)) => self.out.send(event).await.map_err(|_closed| Deaf),
        }
    }

    /// Something had to be dropped: what this connection still has to say no longer makes a whole. The session connects
    /// anew, which makes everything be read afresh; that the link is down is told in any case.
    async fn overrun(&mut self) -> Result<(), Deaf> {
        self.hang_up().await;
        self.session.closed(self.clock.wire());
        while let Some(output) = self.session.poll() {
            let whole =
                matches!(output, Output::Link(_) | Output::Gate(_) | Output::AuthFailed { .. } | Output::Resync);
            if whole {
                self.out.send(SocketEvent::Told(output)).await.map_err(|_closed| Deaf)?;
            }
        }
        let why = "given up: its news came faster than they were taken".to_owned();
        self.out.send(SocketEvent::Trouble(why)).await.map_err(|_closed| Deaf)
    }
}

/// The next message; none ever without a connection.
async fn next(link: &mut Option<Link>) -> Option<Result<Message, Error>> {
    match link {
        Some(link) => link.next().await,
        None => std::future::pending().await,
    }
}

/// `work`, unless `stop` comes first.
async fn unless<T>(stop: &CancellationToken, work: impl Future<Output = T>) -> Option<T> {
    tokio::select! {
        biased;
        () = stop.cancelled() => None,
        done = work => Some(done),
    }
}

#[cfg(test)]
mod tests;
