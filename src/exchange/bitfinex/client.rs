//! One HTTP call to the exchange: sent at most once, and honest about what became of it.
//!
//! Retries, redirects and proxies are off: a repeated or diverted request could lend money twice, or tell it to others.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderValue};
use reqwest::{Client, Url};
use thiserror::Error;

use crate::domain::{Timestamp, UnknownCause};
use crate::exchange::wire::call::{Call, Method};

use super::signer::Signer;
use super::tls::{self, Protocol, Tls, TlsError};

/// The longest reply that is read. The largest that the exchange has reason to send is a few hundred kilobytes.
pub const MAX_BODY: usize = 8 * 1024 * 1024;

/// What became of a request on its way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Transport {
    /// The exchange, or something in front of it, answered.
    Reply {
        /// HTTP status.
        status: u16,
        /// Body; what is not UTF-8 in it is replaced.
        body: String,
    },
    /// Definitely no byte of the request left: no name, no connection, no TLS, no nonce. With words for the log.
    NotSent(String),
    /// It may have arrived; nobody knows. With words for the log.
    Lost(UnknownCause, String),
}

/// How long a call may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeouts {
    /// From the first attempt to connect to the last byte of the reply.
    pub total: Duration,
    /// For name, connection and TLS; shorter than `total`, so that a host out of reach is told from a lost reply.
    pub connect: Duration,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self { total: Duration::from_secs(10), connect: Duration::from_secs(5) }
    }
}

/// Why there is no client.
#[derive(Debug, Error)]
pub enum ClientError {
    /// TLS, or an address that may not be used.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// The HTTP client would not start.
    #[error("the HTTP client cannot be set up: {0}")]
    Setup(String),
}

/// HTTP to the exchange's two REST hosts over connections that are kept warm. Cheap to clone; clones share them.
#[derive(Debug, Clone)]
pub struct RestClient {
    http: Client,
    authenticated: String,
    public: String,
}

/// HTTP that sends each request once: no retries, no redirects, no proxy, no referrer.
///
/// # Errors
/// [`ClientError::Setup`] when it cannot be built.
pub fn plain(tls: &Tls, timeouts: Timeouts) -> Result<Client, ClientError> {
    Client::builder()
        .tls_backend_preconfigured(tls.copy())
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .user_agent(concat!("yieldsforge/", env!("CARGO_PKG_VERSION")))
        .timeout(timeouts.total)
        .connect_timeout(timeouts.connect)
        // Warm, but dropped before a server is likely to drop it: a request into a closing connection is *unknown*.
        .pool_idle_timeout(Duration::from_secs(90))
        .tcp_keepalive(Duration::from_secs(20))
        .build()
        .map_err(|error| ClientError::Setup(words(error)))
}

impl RestClient {
    /// For the hosts of authenticated and of public calls, without `/v2`.
    ///
    /// # Errors
    /// [`ClientError`] when an address may not be used or the client cannot be built.
    pub fn new(rest: &str, rest_public: &str, tls: &Tls, timeouts: Timeouts) -> Result<Self, ClientError> {
        Ok(Self { http: plain(tls, timeouts)?, authenticated: base(rest)?, public: base(rest_public)? })
    }

    /// Sends `call` once. With a signer and a fresh nonce it is signed; the nonce must be stored by then.
    pub async fn send(&self, call: &Call, auth: Option<(&Signer, u64)>) -> Transport {
        match self.request(call, auth) {
            Ok(request) => self.exchange(request, &mut None).await,
            Err(why) => Transport::NotSent(why),
        }
    }

    /// Sends a public call once, and tells beside the reply what time its `Date` says, in whole seconds.
    pub async fn send_dated(&self, call: &Call) -> (Transport, Option<Timestamp>) {
        match self.request(call, None) {
            Ok(request) => {
                let mut date = None;
                let transport = self.exchange(request, &mut date).await;
                (transport, date)
            }
            Err(why) => (Transport::NotSent(why), None),
        }
    }

    fn request(&self, call: &Call, auth: Option<(&Signer, u64)>) -> Result<reqwest::Request, String> {
        if call.authenticated != auth.is_some() {
            return Err(format!("{}: a signature is missing or not wanted", call.endpoint.label()));
        }
        let host = if call.authenticated { &self.authenticated } else { &self.public };
        let url = Url::parse(&format!("{host}/v2/{}", call.path)).map_err(|error| error.to_string())?;
        let method = match call.method {
            Method::Get => reqwest::Method::GET,
            Method::Post => reqwest::Method::POST,
        };
        let mut request = reqwest::Request::new(method, url);
        if call.method == Method::Post {
            request.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            *request.body_mut() = Some(call.body.clone().into());
        }
        if let Some((signer, nonce)) = auth {
            let signature = signer.rest(&call.path, nonce, &call.body);
            let headers = request.headers_mut();
            secret_header(headers, "bfx-nonce", &nonce.to_string())?;
            secret_header(headers, "bfx-apikey", signer.key())?;
            secret_header(headers, "bfx-signature", &signature)?;
        }
        Ok(request)
    }

    async fn exchange(&self, request: reqwest::Request, date: &mut Option<Timestamp>) -> Transport {
        let mut response = match self.http.execute(request).await {
            Ok(response) => response,
            Err(error) => return lost(error),
        };
        *date = response.headers().get(DATE).and_then(|date| moment(date.to_str().ok()?));
        let status = response.status().as_u16();
        let mut body = Vec::new();
        loop {
            match response.chunk().await {
                Ok(None) => break,
                Ok(Some(chunk)) if body.len().saturating_add(chunk.len()) > MAX_BODY => {
                    let why = format!("HTTP {status} with more than {MAX_BODY} bytes");
                    return Transport::Lost(UnknownCause::Unreadable, why);
                }
                Ok(Some(chunk)) => body.extend_from_slice(&chunk),
                Err(error) => return lost(error),
            }
        }
        Transport::Reply { status, body: String::from_utf8_lossy(&body).into_owned() }
    }
}

/// `https://host[:port][/prefix]` without a slash at its end.
fn base(text: &str) -> Result<String, TlsError> {
    let url = tls::address(text, Protocol::Rest)?;
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// `Sun, 22 Nov 2026 15:32:47 GMT`.
fn moment(date: &str) -> Option<Timestamp> {
    let read = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(date).ok()?;
    Some(Timestamp::from_millis(read.as_millisecond()))
}

/// A header that never shows in a log.
fn secret_header(headers: &mut HeaderMap, name: &'static str, value: &str) -> Result<(), String> {
    let mut value =
        HeaderValue::from_str(value).map_err(|_unprintable| format!("{name} holds characters no header may hold"))?;
    value.set_sensitive(true);
    headers.insert(name, value);
    Ok(())
}

/// Only a failure to connect is proof that nothing left; whatever else happened, the exchange may have read it.
fn lost(error: reqwest::Error) -> Transport {
    if error.is_connect() || error.is_builder() {
        return Transport::NotSent(words(error));
    }
    let cause = if error.is_timeout() { UnknownCause::Timeout } else { UnknownCause::Cut };
    Transport::Lost(cause, words(error))
}

/// The error and its causes in one line, without the address.
fn words(error: reqwest::Error) -> String {
    format!("{:#}", anyhow::Error::new(error.without_url()))
}

#[cfg(test)]
mod tests;
