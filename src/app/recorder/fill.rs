//! Which trades are missing, and how they are had: asked for page by page, or told to be a gap.

use crate::domain::{Currency, DAY, LinkState, Millis, Print, Timestamp, WireTime};
use crate::exchange::clock::Clock;
use crate::store::market::Row;

use super::answers::{self, Answer, PAGE};
use super::desk::Desk;
use super::tape::Hole;

/// Trades are told at most so late, in market time at its usual pace.
const LATE: Millis = Millis::seconds(10);
/// Older trades are not asked for: they are a gap.
const FILL: Millis = DAY.times(30);
/// A question that failed is asked again after this, doubled each time …
const AGAIN: Millis = Millis::seconds(15);
/// … up to this, …
const AGAIN_MOST: Millis = Millis::seconds(600);
/// … and given up after so many times.
const TRIES: u32 = 20;

impl Desk {
    /// Trades of every currency may be missing.
    pub(super) fn tear(&mut self, margin: Millis) {
        for (currency, tape) in &mut self.tapes {
            self.rows.extend(tape.tear(margin).map(|since| Row::Complete(*currency, since)));
        }
    }

    /// Currencies that are new here: from when on are their trades known?
    pub(super) fn begin(&mut self) {
        let now = self.place.clock.now().market;
        if self.store.is_none() || self.link != LinkState::Up {
            return;
        }
        for (currency, tape) in self.tapes.iter_mut().filter(|(_, tape)| tape.complete.is_none()) {
            if let Some(until) = self.left.remove(currency) {
                let reach = now.minus(FILL);
                if until < reach {
                    self.rows.push(Row::Gap(*currency, until, reach));
                }
                tape.complete = Some(until.max(reach));
                tape.tear(Millis::default());
            } else {
                self.rows.push(Row::Gap(*currency, Timestamp::default(), now));
                self.rows.push(Row::Complete(*currency, now));
                tape.complete = Some(now);
            }
        }
    }

    /// Everything up to a moment ago is known, where nothing is missing.
    pub(super) fn mark(&mut self) {
        if self.link != LinkState::Up {
            return;
        }
        let late = LATE.get().max(i64::from(self.place.clock.scale()).saturating_mul(100));
        let until = self.place.clock.now().market.minus(Millis::new(late));
        for (currency, tape) in self.tapes.iter_mut().filter(|(_, tape)| tape.hole.is_none()) {
            if tape.complete.is_some_and(|complete| complete < until) {
                tape.complete = Some(until);
                self.rows.push(Row::Complete(*currency, until));
            }
        }
    }

    /// Asks for what is missing, one question at a time.
    pub(super) fn ask(&mut self) {
        let now = self.place.clock.now();
        if self.asked.is_some() || self.link != LinkState::Up || self.store.is_none() {
            return;
        }
        let missing = self.tapes.iter().filter_map(|(currency, tape)| Some((*currency, tape.hole?)));
        let next = missing.filter(|(_, hole)| hole.not_before <= now.wire).min_by_key(|(_, hole)| hole.tries);
        if let Some((currency, hole)) = next {
            self.asked = Some(answers::trades(self.place.rest.clone(), currency, hole.since, now.market));
        }
    }

    pub(super) fn answer(&mut self, answer: Answer) {
        match answer {
            Answer::Book(currency, Ok(levels)) => {
                let at = self.place.clock.now().market;
                if let Some(tape) = self.tapes.get_mut(&currency) {
                    self.rows.push(tape.asked_row(currency, at, levels));
                }
            }
            Answer::Book(currency, Err(why)) => {
                self.place.grumbles.warn("recorder", "book_failed", &format!("book of {currency}: {why}"));
            }
            Answer::Trades(currency, asked, Ok(prints)) => self.filled(currency, asked, prints),
            Answer::Trades(currency, (since, now), Err(why)) => self.unfilled(currency, (since, now), &why),
        }
    }

    /// A page of missing trades.
    fn filled(&mut self, currency: Currency, (since, asked): (Timestamp, Timestamp), prints: Vec<Print>) {
        let whole = u32::try_from(prints.len()).unwrap_or(u32::MAX) < PAGE;
        let last = prints.last().map_or(since, |print| print.at);
        self.rows.extend(prints.into_iter().map(|print| Row::Trade(currency, print)));
        let stuck = !whole && last <= since;
        let reached = if stuck { since.plus(Millis::new(1)) } else { last };
        if stuck {
            self.rows.push(Row::Gap(currency, since, reached));
        }
        let until = if whole { asked } else { reached };
        self.rows.push(Row::Complete(currency, until));
        let Some(tape) = self.tapes.get_mut(&currency).filter(|tape| tape.hole.is_some_and(|hole| hole.since == since))
        else {
            return;
        };
        tape.complete = Some(until);
        // A stream that fell meanwhile has told nothing since.
        let done = whole && self.link == LinkState::Up;
        tape.hole = (!done).then_some(Hole { since: until, tries: 0, not_before: WireTime::default() });
        self.flush();
        self.ask();
    }

    fn unfilled(&mut self, currency: Currency, (since, asked): (Timestamp, Timestamp), why: &str) {
        self.place.grumbles.warn("recorder", "trades_failed", &format!("missed trades of {currency}: {why}"));
        let wire = self.place.clock.wire();
        let Some(tape) = self.tapes.get_mut(&currency) else { return };
        let Some(hole) = tape.hole.as_mut().filter(|hole| hole.since == since) else { return };
        hole.tries = hole.tries.saturating_add(1);
        if hole.tries >= TRIES {
            tape.hole = None;
            tape.complete = Some(asked);
            self.rows.extend([Row::Gap(currency, since, asked), Row::Complete(currency, asked)]);
            return;
        }
        let pause = AGAIN.times(1_i64.checked_shl(hole.tries.min(10)).unwrap_or(1)).min(AGAIN_MOST);
        hole.not_before = wire.plus(pause);
    }
}
