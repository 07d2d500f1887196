//! Accounts and their money: wallets, open offers, loans and credits, ledger. The one place where balances change.

use std::collections::{BTreeMap, VecDeque};

use super::api::Permission;
use super::audit::{Actor, FundingState, OfferState, WriteAudit};
use crate::domain::{Amount, Currency, DailyRate, Days, LentId, OfferKind, Timestamp, Total};

/// Closed records kept for the history endpoints, per account and kind.
pub(super) const HISTORY: usize = 5_000;

/// Which of an account's wallets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WalletName {
    /// Spot.
    Exchange,
    /// Margin trading.
    Margin,
    /// The wallet that lends.
    Funding,
}

impl WalletName {
    /// The exchange's word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Margin => "margin",
            Self::Funding => "funding",
        }
    }

    /// From the exchange's word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        [Self::Exchange, Self::Margin, Self::Funding].into_iter().find(|name| name.word() == word)
    }
}

/// An offer, open or closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimOffer {
    /// Id.
    pub id: i64,
    /// Currency.
    pub currency: Currency,
    /// Market time of creation.
    pub created: Timestamp,
    /// Market time of the last change.
    pub updated: Timestamp,
    /// What is left.
    pub amount: Amount,
    /// What it was.
    pub original: Amount,
    /// How the rate is meant.
    pub kind: OfferKind,
    /// Rate per day, or the offset from the FRR.
    pub rate: DailyRate,
    /// Period.
    pub period: Days,
    /// Hidden from the public book; costs more of the interest.
    pub hidden: bool,
    /// Made by auto-renew.
    pub renew: bool,
    /// Status text as on the wire.
    pub status: String,
    /// Place in the queue: smaller is earlier.
    pub place: u64,
    /// Who placed it.
    pub by: Actor,
}

/// A loan or a credit, open or closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lending {
    /// Identity.
    pub id: LentId,
    /// Currency.
    pub currency: Currency,
    /// When this record was made.
    pub created: Timestamp,
    /// When it last changed.
    pub updated: Timestamp,
    /// How much.
    pub amount: Amount,
    /// Status text as on the wire.
    pub status: String,
    /// Rate per day; of no meaning when `variable`.
    pub rate: DailyRate,
    /// Follows the FRR.
    pub variable: bool,
    /// Period.
    pub period: Days,
    /// Start of the lending, kept over the move between loan and credit.
    pub opened: Timestamp,
    /// Last payout of interest.
    pub last_payout: Option<Timestamp>,
    /// From a hidden offer: the fee is higher.
    pub hidden: bool,
    /// The position that a credit backs.
    pub pair: Option<String>,
    /// Interest is accrued up to here.
    pub accrued: Timestamp,
    /// When the borrower will return it.
    pub returns: Timestamp,
    /// The offer that it came from.
    pub offer: i64,
}

/// An execution of an account's offer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimTrade {
    /// Id.
    pub id: i64,
    /// Currency.
    pub currency: Currency,
    /// When.
    pub at: Timestamp,
    /// Which offer.
    pub offer: i64,
    /// How much was lent.
    pub amount: Amount,
    /// Rate per day as the trade shows it.
    pub rate: DailyRate,
    /// Period.
    pub period: Days,
}

/// A row of the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerRow {
    /// Id, rising.
    pub id: i64,
    /// Currency.
    pub currency: Currency,
    /// Wallet.
    pub wallet: WalletName,
    /// When.
    pub at: Timestamp,
    /// Signed amount.
    pub amount: Amount,
    /// Balance afterwards.
    pub balance: Amount,
    /// Category as in bitfinex-api.md 3.11; 28 is a lender's income.
    pub category: u16,
    /// Text.
    pub description: String,
}

/// The exchange's own renewing of offers for a currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AutoRenew {
    /// Period of the offers that it makes.
    pub period: Days,
    /// Fixed rate per day; the FRR without one.
    pub rate: Option<DailyRate>,
    /// Cap; zero is none.
    pub amount: Amount,
}

/// What the wire shows as available, where it differs from the truth.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Shown {
    /// Money freed by cancels that shows only later.
    pub(super) pending: Vec<(Timestamp, Amount)>,
    /// Until then this amount is shown, whatever is true.
    pub(super) frozen: Option<(Timestamp, Amount)>,
    /// Until then null is shown.
    pub(super) null_until: Option<Timestamp>,
}

/// An account.
pub struct Account {
    /// Name for operators and auditors.
    pub(super) name: String,
    pub(super) user: u64,
    pub(super) key: String,
    pub(super) secret: String,
    pub(super) permissions: Vec<Permission>,
    pub(super) revoked: bool,
    pub(super) nonce: u64,
    pub(super) wallets: BTreeMap<(WalletName, Currency), Amount>,
    pub(super) offers: BTreeMap<i64, SimOffer>,
    pub(super) lent: BTreeMap<LentId, Lending>,
    pub(super) closed_offers: VecDeque<SimOffer>,
    pub(super) closed_lent: VecDeque<(Timestamp, Lending)>,
    pub(super) trades: VecDeque<SimTrade>,
    pub(super) ledger: Vec<LedgerRow>,
    /// Net interest earned and not yet paid, in 1e-8 × 1e-12 × ms × percent.
    pub(super) pots: BTreeMap<Currency, i128>,
    pub(super) renew: BTreeMap<Currency, AutoRenew>,
    pub(super) shown: BTreeMap<Currency, Shown>,
    pub(super) writes: VecDeque<WriteAudit>,
}

impl std::fmt::Debug for Account {
    /// Without key and secret.
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Account").field("name", &self.name).field("wallets", &self.wallets).finish_non_exhaustive()
    }
}

impl Account {
    /// The highest nonce that its key has used up.
    #[must_use]
    pub const fn last_nonce(&self) -> u64 {
        self.nonce
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Balance of a wallet.
    #[must_use]
    pub fn balance(&self, wallet: WalletName, currency: Currency) -> Amount {
        self.wallets.get(&(wallet, currency)).copied().unwrap_or_default()
    }

    /// All wallets that were ever funded.
    #[must_use]
    pub const fn wallets(&self) -> &BTreeMap<(WalletName, Currency), Amount> {
        &self.wallets
    }

    /// Open offers.
    pub fn offers(&self) -> impl Iterator<Item = &SimOffer> {
        self.offers.values()
    }

    /// Open loans and credits.
    pub fn lent(&self) -> impl Iterator<Item = &Lending> {
        self.lent.values()
    }

    /// The ledger, oldest first.
    #[must_use]
    pub fn ledger(&self) -> &[LedgerRow] {
        &self.ledger
    }

    /// The writes by key and by hand, oldest first; the last few thousand.
    pub fn writes(&self) -> impl Iterator<Item = &WriteAudit> {
        self.writes.iter()
    }

    /// Interest paid so far, net of the fee: the sum of the ledger's category 28.
    #[must_use]
    pub fn interest(&self, currency: Currency) -> Amount {
        let rows = self.ledger.iter().filter(|row| row.category == 28 && row.currency == currency);
        rows.map(|row| row.amount).sum::<Total>().clamp_amount()
    }

    /// In open offers.
    #[must_use]
    pub fn offered(&self, currency: Currency) -> Amount {
        self.offers.values().filter(|offer| offer.currency == currency).map(|o| o.amount).sum::<Total>().clamp_amount()
    }

    /// In loans and credits.
    #[must_use]
    pub fn lent_out(&self, currency: Currency) -> Amount {
        self.lent.values().filter(|lent| lent.currency == currency).map(|l| l.amount).sum::<Total>().clamp_amount()
    }

    /// What is truly available in the funding wallet. Under zero only if money was not conserved.
    #[must_use]
    pub fn available(&self, currency: Currency) -> Amount {
        Total::from(self.balance(WalletName::Funding, currency))
            .minus(self.offered(currency))
            .minus(self.lent_out(currency))
            .clamp_amount()
    }

    /// The exact state in one currency; FRR offers stand at `frr` and their offset.
    #[must_use]
    pub fn state(&self, currency: Currency, frr: DailyRate) -> FundingState {
        let open = self.offers.values().filter(|offer| offer.currency == currency);
        FundingState {
            balance: self.balance(WalletName::Funding, currency),
            available: self.available(currency),
            offered: self.offered(currency),
            lent: self.lent_out(currency),
            offers: open
                .map(|offer| OfferState {
                    id: offer.id,
                    amount: offer.amount,
                    original: offer.original,
                    rate: offer.effective(frr),
                    kind: offer.kind,
                    period: offer.period,
                    by: offer.by,
                })
                .collect(),
        }
    }
}

impl SimOffer {
    /// The rate per day at which it stands while the FRR is `frr`.
    #[must_use]
    pub fn effective(&self, frr: DailyRate) -> DailyRate {
        match self.kind {
            OfferKind::Limit => self.rate,
            OfferKind::FrrDeltaFixed | OfferKind::FrrDeltaVariable => frr.checked_add(self.rate).unwrap_or(frr),
        }
    }
}

/// All accounts.
#[derive(Debug, Default)]
pub struct Books {
    pub(super) accounts: Vec<Account>,
}

impl Books {
    /// All accounts.
    #[must_use]
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// One by its name.
    #[must_use]
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name == name)
    }
}
