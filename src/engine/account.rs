//! One account: its key's verdict, its stream, its readings, its writes, and its money by currency.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::domain::{
    AccountName, AccountNews, ActionId, Amount, Change, Currency, DAY, FundingTrade, GateVerdict, Intent, LinkState,
    Millis, Offer, OfferId, Timestamp, WalletKind,
};

use super::effect::{Effect, Memory};
use super::experience::Experience;
use super::funding_wallet::{FundingWallet, Sums};
use super::holdings::{Changed, Fill};
use super::input::{OwnRecord, Restored};
use super::note::Note;
use super::pending::Pending;
use super::reading::Reading;

/// An accepted cancel is seen at the exchange within this time; after it the offer may be cancelled again.
const GOES_WITHIN: Millis = Millis::seconds(30);

/// One account.
#[derive(Debug, Clone)]
pub(super) struct Account {
    pub(super) name: AccountName,
    /// Own offers and loans live on paper; `own` then names what a live run left, which is only shown.
    pub(super) paper: bool,
    pub(super) gate: GateVerdict,
    pub(super) link: LinkState,
    pub(super) reading: Reading,
    pub(super) own: BTreeMap<OfferId, OwnRecord>,
    pub(super) pending: BTreeMap<ActionId, Pending>,
    pub(super) wallets: BTreeMap<Currency, FundingWallet>,
    /// What it has learned of its own offers and loans.
    pub(super) experience: BTreeMap<Currency, Experience>,
    /// Original amounts of the last day's submits, for the uniqueness of tags.
    recent: VecDeque<(Timestamp, Currency, Amount)>,
    /// Writes wait until then: budget or block.
    pub(super) throttled: Option<Timestamp>,
    /// Offers that were to be cancelled because the key must go: once each.
    pub(super) parting: BTreeSet<OfferId>,
    /// Own offers of earlier runs that no reading has shown yet.
    remembered: BTreeSet<OfferId>,
    /// Offers that the user asked to manage before a reading could tell which there are.
    asked_for: BTreeSet<OfferId>,
    /// Offers whose cancel was accepted, and when: they are seen to go, not cancelled again.
    pub(super) cancelled: BTreeMap<OfferId, Timestamp>,
    /// Slices of own offers that have closed, for trades that come late.
    closed_slices: VecDeque<(OfferId, String)>,
    /// Nobody serves it since; the first word of its stream ends that.
    pub(super) retired: bool,
}

impl Account {
    pub(super) fn new(name: AccountName, paper: bool) -> Self {
        Self {
            name,
            paper,
            gate: GateVerdict::Pending,
            link: LinkState::Down,
            reading: Reading::default(),
            own: BTreeMap::new(),
            pending: BTreeMap::new(),
            wallets: BTreeMap::new(),
            experience: BTreeMap::new(),
            recent: VecDeque::new(),
            throttled: None,
            parting: BTreeSet::new(),
            remembered: BTreeSet::new(),
            asked_for: BTreeSet::new(),
            cancelled: BTreeMap::new(),
            closed_slices: VecDeque::new(),
            retired: false,
        }
    }

    /// Takes over what the store remembers of this account.
    pub(super) fn restore(&mut self, at: Timestamp, restored: &Restored) {
        if let Some(own) = restored.own.get(&self.name) {
            self.own.extend(own.iter().map(|(id, record)| (*id, record.clone())));
            self.remembered.extend(own.keys());
        }
        if self.paper {
            // Writes of live runs are theirs to settle, and no paper offer is looked for by its tag.
            return;
        }
        let mine = |intent: &&Intent| intent.account == self.name;
        for intent in restored.recent.iter().filter(mine) {
            if let crate::domain::Action::Submit(submit) = &intent.action {
                self.recent.push_back((intent.at, submit.currency, submit.amount));
            }
        }
        for intent in restored.unsettled.iter().filter(mine) {
            let pending = Pending::unknown(intent.clone(), at, crate::domain::UnknownCause::Restart);
            self.pending.insert(intent.id, pending);
        }
    }

    /// Nobody serves it any more. What is known of its money would be stale when somebody does again; what is ours stays
    /// ours, and what is unknown is looked for then. Of an account that `stays`, its key being replaced, what was earned
    /// and what lies on paper is kept: no exchange knows of it, and none could tell it again.
    pub(super) fn retire(&mut self, stays: bool) {
        self.retired = true;
        self.gate = GateVerdict::Pending;
        self.link = LinkState::Down;
        self.reading = Reading::default();
        let kept = std::mem::take(&mut self.wallets).into_iter().filter(|_| stays);
        self.wallets = kept.map(|(currency, wallet)| (currency, wallet.without_readings())).collect();
        self.throttled = None;
        self.parting.clear();
        self.cancelled.clear();
        self.remembered = self.own.keys().copied().collect();
    }

    /// Takes in private news. Answers whether it is reason enough to reconsider at once.
    pub(super) fn apply(&mut self, at: Timestamp, news: &AccountNews, out: &mut Vec<Effect>) -> bool {
        match news {
            AccountNews::Snapshot(snapshot) => self.take_reading(at, snapshot, out),
            AccountNews::SnapshotFailed => {
                self.reading.failed(at);
                false
            }
            AccountNews::Resync => {
                self.reading.want(at);
                true
            }
            AccountNews::Wallet(wallet) if wallet.kind == WalletKind::Funding => {
                let entry = self.wallets.entry(wallet.currency).or_default();
                entry.told = true;
                entry.streamed = at;
                if wallet.available.is_some() && entry.sums == Sums::Asked {
                    entry.sums = Sums::Unchecked;
                }
                entry.holdings.wallet(wallet).freed
            }
            AccountNews::Wallet(_) => false,
            AccountNews::Offer(change, offer) => self.offer(at, *change, offer, out),
            AccountNews::Lent(change, lent) => {
                self.wallets.entry(lent.currency).or_default().holdings.lent(at, *change, lent).freed
            }
            AccountNews::Trade(trade) => {
                self.trade(trade);
                false
            }
            AccountNews::Available(currency, amount) => {
                let entry = self.wallets.entry(*currency).or_default();
                entry.holdings.told_available(*amount);
                if entry.sums == Sums::Asked {
                    entry.sums = Sums::Unchecked;
                }
                true
            }
            AccountNews::Gate(verdict) => self.gate(at, verdict, out),
            AccountNews::AutoRenew(currency, on) => {
                let entry = self.wallets.entry(*currency).or_default();
                if entry.auto_renew != *on {
                    entry.auto_renew = *on;
                    let (account, currency, on) = (self.name.clone(), *currency, *on);
                    out.push(Effect::Note(Note::AutoRenew { account, currency, on }));
                }
                false
            }
        }
    }

    fn gate(&mut self, at: Timestamp, verdict: &GateVerdict, out: &mut Vec<Effect>) -> bool {
        if self.gate == *verdict {
            return false;
        }
        if matches!(self.gate, GateVerdict::Revoked) {
            self.reading.want(at);
        }
        self.gate = verdict.clone();
        self.parting.clear();
        let serves = verdict.serves(self.paper);
        out.push(Effect::Note(Note::Gate { account: self.name.clone(), verdict: verdict.clone(), serves }));
        true
    }

    fn offer(&mut self, at: Timestamp, change: Change, offer: &Offer, out: &mut Vec<Effect>) -> bool {
        let changed = self.wallets.entry(offer.currency).or_default().holdings.offer(at, change, offer);
        self.recognise(offer, out);
        self.report(at, offer.currency, changed, out)
    }

    /// An offer that one of our submits made, seen before the reply or instead of it.
    pub(super) fn recognise(&mut self, offer: &Offer, out: &mut Vec<Effect>) {
        // No write of paper mode makes a real offer, however like it looks.
        if self.paper || self.own.contains_key(&offer.id) {
            return;
        }
        let made = |pending: &&mut Pending| {
            pending.offer.is_none() && pending.submit().is_some_and(|submit| submit.made(offer))
        };
        let Some(pending) = self.pending.values_mut().find(made) else { return };
        pending.offer = Some(offer.id);
        let (action, slice) = (pending.intent.id, pending.intent.slice.clone());
        self.own.insert(offer.id, OwnRecord { slice });
        let account = self.name.clone();
        out.push(Effect::Remember(Memory::Opened { account, action, offer: offer.id }));
    }

    fn trade(&mut self, trade: &FundingTrade) {
        let slice =
            self.own.get(&trade.offer).map(|record| record.slice.clone()).or_else(|| {
                self.closed_slices.iter().find(|(id, _)| *id == trade.offer).map(|(_, slice)| slice.clone())
            });
        self.wallets.entry(trade.currency).or_default().holdings.trade(trade, slice.as_deref());
    }

    /// Tells what an event changed.
    pub(super) fn report(
        &mut self,
        at: Timestamp,
        currency: Currency,
        changed: Changed,
        out: &mut Vec<Effect>,
    ) -> bool {
        let wake = changed.freed || changed.filled.is_some() || changed.gone.is_some();
        if let Some(fill) = changed.filled {
            self.filled(at, currency, &fill, out);
        }
        if let Some(id) = changed.gone {
            self.gone(id, out);
        }
        wake
    }

    pub(super) fn filled(&mut self, at: Timestamp, currency: Currency, fill: &Fill, out: &mut Vec<Effect>) {
        if !self.own.contains_key(&fill.offer.id) {
            return;
        }
        if let Some(experience) = self.experience.get_mut(&currency) {
            experience.filled(at, fill.offer.original, fill.amount, fill.offer.period);
        }
        out.push(Effect::Note(Note::Filled {
            account: self.name.clone(),
            currency,
            offer: fill.offer.id,
            amount: fill.amount,
            rate: fill.offer.real_rate.filter(|rate| rate.is_positive()).unwrap_or(fill.offer.rate),
            period: fill.offer.period,
            waited: at.since(fill.offer.created),
        }));
    }

    /// Own offers of earlier runs are adopted as a reading shows them.
    pub(super) fn welcome_back(&mut self, listed: &[Offer], out: &mut Vec<Effect>) {
        for offer in listed.iter().filter(|offer| self.remembered.remove(&offer.id)) {
            out.push(Effect::Note(Note::Adopted { account: self.name.clone(), offer: offer.id, on_request: false }));
        }
    }

    /// Once everything adds up, what no reading shows any more has gone; before, it may only have been passed over.
    pub(super) fn close_missing(&mut self, out: &mut Vec<Effect>) {
        let mut gone = Vec::new();
        let mut all_right = !self.wallets.is_empty();
        for wallet in self.wallets.values_mut() {
            // Where AVAILABLE is still asked for nothing speaks against the reading.
            all_right &= matches!(wallet.sums, Sums::Right | Sums::Asked);
            if wallet.sums == Sums::Right {
                let missing = std::mem::take(&mut wallet.missing);
                gone.extend(missing.into_iter().filter(|id| !wallet.holdings.offers.contains_key(id)));
            }
        }
        if all_right {
            gone.extend(std::mem::take(&mut self.remembered));
        }
        for id in gone {
            self.gone(id, out);
        }
    }

    /// An offer is gone: an own one is closed in the store.
    pub(super) fn gone(&mut self, id: OfferId, out: &mut Vec<Effect>) {
        self.cancelled.remove(&id);
        if let Some(record) = self.own.remove(&id) {
            self.closed_slices.push_back((id, record.slice));
            if self.closed_slices.len() > 1_024 {
                self.closed_slices.pop_front();
            }
            out.push(Effect::Remember(Memory::Closed { account: self.name.clone(), offer: id }));
        }
        for wallet in self.wallets.values_mut() {
            wallet.foreign.remove(&id);
        }
    }

    /// A submit leaves: its amount is not used again for a day.
    pub(super) fn leaves(&mut self, at: Timestamp, currency: Currency, amount: Amount) {
        self.recent.push_back((at, currency, amount));
        while self.recent.front().is_some_and(|(left, ..)| at.since(*left) > DAY) {
            self.recent.pop_front();
        }
    }

    /// Original amounts that a new offer must not repeat: live, on their way, unknown, and the last day's.
    pub(super) fn taken(&self, currency: Currency) -> BTreeSet<Amount> {
        let mut taken: BTreeSet<Amount> =
            self.recent.iter().filter(|(_, of, _)| *of == currency).map(|(.., amount)| *amount).collect();
        if let Some(wallet) = self.wallets.get(&currency) {
            taken.extend(wallet.holdings.offers.values().map(|resting| resting.offer.original));
            taken.extend(wallet.paper.offers().map(|(offer, _)| offer.original));
        }
        let pending = self.pending.values().filter_map(Pending::submit);
        taken.extend(pending.filter(|submit| submit.currency == currency).map(|submit| submit.amount));
        taken
    }

    /// The smallest offer worth a try: `minimum`, unless the exchange has refused larger ones.
    pub(super) fn least_to_offer(&self, currency: Currency, at: Timestamp, minimum: Amount) -> Amount {
        self.wallets.get(&currency).map_or(minimum, |wallet| wallet.refusals.least(at, minimum))
    }

    /// What submits on their way or unknown may still add to what is committed.
    pub(super) fn reserves(&self, currency: Currency) -> Amount {
        let of_currency = |pending: &&Pending| pending.intent.action.currency() == currency;
        let total: crate::domain::Total = self.pending.values().filter(of_currency).map(Pending::reserves).sum();
        total.at_least_zero()
    }

    /// Unknown submits of a currency: then nothing else is submitted there (money rule 6).
    pub(super) fn has_unknown_submit(&self, currency: Currency) -> bool {
        self.pending
            .values()
            .any(|pending| pending.is_unknown() && pending.submit().is_some_and(|submit| submit.currency == currency))
    }

    /// True when a cancel of this offer is on its way or unknown, or was accepted a moment ago.
    pub(super) fn is_cancelling(&self, at: Timestamp, offer: OfferId) -> bool {
        let accepted = self.cancelled.get(&offer).is_some_and(|accepted| at.since(*accepted) < GOES_WITHIN);
        accepted || self.pending.values().any(|pending| pending.cancels() == Some(offer))
    }

    /// True when no write of that currency is in flight or unknown: only then an offer that we do not know is foreign.
    pub(super) fn knows_all(&self, currency: Currency) -> bool {
        self.pending.values().all(|pending| pending.intent.action.currency() != currency)
    }

    /// The stream came or went.
    pub(super) fn link(&mut self, at: Timestamp, state: LinkState) {
        self.link = state;
        self.retired = false;
        if state == LinkState::Up {
            self.reading.want(at);
        }
        for wallet in self.wallets.values_mut() {
            wallet.told = wallet.told && state == LinkState::Up;
        }
    }

    /// The user asks to manage these offers: as soon as a reading tells which there are.
    pub(super) fn adopt(&mut self, ids: &[OfferId], out: &mut Vec<Effect>) {
        self.asked_for.extend(ids);
        if self.paper || self.has_been_read() {
            self.adopt_asked_for(out);
        }
    }

    /// Adopts what was asked for, of what there is.
    pub(super) fn adopt_asked_for(&mut self, out: &mut Vec<Effect>) {
        for id in std::mem::take(&mut self.asked_for) {
            let open = self.wallets.values().any(|wallet| wallet.holdings.offers.contains_key(&id));
            if !open || self.paper {
                out.push(not_adopted(&self.name, id));
            } else if !self.own.contains_key(&id) {
                let account = self.name.clone();
                self.own.insert(id, OwnRecord::default());
                out.push(Effect::Remember(Memory::Adopted { account: account.clone(), offer: id }));
                out.push(Effect::Note(Note::Adopted { account, offer: id, on_request: true }));
            }
        }
    }

    /// A whole reading has come since somebody serves it.
    fn has_been_read(&self) -> bool {
        self.reading.is_settled() && self.link == LinkState::Up
    }

    /// When this account next has something to do by itself.
    pub(super) fn wakes_at(&self) -> Option<Timestamp> {
        let looks = self.pending.values().filter_map(Pending::look_at);
        let returns = self.wallets.values().filter_map(|wallet| wallet.holdings.returns_at());
        looks.chain(returns).min()
    }
}

/// Tells the user that an offer he asked to manage is not one of this account's.
pub(super) fn not_adopted(account: &AccountName, offer: OfferId) -> Effect {
    Effect::Note(Note::NotAdopted { account: account.clone(), offer })
}
