use std::sync::atomic::{AtomicU64, Ordering};

use secrecy::SecretString;

use super::super::client::Timeouts;
use super::super::testing::{Act, Script, Shelf, Told};
use super::super::tls::Tls;
use super::*;
use crate::exchange::wire::call::{Endpoint, Method};

fn lane(script: &Script, clock: &Arc<Told>, shelf: Arc<Shelf>) -> (Rest, Lane) {
    let tls = Tls::loopback_only().unwrap();
    let client = RestClient::new(&script.url(), &script.url(), &tls, Timeouts::default()).unwrap();
    let rest = Rest::new(client, Arc::<Told>::clone(clock));
    let lane = rest.lane(LaneId(1), Signer::new("k", &SecretString::from("s")), 0, shelf);
    (rest, lane)
}

fn call(endpoint: Endpoint) -> Call {
    Call {
        endpoint,
        method: Method::Post,
        path: endpoint.label().to_owned(),
        body: "{}".to_owned(),
        authenticated: true,
    }
}

fn nonces(script: &Script) -> Vec<u64> {
    let nonce = |request: &String| {
        let line = request.lines().find_map(|line| line.strip_prefix("bfx-nonce: "));
        line.unwrap().parse().unwrap()
    };
    script.heard().iter().map(nonce).collect()
}

#[tokio::test]
async fn calls_of_a_key_go_one_by_one_with_rising_nonces_under_a_stored_ceiling() {
    let script = Script::perform(vec![Act::reply(200, "[]"); 4]).await;
    let (shelf, clock) = (Arc::new(Shelf::default()), Arc::new(Told(AtomicU64::new(0))));
    let (_, lane) = lane(&script, &clock, Arc::clone(&shelf));
    let wallets = call(Endpoint::Wallets);
    let answers = tokio::join!(lane.call(&wallets), lane.call(&wallets), lane.call(&wallets));
    for answer in [answers.0, answers.1, answers.2] {
        assert_eq!(answer.transport, Transport::Reply { status: 200, body: "[]".to_owned() });
    }
    let credentials = lane.credentials().await.unwrap();
    let used = nonces(&script);
    assert!(used.is_sorted() && used.first() < used.last(), "{used:?}");
    assert!(credentials.nonce > *used.last().unwrap(), "the socket draws from the same sequence");
    let kept = shelf.kept.lock().unwrap().clone();
    assert_eq!(kept.len(), 1);
    assert!(kept.iter().all(|ceiling| *ceiling > credentials.nonce));
}

#[tokio::test]
async fn while_a_socket_authenticates_no_call_of_the_key_leaves() {
    let script = Script::perform(vec![Act::reply(200, "[]")]).await;
    let (_, lane) = lane(&script, &Arc::new(Told(AtomicU64::new(0))), Arc::default());
    let credentials = lane.credentials().await.unwrap();
    let wallets = call(Endpoint::Wallets);
    let mut read = Box::pin(lane.call(&wallets));
    tokio::select! {
        biased;
        _ = &mut read => panic!("a later nonce overtook"),
        () = tokio::task::yield_now() => {}
    }
    drop(credentials);
    assert!(matches!(read.await.transport, Transport::Reply { .. }));
}

#[tokio::test]
async fn without_a_stored_ceiling_nothing_leaves() {
    let script = Script::perform(vec![Act::reply(200, "[]")]).await;
    let shelf = Arc::new(Shelf { broken: true, ..Shelf::default() });
    let (_, lane) = lane(&script, &Arc::new(Told(AtomicU64::new(0))), shelf);
    let answer = lane.call(&call(Endpoint::Submit)).await;
    assert!(matches!(answer.transport, Transport::NotSent(why) if why.contains("disk is full")));
    assert!(script.heard().is_empty());
}

#[tokio::test]
async fn a_lane_that_may_only_read_signs_no_write() {
    let script = Script::perform(vec![Act::reply(200, "[]"); 3]).await;
    let (_, lane) = lane(&script, &Arc::new(Told(AtomicU64::new(0))), Arc::default());
    let lane = lane.read_only();
    for write in Endpoint::ALL.iter().filter(|endpoint| endpoint.is_write()) {
        let answer = lane.call(&call(*write)).await;
        assert!(matches!(answer.transport, Transport::NotSent(why) if why.contains("paper")));
    }
    assert!(script.heard().is_empty());
    assert!(matches!(lane.call(&call(Endpoint::Offers)).await.transport, Transport::Reply { .. }));
}

#[tokio::test]
async fn a_429_silences_every_call_until_its_time_is_over() {
    let limited = Act::reply(500, r#"["error", 11010, "ratelimit: error"]"#);
    let script = Script::perform(vec![limited, Act::reply(200, "[]")]).await;
    let clock = Arc::new(Told(AtomicU64::new(0)));
    let (rest, lane) = lane(&script, &clock, Arc::default());
    lane.call(&call(Endpoint::Wallets)).await;
    assert!(rest.queue().blocked.is_some_and(|span| span >= super::super::budget::BLOCK));
    let public = Call { authenticated: false, ..call(Endpoint::Wallets) };
    {
        let mut blocked = Box::pin(rest.call(&public));
        tokio::select! {
            biased;
            _ = &mut blocked => panic!("it left inside the silence"),
            () = tokio::task::yield_now() => {}
        }
    }
    assert_eq!(script.heard().len(), 1);
    clock.0.store(65_001, Ordering::SeqCst);
    assert!(matches!(rest.call(&public).await.transport, Transport::Reply { status: 200, .. }));
}

#[test]
fn only_what_says_so_is_a_rate_limit() {
    assert!(is_rate_limit(429, "<html>"));
    assert!(is_rate_limit(500, r#"["error",11010,"ratelimit: error"]"#));
    assert!(is_rate_limit(200, "{\"error\": \"ERR_RATE_LIMIT\"}"));
    assert!(!is_rate_limit(200, "[[\"funding\",\"USD\",11010,0,11010]]"));
    assert!(!is_rate_limit(500, r#"["error",10020,"limit: invalid"]"#));
}
