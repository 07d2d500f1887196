//! Offers: how they are checked, placed, cancelled, renewed. Every attempt is audited with the state around it.

use super::agenda::Due;
use super::audit::{Actor, Audit, Verdict, Write, WriteAudit};
use super::core::Core;
use super::errors::ApiError;
use super::ledger::{HISTORY, SimOffer};
use super::rows::{self, Channel};
use crate::domain::{Amount, Currency, DailyRate, Days, HOUR, OfferKind, Rounding, Total};

/// Open offers that one account may have; the real number is not known.
pub(super) const OFFER_CAP: usize = 100;
/// Writes kept per account for auditors.
const WRITES: usize = 10_000;

/// An offer to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NewOffer {
    pub(super) currency: Currency,
    pub(super) amount: Amount,
    pub(super) rate: DailyRate,
    pub(super) kind: OfferKind,
    pub(super) period: Days,
    pub(super) hidden: bool,
    pub(super) renew: bool,
}

impl NewOffer {
    fn write(&self) -> Write {
        let Self { currency, amount, rate, kind, period, hidden, .. } = *self;
        Write::Submit { currency, amount, rate, kind, period, hidden }
    }
}

impl Core {
    /// Places an offer, which may be filled at once by standing bids. Answers with the offer as it was accepted.
    pub(super) fn submit(&mut self, account: usize, by: Actor, new: &NewOffer) -> Result<SimOffer, ApiError> {
        let before = self.audited(account, new.currency);
        let result = self.check(account, new).map(|()| self.place_offer(account, by, new));
        if let Ok(offer) = &result {
            self.take_bids(account, offer.id);
        }
        let verdict = match &result {
            Ok(offer) => Verdict::Accepted(Some(offer.id)),
            Err(error) => Verdict::Refused(error.code, error.text.clone()),
        };
        self.note_write(account, by, new.write(), verdict, before, Some(new.currency));
        result
    }

    fn check(&self, account: usize, new: &NewOffer) -> Result<(), ApiError> {
        let known = self.account(account).ok_or_else(ApiError::key)?;
        let market = self.market(new.currency).ok_or_else(|| ApiError::params("symbol"))?;
        if new.amount.units() < 0 {
            return Err(ApiError::new(10001, "Invalid bid: not enough tradable balance available"));
        }
        if Days::valid(new.period.get()).is_none() {
            return Err(ApiError::params("period"));
        }
        if known.offers.len() >= OFFER_CAP {
            return Err(ApiError::offer_cap());
        }
        if new.amount < market.minimum() {
            return Err(ApiError::minimum(new.currency));
        }
        if new.kind == OfferKind::Limit {
            if !new.rate.is_positive() {
                return Err(ApiError::params("rate"));
            }
        } else {
            let third = i128::from(market.frr_rate().units()) * 3;
            if i128::from(new.rate.abs().units()) * 10 > third {
                return Err(ApiError::frr_offset());
            }
            if new.kind == OfferKind::FrrDeltaVariable && new.rate.units() < 0 {
                return Err(ApiError::params("rate"));
            }
        }
        // The truth decides, whatever the wire showed.
        if new.amount > known.available(new.currency) {
            return Err(ApiError::balance(new.currency));
        }
        Ok(())
    }

    fn place_offer(&mut self, account: usize, by: Actor, new: &NewOffer) -> SimOffer {
        self.ids.offer = self.ids.offer.saturating_add(self.random.between(1, 40));
        let place = self.place();
        let offer = SimOffer {
            id: self.ids.offer,
            currency: new.currency,
            created: self.now,
            updated: self.now,
            amount: new.amount,
            original: new.amount,
            kind: new.kind,
            rate: new.rate,
            period: new.period,
            hidden: new.hidden,
            renew: new.renew,
            status: "ACTIVE".to_owned(),
            place,
            by,
        };
        let frr = self.frr(new.currency);
        if let Some(known) = self.account_mut(account) {
            known.offers.insert(offer.id, offer.clone());
        }
        if let Some(market) = self.markets.get_mut(&new.currency) {
            market.own_since = place;
            market.dirty = true;
        }
        let text = submitted(&offer);
        let note = rows::notification(self.now, "fon-req", &rows::sparse_offer(&offer), "SUCCESS", &text);
        self.tell(account, "n", note, false);
        self.tell(account, "fon", rows::offer(&offer, frr, Channel::Socket), false);
        self.tell_wallet(account, new.currency, false, false);
        offer
    }

    /// Cancels an offer. Answers with the offer as it stood.
    pub(super) fn cancel(&mut self, account: usize, by: Actor, id: i64) -> Result<SimOffer, ApiError> {
        let currency = self.account(account).and_then(|known| known.offers.get(&id)).map(|offer| offer.currency);
        let before = currency.and_then(|currency| self.audited(account, currency));
        let result = self.withdraw_offer(account, id).ok_or_else(ApiError::not_found);
        if let Ok(offer) = &result {
            let text = cancelled(offer);
            let frr = self.frr(offer.currency);
            let row = rows::offer(offer, frr, Channel::Socket);
            let note = rows::notification(self.now, "foc-req", &row, "SUCCESS", &text);
            self.tell(account, "n", note, false);
        }
        let verdict = match &result {
            Ok(offer) => Verdict::Accepted(Some(offer.id)),
            Err(error) => Verdict::Refused(error.code, error.text.clone()),
        };
        self.note_write(account, by, Write::Cancel { offer: id }, verdict, before, currency);
        result
    }

    /// Cancels every offer of a currency, or of all. Answers with how many.
    pub(super) fn cancel_all(&mut self, account: usize, by: Actor, currency: Option<Currency>) -> usize {
        let before = currency.and_then(|currency| self.audited(account, currency));
        let ids: Vec<i64> = self.account(account).map_or_else(Vec::new, |known| {
            let matching = known.offers.values().filter(|offer| currency.is_none_or(|only| offer.currency == only));
            matching.map(|offer| offer.id).collect()
        });
        for id in &ids {
            self.withdraw_offer(account, *id);
        }
        self.note_write(account, by, Write::CancelAll { currency }, Verdict::Accepted(None), before, currency);
        ids.len()
    }

    fn withdraw_offer(&mut self, account: usize, id: i64) -> Option<SimOffer> {
        let now = self.now;
        let offer = self.account_mut(account)?.offers.remove(&id)?;
        let mut closed = offer.clone();
        closed.updated = now;
        closed.status =
            if offer.status == "ACTIVE" { "CANCELED".to_owned() } else { format!("CANCELED was: {}", offer.status) };
        self.mark_dirty(offer.currency);
        // The freed money shows up late.
        let at = self.wallet_later(account, offer.currency, 1_000, 15_000);
        if let Some(shown) = self.shown_mut(account, offer.currency) {
            shown.pending.push((at, offer.amount));
        }
        let twice = self.random.one_in(2);
        self.close_offer(account, closed, twice);
        self.tell_wallet(account, offer.currency, false, twice);
        self.plan_renew(account, offer.currency);
        Some(offer)
    }

    /// Tells `foc` and keeps the offer for the history.
    pub(super) fn close_offer(&mut self, account: usize, offer: SimOffer, twice: bool) {
        let row = rows::offer(&offer, self.frr(offer.currency), Channel::Socket);
        self.tell(account, "foc", row, twice);
        if let Some(known) = self.account_mut(account) {
            known.closed_offers.push_back(offer);
            if known.closed_offers.len() > HISTORY {
                known.closed_offers.pop_front();
            }
        }
    }

    pub(super) fn mark_dirty(&mut self, currency: Currency) {
        if let Some(market) = self.markets.get_mut(&currency) {
            market.dirty = true;
        }
    }

    /// Auto-renew: offers what is free, at the FRR or the rate asked for.
    pub(super) fn renew(&mut self, account: usize, currency: Currency) {
        let Some(known) = self.account(account) else { return };
        let Some(renew) = known.renew.get(&currency).copied() else { return };
        let out = Total::from(known.lent_out(currency)).plus(known.offered(currency));
        let mut amount = known.available(currency);
        if renew.amount.is_positive() {
            amount = amount.min(Total::from(renew.amount).minus_total(out).at_least_zero());
        }
        if self.market(currency).is_some_and(|market| amount >= market.minimum()) {
            let (kind, rate) = match renew.rate {
                Some(rate) => (OfferKind::Limit, rate),
                None => (OfferKind::FrrDeltaVariable, DailyRate::ZERO),
            };
            let new = NewOffer { currency, amount, rate, kind, period: renew.period, hidden: false, renew: true };
            // A refusal is in the audit; the next hour tries again.
            let _ = self.submit(account, Actor::AutoRenew, &new);
        }
        self.agenda.put(self.now.plus(HOUR), Due::Renew { account, currency });
    }

    pub(super) fn audited(&self, account: usize, currency: Currency) -> Option<super::audit::FundingState> {
        self.account(account).map(|known| known.state(currency, self.frr(currency)))
    }

    pub(super) fn note_write(
        &mut self,
        account: usize,
        by: Actor,
        write: Write,
        verdict: Verdict,
        before: Option<super::audit::FundingState>,
        currency: Option<Currency>,
    ) {
        let after = before.as_ref().and(currency).and_then(|currency| self.audited(account, currency));
        let entry = WriteAudit { at: self.now, account: self.name(account), by, write, verdict, before, after };
        if let Some(known) = self.account_mut(account) {
            known.writes.push_back(entry.clone());
            if known.writes.len() > WRITES {
                known.writes.pop_front();
            }
        }
        self.note(Audit::Write(entry));
    }

    /// Freezes what is shown as available for a while: the fault of a stale AVAILABLE.
    pub(super) fn freeze_available(&mut self, account: usize, currency: Currency, null: bool) {
        let current = self.shown(account, currency);
        let until = self.wallet_later(account, currency, 3_000, 30_000);
        if let Some(shown) = self.shown_mut(account, currency) {
            if null {
                shown.null_until = Some(until);
            } else {
                shown.frozen = current.map(|amount| (until, amount));
            }
        }
    }
}

/// `Submitting funding offer of 150.0 USD at 0.05000 for 2 days.`
pub(super) fn submitted(offer: &SimOffer) -> String {
    let mut amount = super::number::amount(offer.original);
    if !amount.contains('.') && !amount.contains('e') {
        amount.push_str(".0");
    }
    let percent = fixed(offer.rate.units(), 10, 5);
    let days = offer.period.get();
    format!("Submitting funding offer of {amount} {} at {percent} for {days} days.", offer.currency)
}

/// The words of a cancellation.
pub(super) fn cancelled(offer: &SimOffer) -> String {
    format!("Submitted cancellation of funding offer {}.", offer.id)
}

/// `units × 10^-scale` with exactly `digits` decimals.
pub(super) fn fixed(units: i64, scale: u32, digits: u32) -> String {
    let drop = 10_i64.checked_pow(scale.saturating_sub(digits)).unwrap_or(1);
    let kept = crate::domain::Amount::from_units(units).scale_by(1, drop, Rounding::Nearest).units();
    let one = 10_i64.checked_pow(digits).unwrap_or(1);
    let width = usize::try_from(digits).unwrap_or(0);
    format!("{}.{:0width$}", kept / one, (kept % one).abs())
}
