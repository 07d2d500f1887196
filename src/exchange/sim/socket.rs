//! Websockets: connections, what they asked for, and how frames leave with their sequence numbers.

mod auth;
mod channels;
mod input;
mod telling;

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write;

use super::api::{ConnId, Frame, Outgoing, Reply};
use super::errors::ApiError;
use super::exchange::SimExchange;
use super::faults::{Fault, Faults};
use super::rest::sent;
use crate::domain::{MINUTE, Millis, Moment, SECOND, WireTime};

use channels::Channel;

/// Connections a minute.
const OPENS: u32 = 20;
/// A channel without data says `hb` after so long.
const HEARTBEAT: Millis = Millis::new(15_000);
/// Flag: milliseconds appended to every data array.
const TIMESTAMP: u64 = 32_768;
/// Flag: sequence numbers appended to every data array.
const SEQ_ALL: u64 = 65_536;
/// Flag: book updates come as lists.
const BULK_UPDATES: u64 = 536_870_912;

/// Something to be sent, before it has its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    /// A control object: never numbered.
    Control(String),
    /// Data of a public channel, without brackets.
    Data(u64, String),
    /// Data of the account's channel, without brackets.
    Account(Numbers, String),
}

/// Which numbers a frame of channel 0 carries (bitfinex-api.md 6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Numbers {
    /// Both counters, both advanced.
    Both,
    /// Notifications: the account's counter alone, not advanced.
    AuthOnly,
    /// Heartbeats: the public counter alone.
    PublicOnly,
}

/// Who authenticated.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Session {
    account: usize,
    filter: Option<Vec<String>>,
}

/// A connection.
#[derive(Debug, Default)]
struct Conn {
    flags: u64,
    public: u64,
    private: u64,
    /// During the initial sync the account's number is 0.
    syncing: bool,
    session: Option<Session>,
    channels: BTreeMap<u64, Channel>,
    account_last: WireTime,
    /// Fell silent while staying open.
    silent: bool,
    /// Frames leave no earlier than those before them.
    late_until: WireTime,
    /// A piece that lets the next one go first.
    held: Option<Piece>,
    /// Closed by the exchange, not yet by the client.
    ended: bool,
}

/// All connections.
#[derive(Debug, Default)]
pub(super) struct Sockets {
    conns: BTreeMap<ConnId, Conn>,
    opened: VecDeque<WireTime>,
    auths: VecDeque<WireTime>,
    next_conn: u64,
    next_channel: u64,
    outgoing: Vec<Outgoing>,
}

impl Sockets {
    pub(super) fn drain(&mut self) -> Vec<Outgoing> {
        std::mem::take(&mut self.outgoing)
    }

    /// How many connections were ever opened.
    pub(super) const fn opened_ever(&self) -> u64 {
        self.next_conn
    }

    fn conn(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conns.get_mut(&id).filter(|conn| !conn.ended)
    }

    fn ids(&self) -> Vec<ConnId> {
        self.conns.iter().filter(|(_, conn)| !conn.ended).map(|(id, _)| *id).collect()
    }

    /// Sends to one connection, past the faults on the way.
    fn send(&mut self, faults: &mut Faults, now: Moment, id: ConnId, piece: Piece) {
        let numbered = !matches!(piece, Piece::Control(_));
        if !faults.quiet() && numbered {
            let Some(conn) = self.conn(id) else { return };
            if conn.held.is_none() && faults.strikes(Fault::Reorder) {
                conn.held = Some(piece);
                return;
            }
            if faults.strikes(Fault::Duplicate) {
                self.emit(faults, now, id, &piece);
            }
        }
        self.emit(faults, now, id, &piece);
        self.release(faults, now, id);
    }

    /// Lets a held piece go.
    fn release(&mut self, faults: &mut Faults, now: Moment, id: ConnId) {
        if let Some(held) = self.conn(id).and_then(|conn| conn.held.take()) {
            self.emit(faults, now, id, &held);
        }
    }

    /// Lets all held pieces go: nothing came after them.
    pub(super) fn release_all(&mut self, faults: &mut Faults, now: Moment) {
        for id in self.ids() {
            self.release(faults, now, id);
        }
    }

    /// Numbers a piece and puts it on its way.
    fn emit(&mut self, faults: &mut Faults, now: Moment, id: ConnId, piece: &Piece) {
        let Some(conn) = self.conns.get_mut(&id).filter(|conn| !conn.ended) else { return };
        if conn.silent {
            return;
        }
        if faults.strikes(Fault::Stall) {
            conn.silent = true;
            return;
        }
        let numbered = !matches!(piece, Piece::Control(_));
        if numbered && faults.strikes(Fault::SequenceGap) {
            conn.public = conn.public.saturating_add(1);
        }
        let mut text = conn.render(piece, now);
        if numbered && faults.strikes(Fault::Drop) {
            return;
        }
        if numbered && faults.strikes(Fault::Garbage) {
            text = text.chars().take(text.len() / 2).collect();
        }
        if faults.strikes(Fault::Delay) {
            let delay = Millis::new(faults.random.between(100, 5_000));
            conn.late_until = conn.late_until.max(now.wire.plus(delay));
        }
        let after = conn.late_until.since(now.wire);
        self.outgoing.push(Outgoing { conn: id, frame: Frame::Text(text), after });
        if faults.strikes(Fault::Disconnect) {
            conn.ended = true;
            self.outgoing.push(Outgoing { conn: id, frame: Frame::Close, after });
        }
    }

    /// To every connection.
    pub(super) fn broadcast(&mut self, faults: &mut Faults, now: Moment, text: &str) {
        for id in self.ids() {
            self.send(faults, now, id, Piece::Control(text.to_owned()));
        }
    }

    /// The exchange closes every connection.
    pub(super) fn close_all(&mut self) {
        for id in self.ids() {
            if let Some(conn) = self.conns.get_mut(&id) {
                conn.ended = true;
            }
            self.outgoing.push(Outgoing { conn: id, frame: Frame::Close, after: Millis::new(0) });
        }
    }

    /// `hb` on every channel that was quiet.
    pub(super) fn heartbeats(&mut self, faults: &mut Faults, now: Moment) {
        for id in self.ids() {
            let Some(conn) = self.conns.get(&id) else { continue };
            let quiet = |last: WireTime| now.wire.since(last) >= HEARTBEAT;
            let mut due: Vec<Piece> = Vec::new();
            for (channel, state) in &conn.channels {
                if quiet(state.last) {
                    due.push(Piece::Data(*channel, "\"hb\"".to_owned()));
                }
            }
            if conn.session.is_some() && quiet(conn.account_last) {
                due.push(Piece::Account(Numbers::PublicOnly, "\"hb\"".to_owned()));
            }
            for piece in due {
                self.send(faults, now, id, piece);
            }
        }
    }
}

impl Conn {
    /// The frame's text, with the numbers it carries; advances the counters.
    fn render(&mut self, piece: &Piece, now: Moment) -> String {
        let (channel, inner, numbers) = match piece {
            Piece::Control(text) => return text.clone(),
            Piece::Data(channel, inner) => (*channel, inner, Numbers::PublicOnly),
            Piece::Account(numbers, inner) => (0, inner, *numbers),
        };
        if channel == 0 {
            self.account_last = now.wire;
        } else if let Some(state) = self.channels.get_mut(&channel) {
            state.last = now.wire;
        }
        let mut text = format!("[{channel},{inner}");
        if self.flags & TIMESTAMP != 0 {
            let _ = write!(text, ",{}", now.market.millis());
        }
        if numbers != Numbers::AuthOnly {
            self.public = self.public.saturating_add(1);
        }
        if numbers == Numbers::Both && !self.syncing {
            self.private = self.private.saturating_add(1);
        }
        if self.flags & SEQ_ALL != 0 {
            let private = if self.syncing { 0 } else { self.private };
            let _ = match numbers {
                Numbers::Both => write!(text, ",{},{private}", self.public),
                Numbers::AuthOnly => write!(text, ",{private}"),
                Numbers::PublicOnly => write!(text, ",{}", self.public),
            };
        }
        text.push(']');
        text
    }
}

impl SimExchange {
    /// Opens a websocket connection.
    ///
    /// # Errors
    /// The refusal to answer the upgrade with: too many connections within a minute, or a server fault.
    pub fn open(&mut self, now: Moment) -> Result<ConnId, Reply> {
        self.advance(now);
        let most = usize::try_from(OPENS.saturating_mul(self.limits.scale())).unwrap_or(usize::MAX);
        if crowded(&mut self.sockets.opened, now.wire, MINUTE, most) {
            return Err(sent(429, ApiError::rate_limit().array()));
        }
        if self.strikes(Fault::ServerFault) {
            return Err(sent(503, "<html><body>temporarily unavailable</body></html>".to_owned()));
        }
        self.sockets.next_conn = self.sockets.next_conn.saturating_add(1);
        let id = ConnId(self.sockets.next_conn);
        self.sockets.conns.insert(id, Conn { account_last: now.wire, ..Conn::default() });
        let status = u8::from(!self.core.maintenance);
        let server = self.wire_random.bits();
        let hello = format!(
            "{{\"event\":\"info\",\"version\":2,\"serverId\":\"{:08x}-4691-4bda-a573-{:012x}\",\"platform\":\
             {{\"status\":{status}}}}}",
            server >> 32,
            server & 0xffff_ffff
        );
        self.sockets.send(&mut self.faults, now, id, Piece::Control(hello));
        Ok(id)
    }

    /// A connection is gone.
    pub fn closed(&mut self, conn: ConnId) {
        self.sockets.conns.remove(&conn);
    }

    /// What leaves on websockets since the last call, in order for each connection.
    pub fn outgoing(&mut self) -> Vec<Outgoing> {
        self.sockets.drain()
    }

    fn control(&mut self, id: ConnId, text: String) {
        self.sockets.send(&mut self.faults, self.now, id, Piece::Control(text));
    }
}

/// Counts an occasion; true when there were already `most` within `span`.
fn crowded(times: &mut VecDeque<WireTime>, now: WireTime, span: Millis, most: usize) -> bool {
    while times.front().is_some_and(|first| now.since(*first) >= span) {
        times.pop_front();
    }
    if times.len() >= most {
        return true;
    }
    times.push_back(now);
    false
}

/// Authentications: five within fifteen seconds.
const AUTHS: (u32, Millis) = (5, SECOND.times(15));
