//! Money rules 5 to 8 and the key gate: what may be written, cancelled, repeated.

use serde_json::Value;
use yieldsforge::domain::{Amount, Currency};
use yieldsforge::exchange::bitfinex::client::Transport;
use yieldsforge::exchange::sim::audit::{FundingState, Write, WriteAudit};

use super::super::lane::{Packet, TIMEOUT};
use super::terms::Terms;
use super::{Checker, KNOWN, ON_THE_WIRE, PIPELINE, Violation, broken};

/// How long a cancel may be on its way at most.
const CANCELS_WAIT: i64 = 145_000;
/// Absence counts as proof only so long after the write had ended.
const ABSENCE_PROVES: i64 = 120_000;
/// Writes of one currency in a day, at most: twenty offers, moved once in each of 72 batches, would be 2 880; an order of
/// magnitude less is what a lender who minds his place in the queue makes.
const WRITES_A_DAY: u64 = 600;

/// A submit whose outcome the daemon cannot know.
#[derive(Debug, Clone)]
pub(super) struct Unknown {
    since: i64,
    currency: String,
    amount: String,
    /// The exchange took it.
    done: bool,
    /// The daemon was told of its offer.
    seen: bool,
}

impl Checker {
    /// A write of the key was accepted.
    pub(super) fn written(&mut self, at: i64, write: &WriteAudit, id: Option<i64>) -> Result<(), Violation> {
        self.accepted += 1;
        match &write.write {
            Write::Submit { currency, amount, rate, kind, period, hidden } => {
                let before = write.before.clone().unwrap_or_default();
                let terms = Terms {
                    currency: *currency,
                    amount: *amount,
                    rate: *rate,
                    kind: *kind,
                    period: *period,
                    hidden: *hidden,
                };
                self.submits += 1;
                self.own(at, id);
                self.gate(at, &terms)?;
                self.settled(at, *currency, *amount)?;
                self.unique(at, *currency, *amount, &before)?;
                self.amount(at, *currency, *amount, &before)?;
                self.terms(at, &terms)?;
                self.count(at, *currency)
            }
            Write::Cancel { offer } => {
                self.may_cancel(at, *offer)?;
                let before = write.before.clone().unwrap_or_default();
                let found = before.offers.iter().find(|one| one.id == *offer).copied();
                let currency = self.offers.get(offer).copied();
                if let (Some(offer), Some(currency)) = (found, currency) {
                    self.worth_it(at, currency, &offer, &before)?;
                    self.count(at, currency)?;
                }
                Ok(())
            }
            other => Err(broken("5 other", at, format!("the daemon never writes {other:?}"))),
        }
    }

    /// A write of the key was refused by the exchange.
    pub(super) fn refused(&mut self, at: i64, write: &WriteAudit, code: u32, text: &str) -> Result<(), Violation> {
        match &write.write {
            Write::Cancel { offer } => self.may_cancel(at, *offer),
            Write::Submit { currency, amount, .. } => {
                let purse = self.purses.get(currency);
                let calm = purse.is_some_and(|one| one.hand.is_empty() && one.balance.values().count() == 1);
                let words = || format!("{:?} was refused: {code} {text}; before {:?}", write.write, write.before);
                if code == 10_020 || text.contains("minimum") && *currency == Currency::USD {
                    return Err(broken("2 minimum", at, words()));
                }
                // Nothing but the daemon itself has moved money of late, and the wire tells AVAILABLE truly.
                if text.contains("not enough") && calm && !self.stale_available && amount.is_positive() {
                    return Err(broken("1b available", at, words()));
                }
                Ok(())
            }
            other => Err(broken("5 other", at, format!("the daemon never writes {other:?}: {code} {text}"))),
        }
    }

    fn own(&mut self, at: i64, id: Option<i64>) {
        let late = self.lost_at.is_some_and(|lost| at <= lost + ON_THE_WIRE);
        if late {
            self.orphaned.extend(id);
        } else {
            self.ours.extend(id);
        }
    }

    /// Money rule 5.
    fn may_cancel(&self, at: i64, offer: i64) -> Result<(), Violation> {
        let late = self.lost_at.is_some_and(|lost| at <= lost + ON_THE_WIRE) && self.orphaned.contains(&offer);
        if late || self.ours.contains(&offer) {
            return Ok(());
        }
        let orphan = if self.orphaned.contains(&offer) { " (it was, before the database was lost)" } else { "" };
        Err(broken("5 own", at, format!("a cancel of offer {offer}, which is not the daemon's{orphan}")))
    }

    /// No submit arrives after the daemon has been told that its key can do too much, nor after it was told to stop.
    fn gate(&self, at: i64, terms: &Terms) -> Result<(), Violation> {
        if self.told_bad.is_some_and(|since| at > since + ON_THE_WIRE) {
            return Err(broken("gate", at, format!("{terms:?} after the key was known to be able to do too much")));
        }
        if self.draining.is_some_and(|since| at > since + PIPELINE) {
            return Err(broken("stop", at, format!("{terms:?} after the daemon was told to stop")));
        }
        Ok(())
    }

    /// Money rule 6: while a submit is unknown nothing else is submitted.
    fn settled(&mut self, at: i64, currency: Currency, amount: Amount) -> Result<(), Violation> {
        let symbol = currency.symbol();
        let text = amount.to_string();
        if let Some(itself) = self.unknown.iter_mut().find(|one| one.currency == symbol && one.amount == text) {
            itself.done = true;
        }
        let open = self.unknown.iter().find(|one| {
            let proved = one.done || at >= one.since + ABSENCE_PROVES;
            let settled = one.done && one.seen || proved && self.read_at > one.since;
            one.currency == symbol && one.amount != text && one.since < at && !settled
        });
        if let Some(open) = open {
            let detail =
                format!("{amount} {currency} submitted while {open:?} is unknown (last read {})", self.read_at);
            return Err(broken("6 unknown", at, detail));
        }
        self.unknown.retain(|one| one.currency != symbol || one.since >= at);
        Ok(())
    }

    /// Money rule 7.
    fn unique(&mut self, at: i64, currency: Currency, amount: Amount, before: &FundingState) -> Result<(), Violation> {
        let Some(purse) = self.purses.get_mut(&currency) else { return Ok(()) };
        let mut hand = purse.hand.iter().map(|(_, amount)| *amount);
        let open = before.offers.iter().any(|one| one.original == amount) && !hand.any(|one| one == amount);
        let again = purse.amounts.iter().find(|(_, one)| *one == amount);
        if open || again.is_some() {
            let detail = format!("{amount} {currency} was offered before: {again:?}, open: {open}");
            return Err(broken("7 tag", at, detail));
        }
        purse.amounts.push_back((at, amount));
        Ok(())
    }

    /// Money rule 8: a partly filled offer that could not be offered again stays, unless a limit demands its end.
    fn worth_it(
        &mut self,
        at: i64,
        currency: Currency,
        offer: &yieldsforge::exchange::sim::audit::OfferState,
        before: &FundingState,
    ) -> Result<(), Violation> {
        let told = self.told_bad.is_some() || self.draining.is_some() || self.stale_available;
        // Cancels have the patience that submits lack: six writes before it, and a silence of 65 s.
        let told = told || self.policies.back().is_some_and(|(since, _)| *since > at - CANCELS_WAIT);
        let price = self.purses.get(&currency).and_then(|purse| purse.price.values().max()).unwrap_or_default();
        let together = offer.amount.checked_add(before.available).unwrap_or(Amount::MAX);
        let dollars = together.scale_by(price.units(), Amount::whole(1).units(), yieldsforge::domain::Rounding::Up);
        let small = offer.amount < offer.original && dollars < Amount::whole(150);
        let good =
            self.is_good(at, currency, offer.kind, offer.rate, offer.period) && self.is_within(at, currency, before);
        if small && good && !told && at > KNOWN {
            let detail = format!("{offer:?} with {} available is too small to be offered again", before.available);
            return Err(broken("8 remainder", at, detail));
        }
        Ok(())
    }

    /// Money rule 8: no churn.
    fn count(&mut self, at: i64, currency: Currency) -> Result<(), Violation> {
        let Some(purse) = self.purses.get_mut(&currency) else { return Ok(()) };
        purse.count(at);
        match purse.writes.last() {
            Some(writes) if *writes > WRITES_A_DAY => {
                Err(broken("8 churn", at, format!("{writes} writes of {currency} in a day")))
            }
            _ => Ok(()),
        }
    }

    /// The account's socket tells the daemon of offers: an unknown one may be among them.
    pub(super) fn told_of_offers(&mut self, frame: &str) {
        for one in self.unknown.iter_mut().filter(|one| frame.contains(&one.amount)) {
            one.seen = true;
        }
    }

    /// A request was answered by the exchange.
    pub(crate) fn served(&mut self, at: i64, packet: &Packet) {
        if packet.path == "auth/r/funding/offers" {
            self.read_at = at;
        }
    }

    /// What becomes of a request on its way back; an unknown submit is remembered.
    pub(crate) fn outcome(&mut self, packet: &Packet, arrives: i64, transport: &Transport) {
        if packet.path != "auth/w/funding/offer/submit" {
            return;
        }
        let definite = match transport {
            Transport::Reply { body, .. } => arrives <= packet.left + TIMEOUT && is_definite(body),
            Transport::NotSent(_) => true,
            Transport::Lost(..) => false,
        };
        let Ok(body) = serde_json::from_str::<Value>(&packet.body) else { return };
        let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
        if !definite {
            let since = arrives.min(packet.left + TIMEOUT);
            self.unknown.push(Unknown {
                since,
                currency: text("symbol"),
                amount: text("amount"),
                done: false,
                seen: false,
            });
        }
    }
}

/// True when a reply leaves no doubt about its own request (bitfinex-api.md 2.5).
fn is_definite(body: &str) -> bool {
    let Ok(reply) = serde_json::from_str::<Value>(body) else { return false };
    if reply["error"].is_string() {
        return true;
    }
    let text = reply[2].as_str().or_else(|| reply[7].as_str()).unwrap_or_default();
    if reply[0].as_str() == Some("error") {
        return !matches!(reply[1].as_i64(), Some(10_000 | 10_008 | 10_114 | 11_000)) && !text.contains("nonce");
    }
    reply[6].is_string()
}
