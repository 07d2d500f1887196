//! The admin server: `/metrics`, `/livez` (alias `/healthz`), `/readyz`, `/status`. GET and HEAD only; no route changes
//! anything, so there is no access control to get wrong. It answers from a shared value and never waits for the engine.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode, http};
use hyper_util::rt::{TokioIo, TokioTimer};
use thiserror::Error;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::domain::{Timestamp, WireTime};

use super::health::{self, AdminState, Check};
use super::process::ProcessMetrics;
use super::record::Metrics;
use super::status;

/// A client must have sent its headers by then.
const HEADERS_WITHIN: Duration = Duration::from_secs(5);
/// A client must have read its answer by then.
const ANSWERED_WITHIN: Duration = Duration::from_secs(15);
/// Connections at a time; the next one waits in the kernel's queue.
const CONNECTIONS: usize = 32;
/// Pause after a failed accept (no descriptors left): else the loop would spin.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

const PLAIN: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";
/// Prometheus 3 refuses a scrape without a proper type.
const EXPOSITION: &str = "text/plain; version=0.0.4; charset=utf-8";

/// The admin server cannot be had.
#[derive(Debug, Error)]
pub enum AdminError {
    /// The address cannot be listened on.
    #[error("cannot listen on {listen} (http.listen): {source}")]
    Bind {
        /// Where.
        listen: SocketAddr,
        /// The system's answer.
        source: std::io::Error,
    },
}

/// What the server answers from.
#[derive(Clone)]
pub struct Admin {
    /// The state to show.
    pub state: watch::Receiver<AdminState>,
    /// The recorded metrics.
    pub metrics: Metrics,
    /// When the process started.
    pub started: Timestamp,
    /// The time of a request, as the shell's clock tells it.
    pub now: Arc<dyn Fn() -> WireTime + Send + Sync>,
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Admin").finish_non_exhaustive()
    }
}

/// Listens on `listen`.
///
/// # Errors
/// [`AdminError::Bind`] when the address is taken or not ours.
pub async fn bind(listen: SocketAddr) -> Result<TcpListener, AdminError> {
    TcpListener::bind(listen).await.map_err(|source| AdminError::Bind { listen, source })
}

/// Serves until `stop` completes; then connections that are being answered are cut.
pub async fn serve(listener: TcpListener, admin: Admin, stop: impl Future<Output = ()>) {
    let mut stop = std::pin::pin!(stop);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            () = &mut stop => return,
            Some(ended) = connections.join_next() => if let Err(error) = ended {
                tracing::error!(%error, "an admin connection ended by a fault of ours");
            },
            accepted = listener.accept(), if connections.len() < CONNECTIONS => match accepted {
                Ok((stream, _peer)) => {
                    connections.spawn(connection(stream, admin.clone()));
                }
                Err(error) => {
                    tracing::warn!(%error, "the admin server could not accept a connection");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
        }
    }
}

/// One request a connection: an idle client cannot hold a place.
async fn connection(stream: TcpStream, admin: Admin) {
    let service = service_fn(move |request: Request<Incoming>| {
        let answer = admin.answer(request.method(), request.uri().path());
        async move { Ok::<_, Infallible>(answer) }
    });
    let served = hyper::server::conn::http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WITHIN)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    match tokio::time::timeout(ANSWERED_WITHIN, served).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "an admin connection ended early"),
        Err(_elapsed) => tracing::debug!("an admin client was too slow"),
    }
}

impl Admin {
    fn answer(&self, method: &Method, path: &str) -> Response<Full<Bytes>> {
        let known = ["/metrics", "/livez", "/healthz", "/readyz", "/status"].contains(&path);
        let asked = matches!(*method, Method::GET | Method::HEAD);
        let (code, kind, body) = match path {
            _ if known && !asked => (StatusCode::METHOD_NOT_ALLOWED, PLAIN, "GET and HEAD only\n".to_owned()),
            "/metrics" => (StatusCode::OK, EXPOSITION, self.exposition()),
            "/livez" | "/healthz" => verdict(&health::live(&self.state.borrow(), (self.now)())),
            "/readyz" => verdict(&health::ready(&self.state.borrow(), (self.now)())),
            "/status" => self.status(),
            _ => (StatusCode::NOT_FOUND, PLAIN, "not found\n".to_owned()),
        };
        // Only constants go into the headers, so this cannot fail.
        respond(code, kind, body).unwrap_or_default()
    }

    fn exposition(&self) -> String {
        let mut text = self.metrics.render();
        text.push_str(&ProcessMetrics::read().render(self.started));
        text
    }

    fn status(&self) -> (StatusCode, &'static str, String) {
        let status = status::status(&self.state.borrow(), (self.now)());
        match serde_json::to_string(&status) {
            Ok(body) => (StatusCode::OK, JSON, body),
            Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, PLAIN, format!("cannot write the status: {error}\n")),
        }
    }
}

fn verdict(checks: &[Check]) -> (StatusCode, &'static str, String) {
    let code = if health::all_good(checks) { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (code, PLAIN, health::render(checks))
}

fn respond(code: StatusCode, kind: &str, body: String) -> http::Result<Response<Full<Bytes>>> {
    let response = Response::builder()
        .status(code)
        .header(CONTENT_TYPE, kind)
        .header(CACHE_CONTROL, "no-store")
        .header(X_CONTENT_TYPE_OPTIONS, "nosniff");
    let response = if code == StatusCode::METHOD_NOT_ALLOWED { response.header(ALLOW, "GET, HEAD") } else { response };
    response.body(Full::new(Bytes::from(body)))
}

#[cfg(test)]
mod tests;
