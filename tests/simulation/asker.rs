//! What no socket tells: prices in dollars and the platform's status. The twin of `app::streams::MarketAsker`.

use std::collections::VecDeque;

use yieldsforge::domain::{Amount, Currency, HOUR, MINUTE, MarketNews, Millis, SECOND, Timestamp};
use yieldsforge::exchange::bitfinex::client::Transport;
use yieldsforge::exchange::wire::call::Call;
use yieldsforge::exchange::wire::{self, decode};

use super::daemon::Daemon;
use super::lane::Who;
use super::trail::Trail;

/// As in `app::streams`.
const PRICES_EVERY: Millis = HOUR;
const PRICES_AGAIN: Millis = SECOND.times(30);
const STATUS_EVERY: Millis = MINUTE.times(5);
const STATUS_WHILE_DOWN: Millis = SECOND.times(10);
const NEVER: Timestamp = Timestamp::from_millis(i64::MAX);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Job {
    /// The status; while down it has to be good twice.
    Status { down: bool, second: bool },
    /// The second look is due then.
    Pause(Timestamp),
    /// The prices that are still to be asked for, the one that is asked for now first.
    Prices { left: VecDeque<Currency>, failed: bool },
}

/// The market's questions.
#[derive(Debug)]
pub(crate) struct Asker {
    job: Option<Job>,
    prices: Timestamp,
    status: Timestamp,
}

impl Asker {
    /// Asks at the start.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { job: None, prices: now, status: now }
    }

    /// When it has something to do.
    pub(crate) fn due(&self) -> Timestamp {
        match &self.job {
            None => self.prices.min(self.status),
            Some(Job::Pause(until)) => *until,
            Some(Job::Status { .. } | Job::Prices { .. }) => NEVER,
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
