//! `yieldsforge exchange`: the embedded exchange as a server of its own, for trying clients without real money.
//!
//! It listens on loopback, at the pace of the real clock. Standard output carries one JSON object a line, the first
//! being `{"listening":"127.0.0.1:PORT","rest":"http://…","ws":"ws://…/ws/2"}`; without `--accounts` a second one tells
//! a funded test key: `{"account":"test","key":"…","secret":"…"}`. Diagnostics go to standard error.
//!
//! The operator's commands are JSON objects on standard input, one a line, each answered by a line
//! `{"ok":true,"text":"…"}` or `{"ok":false,"error":"…"}`, `show` by `{"ok":true,"shown":{…}}`. They are described in
//! [`orders`]. The port has no such door.

pub mod accounts;
pub mod orders;
mod show;

use std::io::Write as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use clap::{Args, ValueEnum};
use figment::Figment;
use figment::providers::{Format as _, Toml};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::domain::{Amount, Currency, Millis, Moment};
use crate::exchange::clock::Clock;
use crate::exchange::sim::api::AccountSetup;
use crate::exchange::sim::faults::FaultDeck;
use crate::exchange::sim::market::model::ModelledMarket;
use crate::exchange::sim::market::{Background, MarketProfile, StillMarket};
use crate::exchange::sim::server::{Order, SimServer};
use crate::exchange::sim::{Setup, SimExchange};
use orders::Wish;

/// Options of `yieldsforge exchange`.
#[derive(Debug, Clone, Args)]
pub struct ExchangeArgs {
    /// Where to listen: a loopback address and port; port 0 picks a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:9737")]
    pub listen: SocketAddr,
    /// Accounts with their keys, wallets and offers; without it one funded test key is made and printed
    #[arg(long, value_name = "FILE")]
    pub accounts: Option<PathBuf>,
    /// Seed of everything that is drawn: the same seed makes the same market
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    pub seed: u64,
    /// What goes wrong and how often; without it nothing does
    #[arg(long, value_name = "FILE")]
    pub faults: Option<PathBuf>,
    /// Who else lends and borrows
    #[arg(long, value_enum, default_value_t = Market::Modelled)]
    pub market: Market,
}

/// The background of the embedded exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Market {
    /// Modelled on recordings: batches of borrowers, background lenders, the flash return rate
    Modelled,
    /// One book in dollars and one in USDT that stand still; borrowers come at the operator's command only
    Still,
}

/// Runs the embedded exchange until `stop`.
///
/// # Errors
/// When a file cannot be read or understood, or the port cannot be had.
pub async fn run(args: ExchangeArgs, clock: Arc<dyn Clock>, stop: CancellationToken) -> anyhow::Result<()> {
    let clock = Arc::new(Shifted { clock, ahead: AtomicI64::new(0) });
    let (exchange, made) = build(&args, clock.now())?;
    let (server, address) = SimServer::bind(args.listen).await?;
    say(&json!({
        "listening": address.to_string(),
        "rest": format!("http://{address}"),
        "ws": format!("ws://{address}/ws/2"),
    }))?;
    if let Some(test) = made {
        say(&json!({ "account": test.name, "key": test.key, "secret": test.secret }))?;
    }
    let (orders, inbox) = mpsc::channel(16);
    let serving = server.run(exchange, Arc::<Shifted>::clone(&clock), inbox, stop.clone());
    let obeying = obey(BufReader::new(tokio::io::stdin()), &orders, &clock);
    tokio::pin!(serving, obeying);
    let mut obedient = true;
    loop {
        tokio::select! {
            _closed = &mut serving => return Ok(()),
            done = &mut obeying, if obedient => {
                done.context("standard input or output failed")?;
                // The end of the input is the end of the commands, not of the exchange.
                obedient = false;
            }
        }
    }
}

/// The exchange, and the account that was made for want of a file.
fn build(args: &ExchangeArgs, now: Moment) -> anyhow::Result<(SimExchange, Option<AccountSetup>)> {
    let (accounts, made) = if let Some(file) = &args.accounts {
        (accounts::read(file)?, None)
    } else {
        let test = accounts::test_account(args.seed);
        (vec![test.clone()], Some(test))
    };
    let faults = args.faults.as_deref().map(faults).transpose()?.unwrap_or_default();
    let markets = match args.market {
        Market::Modelled => modelled(args.seed, now),
        Market::Still => {
            let still = |currency| -> Box<dyn Background> {
                Box::new(StillMarket::new(currency, Amount::whole(1), now.market))
            };
            [Currency::USD].into_iter().chain(Currency::from_code("UST")).map(still).collect()
        }
    };
    let setup = Setup { seed: args.seed, start: now.market, accounts, markets, faults, rate_limit_scale: 1 };
    Ok((SimExchange::new(setup), made))
}

fn modelled(seed: u64, now: Moment) -> Vec<Box<dyn Background>> {
    [MarketProfile::usd(), MarketProfile::ust(), MarketProfile::btc(), MarketProfile::eth()]
        .into_iter()
        .map(|profile| Box::new(ModelledMarket::with_past(seed, profile, now.market)) as Box<dyn Background>)
        .collect()
}

/// A file of lines such as `hang_after_accept = "0.1 %"`: the chance at each occasion.
fn faults(file: &Path) -> anyhow::Result<FaultDeck> {
    let text = std::fs::read_to_string(file).with_context(|| format!("{}: cannot be read", file.display()))?;
    let chances = Figment::from(Toml::string(&text)).extract().with_context(|| file.display().to_string())?;
    orders::deck(&chances).map_err(anyhow::Error::msg).with_context(|| file.display().to_string())
}

/// Carries out the lines of `input` until it ends.
async fn obey(input: impl AsyncRead + Unpin, orders: &mpsc::Sender<Order>, clock: &Shifted) -> std::io::Result<()> {
    let mut lines = BufReader::new(input).lines();
    while let Some(line) = lines.next_line().await? {
        if line.trim().is_empty() {
            continue;
        }
        let done = carry_out(&line, orders, clock).await;
        say(&done.unwrap_or_else(|error| json!({ "ok": false, "error": error })))?;
    }
    Ok(())
}

async fn carry_out(line: &str, orders: &mpsc::Sender<Order>, clock: &Shifted) -> Result<Value, String> {
    let text = match orders::read(line)? {
        Wish::Command(command) => ask(orders, |answer| Order::Do { command, answer }).await??,
        Wish::Show { account } => {
            let shown = look(orders, move |exchange, _| show::show(exchange, &account)).await??;
            return Ok(json!({ "ok": true, "shown": shown }));
        }
        Wish::Time { forward } => {
            clock.ahead.fetch_add(forward.get(), Ordering::SeqCst);
            // The exchange wakes up and lets happen what has come due.
            look(orders, |_, now| now.market).await?.millis().to_string()
        }
    };
    Ok(json!({ "ok": true, "text": text }))
}

/// What is seen of the exchange between two events.
async fn look<T: Send + 'static>(
    orders: &mpsc::Sender<Order>,
    see: impl FnOnce(&SimExchange, Moment) -> T + Send + 'static,
) -> Result<T, String> {
    let order = |answer: oneshot::Sender<T>| {
        // Whoever does not wait for the answer does not want it.
        Order::Look(Box::new(move |exchange, now| drop(answer.send(see(exchange, now)))))
    };
    ask(orders, order).await
}

async fn ask<T>(orders: &mpsc::Sender<Order>, order: impl FnOnce(oneshot::Sender<T>) -> Order) -> Result<T, String> {
    let stopped = || "the exchange has stopped".to_owned();
    let (answer, done) = oneshot::channel();
    orders.send(order(answer)).await.map_err(|_stopped| stopped())?;
    done.await.map_err(|_stopped| stopped())
}

/// One JSON object on one line of standard output.
fn say(line: &serde_json::Value) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{line}")?;
    out.flush()
}

/// The clock of the machine with its market time set forward by the operator.
#[derive(Debug)]
struct Shifted {
    clock: Arc<dyn Clock>,
    ahead: AtomicI64,
}

impl Clock for Shifted {
    fn now(&self) -> Moment {
        let now = self.clock.now();
        Moment { market: now.market.plus(Millis::new(self.ahead.load(Ordering::SeqCst))), ..now }
    }

    fn unix_micros(&self) -> u64 {
        self.clock.unix_micros()
    }

    fn real(&self, span: Millis) -> Duration {
        self.clock.real(span)
    }
}

#[cfg(test)]
mod tests;
