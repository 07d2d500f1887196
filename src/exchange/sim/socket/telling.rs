//! Telling connections what happened: account events first, then what changed in public.

use super::super::api::ConnId;
use super::super::core::Event;
use super::super::depth::Window;
use super::super::exchange::SimExchange;
use super::super::tape::Candle;
use super::channels::{Channel, Topic};
use super::{BULK_UPDATES, Piece};
use crate::domain::{Currency, Moment};

impl SimExchange {
    /// Tells everything that has happened since the last telling.
    pub(in super::super) fn deliver(&mut self, now: Moment) {
        self.now = now;
        self.tell_maintenance(now);
        let ids = self.sockets.ids();
        for event in std::mem::take(&mut self.core.events) {
            match event {
                Event::Private { account, kind, body, twice, wallet } => {
                    let troubled = wallet.filter(|currency| self.trouble_available(account, *currency));
                    let body = troubled.map_or(body, |currency| self.core.wallet_row(account, currency, false));
                    self.tell_account(&ids, account, kind, &body, twice);
                }
                Event::Trade { currency, kind, row } => self.tell_trade(now, &ids, currency, kind, &row),
            }
        }
        let stale: Vec<Currency> = self.core.markets.values().filter(|m| m.dirty).map(|m| m.currency).collect();
        for currency in stale {
            self.refresh(currency);
        }
        let changed: Vec<Currency> = self.core.markets.values().filter(|m| m.untold).map(|m| m.currency).collect();
        for currency in changed {
            self.tell_market(now, &ids, currency);
        }
    }

    /// Builds the public book of a currency if it changed.
    pub(in super::super) fn refresh(&mut self, currency: Currency) {
        let accounts = &self.core.books.accounts;
        if let Some(market) = self.core.markets.get_mut(&currency).filter(|market| market.dirty) {
            market.rebuild(accounts);
        }
    }

    fn tell_account(&mut self, ids: &[ConnId], account: usize, kind: &str, body: &str, twice: bool) {
        for id in ids {
            let session = self.sockets.conn(*id).and_then(|conn| conn.session.as_ref());
            if session.is_none_or(|session| session.account != account) {
                continue;
            }
            self.tell_conn(*id, kind, body);
            if twice {
                self.tell_conn(*id, kind, body);
            }
        }
    }

    fn tell_trade(&mut self, now: Moment, ids: &[ConnId], currency: Currency, kind: &str, row: &str) {
        for id in ids {
            let Some(conn) = self.sockets.conn(*id) else { continue };
            let topic = Topic::Trades(currency);
            let channel = conn.channels.iter().find(|(_, channel)| channel.topic == topic).map(|(id, _)| *id);
            if let Some(channel) = channel {
                let piece = Piece::Data(channel, format!("\"{kind}\",{row}"));
                self.sockets.send(&mut self.faults, now, *id, piece);
            }
        }
    }

    fn tell_market(&mut self, now: Moment, ids: &[ConnId], currency: Currency) {
        let at = self.core.now;
        let Some(market) = self.core.markets.get_mut(&currency) else { return };
        market.untold = false;
        let ticker = if ids.is_empty() { String::new() } else { market.ticker(at, false) };
        for id in ids {
            let Some(conn) = self.sockets.conn(*id) else { continue };
            let bulk = conn.flags & BULK_UPDATES != 0;
            let Some(market) = self.core.markets.get(&currency) else { return };
            let mut pieces = Vec::new();
            for (channel, state) in &mut conn.channels {
                if state.topic.currency() != currency {
                    continue;
                }
                for body in news(state, market, &self.core.books.accounts, &ticker, at, bulk) {
                    pieces.push(Piece::Data(*channel, body));
                }
            }
            for piece in pieces {
                self.sockets.send(&mut self.faults, now, *id, piece);
            }
        }
    }
}

/// What a channel has to say of a market that changed.
fn news(
    state: &mut Channel,
    market: &super::super::board::Market,
    accounts: &[super::super::ledger::Account],
    ticker: &str,
    at: crate::domain::Timestamp,
    bulk: bool,
) -> Vec<String> {
    match &state.topic {
        Topic::Ticker(_) if state.ticker != ticker => {
            ticker.clone_into(&mut state.ticker);
            vec![format!("[{ticker}]")]
        }
        Topic::Ticker(_) | Topic::Trades(_) => Vec::new(),
        Topic::Book { precision, len, .. } => {
            let window = Window::new(market, accounts, *precision, *len);
            let rows = state.window.changes(&window);
            state.window = window;
            if bulk && !rows.is_empty() { vec![super::super::rows::array(rows)] } else { rows }
        }
        Topic::Candles { key, .. } => {
            let last = market.tape.last().map_or(0, |print| print.id);
            if last == state.print {
                return Vec::new();
            }
            state.print = last;
            market.tape.candles(*key, at, at).last().map(Candle::row).into_iter().collect()
        }
    }
}
