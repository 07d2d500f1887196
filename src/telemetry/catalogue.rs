//! Every metric there is, as data: the recorder, the README's table and the checks of dashboard and alert rules all
//! read this list, so a name exists once.
//!
//! Names carry base units (seconds, bytes, ratio; amounts are in the currency of their label), counters and nothing
//! else end in `_total`, labels come from closed sets and from the configuration only.

/// What kind of metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Only rises.
    Counter,
    /// Goes both ways.
    Gauge,
    /// Counts observations by size.
    Histogram,
}

impl Kind {
    /// The word of the exposition format.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
        }
    }
}

/// A metric.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metric {
    /// Its whole name.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// The names of its labels, in the order they are given.
    pub labels: &'static [&'static str],
    /// Upper bounds of a histogram's buckets, in the metric's unit.
    pub buckets: &'static [f64],
    /// What it says.
    pub help: &'static str,
}

const fn counter(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Counter, labels, buckets: &[], help }
}

const fn gauge(name: &'static str, labels: &'static [&'static str], help: &'static str) -> Metric {
    Metric { name, kind: Kind::Gauge, labels, buckets: &[], help }
}

const fn histogram(
    name: &'static str,
    labels: &'static [&'static str],
    buckets: &'static [f64],
    help: &'static str,
) -> Metric {
    Metric { name, kind: Kind::Histogram, labels, buckets, help }
}

/// A minute to a week.
const WAITS: &[f64] = &[60.0, 300.0, 1_200.0, 3_600.0, 14_400.0, 43_200.0, 86_400.0, 259_200.0, 604_800.0];
/// An hour to 120 days.
const HELD: &[f64] =
    &[3_600.0, 21_600.0, 86_400.0, 172_800.0, 432_000.0, 864_000.0, 2_592_000.0, 5_184_000.0, 10_368_000.0];
/// Replies of the exchange.
const REQUESTS: &[f64] = &[0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0, 30.0];
/// Steps of the engine: a step over a millisecond is worth a look.
const STEPS: &[f64] = &[0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.1, 1.0];

macro_rules! catalogue {
    ($($(#[$doc:meta])* $constant:ident = $metric:expr;)*) => {
        $($(#[$doc])* pub const $constant: Metric = $metric;)*
        /// All of them.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

catalogue! {
    /// Build.
    BUILD_INFO = gauge("yieldsforge_build_info", &["version", "revision", "profile"], "Always 1; which build runs.");
    /// Reload verdict.
    CONFIG_LAST_RELOAD_SUCCESSFUL = gauge("yieldsforge_config_last_reload_successful", &[],
        "1 while the configuration files last read are the ones in force, 0 after a refused reload.");
    /// Reload time.
    CONFIG_LAST_RELOAD_SUCCESS_TIMESTAMP = gauge("yieldsforge_config_last_reload_success_timestamp_seconds", &[],
        "When a configuration was last taken over.");
    /// Configuration identity.
    CONFIG_HASH = gauge("yieldsforge_config_hash", &[],
        "A number made of the configuration in force; equal for equal files.");
    /// Policy generation.
    CONFIG_GENERATION = gauge("yieldsforge_config_generation", &[],
        "Rises by one with every configuration taken over.");
    /// Reloads.
    CONFIG_RELOADS = counter("yieldsforge_config_reloads_total", &["result"], "Reloads by what became of them.");
    /// Readiness.
    READY = gauge("yieldsforge_ready", &[],
        "1 while every enabled account is really being served: the verdict of /readyz.");
    /// Paper.
    PAPER = gauge("yieldsforge_paper", &[], "1 in paper mode: decides and explains, never writes.");
    /// Draining.
    DRAINING = gauge("yieldsforge_draining", &[], "1 while the daemon stops: no new offers.");
    /// Steps.
    ENGINE_STEPS = counter("yieldsforge_engine_steps_total", &["input"], "Steps of the engine by what it was told.");
    /// Step time.
    ENGINE_STEP_DURATION = histogram("yieldsforge_engine_step_duration_seconds", &[], STEPS, "Time one step took.");
    /// Last tick.
    ENGINE_LAST_TICK_TIMESTAMP = gauge("yieldsforge_engine_last_tick_timestamp_seconds", &[],
        "When the engine last completed a tick.");
    /// Engine's queue.
    ENGINE_QUEUE_LENGTH = gauge("yieldsforge_engine_queue_length", &[],
        "Inputs that waited for the engine after its last tick.");
    /// Streams.
    STREAM_CONNECTED = gauge("yieldsforge_stream_connected", &["stream", "account"],
        "1 while a stream is connected, alive and complete.");
    /// Reconnects.
    STREAM_RECONNECTS = counter("yieldsforge_stream_reconnects_total", &["stream", "account"],
        "Attempts to connect a stream again.");
    /// Last message.
    STREAM_LAST_MESSAGE_TIMESTAMP = gauge("yieldsforge_stream_last_message_timestamp_seconds", &["stream", "account"],
        "When a stream last said anything, heartbeats included.");
    /// Gaps.
    STREAM_SEQUENCE_GAPS = counter("yieldsforge_stream_sequence_gaps_total", &["stream", "account"],
        "Gaps in a stream's numbering; each forces a fresh snapshot.");
    /// Unreadable messages.
    STREAM_UNREADABLE_MESSAGES = counter("yieldsforge_stream_unreadable_messages_total", &["stream", "account"],
        "Messages or rows that could not be read and were dropped.");
    /// Requests.
    EXCHANGE_REQUESTS = counter("yieldsforge_exchange_requests_total", &["endpoint", "outcome"],
        "Requests to the exchange by what became of them.");
    /// Request time.
    EXCHANGE_REQUEST_DURATION = histogram("yieldsforge_exchange_request_duration_seconds", &["class"], REQUESTS,
        "Time from sending a request to its whole reply; class is public, read or write.");
    /// Budget.
    EXCHANGE_BUDGET_TOKENS = gauge("yieldsforge_exchange_budget_tokens", &[],
        "Requests that may leave at once under the exchange's rate limit, which holds for all accounts together.");
    /// Queue.
    EXCHANGE_WAITING = gauge("yieldsforge_exchange_requests_waiting", &[], "Requests that wait for their turn.");
    /// Block.
    EXCHANGE_BLOCKED = gauge("yieldsforge_exchange_blocked", &[],
        "1 while nothing is asked because the exchange said that there were too many requests.");
    /// Clock skew.
    EXCHANGE_CLOCK_SKEW = gauge("yieldsforge_exchange_clock_skew_seconds", &[],
        "The exchange's clock minus ours, by the stamp of the last offer it accepted; 0 before the first.");
    /// Maintenance.
    EXCHANGE_OPERATIVE = gauge("yieldsforge_exchange_operative", &[],
        "0 while the exchange says it is under maintenance.");
    /// Actions.
    ACTIONS = counter("yieldsforge_actions_total", &["account", "action", "outcome"],
        "Submits and cancels by outcome as first known.");
    /// Refusals of the exchange.
    ACTION_REFUSALS = counter("yieldsforge_action_refusals_total", &["reason"],
        "Writes the exchange refused, by its reason.");
    /// Cancels.
    CANCELS = counter("yieldsforge_cancels_decided_total", &["account", "reason"], "Own offers given up, by why.");
    /// Limits.
    LIMIT_REFUSALS = counter("yieldsforge_limit_refusals_total", &["account", "rule"],
        "Wishes that a limit of ours refused, by rule.");
    /// Unknown writes.
    UNKNOWN_WRITES = gauge("yieldsforge_unknown_writes", &["account", "currency"],
        "Writes of which nobody knows whether the exchange did them.");
    /// Unknown writes settled.
    UNKNOWN_SETTLED = counter("yieldsforge_unknown_settled_total", &["account", "result"],
        "Writes once unknown, by what they turned out to be: done or not_done.");
    /// Snapshots.
    SNAPSHOTS = counter("yieldsforge_snapshots_total", &["account", "result"],
        "Readings of a whole account: good, or refused because they did not add up for a currency.");
    /// Gate.
    GATE = gauge("yieldsforge_gate", &["account", "verdict"], "1 for the verdict on the account's key that now holds.");
    /// Account on.
    ACCOUNT_ENABLED = gauge("yieldsforge_account_enabled", &["account"],
        "1 while the account lends, as configured and dated.");
    /// Money that no file speaks of.
    UNMANAGED_CURRENCIES = gauge("yieldsforge_unmanaged_currencies", &["account"],
        "Currencies with money in the funding wallet that no [[lend]] entry names.");
    /// Wallet.
    WALLET_AMOUNT = gauge("yieldsforge_wallet_amount", &["account", "currency", "kind"],
        "The funding wallet: total, free (offerable now), lent, offered, foreign, kept, reserved, in_flight. NaN until the exchange has told of it.");
    /// Slices.
    SLICE_AMOUNT = gauge("yieldsforge_slice_amount", &["account", "currency", "slice", "kind"],
        "What a slice of the profile has lent and offered; loans of earlier runs belong to no slice. NaN until it is known.");
    /// Idle money.
    IDLE_AMOUNT = gauge("yieldsforge_idle_amount", &["account", "currency", "reason"],
        "Money neither lent nor offered, by its one reason. NaN until the wallet is known.");
    /// Market rates.
    MARKET_DAILY_RATE = gauge("yieldsforge_market_daily_rate_ratio", &["currency", "kind"],
        "Rates of the market per day: frr, last, best_offer (two days), best_bid (any period). NaN while unknown.");
    /// Freshness.
    MARKET_FRESH = gauge("yieldsforge_market_fresh", &["currency"],
        "1 while everything needed to decide is known and fresh.");
    /// Rate of loans.
    LENT_DAILY_RATE = gauge("yieldsforge_lent_daily_rate_ratio", &["account", "currency"],
        "Weighted rate per day of what is lent, before the fee. NaN while nothing is.");
    /// Rate of offers.
    OFFERED_DAILY_RATE = gauge("yieldsforge_offered_daily_rate_ratio", &["account", "currency"],
        "Weighted effective rate per day of own open offers. NaN while there is none.");
    /// Floor.
    FLOOR_DAILY_RATE = gauge("yieldsforge_floor_daily_rate_ratio", &["account", "currency"],
        "The floor per day with the fee added. NaN while it cannot be told.");
    /// Utilisation.
    UTILISATION = gauge("yieldsforge_utilisation_ratio", &["account", "currency"],
        "Lent divided by total minus kept. NaN for an empty wallet.");
    /// Maturity.
    LENT_MATURITY = gauge("yieldsforge_lent_maturity_seconds", &["account", "currency"],
        "Weighted time until what is lent ends at the latest; 0 while nothing is, NaN until it is known.");
    /// Open offers.
    OPEN_OFFERS = gauge("yieldsforge_open_offers", &["account", "currency", "owner"],
        "Open offers, own and foreign. NaN until they are known.");
    /// Fills.
    FILLS = counter("yieldsforge_fills_total", &["account", "currency"], "Executions of own offers, in part or whole.");
    /// Fill wait.
    FILL_WAIT = histogram("yieldsforge_fill_wait_seconds", &[], WAITS, "From an own offer's creation to a fill.");
    /// Returns.
    RETURNS = counter("yieldsforge_returns_total", &["account", "currency"], "Loans and credits that came back.");
    /// Held time.
    HELD_TIME = histogram("yieldsforge_held_seconds", &[], HELD, "How long borrowers kept what came back.");
    /// Forecasts.
    FORECASTS_SCORED = gauge("yieldsforge_forecasts_scored", &["account", "currency"],
        "Waits forecast by the adaptive rule that were held against what came; kept over restarts.");
    /// Waits as forecast.
    FORECAST_COVERAGE = gauge("yieldsforge_forecast_coverage_ratio", &["account", "currency", "kind"],
        "Part of the waits within the time expected of half and of most (nine in ten) of them: 0.5 and 0.9 are right. NaN before any.");
    /// Fills as forecast.
    FORECAST_BRIER = gauge("yieldsforge_forecast_brier_score", &["account", "currency"],
        "Mean squared error of the forecast that an offer is taken within one cycle: 0 is perfect, 0.25 a coin. NaN before any.");
    /// Holds as forecast.
    FORECAST_HOLD = gauge("yieldsforge_forecast_hold_ratio", &["account", "currency"],
        "How long loans lasted, divided by what was expected of them. NaN before any.");
    /// Interest.
    INTEREST_CREDITED = gauge("yieldsforge_interest_credited_amount", &["account", "currency"],
        "All interest that the exchange's ledger has shown so far, after the fee; kept over restarts.");
    /// Payout.
    INTEREST_PAYOUT_TIMESTAMP = gauge("yieldsforge_interest_last_payout_timestamp_seconds", &["account", "currency"],
        "When the exchange last credited interest, by its ledger; 0 before the first time.");
    /// Estimate.
    INTEREST_ESTIMATED = gauge("yieldsforge_interest_estimated_amount", &["account", "currency"],
        "Interest earned since the start of the daemon: lent times rate times time, after the fee, paid out or not.");
    /// Benchmarks.
    INTEREST_BENCHMARK = gauge("yieldsforge_interest_benchmark_amount", &["account", "currency", "benchmark"],
        "What the same money would have earned on paper since the start, after the fee: frr_auto_renew, best_offer, shadow; frr_bound is the most that the FRR could have paid, lent without a gap. NaN until it begins.");
    /// How fully benchmarks lend.
    BENCHMARK_UTILISATION = gauge("yieldsforge_benchmark_utilisation_ratio", &["account", "currency", "benchmark"],
        "What a benchmark has lent now, on paper, divided by what there is to lend (the smaller of total minus kept and max_lent); frr_bound lends everything always and has none. NaN until it begins.");
    /// Messages.
    NOTIFICATIONS = counter("yieldsforge_notifications_total", &["kind", "outcome"],
        "Messages by kind of notifier: sent, failed (given up), or dropped because too many waited.");
    /// Notifiers without a contact.
    NOTIFIERS_OFF = gauge("yieldsforge_notifiers_off", &[],
        "Notifiers that are off because their contact file cannot be used.");
    /// Recorded rows.
    RECORDER_ROWS = counter("yieldsforge_recorder_rows_total", &["kind"],
        "What was recorded since the start: trades, books (each one), tickers, steps in the lives of own offers, gaps that could not be filled.");
    /// Rows that were lost.
    RECORDER_DROPPED = counter("yieldsforge_recorder_dropped_total", &[],
        "What could not be recorded because the disk was too slow or full. Trades are asked for again later.");
    /// Size of the recording.
    RECORDER_SIZE = gauge("yieldsforge_recorder_size_bytes", &[],
        "Size of the recorded market on disk; 0 while nothing is recorded.");
    /// Age of the recording.
    RECORDER_OLDEST_TIMESTAMP = gauge("yieldsforge_recorder_oldest_timestamp_seconds", &[],
        "Time of the oldest trade, book or ticker that is kept; 0 while there is none.");
    /// CPU.
    PROCESS_CPU = counter("process_cpu_seconds_total", &[], "Processor time used, user and system.");
    /// Resident memory.
    PROCESS_RESIDENT = gauge("process_resident_memory_bytes", &[], "Memory held in RAM.");
    /// Virtual memory.
    PROCESS_VIRTUAL = gauge("process_virtual_memory_bytes", &[], "Address space in use.");
    /// Open files.
    PROCESS_OPEN_FDS = gauge("process_open_fds", &[], "Open file descriptors.");
    /// File limit.
    PROCESS_MAX_FDS = gauge("process_max_fds", &[], "File descriptors the process may open.");
    /// Threads.
    PROCESS_THREADS = gauge("process_threads", &[], "Threads.");
    /// Start.
    PROCESS_START_TIME = gauge("process_start_time_seconds", &[], "When the process started, seconds since 1970 UTC.");
}

/// The catalogue as a Markdown table, for the README.
#[must_use]
pub fn table() -> String {
    use std::fmt::Write as _;
    let mut out = String::from("| metric | kind | labels | says |\n|---|---|---|---|\n");
    for metric in ALL {
        let kind = match metric.kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let labels = metric.labels.join(", ");
        let _infallible = writeln!(out, "| `{}` | {kind} | {labels} | {} |", metric.name, metric.help);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_follow_the_conventions() {
        let mut names = BTreeSet::new();
        for metric in ALL {
            let name = metric.name;
            assert!(names.insert(name), "{name} stands twice");
            assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
            assert!(name.starts_with("yieldsforge_") || name.starts_with("process_"), "{name}");
            assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}: only counters end in _total");
            let stem = name.strip_suffix("_total").unwrap_or(name);
            for unit in ["ms", "millis", "milliseconds", "minutes", "hours", "days", "kb", "kib", "percent", "bucket"] {
                assert!(!stem.ends_with(&format!("_{unit}")), "{name}: base units only");
            }
            assert_eq!(name.contains("timestamp"), name.ends_with("_timestamp_seconds"), "{name}");
            if metric.kind == Kind::Histogram {
                assert!(name.ends_with("_seconds"), "{name}: all our histograms are times");
                assert!(metric.buckets.is_sorted() && metric.buckets.len() >= 5, "{name}");
            } else {
                assert!(metric.buckets.is_empty(), "{name}");
            }
            assert!(metric.help.ends_with('.') && !metric.help.contains('\n'), "{name}: {}", metric.help);
        }
    }

    #[test]
    fn labels_are_few_and_never_identities() {
        let allowed = [
            "account",
            "action",
            "benchmark",
            "class",
            "currency",
            "endpoint",
            "input",
            "kind",
            "outcome",
            "owner",
            "profile",
            "reason",
            "result",
            "revision",
            "rule",
            "slice",
            "stream",
            "verdict",
            "version",
        ];
        for metric in ALL {
            for label in metric.labels {
                assert!(allowed.contains(label), "{}: {label}", metric.name);
            }
        }
    }
}
