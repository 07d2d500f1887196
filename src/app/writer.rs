//! One account's writer: sends approved acts one at a time, each at most once, and tells what became of it.

use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::domain::{Action, ActionResult, Intent, Millis, Offer, OfferId, Refusal};
use crate::engine::Body;
use crate::exchange::bitfinex::calls::{Lane, Rest};
use crate::exchange::bitfinex::client::Transport;
use crate::exchange::clock::Clock;
use crate::exchange::wire::call::Call;
use crate::exchange::wire::write::write_result;
use crate::planner::Approved;
use crate::telemetry::record;

use super::clock::HouseClock;
use super::engine_task::Errand;
use super::inbox::Inbox;
use super::requests;
use super::turnstile::Turnstile;

/// How long a submit may wait for its turn, in real time.
const PATIENCE: Millis = Millis::seconds(10);

/// A live account's writer.
#[derive(Debug)]
pub struct Writer {
    /// The key's lane.
    pub lane: Arc<Lane>,
    /// To see whether the exchange has blocked us.
    pub rest: Rest,
    /// Where outcomes go.
    pub inbox: Inbox,
    /// To have the gate looked at after a refusal for lack of permission.
    pub errands: mpsc::Sender<Errand>,
    /// Whether the key may submit, as last heard: checked again right before a submit leaves.
    pub gate: watch::Receiver<bool>,
    /// The account or the whole daemon leaves: no submit goes out any more, whatever was decided before.
    pub closing: CancellationToken,
    /// The time.
    pub clock: Arc<HouseClock>,
}

impl Writer {
    /// Works until no act can come any more. A write under way is never abandoned.
    pub async fn run(self, mut acts: mpsc::Receiver<Approved<Intent>>) {
        let mut turnstile = Turnstile::default();
        while let Some(act) = acts.recv().await {
            let intent = act.into_inner();
            let result = self.write(&intent, &turnstile).await;
            turnstile.ended(self.clock.now().market, &intent, &result);
            if matches!(result, ActionResult::Refused(Refusal::Permission, _)) {
                let _reader_gone = self.errands.try_send(Errand::Gate);
            }
            if let ActionResult::Accepted(Some(offer)) = &result {
                // The reply's own stamp is the best word on the exchange's clock that costs no request.
                record::clock_skew(offer.created.since(self.clock.now().market));
            }
            self.inbox.urgent(Body::Outcome(intent.account.clone(), intent.id, result)).await;
            self.tell_block(&intent).await;
        }
    }

    async fn write(&self, intent: &Intent, turnstile: &Turnstile) -> ActionResult {
        let not_sent = |refusal, why: &str| ActionResult::Refused(refusal, why.to_owned());
        if self.rest.queue().blocked.is_some() {
            return not_sent(Refusal::RateLimited, "the exchange's block still holds");
        }
        let call = match &intent.action {
            Action::Submit(submit) => Call::submit(submit),
            Action::Cancel(cancel) => Call::cancel(cancel),
        };
        // Asked when its turn has come: what the key may do is learnt by calls that stand before it in the same lane.
        let forbids = || {
            let shut = turnstile.forbids(intent, *self.gate.borrow());
            shut.or_else(|| self.is_too_late(intent)).or_else(|| self.is_stale(intent))
        };
        let answer = self.lane.call_unless(&call, forbids).await;
        requests::record(call.endpoint, &answer);
        match answer.transport {
            Transport::Reply { status, body } => write_result(status, &body, &intent.action),
            Transport::NotSent(why) => not_sent(Refusal::NotSent, &why),
            Transport::Lost(cause, _words) => ActionResult::Unknown(cause),
        }
    }

    /// A submit that was decided before the account, or the daemon, was told to leave.
    fn is_too_late(&self, intent: &Intent) -> Option<&'static str> {
        let late = matches!(intent.action, Action::Submit(_)) && self.closing.is_cancelled();
        late.then_some("nothing new is offered any more")
    }

    /// A submit that waited long for its turn was decided on a market, and perhaps on limits, that are no more.
    fn is_stale(&self, intent: &Intent) -> Option<&'static str> {
        let waited = self.clock.now().market.since(intent.at);
        let stale =
            matches!(intent.action, Action::Submit(_)) && waited > PATIENCE.times(i64::from(self.clock.scale()));
        stale.then_some("it waited too long for its turn; it is decided anew")
    }

    /// While the exchange blocks us the engine decides no writes.
    async fn tell_block(&self, intent: &Intent) {
        if let Some(left) = self.rest.queue().blocked {
            // The block is in wire time; the engine counts in market time.
            let until = self.clock.now().market.plus(left.times(i64::from(self.clock.scale())));
            self.inbox.urgent(Body::Throttled(intent.account.clone(), until)).await;
        }
    }
}

/// Paper mode's writer: it records, answers with negative ids, and has no way to the exchange.
#[derive(Debug)]
pub struct Recorder {
    /// Where outcomes go.
    pub inbox: Inbox,
    /// The time.
    pub clock: Arc<HouseClock>,
}

impl Recorder {
    /// Works until no act can come any more.
    pub async fn run(self, mut acts: mpsc::Receiver<Approved<Intent>>) {
        while let Some(act) = acts.recv().await {
            let intent = act.into_inner();
            let at = self.clock.now().market;
            let offer = match &intent.action {
                Action::Submit(submit) => Some(Box::new(Offer::placed(paper_id(&intent), submit, at))),
                Action::Cancel(_) => None,
            };
            let result = ActionResult::Accepted(offer);
            self.inbox.urgent(Body::Outcome(intent.account, intent.id, result)).await;
        }
    }
}

/// Negative, so that it can never be taken for an offer at the exchange.
fn paper_id(intent: &Intent) -> OfferId {
    OfferId(i64::try_from(intent.id.0).unwrap_or(i64::MAX).saturating_neg())
}
