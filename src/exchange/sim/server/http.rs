//! One HTTP connection: requests go to the exchange, what becomes of the replies is the exchange's decision.

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, DATE, HeaderValue};
use hyper::service::service_fn;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::sync::{mpsc, oneshot};
use tokio_tungstenite::tungstenite::handshake::server::create_response_with_body;

use super::Event;
use crate::domain::Timestamp;
use crate::exchange::clock::duration;
use crate::exchange::sim::api::{Fate, Reply};

/// The longest request body that is read.
const MAX_BODY: usize = 1024 * 1024;

/// A request, owned.
pub(super) struct Owned {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) nonce: Option<String>,
    pub(super) key: Option<String>,
    pub(super) signature: Option<String>,
    pub(super) body: String,
}

/// Why a connection is cut without a reply; hyper closes it on any error.
#[derive(Debug, thiserror::Error)]
#[error("cut")]
struct Cut;

/// Serves one connection to its end.
pub(super) async fn serve(stream: TcpStream, inbox: mpsc::Sender<Event>) {
    let service = service_fn(move |request| answer(request, inbox.clone()));
    let connection = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
    // Clients that leave in the middle and replies that we cut end here; neither is worth a word.
    let _ended = connection.with_upgrades().await;
}

async fn answer(request: Request<Incoming>, inbox: mpsc::Sender<Event>) -> Result<Response<Full<Bytes>>, Cut> {
    if request.uri().path().trim_end_matches('/') == "/ws/2" {
        return upgrade(request, inbox).await;
    }
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, MAX_BODY).collect().await else { return Err(Cut) };
    let header = |name: &str| text(&parts.headers, name);
    let path = parts.uri.path_and_query().map_or("", |path| path.as_str());
    let request = Owned {
        method: parts.method.as_str().to_owned(),
        path: plain(path.trim_start_matches('/')),
        nonce: header("bfx-nonce"),
        key: header("bfx-apikey"),
        signature: header("bfx-signature"),
        body: String::from_utf8_lossy(&body.to_bytes()).into_owned(),
    };
    let (reply, receiver) = oneshot::channel();
    inbox.send(Event::Request { request, reply }).await.map_err(|_stopped| Cut)?;
    let (reply, at) = receiver.await.map_err(|_stopped| Cut)?;
    let mut response = respond(reply).await?;
    if let Some(date) = date(at) {
        response.headers_mut().insert(DATE, date);
    }
    Ok(response)
}

/// The exchange's time, which may be another than the machine's.
fn date(at: Timestamp) -> Option<HeaderValue> {
    let at = jiff::Timestamp::from_millisecond(at.millis()).ok()?;
    let text = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok()?;
    HeaderValue::from_str(&text).ok()
}

async fn upgrade(mut request: Request<Incoming>, inbox: mpsc::Sender<Event>) -> Result<Response<Full<Bytes>>, Cut> {
    let Ok(response) = create_response_with_body(&request, Full::default) else {
        let body = Full::from("this is a websocket");
        let response = Response::builder().status(StatusCode::UPGRADE_REQUIRED).header("upgrade", "websocket");
        return response.body(body).map_err(|_impossible| Cut);
    };
    let (verdict, receiver) = oneshot::channel();
    let upgrade = hyper::upgrade::on(&mut request);
    inbox.send(Event::Open { upgrade, verdict }).await.map_err(|_stopped| Cut)?;
    match receiver.await.map_err(|_stopped| Cut)? {
        Ok(()) => Ok(response),
        Err(refusal) => respond(refusal).await,
    }
}

async fn respond(reply: Reply) -> Result<Response<Full<Bytes>>, Cut> {
    match reply.fate {
        Fate::Send(after) if after.get() > 0 => tokio::time::sleep(duration(after)).await,
        Fate::Send(_) => {}
        Fate::Hang => std::future::pending().await,
        Fate::Cut => return Err(Cut),
    }
    let kind = if reply.body.starts_with('<') { "text/html" } else { "application/json; charset=utf-8" };
    let mut response = Response::new(Full::from(reply.body));
    *response.status_mut() = StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    Ok(response)
}

fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

/// The target without needless escapes (`%2C` for a comma); what parts a query (`&`, `=`, `%`, `+`) stays escaped.
fn plain(target: &str) -> String {
    let mut parts = target.split('%');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let escaped = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()).map(char::from);
        if let Some(letter) = escaped.filter(|letter| letter.is_ascii_graphic() && !"&=%+".contains(*letter)) {
            plain.push(letter);
            plain.push_str(part.get(2..).unwrap_or_default());
        } else {
            plain.push('%');
            plain.push_str(part);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    #[test]
    fn escapes_that_mean_nothing_are_undone() {
        assert_eq!(super::plain("v2/tickers?symbols=fUSD%2CfUST"), "v2/tickers?symbols=fUSD,fUST");
        for kept in ["a%26b", "a%3db", "a%", "a%2", "a%zz", "%25", "%00", "%C3%9C", "a%\u{20ac}"] {
            assert_eq!(super::plain(kept), kept);
        }
    }
}
