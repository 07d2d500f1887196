//! The live view: a few lines that are redrawn on a terminal, and plain lines where there is none.

use std::collections::BTreeMap;
use std::io::{IsTerminal as _, Write as _};
use std::net::SocketAddr;
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::domain::{Amount, Currency, Decimal, IdleReason};
use crate::engine::{CurrencyStatus, StatusView};

use super::super::words::spoken;
use super::DemoArgs;

/// How often a terminal is redrawn, and how often a plain line is written.
const REDRAW: Duration = Duration::from_millis(200);
const PLAIN: Duration = Duration::from_secs(5);

/// The view.
pub(super) struct Screen {
    speed: u32,
    total: Duration,
    live: Option<Live>,
}

/// The redrawn lines.
struct Live {
    all: MultiProgress,
    progress: ProgressBar,
    lines: Vec<ProgressBar>,
}

impl Screen {
    /// Tells what runs and where to look.
    pub(super) fn new(args: &DemoArgs, market: &[String], address: SocketAddr) -> anyhow::Result<Self> {
        let mut out = std::io::stdout().lock();
        writeln!(out, "The daemon lends on an embedded exchange: {}.", market.first().map_or("", String::as_str))?;
        for line in market.iter().skip(1) {
            writeln!(out, "  {line}")?;
        }
        writeln!(
            out,
            "One second shows {} of the market. Metrics: http://{address}/metrics",
            spoken(i64::from(args.speed))
        )?;
        writeln!(out, "Health: http://{address}/readyz   Status: http://{address}/status   Ctrl-C ends it early.")?;
        writeln!(out)?;
        drop(out);
        let live = std::io::stdout().is_terminal().then(Live::new).transpose()?;
        Ok(Self { speed: args.speed, total: args.duration, live })
    }

    /// How often to draw.
    pub(super) const fn pace(&self) -> Duration {
        if self.live.is_some() { REDRAW } else { PLAIN }
    }

    /// Draws what is to be seen now.
    pub(super) fn draw(
        &mut self,
        elapsed: Duration,
        view: &StatusView,
        earned: &BTreeMap<Currency, Amount>,
    ) -> anyhow::Result<()> {
        let market = market_seconds(elapsed, self.speed);
        let lines = describe(view, earned);
        if let Some(live) = &mut self.live {
            let share = elapsed.as_millis().saturating_mul(1_000) / self.total.as_millis().max(1);
            live.progress.set_position(u64::try_from(share).unwrap_or(1_000));
            live.progress.set_message(format!("{} of market time", spoken(market)));
            live.show(&lines);
            return Ok(());
        }
        let mut out = std::io::stdout().lock();
        writeln!(out, "after {}:", spoken(market))?;
        for line in lines {
            writeln!(out, "  {line}")?;
        }
        Ok(())
    }

    /// Leaves the last picture standing.
    pub(super) fn close(self) {
        if let Some(live) = self.live {
            live.progress.finish();
            live.lines.iter().for_each(ProgressBar::finish);
        }
    }
}

impl Live {
    fn new() -> anyhow::Result<Self> {
        let all = MultiProgress::with_draw_target(indicatif::ProgressDrawTarget::stdout());
        let progress = all.add(ProgressBar::new(1_000));
        progress.set_style(ProgressStyle::with_template("[{bar:40}] {msg}")?.progress_chars("=> "));
        Ok(Self { all, progress, lines: Vec::new() })
    }

    fn show(&mut self, lines: &[String]) {
        while self.lines.len() < lines.len() {
            let line = self.all.add(ProgressBar::new_spinner());
            if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
                line.set_style(style);
            }
            self.lines.push(line);
        }
        for (index, bar) in self.lines.iter().enumerate() {
            bar.set_message(lines.get(index).cloned().unwrap_or_default());
        }
    }
}

/// One block a currency: the balance split, what is earned, and why.
fn describe(view: &StatusView, earned: &BTreeMap<Currency, Amount>) -> Vec<String> {
    let mut lines = Vec::new();
    for account in view.accounts.values() {
        for (currency, status) in account.currencies.iter().filter(|(_, status)| status.profile.is_some()) {
            lines.push(split(*currency, status, earned.get(currency).copied().unwrap_or_default()));
            lines.extend(status.decisions.iter().map(|decision| format!("       {decision}")));
        }
    }
    if lines.is_empty() {
        lines.push("the daemon is starting".to_owned());
    }
    lines
}

fn split(currency: Currency, status: &CurrencyStatus, earned: Amount) -> String {
    let own = status.offers.iter().filter(|offer| offer.own).count();
    let hand = status.offers.len().saturating_sub(own);
    let by_hand = if hand == 0 { String::new() } else { format!(" + {hand} by hand, left alone") };
    let rate = status.lent_rate.map(|rate| format!(" at {} %/year", rate.percent_per_year())).unwrap_or_default();
    let idle: Vec<String> =
        status.idle.iter().map(|(reason, amount)| idle_words(*reason, *amount, status.balance)).collect();
    let idle = if idle.is_empty() { "nothing idle".to_owned() } else { format!("idle {}", idle.join(", ")) };
    format!(
        "{:<4} {:>12}  earned {:<9} lent {}{rate}  offered {} in {own}{by_hand}  {idle}",
        currency.name(),
        short(status.balance),
        short(earned),
        percent(status.lent, status.balance),
        percent(status.offered, status.balance),
    )
}

fn idle_words(reason: IdleReason, amount: Amount, of: Amount) -> String {
    format!("{} {reason}", percent(amount, of))
}

/// A share in percent with one decimal.
fn percent(part: Amount, whole: Amount) -> String {
    if !whole.is_positive() {
        return "0 %".to_owned();
    }
    let tenths = i128::from(part.units()).saturating_mul(1_000) / i128::from(whole.units());
    format!("{} %", Decimal::from_units(i64::try_from(tenths).unwrap_or(i64::MAX), 1))
}

/// An amount with as many digits as a glance takes in.
pub(super) fn short(amount: Amount) -> String {
    let decimals: u8 = if amount.abs() >= Amount::whole(1) { 2 } else { 6 };
    let units = amount.to_decimal().to_units(decimals, crate::domain::Rounding::Down).unwrap_or_default();
    Decimal::from_units(units, decimals).to_string()
}

/// Seconds of market time that have passed.
fn market_seconds(elapsed: Duration, speed: u32) -> i64 {
    let millis = elapsed.as_millis().saturating_mul(u128::from(speed));
    i64::try_from(millis / 1_000).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_told_at_a_glance() {
        assert_eq!(percent(Amount::whole(1), Amount::whole(3)), "33.3 %");
        assert_eq!(short(Amount::from_units(123_456_789_012)), "1234.56");
        assert_eq!(short(Amount::from_units(12_345)), "0.000123");
    }
}
