//! What no socket tells: prices in dollars, the platform's status, candles of the past. The twin of
//! `app::streams::MarketAsker` and of `app::candles`.

use std::collections::VecDeque;

use yieldsforge::domain::{Amount, Currency, HOUR, MINUTE, MarketNews, Millis, SECOND, Timestamp};
use yieldsforge::exchange::bitfinex::client::Transport;
use yieldsforge::exchange::wire::call::Call;
use yieldsforge::exchange::wire::{self, decode};
use yieldsforge::strategy::stats::History;

use super::daemon::Daemon;
use super::lane::Who;
use super::trail::Trail;

/// As in `app::streams`.
const PRICES_EVERY: Millis = HOUR;
const PRICES_AGAIN: Millis = SECOND.times(30);
const STATUS_EVERY: Millis = MINUTE.times(5);
const STATUS_WHILE_DOWN: Millis = SECOND.times(10);
/// As in `app::candles`: between two series, and after a failure.
const CANDLES_APART: Millis = SECOND.times(2);
const CANDLES_AGAIN: Millis = SECOND.times(30);
const NEVER: Timestamp = Timestamp::from_millis(i64::MAX);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Job {
    /// The status; while down it has to be good twice.
    Status { down: bool, second: bool },
    /// The second look is due then.
    Pause(Timestamp),
    /// The prices that are still to be asked for, the one that is asked for now first.
    Prices { left: VecDeque<Currency>, failed: bool },
    /// The next series of candles that is still to be read.
    Candles,
}

/// The market's questions.
#[derive(Debug)]
pub(crate) struct Asker {
    job: Option<Job>,
    prices: Timestamp,
    status: Timestamp,
    /// The series that are still to be read, by their place and currency, and when the next is due.
    past: (VecDeque<(usize, Currency)>, Timestamp),
}

impl Asker {
    /// Asks at the start.
    pub(crate) fn new(now: Timestamp, currencies: &[Currency]) -> Self {
        let mut asker = Self { job: None, prices: now, status: now, past: (VecDeque::new(), now) };
        asker.missed(now, currencies);
        asker
    }

    /// The stream of the market was down: the past is asked for again.
    pub(crate) fn missed(&mut self, now: Timestamp, currencies: &[Currency]) {
        let places = 0..History::SERIES.len();
        self.past = (places.flat_map(|place| currencies.iter().map(move |one| (place, *one))).collect(), now);
    }

    fn past_due(&self) -> Timestamp {
        if self.past.0.is_empty() { NEVER } else { self.past.1 }
    }

    /// When it has something to do.
    pub(crate) fn due(&self) -> Timestamp {
        match &self.job {
            None => self.prices.min(self.status).min(self.past_due()),
            Some(Job::Pause(until)) => *until,
            Some(Job::Status { .. } | Job::Prices { .. } | Job::Candles) => NEVER,
        }
    }
}

impl Daemon {
    /// Asks what is due.
    pub(super) fn ask_market(&mut self) -> bool {
        let now = self.now.market;
        if self.asker.due() > now {
            return false;
        }
        if matches!(self.asker.job, Some(Job::Pause(_))) {
            self.ask_status(true, true);
        } else if self.asker.status <= now {
            let down = !self.view.operative;
            self.asker.status = now.plus(if down { STATUS_WHILE_DOWN } else { STATUS_EVERY });
            self.ask_status(down, false);
        } else if self.asker.past_due() <= now {
            self.ask_candles();
        } else {
            self.asker.prices = now.plus(PRICES_EVERY);
            let left = self.currencies.iter().copied().filter(|one| *one != Currency::USD).collect();
            self.ask_prices(left, false);
        }
        true
    }

    fn ask_status(&mut self, down: bool, second: bool) {
        self.asker.job = Some(Job::Status { down, second });
        self.lane.ask(Who::Asker, Some(Call::platform_status()));
    }

    fn ask_prices(&mut self, left: VecDeque<Currency>, failed: bool) {
        let Some(currency) = left.front() else {
            if failed {
                self.asker.prices = self.now.market.plus(PRICES_AGAIN);
            }
            self.asker.job = None;
            return;
        };
        self.lane.ask(Who::Asker, Some(Call::usd_price(*currency)));
        self.asker.job = Some(Job::Prices { left, failed });
    }

    fn ask_candles(&mut self) {
        let series = |place: usize| History::SERIES.get(place).copied();
        let Some((place, currency)) = self.asker.past.0.front().copied() else { return };
        let Some((series, limit)) = series(place) else { return };
        self.asker.job = Some(Job::Candles);
        self.lane.ask(Who::Asker, Some(Call::series(currency, series, limit)));
    }

    fn candles_answered(&mut self, reply: Option<(u16, String)>, trail: &mut Trail) {
        let now = self.now.market;
        let read = reply.and_then(|(status, body)| decode(status, &body).and_then(wire::market::candles).ok());
        let Some(read) = read else {
            self.asker.past.1 = now.plus(CANDLES_AGAIN);
            return;
        };
        self.asker.past.1 = now.plus(CANDLES_APART);
        let Some((place, currency)) = self.asker.past.0.pop_front() else { return };
        let Some((series, _)) = History::SERIES.get(place).copied() else { return };
        let closed = read.rows.into_iter().filter(|candle| series.is_closed(candle.at, now)).collect();
        self.market(MarketNews::Candles(currency, series, closed), trail);
    }

    /// The reply to a question.
    pub(super) fn market_answered(&mut self, transport: Transport, trail: &mut Trail) {
        let reply = match transport {
            Transport::Reply { status, body } => Some((status, body)),
            Transport::NotSent(_) | Transport::Lost(..) => None,
        };
        match self.asker.job.take() {
            Some(Job::Status { down, second }) => {
                let operative =
                    reply.and_then(|(status, body)| decode(status, &body).and_then(wire::market::platform_status).ok());
                self.status_answered(operative, down, second, trail);
            }
            Some(Job::Prices { mut left, failed }) => {
                let price: Option<Amount> =
                    reply.and_then(|(status, body)| decode(status, &body).and_then(wire::market::usd_price).ok());
                if let (Some(currency), Some(price)) = (left.pop_front(), price) {
                    self.market(MarketNews::UsdPrice(currency, price), trail);
                }
                self.ask_prices(left, failed || price.is_none());
            }
            Some(Job::Candles) => self.candles_answered(reply, trail),
            Some(Job::Pause(_)) | None => {}
        }
    }

    fn status_answered(&mut self, operative: Option<bool>, down: bool, second: bool, trail: &mut Trail) {
        match (operative, down, second) {
            (Some(true), true, false) => {
                self.asker.job = Some(Job::Pause(self.now.market.plus(STATUS_WHILE_DOWN)));
            }
            // A second look that is not good says nothing new.
            (Some(false), true, true) | (None, ..) => {}
            (Some(operative), ..) => self.market(MarketNews::Operative(operative), trail),
        }
    }
}
