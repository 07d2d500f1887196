//! Asks for the candles of the past, so that the rules that look back need not live through a month first.
//!
//! Each currency's once: when the daemon starts, when a reload adds it, and again after the market's stream was down
//! for longer than a minute, for what was missed meanwhile. One call every two seconds at most, so that a start leaves
//! the request budget to the accounts; what fails is told and asked again. Nothing waits for it: until its candles have
//! come a rule holds, and offers that are open stay.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::domain::{CandleSeries, Currency, Days, HOUR, LinkState, MINUTE, MarketNews, Millis, SECOND, Timestamp};
use crate::engine::{Body, Policy, StatusView};
use crate::exchange::bitfinex::calls::Rest;
use crate::exchange::clock::Clock as _;
use crate::exchange::wire;
use crate::exchange::wire::call::Call;
use crate::strategy::stats::History;

use super::clock::HouseClock;
use super::grumbles::Grumbles;
use super::inbox::Inbox;
use super::requests;

/// Between two calls: the documented cap is 30 a minute, the whole budget one a second.
const APART: Millis = SECOND.times(2);
/// After a failure a series is asked for again this much later, and twice as much after each further one, up to half an
/// hour: the exchange may not know a currency at all.
const AGAIN: Millis = SECOND.times(30);
const DOUBLINGS: u32 = 6;
/// A stream that was down for longer has told too little: its last news come again when it is back, but no more.
const MISSED: Millis = MINUTE;
/// What lending for longer earned, by the hour: what a month back tells of the long periods.
const LONGER: [(CandleSeries, u32); 2] = [hours_of(30), hours_of(120)];

const fn hours_of(period: u16) -> (CandleSeries, u32) {
    let period = Days::new(period);
    (CandleSeries { width: HOUR, from: period, to: period }, 30 * 24)
}

/// A series by its place: the finest first, for all currencies, then the next.
type Place = (usize, Currency);

fn series(place: usize) -> Option<(CandleSeries, u32)> {
    History::SERIES.into_iter().chain(LONGER).nth(place)
}

/// What is still to be asked for, and when.
#[derive(Debug, Default)]
struct Plan {
    known: BTreeSet<Currency>,
    /// When, and after how many failures.
    due: BTreeMap<Place, (Timestamp, u32)>,
    down_since: Option<Timestamp>,
}

impl Plan {
    /// These currencies are wanted from now on.
    fn want(&mut self, wanted: &BTreeSet<Currency>, now: Timestamp) {
        self.due.retain(|(_, currency), _| wanted.contains(currency));
        let new: Vec<Currency> = wanted.difference(&self.known).copied().collect();
        for currency in new {
            self.all_of(currency, now);
        }
        self.known.clone_from(wanted);
    }

    fn all_of(&mut self, currency: Currency, now: Timestamp) {
        let places = History::SERIES.iter().chain(&LONGER).enumerate().map(|(place, _)| place);
        self.due.extend(places.map(|place| ((place, currency), (now, 0))));
    }

    /// Whether the stream tells everything.
    fn link(&mut self, up: bool, now: Timestamp) {
        if !up {
            self.down_since.get_or_insert(now);
        } else if self.down_since.take().is_some_and(|since| now.since(since) > MISSED) {
            let all: Vec<Currency> = self.known.iter().copied().collect();
            for currency in all {
                self.all_of(currency, now);
            }
        }
    }

    fn next(&self, now: Timestamp) -> Option<Place> {
        self.due.iter().find(|(_, (due, _))| *due <= now).map(|(place, _)| *place)
    }

    fn answered(&mut self, place: Place) {
        self.due.remove(&place);
    }

    fn failed(&mut self, place: Place, now: Timestamp) {
        let failures = self.due.get(&place).map_or(0, |(_, failures)| *failures);
        let pause = AGAIN.times(1 << failures.min(DOUBLINGS));
        self.due.insert(place, (now.plus(pause), failures.saturating_add(1)));
    }

    /// When something is due next.
    fn wakes(&self) -> Option<Timestamp> {
        self.due.values().map(|(due, _)| *due).min()
    }
}

/// Asks for candles.
#[derive(Debug)]
pub(super) struct CandleAsker {
    /// Public calls.
    pub(super) rest: Rest,
    /// Where news go.
    pub(super) inbox: Inbox,
    /// The policy in force: what is lent.
    pub(super) policy: watch::Receiver<Arc<Policy>>,
    /// To see the state of the market's stream.
    pub(super) view: watch::Receiver<Arc<StatusView>>,
    /// Where complaints go.
    pub(super) grumbles: Grumbles,
    /// The time.
    pub(super) clock: Arc<HouseClock>,
}

impl CandleAsker {
    /// Asks until `stop`.
    pub(super) async fn run(self, stop: CancellationToken) {
        let _stopped = stop.run_until_cancelled(self.ask()).await;
    }

    async fn ask(mut self) {
        let mut plan = Plan::default();
        loop {
            let now = self.clock.now().market;
            plan.want(&self.policy.borrow_and_update().currencies(), now);
            // Before the first look nobody can say.
            let link = self.view.borrow_and_update().market_link;
            plan.link(link.is_none_or(|link| link == LinkState::Up), now);
            if let Some(place) = plan.next(now) {
                match self.read(place).await {
                    Ok(()) => plan.answered(place),
                    Err(why) => {
                        self.grumbles.warn("market", "candles_failed", &format!("candles of {}: {why}", place.1));
                        plan.failed(place, self.clock.now().market);
                    }
                }
                tokio::time::sleep(self.clock.real(APART)).await;
                continue;
            }
            let pause = self.clock.real(plan.wakes().map_or(HOUR, |due| due.since(now)));
            tokio::select! {
                () = tokio::time::sleep(pause.max(std::time::Duration::from_millis(1))) => {}
                Ok(()) = self.policy.changed() => {}
                Ok(()) = self.view.changed() => {}
            }
        }
    }

    async fn read(&self, (place, currency): Place) -> Result<(), String> {
        let Some((series, limit)) = series(place) else { return Ok(()) };
        let asked = self.clock.now().market;
        let candles =
            requests::public(&self.rest, &Call::series(currency, series, limit), wire::market::candles).await?;
        let closed = candles.rows.into_iter().filter(|candle| series.is_closed(candle.at, asked)).collect();
        self.inbox.news(Body::Market(MarketNews::Candles(currency, series, closed))).await;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1_000)
    }

    fn ust() -> Currency {
        Currency::from_code("UST").unwrap()
    }

    /// What is asked for at once, when every call is answered.
    fn asked(plan: &mut Plan, now: Timestamp) -> Vec<Place> {
        std::iter::from_fn(|| {
            let place = plan.next(now)?;
            plan.answered(place);
            Some(place)
        })
        .collect()
    }

    #[test]
    fn every_currency_once_the_finest_first() {
        let mut plan = Plan::default();
        plan.want(&BTreeSet::from([Currency::USD, ust()]), at(0));
        let all = asked(&mut plan, at(0));
        assert_eq!(all.len(), 10);
        assert_eq!(series(all[0].0), Some(History::SERIES[0]));
        assert_eq!((all[0].0, all[1].0), (0, 0), "both currencies' minutes before anything else");
        plan.want(&BTreeSet::from([Currency::USD]), at(9));
        assert_eq!(asked(&mut plan, at(9)), [], "a currency that goes");
        plan.want(&BTreeSet::from([Currency::USD, ust()]), at(10));
        assert!(asked(&mut plan, at(10)).iter().all(|(_, currency)| *currency == ust()), "and comes back");
    }

    #[test]
    fn what_fails_is_asked_again_while_the_others_go_on() {
        let mut plan = Plan::default();
        plan.want(&BTreeSet::from([Currency::USD]), at(0));
        let first = plan.next(at(0)).unwrap();
        plan.failed(first, at(1));
        assert_eq!(asked(&mut plan, at(1)).len(), 4);
        assert_eq!((plan.next(at(30)), plan.next(at(31))), (None, Some(first)));
        plan.failed(first, at(40));
        assert_eq!(plan.wakes(), Some(at(100)), "twice as long each time");
        (0..99).for_each(|_| plan.failed(first, at(40)));
        assert_eq!(plan.wakes(), Some(at(40 + 30 * 64)));
    }

    #[test]
    fn what_a_stream_missed_is_asked_for_again() {
        let mut plan = Plan::default();
        plan.want(&BTreeSet::from([Currency::USD]), at(0));
        assert_eq!(asked(&mut plan, at(0)).len(), 5);
        for (down, up, again) in [(100, 130, 0), (200, 261, 5)] {
            plan.link(false, at(down));
            plan.link(false, at(down + 10));
            plan.link(true, at(up));
            assert_eq!(asked(&mut plan, at(up)).len(), again, "down for {} s", up - down);
        }
    }
}
