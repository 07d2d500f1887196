//! What is worth a message: pure, one for each notifier. It is told what happened and how things stand, and answers only
//! when something has changed.
//!
//! What it knows lasts as long as the process: after a restart a trouble that goes on is told once more, and the end of one
//! that was told before is not. The daily message is the exception: the caller keeps when it was told last.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::{
    AccountName, Amount, Currency, DAY, DailyRate, IdleReason, Millis, Ratio, Rounding, Timestamp, Total,
};
use crate::engine::Note;

use super::event::{Event, Idle, Look, Message, Tells, Tone};
use super::words::{clipped, on_paper, span};

/// Loans are gathered for so long, since borrowers come in batches.
const GATHER: Millis = Millis::seconds(10);
/// So many of what was gathered are told one by one.
const TOLD: usize = 10;
/// Idle money under this share of the balance is not worth a message.
const IDLE_SHARE: Ratio = Ratio::percent(5);
/// A rate that has been told must fall under this share of its threshold before it is told again.
const REARM: Ratio = Ratio::percent(90);
/// The longest account of a refused reload.
const FAULT: usize = 600;

/// Something that is well or not, and whether that was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Standing {
    /// Since when it is not.
    since: Option<Timestamp>,
    told: bool,
}

/// What has become worth telling of a [`Standing`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Turn {
    /// It has not been well for this long.
    Bad(Millis),
    /// It is well again, after that was told.
    Well,
}

impl Standing {
    /// Looks again at `at`. Trouble is told when it has lasted for `patience`, its end at once; each once.
    fn see(&mut self, bad: bool, at: Timestamp, patience: Millis) -> Option<Turn> {
        if !bad {
            self.since = None;
            return std::mem::take(&mut self.told).then_some(Turn::Well);
        }
        let lasts = at.since(*self.since.get_or_insert(at));
        if self.told || lasts < patience {
            return None;
        }
        self.told = true;
        Some(Turn::Bad(lasts))
    }
}

/// Loans that have been made or have come back, until they are told together.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
struct Gathered {
    since: Option<Timestamp>,
    count: usize,
    sums: BTreeMap<Currency, Total>,
    lines: Vec<String>,
}

impl Gathered {
    fn add(&mut self, at: Timestamp, currency: Currency, amount: Amount, line: impl FnOnce() -> String) {
        self.since.get_or_insert(at);
        self.count = self.count.saturating_add(1);
        let sum = self.sums.entry(currency).or_default();
        *sum = sum.plus(amount);
        if self.lines.len() < TOLD {
            self.lines.push(line());
        }
    }

    /// All of it as title and text, once it has been gathered for long enough.
    fn due(&mut self, at: Timestamp, verb: &str) -> Option<(String, String)> {
        if at.since(self.since?) < GATHER {
            return None;
        }
        let Self { count, sums, mut lines, .. } = std::mem::take(self);
        let more = count.saturating_sub(lines.len());
        if more > 0 {
            lines.push(format!("and {more} more"));
        }
        let sums: Vec<String> = sums.iter().map(|(currency, sum)| format!("{sum} {currency}")).collect();
        Some((format!("{verb} {}", sums.join(", ")), lines.join("\n")))
    }
}

/// One notifier's eye on the house.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Watcher {
    tells: Tells,
    made: Gathered,
    returned: Gathered,
    ready: Standing,
    idle: BTreeMap<(AccountName, Currency), Standing>,
    keys: BTreeMap<AccountName, String>,
    config_fault: Option<String>,
    high: BTreeSet<Currency>,
    daily: Option<Timestamp>,
}

impl Watcher {
    /// Tells nothing until it is shown something. `daily` is when the last daily message was due that has been told; a
    /// notifier that never told one begins with the next after `at`.
    #[must_use]
    pub fn new(tells: Tells, daily: Option<Timestamp>, at: Timestamp) -> Self {
        let daily = daily.or_else(|| Some(last_due(at, tells.daily_at?)));
        Self { tells, daily, ..Self::default() }
    }

    /// From now on it tells something else; what it knows of the house stays. A daily message that the new time would
    /// have had today already is left out.
    pub fn change(&mut self, tells: Tells, at: Timestamp) {
        if tells.daily_at != self.tells.daily_at {
            self.daily = tells.daily_at.map(|time| last_due(at, time)).max(self.daily);
        }
        self.tells = tells;
    }

    /// Something happened at `at`.
    pub fn note(&mut self, note: &Note, at: Timestamp) {
        if let Note::Filled { account, currency, amount, rate, period, .. } = note
            && self.tells.loan_made
        {
            let line = || format!("{account}: {amount} {currency} at {rate} for {period}");
            self.made.add(at, *currency, *amount, line);
        }
        if let Note::Returned { account, currency, amount, rate, period, held, .. } = note
            && self.tells.loan_returned
        {
            let line = || format!("{account}: {amount} {currency} at {rate} for {period}, held {}", span(*held));
            self.returned.add(at, *currency, *amount, line);
        }
    }

    /// When the daily message was due that has not been told yet, if so. However long nobody looked, it is one.
    #[must_use]
    pub fn daily_due(&self, at: Timestamp) -> Option<Timestamp> {
        let due = last_due(at, self.tells.daily_at?);
        self.daily.is_some_and(|told| told < due).then_some(due)
    }

    /// The daily message of that time is told.
    pub fn daily_told(&mut self, due: Timestamp) {
        self.daily = self.daily.max(Some(due));
    }

    /// How things stand now; what of it is worth telling, each once.
    pub fn look(&mut self, look: &Look) -> Vec<Message> {
        let mut messages = Vec::new();
        let mut tell = |event, tone, account: Option<&AccountName>, title: &str, text: String| {
            let title = on_paper(look.paper, title);
            messages.push(Message { event, tone, at: look.at, account: account.cloned(), title, text });
        };
        for (event, gathered, verb) in
            [(Event::LoanMade, &mut self.made, "Lent"), (Event::LoanReturned, &mut self.returned, "Came back:")]
        {
            if let Some((title, text)) = gathered.due(look.at, verb) {
                tell(event, Tone::News, None, &title, text);
            }
        }
        self.readiness(look, &mut tell);
        self.configuration(look, &mut tell);
        self.gates(look, &mut tell);
        self.idleness(look, &mut tell);
        self.rates(look, &mut tell);
        messages
    }

    fn readiness(&mut self, look: &Look, tell: &mut impl Tell) {
        let patience = self.tells.not_ready_after.unwrap_or(DAY);
        let bad = !look.faults.is_empty() && self.tells.not_ready_after.is_some();
        match self.ready.see(bad, look.at, patience) {
            Some(Turn::Bad(lasts)) => {
                let title = format!("Not ready for {}", span(lasts));
                tell(Event::NotReady, Tone::Trouble, None, &title, clipped(&look.faults.join("\n"), FAULT));
            }
            Some(Turn::Well) => tell(Event::NotReady, Tone::Over, None, "Ready again", String::new()),
            None => {}
        }
    }

    fn configuration(&mut self, look: &Look, tell: &mut impl Tell) {
        if look.config_fault == self.config_fault {
            return;
        }
        self.config_fault.clone_from(&look.config_fault);
        match &look.config_fault {
            _ if !self.tells.reload_refused => {}
            Some(why) => {
                let text = clipped(why.trim(), FAULT);
                tell(Event::ReloadRefused, Tone::Trouble, None, "Reload refused, nothing has changed", text);
            }
            None => tell(Event::ReloadRefused, Tone::Over, None, "The configuration is in force", String::new()),
        }
    }

    fn gates(&mut self, look: &Look, tell: &mut impl Tell) {
        for (account, fault) in &look.keys {
            match fault {
                Some(why) if self.keys.get(account) != Some(why) => {
                    self.keys.insert(account.clone(), why.clone());
                    if self.tells.key_refused {
                        let title = format!("The key of account {account} may not be used");
                        tell(Event::KeyRefused, Tone::Trouble, Some(account), &title, why.clone());
                    }
                }
                None if self.keys.remove(account).is_some() && self.tells.key_refused => {
                    let title = format!("The key of account {account} is good again");
                    tell(Event::KeyRefused, Tone::Over, Some(account), &title, String::new());
                }
                Some(_) | None => {}
            }
        }
    }

    fn idleness(&mut self, look: &Look, tell: &mut impl Tell) {
        let Some(patience) = self.tells.idle_after else { return self.idle.clear() };
        self.idle.retain(|money, _| look.idle.contains_key(money));
        for ((account, currency), idle) in &look.idle {
            let (amount, reason) = too_much(idle);
            let standing = self.idle.entry((account.clone(), *currency)).or_default();
            match standing.see(reason.is_some(), look.at, patience) {
                Some(Turn::Bad(lasts)) => {
                    let title = format!("{amount} {currency} of account {account} idle for {}", span(lasts));
                    let reason = reason.map_or("nothing", IdleReason::label);
                    let text = format!("of {} {currency}, mostly for {reason}", idle.balance);
                    tell(Event::Idle, Tone::Trouble, Some(account), &title, text);
                }
                Some(Turn::Well) => {
                    let title = format!("{currency} of account {account} is idle no more");
                    tell(Event::Idle, Tone::Over, Some(account), &title, String::new());
                }
                None => {}
            }
        }
    }

    fn rates(&mut self, look: &Look, tell: &mut impl Tell) {
        let Some(threshold) = self.tells.rate_above else { return self.high.clear() };
        let rearm = threshold.times(REARM, Rounding::Down);
        for (currency, rate) in &look.rates {
            if *rate >= threshold && self.high.insert(*currency) {
                let text = format!("the market pays {rate}; you asked to be told from {threshold}");
                tell(Event::RateAbove, Tone::News, None, &format!("{currency}: {}", daily_rate(*rate)), text);
            } else if *rate < rearm {
                self.high.remove(currency);
            }
        }
    }
}

/// Takes a message down.
trait Tell: FnMut(Event, Tone, Option<&AccountName>, &str, String) {}

impl<F: FnMut(Event, Tone, Option<&AccountName>, &str, String)> Tell for F {}

/// `0.02 %/day` without the year.
fn daily_rate(rate: DailyRate) -> String {
    let text = rate.to_string();
    text.split(" (").next().unwrap_or_default().to_owned()
}

/// The last time at or before `at` that lies `time` after a midnight UTC.
fn last_due(at: Timestamp, time: Millis) -> Timestamp {
    let today = Timestamp::from_millis(0).plus(DAY.times(at.day())).plus(time);
    if today <= at { today } else { today.minus(DAY) }
}

/// What lies idle although the user's own files do not say so, and its main reason when it is worth a message.
fn too_much(idle: &Idle) -> (Amount, Option<IdleReason>) {
    let counts = || idle.by_reason.iter().filter(|(reason, amount)| is_unwanted(**reason) && amount.is_positive());
    let amount = counts().map(|(_, amount)| *amount).sum::<Total>().clamp_amount();
    let main = counts().max_by_key(|(reason, amount)| (**amount, std::cmp::Reverse(**reason)));
    let much = amount > idle.balance.share(IDLE_SHARE, Rounding::Down);
    (amount, main.map(|(reason, _)| *reason).filter(|_| much))
}

/// False for what the user's own files hold back.
const fn is_unwanted(reason: IdleReason) -> bool {
    match reason {
        IdleReason::Disabled
        | IdleReason::Unmanaged
        | IdleReason::Keep
        | IdleReason::MaxLent
        | IdleReason::MinLiquid
        | IdleReason::Reserve
        | IdleReason::Unallocated => false,
        IdleReason::Key
        | IdleReason::Maintenance
        | IdleReason::Disconnected
        | IdleReason::StaleData
        | IdleReason::Reconciling
        | IdleReason::UnknownWrite
        | IdleReason::RateLimited
        | IdleReason::InFlight
        | IdleReason::AutoRenew
        | IdleReason::BelowFloor
        | IdleReason::Deviation
        | IdleReason::OfferCap
        | IdleReason::BelowMinimum
        | IdleReason::StrategyHold => true,
    }
}

#[cfg(test)]
mod tests;
