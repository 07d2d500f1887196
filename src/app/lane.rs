//! A key's way to the exchange: signed calls whose nonces lie above everything that was ever stored for the key. For the
//! daemon, and for commands while no daemon runs; both hold the lock on the state directory.

use std::sync::Arc;

use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::exchange::bitfinex::budget::LaneId;
use crate::exchange::bitfinex::calls::{CeilingStore, Lane, Rest, Stored};
use crate::exchange::bitfinex::signer::Signer;
use crate::secrets::ApiKey;
use crate::store::{Store, StoreError};

/// Opens the lane of a key; `id` must be its alone.
///
/// # Errors
/// [`StoreError`] when the key's nonce ceiling cannot be read.
pub async fn open(rest: &Rest, store: &Store, id: LaneId, key: &ApiKey) -> Result<Lane, StoreError> {
    let fingerprint = fingerprint(key);
    let ceiling = store.nonce_ceiling(fingerprint.clone()).await?;
    let keeper = Arc::new(Ceilings { store: store.clone(), fingerprint });
    Ok(rest.lane(id, signer(key), ceiling, keeper))
}

/// Opens the lane of a key that nobody has used yet, without a store: its nonces begin at the clock and are kept nowhere.
/// Only for a key that no daemon has: whoever uses it later begins at a later clock.
#[must_use]
pub fn open_unused(rest: &Rest, id: LaneId, key: &ApiKey) -> Lane {
    rest.lane(id, signer(key), 0, Arc::new(Unkept))
}

fn signer(key: &ApiKey) -> Signer {
    let secret = SecretString::from(String::from_utf8_lossy(key.secret()).as_ref());
    Signer::new(key.id(), &secret)
}

/// Names a key in the store without telling it.
fn fingerprint(key: &ApiKey) -> String {
    let digest = Sha256::digest(key.id().as_bytes());
    let head = digest.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    format!("{head:016x}")
}

/// Keeps one key's nonce ceiling.
struct Ceilings {
    store: Store,
    fingerprint: String,
}

impl CeilingStore for Ceilings {
    fn store(&self, ceiling: u64) -> Stored<'_> {
        Box::pin(async move {
            let stored = self.store.store_nonce_ceiling(self.fingerprint.clone(), ceiling).await;
            stored.map_err(|error| error.to_string())
        })
    }
}

/// Keeps none.
struct Unkept;

impl CeilingStore for Unkept {
    fn store(&self, _ceiling: u64) -> Stored<'_> {
        Box::pin(async { Ok(()) })
    }
}
