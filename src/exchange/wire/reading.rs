//! The reading of an account by REST: which calls in which order, and the snapshot that comes of it (money rule 9).
//! Loans are read before credits: a loan that turns into a credit meanwhile is then seen twice, never missed.

use std::collections::VecDeque;

use crate::domain::{
    AccountSnapshot, Currency, History, Lent, LentKind, Offer, Rounding, Timestamp, Total, Wallet, WalletKind,
};

use super::call::Call;
use super::{Rows, WireError, account, decode};

/// The calls of a reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Loans,
    Credits,
    Offers,
    Wallets,
    OffersHistory(Timestamp),
    Trades(Timestamp),
    LoansHistory(Timestamp),
    CreditsHistory(Timestamp),
}

impl Step {
    fn call(self) -> Call {
        match self {
            Self::Loans => Call::loans(),
            Self::Credits => Call::credits(),
            Self::Offers => Call::offers(),
            Self::Wallets => Call::wallets(),
            Self::OffersHistory(since) => Call::offers_history(since),
            Self::Trades(since) => Call::funding_trades(since),
            Self::LoansHistory(since) => Call::loans_history(since),
            Self::CreditsHistory(since) => Call::credits_history(since),
        }
    }
}

/// A reading under way: ask [`AccountReading::next_call`], send it, tell the [`AccountReading::reply`], until no call
/// is left; then [`AccountReading::finish`].
#[derive(Debug, Clone)]
pub struct AccountReading {
    started: Timestamp,
    left: VecDeque<Step>,
    loans: Vec<Lent>,
    credits: Vec<Lent>,
    offers: Vec<Offer>,
    wallets: Vec<Wallet>,
    history: Option<History>,
    dropped: u32,
}

impl AccountReading {
    /// A reading whose first request leaves at `started`; `history` asks for the past from that time on as well.
    #[must_use]
    pub fn new(started: Timestamp, history: Option<Timestamp>) -> Self {
        let mut left = VecDeque::from([Step::Loans, Step::Credits, Step::Offers, Step::Wallets]);
        if let Some(since) = history {
            left.extend([
                Step::OffersHistory(since),
                Step::Trades(since),
                Step::LoansHistory(since),
                Step::CreditsHistory(since),
            ]);
        }
        Self {
            started,
            left,
            loans: Vec::new(),
            credits: Vec::new(),
            offers: Vec::new(),
            wallets: Vec::new(),
            history: history.map(|_| History::default()),
            dropped: 0,
        }
    }

    /// The call that is due; the same one until it is answered well. Nothing when the reading is complete.
    #[must_use]
    pub fn next_call(&self) -> Option<Call> {
        self.left.front().map(|step| step.call())
    }

    /// Takes the reply to the call that is due.
    ///
    /// # Errors
    /// [`WireError`]: the call stays due; the caller may send it again or give the reading up.
    pub fn reply(&mut self, status: u16, body: &str) -> Result<(), WireError> {
        let Some(step) = self.left.front() else {
            return Ok(());
        };
        let json = decode(status, body)?;
        let dropped = &mut self.dropped;
        let mut nobody = History::default();
        let history = self.history.as_mut().unwrap_or(&mut nobody);
        match step {
            Step::Loans => self.loans = keep(account::lents(LentKind::Loan, json)?, dropped),
            Step::Credits => self.credits = keep(account::lents(LentKind::Credit, json)?, dropped),
            Step::Offers => self.offers = keep(account::offers(json)?, dropped),
            Step::OffersHistory(_) => history.offers = keep(account::offers(json)?, dropped),
            Step::Trades(_) => history.trades = keep(account::trades(json)?, dropped),
            Step::LoansHistory(_) => history.lent.extend(keep(account::lents(LentKind::Loan, json)?, dropped)),
            Step::CreditsHistory(_) => history.lent.extend(keep(account::lents(LentKind::Credit, json)?, dropped)),
            Step::Wallets => self.wallets = keep(account::wallets(json)?, dropped),
        }
        self.left.pop_front();
        Ok(())
    }

    /// The snapshot; `ended` is when the last reply came.
    #[must_use]
    pub fn finish(mut self, ended: Timestamp) -> AccountSnapshot {
        let loans = std::mem::take(&mut self.loans);
        let mut lent = std::mem::take(&mut self.credits);
        lent.retain(Lent::counts);
        let credits = lent.len();
        lent.extend(loans.into_iter().filter(Lent::counts));
        let (offers, wallets) = (self.offers, self.wallets);
        pair_moved(&mut lent, credits, &offers, &wallets);
        AccountSnapshot {
            started: self.started,
            ended,
            lent,
            offers,
            wallets,
            history: self.history,
            dropped_rows: self.dropped,
        }
    }
}

fn keep<T>(rows: Rows<T>, dropped: &mut u32) -> Vec<T> {
    *dropped = dropped.saturating_add(rows.dropped);
    rows.rows
}

/// Takes away each loan that became a credit while we read: it has its twin among the credits (the first `credits` of
/// `lent`), one twin for one loan. Two fills of one amount in one second look just the same, so where the exchange has
/// told the free balance, a twin stays if the wallet holds it too.
fn pair_moved(lent: &mut Vec<Lent>, credits: usize, offers: &[Offer], wallets: &[Wallet]) {
    let loans = lent.split_off(credits.min(lent.len()));
    let mut unpaired: Vec<Lent> = lent.clone();
    let mut twins = Vec::new();
    for loan in loans {
        if let Some(at) = unpaired.iter().position(|credit| credit.is_same_lending(&loan)) {
            unpaired.swap_remove(at);
            twins.push(loan);
        } else {
            lent.push(loan);
        }
    }
    // The largest first: what the wallet holds is then filled with the fewest.
    twins.sort_by_key(|loan| std::cmp::Reverse(loan.amount));
    for loan in twins {
        if fits(&loan, lent, offers, wallets) {
            lent.push(loan);
        }
    }
}

/// True when the wallet is known to hold this loan besides all that was found before it.
fn fits(loan: &Lent, found: &[Lent], offers: &[Offer], wallets: &[Wallet]) -> bool {
    let ours = |wallet: &&Wallet| wallet.kind == WalletKind::Funding && wallet.currency == loan.currency;
    let Some((whole, free)) = wallets.iter().find(ours).and_then(|wallet| Some((wallet.balance, wallet.available?)))
    else {
        return false;
    };
    let of = |currency: Currency| currency == loan.currency;
    let lent: Total = found.iter().filter(|other| of(other.currency)).map(|other| other.amount).sum();
    let offered: Total =
        offers.iter().filter(|o| of(o.currency) && o.amount.is_positive()).map(|offer| offer.amount).sum();
    let with_loan = lent.plus_total(offered).plus(free).plus(loan.amount);
    // Balances come rounded down: a ten-thousandth of the loan is more than the cut digits make up.
    with_loan <= Total::from(whole).plus(loan.amount.scale_by(1, 10_000, Rounding::Up))
}

#[cfg(test)]
mod tests;
