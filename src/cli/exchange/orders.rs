//! The operator's commands of the embedded exchange, one JSON object a line. Amounts and rates are texts with their unit.
//!
//! ```json
//! {"do":"deposit","account":"test","currency":"USD","amount":"1000"}             optional "wallet": funding, exchange, margin
//! {"do":"withdraw","account":"test","currency":"USD","amount":"1000"}            as far as it is available
//! {"do":"offer","account":"test","currency":"USD","amount":"500","rate":"0.05 %/day","period":2}   placed by hand
//! {"do":"cancel","account":"test","id":42}                                       by hand
//! {"do":"borrow","currency":"USD","amount":"5000","limit":"1 %/day","period":2}  a borrower comes now
//! {"do":"return","account":"test","id":42}                                       a borrower gives back early: loan or credit id
//! {"do":"permissions","account":"test","permissions":{"funding":"rw","wallets":"r","history":"r"}}   all others: none
//! {"do":"revoke","account":"test"}
//! {"do":"auto_renew","account":"test","currency":"USD","on":true}
//! {"do":"maintenance","on":true}
//! {"do":"faults","chances":{"drop":"0.1 %","delay":"1 %"}}                       from now on; {} ends them
//! {"do":"fault","fault":"hang_after_accept"}                                     once, at the next occasion
//! {"do":"disconnect"}                                                            closes every websocket
//! {"do":"show","account":"test"}                                                 the account as it truly is, see [`super::show`]
//! {"do":"time"}                                                                  answers with the exchange's time in ms
//! {"do":"time","forward":"2 d"}                                                  sets it forward: ms, s, m, h or d
//! ```

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::domain::{Amount, Currency, DAY, DailyRate, Decimal, HOUR, MINUTE, Millis, Ratio, Rounding, SECOND};
use crate::exchange::sim::api::{Command, HandOffer, Permission};
use crate::exchange::sim::faults::{Fault, FaultDeck};

/// What a line wishes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wish {
    /// Something of the exchange.
    Command(Command),
    /// An account is to be shown.
    Show {
        /// Its name.
        account: String,
    },
    /// The exchange's time, set forward by this first.
    Time {
        /// By how much; never under zero.
        forward: Millis,
    },
}

#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Deposit { account: String, wallet: Option<String>, currency: String, amount: String },
    Withdraw { account: String, currency: String, amount: String },
    Offer { account: String, currency: String, amount: String, rate: String, period: u16 },
    Cancel { account: String, id: i64 },
    Borrow { currency: String, amount: String, limit: String, period: u16 },
    Return { account: String, id: i64 },
    Permissions { account: String, permissions: BTreeMap<String, String> },
    Revoke { account: String },
    AutoRenew { account: String, currency: String, on: bool },
    Maintenance { on: bool },
    Faults { chances: BTreeMap<String, String> },
    Fault { fault: String },
    Disconnect {},
    Show { account: String },
    Time { forward: Option<String> },
}

/// Reads one line.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn read(line: &str) -> Result<Wish, String> {
    let line: Line = serde_json::from_str(line).map_err(|error| format!("not understood: {error}"))?;
    let command = match line {
        Line::Deposit { account, wallet, currency, amount } => Command::Deposit {
            account,
            wallet: wallet_name(wallet.as_deref().unwrap_or("funding"))?,
            currency: self::currency(&currency)?,
            amount: self::amount(&amount)?,
        },
        Line::Withdraw { account, currency, amount } => {
            Command::Withdraw { account, currency: self::currency(&currency)?, amount: self::amount(&amount)? }
        }
        Line::Offer { account, currency, amount, rate, period } => {
            Command::PlaceOffer { account, offer: hand_offer(&currency, &amount, &rate, period)? }
        }
        Line::Cancel { account, id } => Command::CancelOffer { account, id },
        Line::Borrow { currency, amount, limit, period } => Command::Borrow {
            currency: self::currency(&currency)?,
            amount: self::amount(&amount)?,
            limit: rate(&limit)?,
            period,
        },
        Line::Return { account, id } => Command::Return { account, id },
        Line::Permissions { account, permissions } => {
            Command::Permissions { account, permissions: self::permissions(&permissions)? }
        }
        Line::Revoke { account } => Command::Revoke { account },
        Line::AutoRenew { account, currency, on } => {
            Command::AutoRenew { account, currency: self::currency(&currency)?, on }
        }
        Line::Maintenance { on } => Command::Maintenance(on),
        Line::Faults { chances } => Command::Faults(deck(&chances)?),
        Line::Fault { fault } => Command::Fault(self::fault(&fault)?),
        Line::Disconnect {} => Command::Disconnect,
        Line::Show { account } => return Ok(Wish::Show { account }),
        Line::Time { forward } => {
            return Ok(Wish::Time { forward: forward.as_deref().map(span).transpose()?.unwrap_or_default() });
        }
    };
    Ok(Wish::Command(command))
}

/// A fault deck from names and chances such as `0.1 %`.
///
/// # Errors
/// A sentence that names the fault or chance that is not understood.
pub fn deck(chances: &BTreeMap<String, String>) -> Result<FaultDeck, String> {
    let chance = |(name, text): (&String, &String)| {
        let wrong = || format!("{name}: expected a chance such as \"0.1 %\", from 0 to 100 %, not {text:?}");
        let percent = text.strip_suffix('%').and_then(|number| Decimal::parse(number.trim()).ok()).ok_or_else(wrong)?;
        let ppm = Ratio::from_percent(percent).ok().and_then(|ratio| u32::try_from(ratio.ppm()).ok());
        let ppm = ppm.filter(|ppm| *ppm <= 1_000_000).ok_or_else(wrong)?;
        Ok((fault(name)?, ppm))
    };
    Ok(FaultDeck { chances: chances.iter().map(chance).collect::<Result<_, String>>()? })
}

/// An offer placed by hand.
pub(super) fn hand_offer(currency: &str, amount: &str, rate: &str, period: u16) -> Result<HandOffer, String> {
    Ok(HandOffer {
        currency: self::currency(currency)?,
        amount: self::amount(amount)?,
        rate: self::rate(rate)?,
        period,
    })
}

/// Permission rows from `{"funding":"rw"}`.
pub(super) fn permissions(scopes: &BTreeMap<String, String>) -> Result<Vec<Permission>, String> {
    let row = |(scope, rights): (&String, &String)| {
        let (read, write) = match rights.as_str() {
            "" | "none" => (false, false),
            "r" => (true, false),
            "w" => (false, true),
            "rw" => (true, true),
            other => return Err(format!("{scope}: expected \"r\", \"w\", \"rw\" or \"none\", not {other:?}")),
        };
        Ok(Permission { scope: scope.clone(), read, write })
    };
    scopes.iter().map(row).collect()
}

/// A wallet's name on the wire.
pub(super) fn wallet_name(name: &str) -> Result<String, String> {
    match name {
        "funding" | "exchange" | "margin" => Ok(name.to_owned()),
        other => Err(format!("no wallet {other:?}: expected funding, exchange or margin")),
    }
}

/// A currency by market name or code.
pub(super) fn currency(name: &str) -> Result<Currency, String> {
    Currency::from_name(name).map_err(|error| format!("{name:?} is {error}"))
}

/// An amount above zero.
pub(super) fn amount(text: &str) -> Result<Amount, String> {
    let amount = Amount::parse(text, Rounding::Nearest).ok().filter(|amount| amount.is_positive());
    amount.ok_or_else(|| format!("{text:?} is no amount above zero, such as \"1500\" or \"0.25\""))
}

/// A rate with its unit.
pub(super) fn rate(text: &str) -> Result<DailyRate, String> {
    let wrong = || format!("{text:?} is no rate: expected a percentage a day such as \"0.05 %/day\"");
    let number = text.strip_suffix("%/day").ok_or_else(wrong)?;
    let percent = Decimal::parse(number.trim()).map_err(|_error| wrong())?;
    DailyRate::from_percent_per_day(percent, Rounding::Nearest).map_err(|_error| wrong())
}

/// A span of time with its unit.
fn span(text: &str) -> Result<Millis, String> {
    let wrong = || format!("{text:?} is no span of time, such as \"90 s\", \"20 m\", \"12 h\" or \"2 d\"");
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let count: i64 = number.parse().map_err(|_error| wrong())?;
    let unit = match unit.trim() {
        "ms" => Millis::new(1),
        "s" => SECOND,
        "m" => MINUTE,
        "h" => HOUR,
        "d" => DAY,
        _ => return Err(wrong()),
    };
    Ok(unit.times(count))
}

/// All faults by their names.
const FAULTS: [(&str, Fault); 20] = [
    ("drop", Fault::Drop),
    ("stall", Fault::Stall),
    ("delay", Fault::Delay),
    ("duplicate", Fault::Duplicate),
    ("reorder", Fault::Reorder),
    ("fault_after_accept", Fault::FaultAfterAccept),
    ("hang_after_accept", Fault::HangAfterAccept),
    ("cut_after_accept", Fault::CutAfterAccept),
    ("server_fault", Fault::ServerFault),
    ("rate_limit", Fault::RateLimit),
    ("garbage", Fault::Garbage),
    ("maintenance", Fault::Maintenance),
    ("sequence_gap", Fault::SequenceGap),
    ("disconnect", Fault::Disconnect),
    ("null_available", Fault::NullAvailable),
    ("stale_available", Fault::StaleAvailable),
    ("late_history", Fault::LateHistory),
    ("nonce_small", Fault::NonceSmall),
    ("key_revoked", Fault::KeyRevoked),
    ("permission_changed", Fault::PermissionChanged),
];

fn fault(name: &str) -> Result<Fault, String> {
    FAULTS.iter().find(|(known, _)| *known == name).map(|(_, fault)| *fault).ok_or_else(|| {
        let known: Vec<_> = FAULTS.iter().map(|(known, _)| *known).collect();
        format!("no fault {name:?}: there are {}", known.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_exactly() {
        let deposit = Command::Deposit {
            account: "main".to_owned(),
            wallet: "funding".to_owned(),
            currency: Currency::from_code("UST").unwrap(),
            amount: Amount::whole(1_000),
        };
        let line = r#"{"do":"deposit","account":"main","currency":"USDT","amount":"1000"}"#;
        assert_eq!(read(line), Ok(Wish::Command(deposit)));
        let Ok(Wish::Command(Command::PlaceOffer { offer, .. })) =
            read(r#"{"do":"offer","account":"a","currency":"USD","amount":"500","rate":"0.05 %/day","period":2}"#)
        else {
            panic!("no offer");
        };
        assert_eq!(offer.rate, DailyRate::parse("0.0005", Rounding::Nearest).unwrap());
        let chances = r#"{"do":"faults","chances":{"drop":"0.1 %"}}"#;
        let faults = FaultDeck { chances: vec![(Fault::Drop, 1_000)] };
        assert_eq!(read(chances), Ok(Wish::Command(Command::Faults(faults))));
        assert_eq!(read(r#"{"do":"time","forward":"2 d"}"#), Ok(Wish::Time { forward: DAY.times(2) }));
        assert_eq!(read(r#"{"do":"disconnect"}"#), Ok(Wish::Command(Command::Disconnect)));
    }

    #[test]
    fn what_is_not_understood_is_said() {
        for (line, said) in [
            ("nonsense", "not understood"),
            (r#"{"do":"dance"}"#, "dance"),
            (r#"{"do":"revoke","account":"a","now":1}"#, "now"),
            (r#"{"do":"deposit","account":"a","currency":"USD","amount":"-5"}"#, "amount above zero"),
            (r#"{"do":"deposit","account":"a","wallet":"x","currency":"USD","amount":"5"}"#, "funding, exchange"),
            (r#"{"do":"borrow","currency":"USD","amount":"5","limit":"0.001","period":2}"#, "%/day"),
            (r#"{"do":"faults","chances":{"drop":"200 %"}}"#, "0 to 100 %"),
            (r#"{"do":"fault","fault":"drpo"}"#, "stall"),
            (r#"{"do":"permissions","account":"a","permissions":{"funding":"x"}}"#, "funding"),
            (r#"{"do":"time","forward":"2 fortnights"}"#, "span of time"),
        ] {
            let error = read(line).unwrap_err();
            assert!(error.contains(said), "{line}: {error}");
        }
    }

    #[test]
    fn every_fault_has_one_name() {
        let faults: std::collections::BTreeSet<_> = FAULTS.iter().map(|(_, fault)| fault).collect();
        assert_eq!(faults.len(), FAULTS.len());
    }
}
