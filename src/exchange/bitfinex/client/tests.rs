use secrecy::SecretString;

use super::super::testing::{Act, Script};
use super::*;
use crate::exchange::wire::call::Endpoint;

fn client(url: &str, timeout: u64) -> RestClient {
    let timeouts = Timeouts { total: Duration::from_millis(timeout), connect: Duration::from_millis(timeout) };
    RestClient::new(url, url, &Tls::loopback_only().unwrap(), timeouts).unwrap()
}

fn wallets() -> Call {
    Call {
        endpoint: Endpoint::Wallets,
        method: Method::Post,
        path: "auth/r/wallets".to_owned(),
        body: "{}".to_owned(),
        authenticated: true,
    }
}

fn signer() -> Signer {
    Signer::new("the-key", &SecretString::from("test-secret-do-not-use"))
}

async fn perform(acts: Vec<Act>, timeout: u64) -> (Transport, Vec<String>) {
    let script = Script::perform(acts).await;
    let transport = client(&script.url(), timeout).send(&wallets(), Some((&signer(), 1_700_000_000_000_000))).await;
    (transport, script.heard())
}

#[tokio::test]
async fn a_signed_call_leaves_as_the_exchange_wants_it() {
    let (transport, heard) = perform(vec![Act::reply(200, "[]")], 10_000).await;
    assert_eq!(transport, Transport::Reply { status: 200, body: "[]".to_owned() });
    let request = heard.first().unwrap().to_lowercase();
    for part in [
        "post /v2/auth/r/wallets http/1.1\r\n",
        "content-type: application/json\r\n",
        "bfx-nonce: 1700000000000000\r\n",
        "bfx-apikey: the-key\r\n",
        "bfx-signature: 9e2593f0ef4057e835be71f29ac39427127861cd310cfd86e17a399a50a3d2494ef74444e145d5b726ca528bb34f61ce\r\n",
        "\r\n\r\n{}",
    ] {
        assert!(request.contains(part), "{part:?} in {request:?}");
    }
    assert_eq!(heard.len(), 1);
}

#[tokio::test]
async fn a_reply_that_never_comes_is_lost_and_the_request_is_not_repeated() {
    let (transport, heard) = perform(vec![Act::Hang, Act::reply(200, "[]")], 300).await;
    assert!(matches!(transport, Transport::Lost(UnknownCause::Timeout, _)), "{transport:?}");
    assert_eq!(heard.len(), 1);
}

#[tokio::test]
async fn a_cut_connection_is_lost_and_the_request_is_not_repeated() {
    let (transport, heard) = perform(vec![Act::Cut, Act::reply(200, "[]")], 10_000).await;
    assert!(matches!(transport, Transport::Lost(UnknownCause::Cut, _)), "{transport:?}");
    assert_eq!(heard.len(), 1);
}

#[tokio::test]
async fn a_warm_connection_that_is_cut_is_not_tried_again_on_a_new_one() {
    let script = Script::perform(vec![Act::reply(200, "[]"), Act::Cut, Act::reply(200, "[]")]).await;
    let client = client(&script.url(), 10_000);
    let mut last = client.send(&wallets(), Some((&signer(), 1))).await;
    assert!(matches!(last, Transport::Reply { .. }));
    last = client.send(&wallets(), Some((&signer(), 2))).await;
    assert!(matches!(last, Transport::Lost(UnknownCause::Cut, _)), "{last:?}");
    assert_eq!(script.heard().len(), 2);
}

#[tokio::test]
async fn a_reply_cut_in_the_middle_is_lost() {
    let half = Act::Say("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n[1,2".to_owned());
    let (transport, _) = perform(vec![half], 300).await;
    assert!(matches!(transport, Transport::Lost(UnknownCause::Timeout, _)), "{transport:?}");
}

#[tokio::test]
async fn a_refused_connection_is_proof_that_nothing_left() {
    let gone = Script::perform(Vec::new()).await.url();
    let transport = client(&gone, 10_000).send(&wallets(), Some((&signer(), 1))).await;
    assert!(matches!(transport, Transport::NotSent(_)), "{transport:?}");
}

#[tokio::test]
async fn pages_of_the_cdn_and_error_statuses_are_replies() {
    let (transport, _) = perform(vec![Act::reply(502, "<html>Bad Gateway</html>")], 10_000).await;
    assert_eq!(transport, Transport::Reply { status: 502, body: "<html>Bad Gateway</html>".to_owned() });
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let elsewhere = Act::Say("HTTP/1.1 307 X\r\nlocation: /v2/auth/r/wallets\r\ncontent-length: 0\r\n\r\n".to_owned());
    let (transport, heard) = perform(vec![elsewhere, Act::reply(200, "[]")], 10_000).await;
    assert_eq!(transport, Transport::Reply { status: 307, body: String::new() });
    assert_eq!(heard.len(), 1);
}

#[tokio::test]
async fn an_endless_reply_is_not_swallowed() {
    let endless = Act::reply(200, &"x".repeat(MAX_BODY + 1));
    let (transport, _) = perform(vec![endless], 60_000).await;
    assert!(matches!(transport, Transport::Lost(UnknownCause::Unreadable, _)));
}

#[tokio::test]
async fn nothing_authenticated_leaves_unsigned_and_nothing_public_signed() {
    let script = Script::perform(vec![Act::reply(200, "[]")]).await;
    let client = client(&script.url(), 1_000);
    let public = Call { authenticated: false, ..wallets() };
    for transport in [client.send(&wallets(), None).await, client.send(&public, Some((&signer(), 1))).await] {
        assert!(matches!(transport, Transport::NotSent(_)));
    }
    assert!(script.heard().is_empty());
}

#[test]
fn an_address_in_plain_text_is_refused() {
    let tls = Tls::loopback_only().unwrap();
    let made = RestClient::new("http://example.org", "https://example.org", &tls, Timeouts::default());
    assert!(matches!(made, Err(ClientError::Tls(_))));
}
