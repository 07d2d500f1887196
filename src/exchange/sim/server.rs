//! The embedded exchange on a loopback port: real HTTP at `/v2/...` and a real websocket at `/ws/2`.
//!
//! One task owns the exchange and is its only writer; connections are tasks of their own that ask it. It carries out
//! what the exchange decides of replies and frames (delays, silence, cut connections) and decides nothing itself. There
//! is no operator's route on the port: commands come through a channel.

mod http;
mod socket;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::upgrade::OnUpgrade;
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::SimExchange;
use super::api::{Command, ConnId, Frame, Outgoing, Reply, Request};
use crate::domain::{Moment, Timestamp};
use crate::exchange::clock::Clock;

/// What arrives waits here for the exchange.
const INBOX: usize = 1024;
/// Frames that a connection may be behind before it is closed as too slow.
const BACKLOG: usize = 8192;
/// The longest sleep, so that a clock that was set comes to notice.
const LONGEST_SLEEP: Duration = Duration::from_mins(1);

/// Why the server does not run.
#[derive(Debug, Error)]
pub enum ServerError {
    /// Real money is safe from it on loopback only.
    #[error("{0} is not a loopback address: the embedded exchange listens on 127.0.0.1 or [::1] only")]
    NotLoopback(SocketAddr),
    /// The port cannot be had.
    #[error("cannot listen on {address}: {error}. Is the port taken? Port 0 picks a free one")]
    Listen {
        /// Where.
        address: SocketAddr,
        /// Why not.
        error: std::io::Error,
    },
}

/// What looks at the exchange between two events.
pub type Look = Box<dyn FnOnce(&mut SimExchange, Moment) + Send>;

/// What the process that embeds the exchange asks of it.
pub enum Order {
    /// A command of the operator.
    Do {
        /// What.
        command: Command,
        /// Told what was done, or why not.
        answer: oneshot::Sender<Result<String, String>>,
    },
    /// Looks at the exchange, or drains its audit, between two events.
    Look(Look),
}

impl std::fmt::Debug for Order {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Do { command, .. } => out.debug_tuple("Do").field(command).finish(),
            Self::Look(_) => out.write_str("Look"),
        }
    }
}

/// A port that is held, not yet served.
#[derive(Debug)]
pub struct SimServer {
    listener: TcpListener,
    address: SocketAddr,
}

/// What connections tell the task that owns the exchange.
enum Event {
    Request { request: http::Owned, reply: oneshot::Sender<(Reply, Timestamp)> },
    Open { upgrade: OnUpgrade, verdict: oneshot::Sender<Result<(), Reply>> },
    Text { conn: ConnId, text: String },
    Closed { conn: ConnId },
}

impl SimServer {
    /// Takes a port; 0 picks a free one.
    ///
    /// # Errors
    /// [`ServerError`] for an address that is not loopback or a port that is taken.
    pub async fn bind(address: SocketAddr) -> Result<(Self, SocketAddr), ServerError> {
        if !address.ip().is_loopback() {
            return Err(ServerError::NotLoopback(address));
        }
        let failed = |error| ServerError::Listen { address, error };
        let listener = TcpListener::bind(address).await.map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok((Self { listener, address }, address))
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Serves `exchange` until `stop`, and gives it back. To be spawned by the caller; its connections end with it.
    pub async fn run(
        self,
        exchange: SimExchange,
        clock: Arc<dyn Clock>,
        mut orders: mpsc::Receiver<Order>,
        stop: CancellationToken,
    ) -> SimExchange {
        let (inbox, mut events) = mpsc::channel(INBOX);
        let mut house = House { exchange, clock, inbox, frames: BTreeMap::new(), connections: JoinSet::new() };
        let mut ordering = true;
        house.settle();
        loop {
            let pause = house.pause();
            tokio::select! {
                biased;
                () = stop.cancelled() => break,
                order = orders.recv(), if ordering => match order {
                    Some(order) => house.order(order),
                    None => ordering = false,
                },
                Some(event) = events.recv() => house.event(event),
                () = tokio::time::sleep(pause) => {}
                accepted = self.listener.accept() => house.accepted(accepted).await,
                Some(_ended) = house.connections.join_next() => {}
            }
            house.settle();
        }
        house.connections.shutdown().await;
        house.exchange
    }
}

/// The exchange with its connections.
struct House {
    exchange: SimExchange,
    clock: Arc<dyn Clock>,
    inbox: mpsc::Sender<Event>,
    frames: BTreeMap<ConnId, mpsc::Sender<socket::Timed>>,
    connections: JoinSet<()>,
}

impl House {
    /// Until the exchange does something by itself.
    fn pause(&self) -> Duration {
        let now = self.clock.now();
        self.clock.real(self.exchange.next_event().since(now.market)).min(LONGEST_SLEEP)
    }

    fn order(&mut self, order: Order) {
        let now = self.clock.now();
        self.exchange.advance(now);
        match order {
            // Whoever does not wait for the answer does not want it.
            Order::Do { command, answer } => drop(answer.send(self.exchange.command(now, command))),
            Order::Look(look) => look(&mut self.exchange, now),
        }
    }

    fn event(&mut self, event: Event) {
        let now = self.clock.now();
        self.exchange.advance(now);
        match event {
            Event::Request { request, reply } => {
                // A client that has gone meanwhile has still asked: the exchange has acted on it.
                drop(reply.send((self.exchange.request(now, &request.borrow()), now.market)));
            }
            Event::Open { upgrade, verdict } => match self.exchange.open(now) {
                Ok(conn) => {
                    let (sender, receiver) = mpsc::channel(BACKLOG);
                    self.frames.insert(conn, sender);
                    let task = socket::serve(conn, upgrade, receiver, self.inbox.clone(), Arc::clone(&self.clock));
                    self.connections.spawn(task);
                    drop(verdict.send(Ok(())));
                }
                Err(refusal) => drop(verdict.send(Err(refusal))),
            },
            Event::Text { conn, text } => self.exchange.receive(now, conn, &text),
            Event::Closed { conn } => {
                self.frames.remove(&conn);
                self.exchange.closed(conn);
            }
        }
    }

    /// Lets what is due happen and hands out what leaves.
    fn settle(&mut self) {
        let now = self.clock.now();
        self.exchange.advance(now);
        for Outgoing { conn, frame, after } in self.exchange.outgoing() {
            let last = frame == Frame::Close;
            let timed = socket::Timed { due: now.wire.plus(after), frame };
            let Some(sender) = self.frames.get(&conn) else { continue };
            if sender.try_send(timed).is_err() {
                // Too slow, or gone: without its sender the connection's task closes it and says so.
                self.frames.remove(&conn);
            } else if last {
                self.frames.remove(&conn);
            }
        }
    }

    async fn accepted(&mut self, accepted: std::io::Result<(TcpStream, SocketAddr)>) {
        match accepted {
            Ok((stream, _peer)) => {
                // Without it small frames would wait for each other; if it cannot be set they do.
                let _best_effort = stream.set_nodelay(true);
                self.connections.spawn(http::serve(stream, self.inbox.clone()));
            }
            // Out of file descriptors, most likely: the connections that end make room.
            Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
        }
    }
}

impl http::Owned {
    fn borrow(&self) -> Request<'_> {
        Request {
            method: &self.method,
            path: &self.path,
            nonce: self.nonce.as_deref(),
            key: self.key.as_deref(),
            signature: self.signature.as_deref(),
            body: &self.body,
        }
    }
}

#[cfg(test)]
mod tests;
