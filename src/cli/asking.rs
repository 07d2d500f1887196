//! Asks the running daemon: its `/status`, over plain HTTP on the machine itself.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::domain::{GateVerdict, MissingScope};
use crate::telemetry::health::gate_text;
use crate::telemetry::labels;
use crate::telemetry::status::{Account, Status};

/// A daemon that lives answers at once.
const PATIENCE: Duration = Duration::from_secs(10);
/// More than any status.
const MOST: u64 = 16 * 1024 * 1024;

/// The status of the daemon that listens there; else why there is none, in words.
pub(super) async fn status(listen: SocketAddr) -> Result<Status, String> {
    let at = SocketAddr::new(reachable(listen.ip()), listen.port());
    let reply = tokio::time::timeout(PATIENCE, get(at)).await;
    let reply = reply.map_err(|_elapsed| format!("the daemon at {at} does not answer (http.listen)"))?;
    let reply = reply.map_err(|error| format!("the daemon at {at} cannot be asked (http.listen): {error}"))?;
    let strange = || format!("what answers at {at} (http.listen) is no yieldsforge of this version");
    let (head, body) = reply.split_once("\r\n\r\n").ok_or_else(strange)?;
    if !head.starts_with("HTTP/1.1 200 ") {
        return Err(strange());
    }
    serde_json::from_str(body).map_err(|_other_layout| strange())
}

/// True when the daemon's verdict on an account's key lets a run in its mode be served.
pub(super) fn serves(account: &Account, paper: bool) -> bool {
    let lends = account.gate == labels::verdict(&GateVerdict::Good);
    let enough = GateVerdict::Insufficient(vec![MissingScope::FundingWrite]);
    lends || (paper && account.gate_detail == gate_text(&enough))
}

/// What listens on all addresses is asked on the machine's own.
fn reachable(ip: IpAddr) -> IpAddr {
    match ip {
        IpAddr::V4(v4) if v4.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(v6) if v6.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        IpAddr::V4(_) | IpAddr::V6(_) => ip,
    }
}

async fn get(at: SocketAddr) -> std::io::Result<String> {
    let mut stream = TcpStream::connect(at).await?;
    stream.write_all(format!("GET /status HTTP/1.1\r\nHost: {at}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    let mut reply = String::new();
    stream.take(MOST).read_to_string(&mut reply).await?;
    Ok(reply)
}
