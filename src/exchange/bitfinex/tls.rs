//! The one TLS configuration: ring, the platform's own verifier and roots, HTTP/1.1; shared by REST and websockets.
//!
//! It also says which addresses may be spoken to at all: TLS everywhere, plain text on loopback only.

use std::sync::Arc;

use reqwest::Url;
use rustls::client::ClientConfig;
use rustls::crypto::ring;
use rustls_platform_verifier::BuilderVerifierExt;
use thiserror::Error;

/// Why there is no TLS, or an address may not be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The platform's verifier would not start.
    #[error("the system's root certificates cannot be used: {0}. Install the package ca-certificates and start again")]
    Roots(rustls::Error),
    /// The crypto provider knows no protocol version we allow; a broken build.
    #[error("TLS cannot be set up: {0}")]
    Setup(rustls::Error),
    /// The text is no address.
    #[error("{address:?} is no address of an exchange: {why}")]
    Address {
        /// As it was given.
        address: String,
        /// What is wrong.
        why: String,
    },
}

/// TLS for everything that leaves. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Tls {
    config: Arc<ClientConfig>,
}

impl Tls {
    /// Certificates are judged by the platform's verifier and roots.
    ///
    /// # Errors
    /// [`TlsError::Roots`] when the platform has no usable roots.
    pub fn platform() -> Result<Self, TlsError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .with_platform_verifier()
            .map_err(TlsError::Roots)?;
        Ok(Self::over(builder.with_no_client_auth()))
    }

    /// For runs that speak to loopback only (`demo`): no root is loaded, so any TLS handshake fails.
    ///
    /// # Errors
    /// [`TlsError::Setup`] in a broken build.
    pub fn loopback_only() -> Result<Self, TlsError> {
        let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .map_err(TlsError::Setup)?
            .with_root_certificates(rustls::RootCertStore::empty());
        Ok(Self::over(builder.with_no_client_auth()))
    }

    fn over(mut config: ClientConfig) -> Self {
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Self { config: Arc::new(config) }
    }

    /// For tungstenite.
    pub(super) fn shared(&self) -> Arc<ClientConfig> {
        Arc::clone(&self.config)
    }

    /// For reqwest, which wants its own copy of the (shared) parts.
    pub(super) fn copy(&self) -> ClientConfig {
        (*self.config).clone()
    }
}

/// Which kind of address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// `https`, or `http` to loopback.
    Rest,
    /// `wss`, or `ws` to loopback.
    Socket,
}

/// Reads an address and makes sure that nothing ever leaves this machine in plain text, whatever the configuration says.
///
/// # Errors
/// [`TlsError::Address`] for anything but TLS, or plain text to a loopback address; and for user names in it.
pub fn address(text: &str, protocol: Protocol) -> Result<Url, TlsError> {
    let refuse = |why: &str| TlsError::Address { address: text.to_owned(), why: why.to_owned() };
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    let (secure, plain) = match protocol {
        Protocol::Rest => ("https", "http"),
        Protocol::Socket => ("wss", "ws"),
    };
    if !url.username().is_empty() || url.password().is_some() {
        return Err(refuse("it must not hold a user name or password"));
    }
    let host = url.host_str().ok_or_else(|| refuse("it names no host"))?;
    if url.scheme() == secure || (url.scheme() == plain && is_loopback(host)) {
        Ok(url)
    } else {
        Err(refuse(&format!("expected {secure}:// ({plain}:// is allowed for loopback addresses only)")))
    }
}

/// True for `localhost`, 127.0.0.0/8 and `[::1]`. No name is resolved.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_stays_on_loopback() {
        for good in ["https://api.bitfinex.com", "http://127.0.0.1:8080", "http://[::1]:1/", "http://localhost:9"] {
            assert!(address(good, Protocol::Rest).is_ok(), "{good}");
        }
        for bad in [
            "http://api.bitfinex.com",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
            "http://[::2]/",
            "wss://api.bitfinex.com",
            "https://me:secret@api.bitfinex.com",
            "api.bitfinex.com",
            "",
        ] {
            assert!(address(bad, Protocol::Rest).is_err(), "{bad}");
        }
        assert!(address("ws://127.0.0.1:1/ws/2", Protocol::Socket).is_ok());
        assert!(address("ws://192.168.0.1/ws/2", Protocol::Socket).is_err());
    }

    #[test]
    fn one_configuration_serves_both_without_a_process_wide_provider() {
        let tls = Tls::loopback_only().unwrap();
        assert_eq!(tls.copy().alpn_protocols, vec![b"http/1.1".to_vec()]);
        assert_eq!(tls.shared().alpn_protocols, tls.copy().alpn_protocols);
    }
}
