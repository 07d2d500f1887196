//! What the operator's `show` answers: the exchange as it truly is, whatever the wire tells, for whoever checks a client.
//!
//! ```json
//! {"calls_while_blocked":0,"sockets_opened":2,
//!  "funding":{"USD":{"balance":"1000","available":"0","offered":"1000","lent":"0"}},
//!  "offers":[{"id":42,"currency":"USD","amount":"600","original":"1000","rate":"0.00025","period":2,"by":"api"}],
//!  "lent":[{"id":7,"kind":"loan","currency":"USD","amount":"400","rate":"0.00025","period":2,"offer":42}],
//!  "ledger":[{"id":1,"currency":"USD","amount":"1","balance":"1001","category":28,"text":"…"}],
//!  "writes":[{"by":"api","do":"submit","currency":"USD","amount":"1000","rate":"0.00025","period":2,"accepted":42}]}
//! ```
//!
//! A write that was refused has `"refused":"code text"` instead of `"accepted"`. Rates are per day.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::domain::{Currency, LentKind};
use crate::exchange::sim::audit::{Actor, Verdict, Write, WriteAudit};
use crate::exchange::sim::{Account, LedgerRow, Lending, SimExchange, SimOffer, WalletName};

/// All of one account.
///
/// # Errors
/// When there is no such account.
pub(super) fn show(exchange: &SimExchange, name: &str) -> Result<Value, String> {
    let account = exchange.books().account(name).ok_or_else(|| format!("there is no account {name}"))?;
    let funding: BTreeMap<&str, Value> = account
        .wallets()
        .keys()
        .filter(|(wallet, _)| *wallet == WalletName::Funding)
        .map(|(_, currency)| (currency.code(), money(account, *currency)))
        .collect();
    Ok(json!({
        "calls_while_blocked": exchange.calls_while_blocked(),
        "sockets_opened": exchange.sockets_opened(),
        "last_nonce": account.last_nonce(),
        "funding": funding,
        "offers": account.offers().map(offer).collect::<Vec<_>>(),
        "lent": account.lent().map(lent).collect::<Vec<_>>(),
        "ledger": account.ledger().iter().map(ledger).collect::<Vec<_>>(),
        "writes": account.writes().map(write).collect::<Vec<_>>(),
    }))
}

fn money(account: &Account, currency: Currency) -> Value {
    json!({
        "balance": account.balance(WalletName::Funding, currency).to_string(),
        "available": account.available(currency).to_string(),
        "offered": account.offered(currency).to_string(),
        "lent": account.lent_out(currency).to_string(),
    })
}

fn offer(offer: &SimOffer) -> Value {
    json!({
        "id": offer.id,
        "currency": offer.currency.code(),
        "amount": offer.amount.to_string(),
        "original": offer.original.to_string(),
        "rate": offer.rate.to_decimal().to_string(),
        "period": offer.period.get(),
        "by": actor(offer.by),
    })
}

fn lent(lent: &Lending) -> Value {
    let kind = match lent.id.kind {
        LentKind::Loan => "loan",
        LentKind::Credit => "credit",
    };
    json!({
        "id": lent.id.id,
        "kind": kind,
        "currency": lent.currency.code(),
        "amount": lent.amount.to_string(),
        "rate": lent.rate.to_decimal().to_string(),
        "period": lent.period.get(),
        "offer": lent.offer,
    })
}

fn ledger(row: &LedgerRow) -> Value {
    json!({
        "id": row.id,
        "currency": row.currency.code(),
        "amount": row.amount.to_string(),
        "balance": row.balance.to_string(),
        "category": row.category,
        "text": row.description,
    })
}

fn write(audit: &WriteAudit) -> Value {
    let mut shown = match &audit.write {
        Write::Submit { currency, amount, rate, period, .. } => json!({
            "do": "submit",
            "currency": currency.code(),
            "amount": amount.to_string(),
            "rate": rate.to_decimal().to_string(),
            "period": period.get(),
        }),
        Write::Cancel { offer } => json!({ "do": "cancel", "offer": offer }),
        Write::CancelAll { currency } => {
            json!({ "do": "cancel_all", "currency": currency.as_ref().map(Currency::code) })
        }
        Write::AutoRenew { currency, on } => json!({ "do": "auto_renew", "currency": currency.code(), "on": on }),
        Write::Other { path } => json!({ "do": "other", "path": path }),
    };
    if let Some(fields) = shown.as_object_mut() {
        fields.insert("by".to_owned(), json!(actor(audit.by)));
        match &audit.verdict {
            Verdict::Accepted(id) => fields.insert("accepted".to_owned(), json!(id)),
            Verdict::Refused(code, text) => fields.insert("refused".to_owned(), json!(format!("{code} {text}"))),
        };
    }
    shown
}

const fn actor(by: Actor) -> &'static str {
    match by {
        Actor::Api => "api",
        Actor::Hand => "hand",
        Actor::AutoRenew => "auto_renew",
    }
}

#[cfg(test)]
mod tests {
    use super::super::accounts::test_account;
    use super::*;
    use crate::domain::{Amount, Moment};
    use crate::exchange::sim::Setup;
    use crate::exchange::sim::api::Command;
    use crate::exchange::sim::faults::FaultDeck;
    use crate::exchange::sim::market::StillMarket;

    #[test]
    fn it_shows_money_offers_loans_and_writes() {
        let account = test_account(1);
        let (name, usd) = (account.name.clone(), Currency::USD);
        let market = StillMarket::new(usd, Amount::whole(1), Moment::default().market);
        let mut exchange = SimExchange::new(Setup {
            seed: 1,
            start: Moment::default().market,
            accounts: vec![account],
            markets: vec![Box::new(market)],
            faults: FaultDeck::default(),
            rate_limit_scale: 1,
        });
        let offer = super::super::orders::hand_offer("USD", "1000", "0.025 %/day", 2).unwrap();
        let (rate, period) = (offer.rate, offer.period);
        let now = Moment::default();
        exchange.command(now, Command::PlaceOffer { account: name.clone(), offer }).unwrap();
        let borrow = Command::Borrow { currency: usd, amount: Amount::whole(400), limit: rate, period };
        exchange.command(now, borrow).unwrap();
        let shown = show(&exchange, &name).unwrap();
        let usd = json!({ "balance": "10000", "available": "9000", "offered": "600", "lent": "400" });
        assert_eq!(shown["funding"]["USD"], usd);
        assert_eq!(shown["offers"][0]["amount"], "600");
        assert_eq!(shown["lent"][0]["amount"], "400");
        assert_eq!(shown["writes"][0]["by"], "hand");
        assert_eq!(shown["writes"][0]["accepted"], shown["offers"][0]["id"]);
        assert_eq!(shown["calls_while_blocked"], 0);
        assert!(show(&exchange, "nobody").is_err());
    }
}
