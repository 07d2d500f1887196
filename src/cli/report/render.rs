//! The report as people, machines and tax offices read it.

use std::fmt::Write as _;

use serde::Serialize;

use crate::cli::say;
use crate::cli::when;
use crate::cli::words::UNKNOWN;

use super::sums::{Line, Report};

/// The heads of the CSV, for the tax return.
const CSV: &str = "time_utc,account,currency,net,gross,fee,ledger_id,description";

/// One line a payment.
pub(super) fn csv(report: &Report) -> String {
    let mut text = format!("{CSV}\n");
    for paid in &report.payments {
        let _infallible = writeln!(
            text,
            "{},{},{},{},{},{},{},{}",
            when::text(paid.at),
            paid.account,
            paid.currency,
            paid.net,
            paid.gross,
            paid.fee,
            paid.ledger,
            quoted(&paid.description)
        );
    }
    text
}

/// A text as CSV has it. One that a spreadsheet would take for a formula is none.
fn quoted(text: &str) -> String {
    let harmless = if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if harmless.contains([',', '"', '\n', '\r']) { format!("\"{}\"", harmless.replace('"', "\"\"")) } else { harmless }
}

/// For people.
pub(super) fn table(report: &Report) -> String {
    if report.payments.is_empty() {
        return format!("no interest was credited in that time\n{}", notes(report));
    }
    let heads =
        ["account", "currency", "period", "net", "gross", "fee", "payments", "estimated", "average balance", "net APR"];
    let mut rows: Vec<Vec<String>> = Vec::new();
    for ((account, currency), total) in &report.totals {
        let own = report.lines.iter().filter(|((name, code, _), _)| name == account && code == currency);
        for ((_, _, period), line) in own {
            rows.push(row([account.as_str(), currency.code(), period], line));
        }
        rows.push(row([account.as_str(), currency.code(), "all"], total));
    }
    let accounts: std::collections::BTreeSet<_> = report.totals.keys().map(|(account, _)| account).collect();
    if accounts.len() > 1 {
        rows.extend(report.sums.iter().map(|(currency, sum)| row(["all", currency.code(), "all"], sum)));
    }
    format!("{}\n{}", say::table(&heads, &rows), notes(report))
}

fn row(names: [&str; 3], line: &Line) -> Vec<String> {
    let mut row: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    row.extend([line.net.to_string(), line.gross.to_string(), line.fee.to_string(), line.payments.to_string()]);
    row.push(or_unknown(line.estimated));
    row.push(or_unknown(line.balance));
    row.push(line.apr.map_or_else(|| UNKNOWN.to_owned(), |apr| format!("{apr} %")));
    row
}

fn or_unknown(value: Option<impl ToString>) -> String {
    value.map_or_else(|| UNKNOWN.to_owned(), |value| value.to_string())
}

/// What else there is to know.
fn notes(report: &Report) -> String {
    let mut text = String::new();
    let mut note = |line: String| {
        text.push_str(&line);
        text.push('\n');
    };
    for ((account, currency), ledger) in &report.ledgers {
        let until = ledger.until.map_or_else(|| "not yet".to_owned(), |at| format!("up to {}", when::text(at)));
        let past = if ledger.whole { "from the first payment" } else { "not back to the first payment yet" };
        note(format!("ledger of {account} {currency}: {past}, complete {until}"));
    }
    if report.ledgers.is_empty() {
        note(
            "ledger: how far it is complete is not known; the daemon reads it within a minute of its start".to_owned(),
        );
    }
    for (account, (fee, configured)) in &report.fees {
        let source = if *configured { "as configured" } else { "the exchange's usual one; 18 % for hidden offers" };
        note(format!(
            "fee of {account}: {fee}, {source}; the ledger tells net amounts, gross and fee are reckoned from it"
        ));
    }
    note("a payment is for the day before it; - is not known".to_owned());
    text
}

#[derive(Debug, Serialize)]
pub(super) struct Json {
    complete: Vec<JsonLedger>,
    fees: Vec<JsonFee>,
    periods: Vec<JsonLine>,
    totals: Vec<JsonLine>,
    payments: Vec<JsonPayment>,
}

#[derive(Debug, Serialize)]
struct JsonLedger {
    account: String,
    currency: String,
    from_the_first: bool,
    until_unix_ms: Option<i64>,
}

#[derive(Debug, Serialize)]
struct JsonFee {
    account: String,
    percent: String,
    configured: bool,
}

#[derive(Debug, Serialize)]
struct JsonLine {
    account: Option<String>,
    currency: String,
    period: Option<String>,
    net: String,
    gross: String,
    fee: String,
    payments: u64,
    estimated: Option<String>,
    average_balance: Option<String>,
    net_apr_percent: Option<String>,
}

#[derive(Debug, Serialize)]
struct JsonPayment {
    time_unix_ms: i64,
    account: String,
    currency: String,
    net: String,
    gross: String,
    fee: String,
    ledger_id: i64,
    description: String,
}

/// For machines: amounts are exact texts, what is not known is null.
pub(super) fn json(report: &Report) -> Json {
    let line = |account: Option<&str>, currency: &str, period: Option<&str>, line: &Line| JsonLine {
        account: account.map(str::to_owned),
        currency: currency.to_owned(),
        period: period.map(str::to_owned),
        net: line.net.to_string(),
        gross: line.gross.to_string(),
        fee: line.fee.to_string(),
        payments: line.payments,
        estimated: line.estimated.map(|sum| sum.to_string()),
        average_balance: line.balance.map(|balance| balance.to_string()),
        net_apr_percent: line.apr.map(|apr| apr.to_string()),
    };
    let periods = report.lines.iter();
    let totals = report.totals.iter().map(|((a, c), sum)| line(Some(a.as_str()), c.code(), None, sum));
    Json {
        complete: report
            .ledgers
            .iter()
            .map(|((account, currency), ledger)| JsonLedger {
                account: account.to_string(),
                currency: currency.to_string(),
                from_the_first: ledger.whole,
                until_unix_ms: ledger.until.map(crate::domain::Timestamp::millis),
            })
            .collect(),
        fees: report
            .fees
            .iter()
            .map(|(account, (fee, configured))| JsonFee {
                account: account.to_string(),
                percent: fee.to_string().trim_end_matches([' ', '%']).to_owned(),
                configured: *configured,
            })
            .collect(),
        periods: periods.map(|((a, c, period), sum)| line(Some(a.as_str()), c.code(), Some(period), sum)).collect(),
        totals: totals.chain(report.sums.iter().map(|(c, sum)| line(None, c.code(), None, sum))).collect(),
        payments: report
            .payments
            .iter()
            .map(|paid| JsonPayment {
                time_unix_ms: paid.at.millis(),
                account: paid.account.to_string(),
                currency: paid.currency.to_string(),
                net: paid.net.to_string(),
                gross: paid.gross.to_string(),
                fee: paid.fee.to_string(),
                ledger_id: paid.ledger,
                description: paid.description.clone(),
            })
            .collect(),
    }
}
