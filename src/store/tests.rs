use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use rusqlite::types::Value;
use tempfile::TempDir;

use super::database::{Database, FILE, migrate};
use super::requests::{adopt_requests_wait, take_adopt_requests, write_adopt_request};
use super::*;
use crate::domain::{
    AccountName, Action, ActionId, Amount, Cancel, Credited, Currency, DAY, DailyRate, Days, Intent, Millis, OfferId,
    OfferKind, Submit, Timestamp, Total,
};
use crate::engine::{Kept, Memory};

const NOW: Timestamp = Timestamp::from_millis(1_790_000_000_000);

pub(super) fn main_account() -> AccountName {
    AccountName::new("main").unwrap()
}

pub(super) fn submit(id: u64, at: Timestamp) -> Intent {
    let units = i64::try_from(id).unwrap();
    let action = Action::Submit(Submit {
        currency: Currency::USD,
        amount: Amount::from_units(15_000_000_000 + units),
        rate: DailyRate::from_units(-200_000_000 + units),
        kind: OfferKind::FrrDeltaFixed,
        period: Days::new(30),
        hidden: id.is_multiple_of(2),
    });
    Intent { id: ActionId(id), account: main_account(), action, at, slice: "core".to_owned() }
}

pub(super) fn cancel(id: u64, offer: i64) -> Intent {
    let action = Action::Cancel(Cancel { currency: Currency::from_code("UST").unwrap(), offer: OfferId(offer) });
    Intent { id: ActionId(id), account: main_account(), action, at: NOW, slice: String::new() }
}

/// What a `kill -9` at this moment would leave on the disk, in a new folder.
fn killed(dir: &Path) -> TempDir {
    let copy = TempDir::new().unwrap();
    for name in [FILE.to_owned(), format!("{FILE}-wal")] {
        std::fs::copy(dir.join(&name), copy.path().join(&name)).unwrap();
    }
    copy
}

#[tokio::test]
async fn a_crash_between_record_and_outcome_leaves_the_write_unsettled() {
    let dir = TempDir::new().unwrap();
    let (store, first) = Store::open(dir.path(), NOW).await.unwrap();
    assert_eq!((first.next_action, first.unsettled.len()), (1, 0));
    store.record_plan(vec![submit(1, NOW), cancel(2, 77), submit(3, NOW)]).await.unwrap();
    store.remember(NOW, vec![Memory::Settled { action: ActionId(3), accepted: false }]).await.unwrap();

    let disk = killed(dir.path());
    let (_again, restored) = Store::open(disk.path(), NOW).await.unwrap();
    assert_eq!(restored.unsettled, vec![submit(1, NOW), cancel(2, 77)]);
    assert_eq!(restored.recent, vec![submit(1, NOW), submit(3, NOW)]);
    assert_eq!(restored.next_action, 4);
    assert!(restored.own.is_empty());
}

#[tokio::test]
async fn own_offers_come_back_with_their_slice_until_closed_and_twice_is_once() {
    let dir = TempDir::new().unwrap();
    let (store, _) = Store::open(dir.path(), NOW).await.unwrap();
    let account = main_account();
    let opened = |action, offer| Memory::Opened { account: main_account(), action: ActionId(action), offer };
    let closed = |offer| Memory::Closed { account: main_account(), offer };
    store.record_plan(vec![submit(1, NOW), submit(2, NOW), submit(3, NOW)]).await.unwrap();
    let told = vec![
        opened(1, OfferId(10)),
        opened(2, OfferId(20)),
        closed(OfferId(20)),
        closed(OfferId(30)), // taken at once: the end is told before the opening
        opened(3, OfferId(30)),
        Memory::Adopted { account: account.clone(), offer: OfferId(40) },
        Memory::Settled { action: ActionId(99), accepted: true }, // not on record
    ];
    store.remember(NOW, told.clone()).await.unwrap();
    store.remember(NOW, told[..5].to_vec()).await.unwrap();
    store.close().await.unwrap();
    assert!(matches!(store.record_plan(vec![submit(4, NOW)]).await, Err(StoreError::Closed)));

    let (store, restored) = Store::open(dir.path(), NOW).await.unwrap();
    let own: Vec<(i64, &str)> = restored.own[&account].iter().map(|(id, own)| (id.0, own.slice.as_str())).collect();
    assert_eq!(own, vec![(10, "core"), (40, "")]);
    assert!(restored.unsettled.is_empty(), "an offer that opened settles its submit");
    // Paper offers have no place here.
    let paper = store.remember(NOW, vec![opened(1, OfferId(-5))]).await;
    assert!(matches!(paper, Err(StoreError::Sqlite { .. })), "{paper:?}");
}

#[tokio::test]
async fn a_number_is_never_used_twice_even_after_its_row_is_forgotten() {
    let dir = TempDir::new().unwrap();
    let (store, _) = Store::open(dir.path(), NOW).await.unwrap();
    store.record_plan(vec![submit(1, NOW), submit(7, NOW)]).await.unwrap();
    for reused in [1, 5, 7] {
        let refused = store.record_plan(vec![submit(8, NOW), submit(reused, NOW)]).await;
        assert!(matches!(refused, Err(StoreError::Reused(id)) if id == ActionId(reused)), "{refused:?}");
    }
    let settled = [1, 7].map(|id| Memory::Settled { action: ActionId(id), accepted: true });
    store.remember(NOW, settled.to_vec()).await.unwrap();
    store.close().await.unwrap();
    let later = NOW.plus(DAY.times(500));
    let (store, restored) = Store::open(dir.path(), later).await.unwrap();
    assert_eq!((restored.next_action, restored.recent.len()), (8, 0));
    assert!(matches!(store.record_plan(vec![submit(7, later)]).await, Err(StoreError::Reused(_))));
    store.record_plan(vec![submit(8, later)]).await.unwrap();
}

#[tokio::test]
async fn recent_means_submits_of_the_last_day() {
    let dir = TempDir::new().unwrap();
    let (store, _) = Store::open(dir.path(), NOW).await.unwrap();
    let old = NOW.minus(DAY);
    store.record_plan(vec![submit(1, old), submit(2, old.plus(Millis::new(1))), cancel(3, 9)]).await.unwrap();
    store.close().await.unwrap();
    let (_store, restored) = Store::open(dir.path(), NOW).await.unwrap();
    assert_eq!(restored.recent, vec![submit(2, old.plus(Millis::new(1)))]);
    assert_eq!(restored.unsettled.len(), 3, "age settles nothing");
}

#[tokio::test]
async fn a_second_daemon_is_refused_until_the_first_is_gone() {
    let dir = TempDir::new().unwrap();
    let (store, _) = Store::open(dir.path(), NOW).await.unwrap();
    let second = Store::open(dir.path(), NOW).await.unwrap_err();
    assert!(matches!(&second, StoreError::Held { dir: held } if held == dir.path()), "{second}");
    assert!(matches!(StateLock::take(dir.path()), Err(StoreError::Held { .. })));
    store.close().await.unwrap();
    assert_eq!(StateLock::holder(dir.path()).unwrap(), None);
    let lock = StateLock::take(dir.path()).unwrap();
    assert_eq!(StateLock::holder(dir.path()).unwrap(), Some(std::process::id()));
    drop(lock);
    assert_eq!(StateLock::holder(&dir.path().join("nowhere")).unwrap(), None);
    assert!(!dir.path().join("nowhere").exists(), "asking makes nothing");
}

#[tokio::test]
async fn only_the_owner_may_read() {
    let dir = TempDir::new().unwrap();
    let state = dir.path().join("made").join("here");
    std::fs::create_dir(dir.path().join("made")).unwrap();
    let (store, _) = Store::open(&state, NOW).await.unwrap();
    store.record_plan(vec![submit(1, NOW)]).await.unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&state), 0o700);
    for name in [FILE.to_owned(), format!("{FILE}-wal"), format!("{FILE}-shm"), "lock".to_owned()] {
        assert_eq!(mode(&state.join(&name)), 0o600, "{name}");
    }
}

#[tokio::test]
async fn damage_and_newer_files_are_told_apart_and_left_alone() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join(FILE);
    std::fs::write(
        &path,
        "This is no database, though it is long enough to be mistaken for a page of one. ".repeat(64),
    )
    .unwrap();
    let damaged = Store::open(dir.path(), NOW).await.unwrap_err();
    let text = damaged.to_string();
    assert!(matches!(damaged, StoreError::Damaged { .. }), "{text}");
    assert!(text.contains(&path.display().to_string()) && text.contains("yieldsforge adopt"), "{text}");

    let dir = TempDir::new().unwrap();
    rusqlite::Connection::open(dir.path().join(FILE)).unwrap().pragma_update(None, "user_version", 99).unwrap();
    let newer = Store::open(dir.path(), NOW).await.unwrap_err();
    assert!(matches!(newer, StoreError::Newer { found: 99, .. }), "{newer}");
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_damage_not_a_guess() {
    let dir = TempDir::new().unwrap();
    let (store, _) = Store::open(dir.path(), NOW).await.unwrap();
    store.record_plan(vec![submit(1, NOW)]).await.unwrap();
    store.close().await.unwrap();
    let connection = rusqlite::Connection::open(dir.path().join(FILE)).unwrap();
    connection.execute("UPDATE intents SET type = 'MARKET'", []).unwrap();
    drop(connection);
    let damaged = Store::open(dir.path(), NOW).await.unwrap_err();
    assert!(matches!(&damaged, StoreError::Damaged { detail, .. } if detail.contains("type")), "{damaged}");
}

#[test]
fn migrations_take_only_the_missing_steps_and_a_failed_one_leaves_nothing() {
    let mut connection = rusqlite::Connection::open_in_memory().unwrap();
    let path = Path::new("memory");
    let version = |c: &rusqlite::Connection| c.query_row("PRAGMA user_version", [], |r| r.get::<_, i64>(0)).unwrap();
    migrate(&mut connection, path, &["CREATE TABLE a (x)"]).unwrap();
    migrate(&mut connection, path, &["CREATE TABLE a (x)", "CREATE TABLE b (x)"]).unwrap();
    assert_eq!(version(&connection), 2);
    let bad = ["", "", "CREATE TABLE c (x); CREATE TABLE a (x)"];
    assert!(matches!(migrate(&mut connection, path, &bad), Err(StoreError::Sqlite { .. })));
    assert_eq!(version(&connection), 2);
    assert!(connection.execute("INSERT INTO c VALUES (1)", []).is_err());
    assert!(matches!(
        migrate(&mut connection, path, &["CREATE TABLE a (x)"]),
        Err(StoreError::Newer { found: 2, known: 1, .. })
    ));
}

#[tokio::test]
async fn nonce_ceilings_only_rise_and_payments_count_once() {
    let dir = TempDir::new().unwrap();
    let (store, _) = Store::open(dir.path(), NOW).await.unwrap();
    assert_eq!(store.nonce_ceiling("abc".to_owned()).await.unwrap(), 0);
    for (to, stands) in [(50, 50), (90, 90), (70, 90)] {
        store.store_nonce_ceiling("abc".to_owned(), to).await.unwrap();
        assert_eq!(store.nonce_ceiling("abc".to_owned()).await.unwrap(), stands);
    }
    assert!(store.store_nonce_ceiling("abc".to_owned(), u64::MAX).await.is_err());

    let row = |ledger, amount| InterestRow {
        ledger,
        currency: Currency::USD,
        at: if ledger == 1 { NOW.minus(DAY.times(2)) } else { NOW },
        amount,
        balance: Amount::whole(1_000),
        description: "Margin Funding Payment on wallet funding".to_owned(),
    };
    let rows = vec![row(1, Amount::MAX), row(2, Amount::MAX), row(2, Amount::MAX)];
    assert_eq!(store.record_interest(main_account(), rows).await.unwrap(), 2);
    assert_eq!(
        store.record_interest(main_account(), vec![row(2, Amount::MAX), row(3, Amount::UNIT)]).await.unwrap(),
        1
    );
    let credited = store.credited(main_account(), Currency::USD, NOW.minus(DAY.times(31))).await.unwrap();
    let (first, later) = (Total::from(Amount::MAX), Total::from(Amount::MAX).plus(Amount::UNIT));
    let by_day = BTreeMap::from([(NOW.day() - 2, first), (NOW.day(), later)]);
    assert_eq!(credited, Credited { total: first.plus_total(later), last: Some(NOW), by_day });
    let late = store.credited(main_account(), Currency::USD, NOW).await.unwrap();
    assert_eq!(
        late.by_day,
        BTreeMap::from([(NOW.day(), later)]),
        "days before the first that was asked for are left out"
    );
    assert_eq!(late.total, credited.total);
    let none = store.credited(AccountName::new("other").unwrap(), Currency::USD, NOW).await.unwrap();
    assert_eq!(none, Credited::default());
}

#[test]
fn adopt_requests_are_taken_once_and_bad_ones_set_aside() {
    let dir = TempDir::new().unwrap();
    assert!(take_adopt_requests(dir.path()).unwrap().good.is_empty() && !adopt_requests_wait(dir.path()));
    let first = write_adopt_request(dir.path(), &main_account(), &[OfferId(5), OfferId(6)]).unwrap();
    let second = write_adopt_request(dir.path(), &main_account(), &[OfferId(7)]).unwrap();
    assert_ne!(first, second);
    assert_eq!(std::fs::metadata(&first).unwrap().permissions().mode() & 0o777, 0o600);
    let folder = dir.path().join("adopt");
    std::fs::write(folder.join("half.draft"), "{").unwrap();
    for (name, text) in [
        ("a.json", "{"),
        ("b.json", r#"{"account":"../x","offers":[1]}"#),
        ("c.json", r#"{"account":"main","offers":[-1]}"#),
        ("d.json", r#"{"account":"main","offers":[]}"#),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    assert!(adopt_requests_wait(dir.path()));
    let taken = take_adopt_requests(dir.path()).unwrap();
    assert!(!adopt_requests_wait(dir.path()));
    let main = main_account();
    assert_eq!(taken.good, vec![(main.clone(), vec![OfferId(5), OfferId(6)]), (main, vec![OfferId(7)])]);
    assert_eq!(taken.bad.len(), 4);
    assert!(taken.bad[0].to_string().contains("a.json.bad"), "{}", taken.bad[0]);
    let again = take_adopt_requests(dir.path()).unwrap();
    assert!(again.good.is_empty() && again.bad.is_empty());
}

#[test]
fn a_commit_is_on_the_disk_before_anything_leaves() {
    let dir = TempDir::new().unwrap();
    let database = Database::open(dir.path()).unwrap();
    let setting = |sql: &'static str| {
        let read = database.read("ask", |connection| connection.query_row(sql, [], |row| row.get::<_, Value>(0)));
        read.unwrap()
    };
    assert_eq!(setting("PRAGMA synchronous"), Value::Integer(2), "FULL");
    assert_eq!(setting("PRAGMA journal_mode"), Value::Text("wal".to_owned()));
}

#[tokio::test]
async fn interest_is_summed_between_two_times_and_what_was_told_is_remembered() {
    let dir = TempDir::new().unwrap();
    let (store, _) = Store::open(dir.path(), NOW).await.unwrap();
    let row = |ledger, at| InterestRow {
        ledger,
        currency: Currency::USD,
        at,
        amount: Amount::whole(i32::try_from(ledger).unwrap()),
        balance: Amount::ZERO,
        description: String::new(),
    };
    let rows = vec![row(1, NOW.minus(DAY)), row(2, NOW.minus(Millis::new(1))), row(4, NOW), row(8, NOW.plus(DAY))];
    store.record_interest(main_account(), rows).await.unwrap();
    let sum = |days| store.interest_between(main_account(), Currency::USD, (NOW.minus(DAY.times(days)), NOW));
    assert_eq!(sum(1).await.unwrap(), Total::from(Amount::whole(6)), "the beginning belongs to the day before");
    assert_eq!(sum(2).await.unwrap(), Total::from(Amount::whole(7)));

    assert_eq!(store.told("phone".to_owned()).await.unwrap(), None);
    store.record_told("phone".to_owned(), NOW).await.unwrap();
    store.record_told("phone".to_owned(), NOW.minus(DAY)).await.unwrap();
    store.record_told("next_action".to_owned(), NOW).await.unwrap();
    store.close().await.unwrap();
    let (store, restored) = Store::open(dir.path(), NOW).await.unwrap();
    assert_eq!(store.told("phone".to_owned()).await.unwrap(), Some(NOW));
    assert_eq!(restored.next_action, 1, "no name of a notifier touches another number");
}

#[tokio::test]
async fn what_is_learned_is_written_over_and_told_to_the_next_start() {
    let dir = TempDir::new().unwrap();
    let (store, first) = Store::open(dir.path(), NOW).await.unwrap();
    assert!(first.kept.is_empty());
    let kept = |name: &str, bytes: &[u8]| Kept { name: name.to_owned(), bytes: bytes.to_vec() };
    store.keep(NOW, vec![kept("market/USD", &[1, 2, 0]), kept("holds/main/USD", &[])]).await.unwrap();
    store.keep(NOW, vec![kept("market/USD", &[3])]).await.unwrap();
    let disk = killed(dir.path());
    let (_again, restored) = Store::open(disk.path(), NOW).await.unwrap();
    let expected = [("market/USD".to_owned(), vec![3]), ("holds/main/USD".to_owned(), vec![])];
    assert_eq!(restored.kept, BTreeMap::from(expected));
}
