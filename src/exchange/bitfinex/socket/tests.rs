use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::SecretString;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::super::budget::LaneId;
use super::super::calls::Rest;
use super::super::client::{RestClient, Timeouts};
use super::super::signer::Signer;
use super::super::testing::{Shelf, Told};
use super::*;
use crate::domain::LinkState;
use crate::exchange::session::Role;

/// One line of a scripted exchange.
#[derive(Debug, Clone)]
enum Line {
    /// Waits until the client says something that holds this.
    Hear(&'static str),
    Say(String),
    /// Waits until the client has gone, and notes it as `gone`.
    Gone,
    Cut,
}

fn say(text: &str) -> Line {
    Line::Say(text.to_owned())
}

/// Performs one script a connection, then stays silent; hears everything.
struct Scripted {
    url: Url,
    heard: Arc<Mutex<Vec<String>>>,
    _tasks: JoinSet<()>,
}

async fn scripted(scripts: Vec<Vec<Line>>) -> Scripted {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("ws://{}/ws/2", listener.local_addr().unwrap())).unwrap();
    let heard = Arc::new(Mutex::new(Vec::new()));
    let ears = Arc::clone(&heard);
    let mut tasks = JoinSet::new();
    tasks.spawn(async move {
        for script in scripts {
            let (stream, _) = listener.accept().await.unwrap();
            let mut link = tokio_tungstenite::accept_async(stream).await.unwrap();
            for line in script {
                match line {
                    Line::Say(text) => link.send(Message::text(text)).await.unwrap(),
                    Line::Cut => break,
                    Line::Gone => {
                        while let Some(Ok(message)) = link.next().await {
                            if message.is_close() {
                                break;
                            }
                        }
                        ears.lock().unwrap().push("gone".to_owned());
                    }
                    Line::Hear(what) => loop {
                        let text = link.next().await.unwrap().unwrap().into_text().unwrap().to_string();
                        ears.lock().unwrap().push(text.clone());
                        if text.contains(what) {
                            break;
                        }
                    },
                }
            }
        }
        std::future::pending::<()>().await;
    });
    Scripted { url, heard, _tasks: tasks }
}

const INFO: &str = r#"{"event":"info","version":2,"serverId":"x","platform":{"status":1}}"#;
const AUTH_OK: &str = r#"{"event":"auth","status":"OK","chanId":0,"userId":1,"auth_id":"a","caps":{"funding":{"read":1,"write":1},"wallets":{"read":1,"write":0},"history":{"read":1,"write":0}}}"#;

fn private_login() -> Vec<Line> {
    let mut script = vec![say(INFO), Line::Hear("\"auth\""), say(AUTH_OK)];
    for (count, kind) in ["ps", "ws", "os", "fos", "fcs", "fls"].iter().enumerate() {
        script.push(Line::Say(format!(r#"[0,"{kind}",[],{},0]"#, count + 1)));
    }
    script
}

struct Rig {
    events: mpsc::Receiver<SocketEvent>,
    wanted: mpsc::Sender<Vec<Subscription>>,
    clock: Arc<Told>,
    lane: Arc<Lane>,
    stop: CancellationToken,
    tasks: JoinSet<()>,
}

fn drive(exchange: &Scripted, role: Role, capacity: usize) -> Rig {
    let clock = Arc::new(Told(AtomicU64::new(1)));
    let tls = Tls::loopback_only().unwrap();
    let http = "http://127.0.0.1:1";
    let client = RestClient::new(http, http, &tls, Timeouts::default()).unwrap();
    let signer = Signer::new("the-key", &SecretString::from("test-secret-do-not-use"));
    let rest = Rest::new(client, Arc::<Told>::clone(&clock));
    let lane = Arc::new(rest.lane(LaneId(1), signer, 0, Arc::new(Shelf::default())));
    let (out, events) = mpsc::channel(capacity);
    let (wanted, wanting) = mpsc::channel(1);
    let socket = Socket {
        lane: (role == Role::Private).then(|| Arc::clone(&lane)),
        session: Session::new(role, 7),
        url: exchange.url.clone(),
        tls,
        connects: Arc::new(Connects::private()),
        out,
        wanted: wanting,
        clock: Arc::<Told>::clone(&clock),
    };
    let (stop, mut tasks) = (CancellationToken::new(), JoinSet::new());
    tasks.spawn(socket.drive_with(Duration::ZERO, stop.clone()));
    Rig { events, wanted, clock, lane, stop, tasks }
}

impl Rig {
    /// All events up to one that fits.
    async fn until(&mut self, fits: impl Fn(&SocketEvent) -> bool) -> Vec<SocketEvent> {
        let mut seen = Vec::new();
        loop {
            let event = timeout(Duration::from_secs(20), self.events.recv()).await;
            let event = event.unwrap_or_else(|_| panic!("never told after {seen:?}")).expect("the driver ended");
            let found = fits(&event);
            seen.push(event);
            if found {
                return seen;
            }
        }
    }

    /// Lets the time come for the next attempt, and wakes the driver.
    async fn later(&self) {
        self.clock.0.fetch_add(100_000, Ordering::SeqCst);
        self.wanted.send(Vec::new()).await.unwrap();
    }
}

fn up(event: &SocketEvent) -> bool {
    *event == SocketEvent::Told(Output::Link(LinkState::Up))
}

#[tokio::test]
async fn a_private_socket_authenticates_with_the_lanes_next_nonce_and_gives_the_lane_back() {
    let exchange = scripted(vec![private_login()]).await;
    let mut rig = drive(&exchange, Role::Private, 100);
    let seen = rig.until(up).await;
    assert!(seen.iter().any(|event| matches!(event, SocketEvent::Told(Output::Gate(_)))));
    let heard = exchange.heard.lock().unwrap().clone();
    let auth = heard.iter().find(|text| text.contains("\"auth\"")).unwrap();
    let signature = Signer::new("", &SecretString::from("test-secret-do-not-use")).socket(1_700_000_000_000_000);
    assert!(auth.contains("AUTH1700000000000000") && auth.contains(&signature) && auth.contains("the-key"), "{auth}");
    // The lane is free: this does not wait for ever.
    assert!(rig.lane.credentials().await.unwrap().nonce > 1_700_000_000_000_000);
    rig.stop.cancel();
    rig.tasks.join_next().await.unwrap().unwrap();
}

#[tokio::test]
async fn a_cut_link_is_told_and_made_anew_with_a_resync() {
    let mut first = private_login();
    first.push(Line::Cut);
    let exchange = scripted(vec![first, private_login()]).await;
    let mut rig = drive(&exchange, Role::Private, 100);
    rig.until(up).await;
    rig.until(|event| *event == SocketEvent::Told(Output::Link(LinkState::Down))).await;
    rig.later().await;
    rig.until(up).await;
    rig.until(|event| *event == SocketEvent::Told(Output::Resync)).await;
}

#[tokio::test]
async fn who_does_not_keep_up_loses_the_link_not_the_facts() {
    let mut flood = private_login();
    for count in 0..20 {
        let wallet = format!(r#"[0,"wu",["funding","USD",{count},0,{count},null,null],{},{}]"#, count + 7, count + 1);
        flood.push(Line::Say(wallet));
    }
    flood.push(Line::Gone);
    let exchange = scripted(vec![flood, private_login()]).await;
    let mut rig = drive(&exchange, Role::Private, 8);
    let given_up = |event: &SocketEvent| matches!(event, SocketEvent::Trouble(why) if why.contains("given up"));
    rig.until(up).await;
    // Nobody listens until the driver has given up.
    while exchange.heard.lock().unwrap().last().is_none_or(|text| text != "gone") {
        tokio::task::yield_now().await;
    }
    let seen = rig.until(given_up).await;
    assert!(seen.contains(&SocketEvent::Told(Output::Link(LinkState::Down))), "{seen:?}");
    rig.later().await;
    let again = rig.until(|event| *event == SocketEvent::Told(Output::Resync)).await;
    assert!(again.iter().any(up));
}

#[tokio::test]
async fn a_public_socket_listens_to_what_is_wanted() {
    let usd = Subscription::Ticker(crate::domain::Currency::USD);
    let told = "[5,[0.0003,0.0002,30,1000,0.0001,2,2000,0,0,0.00012,5000,0.0004,0.0001,null,null,700],1]";
    let subscribed = r#"{"event":"subscribed","channel":"ticker","chanId":5,"symbol":"fUSD","currency":"USD"}"#;
    let exchange = scripted(vec![vec![say(INFO), Line::Hear("fUSD"), say(subscribed), say(told)]]).await;
    let mut rig = drive(&exchange, Role::Public(vec![usd]), 100);
    let news = |event: &SocketEvent| matches!(event, SocketEvent::Told(Output::Market(_)));
    assert!(rig.until(news).await.last().is_some());
}

#[tokio::test]
async fn an_exchange_out_of_reach_is_told_in_words_and_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = Url::parse(&format!("ws://{}/ws/2", listener.local_addr().unwrap())).unwrap();
    drop(listener);
    let gone = Scripted { url, heard: Arc::default(), _tasks: JoinSet::new() };
    let mut rig = drive(&gone, Role::Private, 100);
    for _ in 0..2 {
        rig.until(|event| matches!(event, SocketEvent::Trouble(why) if why.contains("no connection"))).await;
        rig.later().await;
    }
}
