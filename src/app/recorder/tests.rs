//! The recorder's rules without a socket: when a book is due, what a life is made of, what is dropped.

use super::lives::Lives;
use super::tape::Tape;
use super::*;
use crate::domain::{
    AccountName, Action, ActionId, Amount, BookLevel, BookSide, Cancel, Currency, DailyRate, Days, Decimal, Intent,
    LevelKey, MINUTE, Millis, OfferId, OfferKind, Print, Refusal, Rounding, SECOND, Submit, Ticker, Total,
};
use crate::engine::Outcome;
use crate::store::market::{OfferChange, Row};
use crate::strategy::Why;

const USD: Currency = Currency::USD;

fn at(minutes: i64) -> Timestamp {
    Timestamp::from_millis(1_784_505_600_000).plus(MINUTE.times(minutes))
}

fn print(id: i64, at: Timestamp) -> Print {
    Print { id, at, amount: Amount::whole(1_000), taken: true, rate: DailyRate::TICK, period: Days::MIN }
}

fn level(side: BookSide, rate: &str, period: u16, count: u32, amount: i32) -> BookLevel {
    let exact = Decimal::parse(rate).unwrap();
    let rate = DailyRate::from_decimal(exact, Rounding::Nearest).unwrap();
    BookLevel { side, key: LevelKey { rate, period: Days::new(period), exact }, count, amount: Amount::whole(amount) }
}

#[test]
fn a_book_is_due_around_each_batch_and_every_ten_minutes_without_a_schedule() {
    let mut tape = Tape::default();
    assert_eq!(tape.book_due(at(0)), at(0), "at once");
    tape.take_book(&[level(BookSide::Offers, "0.0002", 2, 1, 5)]);
    tape.book_row(USD, at(0)).unwrap();
    assert_eq!(tape.book_due(at(1)), at(10));
    // Batches every 20 minutes, in the fifth minute of each.
    for batch in 0..200 {
        (0..3).for_each(|n| tape.learn(&print(batch * 3 + n, at(20 * batch + 5).plus(SECOND.times(n)))));
    }
    let mut kept = Vec::new();
    let mut now = at(4_000);
    while now < at(4_060) {
        now = tape.book_due(now).max(now);
        tape.book_row(USD, now).unwrap();
        kept.push(now);
        assert!(tape.book_due(now) > now);
    }
    // Of each window (a minute around the prints): 35 s before it opens, and a minute after it has closed.
    let minute = |at: &Timestamp| at.since(self::at(4_000)).get().rem_euclid(MINUTE.times(20).get());
    let (before, after): (Vec<i64>, Vec<i64>) =
        kept.iter().skip(1).map(minute).partition(|phase| *phase < MINUTE.times(5).get());
    assert!(before.len() >= 3 && after.len() >= 3, "{kept:?}");
    assert!(before.iter().all(|phase| *phase >= MINUTE.times(3).get()), "{before:?}");
    assert!(after.iter().all(|phase| *phase <= MINUTE.times(8).get()), "{after:?}");
    assert_eq!(kept.len() - 1, before.len() + after.len());
}

#[test]
fn a_book_is_told_best_first_and_not_at_all_once_news_of_it_were_missed() {
    let mut tape = Tape::default();
    assert_eq!(tape.book_row(USD, at(0)), None);
    let (low, high) = (level(BookSide::Bids, "0.0001", 2, 1, 5), level(BookSide::Bids, "0.0003", 120, 2, 6));
    let (cheap, dear) = (level(BookSide::Offers, "0.0002", 2, 1, 7), level(BookSide::Offers, "0.0004", 30, 1, 8));
    let ordered = vec![high, low, cheap, dear];
    tape.take_book(&[dear, low, cheap, high, level(BookSide::Offers, "0.0005", 2, 1, 9)]);
    tape.take_level(&level(BookSide::Offers, "0.0005", 2, 0, 1));
    assert_eq!(tape.book_row(USD, at(1)), Some(Row::Book(USD, at(1), ordered.clone())));
    let before = |rate: &str, period| tape.ahead(DailyRate::parse(rate, Rounding::Nearest).unwrap(), Days::new(period));
    assert_eq!(before("0.0002", 2), Some(Total::from(Amount::whole(7))), "the same rate was there before");
    assert_eq!(before("0.0019", 30), Some(Total::from(Amount::whole(8))), "shorter ones serve others");
    assert_eq!(before("0.0001", 2), Some(Total::ZERO));
    tape.forget_book();
    assert_eq!((tape.book_row(USD, at(2)), tape.ahead(DailyRate::TICK, Days::MIN)), (None, None));
    assert_eq!(tape.asked_row(USD, at(2), vec![dear, cheap, low, high]), Row::Book(USD, at(2), ordered));
}

#[test]
fn a_ticker_is_kept_now_and_then_and_when_the_frr_moves() {
    let mut tape = Tape::default();
    let ticker = |frr| Ticker { frr: Some(DailyRate::from_units(frr)), ..Ticker::default() };
    let told = [(0, 5), (1, 5), (2, 6), (3, 6), (6, 6), (7, 6), (8, 5)];
    let kept: Vec<i64> = told
        .into_iter()
        .filter(|(minute, frr)| tape.ticker_row(USD, at(*minute), ticker(*frr)).is_some())
        .map(|(minute, _)| minute)
        .collect();
    assert_eq!(kept, [0, 2, 7, 8]);
}

#[test]
fn what_may_be_missing_begins_where_all_was_known() {
    let mut tape = Tape::default();
    assert_eq!(tape.tear(Millis::default()), None, "nothing was ever known");
    tape.complete = Some(at(10));
    assert_eq!(tape.tear(MINUTE), Some(at(9)));
    tape.complete = Some(at(12));
    assert_eq!(tape.tear(Millis::default()), Some(at(9)), "an older hole stays open");
}

fn intent(id: u64, action: Action) -> Intent {
    Intent { id: ActionId(id), account: AccountName::new("main").unwrap(), action, slice: "core".to_owned(), at: at(0) }
}

fn submit(id: u64) -> Intent {
    let submit = Submit {
        currency: USD,
        amount: Amount::whole(200),
        rate: DailyRate::TICK,
        kind: OfferKind::Limit,
        period: Days::MIN,
        hidden: false,
    };
    intent(id, Action::Submit(submit))
}

fn why() -> Why {
    let rate = DailyRate::TICK;
    Why { rule: "fixed", raw: rate, frr: rate, last: rate, best_offer: None, floor: rate, expected: None }
}

fn ended(intent: Intent, outcome: Outcome, offer: Option<i64>) -> Note {
    Note::ActionEnded { intent, outcome, text: String::new(), offer: offer.map(OfferId) }
}

#[test]
fn a_life_is_told_once_whichever_way_it_is_heard_of() {
    let mut lives = Lives::default();
    let ahead = |_: &Submit| Some(Total::from(Amount::whole(7)));
    let mut hear = |note: &Note| lives.note(at(1), note, ahead);
    for id in 1..=3 {
        assert_eq!(hear(&Note::Submitting { intent: submit(id), why: why() }), None);
    }
    let created = hear(&ended(submit(1), Outcome::Accepted, Some(11))).unwrap();
    assert_eq!(
        (created.change, created.offer, created.amount),
        (OfferChange::Created, OfferId(11), Amount::whole(200))
    );
    assert_eq!(created.ahead, Some(Total::from(Amount::whole(7))), "what stood before it when it was decided");
    assert_eq!(created.terms.unwrap().slice, "core");
    assert_eq!(hear(&ended(submit(2), Outcome::Refused(Refusal::Minimum), None)), None);
    assert_eq!(hear(&ended(submit(3), Outcome::Unknown(crate::domain::UnknownCause::Timeout), None)), None);
    let cancel = intent(4, Action::Cancel(Cancel { currency: USD, offer: OfferId(11) }));
    assert_eq!(hear(&ended(cancel, Outcome::Accepted, None)).unwrap().change, OfferChange::Cancelled);
    let account = AccountName::new("main").unwrap();
    let opened =
        |action, offer| Memory::Opened { account: account.clone(), action: ActionId(action), offer: OfferId(offer) };
    assert_eq!(lives.memory(at(2), &opened(1, 11)), None, "told before");
    assert_eq!(lives.memory(at(2), &opened(2, 12)), None, "refused");
    let late = lives.memory(at(2), &opened(3, 13)).unwrap();
    assert_eq!((late.change, late.offer), (OfferChange::Created, OfferId(13)));
    let closed = |offer| Memory::Closed { account: account.clone(), offer: OfferId(offer) };
    assert_eq!(lives.memory(at(3), &closed(13)).unwrap().change, OfferChange::Gone);
    assert_eq!((lives.memory(at(3), &closed(13)), lives.memory(at(3), &closed(11))), (None, None));
}

#[tokio::test]
async fn a_scribe_that_nobody_listens_to_holds_nobody_up_and_counts() {
    let (scribe, mut heard) = channel();
    for id in 0..i64::try_from(NEWS).unwrap() + 3 {
        scribe.market(at(0), &MarketNews::Prints(USD, vec![print(id, at(0))]));
        scribe.market(at(0), &MarketNews::Operative(true));
    }
    scribe.link(LinkState::Up);
    assert!(scribe.missed.links.load(Ordering::Relaxed) == 1 && scribe.missed.up.load(Ordering::Relaxed));
    scribe.note(at(0), &Note::Operative(true));
    scribe.note(at(0), &Note::Submitting { intent: submit(1), why: why() });
    scribe.memory(at(0), &Memory::Settled { action: ActionId(1), accepted: true });
    let missed = &scribe.missed;
    assert_eq!((missed.trades.load(Ordering::Relaxed), missed.offers.load(Ordering::Relaxed)), (3, 1));
    assert_eq!(std::iter::from_fn(|| heard.try_recv().ok()).count(), NEWS);
    scribe.on.store(false, Ordering::Relaxed);
    scribe.market(at(0), &MarketNews::Prints(USD, vec![print(1, at(0))]));
    assert!(heard.try_recv().is_err(), "nothing is copied while nothing is recorded");
}
