//! What the metrics are told of a request.

use crate::exchange::bitfinex::calls::Answer;
use crate::exchange::bitfinex::client::Transport;
use crate::exchange::clock::duration;
use crate::exchange::wire::call::Endpoint;
use crate::exchange::wire::{WireError, decode};
use crate::telemetry::labels::RequestOutcome;
use crate::telemetry::record;

/// Counts a request that has ended.
pub fn record(endpoint: Endpoint, answer: &Answer) {
    record::request(endpoint, outcome(&answer.transport), duration(answer.took));
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
