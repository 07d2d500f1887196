use std::collections::BTreeMap;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;

use super::super::record;
use super::super::samples::{AT, USD, main_account, policy, view};
use super::super::status::Status;
use super::*;
use crate::domain::{Amount, Credited, Millis, Total};

fn state() -> AdminState {
    let paid = |dollars| Total::from(Amount::whole(dollars));
    let by_day = BTreeMap::from([
        (AT.day(), paid(1)),
        (AT.day() - 1, paid(2)),
        (AT.day() - 7, paid(3)),
        (AT.day() - 30, paid(6)),
    ]);
    let credited = Credited { total: paid(12), last: Some(AT), by_day };
    let interest = BTreeMap::from([(main_account(), BTreeMap::from([(USD, credited)]))]);
    AdminState {
        view: Some(Arc::new(view())),
        last_tick: Some(WireTime::from_millis(1_000)),
        interest: Arc::new(interest),
        ..AdminState::new(WireTime::from_millis(0), Millis::seconds(10))
    }
}

struct Server {
    at: SocketAddr,
    shared: watch::Sender<AdminState>,
    stop: oneshot::Sender<()>,
    served: tokio::task::JoinHandle<()>,
}

#[expect(clippy::disallowed_methods, reason = "a test has no supervisor")]
async fn start() -> Server {
    let recorder = record::recorder().unwrap();
    let metrics = Metrics::of(&recorder);
    metrics::with_local_recorder(&recorder, || record::initialise(&policy()));
    let (shared, receiver) = watch::channel(state());
    let listener = bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.unwrap();
    let at = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let now: Arc<dyn Fn() -> WireTime + Send + Sync> = Arc::new(|| WireTime::from_millis(2_000));
    let admin = Admin { state: receiver, metrics, started: AT, now };
    let served = tokio::spawn(serve(listener, admin, async move {
        let _ = stopped.await;
    }));
    Server { at, shared, stop, served }
}

/// Status code, headers in lower case, body.
async fn ask(at: SocketAddr, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(at).await.unwrap();
    stream.write_all(format!("{request} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).await.unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let code = head.split(' ').nth(1).unwrap().parse().unwrap();
    (code, head.to_lowercase(), body.to_owned())
}

#[tokio::test]
async fn routes_methods_and_types() {
    // As text: Prometheus 3 refuses a scrape whose type it does not know.
    assert_eq!(EXPOSITION, "text/plain; version=0.0.4; charset=utf-8");
    let server = start().await;
    for (request, code, kind) in [
        ("GET /metrics", 200, EXPOSITION),
        ("GET /metrics?name=x", 200, EXPOSITION),
        ("GET /livez", 200, PLAIN),
        ("GET /healthz", 200, PLAIN),
        ("GET /readyz", 200, PLAIN),
        ("GET /status", 200, JSON),
        ("GET /", 404, PLAIN),
        ("GET /metrics/", 404, PLAIN),
        ("GET /env", 404, PLAIN),
        ("POST /nowhere", 404, PLAIN),
        ("POST /status", 405, PLAIN),
        ("DELETE /metrics", 405, PLAIN),
        ("OPTIONS /livez", 405, PLAIN),
    ] {
        let (found, head, body) = ask(server.at, request).await;
        assert_eq!(found, code, "{request}");
        assert!(head.contains(&format!("content-type: {kind}\r\n")), "{request}: {head}");
        assert_eq!(head.contains("allow: get, head"), code == 405, "{request}: {head}");
        assert!(!body.is_empty(), "{request}");
        let (found, _, body) = ask(server.at, &request.replace("GET", "HEAD")).await;
        if request.starts_with("GET") {
            assert_eq!((found, body.as_str()), (code, ""), "HEAD of {request}");
        }
    }
}

#[tokio::test]
async fn metrics_hold_ours_and_the_process() {
    let server = start().await;
    let (_, _, body) = ask(server.at, "GET /metrics").await;
    assert!(body.contains("\nyieldsforge_engine_steps_total{input=\"tick\"} 0\n"), "{body}");
    assert!(body.contains("\nprocess_start_time_seconds 1790000000\n"), "{body}");
    assert!(body.contains("\nprocess_resident_memory_bytes "), "{body}");
}

#[tokio::test]
async fn readiness_comes_and_goes_and_life_does_not_care() {
    let server = start().await;
    server.shared.send_modify(|state| {
        let mut lost = view();
        lost.market_link = None;
        state.view = Some(Arc::new(lost));
    });
    let (code, _, body) = ask(server.at, "GET /readyz").await;
    assert_eq!(code, 503);
    assert!(body.contains("market stream: failed: it is down\n") && body.contains("engine: ok\n"), "{body}");
    assert_eq!(ask(server.at, "GET /livez").await.0, 200);
    server.shared.send_modify(|state| state.view = Some(Arc::new(view())));
    assert_eq!(ask(server.at, "GET /readyz").await.0, 200);
}

#[tokio::test]
async fn status_is_exact_reads_back_and_names_its_units() {
    let server = start().await;
    let (_, _, body) = ask(server.at, "GET /status").await;
    let status: Status = serde_json::from_str(&body).unwrap();
    assert!(status.ready && status.faults.is_empty());
    let usd = &status.accounts["main"].currencies["USD"];
    assert_eq!((usd.balance_amount.as_deref().unwrap(), usd.idle_amounts["below_minimum"].as_str()), ("1500", "50"));
    assert_eq!(usd.interest_credited_amount.as_deref(), Some("12"));
    assert_eq!(usd.loans[0].rate.rate_per_day, "0.0002");
    assert_eq!(usd.loans[0].rate.percent_per_year, "7.3");
    let earned = usd.earned.as_ref().unwrap();
    assert_eq!((earned.today_amount.as_str(), earned.yesterday_amount.as_str()), ("1", "2"));
    assert_eq!((earned.days_7_amount.as_str(), earned.days_30_amount.as_str()), ("5", "11"));
    assert_eq!(usd.lent_net.as_ref().unwrap().percent_per_year, "6.205");
    assert_eq!(usd.balance_net.as_ref().unwrap().percent_per_year, "4.1367");
    assert_eq!((usd.idle_amount.as_deref().unwrap(), usd.fee_percent.as_str()), ("50", "15"));
    assert_eq!((status.process_id, status.uptime_seconds, status.decided_ago_ms), (std::process::id(), 2, Some(1_000)));
    assert_eq!(usd.slices[0].candidates[1].declined.as_deref(), Some("below_floor"));
    assert_eq!(usd.decisions.len(), 1);
    assert_eq!(usd.offers.len(), 3);
    assert_eq!(usd.offers[0].above_best_percent.as_deref(), Some("66.66"));
    let euros = &status.accounts["main"].currencies["EUR"];
    assert_eq!((&euros.earned, &euros.lent_net), (&None, &None));
    assert_eq!(euros.balance_net.as_ref().unwrap().rate_per_day, "0");
    assert_eq!(status.markets["BTC"].best_bid, None);
    // The only texts that come from outside are names of accounts, profiles, slices and decisions.
    for word in ["secret", "api_key", "apikey", "token", "password", "nonce", "identity"] {
        assert!(!body.to_lowercase().contains(word), "{word}: {body}");
    }
}

#[tokio::test]
async fn it_stops_when_told_and_lets_go_of_the_port() {
    let server = start().await;
    // An idle client does not hold it up.
    let _idle = TcpStream::connect(server.at).await.unwrap();
    server.stop.send(()).unwrap();
    server.served.await.unwrap();
    let again = bind(server.at).await;
    assert!(again.is_ok(), "{again:?}");
    let taken = bind(server.at).await.unwrap_err();
    assert!(taken.to_string().contains(&server.at.to_string()), "{taken}");
}
