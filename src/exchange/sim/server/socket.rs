//! One websocket connection: texts in, frames out when they are due.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use hyper::upgrade::{OnUpgrade, Upgraded};
use hyper_util::rt::TokioIo;
use tokio::sync::mpsc;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::Event;
use crate::domain::WireTime;
use crate::exchange::clock::{Clock, duration};
use crate::exchange::sim::api::{ConnId, Frame};

/// A frame and when it leaves.
#[derive(Debug)]
pub(super) struct Timed {
    pub(super) due: WireTime,
    pub(super) frame: Frame,
}

/// For the closing of a connection.
const FAREWELL: Duration = Duration::from_secs(1);

type Socket = WebSocketStream<TokioIo<Upgraded>>;

/// Serves a connection to its end, and says when it is over.
pub(super) async fn serve(
    conn: ConnId,
    upgrade: OnUpgrade,
    frames: mpsc::Receiver<Timed>,
    inbox: mpsc::Sender<Event>,
    clock: Arc<dyn Clock>,
) {
    if let Ok(upgraded) = upgrade.await {
        let mut socket = WebSocketStream::from_raw_socket(TokioIo::new(upgraded), Role::Server, None).await;
        converse(conn, &mut socket, frames, &inbox, clock.as_ref()).await;
        // Both sides say farewell, if the other one is still there; only then the connection is closed.
        let _best_effort = tokio::time::timeout(FAREWELL, async {
            // It fails when the other side has said it first; the answer still has to leave, which reading does.
            let _said = socket.close(None).await;
            while let Some(Ok(_unread)) = socket.next().await {}
        })
        .await;
    }
    // When nobody listens any more the whole exchange has stopped.
    let _stopped = inbox.send(Event::Closed { conn }).await;
}

async fn converse(
    conn: ConnId,
    socket: &mut Socket,
    mut frames: mpsc::Receiver<Timed>,
    inbox: &mpsc::Sender<Event>,
    clock: &dyn Clock,
) {
    let mut waiting: BTreeMap<(WireTime, u64), Frame> = BTreeMap::new();
    let (mut serial, mut more) = (0_u64, true);
    loop {
        if !deliver(socket, &mut waiting, clock.wire()).await || (!more && waiting.is_empty()) {
            return;
        }
        let next = waiting.first_key_value().map(|((due, _), _)| duration(due.since(clock.wire())));
        tokio::select! {
            biased;
            frame = frames.recv(), if more => match frame {
                Some(Timed { due, frame }) => {
                    serial = serial.saturating_add(1);
                    waiting.insert((due, serial), frame);
                }
                None => more = false,
            },
            () = tokio::time::sleep(next.unwrap_or_default()), if next.is_some() => {}
            message = socket.next() => match message {
                Some(Ok(Message::Text(text))) => {
                    if inbox.send(Event::Text { conn, text: text.to_string() }).await.is_err() {
                        return;
                    }
                }
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Binary(_) | Message::Frame(_))) => {}
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
            },
        }
    }
}

/// Sends what is due; false when the connection is over.
async fn deliver(socket: &mut Socket, waiting: &mut BTreeMap<(WireTime, u64), Frame>, now: WireTime) -> bool {
    let mut fed = false;
    while let Some(entry) = waiting.first_entry().filter(|entry| entry.key().0 <= now) {
        match entry.remove() {
            Frame::Text(text) => {
                if socket.feed(Message::text(text)).await.is_err() {
                    return false;
                }
                fed = true;
            }
            Frame::Close => return false,
        }
    }
    !fed || socket.flush().await.is_ok()
}
