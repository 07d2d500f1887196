//! What the metrics are told of a request; and public calls, which nobody needs a key for.

use crate::exchange::bitfinex::calls::{Answer, Rest};
use crate::exchange::bitfinex::client::Transport;
use crate::exchange::clock::duration;
use crate::exchange::wire::call::{Call, Endpoint as Called};
use crate::exchange::wire::{Json, WireError, decode};
use crate::telemetry::labels::{Endpoint, RequestOutcome};
use crate::telemetry::record;

/// Counts a request that has ended.
pub(super) fn record(called: Called, answer: &Answer) {
    record::request(endpoint(called), outcome(&answer.transport), duration(answer.took));
}

/// Makes a public call, counts it, and reads its reply; else says what went wrong.
pub(super) async fn public<T>(
    rest: &Rest,
    call: &Call,
    read: impl FnOnce(Json<'_>) -> Result<T, WireError>,
) -> Result<T, String> {
    let answer = rest.call(call).await;
    record(call.endpoint, &answer);
    match answer.transport {
        Transport::Reply { status, body } => decode(status, &body).and_then(read).map_err(|error| error.to_string()),
        Transport::NotSent(why) | Transport::Lost(_, why) => Err(why),
    }
}

/// The metric's label: fewer than the exchange has paths, so that the series stay few.
const fn endpoint(called: Called) -> Endpoint {
    match called {
        Called::Permissions => Endpoint::Permissions,
        Called::Wallets => Endpoint::Wallets,
        Called::Offers => Endpoint::Offers,
        Called::Loans => Endpoint::Loans,
        Called::Credits => Endpoint::Credits,
        Called::OffersHistory | Called::LoansHistory | Called::CreditsHistory | Called::FundingTrades => {
            Endpoint::History
        }
        Called::Submit => Endpoint::Submit,
        Called::Cancel => Endpoint::Cancel,
        Called::Ledgers => Endpoint::Ledger,
        Called::Available | Called::FundingInfo | Called::AutoStatus => Endpoint::Available,
        Called::PlatformStatus | Called::Fx | Called::Conf => Endpoint::Platform,
        Called::Ticker | Called::Tickers | Called::Book | Called::Trades | Called::Candles | Called::FundingStats => {
            Endpoint::Market
        }
    }
}

fn outcome(transport: &Transport) -> RequestOutcome {
    match transport {
        Transport::Reply { status, body } => match decode(*status, body) {
            Ok(_) => RequestOutcome::Ok,
            Err(WireError::RateLimited) => RequestOutcome::RateLimited,
            Err(WireError::NotJson { .. } | WireError::Shape { .. }) => RequestOutcome::Unreadable,
            Err(WireError::Api { .. } | WireError::Maintenance | WireError::Unavailable { .. }) => {
                RequestOutcome::Refused
            }
        },
        Transport::NotSent(_) | Transport::Lost(..) => RequestOutcome::Failed,
    }
}
