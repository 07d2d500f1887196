//! A decision for people: limits, candidates, the choice, and the reason of every idle coin.

use crate::cli::paper::{Page, Paint, table};
use crate::cli::status::{name as currency_name, whole};
use crate::cli::words::{UNKNOWN, both, known, money, span, yearly};
use crate::domain::Amount;
use crate::telemetry::advice;
use crate::telemetry::status::{CandidateReport, CurrencyReport, Market, SliceReport, Status};

/// `words` say whose decision it is, `acts` what a live daemon would do at once.
pub(super) fn render(status: &Status, words: &str, acts: &[String], paint: Paint) -> String {
    let mode = if status.paper { "; paper: nothing is written to the exchange" } else { "" };
    let mut page = Page::default();
    page.line(&format!("{words}{mode}"));
    for (name, why) in &status.without_key {
        page.line(&format!("{} account {name} is off, its key cannot be read: {why}", paint.bad("!")));
    }
    for (name, account) in &status.accounts {
        let lends = if account.enabled { "lends" } else { "off: it lends nothing" };
        page.line(&format!("\n{} {lends}; key {}", paint.bold(&format!("account {name}")), account.gate));
        if account.gate != "good" {
            page.line(&format!("  {} {}", paint.bad("!"), account.gate_detail));
        }
        let held =
            |report: &CurrencyReport| report.profile.is_some() || whole(report.balance_amount.as_ref()).is_positive();
        for (code, report) in account.currencies.iter().filter(|(_, report)| held(report)) {
            page.line("");
            page.add(&currency(code, report, status.markets.get(code), paint));
        }
    }
    if !acts.is_empty() {
        page.line("\nA live daemon would now do this; its money is in_flight above:");
        for act in acts {
            page.line(&format!("  {act}"));
        }
    }
    page.text()
}

fn currency(code: &str, report: &CurrencyReport, market: Option<&Market>, paint: Paint) -> String {
    let balance = whole(report.balance_amount.as_ref());
    let by = report.profile.as_ref().map_or_else(|| "not lent".to_owned(), |profile| format!("by profile {profile}"));
    let mut page = Page::default();
    page.line(&format!(
        "  {} {by}: {} in the Funding wallet, {} lent, {} offered, {} idle",
        paint.bold(&currency_name(code)),
        known(report.balance_amount.as_ref(), balance),
        known(report.lent_amount.as_ref(), balance),
        known(report.offered_amount.as_ref(), balance),
        known(report.idle_amount.as_ref(), balance),
    ));
    if report.profile.is_some() {
        page.line(&format!("    market: {}", market.map_or_else(|| UNKNOWN.to_owned(), market_words)));
        page.line(&format!("    limits: {}", limits(report, balance)));
    }
    let rows: Vec<Vec<String>> = report.slices.iter().flat_map(|slice| slice_rows(slice, balance)).collect();
    let heads = ["slice", "verdict", ">amount", ">offers", ">rate", ">period", "rule", ">the rule itself said"];
    page.add(&table(4, &heads, &rows, paint));
    page.add(&weighed(report, paint));
    if report.slices.is_empty() && !report.idle_amounts.is_empty() {
        page.line("    nothing was thought of: the whole currency holds, for the reason below");
    }
    page.add(&idle(report, balance, paint));
    page.text()
}

fn market_words(market: &Market) -> String {
    let fresh = if market.fresh { "" } else { "; NOT known well enough to lend" };
    format!(
        "FRR {}, last trade {}, best 2-day offer {}{fresh}",
        yearly(market.frr.as_ref()),
        both(market.last.as_ref()),
        both(market.best_offer.as_ref()),
    )
}

fn limits(report: &CurrencyReport, balance: Amount) -> String {
    let amount = |text: Option<&String>| text.map_or_else(|| UNKNOWN.to_owned(), |text| money(text, balance));
    let mut parts = report.limits.as_ref().map_or_else(
        || vec!["not worked out".to_owned()],
        |limits| {
            vec![
                format!("floor {}", both(Some(&limits.floor))),
                format!("ceiling {}", both(limits.ceiling.as_ref())),
                format!("at most {} d", limits.max_period_days),
                format!(
                    "an offer {} to {}",
                    amount(Some(&limits.min_offer_amount)),
                    amount(limits.max_offer_amount.as_ref())
                ),
                format!("at most {} offers", limits.max_offers),
            ]
        },
    );
    parts.push(format!("keep {}", known(report.keep_amount.as_ref(), balance)));
    parts.push(format!("max lent {}", amount(report.max_lent_amount.as_ref())));
    parts.join(", ")
}

/// What a slice wishes, what a bound declined, and what it holds beside that.
fn slice_rows(slice: &SliceReport, balance: Amount) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = slice.candidates.iter().map(|one| candidate(&slice.slice, one, balance)).collect();
    let told = |reason: &String| slice.candidates.iter().any(|one| one.declined.as_ref() == Some(reason));
    let held = slice.held_amounts.iter().filter(|(reason, _)| !told(reason));
    rows.extend(
        held.map(|(reason, amount)| vec![slice.slice.clone(), format!("held: {reason}"), money(amount, balance)]),
    );
    if rows.is_empty() {
        rows.push(vec![slice.slice.clone(), "nothing to offer".to_owned()]);
    }
    rows
}

fn candidate(slice: &str, one: &CandidateReport, balance: Amount) -> Vec<String> {
    let verdict = one.declined.as_ref().map_or_else(|| "to be open".to_owned(), |reason| format!("declined: {reason}"));
    let kind =
        one.kind.as_deref().filter(|kind| *kind != "limit").map(|kind| format!(" as {kind}")).unwrap_or_default();
    let hidden = if one.hidden { ", hidden" } else { "" };
    vec![
        slice.to_owned(),
        verdict,
        money(&one.amount, balance),
        if one.declined.is_some() { String::new() } else { one.offers.to_string() },
        one.rate.as_ref().map_or_else(String::new, |rate| both(Some(rate))),
        one.period_days.map_or_else(String::new, |days| format!("{days} d")),
        format!("{}{kind}{hidden}", one.rule),
        both(Some(&one.raw)),
    ]
}

/// What the adaptive rule has weighed, the choice first.
fn weighed(report: &CurrencyReport, paint: Paint) -> String {
    let rows: Vec<Vec<String>> = report
        .slices
        .iter()
        .flat_map(|slice| slice.weighed.iter().enumerate().map(move |(place, one)| (slice, place, one)))
        .map(|(slice, place, one)| {
            vec![
                slice.slice.clone(),
                if place == 0 { "chosen".to_owned() } else { format!("{}.", place.saturating_add(1)) },
                if one.takes_bid { "takes a request".to_owned() } else { "waits".to_owned() },
                both(Some(&one.rate)),
                format!("{} d", one.period_days),
                span(one.wait_seconds),
                format!("{} %", one.fill_percent),
                span(one.hold_seconds),
                yearly(Some(&one.net)),
            ]
        })
        .collect();
    let heads = ["weighed", "", "", ">rate", ">period", ">wait", ">taken in one cycle", ">hold", ">net APR"];
    table(4, &heads, &rows, paint)
}

/// Every idle coin with its reason and what to do.
fn idle(report: &CurrencyReport, balance: Amount, paint: Paint) -> String {
    if report.idle_amount.is_none() {
        return "    nothing is known of this money: the account was not read\n".to_owned();
    }
    if report.idle_amounts.is_empty() {
        return "    nothing lies idle\n".to_owned();
    }
    let rows: Vec<Vec<String>> = report
        .idle_amounts
        .iter()
        .map(|(reason, amount)| {
            let what = advice::by_label(reason).unwrap_or(UNKNOWN).replace('`', "");
            vec![money(amount, balance), reason.clone(), what]
        })
        .collect();
    table(4, &[">idle", "reason", "what to do"], &rows, paint)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::sync::Arc;

    use super::*;
    use crate::domain::{AccountName, Currency, DailyRate, Days, HOUR, MINUTE, Ratio, SECOND, WireTime};
    use crate::engine::{CurrencyStatus, Hit, Prospect, SliceDecision, StatusView};
    use crate::telemetry::health::AdminState;
    use crate::telemetry::samples::account;
    use crate::telemetry::status::status;

    /// An offer that waits, and a request that would be taken.
    fn weighed() -> Vec<Prospect> {
        let rate = |units| DailyRate::from_units(units);
        let waits = Prospect {
            hit: Hit::Offer,
            period: Days::MIN,
            rate: rate(200_000_000),
            wait: MINUTE.times(40),
            fill: Ratio::percent(35),
            cycle: MINUTE.times(20),
            hold: HOUR.times(21),
            stratum: 0,
            net: rate(150_000_000),
        };
        let takes = Prospect {
            hit: Hit::Bid,
            period: Days::MAX,
            rate: rate(180_000_000),
            wait: MINUTE,
            fill: Ratio::percent(90),
            net: rate(140_000_000),
            ..waits
        };
        vec![waits, takes]
    }

    #[test]
    fn what_was_weighed_is_told_with_its_wait_hold_and_yield_the_choice_first() {
        let decision = SliceDecision { slice: "core".to_owned(), weighed: weighed(), ..SliceDecision::default() };
        let dollars = CurrencyStatus {
            known: true,
            profile: Some("steady".to_owned()),
            balance: Amount::whole(1_000),
            decisions: vec![decision],
            ..CurrencyStatus::default()
        };
        let currencies = BTreeMap::from([(Currency::USD, dollars)]);
        let accounts = BTreeMap::from([(AccountName::new("main").unwrap(), account(currencies))]);
        let view = Some(Arc::new(StatusView { accounts, ..StatusView::default() }));
        let state = AdminState { view, ..AdminState::new(WireTime::from_millis(0), SECOND.times(10)) };
        let text = render(&status(&state, WireTime::from_millis(1)), "now", &[], Paint::none());
        let cells = |mark: &str| {
            let row = text.lines().find(|line| line.contains(mark)).unwrap_or_else(|| panic!("{text}"));
            let cells = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty());
            cells.map(str::to_owned).collect::<Vec<_>>()
        };
        let chosen = [
            "core",
            "chosen",
            "waits",
            "0.02000 %/day = 7.30 %/year",
            "2 d",
            "40 min",
            "35 %",
            "21 h 0 min",
            "5.47 %/year",
        ];
        assert_eq!(cells("chosen"), chosen);
        let next = [
            "core",
            "2.",
            "takes a request",
            "0.01800 %/day = 6.57 %/year",
            "120 d",
            "1 min",
            "90 %",
            "21 h 0 min",
            "5.11 %/year",
        ];
        assert_eq!(cells("takes a request"), next);
    }
}
