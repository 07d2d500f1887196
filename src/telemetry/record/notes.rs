//! What a note counts. The match has no wildcard: a new note must say what it means for the metrics.

use crate::domain::{LinkState, Millis};
use crate::engine::{Note, Outcome};

use super::super::catalogue as c;
use super::super::labels;
use super::{add, flag, float, observe, set, stream_labels};

/// Counts a note.
pub fn note(note: &Note) {
    match note {
        Note::Cancelling { intent, reason, .. } => {
            add(&c::CANCELS, &[intent.account.as_str(), labels::cancel_reason(*reason)], 1);
        }
        Note::ActionEnded { intent, outcome, .. } => {
            let (account, action) = (intent.account.as_str(), labels::action(&intent.action));
            add(&c::ACTIONS, &[account, action, labels::outcome(*outcome)], 1);
            if let Outcome::Refused(refusal) = outcome {
                add(&c::ACTION_REFUSALS, &[labels::refusal(*refusal)], 1);
            }
        }
        Note::UnknownSettled { account, accepted, .. } => {
            add(&c::UNKNOWN_SETTLED, &[account.as_str(), if *accepted { "done" } else { "not_done" }], 1);
        }
        Note::Refused { account, rule, .. } => {
            add(&c::LIMIT_REFUSALS, &[account.as_str(), rule.label()], 1);
        }
        Note::Filled { account, currency, waited, .. } => {
            add(&c::FILLS, &[account.as_str(), currency.code()], 1);
            observe(&c::FILL_WAIT, &[], span(*waited));
        }
        Note::Returned { account, currency, held, .. } => {
            add(&c::RETURNS, &[account.as_str(), currency.code()], 1);
            observe(&c::HELD_TIME, &[], span(*held));
        }
        Note::Link { stream, state } => {
            set(&c::STREAM_CONNECTED, &stream_labels(stream), flag(*state == LinkState::Up));
        }
        Note::Snapshot { account, .. } => add(&c::SNAPSHOTS, &[account.as_str(), "good"], 1),
        Note::SnapshotRefused { account, .. } => add(&c::SNAPSHOTS, &[account.as_str(), "refused"], 1),
        Note::Policy { generation } => {
            set(&c::CONFIG_GENERATION, &[], float(i64::try_from(*generation).unwrap_or(i64::MAX)));
        }
        // Submits count when they end; the others are gauges of the view that follows every decision.
        Note::Submitting { .. }
        | Note::Foreign { .. }
        | Note::Adopted { .. }
        | Note::NotAdopted { .. }
        | Note::Gate { .. }
        | Note::Idle { .. }
        | Note::AutoRenew { .. }
        | Note::Forgotten { .. }
        | Note::Operative(_) => {}
    }
}

/// In seconds; a clock set back makes no negative wait.
fn span(span: Millis) -> f64 {
    float(span.get().max(0)) / 1e3
}
