//! The channels of a public connection: what is wanted, what was asked for, what is open.

use std::collections::BTreeMap;

use crate::domain::{Millis, WireTime};

use super::super::wire::frame::{self, Subscription};

/// Rows a side of a book, from the most to the least that is tried.
const LENGTHS: [u16; 3] = [250, 100, 25];

/// State of a wanted channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// Not yet asked for on this connection.
    Wanted,
    /// Asked for then.
    Asked(WireTime),
    /// Open, by this number, last heard of then.
    Open(i64, WireTime),
    /// The exchange would not give it then.
    Refused(WireTime),
}

#[derive(Debug, Clone)]
struct Slot {
    subscription: Subscription,
    state: State,
    /// Index into [`LENGTHS`].
    length: usize,
    /// It has been open on this connection: the engine relies on what it told.
    relied: bool,
    /// When it was last opened anew because of something that could not be read.
    renewed: Option<WireTime>,
    /// Something could not be read since it was opened, and it was too soon to open it anew: what it told has a hole.
    torn: bool,
}

/// The channels of a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    open: BTreeMap<i64, usize>,
}

impl Slots {
    /// What is wanted, once each. Channels that stay wanted stay open; the frames that close the others and open the
    /// new ones (when `connected`) are returned.
    pub(super) fn want(&mut self, wanted: Vec<Subscription>, connected: bool, now: WireTime) -> Vec<String> {
        let mut frames = Vec::new();
        let mut slots: Vec<Slot> = Vec::new();
        for subscription in wanted {
            if slots.iter().all(|slot| slot.subscription != subscription) {
                let old = self.slots.iter().find(|slot| slot.subscription == subscription);
                slots.push(old.cloned().unwrap_or(Slot {
                    subscription,
                    state: State::Wanted,
                    length: 0,
                    relied: false,
                    renewed: None,
                    torn: false,
                }));
            }
        }
        for gone in self.slots.iter().filter(|old| slots.iter().all(|slot| slot.subscription != old.subscription)) {
            if let State::Open(chan, _) = gone.state {
                frames.push(frame::unsubscribe(chan));
            }
        }
        self.slots = slots;
        self.open.clear();
        for (index, slot) in self.slots.iter().enumerate() {
            if let State::Open(chan, _) = slot.state {
                self.open.insert(chan, index);
            }
        }
        if connected {
            frames.extend(self.ask(now));
        }
        frames
    }

    /// A new connection: nothing is open.
    pub(super) fn reset(&mut self) {
        self.open.clear();
        for slot in &mut self.slots {
            slot.state = State::Wanted;
            slot.relied = false;
            slot.torn = false;
        }
    }

    /// Frames that ask for all that is wanted and not yet asked for.
    pub(super) fn ask(&mut self, now: WireTime) -> Vec<String> {
        let mut frames = Vec::new();
        for slot in self.slots.iter_mut().filter(|slot| slot.state == State::Wanted) {
            slot.state = State::Asked(now);
            frames.push(slot.frame());
        }
        frames
    }

    /// Frames that close and open again every channel that has been silent since `before`.
    pub(super) fn ask_again(&mut self, before: WireTime, now: WireTime) -> Vec<String> {
        self.reopen(now, |slot| matches!(slot.state, State::Open(_, heard) if heard <= before))
    }

    /// Frames that close and open again a channel whose data could not be read: what it carried is known again with the
    /// fresh snapshot. At most once in `pause`; until that is over the hole is only noted, see [`Slots::renew_torn`].
    pub(super) fn renew(&mut self, chan: i64, pause: Millis, now: WireTime) -> Vec<String> {
        if let Some(slot) = self.open.get(&chan).and_then(|index| self.slots.get_mut(*index)) {
            slot.torn = true;
        }
        self.renew_torn(pause, now)
    }

    /// Frames that close and open again every channel with a hole that was not opened anew for `pause`.
    pub(super) fn renew_torn(&mut self, pause: Millis, now: WireTime) -> Vec<String> {
        self.reopen(now, |slot| slot.torn_until(pause).is_some_and(|at| at <= now))
    }

    /// When [`Slots::renew_torn`] has something to open anew.
    pub(super) fn torn_until(&self, pause: Millis) -> Option<WireTime> {
        self.slots.iter().filter_map(|slot| slot.torn_until(pause)).min()
    }

    /// Closes the open channels that are `chosen` and asks for them again, by these frames.
    fn reopen(&mut self, now: WireTime, chosen: impl Fn(&Slot) -> bool) -> Vec<String> {
        let mut frames = Vec::new();
        for slot in &mut self.slots {
            if let State::Open(chan, _) = slot.state
                && chosen(slot)
            {
                self.open.remove(&chan);
                slot.state = State::Asked(now);
                if std::mem::take(&mut slot.torn) {
                    slot.renewed = Some(now);
                }
                frames.push(frame::unsubscribe(chan));
                frames.push(slot.frame());
            }
        }
        frames
    }

    /// Frames that ask again for every channel that was refused `pause` ago or earlier.
    pub(super) fn ask_refused(&mut self, pause: Millis, now: WireTime) -> Vec<String> {
        let mut frames = Vec::new();
        for slot in &mut self.slots {
            if matches!(slot.state, State::Refused(at) if at.plus(pause) <= now) {
                slot.state = State::Asked(now);
                frames.push(slot.frame());
            }
        }
        frames
    }

    /// When a refused channel may be asked for again, `pause` after the refusal.
    pub(super) fn refused_until(&self, pause: Millis) -> Option<WireTime> {
        let refused = self.slots.iter().filter_map(|slot| match slot.state {
            State::Refused(at) => Some(at.plus(pause)),
            State::Wanted | State::Asked(_) | State::Open(..) => None,
        });
        refused.min()
    }

    /// A channel was opened; false when nobody wants it (any more).
    pub(super) fn opened(&mut self, chan: i64, channel: &str, topic: &str, now: WireTime) -> bool {
        let Some((index, slot)) = self.find(channel, topic) else {
            return false;
        };
        slot.relied = true;
        let old = std::mem::replace(&mut slot.state, State::Open(chan, now));
        if let State::Open(old, _) = old {
            self.open.remove(&old);
        }
        self.open.insert(chan, index);
        true
    }

    /// The book is refused at its length: asks for a shorter one, if there is one.
    pub(super) fn shorter(&mut self, channel: &str, topic: &str, now: WireTime) -> Option<String> {
        let (_, slot) = self.find(channel, topic)?;
        let shorter = slot.length.saturating_add(1);
        LENGTHS.get(shorter)?;
        slot.length = shorter;
        slot.state = State::Asked(now);
        Some(slot.frame())
    }

    /// A channel is refused; which one, if it was waited for, and whether it has been relied on.
    pub(super) fn refuse(&mut self, channel: &str, topic: &str, now: WireTime) -> Option<(Subscription, bool)> {
        let (_, slot) = self.find(channel, topic)?;
        matches!(slot.state, State::Asked(_)).then(|| {
            slot.state = State::Refused(now);
            (slot.subscription.clone(), slot.relied)
        })
    }

    /// Whose data comes on a channel; notes that it was heard of.
    pub(super) fn heard(&mut self, chan: i64, now: WireTime) -> Option<&Subscription> {
        let slot = self.slots.get_mut(*self.open.get(&chan)?)?;
        slot.state = State::Open(chan, now);
        Some(&slot.subscription)
    }

    /// True when nothing is waited for.
    pub(super) fn settled(&self) -> bool {
        self.slots.iter().all(|slot| matches!(slot.state, State::Open(..) | State::Refused(_)))
    }

    /// When the first request is overdue (`answer` after it was asked) and when the first channel has been silent for
    /// `silence`.
    pub(super) fn deadlines(&self, answer: Millis, silence: Millis) -> (Option<WireTime>, Option<WireTime>) {
        let (mut asked, mut silent) = (None, None);
        for slot in &self.slots {
            let (earliest, at) = match slot.state {
                State::Asked(at) => (&mut asked, at.plus(answer)),
                State::Open(_, heard) => (&mut silent, heard.plus(silence)),
                State::Wanted | State::Refused(_) => continue,
            };
            *earliest = Some(earliest.map_or(at, |other: WireTime| other.min(at)));
        }
        (asked, silent)
    }

    fn find(&mut self, channel: &str, topic: &str) -> Option<(usize, &mut Slot)> {
        self.slots
            .iter_mut()
            .enumerate()
            .find(|(_, slot)| slot.subscription.channel() == channel && slot.subscription.topic() == topic)
    }
}

impl Slot {
    /// When a hole in an open channel may be mended by opening it anew: at once, or `pause` after the last time.
    fn torn_until(&self, pause: Millis) -> Option<WireTime> {
        let open = matches!(self.state, State::Open(..));
        (open && self.torn).then(|| self.renewed.map_or(WireTime::default(), |at| at.plus(pause)))
    }

    fn frame(&self) -> String {
        frame::subscribe(&self.subscription, LENGTHS.get(self.length).copied().unwrap_or(25))
    }
}
