//! Paper mode's own offers and loans: an overlay beside the real wallet, and how it fills.
//!
//! What is on paper lies in [`Overlay`], never in `Holdings`, so that nothing of it is compared with what the exchange
//! tells: a reading neither finds it missing nor adds it up. Limits, wishes, idle money and the view count it like real
//! offers and loans. It ends with the process: in paper mode the engine wants nothing remembered.
//!
//! A paper offer fills by strict prints (strategy.md 3.2): a public trade above its rate and of no longer period would
//! have taken it first. Trades at its very rate do not count, since nobody knows who stood before it: paper lends later
//! than the same offers would have in truth, never sooner. A paper loan runs for its full period, since nobody knows
//! when a borrower who was not there would have returned it: paper money comes back later than it would have in truth.
//! Its interest is shown by its rate and is never a part of the wallet.
//!
//! Own offers that a live run left at the exchange are shown as own, count as the exchange counts them, and are never
//! touched: no decision of paper mode sees them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::domain::{
    AccountName, Action, Amount, Currency, DailyRate, Intent, Lent, LentId, LentKind, LentStatus, Offer, OfferId,
    OfferKind, Print, RateType, Side, Timestamp, Total,
};
use crate::planner::effective_rate;

use super::Engine;
use super::account::Account;
use super::effect::Effect;
use super::funding_wallet::FundingWallet;
use super::holdings::Out;
use super::market::Market;
use super::note::Note;
use super::pending::Pending;
use super::remembered::Remembered;

/// An open paper offer with the slice that wished it.
#[derive(Debug, Clone)]
struct Placed {
    offer: Offer,
    slice: String,
}

/// One currency's paper offers and loans. Empty in a live run.
#[derive(Debug, Clone, Default)]
pub(super) struct Overlay {
    offers: BTreeMap<OfferId, Placed>,
    lent: BTreeMap<LentId, Out>,
}

impl Overlay {
    /// What rests in paper offers.
    pub(super) fn offered(&self) -> Total {
        self.offers.values().map(|placed| placed.offer.amount).sum()
    }

    /// What is lent on paper.
    pub(super) fn lent_total(&self) -> Total {
        self.lent.values().map(|out| out.lent.amount).sum()
    }

    /// Both: money of the wallet that paper has used up.
    pub(super) fn committed(&self) -> Total {
        self.offered().plus_total(self.lent_total())
    }

    /// Open paper offers with their slices.
    pub(super) fn offers(&self) -> impl Iterator<Item = (&Offer, &str)> {
        self.offers.values().map(|placed| (&placed.offer, placed.slice.as_str()))
    }

    /// Takes away the loans whose period is over: their money is free again.
    pub(super) fn ended(&mut self, at: Timestamp) -> Vec<Lent> {
        let over: Vec<LentId> =
            self.lent.values().filter(|out| out.lent.expires() <= at).map(|out| out.lent.id).collect();
        over.iter().filter_map(|id| self.lent.remove(id)).map(|out| out.lent).collect()
    }

    /// Lends `amount` of an offer to whoever stands behind `print`. Answers the loan.
    fn fill(&mut self, id: OfferId, amount: Amount, rate: DailyRate, print: &Print, number: i64) -> Option<Lent> {
        let placed = self.offers.get_mut(&id)?;
        placed.offer.amount = placed.offer.amount.less(amount);
        let offer = &placed.offer;
        let floats = offer.kind == OfferKind::FrrDeltaVariable;
        let lent = Lent {
            id: LentId { kind: LentKind::Loan, id: number },
            currency: offer.currency,
            side: Side::Lender,
            created: print.at,
            updated: print.at,
            amount,
            status: LentStatus::Active,
            rate_type: if floats { RateType::Variable } else { RateType::Fixed },
            rate,
            period: offer.period,
            opened: print.at,
            last_payout: None,
            pair: None,
        };
        let slice = Some(placed.slice.clone());
        if !placed.offer.amount.is_positive() {
            self.offers.remove(&id);
        }
        self.lent.insert(lent.id, Out { lent: lent.clone(), seen: print.at, slice, moving: false });
        Some(lent)
    }
}

/// What paper mode remembers of the public trades of all currencies.
#[derive(Debug, Default)]
pub(super) struct Tape {
    seen: BTreeMap<Currency, Remembered<i64>>,
    /// Paper loans made so far: their ids count down from −1.
    loans: i64,
}

/// A paper offer that a trade would have taken: ordered by who is served first, the cheaper, then the older.
type Turn = (DailyRate, Timestamp, Reverse<OfferId>, AccountName);

impl Engine {
    /// Gives the volume of public trades to the paper offers that they would have taken. Answers whether any was.
    pub(super) fn paper_prints(&mut self, currency: Currency, prints: &[Print], out: &mut Vec<Effect>) -> bool {
        if !self.policy.paper {
            return false;
        }
        let mut filled = false;
        for print in prints {
            // A trade that is told twice is one trade.
            if self.tape.seen.entry(currency).or_default().insert(print.id) {
                filled |= self.paper_print(currency, print, out);
            }
        }
        filled
    }

    fn paper_print(&mut self, currency: Currency, print: &Print, out: &mut Vec<Effect>) -> bool {
        let frr = self.markets.get(&currency).and_then(Market::frr);
        let mut turns: Vec<Turn> = Vec::new();
        for (name, account) in &self.accounts {
            let Some(wallet) = account.wallets.get(&currency) else { continue };
            for (offer, _) in wallet.paper.offers() {
                if let Some(rate) = would_take(print, offer, frr) {
                    turns.push((rate, offer.created, Reverse(offer.id), name.clone()));
                }
            }
        }
        turns.sort();
        // All of our offers share the volume of one trade.
        let mut volume = print.amount.abs();
        let mut filled = false;
        for (rate, created, Reverse(id), name) in turns {
            let Some(account) = self.accounts.get_mut(&name).filter(|_| volume.is_positive()) else { break };
            let Some(wallet) = account.wallets.get_mut(&currency) else { continue };
            let rests = wallet.paper.offers.get(&id).map_or(Amount::ZERO, |placed| placed.offer.amount);
            self.tape.loans = self.tape.loans.saturating_add(1);
            let original = wallet.paper.offers.get(&id).map_or(Amount::ZERO, |placed| placed.offer.original);
            let Some(lent) = wallet.paper.fill(id, rests.min(volume), rate, print, self.tape.loans.saturating_neg())
            else {
                continue;
            };
            volume = volume.less(lent.amount);
            if let Some(experience) = account.experience.get_mut(&currency) {
                experience.filled(print.at, original, lent.amount, lent.period);
            }
            filled = true;
            let (amount, period, waited) = (lent.amount, lent.period, print.at.since(created));
            out.push(Effect::Note(Note::Filled { account: name, currency, offer: id, amount, rate, period, waited }));
        }
        filled
    }
}

/// The rate at which `print` would have taken `offer` before it took what it did take: strictly above the offer's
/// effective rate, for no longer period, and after the offer was placed.
fn would_take(print: &Print, offer: &Offer, frr: Option<DailyRate>) -> Option<DailyRate> {
    let rate = match (offer.kind, frr) {
        (OfferKind::Limit, _) => offer.rate,
        (kind, Some(frr)) => effective_rate(kind, offer.rate, frr),
        (_, None) => return None,
    };
    let takes = rate.is_positive() && print.rate > rate && print.period <= offer.period && print.at > offer.created;
    takes.then_some(rate)
}

impl Account {
    /// True for offers at the exchange that decisions are made about: own ones, and in paper mode none.
    pub(super) fn manages(&self, id: OfferId) -> bool {
        !self.paper && self.own.contains_key(&id)
    }

    /// The offers that decisions are made about, with their slices: own ones at the exchange, or those on paper.
    pub(super) fn managed(&self, currency: Currency) -> Vec<(&Offer, &str)> {
        let Some(wallet) = self.wallets.get(&currency) else { return Vec::new() };
        if self.paper {
            return wallet.paper.offers().collect();
        }
        let resting = wallet.holdings.offers.iter();
        resting.filter_map(|(id, resting)| Some((&resting.offer, self.own.get(id)?.slice.as_str()))).collect()
    }

    /// The recorder took a write: an offer stands on paper, or is gone from it.
    pub(super) fn on_paper(&mut self, pending: &Pending, offer: Option<&Offer>) {
        self.pending.remove(&pending.intent.id);
        let overlay = &mut self.wallets.entry(pending.intent.action.currency()).or_default().paper;
        match (&pending.intent.action, offer) {
            (Action::Cancel(cancel), _) => {
                overlay.offers.remove(&cancel.offer);
            }
            (Action::Submit(_), Some(offer)) => {
                assert!(offer.id.0 < 0, "the recorder answered with the id of a real offer: {}", offer.id);
                let placed = Placed { offer: offer.clone(), slice: pending.intent.slice.clone() };
                overlay.offers.insert(offer.id, placed);
            }
            // An answer without an offer places nothing; the next decision wishes it again.
            (Action::Submit(_), None) => {}
        }
    }
}

impl FundingWallet {
    /// Everything that is lent, in truth or on paper.
    pub(super) fn lent(&self) -> impl Iterator<Item = &Out> {
        self.holdings.lent.values().chain(self.paper.lent.values())
    }
}

/// In paper mode nothing that exists at the exchange is ever touched: the last gate before a write is handed out.
pub(super) fn assert_on_paper(paper: bool, intent: &Intent) {
    if let (true, Action::Cancel(cancel)) = (paper, &intent.action) {
        assert!(cancel.offer.0 < 0, "paper mode would cancel offer {}, which exists", cancel.offer);
    }
}
