//! Sets up the market's tasks: as many public sockets as the channels need, and the questions no socket answers.

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};

use crate::domain::{Currency, LinkState};
use crate::engine::StatusView;
use crate::exchange::bitfinex::connects::Connects;
use crate::exchange::bitfinex::socket::Socket;
use crate::exchange::bitfinex::tls::{self, Protocol, TlsError};
use crate::exchange::clock::Clock;
use crate::exchange::session::{Role, Session, split};
use crate::exchange::wire::frame::Subscription;

use super::EVENTS;
use super::accounts::Build;
use super::clock::HouseClock;
use super::streams::{MarketAsker, MarketEar};
use super::supervisor::Supervisor;

impl Build<'_> {
    /// Starts the tasks of the market of `currencies`.
    pub(super) fn market(
        &self,
        currencies: BTreeSet<Currency>,
        view: watch::Receiver<Arc<StatusView>>,
        tasks: &mut Supervisor,
    ) -> Result<(), TlsError> {
        let wanted: Vec<Subscription> = currencies
            .iter()
            .flat_map(|c| [Subscription::Ticker(*c), Subscription::Trades(*c), Subscription::Book(*c)])
            .collect();
        let connects = Arc::new(Connects::public());
        let sockets = split(&wanted);
        let (told, heard) = mpsc::channel(EVENTS);
        let ear = MarketEar {
            inbox: self.inbox.clone(),
            clock: Arc::clone(self.clock),
            links: vec![LinkState::Down; sockets.len()],
            grumbles: self.grumbles.clone(),
        };
        // Where nothing is lent yet there is nothing to listen to; a listener without a socket would end at once.
        if !sockets.is_empty() {
            tasks.start("market", ear.run(heard));
        }
        for (number, subscriptions) in sockets.into_iter().enumerate() {
            let (out, mut events) = mpsc::channel(EVENTS);
            let (_never, wanted) = mpsc::channel(1);
            let seed = self.clock.unix_micros().wrapping_add(u64::try_from(number).unwrap_or(0));
            let socket = Socket {
                session: Session::new(Role::Public(subscriptions), seed),
                url: tls::address(&self.settings.exchange.ws_public, Protocol::Socket)?,
                tls: self.tls.clone(),
                lane: None,
                connects: Arc::clone(&connects),
                out,
                wanted,
                clock: Arc::<HouseClock>::clone(self.clock),
            };
            let serving = self.serving.clone();
            tasks.start(format!("market socket {number}"), async move { socket.drive(serving.clone()).await });
            let told = told.clone();
            tasks.start(format!("market events {number}"), async move {
                while let Some(event) = events.recv().await {
                    if told.send((number, event)).await.is_err() {
                        return;
                    }
                }
            });
        }
        let asker = MarketAsker {
            rest: self.rest.clone(),
            inbox: self.inbox.clone(),
            currencies,
            view,
            grumbles: self.grumbles.clone(),
            clock: Arc::clone(self.clock),
        };
        tasks.start("market questions", asker.run(self.serving.clone()));
        Ok(())
    }
}
