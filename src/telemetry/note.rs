//! A note as a line for the log, with the numbers that would show a bad price. Pure; [`super::log`] writes it.
//!
//! ERROR: an operator must act. WARN: unexpected and handled. INFO: what was decided or came of it. DEBUG: the rest.

use tracing::Level;

use crate::domain::{
    AccountName, Action, Amount, Currency, DailyRate, GateVerdict, Intent, LinkState, Millis, OfferId, OfferKind,
    Refusal, Stream,
};
use crate::engine::{Note, Outcome, Rule};
use crate::strategy::Why;

use super::{health, labels};

/// One line of the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// How loud.
    pub level: Level,
    /// What kind of note: a word from a closed set.
    pub event: &'static str,
    /// Whose.
    pub account: Option<AccountName>,
    /// The words.
    pub text: String,
    /// Lines of one key are the same complaint and are folded; `None`: every one is written.
    pub fold: Option<String>,
}

impl Line {
    fn new(level: Level, event: &'static str, account: Option<&AccountName>, text: String) -> Self {
        Self { level, event, account: account.cloned(), text, fold: None }
    }

    /// Folds repeats with those of the same event, account and `what`.
    fn folded(mut self, what: &str) -> Self {
        let account = self.account.as_ref().map_or("", AccountName::as_str);
        self.fold = Some(format!("{} {account} {what}", self.event));
        self
    }
}

/// The line of a note.
#[must_use]
pub fn line(note: &Note) -> Line {
    let info = |event, account: &AccountName, text| Line::new(Level::INFO, event, Some(account), text);
    match note {
        Note::Submitting { intent, why } => info("submitting", &intent.account, submitting(intent, why)),
        Note::Cancelling { intent, reason, rates } => {
            info("cancelling", &intent.account, cancelling(intent, labels::cancel_reason(*reason), *rates))
        }
        Note::ActionEnded { intent, outcome, text, offer } => {
            let offer = offer.map(|id| format!(" as offer {id}")).unwrap_or_default();
            ended(intent, *outcome, text, &offer)
        }
        Note::UnknownSettled { account, action, accepted, after } => {
            let (not, after) = (if *accepted { "" } else { " not" }, span(*after));
            info("unknown_settled", account, format!("action {action} was{not} done, as known only after {after}"))
        }
        Note::Refused { account, currency, rule, detail } => limit(account, *currency, *rule, detail),
        Note::Filled { account, currency, offer, amount, rate, period, waited } => {
            let waited = span(*waited);
            info(
                "filled",
                account,
                format!("lent {amount} {currency} at {rate} for {period}: offer {offer}, {waited} old"),
            )
        }
        Note::Returned { account, currency, lent, amount, rate, period, held } => {
            let held = span(*held);
            info(
                "returned",
                account,
                format!("{amount} {currency} came back: {lent} at {rate} for {period}, held {held}"),
            )
        }
        Note::Foreign { account, currency, offer, amount } => foreign(account, *currency, *offer, *amount),
        Note::Adopted { account, offer, on_request } => {
            let why = if *on_request { "as asked" } else { "known from an earlier run" };
            info("adopted", account, format!("offer {offer} is under management, {why}"))
        }
        Note::NotAdopted { account, offer } => {
            let text = format!("offer {offer} cannot be adopted: the account has no such open offer");
            Line::new(Level::WARN, "not_adopted", Some(account), text)
        }
        Note::Link { stream, state } => link(stream, *state),
        Note::Snapshot { account, took } => {
            Line::new(Level::DEBUG, "snapshot", Some(account), format!("the account was read in {}", span(*took)))
        }
        Note::SnapshotRefused { account, currency, off_by, tries } => {
            let text =
                format!("what was read of {currency} is off by {off_by}, {tries} in a row: held until it adds up");
            let level = if *tries >= 3 { Level::ERROR } else { Level::WARN };
            Line::new(level, "snapshot_refused", Some(account), text).folded(&format!("{currency} {level}"))
        }
        Note::Gate { account, verdict, serves } => gate(account, verdict, *serves),
        Note::Idle { account, currency, reason, amount } => {
            let why =
                reason.map_or_else(|| "nothing lies idle".to_owned(), |why| format!("idle mostly for {why}, {amount}"));
            info("idle", account, format!("{currency}: {why}"))
        }
        Note::Forgotten { what } => forgotten(what),
        Note::AutoRenew { account, currency, on } => auto_renew(account, *currency, *on),
        Note::Operative(up) => operative(*up),
        Note::Policy { generation } => {
            Line::new(Level::INFO, "policy", None, format!("policy {generation} is in force"))
        }
    }
}

fn foreign(account: &AccountName, currency: Currency, offer: OfferId, amount: Amount) -> Line {
    let text = format!(
        "offer {offer} of {amount} {currency} is not ours: it counts and is left alone; \
         `yieldsforge adopt {account} {offer}` takes it over"
    );
    Line::new(Level::WARN, "foreign", Some(account), text)
}

fn limit(account: &AccountName, currency: Currency, rule: Rule, detail: &str) -> Line {
    // A price far from the market, or money and offers that must not be touched: somebody should look.
    let level = match rule {
        Rule::Exposure | Rule::Available | Rule::Deviation | Rule::Tag => Level::WARN,
        Rule::MaxLent | Rule::Floor | Rule::Ceiling | Rule::Period | Rule::Minimum => Level::DEBUG,
    };
    let text = format!("a wish in {currency} was refused by limit {}: {detail}", rule.label());
    Line::new(level, "refused", Some(account), text).folded(&format!("{currency} {}", rule.label()))
}

fn auto_renew(account: &AccountName, currency: Currency, on: bool) -> Line {
    if on {
        let text = format!("auto-renew is on for {currency} at the exchange and would compete: switch it off there");
        Line::new(Level::ERROR, "auto_renew", Some(account), text).folded(currency.code())
    } else {
        Line::new(Level::INFO, "auto_renew", Some(account), format!("auto-renew is off for {currency}"))
    }
}

fn operative(up: bool) -> Line {
    let (level, text) =
        if up { (Level::INFO, "the exchange is up") } else { (Level::WARN, "the exchange is under maintenance: held") };
    Line::new(level, "operative", None, text.to_owned())
}

fn forgotten(what: &str) -> Line {
    let text = format!("what was learned under {what} is too old or cannot be read; it is learned anew");
    Line::new(Level::WARN, "forgotten", None, text)
}

fn submitting(intent: &Intent, why: &Why) -> String {
    let Intent { id, slice, .. } = intent;
    format!(
        "offering {}, slice {slice}, action {id}; rule {} said {}; frr {}, last {}, best offer {}, floor {}",
        action(intent),
        why.rule,
        why.raw,
        why.frr,
        why.last,
        why.best_offer.map_or_else(|| "none".to_owned(), |rate| rate.to_string()),
        why.floor
    )
}

fn cancelling(intent: &Intent, reason: &str, (now, wished): (DailyRate, Option<DailyRate>)) -> String {
    let wished = wished.map(|rate| format!(", wished {rate}")).unwrap_or_default();
    format!("cancelling {} for {reason}, action {}; it stands at {now}{wished}", action(intent), intent.id)
}

/// What an intent does, in words: amounts with their currency, rates with their unit.
fn action(intent: &Intent) -> String {
    match &intent.action {
        Action::Submit(submit) => {
            let (amount, currency, rate, period) = (submit.amount, submit.currency, submit.rate, submit.period);
            let hidden = if submit.hidden { ", hidden" } else { "" };
            match submit.kind {
                OfferKind::Limit => format!("{amount} {currency} at {rate} for {period}{hidden}"),
                OfferKind::FrrDeltaFixed => {
                    format!("{amount} {currency} at FRR + {rate} for {period}, fixed when taken{hidden}")
                }
                OfferKind::FrrDeltaVariable => {
                    format!("{amount} {currency} at FRR + {rate} for {period}, floating{hidden}")
                }
            }
        }
        Action::Cancel(cancel) => format!("offer {} in {}", cancel.offer, cancel.currency),
    }
}

fn ended(intent: &Intent, outcome: Outcome, text: &str, offer: &str) -> Line {
    let (id, what, verb) = (intent.id, action(intent), labels::action(&intent.action));
    let account = Some(&intent.account);
    match outcome {
        Outcome::Accepted => {
            Line::new(Level::INFO, "accepted", account, format!("action {id} accepted{offer}: {verb} {what}"))
        }
        Outcome::Refused(refusal) => {
            let reason = labels::refusal(refusal);
            let level = match refusal {
                Refusal::NotFound => Level::INFO,
                Refusal::Permission | Refusal::Malformed => Level::ERROR,
                Refusal::Minimum
                | Refusal::Balance
                | Refusal::OfferCap
                | Refusal::FrrOffset
                | Refusal::RateLimited
                | Refusal::Maintenance
                | Refusal::NotSent
                | Refusal::Other => Level::WARN,
            };
            let line = format!("action {id} refused ({reason}): {verb} {what}; the exchange said: {text:?}");
            Line::new(level, "refused_by_exchange", account, line)
                .folded(&format!("{verb} {} {reason}", intent.action.currency()))
        }
        Outcome::Unknown(cause) => {
            let cause = labels::unknown_cause(cause);
            let line =
                format!("action {id} is unknown ({cause}): {verb} {what}; nothing else is offered until it is settled");
            Line::new(Level::WARN, "unknown", account, line)
        }
    }
}

fn link(stream: &Stream, state: LinkState) -> Line {
    let (account, whose) = match stream {
        Stream::Market => (None, "market"),
        Stream::Account(account) => (Some(account), "account"),
    };
    let level = if state == LinkState::Up { Level::INFO } else { Level::WARN };
    let word = labels::link(state);
    Line::new(level, "stream", account, format!("the {whose} stream is {word}")).folded(&format!("{whose} {word}"))
}

fn gate(account: &AccountName, verdict: &GateVerdict, serves: bool) -> Line {
    if serves && !matches!(verdict, GateVerdict::Good) {
        let text = format!("{}: enough for paper mode", health::gate_text(verdict));
        return Line::new(Level::INFO, "gate", Some(account), text);
    }
    let level = match verdict {
        GateVerdict::Good | GateVerdict::Pending => Level::INFO,
        GateVerdict::Refused(_) | GateVerdict::Insufficient(_) | GateVerdict::Revoked => Level::ERROR,
    };
    Line::new(level, "gate", Some(account), health::gate_text(verdict))
}

/// A span for people: the two largest units.
fn span(span: Millis) -> String {
    let seconds = span.get().max(0) / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) if seconds < 10 => format!("{} ms", span.get().max(0)),
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min {} s", seconds % 60),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}
