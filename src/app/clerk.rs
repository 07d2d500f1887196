//! The clerk: records what the engine wants remembered and sent, in one commit, before the first byte leaves (money
//! rule 6), then hands each act to its account's writer.

use tokio::sync::mpsc;

use crate::domain::{ActionResult, Intent, Refusal};
use crate::engine::Body;
use crate::planner::Approved;
use crate::store::Store;

use super::engine_task::Batch;
use super::inbox::Inbox;
use super::roster::Roster;

/// The clerk's desk.
#[derive(Debug)]
pub struct Clerk {
    /// Where it is recorded, and where what is learned is written down.
    pub store: Store,
    /// False in paper mode, which never touches the tables of own offers; what is learned is of the market.
    pub live: bool,
    /// Who sends.
    pub roster: Roster,
    /// Where outcomes go.
    pub inbox: Inbox,
}

impl Clerk {
    /// Works until no batch can come any more.
    pub async fn run(self, mut batches: mpsc::Receiver<Batch>) {
        while let Some(batch) = batches.recv().await {
            self.record(batch).await;
        }
    }

    async fn record(&self, batch: Batch) {
        let Batch { at, memories, kept, acts, done } = batch;
        if !kept.is_empty()
            && let Err(error) = self.store.keep(at, kept).await
        {
            tracing::warn!(event = "store_failed", "what is learned could not be written down: {error}");
        }
        if self.live {
            let store = &self.store;
            if !memories.is_empty()
                && let Err(error) = store.remember(at, memories).await
            {
                tracing::error!(event = "store_failed", "what happened could not be recorded: {error}");
            }
            let plan: Vec<Intent> = acts.iter().map(|act| act.get().clone()).collect();
            if !plan.is_empty()
                && let Err(error) = store.record_plan(plan).await
            {
                tracing::error!(event = "store_failed", "nothing is sent, since it could not be recorded: {error}");
                for act in acts {
                    self.refuse(act.into_inner(), "it could not be recorded").await;
                }
                return;
            }
        }
        for act in acts {
            self.send(act).await;
        }
        if let Some(done) = done {
            let _nobody_waits = done.send(());
        }
    }

    async fn send(&self, act: Approved<Intent>) {
        let Some(ways) = self.roster.ways(&act.get().account) else {
            return self.refuse(act.into_inner(), "the account has no key").await;
        };
        if let Err(gone) = ways.acts.send(act).await {
            self.refuse(gone.0.into_inner(), "the account's writer has ended").await;
        }
    }

    async fn refuse(&self, intent: Intent, why: &str) {
        let result = ActionResult::Refused(Refusal::NotSent, why.to_owned());
        self.inbox.urgent(Body::Outcome(intent.account, intent.id, result)).await;
    }
}
