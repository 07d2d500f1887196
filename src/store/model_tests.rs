//! Whatever is recorded and remembered, a new start is told exactly what a plain model says.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use tempfile::TempDir;

use super::actions::{record_plan, remember, restore};
use super::database::Database;
use super::tests::{cancel, main_account, submit};
use crate::domain::{Action, ActionId, DAY, Intent, Millis, OfferId, Timestamp};
use crate::engine::{Memory, OwnRecord, Restored};

#[derive(Debug, Clone)]
enum Step {
    Plan { submits: u8, cancels: u8 },
    Opened { action: u64, offer: i64 },
    Settled { action: u64, accepted: bool },
    Closed { offer: i64 },
    Adopted { offer: i64 },
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (0_u8..4, 0_u8..3).prop_map(|(submits, cancels)| Step::Plan { submits, cancels }),
        3 => (1_u64..12, 1_i64..8).prop_map(|(action, offer)| Step::Opened { action, offer }),
        3 => (1_u64..12, any::<bool>()).prop_map(|(action, accepted)| Step::Settled { action, accepted }),
        2 => (1_i64..8).prop_map(|offer| Step::Closed { offer }),
        1 => (1_i64..8).prop_map(|offer| Step::Adopted { offer }),
        1 => Just(Step::Restart),
    ]
}

/// The same facts, kept in the simplest way.
#[derive(Default)]
struct Model {
    intents: Vec<Intent>,
    unsettled: BTreeSet<u64>,
    offers: BTreeMap<i64, (String, bool)>,
}

impl Model {
    fn plan(&mut self, now: Timestamp, submits: u8, cancels: u8) -> Vec<Intent> {
        let first = u64::try_from(self.intents.len()).unwrap() + 1;
        let (submits, cancels) = (u64::from(submits), u64::from(cancels));
        let mut plan: Vec<Intent> = (first..first + submits).map(|id| submit(id, now)).collect();
        plan.extend((first + submits..first + submits + cancels).map(|id| cancel(id, 5)));
        self.unsettled.extend(plan.iter().map(|intent| intent.id.0));
        self.intents.extend(plan.clone());
        plan
    }

    fn memory(&mut self, step: &Step) -> Option<Memory> {
        let account = main_account();
        match *step {
            Step::Opened { action, offer } => {
                self.unsettled.remove(&action);
                let known = self.intents.iter().find(|intent| intent.id.0 == action);
                let slice = known.map(|intent| intent.slice.clone()).unwrap_or_default();
                self.offers.entry(offer).or_insert((slice, true));
                Some(Memory::Opened { account, action: ActionId(action), offer: OfferId(offer) })
            }
            Step::Settled { action, accepted } => {
                self.unsettled.remove(&action);
                Some(Memory::Settled { action: ActionId(action), accepted })
            }
            Step::Closed { offer } => {
                self.offers.entry(offer).or_default().1 = false;
                Some(Memory::Closed { account, offer: OfferId(offer) })
            }
            Step::Adopted { offer } => {
                self.offers.entry(offer).or_default().1 = true;
                Some(Memory::Adopted { account, offer: OfferId(offer) })
            }
            Step::Plan { .. } | Step::Restart => None,
        }
    }

    fn restored(&self, now: Timestamp) -> Restored {
        let open: BTreeMap<OfferId, OwnRecord> = self
            .offers
            .iter()
            .filter(|(_, (_, open))| *open)
            .map(|(id, (slice, _))| (OfferId(*id), OwnRecord { slice: slice.clone() }))
            .collect();
        let is_recent = |intent: &&Intent| matches!(intent.action, Action::Submit(_)) && now.since(intent.at) < DAY;
        Restored {
            next_action: u64::try_from(self.intents.len()).unwrap() + 1,
            own: if open.is_empty() { BTreeMap::new() } else { BTreeMap::from([(main_account(), open)]) },
            unsettled: self.intents.iter().filter(|intent| self.unsettled.contains(&intent.id.0)).cloned().collect(),
            recent: self.intents.iter().filter(is_recent).cloned().collect(),
            kept: BTreeMap::new(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn a_restart_is_told_what_the_model_says(steps in prop::collection::vec((step(), 0_i64..5), 1..24)) {
        let dir = TempDir::new().unwrap();
        let mut model = Model::default();
        let mut now = Timestamp::from_millis(1_790_000_000_000);
        let mut database = Database::open(dir.path()).unwrap();
        for (step, hours) in steps {
            now = now.plus(Millis::seconds(hours * 3_600));
            match step {
                Step::Plan { submits, cancels } => {
                    // Cancels of the model are all decided at one moment; only submits are told by age.
                    let plan = model.plan(now, submits, cancels);
                    record_plan(&mut database, &plan).unwrap();
                }
                Step::Restart => {
                    drop(database);
                    database = Database::open(dir.path()).unwrap();
                }
                Step::Opened { .. } | Step::Settled { .. } | Step::Closed { .. } | Step::Adopted { .. } => {
                    let told: Vec<Memory> = model.memory(&step).into_iter().collect();
                    remember(&mut database, now, &told).unwrap();
                    // Twice is once.
                    remember(&mut database, now, &told).unwrap();
                }
            }
            prop_assert_eq!(restore(&mut database, now).unwrap(), model.restored(now));
        }
    }
}
