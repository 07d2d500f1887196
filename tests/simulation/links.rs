//! The daemon's two sockets: the real sessions, and what `exchange::bitfinex::socket` and `app::streams` do for them.

use yieldsforge::domain::{Currency, LinkState, Stream, WireTime};
use yieldsforge::engine::Body;
use yieldsforge::exchange::session::{Output, Role, Session, Subscription};
use yieldsforge::exchange::sim::api::{ConnId, Frame};

use super::daemon::{Daemon, Out};
use super::lane::Who;
use super::policies::account;
use super::reader::Errand;
use super::trail::{Trail, since_start};

/// For a connection to open, as the real driver waits.
const CONNECT: i64 = 20_000;
/// The place of the account's link.
pub(crate) const PRIVATE: usize = 1;

/// A socket.
#[derive(Debug)]
pub(crate) struct Link {
    session: Session,
    stream: Stream,
    pub(crate) conn: Option<ConnId>,
    /// The number of the attempt to connect, and when it is given up.
    attempt: u64,
    opening: Option<i64>,
}

impl Link {
    /// Listens to ticker, trades and book of each currency.
    pub(crate) fn market(currencies: &[Currency], seed: u64) -> Self {
        let wanted = currencies
            .iter()
            .flat_map(|one| [Subscription::Ticker(*one), Subscription::Trades(*one), Subscription::Book(*one)])
            .collect();
        Self::new(Session::new(Role::Public(wanted), seed), Stream::Market)
    }

    /// Listens to the account.
    pub(crate) fn account(seed: u64) -> Self {
        Self::new(Session::new(Role::Private, seed), Stream::Account(account()))
    }

    fn new(session: Session, stream: Stream) -> Self {
        Self { session, stream, conn: None, attempt: 0, opening: None }
    }

    /// When something is due, in milliseconds.
    pub(crate) fn due(&self) -> Option<i64> {
        let timer = self.session.next_timer().map(|at| i64::try_from(at.millis()).unwrap());
        [timer, self.opening].into_iter().flatten().min()
    }
}

impl Daemon {
    fn wire(&self) -> WireTime {
        self.now.wire
    }

    /// Does what is due on the links.
    pub(super) fn serve_links(&mut self, trail: &mut Trail) -> bool {
        let at = i64::try_from(self.wire().millis()).unwrap();
        let mut worked = false;
        for link in 0..self.links.len() {
            if self.links[link].opening.is_some_and(|until| until <= at) {
                self.lost(link, trail);
                worked = true;
            }
            while self.links[link].due().is_some_and(|due| due <= at) {
                self.links[link].session.timer(self.wire());
                self.obey(link, trail);
                worked = true;
            }
        }
        worked
    }

    /// An attempt to connect has ended.
    pub(crate) fn opened(&mut self, link: usize, attempt: u64, conn: Option<ConnId>, trail: &mut Trail) {
        let one = &mut self.links[link];
        if one.attempt != attempt || one.opening.take().is_none() {
            self.out.extend(conn.map(Out::Close));
            return;
        }
        match conn {
            Some(conn) => {
                one.conn = Some(conn);
                one.session.opened(self.now.wire);
                self.obey(link, trail);
            }
            None => self.lost(link, trail),
        }
    }

    /// A frame came.
    pub(crate) fn frame(&mut self, conn: ConnId, frame: &Frame, trail: &mut Trail) {
        let Some(link) = self.links.iter().position(|link| link.conn == Some(conn)) else { return };
        match frame {
            Frame::Text(text) => {
                self.links[link].session.text(self.now.wire, text);
                self.obey(link, trail);
            }
            Frame::Close => self.lost(link, trail),
        }
    }

    /// The connection is gone without the session's will.
    fn lost(&mut self, link: usize, trail: &mut Trail) {
        let one = &mut self.links[link];
        one.opening = None;
        let conn = one.conn.take();
        one.session.closed(self.now.wire);
        self.out.extend(conn.map(Out::Close));
        if link == PRIVATE {
            self.lane.drop_socket();
        }
        self.obey(link, trail);
    }

    fn hang_up(&mut self, link: usize) {
        let conn = self.links[link].conn.take();
        self.links[link].opening = None;
        self.out.extend(conn.map(Out::Close));
        if link == PRIVATE {
            self.lane.drop_socket();
        }
    }

    /// Credentials came in their turn.
    pub(super) fn send_auth(&mut self, text: String) {
        if let Some(conn) = self.links[PRIVATE].conn {
            self.out.push(Out::Text(conn, text));
        }
    }

    /// Does what the session wants until it wants nothing more.
    fn obey(&mut self, link: usize, trail: &mut Trail) {
        while let Some(output) = self.links[link].session.poll() {
            match output {
                Output::Connect => {
                    let until = i64::try_from(self.wire().millis()).unwrap() + CONNECT;
                    let one = &mut self.links[link];
                    one.attempt += 1;
                    one.opening = Some(until);
                    self.out.push(Out::Open(link, one.attempt));
                }
                Output::Send(text) => {
                    if let Some(conn) = self.links[link].conn {
                        self.out.push(Out::Text(conn, text));
                    }
                }
                Output::Authenticate => self.lane.ask(Who::Socket, None),
                Output::Close => self.hang_up(link),
                told => self.ear(link, told, trail),
            }
        }
    }

    /// Passes on what a session tells.
    fn ear(&mut self, link: usize, told: Output, trail: &mut Trail) {
        let news = |news| Body::Account(account(), news);
        match told {
            Output::Market(told) => self.market(told, trail),
            Output::Account(told) => self.step(news(told), trail),
            Output::Resync if link == PRIVATE => self.step(news(yieldsforge::domain::AccountNews::Resync), trail),
            Output::Link(state) => {
                if state == LinkState::Up && link != PRIVATE {
                    self.asker.missed(self.now.market, &self.currencies);
                }
                self.step(Body::Link(self.links[link].stream.clone(), state), trail);
            }
            Output::Gate(verdict) => {
                self.lane.drop_socket();
                self.heard_caps(verdict, trail);
            }
            Output::AuthFailed { code, text } => {
                self.lane.drop_socket();
                trail.line(since_start(self.now.market), format_args!("authentication failed: {code} {text}"));
                self.reader.errands.push_back(Errand::Gate);
            }
            Output::Gap | Output::Unreadable { .. } | Output::SubscriptionRefused { .. } => {
                trail.line(since_start(self.now.market), format_args!("link {link}: {told:?}"));
            }
            _ => {}
        }
    }
}
