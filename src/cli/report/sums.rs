//! From payments and daily balances to the lines of a report. Exact sums; what is not known stays unknown.

use std::collections::{BTreeMap, BTreeSet};

use crate::cli::when;
use crate::domain::{AccountName, Amount, Currency, DAY, Decimal, Ratio, Rounding, Timestamp, Total};
use crate::store::{DayRow, InterestRow, LedgerRead, Purse};

use super::By;

/// Of a span's time so many parts in a hundred must be known for its average balance to be told.
const KNOWN_PERCENT: i128 = 90;

/// Everything that the store knows.
#[derive(Debug, Clone, Default)]
pub(super) struct Books {
    pub(super) payments: Vec<(AccountName, InterestRow)>,
    pub(super) days: BTreeMap<Purse, BTreeMap<i64, DayRow>>,
    pub(super) ledgers: BTreeMap<Purse, LedgerRead>,
    /// Fees that are configured.
    pub(super) fees: BTreeMap<AccountName, Ratio>,
    /// The fee of the others.
    pub(super) usual_fee: Ratio,
}

impl Books {
    /// Accounts of which anything is known.
    pub(super) fn accounts(&self) -> impl Iterator<Item = &AccountName> {
        let paid = self.payments.iter().map(|(account, _)| account);
        paid.chain(self.days.keys().map(|(account, _)| account)).chain(self.ledgers.keys().map(|(account, _)| account))
    }
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    pub(super) account: Option<String>,
    /// All of them when empty.
    pub(super) currencies: BTreeSet<Currency>,
    pub(super) from: Option<Timestamp>,
    /// Not included.
    pub(super) to: Option<Timestamp>,
}

impl Asked {
    fn wants(&self, account: &AccountName, currency: Currency) -> bool {
        self.account.as_ref().is_none_or(|name| name == account.as_str())
            && (self.currencies.is_empty() || self.currencies.contains(&currency))
    }

    fn holds(&self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| at >= from) && self.to.is_none_or(|to| at < to)
    }

    /// The days of it, the last included.
    fn days(&self) -> (i64, i64) {
        let last = self.to.map_or(i64::MAX, |to| Timestamp::from_millis(to.millis().saturating_sub(1)).day());
        (self.from.map_or(i64::MIN, Timestamp::day), last)
    }
}

/// One payment with the fee worked out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Payment {
    pub(super) account: AccountName,
    pub(super) currency: Currency,
    pub(super) at: Timestamp,
    pub(super) net: Amount,
    pub(super) gross: Amount,
    pub(super) fee: Amount,
    pub(super) ledger: i64,
    pub(super) description: String,
}

/// Sums of one period, or of all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Line {
    pub(super) net: Total,
    pub(super) gross: Total,
    pub(super) fee: Total,
    pub(super) payments: u64,
    /// What the daemon reckoned with for the days that these payments are for.
    pub(super) estimated: Option<Total>,
    /// Average of the whole balance in those days.
    pub(super) balance: Option<Amount>,
    /// Percent a year, simple, on that balance, after the fee.
    pub(super) apr: Option<Decimal>,
}

/// What is told.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) payments: Vec<Payment>,
    /// By account, currency and period.
    pub(super) lines: BTreeMap<(AccountName, Currency, String), Line>,
    /// By account and currency.
    pub(super) totals: BTreeMap<Purse, Line>,
    /// By currency, of all accounts.
    pub(super) sums: BTreeMap<Currency, Line>,
    /// How far the ledger of what was asked for is known.
    pub(super) ledgers: BTreeMap<Purse, LedgerRead>,
    /// The fee of each account, and whether it is configured.
    pub(super) fees: BTreeMap<AccountName, (Ratio, bool)>,
}

impl Report {
    /// The report on `books` that is asked for.
    pub(super) fn make(books: &Books, asked: &Asked, by: By) -> Self {
        let payments = payments(books, asked);
        let mut report = Self {
            payments: Vec::new(),
            lines: BTreeMap::new(),
            totals: BTreeMap::new(),
            sums: BTreeMap::new(),
            ledgers: books
                .ledgers
                .iter()
                .filter(|((a, c), _)| asked.wants(a, *c))
                .map(|(p, l)| (p.clone(), *l))
                .collect(),
            fees: payments.iter().map(|paid| (paid.account.clone(), fee(books, &paid.account))).collect(),
        };
        let mut spans: BTreeMap<(AccountName, Currency, String), (i64, i64)> = BTreeMap::new();
        for paid in &payments {
            let (name, days) = period(by, paid.at.day());
            let key = (paid.account.clone(), paid.currency, name);
            report.lines.entry(key.clone()).or_default().add(paid);
            spans.insert(key, days);
            report.totals.entry((paid.account.clone(), paid.currency)).or_default().add(paid);
            report.sums.entry(paid.currency).or_default().add(paid);
        }
        let (first, last) = asked.days();
        for ((account, currency, name), line) in &mut report.lines {
            let purse = (account.clone(), *currency);
            let days = spans.get(&(account.clone(), *currency, name.clone())).copied().unwrap_or_default();
            let end = known_until(books, &payments, &purse);
            line.weigh(books.days.get(&purse), (days.0.max(first), days.1.min(last).min(end)));
        }
        for (purse, line) in &mut report.totals {
            let own = payments.iter().filter(|paid| paid.account == purse.0 && paid.currency == purse.1);
            let begun = own.map(|paid| paid.at.day()).min().unwrap_or_default();
            let end = known_until(books, &payments, purse);
            line.weigh(books.days.get(purse), (begun.max(first), last.min(end)));
        }
        report.payments = payments;
        report
    }
}

/// The last day whose payments can be here.
fn known_until(books: &Books, payments: &[Payment], (account, currency): &Purse) -> i64 {
    let read = books.ledgers.get(&(account.clone(), *currency)).and_then(|ledger| ledger.until).map(Timestamp::day);
    let own = payments.iter().filter(|paid| paid.account == *account && paid.currency == *currency);
    read.max(own.map(|paid| paid.at.day()).max()).unwrap_or_default()
}

/// The fee of an account, and whether it is configured.
fn fee(books: &Books, account: &AccountName) -> (Ratio, bool) {
    books.fees.get(account).map_or((books.usual_fee, false), |fee| (*fee, true))
}

/// The payments that are asked for, each once whatever the account was called, oldest first.
fn payments(books: &Books, asked: &Asked) -> Vec<Payment> {
    let mut told = BTreeSet::new();
    let wanted =
        books.payments.iter().filter(|(account, row)| asked.wants(account, row.currency) && asked.holds(row.at));
    let mut payments: Vec<Payment> = wanted
        .filter(|(_, row)| told.insert(row.ledger))
        .map(|(account, row)| {
            let (fee, _) = fee(books, account);
            let gross = row.amount.scale_by(Ratio::ONE.ppm(), fee.complement().ppm(), Rounding::Nearest);
            Payment {
                account: account.clone(),
                currency: row.currency,
                at: row.at,
                net: row.amount,
                gross,
                fee: Total::from(gross).minus(row.amount).clamp_amount(),
                ledger: row.ledger,
                description: row.description.clone(),
            }
        })
        .collect();
    payments.sort_by_key(|paid| (paid.at, paid.ledger));
    payments
}

/// The name of the period that a day lies in, and its first and last day.
fn period(by: By, day: i64) -> (String, (i64, i64)) {
    let at = |day: i64| Timestamp::from_millis(day.saturating_mul(DAY.get()));
    let date = when::day(at(day));
    let number = |date: jiff::civil::Date| {
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).map(|at| at.timestamp().as_millisecond());
        Timestamp::from_millis(midnight.unwrap_or_default()).day()
    };
    match by {
        By::Day => (date.to_string(), (day, day)),
        By::Month => {
            let name = format!("{:04}-{:02}", date.year(), date.month());
            (name, (number(date.first_of_month()), number(date.last_of_month())))
        }
        By::Year => (format!("{:04}", date.year()), (number(date.first_of_year()), number(date.last_of_year()))),
    }
}

impl Line {
    fn add(&mut self, paid: &Payment) {
        self.net = self.net.plus(paid.net);
        self.gross = self.gross.plus(paid.gross);
        self.fee = self.fee.plus(paid.fee);
        self.payments = self.payments.saturating_add(1);
    }

    /// Sets what the payments of the days from `first` to `last` are to be weighed against: a payment is for the day
    /// before it.
    fn weigh(&mut self, days: Option<&BTreeMap<i64, DayRow>>, (first, last): (i64, i64)) {
        let count = i128::from(last.saturating_sub(first).saturating_add(1));
        let Some(days) = days.filter(|_| count > 0) else { return };
        let rows = || days.range(first.saturating_sub(1)..last).map(|(_, row)| row);
        let known: i128 = rows().map(|row| i128::from(row.known_ms)).sum();
        let whole = count.saturating_mul(i128::from(DAY.get()));
        if known.saturating_mul(100) < whole.saturating_mul(KNOWN_PERCENT) {
            return;
        }
        let estimates: Option<Vec<Amount>> = rows().map(|row| row.estimated).collect();
        self.estimated = estimates.map(|estimates| estimates.into_iter().sum());
        let weight: i128 = rows().map(|row| i128::from(row.balance_days.units())).sum();
        let average = weight.saturating_mul(i128::from(DAY.get())).checked_div(known).unwrap_or_default();
        let average = i64::try_from(average).unwrap_or(i64::MAX);
        self.balance = Some(Amount::from_units(average));
        // In 1e-4 of a percent.
        let yearly = self.net.units().saturating_mul(365 * 100 * 10_000);
        let apr = yearly.checked_div(i128::from(average).saturating_mul(count));
        self.apr = apr.and_then(|apr| i64::try_from(apr).ok()).map(|apr| Decimal::from_units(apr, 4));
    }
}
