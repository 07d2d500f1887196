//! What an account learns of its own offers and loans: how long loans last, and how well forecasts have held; and how it
//! and what is learned of the markets gets over a restart.
//!
//! Learned is by what really happened at the exchange. Paper offers are scored for their waits too, but paper loans teach
//! nothing of holds: nobody knows when they would have come back.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::{
    AccountName, Amount, Currency, DAY, Days, HOUR, Lent, Millis, OfferId, Ratio, Rounding, Timestamp, Total,
};
use crate::planner::{LiveOffer, Standing};
use crate::strategy::stats::{Hit, HoldDays, Holds, Learned, Parameters, Placed, Prospect, Scores};
use crate::strategy::{AdaptiveView, Profile};

use super::Engine;
use super::account::Account;
use super::decide::Round;
use super::effect::{Effect, Kept};
use super::holdings::Out;
use super::input::Restored;
use super::market::Market;
use super::note::Note;

/// Most offers and fills whose forecasts are remembered.
const REMEMBERED: usize = 512;
/// A loan opens within this many milliseconds of the fill that made it.
const OPENS_WITHIN: i64 = 10_000;
/// What is learned is written down this often.
const KEEP_EVERY: Millis = HOUR;

/// A fill whose loan will show how long it lasts.
#[derive(Debug, Clone, Copy)]
struct Lasting {
    at: Timestamp,
    amount: Amount,
    period: Days,
    expected: Millis,
}

/// What one currency of an account has learned.
#[derive(Debug, Clone, Default)]
pub(super) struct Experience {
    holds: Holds,
    scores: Scores,
    /// Open offers by their original amount, which is unique among the day's (money rule 7).
    placed: BTreeMap<Amount, Placed>,
    lasting: VecDeque<Lasting>,
    /// How long loans are expected to last, and since when that is known. Reckoned anew by the hour and when a loan comes
    /// back: it changes slowly, and every tick asks for it.
    expected: Option<(Timestamp, Box<HoldDays>)>,
    /// What was lent for long, hour by hour for a day.
    long: VecDeque<(Timestamp, Amount)>,
}

impl Experience {
    /// An offer leaves with this forecast.
    pub(super) fn offered(&mut self, at: Timestamp, original: Amount, expected: Prospect) {
        self.placed.insert(original, Placed { expected, at, filled: false });
        while self.placed.len() > REMEMBERED {
            let oldest = self.placed.iter().min_by_key(|(_, placed)| placed.at).map(|(amount, _)| *amount);
            let Some(oldest) = oldest else { return };
            self.placed.remove(&oldest);
        }
    }

    /// An offer of this original amount was filled, in part or whole.
    pub(super) fn filled(&mut self, at: Timestamp, original: Amount, amount: Amount, period: Days) {
        let Some(placed) = self.placed.get_mut(&original) else { return };
        if !std::mem::replace(&mut placed.filled, true) {
            self.scores.filled(&placed.expected, at.since(placed.at));
        }
        // Short requests are valued by the short hold.
        let bid = placed.expected.hit == Hit::Bid && period > Days::new(Parameters::default().long_period);
        self.holds.filled(at, period, bid, placed.expected.stratum);
        self.lasting.push_back(Lasting { at, amount, period, expected: placed.expected.hold });
        if self.lasting.len() > REMEMBERED {
            self.lasting.pop_front();
        }
    }

    /// An offer of this original amount is given up.
    fn given_up(&mut self, at: Timestamp, original: Amount) {
        if let Some(placed) = self.placed.remove(&original).filter(|placed| !placed.filled) {
            self.scores.given_up(&placed.expected, at.since(placed.at));
        }
    }

    /// A loan came back.
    fn returned(&mut self, at: Timestamp, lent: &Lent) {
        let held = at.since(lent.opened);
        self.holds.returned(lent.opened, lent.period, held);
        let made = |lasting: &Lasting| {
            lasting.amount == lent.amount
                && lasting.period == lent.period
                && lent.opened.since(lasting.at).get().abs() <= OPENS_WITHIN
        };
        if let Some(place) = self.lasting.iter().position(made)
            && let Some(lasting) = self.lasting.remove(place)
        {
            self.scores.returned(lasting.expected, held);
        }
    }

    /// So much is lent for long.
    fn long_lent(&mut self, at: Timestamp, amount: Amount) {
        self.long.push_back((at, amount));
        while self.long.get(1).is_some_and(|(told, _)| at.since(*told) >= DAY) {
            self.long.pop_front();
        }
    }

    /// What was lent for long a day ago, where that was looked at.
    fn long_before(&self, at: Timestamp) -> Option<Amount> {
        self.long.front().filter(|(told, _)| at.since(*told) >= DAY).map(|(_, amount)| *amount)
    }

    fn reckon<'a>(&self, at: Timestamp, open: impl Iterator<Item = &'a Out>, parameters: &Parameters) -> HoldDays {
        let open = open.map(|out| (out.lent.opened, out.lent.period, at.since(out.lent.opened)));
        self.holds.expected(open, parameters)
    }
}

impl Account {
    /// How long loans of each class last, by what this account has learned; nothing before it was looked back once.
    pub(super) fn expected_holds(&self, currency: Currency) -> Option<&HoldDays> {
        self.experience.get(&currency)?.expected.as_ref().map(|(_, holds)| holds.as_ref())
    }

    /// Takes over what the store remembers of this account's experience. Answers what could not be read.
    pub(super) fn recall(&mut self, restored: &Restored) -> Vec<String> {
        let mut unreadable = Vec::new();
        if self.paper {
            return unreadable;
        }
        for (name, bytes) in &restored.kept {
            let mut words = name.split('/');
            let (kind, account, code) = (words.next(), words.next(), words.next());
            let Some(currency) = code.and_then(|code| Currency::from_code(code).ok()) else { continue };
            if account != Some(self.name.as_str()) {
                continue;
            }
            let experience = self.experience.entry(currency).or_default();
            let read = match kind {
                Some("holds") => Holds::restore(bytes).map(|holds| experience.holds = holds),
                Some("scores") => Scores::restore(bytes).map(|scores| experience.scores = scores),
                _ => Some(()),
            };
            if read.is_none() {
                unreadable.push(name.clone());
            }
        }
        unreadable
    }

    /// How well forecasts have held.
    pub(super) fn scores(&self, currency: Currency) -> Scores {
        self.experience.get(&currency).map(|experience| experience.scores).unwrap_or_default()
    }

    /// Loans that came back at the exchange teach how long loans last.
    pub(super) fn learn_returns(&mut self, at: Timestamp, currency: Currency, back: &[Lent]) {
        if !back.is_empty() {
            let experience = self.experience.entry(currency).or_default();
            for lent in back {
                experience.returned(at, lent);
            }
            // Reckoned anew below, with what they taught.
            experience.expected = None;
        }
    }

    /// An own offer is cancelled: what was expected of it is held against how long it stood.
    pub(super) fn learn_cancel(&mut self, at: Timestamp, currency: Currency, offer: OfferId) {
        let original = self.managed(currency).into_iter().find(|(own, _)| own.id == offer).map(|(own, _)| own.original);
        if let (Some(original), Some(experience)) = (original, self.experience.get_mut(&currency)) {
            experience.given_up(at, original);
        }
    }

    /// By the hour: notes what is lent for long, and how long loans are expected to last.
    pub(super) fn look_back(&mut self, at: Timestamp, currency: Currency, learned: &Learned) {
        let due = |told: Option<&Timestamp>| told.is_none_or(|told| at.since(*told) >= HOUR);
        let known = self.experience.get(&currency);
        let noted = known.and_then(|known| known.long.back()).map(|(told, _)| told);
        let reckoned = known.and_then(|known| known.expected.as_ref()).map(|(told, _)| told);
        let (note, reckon) = (due(noted), due(reckoned));
        if note {
            let long: Total = self.long(currency, learned, Timestamp::default()).sum();
            self.experience.entry(currency).or_default().long_lent(at, long.clamp_amount());
        }
        if reckon {
            let experience = self.experience.entry(currency).or_default();
            let loans = self.wallets.get(&currency).into_iter().flat_map(|wallet| wallet.holdings.lent.values());
            let holds = experience.reckon(at, loans, learned.parameters());
            experience.expected = Some((at, Box::new(holds)));
        }
    }

    /// What is lent for long and was opened after `since`.
    fn long(&self, currency: Currency, learned: &Learned, since: Timestamp) -> impl Iterator<Item = Amount> {
        let all = self.wallets.get(&currency).into_iter().flat_map(super::funding_wallet::FundingWallet::lent);
        let longest = learned.long_period();
        all.filter(move |out| out.lent.period > longest && out.lent.opened > since).map(|out| out.lent.amount)
    }

    fn kept(&self) -> impl Iterator<Item = Kept> {
        let shown = |(currency, experience): (&Currency, &Experience)| {
            let named = |kind: &str| format!("{kind}/{}/{}", self.name.as_str(), currency.code());
            [
                Kept { name: named("holds"), bytes: experience.holds.checkpoint() },
                Kept { name: named("scores"), bytes: experience.scores.checkpoint() },
            ]
        };
        self.experience.iter().filter(|_| !self.paper).flat_map(shown)
    }
}

impl<'a> Round<'a> {
    /// What the adaptive rule goes by. `base` is what the slices share.
    pub(super) fn adaptive(
        &self,
        account: &'a Account,
        base: Amount,
        market: &'a Market,
        standing: &'a [Option<Days>],
    ) -> AdaptiveView<'a> {
        let learned = market.learned();
        let wallet = account.wallets.get(&self.currency);
        let holds = self.holds.or_else(|| account.expected_holds(self.currency)).unwrap_or_else(|| learned.lasts());
        let long = |since: Timestamp| -> Total { account.long(self.currency, learned, since).sum() };
        let (all, new) = (long(Timestamp::default()), long(self.at.minus(DAY)));
        // What came back within the day is locked no more.
        let before = account.experience.get(&self.currency).and_then(|known| known.long_before(self.at));
        let new = before.map_or(new, |before| new.min(all.minus(before)));
        let (most, daily) = learned.long_shares();
        let room = |share: Ratio, used: Total| {
            Total::from(base.share(share, Rounding::Down)).minus_total(used).at_least_zero()
        };
        // What must stay liquid is not lent for long either: it would be offered for two days at a price for more.
        let balance = wallet.map_or(Amount::ZERO, |wallet| wallet.holdings.balance);
        let illiquid = self.lend.and_then(|lend| lend.min_liquid).map_or(Ratio::ONE, Ratio::complement);
        let term_room = Total::from(balance.share(illiquid, Rounding::Down)).minus_total(all).at_least_zero();
        let long_room = room(most, all).min(room(daily, new));
        let lot = base.share(learned.lot_share(), Rounding::Down);
        AdaptiveView { learned, holds, term_room, long_room, lot, standing, bids: !self.paper }
    }
}

/// The period of each slice's standing offers: the longest of them.
pub(super) fn standing(profile: &Profile, live: &[LiveOffer]) -> Vec<Option<Days>> {
    let of = |slice: usize| {
        let stands = live.iter().filter(|offer| offer.slice == Some(slice) && offer.standing == Standing::Open);
        stands.map(|offer| offer.period).max()
    };
    (0..profile.slices.len()).map(of).collect()
}

impl Engine {
    /// The market of a currency; a new one begins with what the store remembers of it.
    pub(super) fn market_of(&mut self, currency: Currency, out: &mut Vec<Effect>) -> &mut Market {
        let (at, parameters) = (self.at, self.parameters);
        let kept = &mut self.restored.kept;
        self.markets.entry(currency).or_insert_with(|| {
            let name = format!("market/{}", currency.code());
            match kept.remove(&name).map(|bytes| Market::recall(&bytes, at, &parameters)) {
                Some(Some(market)) => market,
                Some(None) => {
                    out.push(Effect::Note(Note::Forgotten { what: name }));
                    Market::tuned(&parameters)
                }
                None => Market::tuned(&parameters),
            }
        })
    }

    /// How well the forecasts for an account's offers have held.
    #[must_use]
    pub fn scores(&self, account: &AccountName, currency: Currency) -> Scores {
        self.accounts.get(account).map(|account| account.scores(currency)).unwrap_or_default()
    }

    /// Each market is told what the account that has lent most in it knows of holds.
    fn tell_holds(&mut self) {
        for (currency, market) in &mut self.markets {
            let loans =
                |account: &&Account| account.experience.get(currency).map_or(0.0, |known| known.holds.closures());
            let best = self
                .accounts
                .values()
                .filter(|account| !account.paper)
                .max_by(|one, other| loans(one).total_cmp(&loans(other)));
            if let Some(holds) = best.and_then(|account| account.expected_holds(*currency)) {
                market.lasting(holds);
            }
        }
    }

    /// The markets are looked at, and what is learned of them moves on with time. Offers of all accounts are ours.
    pub(super) fn watch(&mut self) {
        for (currency, market) in &mut self.markets {
            let frr = market.frr().unwrap_or_default();
            let own: Vec<_> = self.accounts.values().flat_map(|account| account.own_levels(*currency, frr)).collect();
            if self.beside.learning {
                market.learn(*currency, self.at, &own);
            }
            market.look(self.at, &own);
        }
    }

    /// Every hour, and when the daemon stops: tells the markets what is known of holds, and writes down what is learned.
    pub(super) fn keep(&mut self, out: &mut Vec<Effect>) {
        let stops = self.draining.is_some() && !self.kept.for_stop;
        let kept_at = *self.kept.at.get_or_insert(self.at);
        if !stops && self.at.since(kept_at) < KEEP_EVERY {
            return;
        }
        self.kept.for_stop |= stops;
        self.kept.at = Some(self.at);
        self.tell_holds();
        if !self.beside.view {
            return;
        }
        let markets = self.markets.iter().filter_map(|(currency, market)| {
            let bytes = market.checkpoint(self.at)?;
            Some(Kept { name: format!("market/{}", currency.code()), bytes })
        });
        let kept: Vec<Kept> = markets.chain(self.accounts.values().flat_map(Account::kept)).collect();
        if !kept.is_empty() {
            out.push(Effect::Keep(kept));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_lent_for_long_a_day_ago_is_known_after_a_day() {
        let hour = |hour: i64| Timestamp::default().plus(HOUR.times(hour));
        let mut experience = Experience::default();
        for at in 0..30 {
            assert_eq!(experience.long_before(hour(at)).is_some(), at >= 24, "hour {at}");
            experience.long_lent(hour(at), Amount::whole(i32::try_from(at).unwrap()));
        }
        // At 29 o'clock the newest that is a day old is that of 5 o'clock.
        assert_eq!(experience.long_before(hour(29)), Some(Amount::whole(5)));
        assert_eq!(experience.long.len(), 25);
    }
}
