//! One account: key and streams, then each currency's money, offers, loans and last decision.

use crate::cli::paper::{Page, Paint, table};
use crate::cli::words::{UNKNOWN, both, known, money, share, span, yearly};
use crate::domain::{Amount, DailyRate, Rounding};
use crate::telemetry::status::{Account, BenchmarkReport, CurrencyReport};

use super::head::name as currency_name;

pub(super) fn render(name: &str, account: &Account, paint: Paint) -> String {
    let lends = if account.enabled { "lends" } else { "off: it lends nothing" };
    let read = if account.synced { "read" } else { "not read yet" };
    let mut page = Page::default();
    page.line(&format!(
        "{} {lends}; key {}, stream {}, {read}",
        paint.bold(&format!("account {name}")),
        account.gate,
        account.stream,
    ));
    if account.gate != "good" {
        page.line(&format!("  {} {}", paint.bad("!"), account.gate_detail));
    }
    // What is managed first; crumbs that nobody lends after it.
    let all = || account.currencies.iter();
    for (code, report) in all().filter(|(_, report)| report.profile.is_some()) {
        page.line("");
        page.add(&currency(code, report, paint));
    }
    let others: Vec<String> = all()
        .filter(|(_, report)| report.profile.is_none() && whole(report.balance_amount.as_ref()).is_positive())
        .map(|(code, report)| {
            format!(
                "{} {}",
                known(report.balance_amount.as_ref(), whole(report.balance_amount.as_ref())),
                currency_name(code)
            )
        })
        .collect();
    if !others.is_empty() {
        page.line(&format!("\n  not lent, no [[lend]] names it: {}", others.join(", ")));
    }
    page.text()
}

/// An amount of the report; the report's own, so it is one.
pub(in crate::cli) fn whole(text: Option<&String>) -> Amount {
    text.and_then(|text| Amount::parse(text, Rounding::Nearest).ok()).unwrap_or_default()
}

fn currency(code: &str, report: &CurrencyReport, paint: Paint) -> String {
    let balance = whole(report.balance_amount.as_ref());
    let profile = report.profile.as_deref().unwrap_or(UNKNOWN);
    let title = paint.bold(&currency_name(code));
    let mut page = Page::default();
    page.line(&format!(
        "  {title} by profile {profile}, {} in the Funding wallet",
        known(report.balance_amount.as_ref(), balance)
    ));
    page.add(&table(4, &["", ">", ">", ""], &split(report, balance), paint));
    page.add(&table(4, &["", ""], &[earned(report, balance), since_start(report, balance), yields(report)], paint));
    page.add(&benchmarks(report, balance, paint));
    page.add(&forecasts(report));
    for decision in &report.decisions {
        page.line(&format!("    decided: {decision}"));
    }
    if !report.offers.is_empty() {
        page.add(&offers(report, balance, paint));
    }
    if !report.loans.is_empty() {
        page.add(&loans(report, balance, paint));
    }
    page.text()
}

/// The balance in its parts, and what they earn.
fn split(report: &CurrencyReport, balance: Amount) -> Vec<Vec<String>> {
    let row = |what: &str, amount: Option<&String>, words: String| {
        vec![what.to_owned(), known(amount, balance), share(amount, balance), words]
    };
    let own = report.offers.iter().filter(|offer| offer.own).count();
    let hand = report.offers.len().saturating_sub(own);
    let (days, hours) = (report.maturity_millidays / 1_000, report.maturity_millidays % 1_000 * 24 / 1_000);
    let lent = format!("at {} before the fee, {days} d {hours} h left on average", both(report.lent_rate.as_ref()));
    let mut rows = vec![
        row("lent", report.lent_amount.as_ref(), if report.loans.is_empty() { String::new() } else { lent }),
        row("offered", report.offered_amount.as_ref(), counted(own)),
    ];
    if hand > 0 {
        rows.push(row("by hand", report.foreign_amount.as_ref(), format!("{}, left alone", counted(hand))));
    }
    rows.push(row("idle", report.idle_amount.as_ref(), String::new()));
    // What is too little to be shown is in the JSON.
    let shown = |amount: &str| money(amount, balance).contains(|digit: char| ('1'..='9').contains(&digit));
    for (reason, amount) in report.idle_amounts.iter().filter(|(_, amount)| shown(amount)) {
        rows.push(row(&format!("  {reason}"), Some(amount), String::new()));
    }
    if report.unknown_writes > 0 {
        rows.push(vec![
            "unknown".to_owned(),
            report.unknown_writes.to_string(),
            String::new(),
            "writes whose outcome nobody knows".to_owned(),
        ]);
    }
    rows
}

fn counted(offers: usize) -> String {
    match offers {
        0 => String::new(),
        1 => "in 1 offer".to_owned(),
        many => format!("in {many} offers"),
    }
}

/// What the ledger says.
fn earned(report: &CurrencyReport, balance: Amount) -> Vec<String> {
    let words = report.earned.as_ref().map_or_else(
        || "- (the ledger was not read yet)".to_owned(),
        |earned| {
            let amount = |text: &str| money(text, finer(balance));
            format!(
                "yesterday {}, 7 days {}, 30 days {}, today so far {}",
                amount(&earned.yesterday_amount),
                amount(&earned.days_7_amount),
                amount(&earned.days_30_amount),
                amount(&earned.today_amount),
            )
        },
    );
    vec!["earned".to_owned(), words]
}

/// Interest is small beside what it comes from.
fn finer(balance: Amount) -> Amount {
    Amount::from_units(balance.units() / 100)
}

fn since_start(report: &CurrencyReport, balance: Amount) -> Vec<String> {
    let amount = |text: &str| money(text, finer(balance));
    let words = format!("{} by our reckoning", amount(&report.interest_estimated_amount));
    vec!["since start".to_owned(), words]
}

/// What the same money would have earned otherwise, beside what it did earn in the same time.
fn benchmarks(report: &CurrencyReport, balance: Amount, paint: Paint) -> String {
    let amount = |text: &str| money(text, finer(balance));
    let row = |(name, one): (&String, &BenchmarkReport)| {
        let name = one.profile.as_ref().map_or_else(|| name.clone(), |profile| format!("{name}: {profile}"));
        let lent = one.utilisation_percent.as_deref().and_then(tenths).unwrap_or_else(|| UNKNOWN.to_owned());
        vec![
            name,
            amount(&one.interest_amount),
            amount(&one.own_interest_amount),
            yearly(one.net.as_ref()),
            yearly(one.own_net.as_ref()),
            lent,
            span(one.age_seconds),
        ]
    };
    let rows: Vec<Vec<String>> = report.benchmarks.iter().map(row).collect();
    let heads = ["on paper", ">earned", ">this account", ">net APR", ">this account", ">was lent", ">for"];
    table(4, &heads, &rows, paint)
}

/// A percentage with one decimal.
fn tenths(percent: &str) -> Option<String> {
    let percent = Amount::parse(percent, Rounding::Nearest).ok()?;
    Some(share(Some(&percent.to_string()), Amount::whole(100)))
}

fn yields(report: &CurrencyReport) -> Vec<String> {
    let words = format!(
        "{} on the whole balance, {} on what is lent, after the fee of {} %",
        yearly(report.balance_net.as_ref()),
        yearly(report.lent_net.as_ref()),
        report.fee_percent,
    );
    vec!["net APR".to_owned(), words]
}

/// How the adaptive rule's forecasts have held.
fn forecasts(report: &CurrencyReport) -> String {
    let Some(scores) = &report.forecasts else { return String::new() };
    let known = |text: &Option<String>, unit: &str| {
        text.as_ref().map_or_else(|| UNKNOWN.to_owned(), |text| format!("{text}{unit}"))
    };
    format!(
        "    forecasts: of {} waits {} were within the half expected and {} within nine in ten; squared error of {} fills \
         {}; {} loans lasted {} of what was expected\n",
        scores.waits,
        known(&scores.within_half_percent, " %"),
        known(&scores.within_most_percent, " %"),
        scores.fills,
        known(&scores.brier, ""),
        scores.holds,
        known(&scores.hold_percent, " %"),
    )
}

/// Beyond it a list is no table any more.
const ROWS: usize = 25;

fn listed(rows: &str, all: usize) -> String {
    let mut page = Page::default();
    page.add(rows);
    if all > ROWS {
        page.line(&format!("    and {} more: --json shows all", all.saturating_sub(ROWS)));
    }
    page.text()
}

/// The cheapest first: the next to be taken.
fn offers(report: &CurrencyReport, balance: Amount, paint: Paint) -> String {
    let mut all: Vec<_> = report.offers.iter().collect();
    all.sort_by_key(|offer| (rate_key(&offer.rate.rate_per_day), offer.created_unix_ms));
    let rows: Vec<Vec<String>> = all
        .iter()
        .take(ROWS)
        .map(|offer| {
            let kind = if offer.kind == "limit" { String::new() } else { offer.kind.clone() };
            vec![
                offer.id.to_string(),
                money(&offer.amount, balance),
                both(Some(&offer.rate)),
                offer.above_best_percent.as_ref().map_or_else(|| UNKNOWN.to_owned(), |over| format!("{over} %")),
                format!("{} d", offer.period_days),
                span(offer.age_seconds),
                if offer.own { offer.slice.clone() } else { "by hand".to_owned() },
                kind,
            ]
        })
        .collect();
    let heads = ["offer", ">amount", ">rate", ">over best", ">period", ">age", "slice", "kind"];
    listed(&table(4, &heads, &rows, paint), all.len())
}

fn rate_key(text: &str) -> DailyRate {
    DailyRate::parse(text, Rounding::Nearest).unwrap_or_default()
}

/// What ends first comes first.
fn loans(report: &CurrencyReport, balance: Amount, paint: Paint) -> String {
    let mut all: Vec<_> = report.loans.iter().collect();
    all.sort_by_key(|loan| (loan.left_seconds, loan.id));
    let rows: Vec<Vec<String>> = all
        .iter()
        .take(ROWS)
        .map(|loan| {
            vec![
                loan.id.to_string(),
                money(&loan.amount, balance),
                both(Some(&loan.rate)),
                format!("{} d", loan.period_days),
                span(loan.left_seconds),
                loan.slice.clone(),
                loan.kind.clone(),
            ]
        })
        .collect();
    let heads = ["loan", ">amount", ">rate", ">period", ">left", "slice", "kind"];
    listed(&table(4, &heads, &rows, paint), all.len())
}
