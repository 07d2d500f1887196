//! What became of a write, from its reply (money rule 6): accepted or refused only on definite evidence, else unknown.

use crate::domain::{Action, ActionResult, Offer, Refusal, Submit, Timestamp, UnknownCause};

use super::account::PartialOffer;
use super::error::{WireError, decode, head, is_key_failure};
use super::{Json, time};

/// The outcome that the reply to a write proves. Timeouts and cut connections have no reply: the caller knows them.
#[must_use]
pub fn write_result(status: u16, body: &str, action: &Action) -> ActionResult {
    match decode(status, body) {
        Ok(json) => notification(json, action).unwrap_or(ActionResult::Unknown(UnknownCause::Unreadable)),
        // An error without a code and without a word says nothing of what was done.
        Err(WireError::Api { code: 0, text }) if matches!(text.trim(), "" | "null") => {
            ActionResult::Unknown(UnknownCause::Doubtful)
        }
        Err(WireError::Api { code, text }) => refused(code, &text, action),
        Err(WireError::RateLimited) => ActionResult::Refused(Refusal::RateLimited, "rate limit".into()),
        Err(WireError::Maintenance) => ActionResult::Refused(Refusal::Maintenance, "maintenance".into()),
        Err(WireError::Unavailable { .. }) => ActionResult::Unknown(UnknownCause::ServerFault),
        Err(WireError::NotJson { status, .. }) if status >= 400 => ActionResult::Unknown(UnknownCause::ServerFault),
        Err(WireError::NotJson { .. } | WireError::Shape { .. }) => ActionResult::Unknown(UnknownCause::Unreadable),
    }
}

/// `[MTS, TYPE, MESSAGE_ID, null, DATA, CODE, STATUS, TEXT]`. The type is not looked at: the reply is to our own request,
/// and the documents disagree on its word.
fn notification(json: Json<'_>, action: &Action) -> Option<ActionResult> {
    let [at, kind, _, _, data, code, status, text] = json.row()?;
    kind.text()?;
    let text = text.text().unwrap_or_default();
    match status.text()?.to_ascii_uppercase().as_str() {
        "SUCCESS" => Some(ActionResult::Accepted(match action {
            Action::Submit(submit) => offer(data, submit, time(at)).map(Box::new),
            Action::Cancel(_) => None,
        })),
        "ERROR" | "FAILURE" => Some(refused(code.int().unwrap_or(0), &head(&text), action)),
        _ => None,
    }
}

/// The new offer as the reply shows it. What the reply leaves null is what we asked for. A row of another currency,
/// kind or without an id proves nothing about this offer.
fn offer(data: Json<'_>, submit: &Submit, at: Option<Timestamp>) -> Option<Offer> {
    let first = data.items()?.next()?;
    let row = PartialOffer::read(if first.is_array() { first } else { data })?;
    let created = row.created.or(row.updated).or(at)?;
    let fits = row.currency.is_none_or(|currency| currency == submit.currency)
        && row.kind.is_none_or(|kind| kind == submit.kind)
        && row.id.0 > 0;
    fits.then(|| Offer {
        id: row.id,
        currency: submit.currency,
        created,
        updated: row.updated.unwrap_or(created),
        amount: row.amount.unwrap_or(submit.amount),
        original: row.original.unwrap_or(submit.amount),
        kind: submit.kind,
        rate: row.rate.unwrap_or(submit.rate),
        real_rate: row.real_rate,
        period: row.period.unwrap_or(submit.period),
        hidden: row.hidden || submit.hidden,
        renew: row.renew,
        status: row.status,
    })
}

/// An error array or an error notification: refused, unless the error says nothing certain about *this* request.
/// 10114 and 10008 may belong to another request, 11000 and 10000 ("unknown error") do not say what was done.
fn refused(code: i64, text: &str, action: &Action) -> ActionResult {
    let lower = text.to_ascii_lowercase();
    let doubtful = matches!(code, 10_000 | 10_008 | 10_114 | 11_000)
        || ["nonce: ", "ready: invalid", "concurren"].iter().any(|word| lower.contains(word));
    if doubtful {
        ActionResult::Unknown(UnknownCause::Doubtful)
    } else {
        ActionResult::Refused(refusal(code, &lower, action), text.into())
    }
}

/// The kind of a refusal by code and (lower-case) text, loosely: texts change (bitfinex-api.md 2.5).
fn refusal(code: i64, text: &str, action: &Action) -> Refusal {
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    if code == 11_010 || says(&["ratelimit", "rate_limit"]) {
        Refusal::RateLimited
    } else if code == 20_060 || says(&["maintenance"]) {
        Refusal::Maintenance
    } else if is_key_failure(code, text) {
        Refusal::Permission
    } else if says(&["not enough", "insufficient", "balance check"]) {
        Refusal::Balance
    } else if says(&["frr offset", "offset larger"]) {
        Refusal::FrrOffset
    } else if says(&["minimum", "incorrect amount"]) {
        Refusal::Minimum
    } else if says(&["too many"]) {
        Refusal::OfferCap
    } else if matches!(action, Action::Cancel(_)) && says(&["not found"]) {
        Refusal::NotFound
    } else if code == 10_020 || says(&[": invalid"]) {
        Refusal::Malformed
    } else {
        Refusal::Other
    }
}

#[cfg(test)]
mod tests;
