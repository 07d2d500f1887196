//! The doors of the embedded exchange: what goes in and out, in texts as on the wire.

use crate::domain::{Amount, Currency, DailyRate, Millis, Timestamp};

/// One HTTP request, as it arrived.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET` or `POST`.
    pub method: &'a str,
    /// Path with its query, without the leading slash: `v2/auth/r/wallets`, `v2/book/fUSD/P0?len=25`.
    pub path: &'a str,
    /// Header `bfx-nonce`.
    pub nonce: Option<&'a str>,
    /// Header `bfx-apikey`.
    pub key: Option<&'a str>,
    /// Header `bfx-signature`.
    pub signature: Option<&'a str>,
    /// The body, exactly as signed.
    pub body: &'a str,
}

/// What becomes of the reply on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Sent after this much wire time.
    Send(Millis),
    /// Never answered; the connection stays open.
    Hang,
    /// The connection is cut without a reply.
    Cut,
}

/// One HTTP reply.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// Body: JSON mostly, HTML when the CDN speaks.
    pub body: String,
    /// What becomes of it.
    pub fate: Fate,
}

/// A websocket connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnId(pub u64);

/// What leaves on a websocket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Frame {
    /// A text frame.
    Text(String),
    /// The exchange closes the connection.
    Close,
}

/// A frame with its address and delay in wire time. Frames to one connection stay in order: a late one holds up those
/// behind it, as a stream does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outgoing {
    /// To whom.
    pub conn: ConnId,
    /// What.
    pub frame: Frame,
    /// After this much wire time.
    pub after: Millis,
}

/// One permission row of a key: `[scope, read, write]`, on the wire as numbers and now and then as numeric strings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// Scope.
    pub scope: String,
    /// Read.
    pub read: bool,
    /// Write.
    pub write: bool,
}

/// An account of the embedded exchange.
#[derive(Clone, PartialEq, Eq)]
pub struct AccountSetup {
    /// Name for the operator's commands; never on the wire.
    pub name: String,
    /// API key.
    pub key: String,
    /// API secret.
    pub secret: String,
    /// What the key may do.
    pub permissions: Vec<Permission>,
    /// `(wallet, currency, amount)`, wallet being `funding`, `exchange` or `margin`.
    pub wallets: Vec<(String, Currency, Amount)>,
    /// Offers placed by hand before the start.
    pub offers: Vec<HandOffer>,
    /// Currencies with auto-renew on, at the FRR, two days.
    pub auto_renew: Vec<Currency>,
}

impl std::fmt::Debug for AccountSetup {
    /// Without the secret.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("AccountSetup")
            .field("name", &self.name)
            .field("wallets", &self.wallets)
            .finish_non_exhaustive()
    }
}

/// An offer that the account's owner places by hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandOffer {
    /// Currency.
    pub currency: Currency,
    /// Amount.
    pub amount: Amount,
    /// Rate per day.
    pub rate: DailyRate,
    /// Period in days.
    pub period: u16,
}

/// What the operator of the embedded exchange may do, from outside the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Money arrives in a wallet.
    Deposit {
        /// Account name.
        account: String,
        /// Wallet.
        wallet: String,
        /// Currency.
        currency: Currency,
        /// How much.
        amount: Amount,
    },
    /// Money leaves the funding wallet, as far as it is available.
    Withdraw {
        /// Account name.
        account: String,
        /// Currency.
        currency: Currency,
        /// How much.
        amount: Amount,
    },
    /// The owner places an offer by hand.
    PlaceOffer {
        /// Account name.
        account: String,
        /// The offer.
        offer: HandOffer,
    },
    /// The owner cancels an offer by hand.
    CancelOffer {
        /// Account name.
        account: String,
        /// Its id.
        id: i64,
    },
    /// A borrower returns what he took early: a loan or credit by its id.
    Return {
        /// Account name.
        account: String,
        /// Loan or credit id.
        id: i64,
    },
    /// A borrower takes offers of this currency now, whoever placed them.
    Borrow {
        /// Currency.
        currency: Currency,
        /// How much.
        amount: Amount,
        /// Highest rate per day he pays.
        limit: DailyRate,
        /// Period that he needs.
        period: u16,
    },
    /// The key's permissions change.
    Permissions {
        /// Account name.
        account: String,
        /// All rows.
        permissions: Vec<Permission>,
    },
    /// The key is revoked.
    Revoke {
        /// Account name.
        account: String,
    },
    /// Auto-renew is switched.
    AutoRenew {
        /// Account name.
        account: String,
        /// Currency.
        currency: Currency,
        /// On or off.
        on: bool,
    },
    /// Maintenance begins (true) or ends (false).
    Maintenance(bool),
    /// From now on this fault deck holds.
    Faults(super::faults::FaultDeck),
    /// One fault is armed for the next occasion that fits it.
    Fault(super::faults::Fault),
    /// The websocket servers close every connection.
    Disconnect,
}

/// A market time window in which a recording is valid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span {
    /// First moment.
    pub from: Timestamp,
    /// Last moment.
    pub to: Timestamp,
}
