//! What holds for the whole daemon: ready or why not, the last reload, the markets.

use crate::cli::paper::{Page, Paint, table};
use crate::cli::words::{UNKNOWN, both, span, yearly};
use crate::domain::Currency;
use crate::telemetry::status::Status;

pub(super) fn render(status: &Status, paint: Paint) -> String {
    let mode = if status.paper { "paper: nothing is written to the exchange" } else { "live" };
    let decided = status
        .decided_ago_ms
        .map_or_else(|| "nothing decided yet".to_owned(), |ago| format!("decided {} ago", span(ago / 1_000)));
    let verdict = if status.ready { paint.good("ready") } else { paint.bad("NOT READY") };
    let mut page = Page::default();
    page.line(&format!(
        "{} {} ({mode}), {verdict}; process {}, up {}, {decided}",
        paint.bold("yieldsforge"),
        status.version,
        status.process_id,
        span(status.uptime_seconds),
    ));
    for fault in &status.faults {
        page.line(&format!("  {} {fault}", paint.bad("!")));
    }
    if status.draining {
        page.line("  stopping: no new offers");
    }
    page.line(&format!("configuration: {}", configuration(status)));
    let exchange = if status.operative { "operative" } else { "under maintenance, as far as it says" };
    page.line(&format!("exchange: {exchange}; market stream {}", status.market_stream));
    if !status.markets.is_empty() {
        page.line("");
        page.add(&markets(status, paint));
    }
    page.text()
}

fn configuration(status: &Status) -> String {
    let generation = format!("generation {}", status.generation);
    match (&status.reload_fault, &status.reload_changes) {
        // What is wrong stands among the faults.
        (Some(_), _) => {
            format!("{generation}; the last of {} reloads was refused, nothing has changed", status.reloads)
        }
        (None, Some(changes)) => format!("{generation}; reloaded {} times, last: {changes}", status.reloads),
        (None, None) => format!("{generation}; not reloaded since the start"),
    }
}

/// The name people use for a code.
pub(in crate::cli) fn name(code: &str) -> String {
    Currency::from_code(code).map_or_else(|_unknown| code.to_owned(), |currency| currency.name().to_owned())
}

fn markets(status: &Status, paint: Paint) -> String {
    let rows: Vec<Vec<String>> = status
        .markets
        .iter()
        .map(|(code, market)| {
            let bid = match (&market.best_bid, market.best_bid_period_days) {
                (Some(bid), Some(days)) => format!("{} for {days} d", yearly(Some(bid))),
                _ => UNKNOWN.to_owned(),
            };
            vec![
                name(code),
                yearly(market.frr.as_ref()),
                both(market.last.as_ref()),
                both(market.best_offer.as_ref()),
                bid,
                market.price_usd.clone().unwrap_or_else(|| UNKNOWN.to_owned()),
                if market.fresh { String::new() } else { "not known well enough to lend".to_owned() },
            ]
        })
        .collect();
    let heads = ["market", ">FRR", ">last trade", ">best 2-day offer", ">best bid", ">price in USD", ""];
    table(0, &heads, &rows, paint)
}
