//! For the tests of the IO: a clock that is told, a shelf for ceilings, and a tiny scripted HTTP server on loopback (one
//! act a request, everything it heard is kept).

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::calls::{CeilingStore, Stored};
use crate::domain::{Millis, Moment, Timestamp, WireTime};
use crate::exchange::clock::{Clock, duration};

/// A clock that a test sets, in milliseconds since its origin.
#[derive(Debug)]
pub(crate) struct Told(pub(crate) AtomicU64);

/// The market time and the nonces at its origin.
pub(crate) const ORIGIN: i64 = 1_700_000_000_000;

impl Clock for Told {
    fn now(&self) -> Moment {
        let millis = self.0.load(Ordering::SeqCst);
        let market = Timestamp::from_millis(ORIGIN).plus(Millis::new(i64::try_from(millis).unwrap()));
        Moment { market, wire: WireTime::from_millis(millis) }
    }
    fn unix_micros(&self) -> u64 {
        u64::try_from(ORIGIN).unwrap() * 1_000
    }
    fn real(&self, span: Millis) -> Duration {
        duration(span)
    }
}

/// Keeps ceilings, or refuses to.
#[derive(Default)]
pub(crate) struct Shelf {
    pub(crate) kept: Mutex<Vec<u64>>,
    pub(crate) broken: bool,
}

impl CeilingStore for Shelf {
    fn store(&self, ceiling: u64) -> Stored<'_> {
        Box::pin(async move {
            if self.broken {
                return Err("the disk is full".to_owned());
            }
            self.kept.lock().unwrap().push(ceiling);
            Ok(())
        })
    }
}

/// What it does with a request.
#[derive(Debug, Clone)]
pub(super) enum Act {
    /// Answers with these bytes.
    Say(String),
    /// Reads on and never answers.
    Hang,
    /// Cuts the connection.
    Cut,
}

impl Act {
    /// A whole reply.
    pub(super) fn reply(status: u16, body: &str) -> Self {
        Self::Say(format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len()))
    }
}

/// The server; dropped, it is gone.
pub(super) struct Script {
    pub(super) address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

impl Script {
    /// Performs `acts` one after another, one a request, then hangs.
    pub(super) async fn perform(acts: Vec<Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let mut tasks = JoinSet::new();
        let ears = Arc::clone(&heard);
        tasks.spawn(async move {
            let acts = Arc::new(Mutex::new(acts.into_iter()));
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                connections.spawn(converse(stream, Arc::clone(&acts), Arc::clone(&ears)));
            }
        });
        Self { address, heard, _tasks: tasks }
    }

    /// `http://127.0.0.1:PORT`.
    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// All requests so far, in full.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }
}

async fn converse(mut stream: TcpStream, acts: Arc<Mutex<std::vec::IntoIter<Act>>>, ears: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        ears.lock().unwrap().push(request);
        let act = acts.lock().unwrap().next().unwrap_or(Act::Hang);
        match act {
            Act::Say(text) => stream.write_all(text.as_bytes()).await.unwrap(),
            Act::Hang => std::future::pending().await,
            Act::Cut => return,
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .lines()
                .find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(|rest| rest.trim().to_owned()))
                .map_or(0, |length| length.parse().unwrap());
            if body.len() >= length {
                return Some(text);
            }
        }
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        if count == 0 {
            return None;
        }
        text.push_str(std::str::from_utf8(&buffer[..count]).unwrap());
    }
}
