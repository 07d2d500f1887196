//! What the store knows of interest, shown in the metrics and in `/status`: at the start and after every look at the
//! exchange's ledger. The exchange's word, never an estimate.

use std::sync::Arc;

use tokio::sync::watch;

use crate::domain::{AccountName, Currency};
use crate::engine::Policy;
use crate::store::{Store, StoreError};
use crate::telemetry::health::AdminState;
use crate::telemetry::record;

/// Shows what earlier runs have seen, so that a restart does not look as if the money were gone.
pub(super) async fn remembered(
    store: &Store,
    shown: &watch::Sender<AdminState>,
    policy: &Policy,
) -> Result<(), StoreError> {
    for (account, lends) in &policy.accounts {
        for currency in lends.lend.keys() {
            show(store, shown, account, *currency).await?;
        }
    }
    Ok(())
}

/// Shows one currency of one account.
pub(super) async fn show(
    store: &Store,
    shown: &watch::Sender<AdminState>,
    account: &AccountName,
    currency: Currency,
) -> Result<(), StoreError> {
    let (total, last) = store.interest_total(account.clone(), currency).await?;
    record::interest(account, currency, total, last);
    if last.is_some() {
        shown.send_modify(|shown| {
            Arc::make_mut(&mut shown.interest).entry(account.clone()).or_default().insert(currency, total);
        });
    }
    Ok(())
}
