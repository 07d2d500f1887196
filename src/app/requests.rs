//! What the metrics are told of a request.

use crate::exchange::bitfinex::calls::Answer;
use crate::exchange::bitfinex::client::Transport;
use crate::exchange::clock::duration;
use crate::exchange::wire::call::Endpoint as Called;
use crate::exchange::wire::{WireError, decode};
use crate::telemetry::labels::{Endpoint, RequestOutcome};
use crate::telemetry::record;

/// Counts a request that has ended.
pub(super) fn record(called: Called, answer: &Answer) {
    record::request(endpoint(called), outcome(&answer.transport), duration(answer.took));
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
