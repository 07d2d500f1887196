//! When an account is read by REST, and what a reading settles (money rules 6 and 9).

use crate::domain::{AccountSnapshot, Amount, Currency, Millis, OfferId, Timestamp, UnknownCause, Wallet, WalletKind};

use super::account::Account;
use super::effect::{Effect, Memory};
use super::funding_wallet::Sums;
use super::note::Note;
use super::pending::{Phase, Proof};

/// Without any other cause an account is read this often (bitfinex-api.md section 9).
const READ_EVERY: Millis = Millis::seconds(300);
/// A reading that does not add up is repeated after this long …
const AGAIN_AFTER: Millis = Millis::seconds(5);
/// … and after three in a row this long: the currency holds meanwhile.
const AGAIN_LATER: Millis = Millis::seconds(60);
/// Readings in a row that do not add up before the currency is told of.
pub(super) const TRIES: u32 = 3;
/// Longest pause after failed readings.
const LONGEST_PAUSE: i64 = 60;

/// The schedule of an account's readings.
#[derive(Debug, Clone, Default)]
pub(super) struct Reading {
    /// Something was lost at this time: only a reading that begins later counts.
    wanted: Option<Timestamp>,
    /// One is on its way.
    under_way: bool,
    not_before: Timestamp,
    failures: u32,
    /// Readings in a row with rows that could not be read.
    unreadable: u32,
    last: Option<Timestamp>,
}

impl Reading {
    /// A fresh reading is needed; nothing is decided before it.
    pub(super) fn want(&mut self, at: Timestamp) {
        self.wanted = Some(at);
        self.not_before = self.not_before.min(at);
    }

    /// A reading is wanted at `at` at the latest, without holding decisions up.
    pub(super) fn again_at(&mut self, at: Timestamp) {
        self.last = None;
        self.not_before = at;
    }

    /// True when nothing is missing.
    pub(super) fn is_settled(&self) -> bool {
        self.wanted.is_none()
    }

    /// True when a reading should start; then it counts as started.
    pub(super) fn start(&mut self, at: Timestamp, due: bool) -> bool {
        let old = self.last.is_none_or(|last| at.since(last) >= READ_EVERY);
        let start = !self.under_way && at >= self.not_before && (self.wanted.is_some() || old || due);
        self.under_way |= start;
        start
    }

    pub(super) fn failed(&mut self, at: Timestamp) {
        self.under_way = false;
        let pause = 1_i64.checked_shl(self.failures.min(6)).unwrap_or(LONGEST_PAUSE).min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        self.not_before = at.plus(Millis::seconds(pause));
    }

    fn came(&mut self, at: Timestamp, started: Timestamp) {
        self.under_way = false;
        self.failures = 0;
        self.last = Some(at);
        if self.wanted.is_some_and(|since| started >= since) {
            self.wanted = None;
        }
    }
}

impl Account {
    /// Takes in a whole reading. Always reason to reconsider.
    pub(super) fn take_reading(&mut self, at: Timestamp, reading: &AccountSnapshot, out: &mut Vec<Effect>) -> bool {
        self.reading.came(at, reading.started);
        if reading.dropped_rows == 0 {
            self.reading.unreadable = 0;
        } else {
            self.reading.unreadable = self.reading.unreadable.saturating_add(1);
            if self.reading.unreadable < TRIES {
                // A row that cannot be read may be money: this reading proves nothing.
                self.reading.want(at);
                self.reading.not_before = at.plus(AGAIN_AFTER);
                return true;
            }
            // It will not get better: whose money it is shows in the sums, and that currency holds (money rule 9).
        }
        for currency in self.currencies_of(reading) {
            self.take_currency(at, currency, reading, out);
        }
        self.settle_by(at, reading, out);
        self.welcome_back(&reading.offers, out);
        if self.reading.is_settled() {
            self.adopt_asked_for(out);
        }
        let took = reading.ended.since(reading.started);
        out.push(Effect::Note(Note::Snapshot { account: self.name.clone(), took }));
        true
    }

    fn currencies_of(&self, reading: &AccountSnapshot) -> std::collections::BTreeSet<Currency> {
        let wallets = reading.wallets.iter().filter(|wallet| wallet.kind == WalletKind::Funding);
        self.wallets
            .keys()
            .copied()
            .chain(wallets.map(|wallet| wallet.currency))
            .chain(reading.offers.iter().map(|offer| offer.currency))
            .chain(reading.lent.iter().map(|lent| lent.currency))
            .collect()
    }

    fn take_currency(&mut self, at: Timestamp, currency: Currency, reading: &AccountSnapshot, out: &mut Vec<Effect>) {
        let offers: Vec<_> = reading.offers.iter().filter(|offer| offer.currency == currency).cloned().collect();
        let lent: Vec<_> = reading.lent.iter().filter(|lent| lent.currency == currency).cloned().collect();
        let row = reading.wallets.iter().find(|row| row.kind == WalletKind::Funding && row.currency == currency);
        let entry = self.wallets.entry(currency).or_default();
        let (fills, gone) = entry.holdings.replace(reading.started, &offers, &lent);
        entry.missing.extend(gone);
        // A wallet without a row was never funded (bitfinex-api.md 3.2).
        let empty =
            Wallet { kind: WalletKind::Funding, currency, balance: Amount::ZERO, available: Some(Amount::ZERO) };
        // … unless it is the row that could not be read: then what was known stays.
        let unreadable = row.is_none() && reading.dropped_rows > 0 && entry.holdings.available.is_some();
        let row = row.unwrap_or(&empty);
        let newer = unreadable || entry.streamed >= reading.started && entry.holdings.available.is_some();
        if !newer {
            entry.holdings.wallet(row);
        }
        entry.told = true;
        entry.sums = Sums::Unchecked;
        if row.available.is_none() && !newer {
            entry.sums = Sums::Asked;
            out.push(Effect::ReadAvailable { account: self.name.clone(), currency });
        }
        for offer in &offers {
            self.recognise(offer, out);
        }
        for fill in fills {
            self.filled(at, currency, &fill, out);
        }
    }

    /// Whether what is known of a currency adds up, measured after a reading and again when AVAILABLE was asked for.
    pub(super) fn check_identity(
        &mut self,
        at: Timestamp,
        currency: Currency,
        tolerance: Amount,
        out: &mut Vec<Effect>,
    ) {
        let account = self.name.clone();
        let Some(entry) = self.wallets.get_mut(&currency) else { return };
        let Some(gap) = entry.holdings.gap() else { return };
        if gap.abs() < tolerance {
            entry.sums = Sums::Right;
            entry.off = 0;
            entry.holdings.adds_up();
            return;
        }
        if entry.sums == Sums::Asked {
            // The number we have may be old; the one that is asked for decides.
            return;
        }
        entry.sums = Sums::Wrong;
        entry.off = entry.off.saturating_add(1);
        let (tries, off_by) = (entry.off, gap);
        let pause = if tries < TRIES { AGAIN_AFTER } else { AGAIN_LATER };
        self.reading.again_at(at.plus(pause));
        if tries == TRIES {
            out.push(Effect::Note(Note::SnapshotRefused { account, currency, off_by, tries }));
        }
    }

    /// Settles unknown writes by what the reading shows.
    fn settle_by(&mut self, at: Timestamp, reading: &AccountSnapshot, out: &mut Vec<Effect>) {
        let unknown: Vec<_> = self.pending.iter().filter(|(_, p)| p.is_unknown()).map(|(id, _)| *id).collect();
        for id in unknown {
            let Some(pending) = self.pending.get(&id) else { continue };
            let currency = pending.intent.action.currency();
            let adds_up = self.wallets.get(&currency).and_then(|entry| entry.holdings.gap()).is_some_and(|gap| {
                // A missing submit would leave its own amount as a gap.
                gap.abs() < pending.submit().map_or(super::holdings::DUST, |submit| submit.amount)
            });
            let proof = match pending.offer {
                Some(offer) => Proof::Done(Some(offer)),
                None => pending.proof(reading, adds_up, |offer| self.own.contains_key(&offer)),
            };
            if let Some(pending) = self.pending.get_mut(&id) {
                pending.looked = Some(at);
            }
            match proof {
                Proof::Open => {}
                Proof::Done(offer) => self.settle(at, id, true, offer, out),
                Proof::NotDone => self.settle(at, id, false, None, out),
            }
        }
    }

    /// An unknown write is settled.
    fn settle(
        &mut self,
        at: Timestamp,
        action: crate::domain::ActionId,
        accepted: bool,
        offer: Option<OfferId>,
        out: &mut Vec<Effect>,
    ) {
        let Some(pending) = self.pending.remove(&action) else { return };
        let account = self.name.clone();
        if let (true, Some(submit), Some(offer)) = (accepted, pending.submit(), offer)
            && pending.offer.is_none()
            && !self.own.contains_key(&offer)
        {
            out.push(Effect::Remember(Memory::Opened { account: account.clone(), action, offer }));
            let open = self.wallets.get(&submit.currency).is_some_and(|w| w.holdings.offers.contains_key(&offer));
            self.own.insert(offer, super::input::OwnRecord { slice: pending.intent.slice.clone() });
            if !open {
                // It has come and gone while nobody knew.
                self.gone(offer, out);
            }
        }
        out.push(Effect::Remember(Memory::Settled { action, accepted }));
        let after = match pending.phase {
            Phase::Unknown { ended, .. } => at.since(ended),
            Phase::Sent => at.since(pending.intent.at),
        };
        out.push(Effect::Note(Note::UnknownSettled { account, action, accepted, after }));
    }

    /// An outcome nobody knows: from now on it is looked for.
    pub(super) fn unknown(&mut self, at: Timestamp, action: crate::domain::ActionId, cause: UnknownCause) {
        if let Some(pending) = self.pending.get_mut(&action) {
            pending.phase = Phase::Unknown { ended: at, cause };
        }
    }

    /// True when an unknown write should be looked for now, or something is stuck between two lists.
    pub(super) fn reading_due(&self, at: Timestamp) -> bool {
        let looks = self.pending.values().filter_map(super::pending::Pending::look_at).any(|look| at >= look);
        looks || self.wallets.values().any(|wallet| wallet.holdings.is_stuck(at))
    }

    /// True when a reading has to bring the past along.
    pub(super) fn needs_history(&self) -> bool {
        self.pending.values().any(|pending| pending.is_unknown() && pending.submit().is_some())
    }
}
