//! Signed calls of commands that do one thing and end. Reads only: their lanes cannot write.
//!
//! Whoever signs holds the lock on the state directory, since the key's nonces are kept there and must rise. While a daemon
//! holds it, a command asks the daemon's `/status` and signs nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::app::clock::HouseClock;
use crate::app::lane;
use crate::config::Settings;
use crate::domain::{AccountName, OfferId, Scope};
use crate::engine::OwnRecord;
use crate::exchange::bitfinex::budget::LaneId;
use crate::exchange::bitfinex::calls::{Lane, Rest};
use crate::exchange::bitfinex::client::{RestClient, Timeouts, Transport};
use crate::exchange::bitfinex::tls::Tls;
use crate::exchange::clock::Clock;
use crate::exchange::wire::call::Call;
use crate::exchange::wire::{self, Json, WireError, decode};
use crate::secrets::ApiKey;
use crate::store::{Store, StoreError};

use super::exit;
use super::say::Failure;

/// Own offers, as the store knows them.
pub(super) type Own = BTreeMap<AccountName, BTreeMap<OfferId, OwnRecord>>;

/// Who may sign.
pub(super) enum Desk {
    /// We: the lock is ours.
    Ours {
        /// Where nonces are kept.
        store: Store,
        /// Offers that are ours.
        own: Own,
    },
    /// The daemon that holds the lock.
    Daemons,
}

impl Desk {
    /// Takes the lock if it is free.
    pub(super) async fn take(settings: &Settings, clock: &HouseClock) -> Result<Self, Failure> {
        match Store::open(&settings.state_directory, clock.now().market).await {
            Ok((store, restored)) => Ok(Self::Ours { store, own: restored.own }),
            Err(StoreError::Held { .. }) => Ok(Self::Daemons),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Lets the lock go.
    pub(super) async fn leave(self) -> Result<(), Failure> {
        match self {
            Self::Ours { store, .. } => store.close().await.map_err(|error| failed(&error)),
            Self::Daemons => Ok(()),
        }
    }
}

fn failed(error: &StoreError) -> Failure {
    Failure::new(exit::IO, error)
}

/// The HTTP client for the configured exchange.
pub(super) fn client(settings: &Settings) -> Result<RestClient, Failure> {
    let config = |error: &dyn std::fmt::Display| Failure::new(exit::CONFIG, error);
    let tls = Tls::platform().map_err(|error| config(&error))?;
    RestClient::new(&settings.exchange.rest, &settings.exchange.rest_public, &tls, Timeouts::default())
        .map_err(|error| config(&error))
}

/// Calls in their turn, on the real clock.
pub(super) fn rest(settings: &Settings, clock: &Arc<HouseClock>) -> Result<Rest, Failure> {
    let clock: Arc<dyn Clock> = Arc::<HouseClock>::clone(clock);
    Ok(Rest::new(client(settings)?, clock))
}

/// A key's lane while the lock is ours.
pub(super) async fn lane(rest: &Rest, store: &Store, number: u32, key: &ApiKey) -> Result<Lane, Failure> {
    let lane = lane::open(rest, store, LaneId(number), key).await.map_err(|error| failed(&error))?;
    Ok(lane.read_only())
}

/// Asks once; reads the answer by `read`.
pub(super) async fn ask<T>(
    lane: &Lane,
    call: &Call,
    read: impl FnOnce(Json<'_>) -> Result<T, WireError>,
) -> Result<T, Failure> {
    told(lane.call(call).await.transport, read)
}

/// What the key may do.
pub(super) async fn permissions(lane: &Lane) -> Result<Vec<Scope>, Failure> {
    ask(lane, &Call::permissions(), wire::gate::permissions).await
}

/// Reads what came of a call.
pub(super) fn told<T>(transport: Transport, read: impl FnOnce(Json<'_>) -> Result<T, WireError>) -> Result<T, Failure> {
    replied(transport, |status, body| decode(status, body).and_then(read))
}

/// The same for a reader that wants the reply as it came.
pub(super) fn replied<T>(
    transport: Transport,
    read: impl FnOnce(u16, &str) -> Result<T, WireError>,
) -> Result<T, Failure> {
    match transport {
        Transport::Reply { status, body } => {
            read(status, &body).map_err(|error| Failure::new(code(&error), in_words(&error, status)))
        }
        Transport::NotSent(why) | Transport::Lost(_, why) => {
            Err(Failure::new(exit::UNREACHABLE, format!("the exchange is out of reach: {why}")))
        }
    }
}

fn code(error: &WireError) -> u8 {
    if error.is_key_failure() || error.is_nonce_failure() { exit::KEY } else { exit::UNREACHABLE }
}

fn in_words(error: &WireError, status: u16) -> String {
    if error.is_nonce_failure() {
        return format!("{error}; another program uses this key: each program needs a key of its own");
    }
    if error.is_key_failure() {
        return format!(
            "{error}; the key or its secret is wrong, the key was revoked, or it is restricted to another address than \
             this machine's"
        );
    }
    if status == 403 || status == 451 {
        return format!("{error}; {BLOCKED}");
    }
    error.to_string()
}

/// What a page instead of an answer often means.
pub(super) const BLOCKED: &str = "the exchange turns away some countries and hosting providers: try `curl https://api-pub.bitfinex.com/v2/platform/status` \
     on this machine, and if that fails too, a server in another region";
