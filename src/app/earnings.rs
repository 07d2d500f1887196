//! What the store knows of interest, shown in the metrics and in `/status`: at the start and after every look at the
//! exchange's ledger. The exchange's word, never an estimate.

use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::{AccountName, Currency, DAY, Millis, Timestamp};
use crate::engine::Policy;
use crate::store::{Store, StoreError};
use crate::telemetry::health::AdminState;
use crate::telemetry::record;

/// How far back single days are shown: thirty whole ones, and the begun one.
pub(super) const DAYS_SHOWN: Millis = DAY.times(31);

/// Shows what earlier runs have seen, so that a restart does not look as if the money were gone.
pub(super) async fn remembered(
    store: &Store,
    shown: &watch::Sender<AdminState>,
    policy: &Policy,
    now: Timestamp,
) -> Result<(), StoreError> {
    for (account, lends) in &policy.accounts {
        for currency in lends.lend.keys() {
            show(store, shown, account, *currency, now).await?;
        }
    }
    // That nothing is remembered does not mean that nothing was earned: the ledger has not been read yet.
    shown.send_modify(|shown| {
        for currencies in Arc::make_mut(&mut shown.interest).values_mut() {
            currencies.retain(|_, credited| credited.last.is_some());
        }
    });
    Ok(())
}

/// Shows one currency of one account, whose ledger was read.
pub(super) async fn show(
    store: &Store,
    shown: &watch::Sender<AdminState>,
    account: &AccountName,
    currency: Currency,
    now: Timestamp,
) -> Result<(), StoreError> {
    let credited = store.credited(account.clone(), currency, now.minus(DAYS_SHOWN)).await?;
    record::interest(account, currency, credited.total, credited.last);
    shown.send_modify(|shown| {
        Arc::make_mut(&mut shown.interest).entry(account.clone()).or_default().insert(currency, credited);
    });
    Ok(())
}
