//! The only room that names metrics to the recorder. What is recorded is said in terms of the house (notes, views,
//! inputs); which series that touches is decided here and below.
//!
//! The exporter has no listener of its own: [`super::admin`] serves what [`Metrics::render`] writes.

mod gauges;
mod notes;
#[cfg(test)]
mod tests;

use std::time::Duration;

use metrics::Label;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};
use thiserror::Error;

use crate::domain::{AccountName, Currency, Millis, Stream, Timestamp, Total};
use crate::engine::{Body, Policy, Rule};

use super::catalogue::{self as c, Kind, Metric};
use super::labels::{self, Endpoint, NotifyOutcome, RequestOutcome, StreamEvent};

pub use gauges::Gauges;
pub use notes::note;

/// How often [`Metrics::upkeep`] must run: between scrapes the exporter keeps every single observation.
pub const UPKEEP: Millis = Millis::seconds(5);

/// The recorder could not be put in place.
#[derive(Debug, Error)]
pub enum RecordError {
    /// The exporter refused its settings.
    #[error("the metrics exporter refused its settings: {0}")]
    Build(#[from] BuildError),
    /// There is one already in this process.
    #[error("metrics are recorded already: only one recorder can be installed in a process")]
    Installed,
}

/// The way to what was recorded.
#[derive(Debug, Clone)]
pub struct Metrics {
    handle: PrometheusHandle,
}

impl Metrics {
    /// Installs the recorder for the whole process and describes every metric. Once.
    ///
    /// # Errors
    /// [`RecordError::Installed`] the second time.
    pub fn install() -> Result<Self, RecordError> {
        let recorder = recorder()?;
        let handle = recorder.handle();
        metrics::set_global_recorder(recorder).map_err(|_second| RecordError::Installed)?;
        describe();
        Ok(Self { handle })
    }

    /// Of a recorder that is not installed, for use with `metrics::with_local_recorder`.
    #[must_use]
    pub fn of(recorder: &PrometheusRecorder) -> Self {
        metrics::with_local_recorder(recorder, describe);
        Self { handle: recorder.handle() }
    }

    /// Everything in the text exposition format 0.0.4.
    #[must_use]
    pub fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds observations into their buckets; to be called every [`UPKEEP`].
    pub fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

/// A recorder with the catalogue's buckets: without them the exporter would make summaries, which cannot be added up.
///
/// # Errors
/// [`RecordError::Build`] when the exporter refuses the buckets.
pub fn recorder() -> Result<PrometheusRecorder, RecordError> {
    let mut histograms = c::ALL.iter().filter(|metric| metric.kind == Kind::Histogram);
    let builder = histograms.try_fold(PrometheusBuilder::new(), |builder, metric| {
        builder.set_buckets_for_metric(Matcher::Full(metric.name.to_owned()), metric.buckets)
    })?;
    Ok(builder.build_recorder())
}

fn describe() {
    for metric in c::ALL {
        match metric.kind {
            Kind::Counter => metrics::describe_counter!(metric.name, metric.help),
            Kind::Gauge => metrics::describe_gauge!(metric.name, metric.help),
            Kind::Histogram => metrics::describe_histogram!(metric.name, metric.help),
        }
    }
}

/// Before anything is known: every series that a daemon under `policy` will ever show. Counters stand at zero, what is
/// not known is no number. Once, before the first scrape can come.
pub fn begin(policy: &Policy) {
    initialise(policy);
    Gauges::default().view(&gauges::unknown(policy));
}

/// Makes every counter that `policy` will need, at zero, so that the first event is seen as an increase. After every
/// reload; what is there already keeps its value. The gauges follow with the engine's next view.
pub fn initialise(policy: &Policy) {
    let revision = option_env!("YIELDSFORGE_REVISION").unwrap_or("unknown");
    let profile = if cfg!(debug_assertions) { "debug" } else { "release" };
    set(&c::BUILD_INFO, &[env!("CARGO_PKG_VERSION"), revision, profile], 1.0);
    set(&c::PAPER, &[], flag(policy.paper));
    for gauge in [&c::READY, &c::ENGINE_LAST_TICK_TIMESTAMP, &c::ENGINE_QUEUE_LENGTH, &c::EXCHANGE_CLOCK_SKEW] {
        raise(gauge, &[], 0.0);
    }
    each(&c::CONFIG_RELOADS, ["applied", "refused"]);
    each(&c::ENGINE_STEPS, labels::INPUTS);
    for histogram in [&c::ENGINE_STEP_DURATION, &c::FILL_WAIT, &c::HELD_TIME] {
        touch(histogram, &[]);
    }
    for class in labels::CLASSES {
        touch(&c::EXCHANGE_REQUEST_DURATION, &[class]);
    }
    for endpoint in Endpoint::ALL {
        for outcome in RequestOutcome::ALL {
            add(&c::EXCHANGE_REQUESTS, &[endpoint.label(), outcome.label()], 0);
        }
    }
    for kind in labels::NOTIFIER_KINDS {
        for outcome in NotifyOutcome::ALL {
            notifications(kind, outcome, 0);
        }
    }
    raise(&c::NOTIFIERS_OFF, &[], 0.0);
    for kind in labels::RECORDED {
        recorded(kind, 0, 0);
    }
    for gauge in [&c::RECORDER_SIZE, &c::RECORDER_OLDEST_TIMESTAMP] {
        raise(gauge, &[], 0.0);
    }
    each(&c::ACTION_REFUSALS, labels::REFUSALS.map(labels::refusal));
    initialise_stream(&Stream::Market);
    for (account, lends) in &policy.accounts {
        initialise_account(account, lends.lend.keys().copied());
    }
}

fn initialise_account(account: &AccountName, currencies: impl Iterator<Item = Currency>) {
    let name = account.as_str();
    initialise_stream(&Stream::Account(account.clone()));
    for action in labels::ACTIONS {
        for outcome in labels::OUTCOMES {
            add(&c::ACTIONS, &[name, action, outcome], 0);
        }
    }
    for reason in labels::CANCEL_REASONS {
        add(&c::CANCELS, &[name, labels::cancel_reason(reason)], 0);
    }
    for result in ["done", "not_done"] {
        add(&c::UNKNOWN_SETTLED, &[name, result], 0);
    }
    for result in ["good", "refused"] {
        add(&c::SNAPSHOTS, &[name, result], 0);
    }
    for rule in Rule::ALL {
        add(&c::LIMIT_REFUSALS, &[name, rule.label()], 0);
    }
    for currency in currencies {
        let of = [name, currency.code()];
        add(&c::FILLS, &of, 0);
        add(&c::RETURNS, &of, 0);
        raise(&c::INTEREST_CREDITED, &of, 0.0);
        raise(&c::INTEREST_PAYOUT_TIMESTAMP, &of, 0.0);
    }
}

fn initialise_stream(of: &Stream) {
    let labels = stream_labels(of);
    for counter in [&c::STREAM_RECONNECTS, &c::STREAM_SEQUENCE_GAPS, &c::STREAM_UNREADABLE_MESSAGES] {
        add(counter, &labels, 0);
    }
    for gauge in [&c::STREAM_CONNECTED, &c::STREAM_LAST_MESSAGE_TIMESTAMP] {
        raise(gauge, &labels, 0.0);
    }
}

/// A configuration was taken over at `at`; `hash` tells it from others.
pub fn config_applied(at: Timestamp, hash: u32) {
    set(&c::CONFIG_LAST_RELOAD_SUCCESSFUL, &[], 1.0);
    set(&c::CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP, &[], seconds(at));
    set(&c::CONFIG_HASH, &[], f64::from(hash));
    add(&c::CONFIG_RELOADS, &["applied"], 1);
}

/// A reload was refused; what was in force stays so.
pub fn config_refused() {
    set(&c::CONFIG_LAST_RELOAD_SUCCESSFUL, &[], 0.0);
    add(&c::CONFIG_RELOADS, &["refused"], 1);
}

/// The verdict of `/readyz`.
pub fn ready(ready: bool) {
    set(&c::READY, &[], flag(ready));
}

/// A step of the engine: what it was told and how long it took.
pub fn step(body: &Body, took: Duration) {
    add(&c::ENGINE_STEPS, &[labels::input(body)], 1);
    observe(&c::ENGINE_STEP_DURATION, &[], took.as_secs_f64());
}

/// The engine has completed a tick at `at`, and so many inputs wait for it.
pub fn ticked(at: Timestamp, waiting: usize) {
    set(&c::ENGINE_LAST_TICK_TIMESTAMP, &[], seconds(at));
    set(&c::ENGINE_QUEUE_LENGTH, &[], count(waiting));
}

/// A request to the exchange has ended.
pub fn request(endpoint: Endpoint, outcome: RequestOutcome, took: Duration) {
    add(&c::EXCHANGE_REQUESTS, &[endpoint.label(), outcome.label()], 1);
    observe(&c::EXCHANGE_REQUEST_DURATION, &[endpoint.class()], took.as_secs_f64());
}

/// The queue of requests: how many may leave at once, how many wait, and whether the exchange has asked for silence.
pub fn requests(left: u32, waiting: usize, blocked: bool) {
    set(&c::EXCHANGE_BUDGET_TOKENS, &[], f64::from(left));
    set(&c::EXCHANGE_WAITING, &[], count(waiting));
    set(&c::EXCHANGE_BLOCKED, &[], flag(blocked));
}

/// So many messages to notifiers of one of [`labels::NOTIFIER_KINDS`] ended so.
pub fn notifications(kind: &'static str, outcome: NotifyOutcome, many: u64) {
    add(&c::NOTIFICATIONS, &[kind, outcome.label()], many);
}

/// So many notifiers are off because their contact cannot be used.
pub fn notifiers_off(many: usize) {
    set(&c::NOTIFIERS_OFF, &[], count(many));
}

/// So many rows of a kind of [`labels::RECORDED`] were recorded, and so many lost (counted over all kinds).
pub fn recorded(kind: &'static str, rows: u64, lost: u64) {
    add(&c::RECORDER_ROWS, &[kind], rows);
    add(&c::RECORDER_DROPPED, &[], lost);
}

/// How the recording stands: bytes on disk, and the oldest that is kept.
pub fn recording(bytes: u64, oldest: Option<Timestamp>) {
    set(&c::RECORDER_SIZE, &[], float(i64::try_from(bytes).unwrap_or(i64::MAX)));
    set(&c::RECORDER_OLDEST_TIMESTAMP, &[], oldest.map_or(0.0, seconds));
}

/// The exchange's clock minus ours.
pub fn clock_skew(skew: Millis) {
    set(&c::EXCHANGE_CLOCK_SKEW, &[], float(skew.get()) / 1e3);
}

/// Something befell a stream.
pub fn stream_event(of: &Stream, event: StreamEvent) {
    let counter = match event {
        StreamEvent::Reconnect => &c::STREAM_RECONNECTS,
        StreamEvent::Gap => &c::STREAM_SEQUENCE_GAPS,
        StreamEvent::Unreadable => &c::STREAM_UNREADABLE_MESSAGES,
    };
    add(counter, &stream_labels(of), 1);
}

/// A stream said something at `at`.
pub fn stream_message(of: &Stream, at: Timestamp) {
    set(&c::STREAM_LAST_MESSAGE_TIMESTAMP, &stream_labels(of), seconds(at));
}

/// All interest credited so far as the store sums it up, and when the last of it was.
pub fn interest(account: &AccountName, currency: Currency, credited: Total, last: Option<Timestamp>) {
    let of = [account.as_str(), currency.code()];
    set(&c::INTEREST_CREDITED, &of, total(credited));
    set(&c::INTEREST_PAYOUT_TIMESTAMP, &of, last.map_or(0.0, seconds));
}

/// The market's own stream has no account: an empty label is none.
fn stream_labels(of: &Stream) -> [&str; 2] {
    match of {
        Stream::Market => ["market", ""],
        Stream::Account(account) => ["account", account.as_str()],
    }
}

fn flag(good: bool) -> f64 {
    f64::from(u8::from(good))
}

fn seconds(at: Timestamp) -> f64 {
    float(at.millis()) / 1e3
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float by its format; money is never computed from it")]
fn float(value: i64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "a gauge is a float by its format; money is never computed from it")]
fn total(total: Total) -> f64 {
    total.units() as f64 / 1e8
}

fn count(many: usize) -> f64 {
    f64::from(u32::try_from(many).unwrap_or(u32::MAX))
}

fn each<const N: usize>(counter: &Metric, values: [&str; N]) {
    for value in values {
        add(counter, &[value], 0);
    }
}

fn with(metric: &Metric, values: &[&str]) -> Vec<Label> {
    debug_assert_eq!(metric.labels.len(), values.len(), "{}: labels {:?}", metric.name, metric.labels);
    metric.labels.iter().zip(values).map(|(key, value)| Label::new(*key, (*value).to_owned())).collect()
}

#[expect(clippy::disallowed_macros, reason = "this is telemetry::record")]
fn add(metric: &Metric, values: &[&str], count: u64) {
    metrics::counter!(metric.name, with(metric, values)).increment(count);
}

#[expect(clippy::disallowed_macros, reason = "this is telemetry::record")]
fn set(metric: &Metric, values: &[&str], to: f64) {
    metrics::gauge!(metric.name, with(metric, values)).set(to);
}

/// Adds to a gauge: by zero, it makes the series and keeps its value.
#[expect(clippy::disallowed_macros, reason = "this is telemetry::record")]
fn raise(metric: &Metric, values: &[&str], by: f64) {
    metrics::gauge!(metric.name, with(metric, values)).increment(by);
}

#[expect(clippy::disallowed_macros, reason = "this is telemetry::record")]
fn observe(metric: &Metric, values: &[&str], value: f64) {
    metrics::histogram!(metric.name, with(metric, values)).record(value);
}

/// Makes a histogram's series without an observation.
#[expect(clippy::disallowed_macros, reason = "this is telemetry::record")]
fn touch(metric: &Metric, values: &[&str]) {
    let _series = metrics::histogram!(metric.name, with(metric, values));
}
