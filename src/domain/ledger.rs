//! The exchange's own book-keeping: the truth about what was earned.

use super::currency::Currency;
use super::money::Amount;
use super::time::Timestamp;
use super::wallet::WalletKind;

/// One entry of the ledger (bitfinex-api.md 3.11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Unique for ever: book-keeping is made idempotent by it.
    pub id: i64,
    /// Of what currency.
    pub currency: Currency,
    /// Of which wallet, where told.
    pub wallet: Option<WalletKind>,
    /// When.
    pub at: Timestamp,
    /// What came (or went, below zero); interest is net of the exchange's fee.
    pub amount: Amount,
    /// The wallet's balance after it, rounded down; where told.
    pub balance: Option<Amount>,
    /// The exchange's words.
    pub description: String,
}
