//! Rows of the account: wallets, offers, loans, credits, executions, ledger (bitfinex-api.md sections 3 and 6). REST and
//! websocket share the layouts.

use crate::domain::{
    Amount, Currency, DailyRate, Days, Decimal, FundingTrade, LedgerRow, Lent, LentId, LentKind, LentStatus, Offer,
    OfferId, OfferKind, OfferStatus, RateType, Side, Timestamp, Wallet, WalletKind,
};

use super::{BadRow, Json, Rows, WireError, amount, balance, days, rate, rows, time};

/// The flag of a hidden offer.
pub(super) const HIDDEN: i64 = 64;

/// What is known of an offer row; submit replies and notifications fill only some of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PartialOffer {
    pub(super) id: OfferId,
    pub(super) currency: Option<Currency>,
    pub(super) created: Option<Timestamp>,
    pub(super) updated: Option<Timestamp>,
    pub(super) amount: Option<Amount>,
    pub(super) original: Option<Amount>,
    pub(super) kind: Option<OfferKind>,
    pub(super) hidden: bool,
    pub(super) renew: bool,
    pub(super) status: OfferStatus,
    pub(super) rate: Option<DailyRate>,
    pub(super) real_rate: Option<DailyRate>,
    pub(super) period: Option<Days>,
}

impl PartialOffer {
    pub(super) fn read(row: Json<'_>) -> Option<Self> {
        let [
            id,
            symbol,
            created,
            updated,
            left,
            original,
            kind,
            _,
            _,
            flags,
            status,
            _,
            _,
            _,
            per_day,
            period,
            _,
            hidden,
            _,
            renew,
            real,
        ] = row.row()?;
        Some(Self {
            id: OfferId(id.int()?),
            currency: funding_symbol(symbol),
            created: time(created),
            updated: time(updated),
            amount: amount(left),
            original: amount(original),
            kind: kind.text().and_then(|kind| OfferKind::from_wire(&kind)),
            hidden: hidden.truth() || flags.int().is_some_and(|flags| flags & HIDDEN != 0),
            renew: renew.truth(),
            status: offer_status(status),
            rate: rate(per_day),
            real_rate: rate(real),
            period: days(period),
        })
    }

    /// The offer, if everything needed is there. Closed offers come without a type: then a rate of 0 tells an FRR
    /// offer, as it does for types that we do not know. Such a row locks money too and must not be lost.
    fn complete(self) -> Option<Offer> {
        let plain_frr = self.rate.is_none_or(|rate| rate == DailyRate::ZERO);
        let kind = self.kind.unwrap_or(if plain_frr { OfferKind::FrrDeltaVariable } else { OfferKind::Limit });
        let created = self.created.or(self.updated)?;
        let left = self.amount?;
        Some(Offer {
            id: self.id,
            currency: self.currency?,
            created,
            updated: self.updated.unwrap_or(created),
            amount: left,
            original: self.original.unwrap_or(left),
            kind,
            rate: if kind == OfferKind::Limit { self.rate? } else { self.rate.unwrap_or(DailyRate::ZERO) },
            real_rate: self.real_rate,
            period: self.period?,
            hidden: self.hidden,
            renew: self.renew,
            status: self.status,
        })
    }
}

fn funding_symbol(json: Json<'_>) -> Option<Currency> {
    Currency::from_symbol(&json.text()?).ok()
}

/// By prefix and whatever case: amounts and averages follow in the text (bitfinex-api.md 7.2).
fn offer_status(json: Json<'_>) -> OfferStatus {
    let text = json.text().unwrap_or_default().to_ascii_uppercase();
    [
        ("ACTIVE", OfferStatus::Active),
        ("PARTIALLY FILLED", OfferStatus::PartiallyFilled),
        ("EXECUTED", OfferStatus::Executed),
        ("CANCEL", OfferStatus::Canceled),
    ]
    .into_iter()
    .find(|(word, _)| text.starts_with(word))
    .map_or(OfferStatus::Other, |(_, status)| status)
}

/// One offer.
///
/// # Errors
/// [`BadRow`] without id, symbol, amount, period, time, or the rate of a limit offer.
pub fn offer(row: Json<'_>) -> Result<Offer, BadRow> {
    PartialOffer::read(row).and_then(PartialOffer::complete).ok_or(BadRow)
}

/// Offers, open or closed.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn offers(json: Json<'_>) -> Result<Rows<Offer>, WireError> {
    rows("offers", json, |row| offer(row).map(Some))
}

/// One loan or credit. What is unclear is read so that the money still counts as lent.
///
/// # Errors
/// [`BadRow`] without id, symbol, amount, period or opening time.
pub fn lent(kind: LentKind, row: Json<'_>) -> Result<Lent, BadRow> {
    read_lent(kind, row).ok_or(BadRow)
}

fn read_lent(kind: LentKind, row: Json<'_>) -> Option<Lent> {
    let [
        id,
        symbol,
        side,
        created,
        updated,
        out,
        _,
        status,
        rate_type,
        _,
        _,
        per_day,
        period,
        opened,
        payout,
        _,
        _,
        _,
        _,
        _,
        _,
        pair,
    ] = row.row()?;
    let created = time(created);
    let opened = time(opened).or(created)?;
    Some(Lent {
        id: LentId { kind, id: id.int()? },
        currency: funding_symbol(symbol)?,
        side: lent_side(side),
        created: created.unwrap_or(opened),
        updated: time(updated).or(created).unwrap_or(opened),
        amount: amount(out)?,
        status: lent_status(status),
        rate_type: lent_rate_type(rate_type),
        rate: rate(per_day).unwrap_or(DailyRate::ZERO),
        period: days(period)?,
        opened,
        last_payout: time(payout).filter(|at| at.millis() > 0),
        pair: pair.text().map(std::borrow::Cow::into_owned),
    })
}

/// 1, 0, −1; older replies say `Lend` and `Loan`.
fn lent_side(json: Json<'_>) -> Side {
    match json.int() {
        Some(1..) => Side::Lender,
        Some(..0) => Side::Borrower,
        Some(0) => Side::Both,
        None => match json.text().as_deref() {
            Some("Lend") => Side::Lender,
            Some("Loan") => Side::Borrower,
            _ => Side::Both,
        },
    }
}

fn lent_status(json: Json<'_>) -> LentStatus {
    let text = json.text().unwrap_or_default().to_ascii_uppercase();
    match text.strip_prefix("CLOSED") {
        Some(rest) if rest.contains("(USED)") => LentStatus::ClosedUsed,
        Some(_) => LentStatus::Closed,
        None => LentStatus::Active,
    }
}

fn lent_rate_type(json: Json<'_>) -> RateType {
    match json.text().as_deref() {
        Some("FIXED") => RateType::Fixed,
        Some("VAR") => RateType::Variable,
        _ => RateType::Unknown,
    }
}

/// Loans or credits, open or closed.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn lents(kind: LentKind, json: Json<'_>) -> Result<Rows<Lent>, WireError> {
    rows("loans or credits", json, |row| lent(kind, row).map(Some))
}

/// One execution.
///
/// # Errors
/// [`BadRow`] when anything of it is missing.
pub fn trade(row: Json<'_>) -> Result<FundingTrade, BadRow> {
    read_trade(row).ok_or(BadRow)
}

fn read_trade(row: Json<'_>) -> Option<FundingTrade> {
    let [id, symbol, at, offer, lent, per_day, period] = row.row()?;
    Some(FundingTrade {
        id: id.int()?,
        currency: funding_symbol(symbol)?,
        at: time(at)?,
        offer: OfferId(offer.int()?),
        amount: amount(lent)?.abs(),
        rate: rate(per_day)?,
        period: days(period)?,
    })
}

/// Executions.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn trades(json: Json<'_>) -> Result<Rows<FundingTrade>, WireError> {
    rows("funding trades", json, |row| trade(row).map(Some))
}

fn wallet_kind(json: Json<'_>) -> WalletKind {
    match json.text().as_deref() {
        // "Deposit" and "trading" are the old names, still found in texts.
        Some("funding" | "deposit") => WalletKind::Funding,
        Some("exchange") => WalletKind::Exchange,
        Some("margin" | "trading") => WalletKind::Margin,
        _ => WalletKind::Other,
    }
}

/// One wallet; `None` for one that does not lend and cannot be read (currencies there have stranger names), since it
/// must not make the whole account unreadable.
///
/// # Errors
/// [`BadRow`] for a funding wallet without currency or balance.
pub fn wallet(row: Json<'_>) -> Result<Option<Wallet>, BadRow> {
    let [kind, currency, whole, _, free] = row.row().ok_or(BadRow)?;
    let kind = wallet_kind(kind);
    let currency = currency.text().and_then(|code| Currency::from_code(&code).ok());
    // A number that is there and cannot be held is no "not yet calculated".
    let readable = free.is_null() || balance(free).is_some();
    match (currency, balance(whole)) {
        (Some(currency), Some(whole)) if readable => {
            Ok(Some(Wallet { kind, currency, balance: whole, available: balance(free) }))
        }
        _ if matches!(kind, WalletKind::Exchange | WalletKind::Margin) => Ok(None),
        _ => Err(BadRow),
    }
}

/// Wallets of every kind.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn wallets(json: Json<'_>) -> Result<Rows<Wallet>, WireError> {
    rows("wallets", json, wallet)
}

/// Entries of the ledger.
///
/// # Errors
/// [`WireError::Shape`] when this is no array.
pub fn ledger(json: Json<'_>) -> Result<Rows<LedgerRow>, WireError> {
    rows("ledger", json, |row| read_ledger(row).map(Some).ok_or(BadRow))
}

fn read_ledger(row: Json<'_>) -> Option<LedgerRow> {
    let [id, currency, wallet, at, _, moved, left, _, description] = row.row()?;
    Some(LedgerRow {
        id: id.int()?,
        currency: Currency::from_code(&currency.text()?).ok()?,
        wallet: (!wallet.is_null()).then(|| wallet_kind(wallet)),
        at: time(at)?,
        amount: amount(moved)?,
        balance: balance(left),
        description: description.text().unwrap_or_default().into_owned(),
    })
}

/// Averages over what is lent (bitfinex-api.md 3.10).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FundingInfo {
    /// Of what currency.
    pub currency: Currency,
    /// Average rate per day of what is lent.
    pub rate: Option<DailyRate>,
    /// Average duration of what is lent, in days.
    pub days: Option<Decimal>,
}

/// Averages over what is lent.
///
/// # Errors
/// [`WireError::Shape`] for anything else.
pub fn funding_info(json: Json<'_>) -> Result<FundingInfo, WireError> {
    let read = || {
        let [_, symbol, values] = json.row()?;
        let [_, lend, _, duration] = values.row()?;
        Some(FundingInfo { currency: funding_symbol(symbol)?, rate: rate(lend), days: duration.decimal() })
    };
    read().ok_or_else(|| WireError::shape("funding info", json))
}

/// Available balance as calculated on request, rounded down.
///
/// # Errors
/// [`WireError::Shape`] for anything else.
pub fn available(json: Json<'_>) -> Result<Amount, WireError> {
    let first = json.row().and_then(|[first]: [Json<'_>; 1]| balance(first));
    first.ok_or_else(|| WireError::shape("available balance", json))
}

/// Whether the exchange's auto-renew is on: a row with a currency when it is, `null` when it is not.
///
/// # Errors
/// [`WireError::Shape`] for anything else.
pub fn auto_renew(json: Json<'_>) -> Result<bool, WireError> {
    match json.row() {
        None if json.is_null() => Ok(false),
        Some([first]) if first.is_null() => Ok(false),
        Some([first]) if first.text().is_some_and(|code| Currency::from_code(&code).is_ok()) => Ok(true),
        _ => Err(WireError::shape("auto-renew status", json)),
    }
}

#[cfg(test)]
mod tests;
