//! What the recorder asks the exchange for, in public and in its turn: trades it has missed, a book it does not know.

use std::future::Future;
use std::pin::Pin;

use crate::app::requests;
use crate::domain::{BookLevel, Currency, Print, Timestamp};
use crate::exchange::bitfinex::calls::Rest;
use crate::exchange::bitfinex::client::Transport;
use crate::exchange::wire::call::Call;
use crate::exchange::wire::{self, Json, WireError, decode};

/// Trades that are asked for at once.
pub(super) const PAGE: u32 = 2_000;
/// Levels of a side.
const LEVELS: u16 = 100;

/// What came of a question.
#[derive(Debug)]
pub(super) enum Answer {
    /// Trades from a time on, oldest first, asked for at the second time.
    Trades(Currency, (Timestamp, Timestamp), Result<Vec<Print>, String>),
    /// A book.
    Book(Currency, Result<Vec<BookLevel>, String>),
}

/// A question that is under way.
pub(super) type Asked = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Asks for trades.
pub(super) fn trades(rest: Rest, currency: Currency, since: Timestamp, now: Timestamp) -> Asked {
    Box::pin(async move {
        let call = Call::trades(currency, Some(since), PAGE);
        let told = ask(&rest, &call, wire::market::prints).await;
        let whole = told.and_then(|told| match told.dropped {
            0 => Ok(told.rows),
            bad => Err(format!("{bad} trades could not be read")),
        });
        Answer::Trades(currency, (since, now), whole)
    })
}

/// Asks for a book.
pub(super) fn book(rest: Rest, currency: Currency) -> Asked {
    Box::pin(async move {
        let told = ask(&rest, &Call::book(currency, LEVELS), wire::market::book).await;
        Answer::Book(currency, told.map(|told| told.rows))
    })
}

/// The answer to the question under way; never without one.
pub(super) async fn answered(asked: &mut Option<Asked>) -> Answer {
    match asked {
        Some(question) => {
            let answer = question.await;
            *asked = None;
            answer
        }
        None => std::future::pending().await,
    }
}

async fn ask<T>(rest: &Rest, call: &Call, read: impl FnOnce(Json<'_>) -> Result<T, WireError>) -> Result<T, String> {
    let answer = rest.call(call).await;
    requests::record(call.endpoint, &answer);
    match answer.transport {
        Transport::Reply { status, body } => decode(status, &body).and_then(read).map_err(|error| error.to_string()),
        Transport::NotSent(why) | Transport::Lost(_, why) => Err(why),
    }
}
