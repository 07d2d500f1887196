//! The client and the embedded exchange over real sockets: they share no code, so each checks the other.

use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::SecretString;

use super::*;
use crate::domain::{
    AccountNews, Amount, Change, Currency, DailyRate, Days, LinkState, MarketNews, OfferKind, Submit, Timestamp,
    UnknownCause,
};
use crate::exchange::bitfinex::budget::LaneId;
use crate::exchange::bitfinex::calls::{Lane, Rest};
use crate::exchange::bitfinex::client::{RestClient, Timeouts, Transport};
use crate::exchange::bitfinex::connects::Connects;
use crate::exchange::bitfinex::signer::Signer;
use crate::exchange::bitfinex::socket::{Socket as ClientSocket, SocketEvent};
use crate::exchange::bitfinex::testing::{ORIGIN, Shelf, Told};
use crate::exchange::bitfinex::tls::{self, Protocol, Tls};
use crate::exchange::session::{Output, Role, Session, Subscription};
use crate::exchange::sim::Setup;
use crate::exchange::sim::api::{AccountSetup, HandOffer, Permission};
use crate::exchange::sim::faults::{Fault, FaultDeck};
use crate::exchange::sim::market::MarketProfile;
use crate::exchange::sim::market::model::ModelledMarket;
use crate::exchange::wire::call::Call;

struct Rig {
    address: SocketAddr,
    orders: mpsc::Sender<Order>,
    clock: Arc<Told>,
    tasks: JoinSet<()>,
}

async fn exchange() -> Rig {
    let start = Timestamp::from_millis(ORIGIN);
    let scope = |scope: &str, read, write| Permission { scope: scope.to_owned(), read, write };
    let account = AccountSetup {
        name: "main".to_owned(),
        key: "k".to_owned(),
        secret: "s".to_owned(),
        permissions: vec![scope("funding", true, true), scope("wallets", true, false), scope("history", true, false)],
        wallets: vec![("funding".to_owned(), Currency::USD, Amount::whole(10_000))],
        offers: Vec::new(),
        auto_renew: Vec::new(),
    };
    let setup = Setup {
        seed: 1,
        start,
        accounts: vec![account],
        markets: vec![Box::new(ModelledMarket::new(1, MarketProfile::usd(), start))],
        faults: FaultDeck::default(),
        rate_limit_scale: 1,
    };
    let (server, address) = SimServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    let clock = Arc::new(Told(AtomicU64::new(0)));
    let (orders, inbox) = mpsc::channel(4);
    let mut tasks = JoinSet::new();
    let serving = server.run(SimExchange::new(setup), Arc::<Told>::clone(&clock), inbox, CancellationToken::new());
    tasks.spawn(async { drop(serving.await) });
    Rig { address, orders, clock, tasks }
}

impl Rig {
    fn rest(&self, patience: u64) -> Rest {
        let timeouts = Timeouts { total: Duration::from_millis(patience), ..Timeouts::default() };
        let url = format!("http://{}", self.address);
        let client = RestClient::new(&url, &url, &Tls::loopback_only().unwrap(), timeouts).unwrap();
        Rest::new(client, Arc::<Told>::clone(&self.clock))
    }

    fn lane(&self, secret: &str, patience: u64) -> Arc<Lane> {
        let signer = Signer::new("k", &SecretString::from(secret));
        Arc::new(self.rest(patience).lane(LaneId(1), signer, 0, Arc::new(Shelf::default())))
    }

    async fn order(&self, command: Command) -> Result<String, String> {
        let (answer, done) = oneshot::channel();
        self.orders.send(Order::Do { command, answer }).await.unwrap();
        done.await.unwrap()
    }

    fn listen(&mut self, role: Role, lane: Option<Arc<Lane>>) -> mpsc::Receiver<SocketEvent> {
        let (out, events) = mpsc::channel(1_000);
        let socket = ClientSocket {
            session: Session::new(role, 1),
            url: tls::address(&format!("ws://{}/ws/2", self.address), Protocol::Socket).unwrap(),
            tls: Tls::loopback_only().unwrap(),
            lane,
            connects: Arc::new(Connects::private()),
            out,
            wanted: mpsc::channel(1).1,
            clock: Arc::<Told>::clone(&self.clock),
        };
        self.tasks.spawn(socket.drive(CancellationToken::new()));
        events
    }
}

async fn until(events: &mut mpsc::Receiver<SocketEvent>, fits: impl Fn(&Output) -> bool) -> Output {
    let mut seen = Vec::new();
    loop {
        let event = tokio::time::timeout(Duration::from_secs(20), events.recv()).await;
        match event.unwrap_or_else(|_| panic!("never told after {seen:?}")).expect("the driver ended") {
            SocketEvent::Told(output) if fits(&output) => return output,
            other @ (SocketEvent::Told(_) | SocketEvent::Trouble(_)) => seen.push(other),
        }
    }
}

fn submit(units: i32) -> Call {
    Call::submit(&Submit {
        currency: Currency::USD,
        amount: Amount::whole(units),
        rate: DailyRate::from_units(9_000_000_000),
        kind: OfferKind::Limit,
        period: Days::MIN,
        hidden: false,
    })
}

fn body(transport: Transport) -> String {
    match transport {
        Transport::Reply { body, .. } => body,
        lost @ (Transport::NotSent(_) | Transport::Lost(..)) => panic!("{lost:?}"),
    }
}

#[tokio::test]
async fn it_listens_on_loopback_only() {
    let refused = SimServer::bind("0.0.0.0:0".parse().unwrap()).await;
    assert!(matches!(refused, Err(ServerError::NotLoopback(_))));
    let (held, address) = SimServer::bind("127.0.0.1:0".parse().unwrap()).await.unwrap();
    assert_eq!(held.address(), address);
    assert!(matches!(SimServer::bind(address).await, Err(ServerError::Listen { .. })));
}

#[tokio::test]
async fn signed_and_public_calls_are_answered_over_http() {
    let rig = exchange().await;
    let lane = rig.lane("s", 10_000);
    assert!(body(lane.call(&Call::wallets()).await.transport).contains(r#"["funding","USD",10000"#));
    assert!(body(lane.call(&submit(500)).await.transport).contains("SUCCESS"));
    assert!(body(lane.call(&Call::offers()).await.transport).contains("\"fUSD\""));
    assert!(body(rig.rest(10_000).call(&Call::book(Currency::USD, 25)).await.transport).starts_with("[["));
    let stranger = rig.lane("wrong", 10_000);
    assert!(body(stranger.call(&Call::wallets()).await.transport).contains("10100"));
}

#[tokio::test]
async fn what_the_exchange_decides_of_a_reply_happens_on_the_wire() {
    let rig = exchange().await;
    let lane = rig.lane("s", 1_000);
    for (fault, cause) in [(Fault::CutAfterAccept, UnknownCause::Cut), (Fault::HangAfterAccept, UnknownCause::Timeout)]
    {
        rig.order(Command::Fault(fault)).await.unwrap();
        let transport = lane.call(&submit(500)).await.transport;
        assert!(matches!(transport, Transport::Lost(told, _) if told == cause), "{fault:?}: {transport:?}");
    }
    let offers = body(lane.call(&Call::offers()).await.transport);
    assert_eq!(offers.matches("\"fUSD\"").count(), 2, "both were executed, each once: {offers}");
    rig.order(Command::Fault(Fault::FaultAfterAccept)).await.unwrap();
    let transport = lane.call(&submit(500)).await.transport;
    assert!(matches!(&transport, Transport::Reply { status: 502, body } if body.starts_with('<')), "{transport:?}");
}

#[tokio::test]
async fn an_account_hears_of_its_offers_and_of_the_end_of_the_connection() {
    let mut rig = exchange().await;
    let lane = rig.lane("s", 10_000);
    let mut events = rig.listen(Role::Private, Some(lane));
    until(&mut events, |output| *output == Output::Link(LinkState::Up)).await;
    let offer = HandOffer {
        currency: Currency::USD,
        amount: Amount::whole(700),
        rate: DailyRate::from_units(9_000_000_000),
        period: 2,
    };
    rig.order(Command::PlaceOffer { account: "main".to_owned(), offer }).await.unwrap();
    let placed = |output: &Output| matches!(output, Output::Account(AccountNews::Offer(Change::Set, offer)) if offer.amount == Amount::whole(700));
    until(&mut events, placed).await;
    rig.order(Command::Disconnect).await.unwrap();
    until(&mut events, |output| *output == Output::Link(LinkState::Down)).await;
}

#[tokio::test]
async fn the_market_is_heard_and_moves_with_the_clock() {
    let mut rig = exchange().await;
    let wanted = vec![Subscription::Ticker(Currency::USD), Subscription::Trades(Currency::USD)];
    let mut events = rig.listen(Role::Public(wanted), None);
    until(&mut events, |output| *output == Output::Link(LinkState::Up)).await;
    rig.clock.0.store(3_600_000, Ordering::SeqCst);
    let (seen, done) = oneshot::channel();
    rig.orders.send(Order::Look(Box::new(move |_, now| seen.send(now.market).unwrap()))).await.unwrap();
    assert_eq!(done.await.unwrap(), Timestamp::from_millis(ORIGIN + 3_600_000));
    until(&mut events, |output| matches!(output, Output::Market(MarketNews::Prints(..)))).await;
}
