//! Addresses: plain text goes over loopback only.

use std::net::{IpAddr, SocketAddr};

use crate::config::diagnose::quoted;
use crate::config::raw::Leaf;
use crate::config::units::{self, Problem};

/// An address of the exchange: `https://` or `wss://` as `secure` says, `plain` for loopback only. Kept without a slash
/// at the end.
pub(super) fn exchange(leaf: &Leaf, secure: &str, plain: &str) -> Result<String, Problem> {
    let text = units::text(leaf)?;
    let fail = |why: &str| Problem::new(format!("{} {why}", quoted(text)));
    let Some((scheme, rest)) = text.split_once("://") else {
        return Err(fail("is no address").help(format!("write {secure}://host/path")));
    };
    if scheme != secure && scheme != plain {
        return Err(fail("has the wrong scheme").help(format!("it must begin with {secure}://")));
    }
    let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
    let host = host(authority).ok_or_else(|| {
        fail("has no host that can be used")
            .help("write a name or an address, then :port if needed; nothing before an @")
    })?;
    let clean = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/%+".contains(&byte);
    if !path.bytes().all(clean) {
        return Err(fail("has characters in its path that do not belong there"));
    }
    if scheme == plain && !is_loopback(host) {
        return Err(fail("would send everything in the clear")
            .help(format!("use {secure}://; {plain}:// is for loopback addresses only")));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// The host of `host:port`, when both are plain.
fn host(authority: &str) -> Option<&str> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, after) = rest.split_once(']')?;
            host.parse::<std::net::Ipv6Addr>().ok()?;
            (host, if after.is_empty() { None } else { Some(after.strip_prefix(':')?) })
        }
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte);
    let good_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0) && !port.starts_with('+'));
    (!host.is_empty() && host.bytes().all(plain) && good_port).then_some(host)
}

/// True for `localhost` and loopback addresses as they stand; a name that merely begins so is none.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Where to listen: an address with a port, no name.
pub(super) fn listen(leaf: &Leaf) -> Result<SocketAddr, Problem> {
    let text = units::text(leaf).map_err(|problem| problem.help("write \"127.0.0.1:9736\""))?;
    text.parse().map_err(|_syntax| {
        Problem::new(format!("{} is no address with a port", quoted(text))).help("write \"127.0.0.1:9736\"")
    })
}
