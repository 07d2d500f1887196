//! The accounts, asked with their own keys: permissions, wallets, minimums, and what competes.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::app::clock::HouseClock;
use crate::cli::exit;
use crate::cli::say::Failure;
use crate::cli::signed::{self, Desk};
use crate::config::{Config, Mode};
use crate::domain::{AccountName, Amount, Currency, GateVerdict, Offer, OfferId, Rounding, Wallet, WalletKind};
use crate::engine::{LendPolicy, minimum_offer};
use crate::exchange::bitfinex::calls::{Lane, Rest};
use crate::exchange::wire::call::Call;
use crate::exchange::wire::gate::gate;
use crate::exchange::wire::{account as rows, market};
use crate::secrets::{ApiKey, Identity, read_key_file};
use crate::telemetry::health::gate_text;

use super::finding::Finding;

/// How to move money within Bitfinex.
pub(super) const MOVE: &str = "move it at Bitfinex: Wallets, Transfer, to the Funding wallet";

/// The key files of the accounts, without asking anybody.
pub(super) fn keys(config: &Config, identity: Option<&Identity>) -> Vec<Finding> {
    if config.accounts.is_empty() {
        let todo = "yieldsforge key add NAME, then write accounts/NAME.toml";
        return vec![Finding::bad("accounts", "there is none: nothing will be lent", todo, exit::KEY)];
    }
    let Some(identity) = identity else { return Vec::new() };
    let unreadable = |(name, account): (&AccountName, &crate::config::AccountFile)| {
        let error = read_key_file(&account.key, identity).err()?;
        let detail = format!("account {name} is off: {}: {error}", account.key.display());
        Some(Finding::bad(format!("key of {name}"), detail, "yieldsforge key add, or mend the file", exit::KEY))
    };
    config.accounts.iter().filter_map(unreadable).collect()
}

/// Asks the exchange about every account whose key can be read. The lock is ours.
pub(super) async fn look(
    config: &Config,
    identity: &Identity,
    desk: &Desk,
    clock: &Arc<HouseClock>,
) -> Result<Vec<Finding>, Failure> {
    let Desk::Ours { store, own } = desk else { return Ok(Vec::new()) };
    let rest = signed::rest(&config.settings, clock)?;
    let prices = prices(config, &rest).await;
    let mut findings = Vec::new();
    let mut asked = Vec::new();
    for (number, (name, account)) in (0_u32..).zip(&config.accounts) {
        let Ok(key) = read_key_file(&account.key, identity) else { continue };
        if asked.iter().any(|other: &ApiKey| other.id() == key.id()) {
            let detail = format!("account {name} has the same API key as another account");
            let todo = "make a key of its own for each account: two of one key spoil each other's nonces";
            findings.push(Finding::bad(format!("key of {name}"), detail, todo, exit::KEY));
            continue;
        }
        let lane = signed::lane(&rest, store, number, &key).await?;
        let paper = config.settings.mode == Mode::Paper;
        let (allowed, found) = permissions(name, &lane, paper).await;
        findings.push(found);
        if let (true, Some(policy)) = (allowed, config.policy.accounts.get(name)) {
            let ours = own.get(name).map(|own| own.keys().copied().collect()).unwrap_or_default();
            let visit = Visit { name, lane: &lane, ours, prices: &prices };
            findings.extend(visit.money(&policy.lend).await);
        }
        asked.push(key);
    }
    Ok(findings)
}

async fn permissions(name: &AccountName, lane: &Lane, paper: bool) -> (bool, Finding) {
    let check = format!("key of {name}");
    let scopes = match signed::permissions(lane).await {
        Ok(scopes) => scopes,
        Err(failure) => return (false, Finding::failed(check, failure)),
    };
    let verdict = gate(&scopes);
    let (text, serves) = (gate_text(&verdict), verdict.serves(paper));
    let todo = "edit the key's permissions at Bitfinex: https://setting.bitfinex.com/api";
    let found = match verdict {
        GateVerdict::Good => Finding::good(check, text),
        _ if serves => Finding::warning(check, format!("{text}: enough for paper mode only"), todo),
        GateVerdict::Refused(_) | GateVerdict::Insufficient(_) | GateVerdict::Pending | GateVerdict::Revoked => {
            Finding::bad(check, text, todo, exit::KEY)
        }
    };
    (serves, found)
}

/// What one unit costs; nothing where the exchange does not say.
async fn prices(config: &Config, rest: &Rest) -> BTreeMap<Currency, Amount> {
    let mut prices = BTreeMap::from([(Currency::USD, Amount::whole(1))]);
    for currency in config.policy.currencies() {
        if prices.contains_key(&currency) {
            continue;
        }
        if let Ok(price) = signed::told(rest.call(&Call::usd_price(currency)).await.transport, market::usd_price) {
            prices.insert(currency, price);
        }
    }
    prices
}

/// One account, asked about its money.
struct Visit<'a> {
    name: &'a AccountName,
    lane: &'a Lane,
    ours: BTreeSet<OfferId>,
    prices: &'a BTreeMap<Currency, Amount>,
}

impl Visit<'_> {
    async fn money(&self, lend: &BTreeMap<Currency, LendPolicy>) -> Vec<Finding> {
        let read = async {
            let wallets = signed::ask(self.lane, &Call::wallets(), rows::wallets).await?;
            let offers = signed::ask(self.lane, &Call::offers(), rows::offers).await?;
            Ok::<_, Failure>((wallets.rows, offers.rows))
        };
        let (wallets, offers) = match read.await {
            Ok(read) => read,
            Err(failure) => return vec![Finding::failed(format!("money of {}", self.name), failure)],
        };
        let mut findings = Vec::new();
        for (currency, policy) in lend {
            findings.push(self.wallet(*currency, policy, &wallets));
            findings.extend(self.foreign(*currency, &offers));
            findings.extend(self.auto_renew(*currency).await);
        }
        findings
    }

    fn check(&self, currency: Currency) -> String {
        format!("{} of {}", currency.name(), self.name)
    }

    fn wallet(&self, currency: Currency, policy: &LendPolicy, wallets: &[Wallet]) -> Finding {
        let of = |kind: WalletKind| {
            let found = wallets.iter().find(|wallet| wallet.kind == kind && wallet.currency == currency);
            found.map_or(Amount::ZERO, |wallet| wallet.balance)
        };
        let (check, code) = (self.check(currency), currency.name());
        let balance = of(WalletKind::Funding);
        if !balance.is_positive() {
            let elsewhere = [(WalletKind::Exchange, "Exchange"), (WalletKind::Margin, "Margin")];
            let full = elsewhere.iter().find(|(kind, _)| of(*kind).is_positive());
            return match full {
                Some((kind, wallet)) => {
                    let detail =
                        format!("the Funding wallet is empty, but {} {code} lie in the {wallet} wallet", of(*kind));
                    Finding::warning(check, detail, MOVE)
                }
                None => Finding::warning(check, "the Funding wallet is empty", "deposit what you want to lend"),
            };
        }
        let price = self.prices.get(&currency).copied();
        let keep = policy.keep.resolve(balance, price, Rounding::Up);
        let (Some(price), Some(keep)) = (price, keep) else {
            let todo = "try again; as long as there is none, the daemon does not lend it";
            return Finding::warning(check, format!("the exchange tells no price of {code}"), todo);
        };
        let (least, lendable) = (minimum_offer(currency, price), balance.less(keep));
        if lendable < least {
            let detail = format!(
                "{lendable} {code} of {balance} may be lent (keep {keep}), and the exchange takes no offer under {least}"
            );
            return Finding::warning(check, detail, "put more into the Funding wallet, or lower keep");
        }
        let largest = policy.profile.limits.max_offer.and_then(|most| most.resolve(Some(price), Rounding::Down));
        if let Some(largest) = largest.filter(|largest| *largest < least) {
            let detail = format!("limits.max_offer is {largest}, and the exchange takes no offer under {least}");
            return Finding::bad(check, detail, "raise max_offer in the profile", exit::CONFIG);
        }
        Finding::good(check, format!("{balance} in the Funding wallet, {lendable} for lending; least offer {least}"))
    }

    fn foreign(&self, currency: Currency, offers: &[Offer]) -> Option<Finding> {
        let foreign = offers.iter().filter(|offer| offer.currency == currency && !self.ours.contains(&offer.id));
        let ids: Vec<String> = foreign.map(|offer| offer.id.to_string()).collect();
        if ids.is_empty() {
            return None;
        }
        let detail = format!("{} open offers were not placed by yieldsforge: {}", ids.len(), ids.join(", "));
        let todo =
            format!("they are left alone; to have them managed: yieldsforge adopt {} {}", self.name, ids.join(" "));
        Some(Finding::warning(self.check(currency), detail, todo))
    }

    /// Undocumented at the exchange, so no answer is no finding.
    async fn auto_renew(&self, currency: Currency) -> Option<Finding> {
        let on = signed::ask(self.lane, &Call::auto_status(currency), rows::auto_renew).await.unwrap_or(false);
        on.then(|| competes(self.check(currency)))
    }
}

/// The exchange's own lender is on.
pub(super) fn competes(check: String) -> Finding {
    let detail = "the exchange's auto-renew is on and would compete: nothing of this currency is offered";
    Finding::bad(check, detail, "switch it off at Bitfinex: Funding, Auto-renew; yieldsforge never does", exit::OTHER)
}
