//! The accounts of the embedded exchange: a file of them, or one that is made up.
//!
//! ```toml
//! [main]                                            # the name in the operator's commands
//! key = "any text"
//! secret = "any text"
//! permissions = { funding = "rw", wallets = "r", history = "r" }   # this is the default
//! wallets.funding = { USD = "10000", USDT = "2500.5" }
//! offers = [{ currency = "USD", amount = "500", rate = "0.05 %/day", period = 2 }]
//! auto_renew = ["BTC"]
//! ```

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, anyhow, ensure};
use figment::Figment;
use figment::providers::{Format as _, Toml};
use serde::Deserialize;
use sha2::{Digest as _, Sha384};

use super::orders;
use crate::domain::{Amount, Currency};
use crate::exchange::sim::api::{AccountSetup, HandOffer, Permission};

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Account {
    key: String,
    secret: String,
    permissions: Option<BTreeMap<String, String>>,
    #[serde(default)]
    wallets: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    offers: Vec<Offer>,
    #[serde(default)]
    auto_renew: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Offer {
    currency: String,
    amount: String,
    rate: String,
    period: u16,
}

/// Reads a file of accounts.
///
/// # Errors
/// When it cannot be read or understood; with the name of the account and the key that is wrong.
pub fn read(file: &Path) -> anyhow::Result<Vec<AccountSetup>> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    parse(&text).with_context(|| format!("{}", file.display()))
}

fn parse(text: &str) -> anyhow::Result<Vec<AccountSetup>> {
    let accounts: BTreeMap<String, Account> = Figment::from(Toml::string(text)).extract().map_err(|error| {
        // One error a line would be its own `Display`; the first names the key.
        anyhow!("{error}")
    })?;
    ensure!(!accounts.is_empty(), "there is no account in it: expected tables such as [main] with key and secret");
    let mut keys = BTreeSet::new();
    for (name, account) in &accounts {
        ensure!(!account.key.is_empty() && !account.secret.is_empty(), "[{name}]: key and secret must not be empty");
        ensure!(keys.insert(account.key.clone()), "[{name}]: another account has the same key");
    }
    accounts
        .into_iter()
        .map(|(name, account)| setup(&name, account).map_err(|why| anyhow!("[{name}]: {why}")))
        .collect()
}

fn setup(name: &str, account: Account) -> Result<AccountSetup, String> {
    let mut wallets = Vec::new();
    for (wallet, balances) in &account.wallets {
        for (currency, amount) in balances {
            wallets.push((orders::wallet_name(wallet)?, orders::currency(currency)?, orders::amount(amount)?));
        }
    }
    let offer = |offer: &Offer| orders::hand_offer(&offer.currency, &offer.amount, &offer.rate, offer.period);
    Ok(AccountSetup {
        name: name.to_owned(),
        key: account.key,
        secret: account.secret,
        permissions: account.permissions.as_ref().map_or_else(|| Ok(lender()), orders::permissions)?,
        wallets,
        offers: account.offers.iter().map(offer).collect::<Result<Vec<HandOffer>, String>>()?,
        auto_renew: account.auto_renew.iter().map(|code| orders::currency(code)).collect::<Result<_, _>>()?,
    })
}

/// The scopes of a key that may lend and nothing else, all others told as not given (bitfinex-api.md 3.1).
fn lender() -> Vec<Permission> {
    let scope = |scope: &str, read, write| Permission { scope: scope.to_owned(), read, write };
    let none = ["account", "orders", "positions", "settings", "withdraw", "ui_withdraw", "bfxpay"];
    let mut rows = vec![scope("history", true, false), scope("funding", true, true), scope("wallets", true, false)];
    rows.extend(none.iter().map(|name| scope(name, false, false)));
    rows
}

/// One funded account whose key follows from the seed.
#[must_use]
pub fn test_account(seed: u64) -> AccountSetup {
    let word = |what: &str| -> String {
        let digest = Sha384::digest(format!("{what} {seed}"));
        let nibbles = digest.iter().take(20).flat_map(|byte| [byte >> 4, byte & 0x0f]);
        nibbles.filter_map(|nibble| char::from_digit(u32::from(nibble), 16)).collect()
    };
    let codes = [("USD", 10_000), ("UST", 5_000)];
    let wallet = |(code, units): &(&str, i32)| {
        Currency::from_code(code).ok().map(|currency| ("funding".to_owned(), currency, Amount::whole(*units)))
    };
    AccountSetup {
        name: "test".to_owned(),
        key: word("key"),
        secret: word("secret"),
        permissions: lender(),
        wallets: codes.iter().filter_map(wallet).collect(),
        offers: Vec::new(),
        auto_renew: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = r#"
        [main]
        key = "k"
        secret = "s"
        wallets.funding = { USD = "10000", USDT = "2500.5" }
        offers = [{ currency = "USD", amount = "500", rate = "0.05 %/day", period = 2 }]
        [risky]
        key = "k2"
        secret = "s2"
        permissions = { funding = "rw", withdraw = "w" }
    "#;

    #[test]
    fn a_file_of_accounts_is_read() {
        let accounts = parse(GOOD).unwrap();
        assert_eq!(accounts.iter().map(|account| account.name.as_str()).collect::<Vec<_>>(), ["main", "risky"]);
        assert_eq!(accounts[0].wallets.len(), 2);
        assert_eq!(accounts[0].offers[0].period, 2);
        assert!(accounts[0].permissions.iter().any(|row| row.scope == "funding" && row.write));
        assert!(accounts[1].permissions.iter().any(|row| row.scope == "withdraw" && row.write));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (from, to, said) in [
            ("secret = \"s\"", "secrte = \"s\"", "secrte"),
            ("key = \"k2\"", "key = \"k\"", "same key"),
            ("\"10000\"", "\"lots\"", "lots"),
            ("0.05 %/day", "0.05", "%/day"),
            ("funding = \"rw\", w", "funding = \"yes\", w", "funding"),
            ("wallets.funding", "wallets.deposit", "deposit"),
            ("[main]", "[main", "TOML"),
        ] {
            let error = format!("{:#}", parse(&GOOD.replace(from, to)).unwrap_err());
            assert!(error.contains(said), "{said}: {error}");
        }
        assert!(parse("").is_err());
    }

    #[test]
    fn the_test_key_follows_from_the_seed() {
        assert_eq!(test_account(7), test_account(7));
        assert_ne!(test_account(7).key, test_account(8).key);
        assert_ne!(test_account(7).key, test_account(7).secret);
    }
}
