//! The account's records as the engine knows them.

use crate::domain::{
    AccountSnapshot, Currency, Lent, LentId, LentKind, LentStatus, Offer, OfferKind, OfferStatus, RateType, Side,
    Timestamp, Wallet, WalletKind,
};

use super::Venue;
use super::loans::Loan;

pub(super) fn cancelled(mut offer: Offer, at: Timestamp) -> Offer {
    offer.updated = at;
    offer.status = OfferStatus::Canceled;
    offer
}

pub(super) fn lent(loan: &Loan, currency: Currency) -> Lent {
    Lent {
        id: LentId { kind: LentKind::Credit, id: loan.id },
        currency,
        side: Side::Lender,
        created: loan.opened,
        updated: loan.opened,
        amount: loan.amount,
        status: LentStatus::Active,
        rate_type: if loan.variable { RateType::Variable } else { RateType::Fixed },
        rate: loan.rate,
        period: loan.period,
        opened: loan.opened,
        last_payout: None,
        pair: None,
    }
}

pub(super) fn returned(loan: &Loan, currency: Currency, at: Timestamp) -> Lent {
    Lent { updated: loan.returned.unwrap_or(at), status: LentStatus::Closed, ..lent(loan, currency) }
}

impl Venue {
    /// The funding wallet.
    #[must_use]
    pub fn wallet(&self) -> Wallet {
        let available = Some(self.available());
        Wallet { kind: WalletKind::Funding, currency: self.terms.currency, balance: self.balance, available }
    }

    /// Everything, as a reading that began at `started` shows it. What was returned and not told of yet is still shown.
    #[must_use]
    pub fn reading(&self, started: Timestamp, ended: Timestamp) -> AccountSnapshot {
        AccountSnapshot {
            started,
            ended,
            lent: self.loans.iter().map(|loan| lent(loan, self.terms.currency)).collect(),
            offers: self.offers().cloned().collect(),
            wallets: vec![self.wallet()],
            history: None,
            dropped_rows: 0,
        }
    }

    /// Whether an own offer of this kind stands in the book for all to see.
    #[must_use]
    pub fn shows(offer: &Offer) -> bool {
        !offer.hidden && offer.kind == OfferKind::Limit
    }
}
