//! The words of messages: amounts with their currency, rates with their unit, times in UTC.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::domain::{AccountName, Amount, Currency, DailyRate, Millis, Timestamp, Total};

use super::event::{Event, Message, Tone};

/// What one currency of an account has earned, by the exchange's ledger and after the fee.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    /// Whose.
    pub account: AccountName,
    /// Of what.
    pub currency: Currency,
    /// In the last 24 hours, 7 days and 30 days.
    pub spans: [Total; 3],
    /// The whole funding wallet.
    pub balance: Amount,
    /// What is lent.
    pub lent: Amount,
    /// At what rate, per day and before the fee.
    pub rate: Option<DailyRate>,
    /// What the same money would have earned otherwise, on paper.
    pub beside: Vec<Beside>,
}

/// Another way to lend the same money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// Its name.
    pub name: String,
    /// For so long it has run beside the account.
    pub span: Millis,
    /// What it has earned in that time, after the fee.
    pub interest: Total,
    /// What the account has earned in that time, as it is estimated.
    pub own: Total,
}

/// The daily message, of the 24 hours before `at`.
#[must_use]
pub fn daily(at: Timestamp, paper: bool, earned: &[Earned]) -> Message {
    let mut sums: BTreeMap<Currency, Total> = BTreeMap::new();
    let mut text = String::new();
    for one in earned {
        let [day, week, month] = one.spans;
        let sum = sums.entry(one.currency).or_default();
        *sum = sum.plus_total(day);
        let Earned { account, currency, balance, lent, .. } = one;
        let rate = one.rate.map(|rate| format!(" at {rate}")).unwrap_or_default();
        let _infallible = writeln!(
            text,
            "{account}: {day} {currency} in 24 hours, {week} in 7 days, {month} in 30 days; {lent} of {balance} lent{rate}"
        );
        for Beside { name, span: since, interest, own } in &one.beside {
            let since = span(*since);
            let _infallible = writeln!(text, "  on paper {name} {interest}, this account {own} in {since}");
        }
    }
    let sums: Vec<String> = sums.iter().map(|(currency, sum)| format!("{sum} {currency}")).collect();
    let sums = if sums.is_empty() { "nothing is lent".to_owned() } else { sums.join(", ") };
    Message {
        event: Event::Daily,
        tone: Tone::News,
        at,
        account: None,
        title: on_paper(paper, &format!("Earned in 24 hours: {sums}")),
        text: text.trim_end().to_owned(),
    }
}

/// Says so of what did not happen at the exchange.
pub(super) fn on_paper(paper: bool, title: &str) -> String {
    if paper { format!("On paper: {title}") } else { title.to_owned() }
}

/// A span for people: the two largest units.
pub(super) fn span(span: Millis) -> String {
    let minutes = span.get().max(0) / 60_000;
    let (days, hours, rest) = (minutes / 1_440, minutes / 60 % 24, minutes % 60);
    match (days, hours) {
        (0, 0) if minutes == 0 => format!("{} s", span.get().max(0) / 1_000),
        (0, 0) => format!("{rest} min"),
        (0, hours) => format!("{hours} h {rest} min"),
        (days, hours) => format!("{days} d {hours} h"),
    }
}

/// The first `longest` bytes at most, cut between two characters.
pub(super) fn clipped(text: &str, longest: usize) -> String {
    if text.len() <= longest {
        return text.to_owned();
    }
    let room = longest.saturating_sub('…'.len_utf8());
    let end = (0..=room).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    format!("{}…", text.get(..end).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{DAY, Rounding};
    use proptest::prelude::*;

    #[test]
    fn the_daily_message_sums_by_currency_and_says_what_is_lent() {
        let total = |text: &str| Total::from(Amount::parse(text, Rounding::Nearest).unwrap());
        let earned = |name: &str, day| Earned {
            account: AccountName::new(name).unwrap(),
            currency: Currency::USD,
            spans: [total(day), total("10"), total("42.5")],
            balance: Amount::whole(1_000),
            lent: Amount::whole(900),
            rate: DailyRate::parse("0.0002", Rounding::Nearest).ok(),
            beside: vec![Beside {
                name: "best_offer".to_owned(),
                span: DAY.times(3),
                interest: total("3.25"),
                own: total("4.5"),
            }],
        };
        let message = daily(Timestamp::from_millis(0), false, &[earned("main", "1.5"), earned("second", "0.25")]);
        assert_eq!(message.title, "Earned in 24 hours: 1.75 USD");
        assert_eq!(
            message.text.lines().next(),
            Some(
                "main: 1.5 USD in 24 hours, 10 in 7 days, 42.5 in 30 days; 900 of 1000 lent at 0.02 %/day (7.3 %/year)"
            )
        );
        assert_eq!(message.text.lines().nth(1), Some("  on paper best_offer 3.25, this account 4.5 in 3 d 0 h"));
        assert_eq!(message.text.lines().count(), 4);
        assert_eq!(daily(Timestamp::default(), true, &[]).title, "On paper: Earned in 24 hours: nothing is lent");
    }

    #[test]
    fn spans_are_for_people() {
        let words = [5, 90, 7_380, 180_000].map(|seconds| span(Millis::seconds(seconds)));
        assert_eq!(words, ["5 s", "1 min", "2 h 3 min", "2 d 2 h"]);
    }

    proptest! {
        #[test]
        fn what_is_clipped_fits_and_begins_the_same(text in any::<String>(), longest in 3_usize..80) {
            let cut = clipped(&text, longest);
            prop_assert!(cut.len() <= longest.max(3));
            prop_assert!(text.starts_with(cut.trim_end_matches('…')));
        }
    }
}
