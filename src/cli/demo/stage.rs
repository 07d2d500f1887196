//! What the demo is played on: a temporary configuration with a key, and an exchange with a funded account, its twin
//! that leaves everything to the exchange's auto-renew, and an offer placed by hand.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::config::Sources;
use crate::domain::{Amount, Currency, DailyRate, OfferId, Rounding, Timestamp, Total};
use crate::exchange::sim::api::{AccountSetup, HandOffer, Permission};
use crate::exchange::sim::faults::FaultDeck;
use crate::exchange::sim::market::model::ModelledMarket;
use crate::exchange::sim::market::replay::{Plan, ReplayedMarket, plan_recordings};
use crate::exchange::sim::market::{Background, MarketProfile};
use crate::exchange::sim::{Setup, SimExchange, WalletName};
use crate::secrets::{ApiKey, Form, Identity, encrypt, write_private};

use super::DemoArgs;

/// The account that the daemon lends for.
pub(super) const LENDER: &str = "demo";
/// Its twin with the same money on auto-renew at the FRR.
pub(super) const TWIN: &str = "auto-renew";
/// The demo's key. It opens nothing but the embedded exchange of this process.
const KEY: &str = "demo-key-of-the-embedded-exchange";
const SECRET: &str = "demo-secret-of-the-embedded-exchange";
/// The shipped profile.
const STEADY: &str = include_str!("../../../config/profiles/steady.toml");

/// What each currency's wallet starts with, and what is kept of it.
const MONEY: [(&str, &str, &str); 4] =
    [("USD", "20000", "500"), ("UST", "10000", "0"), ("BTC", "0.5", "0"), ("ETH", "6", "0")];

/// The stage.
#[derive(Debug)]
pub(super) struct Stage {
    folder: PathBuf,
    plan: Option<Plan>,
    /// Where market time begins, when a recording says so.
    pub(super) origin: Option<Timestamp>,
    currencies: Vec<Currency>,
}

/// What the exchange's books say of one currency at the end.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) currency: Currency,
    pub(super) start: Amount,
    pub(super) lent: Amount,
    pub(super) earned: Amount,
    pub(super) twin: Amount,
}

/// What the exchange's books say at the end.
#[derive(Debug, Clone)]
pub(super) struct Books {
    pub(super) accounts: Vec<Account>,
    /// What is left of the offer placed by hand; `None` when it is gone.
    pub(super) by_hand: Option<(OfferId, Amount)>,
}

impl Stage {
    /// Writes the configuration into a fresh temporary folder.
    pub(super) fn set(args: &DemoArgs, exchange: SocketAddr) -> anyhow::Result<Self> {
        let plan = args.data.as_deref().map(recordings).transpose()?;
        let currencies: Vec<Currency> = match &plan {
            Some(plan) => plan.recordings.iter().map(|(currency, _)| *currency).collect(),
            None => MONEY.iter().filter_map(|(code, ..)| Currency::from_code(code).ok()).collect(),
        };
        let origin = plan.as_ref().and_then(|plan| plan.span).map(|span| span.from);
        let folder = fresh_folder()?;
        let stage = Self { folder, plan, origin, currencies };
        stage.write(args, exchange).with_context(|| stage.folder.display().to_string())?;
        Ok(stage)
    }

    fn write(&self, args: &DemoArgs, exchange: SocketAddr) -> anyhow::Result<()> {
        let listen = args.listen;
        let main = format!(
            "mode = \"live\"\n[exchange]\nrest = \"http://{exchange}\"\nrest_public = \"http://{exchange}\"\n\
             ws = \"ws://{exchange}/ws/2\"\nws_public = \"ws://{exchange}/ws/2\"\n[keys]\nidentity = \"identity.txt\"\n\
             [http]\nlisten = \"{listen}\"\n[state]\ndirectory = \"state\"\n"
        );
        let mut account = "key = \"demo.age\"\n".to_owned();
        for (code, _, keep) in MONEY.iter().filter(|(code, ..)| self.currencies.iter().any(|c| c.code() == *code)) {
            let _infallible =
                write!(account, "[[lend]]\ncurrency = \"{code}\"\nprofile = \"steady\"\nkeep = \"{keep}\"\n");
        }
        for sub in ["accounts", "profiles", "state"] {
            fs::DirBuilder::new().mode(0o700).create(self.folder.join(sub))?;
        }
        fs::write(self.folder.join("yieldsforge.toml"), main)?;
        fs::write(self.folder.join("accounts/demo.toml"), account)?;
        fs::write(self.folder.join("profiles/steady.toml"), STEADY)?;
        let identity = Identity::generate();
        identity.write(&self.folder.join("identity.txt"))?;
        let key = ApiKey::new(KEY, SECRET)?;
        let ciphertext = encrypt(&key.plaintext(), &identity.recipient(), Form::Armored)?;
        write_private(&self.folder.join("demo.age"), &ciphertext)?;
        Ok(())
    }

    /// Where the daemon reads its configuration.
    pub(super) fn sources(&self) -> Sources {
        Sources { path: self.folder.clone(), ..Sources::default() }
    }

    /// The exchange, opening at `start`.
    pub(super) fn exchange(&self, args: &DemoArgs, start: Timestamp) -> SimExchange {
        let markets = match &self.plan {
            Some(plan) => plan
                .recordings
                .iter()
                .map(|(currency, recording)| {
                    let market = ReplayedMarket::new(args.seed, *currency, recording.clone(), start);
                    Box::new(market) as Box<dyn Background>
                })
                .collect(),
            None => [MarketProfile::usd(), MarketProfile::ust(), MarketProfile::btc(), MarketProfile::eth()]
                .into_iter()
                .map(|profile| Box::new(ModelledMarket::with_past(args.seed, profile, start)) as Box<dyn Background>)
                .collect(),
        };
        let setup = Setup {
            seed: args.seed,
            start,
            accounts: vec![self.lender(), self.twin()],
            markets,
            faults: FaultDeck::default(),
            rate_limit_scale: args.speed,
        };
        SimExchange::new(setup)
    }

    fn wallets(&self) -> Vec<(String, Currency, Amount)> {
        self.currencies.iter().map(|currency| ("funding".to_owned(), *currency, funds(*currency))).collect()
    }

    fn lender(&self) -> AccountSetup {
        let by_hand = HandOffer {
            currency: Currency::USD,
            amount: Amount::whole(600),
            // Dear enough to wait, so that it is there to be left alone.
            rate: DailyRate::parse("0.002", Rounding::Down).unwrap_or_default(),
            period: 30,
        };
        AccountSetup {
            name: LENDER.to_owned(),
            key: KEY.to_owned(),
            secret: SECRET.to_owned(),
            permissions: permissions(),
            wallets: self.wallets(),
            offers: if self.currencies.contains(&Currency::USD) { vec![by_hand] } else { Vec::new() },
            auto_renew: Vec::new(),
        }
    }

    fn twin(&self) -> AccountSetup {
        AccountSetup {
            name: TWIN.to_owned(),
            key: "nobody-uses-this-key".to_owned(),
            secret: "nobody-uses-this-secret".to_owned(),
            permissions: permissions(),
            wallets: self.wallets(),
            offers: Vec::new(),
            auto_renew: self.currencies.clone(),
        }
    }

    /// What market it is, and what of the data was left out.
    pub(super) fn words(&self) -> Vec<String> {
        let Some(plan) = &self.plan else { return vec!["a modelled market".to_owned()] };
        let mut words = vec!["recorded books and candles; the batches in between are modelled".to_owned()];
        words.extend(plan.left_out.iter().cloned());
        words
    }

    /// Leaves nothing behind.
    pub(super) fn strike(&self) {
        let _left_for_the_system = fs::remove_dir_all(&self.folder);
    }
}

/// What a wallet starts with.
fn funds(currency: Currency) -> Amount {
    let money = MONEY.iter().find(|(code, ..)| *code == currency.code());
    money.and_then(|(_, amount, _)| Amount::parse(amount, Rounding::Down).ok()).unwrap_or(Amount::whole(1_000))
}

fn permissions() -> Vec<Permission> {
    let row = |scope: &str, read, write| Permission { scope: scope.to_owned(), read, write };
    vec![
        row("account", true, false),
        row("history", true, false),
        row("funding", true, true),
        row("wallets", true, false),
        row("withdraw", false, false),
        row("ui_withdraw", false, false),
    ]
}

fn fresh_folder() -> anyhow::Result<PathBuf> {
    let base = std::env::temp_dir();
    for number in 0..1_000_u32 {
        let folder = base.join(format!("yieldsforge-demo-{}-{number}", std::process::id()));
        match fs::DirBuilder::new().mode(0o700).create(&folder) {
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error).with_context(|| folder.display().to_string()),
        }
    }
    anyhow::bail!("{} has no room for a temporary folder", base.display())
}

/// Reads every file of the data folder that a recording could be made of.
fn recordings(folder: &Path) -> anyhow::Result<Plan> {
    let mut files = Vec::new();
    for sub in ["book", "candles", "tickers", "stats"] {
        let Ok(entries) = fs::read_dir(folder.join(sub)) else { continue };
        let mut paths: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        paths.sort();
        for path in paths.into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "csv")) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            files.push((name, fs::read_to_string(&path).with_context(|| path.display().to_string())?));
        }
    }
    let plan = plan_recordings(&files);
    if plan.recordings.is_empty() {
        anyhow::bail!(
            "{}: no recorded market; expected folders book, candles, tickers, stats of CSV files",
            folder.display()
        );
    }
    Ok(plan)
}

/// What the lender has earned so far, by currency.
pub(super) fn earned(exchange: &mut SimExchange) -> BTreeMap<Currency, Amount> {
    funded(exchange).into_iter().map(|currency| (currency, interest(exchange, LENDER, currency))).collect()
}

/// Interest after the fee: what the ledger shows, and what has accrued since the last payout.
fn interest(exchange: &mut SimExchange, account: &str, currency: Currency) -> Amount {
    let unpaid = exchange.unpaid(account, currency);
    let paid = exchange.books().account(account).map(|known| known.interest(currency)).unwrap_or_default();
    Total::from(paid).plus(unpaid).clamp_amount()
}

fn funded(exchange: &SimExchange) -> Vec<Currency> {
    let Some(lender) = exchange.books().account(LENDER) else { return Vec::new() };
    lender
        .wallets()
        .keys()
        .filter(|(wallet, _)| *wallet == WalletName::Funding)
        .map(|(_, currency)| *currency)
        .collect()
}

/// The exchange's own books at the end.
pub(super) fn books(exchange: &mut SimExchange) -> Books {
    let accounts = funded(exchange)
        .into_iter()
        .map(|currency| Account {
            currency,
            start: funds(currency),
            lent: exchange.books().account(LENDER).map(|lender| lender.lent_out(currency)).unwrap_or_default(),
            earned: interest(exchange, LENDER, currency),
            twin: interest(exchange, TWIN, currency),
        })
        .collect();
    let hand = |offer: &&crate::exchange::sim::SimOffer| offer.by == crate::exchange::sim::audit::Actor::Hand;
    let by_hand = exchange
        .books()
        .account(LENDER)
        .and_then(|lender| lender.offers().find(hand).map(|offer| (OfferId(offer.id), offer.amount)));
    Books { accounts, by_hand }
}
