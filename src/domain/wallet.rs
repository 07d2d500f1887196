//! Wallets as the exchange tells them.

use super::currency::Currency;
use super::money::Amount;

/// Which of an account's wallets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WalletKind {
    /// The wallet that lends.
    Funding,
    /// Spot.
    Exchange,
    /// Margin trading.
    Margin,
    /// Anything else the exchange may add.
    Other,
}

/// One wallet of one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wallet {
    /// Which wallet.
    pub kind: WalletKind,
    /// Of what.
    pub currency: Currency,
    /// Everything in it: free, offered and lent. Rounded down.
    pub balance: Amount,
    /// What may be offered now; `None` when the exchange has not calculated it, which means unknown, never zero.
    pub available: Option<Amount>,
}
