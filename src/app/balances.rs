//! What the balance of each currency was, day by day, and what the daemon reckoned with: kept for the report, which could
//! not tell a return on the whole balance without it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{oneshot, watch};
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::sync::CancellationToken;

use crate::domain::{AccountName, Amount, Currency, DAY, LinkState, MINUTE, Millis, Timestamp, Total};
use crate::engine::StatusView;
use crate::store::{DayRow, Purse, Store};

use super::clock::HouseClock;
use super::supervisor::Supervisor;

/// What was gathered goes to the store this often, in real time.
const KEEP: Duration = Duration::from_mins(5);
/// Between two looks further apart, nobody knows what the balance was; in market time at its usual pace.
const APART: Millis = MINUTE.times(10);

/// What was seen of a purse last.
#[derive(Debug, Clone, Copy)]
struct Seen {
    at: Timestamp,
    balance: Amount,
    estimated: Option<Total>,
}

/// A day in the making.
#[derive(Debug, Clone, Copy, Default)]
struct Gathered {
    known_ms: i64,
    /// Units of the balance × milliseconds.
    weight: i128,
    estimated: Option<Amount>,
}

/// Gathers what views tell.
#[derive(Debug, Default)]
struct Gatherer {
    apart: Millis,
    seen: BTreeMap<Purse, Seen>,
    days: BTreeMap<(AccountName, Currency, i64), Gathered>,
}

impl Gatherer {
    /// Takes in a view: the balance since the one before is what it was then.
    fn look(&mut self, view: &StatusView) {
        let before = std::mem::take(&mut self.seen);
        for (name, account) in
            view.accounts.iter().filter(|(_, account)| account.synced && account.link == LinkState::Up)
        {
            for (currency, money) in
                account.currencies.iter().filter(|(_, money)| money.known && money.profile.is_some())
            {
                let purse = (name.clone(), *currency);
                let estimated = (!view.paper).then_some(money.interest_estimated);
                if let Some(last) = before.get(&purse) {
                    self.span(&purse, *last, view.at, estimated);
                }
                self.seen.insert(purse, Seen { at: view.at, balance: money.balance, estimated });
            }
        }
    }

    fn span(&mut self, (account, currency): &Purse, last: Seen, until: Timestamp, estimated: Option<Total>) {
        if until.since(last.at) > self.apart {
            return;
        }
        let mut from = last.at;
        while from < until {
            let midnight = Timestamp::from_millis(from.day().saturating_add(1).saturating_mul(DAY.get()));
            let end = midnight.min(until);
            let day = self.days.entry((account.clone(), *currency, from.day())).or_default();
            let millis = end.since(from).get();
            day.known_ms = day.known_ms.saturating_add(millis);
            let weight = i128::from(last.balance.units()).saturating_mul(i128::from(millis));
            day.weight = day.weight.saturating_add(weight);
            from = end;
        }
        if let (Some(then), Some(now)) = (last.estimated, estimated) {
            let risen = now.minus_total(then).at_least_zero();
            let day = self.days.entry((account.clone(), *currency, until.day())).or_default();
            day.estimated = Some(Total::from(risen).plus(day.estimated.unwrap_or_default()).clamp_amount());
        }
    }

    /// What can be kept; fractions of a unit wait for the next time.
    fn take(&mut self) -> Vec<(AccountName, Currency, i64, DayRow)> {
        let mut rows = Vec::new();
        for ((account, currency, day), gathered) in &mut self.days {
            let units = i64::try_from(gathered.weight / i128::from(DAY.get())).unwrap_or(i64::MAX);
            let row = DayRow {
                known_ms: gathered.known_ms,
                balance_days: Amount::from_units(units),
                estimated: gathered.estimated.take(),
            };
            gathered.known_ms = 0;
            gathered.weight %= i128::from(DAY.get());
            if row.known_ms > 0 || row.estimated.is_some() {
                rows.push((account.clone(), *currency, *day, row));
            }
        }
        let newest = self.days.keys().map(|(_, _, day)| *day).max();
        self.days.retain(|(_, _, day), _| Some(*day) == newest);
        rows
    }
}

/// The task.
#[derive(Debug)]
struct Keeper {
    store: Store,
    view: watch::Receiver<Arc<StatusView>>,
    gatherer: Gatherer,
}

impl Keeper {
    async fn run(mut self, stop: CancellationToken) {
        let mut beat = interval(KEEP);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                () = stop.cancelled() => break,
                changed = self.view.changed() => match changed {
                    Ok(()) => {
                        let view = Arc::clone(&self.view.borrow_and_update());
                        self.gatherer.look(&view);
                    }
                    Err(_engine_gone) => stop.cancelled().await,
                },
                _ = beat.tick() => self.keep().await,
            }
        }
        self.keep().await;
    }

    async fn keep(&mut self) {
        let rows = self.gatherer.take();
        if !rows.is_empty()
            && let Err(error) = self.store.record_days(rows).await
        {
            tracing::warn!(
                event = "store_failed",
                "balances could not be recorded; the report will not know them: {error}"
            );
        }
    }
}

/// Starts it until `serving` ends; answers what comes when everything is kept.
pub(super) fn start(
    clock: &HouseClock,
    store: &Store,
    view: &watch::Receiver<Arc<StatusView>>,
    serving: &CancellationToken,
    tasks: &mut Supervisor,
) -> oneshot::Receiver<()> {
    // A fast clock makes great steps.
    let apart = Millis::new(APART.get().max(i64::from(clock.scale()).saturating_mul(2_000)));
    let gatherer = Gatherer { apart, ..Gatherer::default() };
    let keeper = Keeper { store: store.clone(), view: view.clone(), gatherer };
    let (done, kept) = oneshot::channel();
    let stop = serving.clone();
    tasks.start_until(serving, "balances", async move {
        keeper.run(stop).await;
        let _nobody_waits = done.send(());
    });
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::GateVerdict;
    use crate::engine::{AccountStatus, CurrencyStatus};
    use proptest::prelude::*;

    fn name() -> AccountName {
        AccountName::new("main").unwrap()
    }

    fn view(at: i64, balance: i32, estimated: i32, synced: bool) -> StatusView {
        let money = CurrencyStatus {
            profile: Some("p".to_owned()),
            known: true,
            balance: Amount::whole(balance),
            interest_estimated: Total::from(Amount::whole(estimated)),
            ..CurrencyStatus::default()
        };
        let account = AccountStatus {
            enabled: true,
            gate: GateVerdict::Good,
            link: LinkState::Up,
            synced,
            writes_under_way: 0,
            currencies: [(Currency::USD, money)].into(),
        };
        let at = Timestamp::from_millis(at);
        StatusView { at, accounts: [(name(), account)].into(), ..StatusView::default() }
    }

    fn gatherer() -> Gatherer {
        Gatherer { apart: DAY.times(2), ..Gatherer::default() }
    }

    #[test]
    fn a_balance_is_weighed_by_the_time_it_stood_and_split_at_midnight() {
        let (hour, mut gatherer) = (3_600_000, gatherer());
        gatherer.look(&view(12 * hour, 100, 0, true));
        gatherer.look(&view(18 * hour, 300, 1, true));
        gatherer.look(&view(30 * hour, 300, 3, true));
        let rows = gatherer.take();
        let known: Vec<(i64, i64, Amount, Option<Amount>)> =
            rows.iter().map(|(_, _, day, row)| (*day, row.known_ms, row.balance_days, row.estimated)).collect();
        // 100 for 6 h and 300 for 6 h of the first day, 300 for 6 h of the second.
        let first = (0, 12 * hour, Amount::whole(100), Some(Amount::whole(1)));
        assert_eq!(known, [first, (1, 6 * hour, Amount::whole(75), Some(Amount::whole(2)))]);
        assert_eq!(gatherer.take(), []);
    }

    #[test]
    fn what_was_not_known_is_not_weighed() {
        let mut gatherer = gatherer();
        for (at, synced) in [(0, true), (1_000, false), (2_000, true), (3_000, true)] {
            gatherer.look(&view(at, 100, 0, synced));
        }
        gatherer.look(&view(3_000 + 3 * DAY.get(), 100, 9, true));
        let rows = gatherer.take();
        assert_eq!(rows.iter().map(|(.., row)| row.known_ms).sum::<i64>(), 1_000);
        assert_eq!(rows[0].3.estimated, Some(Amount::ZERO), "what was earned while nobody looked has no day");
    }

    proptest! {
        #[test]
        fn it_does_not_matter_when_it_is_kept(steps in proptest::collection::vec((1_i64..40_000_000, 0_i32..1_000, any::<bool>()), 1..30)) {
            let (mut whole, mut often) = (gatherer(), gatherer());
            let (mut at, mut kept) = (0, Vec::new());
            for (span, balance, keep) in steps {
                at += span;
                let view = view(at, balance, 0, true);
                whole.look(&view);
                often.look(&view);
                if keep {
                    kept.extend(often.take());
                }
            }
            kept.extend(often.take());
            let sum = |rows: &[(AccountName, Currency, i64, DayRow)]| -> (i64, i64) {
                (rows.iter().map(|(.., row)| row.known_ms).sum(), rows.iter().map(|(.., row)| row.balance_days.units()).sum())
            };
            let (all, parts) = (whole.take(), kept);
            prop_assert_eq!(sum(&all).0, sum(&parts).0);
            // A day that is over loses less than a unit each time it was begun.
            prop_assert!((sum(&all).1 - sum(&parts).1).abs() <= 40, "{:?} {:?}", sum(&all), sum(&parts));
        }
    }
}
