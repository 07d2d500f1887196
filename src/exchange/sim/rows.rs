//! The layouts of the account's rows, index by index (bitfinex-api.md 3). Written here for the exchange alone: the client
//! has its own reading of the same pages.

use super::ledger::{Account, LedgerRow, Lending, SimOffer, SimTrade, WalletName};
use super::number;
use crate::domain::{Currency, LentKind, OfferKind, Timestamp};

/// Where a row is told: booleans and times differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channel {
    /// A list over REST: times in whole seconds.
    List,
    /// The reply of a write: times in milliseconds.
    Reply,
    /// The websocket: booleans as numbers.
    Socket,
}

impl Channel {
    fn time(self, at: Timestamp) -> i64 {
        if self == Self::Reply { at.millis() } else { at.millis().div_euclid(1_000).saturating_mul(1_000) }
    }

    const fn flag(self, value: bool) -> &'static str {
        match (self, value) {
            (Self::Socket, false) => "0",
            (Self::Socket, true) => "1",
            (_, false) => "false",
            (_, true) => "true",
        }
    }
}

/// A funding offer, 21 elements, with the FRR of the moment for its last, `RATE_REAL`.
pub(super) fn offer(offer: &SimOffer, frr: crate::domain::DailyRate, channel: Channel) -> String {
    let real = match offer.kind {
        OfferKind::Limit => "null".to_owned(),
        OfferKind::FrrDeltaFixed | OfferKind::FrrDeltaVariable => number::rate(offer.effective(frr)),
    };
    let flags = if offer.hidden { "64" } else { "0" };
    // HIDDEN is a number here and null there.
    let hidden = if offer.hidden {
        "1"
    } else if channel == Channel::Socket {
        "null"
    } else {
        "0"
    };
    let hidden = if channel == Channel::Socket && offer.id % 2 == 0 && !offer.hidden { "0" } else { hidden };
    format!(
        "[{},\"{}\",{},{},{},{},\"{}\",null,null,{flags},{},null,null,null,{},{},{},{hidden},null,{},{real}]",
        offer.id,
        offer.currency.symbol(),
        channel.time(offer.created),
        channel.time(offer.updated),
        number::amount(offer.amount),
        number::amount(offer.original),
        offer.kind.wire(),
        number::quoted(&offer.status),
        number::noisy_rate(offer.rate, offer.id),
        offer.period.get(),
        channel.flag(false),
        channel.flag(offer.renew),
    )
}

/// A loan (21 elements) or a credit (22, with the pair).
pub(super) fn lent(lent: &Lending, channel: Channel) -> String {
    let rate_type = match (lent.variable, channel == Channel::Socket && lent.id.id % 3 == 0) {
        (true, _) => "\"VAR\"",
        (false, true) => "null",
        (false, false) => "\"FIXED\"",
    };
    // Records that follow the FRR show no rate at all.
    let rate = if lent.variable { "0".to_owned() } else { number::noisy_rate(lent.rate, lent.id.id) };
    let payout = lent.last_payout.map_or_else(|| "null".to_owned(), |at| channel.time(at).to_string());
    let pair = match (lent.id.kind, &lent.pair) {
        (LentKind::Loan, _) => String::new(),
        (LentKind::Credit, Some(pair)) => format!(",\"{pair}\""),
        (LentKind::Credit, None) => ",null".to_owned(),
    };
    let hidden = u8::from(lent.hidden);
    format!(
        "[{},\"{}\",1,{},{},{},{},{},{rate_type},null,null,{rate},{},{},{payout},0,{hidden},null,0,null,0{pair}]",
        lent.id.id,
        lent.currency.symbol(),
        channel.time(lent.created),
        channel.time(lent.updated),
        number::amount(lent.amount),
        if channel == Channel::Socket || lent.id.id % 2 == 0 { "0" } else { "null" },
        number::quoted(&lent.status),
        lent.period.get(),
        channel.time(lent.opened),
    )
}

/// A funding trade: 7 elements over REST, 8 with MAKER on the websocket.
pub(super) fn trade(trade: &SimTrade, channel: Channel) -> String {
    let maker = if channel == Channel::Socket { ",null" } else { "" };
    format!(
        "[{},\"{}\",{},{},{},{},{}{maker}]",
        trade.id,
        trade.currency.symbol(),
        channel.time(trade.at),
        trade.offer,
        number::amount(trade.amount),
        number::noisy_rate(trade.rate, trade.id),
        trade.period.get(),
    )
}

/// A ledger row.
pub(super) fn ledger(row: &LedgerRow) -> String {
    format!(
        "[{},\"{}\",\"{}\",{},null,{},{},null,{}]",
        row.id,
        row.currency,
        row.wallet.word(),
        row.at.millis(),
        number::amount(row.amount),
        number::amount(row.balance),
        number::quoted(&row.description),
    )
}

/// A wallet; `available` as text, or null when it is not calculated.
pub(super) fn wallet(
    account: &Account,
    name: WalletName,
    currency: Currency,
    available: Option<String>,
    with_change: bool,
) -> String {
    let last = account.ledger.iter().rev().find(|row| row.wallet == name && row.currency == currency);
    let change = last.filter(|_| with_change).map_or_else(|| "null".to_owned(), |row| number::quoted(&row.description));
    format!(
        "[\"{}\",\"{currency}\",{},0,{},{change},null]",
        name.word(),
        number::amount(account.balance(name, currency)),
        available.unwrap_or_else(|| "null".to_owned()),
    )
}

/// A notification: the reply of a write, and `n` on the websocket.
pub(super) fn notification(at: Timestamp, kind: &str, data: &str, status: &str, text: &str) -> String {
    format!("[{},\"{kind}\",null,null,{data},null,\"{status}\",{}]", at.millis(), number::quoted(text))
}

/// The mostly empty offer row of an `n` for `fon-req`: id, amount, rate and period alone.
pub(super) fn sparse_offer(offer: &SimOffer) -> String {
    format!(
        "[{},null,null,null,{},null,null,null,null,null,null,null,null,null,{},{},null,null,null,null,null]",
        offer.id,
        number::amount(offer.original),
        number::rate(offer.rate),
        offer.period.get(),
    )
}

/// Rows as a JSON array.
pub(super) fn array(rows: impl IntoIterator<Item = String>) -> String {
    let mut out = String::from("[");
    for row in rows {
        if out.len() > 1 {
            out.push(',');
        }
        out.push_str(&row);
    }
    out.push(']');
    out
}
