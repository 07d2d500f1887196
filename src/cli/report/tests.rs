//! Hand-made ledgers: what is counted, how often, in which period, and what stays unknown.

use clap::Parser;
use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::domain::{Amount, DAY, Rounding, Total};
use crate::store::{DayRow, InterestRow, LedgerRead, Store};

#[derive(Parser)]
struct Command {
    #[command(flatten)]
    args: ReportArgs,
}

fn name(text: &str) -> AccountName {
    AccountName::new(text).unwrap()
}

fn code(text: &str) -> Currency {
    Currency::from_code(text).unwrap()
}

fn paid(account: &str, currency: &str, ledger: i64, at: &str, amount: &str) -> (AccountName, InterestRow) {
    let row = InterestRow {
        ledger,
        currency: code(currency),
        at: when::from(at).unwrap(),
        amount: Amount::parse(amount, Rounding::Nearest).unwrap(),
        balance: Amount::ZERO,
        description: "Margin Funding Payment on wallet funding".to_owned(),
    };
    (name(account), row)
}

fn books(payments: Vec<(AccountName, InterestRow)>) -> Books {
    Books { payments, usual_fee: FEE, ..Books::default() }
}

/// Two accounts, two currencies, a year that ends, a correction, and an account that was renamed.
fn ledger() -> Books {
    let mut books = books(vec![
        paid("main", "USD", 1, "2025-12-31T01:30:00Z", "0.85"),
        paid("main", "USD", 2, "2025-12-31T23:59:59Z", "1.7"),
        paid("main", "USD", 3, "2026-01-01T00:00:00Z", "0.425"),
        paid("main", "USD", 4, "2026-01-02T01:30:00Z", "-0.17"),
        paid("main", "UST", 5, "2026-01-02T01:30:01Z", "8.5"),
        paid("renamed", "USD", 2, "2025-12-31T23:59:59Z", "1.7"),
        paid("other", "USD", 6, "2026-01-03T01:30:00Z", "0.82"),
    ]);
    books.fees.insert(name("other"), Ratio::percent(18));
    books
}

fn totals(report: &Report, account: &str, currency: &str) -> [Total; 3] {
    let line = &report.totals[&(name(account), code(currency))];
    [line.net, line.gross, line.fee]
}

fn total(text: &str) -> Total {
    Amount::parse(text, Rounding::Nearest).unwrap().into()
}

#[test]
fn payments_fall_into_the_periods_of_utc_and_count_once() {
    let report = Report::make(&ledger(), &Asked::default(), By::Year);
    let years: Vec<(&str, &str, &str, String)> = report
        .lines
        .iter()
        .map(|((account, currency, period), line)| {
            (account.as_str(), currency.code(), period.as_str(), line.net.to_string())
        })
        .collect();
    let line = |account, currency, period, net: &str| (account, currency, period, net.to_owned());
    assert_eq!(
        years,
        [
            line("main", "USD", "2025", "2.55"),
            line("main", "USD", "2026", "0.255"),
            line("main", "UST", "2026", "8.5"),
            line("other", "USD", "2026", "0.82"),
        ]
    );
    assert_eq!(totals(&report, "main", "USD"), ["2.805", "3.3", "0.495"].map(total));
    assert_eq!(totals(&report, "other", "USD"), ["0.82", "1", "0.18"].map(total));
    assert_eq!(report.sums[&code("USD")].net, total("3.625"));
    assert_eq!(report.fees[&name("other")], (Ratio::percent(18), true));
    assert_eq!(report.fees[&name("main")], (Ratio::percent(15), false));
    // Asked for by its other name, it is there.
    let asked = Asked { account: Some("renamed".to_owned()), ..Asked::default() };
    assert_eq!(Report::make(&ledger(), &asked, By::Day).payments.len(), 1);
}

#[test]
fn a_span_is_cut_at_its_days() {
    let asked = Asked {
        from: Some(when::from("2026-01-01").unwrap()),
        to: Some(when::to("2026-01-02").unwrap()),
        currencies: [code("USD")].into(),
        ..Asked::default()
    };
    let report = Report::make(&ledger(), &asked, By::Month);
    let ids: Vec<i64> = report.payments.iter().map(|paid| paid.ledger).collect();
    assert_eq!(ids, [3, 4]);
}

#[test]
fn a_return_is_told_only_of_a_balance_that_was_known() {
    let mut books = books(vec![
        paid("main", "USD", 1, "2026-01-02T01:30:00Z", "0.85"),
        paid("main", "USD", 2, "2026-01-03T01:30:00Z", "0.85"),
    ]);
    let purse = (name("main"), code("USD"));
    let day = when::from("2026-01-01").unwrap().day();
    let whole = |balance| DayRow { known_ms: DAY.get(), balance_days: Amount::whole(balance), estimated: None };
    let first = DayRow { estimated: Some(Amount::whole(1)), ..whole(1_000) };
    let half = DayRow { known_ms: DAY.get() / 2, balance_days: Amount::whole(500), estimated: None };
    books.days.insert(purse.clone(), [(day, first), (day + 1, half)].into());
    let report = Report::make(&books, &Asked::default(), By::Day);
    let of = |period: &str| report.lines[&(purse.0.clone(), purse.1, period.to_owned())].clone();
    // The payment of the second is for the first: 0.85 on 1000 in a day is 31.025 % a year.
    let known = of("2026-01-02");
    assert_eq!(known.balance, Some(Amount::whole(1_000)));
    assert_eq!(known.apr.unwrap().to_string(), "31.025");
    assert_eq!(known.estimated, Some(total("1")));
    let unknown = of("2026-01-03");
    assert_eq!((unknown.balance, unknown.apr, unknown.estimated), (None, None, None), "half a day is not a day");
    assert!(render::table(&report).lines().any(|line| line.contains("2026-01-03") && line.trim_end().ends_with('-')));
}

#[test]
fn for_machines_amounts_are_exact_and_what_is_not_known_is_null() {
    let mut books = ledger();
    let until = when::from("2026-01-04").unwrap();
    books.ledgers.insert((name("main"), code("USD")), LedgerRead { whole: true, until: Some(until) });
    let asked = Asked { account: Some("main".to_owned()), currencies: [code("USD")].into(), ..Asked::default() };
    let json = serde_json::to_value(render::json(&Report::make(&books, &asked, By::Year))).unwrap();
    let line = &json["periods"][0];
    assert_eq!(
        (line["period"].as_str(), line["net"].as_str(), line["payments"].as_u64()),
        (Some("2025"), Some("2.55"), Some(2))
    );
    assert!(line["estimated"].is_null() && line["average_balance"].is_null() && line["net_apr_percent"].is_null());
    assert_eq!(json["complete"][0]["until_unix_ms"].as_i64(), Some(until.millis()));
    assert_eq!(
        (json["fees"][0]["percent"].as_str(), json["fees"][0]["configured"].as_bool()),
        (Some("15"), Some(false))
    );
    assert_eq!(json["payments"][3]["net"].as_str(), Some("-0.17"));
}

#[test]
fn the_csv_is_as_it_always_was() {
    let mut books = ledger();
    books.payments[4].1.description = "a \"quoted\", odd one".to_owned();
    books.payments[6].1.description = "=SUM(A1)".to_owned();
    let text = render::csv(&Report::make(&books, &Asked::default(), By::Month));
    let golden = "time_utc,account,currency,net,gross,fee,ledger_id,description
2025-12-31T01:30:00Z,main,USD,0.85,1,0.15,1,Margin Funding Payment on wallet funding
2025-12-31T23:59:59Z,main,USD,1.7,2,0.3,2,Margin Funding Payment on wallet funding
2026-01-01T00:00:00Z,main,USD,0.425,0.5,0.075,3,Margin Funding Payment on wallet funding
2026-01-02T01:30:00Z,main,USD,-0.17,-0.2,-0.03,4,Margin Funding Payment on wallet funding
2026-01-02T01:30:01Z,main,UST,8.5,10,1.5,5,\"a \"\"quoted\"\", odd one\"
2026-01-03T01:30:00Z,other,USD,0.82,1,0.18,6,'=SUM(A1)
";
    assert_eq!(text, golden);
}

#[tokio::test]
async fn it_reads_what_a_daemon_stores_while_it_has_the_lock() {
    let folder = TempDir::new().unwrap();
    std::fs::write(folder.path().join("yieldsforge.toml"), "[state]\ndirectory = \"state\"\n").unwrap();
    let csv = folder.path().join("tax.csv");
    let config = folder.path().to_str().unwrap();
    let report = |more: &[&str]| {
        let line = ["report", "--config", config, "--csv", csv.to_str().unwrap()];
        run(&Command::parse_from(line.iter().chain(more)).args, &[])
    };
    assert_eq!(report(&[]), exit::IO, "nothing was ever stored");
    let (store, _) = Store::open(&folder.path().join("state"), Timestamp::default()).await.unwrap();
    let rows: Vec<InterestRow> = ledger().payments.into_iter().take(5).map(|(_, row)| row).collect();
    for _ in 0..2 {
        store.record_interest(name("main"), rows.clone()).await.unwrap();
    }
    let day = DayRow { known_ms: 5, balance_days: Amount::UNIT, estimated: None };
    let later = DayRow { estimated: Some(Amount::UNIT), ..day };
    store.record_days(vec![(name("main"), code("USD"), 7, day), (name("main"), code("USD"), 7, later)]).await.unwrap();
    let read = LedgerRead { whole: true, until: None };
    store.record_ledger_read(name("main"), code("USD"), read).await.unwrap();
    let newer = LedgerRead { whole: false, until: Some(Timestamp::from_millis(9)) };
    store.record_ledger_read(name("main"), code("USD"), newer).await.unwrap();
    assert_eq!(report(&["main", "--currency", "USD"]), exit::OK);
    assert_eq!(report(&["nobody"]), exit::USAGE);
    let text = std::fs::read_to_string(&csv).unwrap();
    assert_eq!(text.lines().count(), 5, "{text}");
    let reader = EarnedReader::open(&folder.path().join("state")).unwrap();
    let purse = (name("main"), code("USD"));
    let twice = DayRow { known_ms: 10, balance_days: Amount::from_units(2), estimated: Some(Amount::UNIT) };
    assert_eq!(reader.days().unwrap()[&purse], [(7, twice)].into());
    let known = LedgerRead { whole: true, until: Some(Timestamp::from_millis(9)) };
    assert_eq!(reader.ledgers().unwrap()[&purse], known, "what is known stays known");
    store.close().await.unwrap();
    assert_eq!(report(&[]), exit::OK, "and without a daemon");
}

proptest! {
    /// Told twice, in any order, in pieces: the same report.
    #[test]
    fn rows_that_come_again_change_nothing(
        rows in proptest::collection::vec((0_i64..40, 0_i64..4_000, -1_000_000_i64..1_000_000_000), 1..40),
        again in proptest::collection::vec(any::<prop::sample::Index>(), 0..40),
    ) {
        // A ledger id has one row.
        let rows: BTreeMap<i64, (i64, i64)> = rows.into_iter().map(|(id, hours, units)| (id, (hours, units))).collect();
        let made: Vec<(AccountName, InterestRow)> = rows
            .iter()
            .map(|(id, (hours, units))| {
                let (account, mut row) = paid("main", "USD", *id, "2025-12-01", "0");
                row.at = row.at.plus(crate::domain::HOUR.times(*hours));
                row.amount = Amount::from_units(*units);
                (account, row)
            })
            .collect();
        let mut double = made.clone();
        double.extend(again.iter().map(|index| index.get(&made).clone()));
        double.reverse();
        for by in [By::Day, By::Month, By::Year] {
            let (once, twice) = (books(made.clone()), books(double.clone()));
            let (one, two) = (Report::make(&once, &Asked::default(), by), Report::make(&twice, &Asked::default(), by));
            prop_assert_eq!(&one.payments, &two.payments);
            prop_assert_eq!(&one.lines, &two.lines);
            let sum: Total = made.iter().map(|(_, row)| row.amount).sum();
            prop_assert_eq!(one.lines.values().fold(Total::ZERO, |sum, line| sum.plus_total(line.net)), sum);
            prop_assert!(one.payments.iter().all(|paid| Total::from(paid.net).plus(paid.fee) == paid.gross.into()));
        }
    }
}
