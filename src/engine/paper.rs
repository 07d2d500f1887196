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
//! The same book serves what runs beside an account for comparison, in live runs too (`beside`).
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
use super::show::lent_rate;

/// An open paper offer with the slice that wished it.
#[derive(Debug, Clone)]
struct Placed {
    offer: Offer,
    slice: String,
}

/// One currency's paper offers and loans. That of an account is empty in a live run.
#[derive(Debug, Clone, Default)]
pub(super) struct Overlay {
    offers: BTreeMap<OfferId, Placed>,
    lent: BTreeMap<LentId, Out>,
    /// Loans that come back before their period is over, and when; only those of rivals do (`beside`).
    early: BTreeMap<LentId, Timestamp>,
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

    /// Takes away the loans whose time is over: their money is free again.
    pub(super) fn ended(&mut self, at: Timestamp) -> Vec<Lent> {
        let end = |out: &Out| self.early.get(&out.lent.id).copied().unwrap_or_else(|| out.lent.expires());
        let over: Vec<LentId> = self.lent.values().filter(|out| end(out) <= at).map(|out| out.lent.id).collect();
        self.early.retain(|id, _| !over.contains(id));
        over.iter().filter_map(|id| self.lent.remove(id)).map(|out| out.lent).collect()
    }

    /// A loan comes back then.
    pub(super) fn returns(&mut self, id: LentId, at: Timestamp) {
        self.early.insert(id, at);
    }

    /// What is lent, as amount, rate per day and opening.
    pub(super) fn accruing(&self, frr: DailyRate) -> impl Iterator<Item = (Amount, DailyRate, Timestamp)> {
        self.lent.values().map(move |out| (out.lent.amount, lent_rate(&out.lent, frr), out.lent.opened))
    }

    /// An offer stands.
    pub(super) fn place(&mut self, offer: Offer, slice: String) {
        assert!(offer.id.0 < 0, "the id of a real offer on paper: {}", offer.id);
        self.offers.insert(offer.id, Placed { offer, slice });
    }

    /// An offer is gone.
    pub(super) fn withdraw(&mut self, id: OfferId) {
        self.offers.remove(&id);
    }

    /// All offers are gone.
    pub(super) fn withdraw_all(&mut self) {
        self.offers.clear();
    }

    /// Cuts what is in use down to `base`, the newest first and offers before loans: money that was taken out of the
    /// wallet cannot be lent by anybody.
    pub(super) fn fit(&mut self, base: Amount) {
        let base = Total::from(base);
        while self.committed() > base
            && let Some((_, offer)) = self.offers.values().map(|placed| (placed.offer.created, placed.offer.id)).max()
        {
            self.offers.remove(&offer);
        }
        let mut over = self.lent_total().minus_total(base).at_least_zero();
        while over.is_positive()
            && let Some((_, id)) = self.lent.values().map(|out| (out.lent.opened, out.lent.id)).max()
            && let Some(mut out) = self.lent.remove(&id)
        {
            let cut = over.min(out.lent.amount);
            out.lent.amount = out.lent.amount.less(cut);
            over = over.less(cut);
            if out.lent.amount.is_positive() {
                self.lent.insert(id, out);
            } else {
                self.early.remove(&id);
            }
        }
    }

    /// What rests in an offer.
    pub(super) fn rests(&self, id: OfferId) -> Amount {
        self.offers.get(&id).map_or(Amount::ZERO, |placed| placed.offer.amount)
    }

    /// The offers that `print` would have taken, in the order in which they are served: the cheaper, then the older.
    pub(super) fn turns(&self, print: &Print, frr: Option<DailyRate>) -> Vec<Turn> {
        let taken = |placed: &Placed| {
            Some((would_take(print, &placed.offer, frr)?, placed.offer.created, Reverse(placed.offer.id)))
        };
        let mut turns: Vec<Turn> = self.offers.values().filter_map(taken).collect();
        turns.sort();
        turns
    }

    /// Lends `amount` of an offer to whoever stands behind `print`. Answers the loan.
    pub(super) fn fill(
        &mut self,
        id: OfferId,
        amount: Amount,
        rate: DailyRate,
        print: &Print,
        number: i64,
    ) -> Option<Lent> {
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

/// What is remembered of the public trades of all currencies.
#[derive(Debug, Default)]
pub(super) struct Tape {
    seen: BTreeMap<Currency, Remembered<i64>>,
    /// Paper loans made so far: their ids count down from −1.
    loans: i64,
}

/// A paper offer that a trade would have taken, at its rate per day: ordered by who is served first.
type Turn = (DailyRate, Timestamp, Reverse<OfferId>);

impl Engine {
    /// Gives the volume of public trades to the paper offers that they would have taken. Answers whether any of an
    /// account was.
    pub(super) fn paper_prints(&mut self, currency: Currency, prints: &[Print], out: &mut Vec<Effect>) -> bool {
        let mut filled = false;
        for print in prints {
            // A trade that is told twice is one trade.
            if !self.tape.seen.entry(currency).or_default().insert(print.id) {
                continue;
            }
            self.print_beside(currency, print);
            if self.policy.paper {
                filled |= self.paper_print(currency, print, out);
            }
        }
        filled
    }

    fn paper_print(&mut self, currency: Currency, print: &Print, out: &mut Vec<Effect>) -> bool {
        let frr = self.markets.get(&currency).and_then(Market::frr);
        let mut turns: Vec<(Turn, AccountName)> = Vec::new();
        for (name, account) in &self.accounts {
            let Some(wallet) = account.wallets.get(&currency) else { continue };
            turns.extend(wallet.paper.turns(print, frr).into_iter().map(|turn| (turn, name.clone())));
        }
        turns.sort();
        // All of our offers share the volume of one trade.
        let mut volume = print.amount.abs();
        let mut filled = false;
        for ((rate, created, Reverse(id)), name) in turns {
            let Some(account) = self.accounts.get_mut(&name).filter(|_| volume.is_positive()) else { break };
            let Some(wallet) = account.wallets.get_mut(&currency) else { continue };
            let rests = wallet.paper.rests(id);
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
            (Action::Cancel(cancel), _) => overlay.withdraw(cancel.offer),
            (Action::Submit(_), Some(offer)) => overlay.place(offer.clone(), pending.intent.slice.clone()),
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
