//! What a session makes of what it hears.

use crate::domain::{AccountNews, LinkState, MarketNews, Millis, WireTime};

use super::super::wire::frame::{self, ChannelNews, Data, Event, Frame};
use super::super::wire::{book_update, gate, head};
use super::{CHANNEL_QUIET, KEY_PAUSE, Output, PROVED, Phase, Session, Subscription};

/// The server restarts: connect anew (bitfinex-api.md 5.3).
const STOP: i64 = 20_051;
/// Maintenance begins.
const MAINTENANCE_BEGINS: i64 = 20_060;
/// Maintenance ends.
const MAINTENANCE_ENDS: i64 = 20_061;
/// The version of the interface that we speak.
const VERSION: i64 = 2;
/// A book of that length is not to be had.
const BOOK_LENGTH: i64 = 10_012;
/// The channel is open already.
const ALREADY_SUBSCRIBED: i64 = 10_301;

impl Session {
    pub(super) fn read(&mut self, now: WireTime, text: &str) {
        if self.quick(now, text) {
            return;
        }
        match frame::read(text) {
            Some(Frame::Data(data)) => self.data(now, text, &data),
            Some(Frame::Event(event)) => self.event(now, text, event),
            None => {
                self.outputs.push_back(Output::Unreadable { head: head(text) });
                // Nobody knows whose it was: on an account's socket it may have been money.
                if self.private {
                    self.resync();
                }
            }
        }
    }

    /// The short way for book levels; false when the text has to go the long way.
    fn quick(&mut self, now: WireTime, text: &str) -> bool {
        let Some(update) = book_update(text) else {
            return false;
        };
        let Some(&Subscription::Book(currency)) = self.slots.heard(update.channel, now) else {
            return false;
        };
        if !self.sequence.public_follows(update.sequence) {
            self.gap(now);
            return true;
        }
        self.prove(now);
        match update.level {
            Some(level) => self.outputs.push_back(Output::Market(MarketNews::Level(currency, level))),
            None => self.unreadable(now, update.channel, text),
        }
        true
    }

    /// Something of a public channel could not be read: what it said is not known, and asked for afresh.
    fn unreadable(&mut self, now: WireTime, chan: i64, text: &str) {
        self.outputs.push_back(Output::Unreadable { head: head(text) });
        let frames = self.slots.renew(chan, CHANNEL_QUIET, now);
        self.send(frames);
    }

    fn data(&mut self, now: WireTime, text: &str, data: &Data<'_>) {
        if !self.sequence.follows(data) {
            self.gap(now);
            return;
        }
        self.prove(now);
        if data.chan == 0 {
            self.account_heard = now;
            self.account(now, text, data);
        } else {
            self.channel(now, text, data);
        }
    }

    fn channel(&mut self, now: WireTime, text: &str, data: &Data<'_>) {
        // Data of a channel that was just closed may still come.
        let Some(subscription) = self.slots.heard(data.chan, now).cloned() else {
            self.outputs.push_back(Output::Ignored);
            return;
        };
        if data.tag == "hb" {
            self.outputs.push_back(Output::Ignored);
            return;
        }
        let Ok(told) = frame::channel(&subscription, data) else {
            self.unreadable(now, data.chan, text);
            return;
        };
        if told.dropped > 0 {
            self.unreadable(now, data.chan, text);
        } else if told.news.is_empty() {
            self.outputs.push_back(Output::Ignored);
        }
        for news in told.news {
            match (news, &subscription) {
                (ChannelNews::Market(MarketNews::Prints(currency, mut prints)), _) => {
                    let seen = self.seen.entry(currency).or_default();
                    prints.retain(|print| seen.is_new(print.id));
                    self.outputs.push_back(if prints.is_empty() {
                        Output::Ignored
                    } else {
                        Output::Market(MarketNews::Prints(currency, prints))
                    });
                }
                (ChannelNews::Market(news), _) => self.outputs.push_back(Output::Market(news)),
                (ChannelNews::Candles(candles), subscription) => {
                    self.outputs.push_back(Output::Candles(subscription.topic(), candles));
                }
            }
        }
    }

    fn account(&mut self, now: WireTime, text: &str, data: &Data<'_>) {
        let told = frame::account(data);
        let (news, dropped) = told.map_or_else(|_| (Vec::new(), 1), |told| (told.news, told.dropped));
        if dropped > 0 {
            self.outputs.push_back(Output::Unreadable { head: head(text) });
            self.resync();
        } else if news.is_empty() {
            self.outputs.push_back(Output::Ignored);
        }
        for news in news {
            let told = if let AccountNews::Trade(trade) = &news {
                !self.seen.entry(trade.currency).or_default().is_new(trade.id)
            } else {
                false
            };
            self.outputs.push_back(if told { Output::Ignored } else { Output::Account(news) });
        }
        if self.awaited.remove(data.tag) {
            self.settle(now);
        }
    }

    /// Something was lost, repeated or overtaken: nothing of this connection counts any more.
    fn gap(&mut self, now: WireTime) {
        self.outputs.push_back(Output::Gap);
        self.set_link(LinkState::Stale);
        self.give_up(now, Millis::new(0));
    }

    /// Good data came.
    fn prove(&mut self, now: WireTime) {
        if self.up_since.is_some_and(|since| now.since(since) >= PROVED) {
            self.pace.proved_good();
        }
    }

    fn event(&mut self, now: WireTime, text: &str, event: Event) {
        match event {
            Event::Info { code: Some(code), .. } => self.notice(now, code),
            Event::Info { version, operative, .. } => self.greeting(now, text, version, operative),
            Event::Subscribed { chan, channel, topic } => {
                if !self.slots.opened(chan, &channel, &topic, now) {
                    self.send(vec![frame::unsubscribe(chan)]);
                }
                self.settle(now);
            }
            Event::Conf { ok: true } => self.sequence.asked = true,
            Event::AuthOk(scopes) => {
                match scopes {
                    Some(scopes) => self.outputs.push_back(Output::Gate(gate::gate(&scopes))),
                    None => self.outputs.push_back(Output::Unreadable { head: head(text) }),
                }
                self.awaited.remove("auth");
                self.settle(now);
            }
            Event::AuthFailed { code, text } => self.auth_failed(now, code, text),
            Event::Error { code, text, channel, topic } => self.refused(now, code, text, &channel, &topic),
            Event::Conf { ok: false } => self.outputs.push_back(Output::Unreadable { head: head(text) }),
            Event::Unsubscribed { .. } | Event::Pong | Event::Other => self.outputs.push_back(Output::Ignored),
        }
    }

    fn greeting(&mut self, now: WireTime, text: &str, version: Option<i64>, operative: Option<bool>) {
        if version != Some(VERSION) {
            self.outputs.push_back(Output::Unreadable { head: head(text) });
            self.give_up(now, KEY_PAUSE);
            return;
        }
        if !matches!(self.phase, Phase::Greeting(_)) {
            self.outputs.push_back(Output::Ignored);
            return;
        }
        self.phase = Phase::Ready(now);
        if operative == Some(false) {
            self.maintenance_begins(now);
        } else {
            self.outputs.push_back(Output::Market(MarketNews::Operative(true)));
            self.begin(now);
        }
    }

    /// Asks for everything on a fresh connection.
    fn begin(&mut self, now: WireTime) {
        self.send(vec![frame::conf()]);
        if self.private {
            self.outputs.push_back(Output::Authenticate);
        } else {
            let frames = self.slots.ask(now);
            self.send(frames);
            self.settle(now);
        }
    }

    fn notice(&mut self, now: WireTime, code: i64) {
        match code {
            STOP => self.give_up(now, Millis::new(0)),
            MAINTENANCE_BEGINS => self.maintenance_begins(now),
            MAINTENANCE_ENDS => self.maintenance_ends(now),
            _ => self.outputs.push_back(Output::Ignored),
        }
    }

    fn maintenance_begins(&mut self, now: WireTime) {
        self.maintenance.get_or_insert(now);
        self.set_link(LinkState::Stale);
        self.outputs.push_back(Output::Market(MarketNews::Operative(false)));
    }

    fn maintenance_ends(&mut self, now: WireTime) {
        self.maintenance = None;
        self.outputs.push_back(Output::Market(MarketNews::Operative(true)));
        self.resync();
        if self.private {
            self.give_up(now, Millis::new(0));
            return;
        }
        self.set_link(LinkState::Stale);
        let mut frames = self.slots.ask_again(now, now);
        frames.extend(self.slots.ask(now));
        if !self.sequence.asked {
            frames.insert(0, frame::conf());
        }
        self.send(frames);
        self.settle(now);
    }

    fn auth_failed(&mut self, now: WireTime, code: i64, text: String) {
        // A nonce that was overtaken, or a backend that is starting, says nothing against the key. A second
        // authentication on one connection is not documented: a new connection is.
        if matches!(code, 10_114 | 11_000) {
            self.outputs.push_back(if code == 10_114 { Output::AuthFailed { code, text } } else { Output::Ignored });
            self.give_up(now, Millis::new(0));
        } else {
            self.outputs.push_back(Output::AuthFailed { code, text });
            self.give_up(now, KEY_PAUSE);
        }
    }

    fn refused(&mut self, now: WireTime, code: i64, text: String, channel: &str, topic: &str) {
        if code == BOOK_LENGTH
            && let Some(frame) = self.slots.shorter(channel, topic, now)
        {
            self.outputs.push_back(Output::Send(frame));
            return;
        }
        if code == ALREADY_SUBSCRIBED {
            // The channel it has is not the one we know: its answer will not come, and the deadline reconnects.
            self.outputs.push_back(Output::Ignored);
            return;
        }
        match self.slots.refuse(channel, topic, now) {
            Some((subscription, relied)) => {
                self.outputs.push_back(Output::SubscriptionRefused { subscription, code, text });
                if relied {
                    // What it told before would stand still without anybody noticing.
                    self.give_up(now, Millis::new(0));
                } else {
                    self.settle(now);
                }
            }
            None => self.outputs.push_back(Output::Unreadable { head: text }),
        }
    }
}
