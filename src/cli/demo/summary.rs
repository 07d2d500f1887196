//! The end of the demo: what was earned, beside what FRR with auto-renew earned on the same market with the same money.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;

use crate::domain::{Amount, Currency, Rounding, Timestamp, Total};
use crate::engine::StatusView;

use super::super::words::spoken;
use super::screen::short;
use super::stage::{Account, Books};

/// What there is to tell at the end.
#[derive(Debug)]
pub(super) struct Summary {
    pub(super) books: Books,
    pub(super) view: Arc<StatusView>,
    pub(super) address: SocketAddr,
    pub(super) market: Vec<String>,
    pub(super) origin: Timestamp,
}

impl Summary {
    /// Writes it to standard output.
    pub(super) fn print(&self) -> std::io::Result<()> {
        let span = self.view.at.since(self.origin).get() / 1_000;
        let mut out = std::io::stdout().lock();
        writeln!(out)?;
        writeln!(out, "After {} on {}:", spoken(span), self.market.first().map_or("", String::as_str))?;
        writeln!(out)?;
        writeln!(
            out,
            "  {:<5} {:>12} {:>12} {:>14} {:>10} {:>16}",
            "", "money", "lent now", "earned, net", "a year", "FRR auto-renew"
        )?;
        let (mut ours, mut twins) = (Total::ZERO, Total::ZERO);
        for account in &self.books.accounts {
            writeln!(
                out,
                "  {:<5} {:>12} {:>12} {:>14} {:>10} {:>16}",
                account.currency.name(),
                short(account.start),
                short(account.lent),
                precise(account.earned),
                yearly(account, span),
                precise(account.twin),
            )?;
            ours = ours.plus(self.in_dollars(account.currency, account.earned));
            twins = twins.plus(self.in_dollars(account.currency, account.twin));
        }
        writeln!(out)?;
        writeln!(
            out,
            "  In dollars: {} earned, {} by FRR auto-renew on the same market with the same money.",
            short(ours.clamp_amount()),
            short(twins.clamp_amount())
        )?;
        writeln!(
            out,
            "  Both are what the embedded exchange's books say, after its fee, paid out or not. The FRR offers are"
        )?;
        writeln!(
            out,
            "  served without the long queue that waits at the FRR in reality. A demo proves that the machine"
        )?;
        writeln!(out, "  works, not what a real market pays.")?;
        match &self.books.by_hand {
            Some((id, amount)) => {
                writeln!(out, "  The offer placed by hand ({id}, {}) was left alone.", short(*amount))?;
            }
            None => writeln!(out, "  The offer placed by hand was taken by a borrower; the daemon never touched it.")?,
        }
        writeln!(out)?;
        writeln!(
            out,
            "  Its metrics were at http://{}/metrics; --listen 127.0.0.1:9736 fixes the port for a Prometheus,",
            self.address
        )?;
        writeln!(out, "  --for 1h runs longer, --speed 1 in real time, --log FILE keeps the daemon's log.")
    }

    fn in_dollars(&self, currency: Currency, amount: Amount) -> Amount {
        let price = self.view.markets.get(&currency).and_then(|market| market.usd_price);
        price.map_or(Amount::ZERO, |price| amount.scale_by(price.units(), Amount::whole(1).units(), Rounding::Down))
    }
}

/// Six decimals: interest of a few days is small.
fn precise(amount: Amount) -> String {
    let units = amount.to_decimal().to_units(6, Rounding::Down).unwrap_or_default();
    crate::domain::Decimal::from_units(units, 6).to_string()
}

/// Simple interest a year on the whole money, idle or not.
fn yearly(account: &Account, seconds: i64) -> String {
    if seconds <= 0 || !account.start.is_positive() {
        return "-".to_owned();
    }
    let scaled = i128::from(account.earned.units()).saturating_mul(365 * 86_400 * 10_000);
    let hundredths = scaled / i128::from(account.start.units()) / i128::from(seconds);
    format!("{} %", crate::domain::Decimal::from_units(i64::try_from(hundredths).unwrap_or_default(), 2))
}
