//! A recording against what the exchange served: over real sockets, from the first print to the files.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser;
use tempfile::TempDir;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::app::clock::HouseClock;
use crate::app::record::{self, Recording};
use crate::config::{self, Sources};
use crate::domain::{Amount, DailyRate, MINUTE, Rounding};
use crate::exchange::bitfinex::calls::Rest;
use crate::exchange::bitfinex::client::{RestClient, Timeouts, Transport};
use crate::exchange::bitfinex::tls::Tls;
use crate::exchange::clock::Clock as _;
use crate::exchange::sim::api::Command;
use crate::exchange::sim::faults::FaultDeck;
use crate::exchange::sim::market::model::ModelledMarket;
use crate::exchange::sim::market::{Background, MarketProfile, StillMarket};
use crate::exchange::sim::server::{Order, SimServer};
use crate::exchange::sim::{Setup, SimExchange};
use crate::exchange::wire::call::Call;
use crate::store::market::{RowKind, Totals};

/// An exchange that is served, and a place to record it in.
struct Rig {
    folder: TempDir,
    address: SocketAddr,
    clock: Arc<HouseClock>,
    orders: mpsc::Sender<Order>,
    tasks: JoinSet<()>,
}

/// A recording under way.
struct Running {
    stop: CancellationToken,
    shown: watch::Receiver<Arc<Totals>>,
    done: oneshot::Receiver<Result<(), String>>,
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    args: ExportArgs,
}

async fn rig(speed: u32, market: impl FnOnce(Timestamp) -> Box<dyn Background>) -> Rig {
    let clock = HouseClock::scaled(Some(Timestamp::from_millis(1_784_505_600_000)), speed);
    let (server, address) = SimServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let setup = Setup {
        seed: 1,
        start: clock.origin(),
        accounts: Vec::new(),
        markets: vec![market(clock.origin())],
        faults: FaultDeck::default(),
        rate_limit_scale: speed,
    };
    let (orders, inbox) = mpsc::channel(4);
    let mut tasks = JoinSet::new();
    let shared = Arc::<HouseClock>::clone(&clock);
    let serving = server.run(SimExchange::new(setup), shared, inbox, CancellationToken::new());
    tasks.spawn(async { drop(serving.await) });
    let folder = TempDir::new().unwrap();
    let text = format!(
        "[exchange]\nrest = \"http://{address}\"\nrest_public = \"http://{address}\"\nws = \"ws://{address}/ws/2\"\n\
         ws_public = \"ws://{address}/ws/2\"\n[state]\ndirectory = \"state\"\n"
    );
    fs::write(folder.path().join("yieldsforge.toml"), text).unwrap();
    Rig { folder, address, clock, orders, tasks }
}

impl Rig {
    fn record(&mut self) -> Running {
        let sources = Sources { path: self.folder.path().to_owned(), ..Sources::default() };
        let (stop, shown) = (CancellationToken::new(), watch::Sender::new(Arc::default()));
        let seen = shown.subscribe();
        let recording = Recording {
            settings: config::load(&sources).unwrap().settings,
            currencies: [Currency::USD].into(),
            duration: None,
            clock: Arc::clone(&self.clock),
            tls: Tls::loopback_only().unwrap(),
            stop: stop.clone(),
            shown,
        };
        let (done, ended) = oneshot::channel();
        self.tasks.spawn(async move {
            let _test_failed = done.send(record::run(recording).await.map_err(|error| error.to_string()));
        });
        Running { stop, shown: seen, done: ended }
    }

    async fn order(&self, command: Command) {
        let (answer, done) = oneshot::channel();
        self.orders.send(Order::Do { command, answer }).await.unwrap();
        done.await.unwrap().unwrap();
    }

    async fn borrow(&self, dollars: i32) {
        let limit = DailyRate::parse("0.001", Rounding::Down).unwrap();
        self.order(Command::Borrow { currency: Currency::USD, amount: Amount::whole(dollars), limit, period: 2 }).await;
    }

    /// What the exchange serves, row by row, its numbers as exact text.
    async fn served(&self, call: &Call) -> Vec<Vec<String>> {
        let url = format!("http://{}", self.address);
        let client = RestClient::new(&url, &url, &Tls::loopback_only().unwrap(), Timeouts::default()).unwrap();
        let answer = Rest::new(client, Arc::<HouseClock>::clone(&self.clock)).call(call).await;
        let Transport::Reply { body, .. } = answer.transport else { panic!("{:?}", answer.transport) };
        let rows: Vec<Vec<serde_json::Number>> = serde_json::from_str(&body).unwrap();
        let exact =
            |number: &serde_json::Number| crate::domain::Decimal::parse(&number.to_string()).unwrap().to_string();
        rows.iter().map(|row| row.iter().map(exact).collect()).collect()
    }

    /// Exports into a folder; every file by its name, without its head.
    fn export(&self, args: &[&str]) -> BTreeMap<String, Vec<Vec<String>>> {
        let (config, out) = (self.folder.path().to_str().unwrap(), self.folder.path().join("out"));
        let line = ["export", "--config", config, "--to-dir", out.to_str().unwrap()];
        let line = Line::parse_from(line.iter().chain(args));
        assert_eq!(run(&line.args, &[]), exit::OK);
        let folders = fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path());
        let files = folders.flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
        let rows = |path: &Path| -> Vec<Vec<String>> {
            let text = fs::read_to_string(path).unwrap();
            text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect()
        };
        files.map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), rows(&path))).collect()
    }
}

impl Running {
    async fn until(&mut self, what: &str, fits: impl Fn(&Totals) -> bool) {
        let seen = self.shown.wait_for(|totals| fits(totals));
        let seen = tokio::time::timeout(Duration::from_mins(1), seen).await;
        assert!(seen.is_ok_and(|seen| seen.is_ok()), "{what} never came");
    }

    async fn end(self) {
        self.stop.cancel();
        self.done.await.unwrap().unwrap();
    }
}

fn at_least(kind: RowKind, many: u64) -> impl Fn(&Totals) -> bool {
    move |totals| totals.rows.get(&kind).is_some_and(|count| *count >= many)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_a_standing_market_served_is_what_is_exported_over_a_cut_connection_and_a_second_run() {
    let still = |start| Box::new(StillMarket::new(Currency::USD, Amount::whole(1), start)) as Box<dyn Background>;
    let mut rig = rig(1, still).await;
    let mut running = rig.record();
    running
        .until("a book and a ticker", |totals| {
            at_least(RowKind::Book, 1)(totals) && at_least(RowKind::Ticker, 1)(totals)
        })
        .await;
    let (mut book, at) = (rig.served(&Call::book(Currency::USD, 100)).await, rig.clock.now().market);
    rig.borrow(1_000).await;
    rig.borrow(500).await;
    running.until("two trades", at_least(RowKind::Trade, 3)).await;
    rig.order(Command::Disconnect).await;
    rig.borrow(250).await;
    running.until("the trade that was missed", at_least(RowKind::Trade, 4)).await;
    running.end().await;
    rig.borrow(125).await;
    let mut running = rig.record();
    running.until("the trade between two runs", at_least(RowKind::Trade, 1)).await;
    assert_eq!(rig.record().done.await.unwrap().map_err(|why| why.contains("another yieldsforge")), Err(true));
    running.end().await;

    let files = rig.export(&["--what", "trades,books,tickers"]);
    let names: Vec<&str> = files.keys().map(String::as_str).collect();
    assert_eq!(names, ["fUSD-book-P0-100_20260720.csv", "fUSD-ticker_20260720.csv", "fUSD-trades_20260720.csv"]);
    let mut trades = rig.served(&Call::trades(Currency::USD, None, 10_000)).await;
    trades.reverse();
    assert_eq!(files["fUSD-trades_20260720.csv"], trades);
    assert!(trades.iter().skip(1).all(|trade| trade[2].starts_with('-')), "a borrower took offers: {trades:?}");
    let recorded = &files["fUSD-book-P0-100_20260720.csv"];
    let first: Vec<Vec<String>> =
        recorded.iter().take_while(|row| row[0] == recorded[0][0]).map(|row| row[1..].to_vec()).collect();
    assert!(recorded[0][0].parse::<i64>().unwrap() <= at.millis());
    // Bids first, both sides best first.
    book.sort_by_key(|row| {
        (!row[3].starts_with('-'), row[3].starts_with('-').then(|| std::cmp::Reverse(row[0].clone())))
    });
    assert_eq!(first, book);
    assert_eq!(files["fUSD-ticker_20260720.csv"][0][1], "0.0003", "its FRR");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_modelled_market_makes_the_trades_and_candles_that_the_exchange_serves() {
    let modelled = |start| Box::new(ModelledMarket::new(7, MarketProfile::usd(), start)) as Box<dyn Background>;
    let mut rig = rig(900, modelled).await;
    let mut running = rig.record();
    running.until("trades", at_least(RowKind::Trade, 300)).await;
    running.until("books", at_least(RowKind::Book, 5)).await;
    running.end().await;
    let files = rig.export(&["--frame", "15m", "--period", "p2,a30:p2:p30"]);
    let name = |stem: &str| {
        let found = files.iter().find(|(name, _)| name.starts_with(stem));
        found.unwrap_or_else(|| panic!("no {stem} in {:?}", files.keys())).1
    };
    let recorded = name("fUSD-trades_");
    let first = recorded[0][0].parse::<i64>().unwrap();
    let last = recorded.last().unwrap()[0].parse::<i64>().unwrap();
    let mut served = rig.served(&Call::trades(Currency::USD, None, 10_000)).await;
    served.retain(|row| (first..=last).contains(&row[0].parse().unwrap()));
    served.sort_by_key(|row| (row[1].parse::<i64>().unwrap(), row[0].parse::<i64>().unwrap()));
    assert_eq!(recorded, &served);
    for (stem, key) in [("fUSD-15m-p2_", "trade:15m:fUSD:p2"), ("fUSD-15m-a30-p2-p30_", "trade:15m:fUSD:a30:p2:p30")] {
        let candles = name(stem);
        let (begin, end) = (candles[0][0].parse::<i64>().unwrap(), candles.last().unwrap()[0].parse::<i64>().unwrap());
        let mut served = rig.served(&Call::candles(key, Some(Timestamp::from_millis(begin)), 1_000)).await;
        served.retain(|row| row[0].parse::<i64>().unwrap() <= end);
        assert_eq!(candles, &served, "{stem}");
        assert!(begin >= rig.clock.origin().millis() && end - begin >= MINUTE.get(), "{stem}");
    }
    let book = name("fUSD-book-P0-100_");
    let sides = |row: &Vec<String>| row[4].starts_with('-');
    assert!(book.iter().any(sides) && !book.iter().all(sides));
}
