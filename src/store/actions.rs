//! Writes and own offers: what leaves, what became of it, and what a new start is told (money rules 5 to 7).

use std::collections::BTreeMap;

use rusqlite::types::Type;
use rusqlite::{Connection, Params, Row, Transaction, params};

use crate::domain::{
    AccountName, Action, ActionId, Amount, Cancel, Currency, DAY, DailyRate, Days, Intent, OfferId, OfferKind, Submit,
    Timestamp,
};
use crate::engine::{Memory, OwnRecord, Restored};

use super::database::Database;
use super::error::StoreError;
use super::learned;

/// How long settled actions are kept: over a tax year.
const KEEP_DAYS: i64 = 400;

/// Records all intents of a plan in one commit.
pub(super) fn record_plan(database: &mut Database, plan: &[Intent]) -> Result<(), StoreError> {
    if plan.is_empty() {
        return Ok(());
    }
    let reused = database.write("record a plan", |tx| {
        let next = next_action(tx)?;
        if let Some(old) = plan.iter().find(|intent| intent.id.0 < next) {
            return Ok(Some(old.id));
        }
        plan.iter().try_for_each(|intent| insert(tx, intent))?;
        let above = plan.iter().map(|intent| intent.id.0).max().unwrap_or(next).saturating_add(1);
        tx.execute("UPDATE counters SET value = ?1 WHERE name = 'next_action'", [integer(above)?])?;
        Ok(None)
    })?;
    reused.map_or(Ok(()), |id| Err(StoreError::Reused(id)))
}

/// Applies what the engine wants remembered, in order, in one commit. Applying it twice equals once; an action that is
/// not on record is passed over.
pub(super) fn remember(database: &mut Database, at: Timestamp, memories: &[Memory]) -> Result<(), StoreError> {
    if memories.is_empty() {
        return Ok(());
    }
    database.write("remember what became of actions", |tx| memories.iter().try_for_each(|memory| apply(tx, at, memory)))
}

/// What a new start is told. Submits of the day before `now` come back as `recent`.
pub(super) fn restore(database: &mut Database, now: Timestamp) -> Result<Restored, StoreError> {
    database.write("forget what is settled long ago", |tx| {
        let before = now.minus(DAY.times(KEEP_DAYS)).millis();
        tx.execute("DELETE FROM intents WHERE state <> 'sent' AND decided_at < ?1", [before])?;
        tx.execute("DELETE FROM own_offers WHERE closed_at < ?1", [before])
    })?;
    database.read("restore the last run", |connection| {
        Ok(Restored {
            next_action: next_action(connection)?,
            own: own_offers(connection)?,
            unsettled: intents(connection, "state = 'sent'", ())?,
            kept: learned::kept(connection)?,
            recent: intents(connection, "kind = 'submit' AND decided_at > ?1", [now.minus(DAY).millis()])?,
        })
    })
}

fn apply(tx: &Transaction<'_>, at: Timestamp, memory: &Memory) -> rusqlite::Result<()> {
    let at = at.millis();
    match memory {
        Memory::Opened { account, action, offer } => {
            // The offer proves that the submit was accepted. One that is on record keeps its state: news may repeat.
            tx.execute(
                "UPDATE intents SET state = 'accepted', made_offer = ?2 WHERE id = ?1",
                params![integer(action.0)?, offer.0],
            )?;
            tx.execute(
                "INSERT INTO own_offers (account, offer, slice, opened_at)
                 VALUES (?1, ?2, coalesce((SELECT slice FROM intents WHERE id = ?3), ''), ?4)
                 ON CONFLICT DO NOTHING",
                params![account.as_str(), offer.0, integer(action.0)?, at],
            )
        }
        Memory::Settled { action, accepted } => tx.execute(
            "UPDATE intents SET state = ?2 WHERE id = ?1",
            params![integer(action.0)?, if *accepted { "accepted" } else { "refused" }],
        ),
        // Told before the opening, the end still holds: the row is made, closed.
        Memory::Closed { account, offer } => tx.execute(
            "INSERT INTO own_offers (account, offer, slice, opened_at, closed_at) VALUES (?1, ?2, '', ?3, ?3)
             ON CONFLICT DO UPDATE SET closed_at = coalesce(closed_at, excluded.closed_at)",
            params![account.as_str(), offer.0, at],
        ),
        // The user's word opens even what we believed closed.
        Memory::Adopted { account, offer } => tx.execute(
            "INSERT INTO own_offers (account, offer, slice, opened_at) VALUES (?1, ?2, '', ?3)
             ON CONFLICT DO UPDATE SET closed_at = NULL",
            params![account.as_str(), offer.0, at],
        ),
    }
    .map(|_rows| ())
}

fn insert(tx: &Transaction<'_>, intent: &Intent) -> rusqlite::Result<()> {
    let (submit, cancel) = match &intent.action {
        Action::Submit(submit) => (Some(submit), None),
        Action::Cancel(cancel) => (None, Some(cancel)),
    };
    tx.prepare_cached(
        "INSERT INTO intents
         (id, account, currency, kind, amount, rate, type, period, hidden, cancel_offer, slice, decided_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?
    .execute(params![
        integer(intent.id.0)?,
        intent.account.as_str(),
        intent.action.currency().code(),
        if submit.is_some() { "submit" } else { "cancel" },
        submit.map(|s| s.amount.units()),
        submit.map(|s| s.rate.units()),
        submit.map(|s| s.kind.wire()),
        submit.map(|s| s.period.get()),
        submit.map(|s| s.hidden),
        cancel.map(|c| c.offer.0),
        intent.slice,
        intent.at.millis(),
    ])
    .map(|_rows| ())
}

/// Intents that meet `condition`, a constant text, oldest first.
fn intents(connection: &Connection, condition: &'static str, params: impl Params) -> rusqlite::Result<Vec<Intent>> {
    let mut statement = connection.prepare(&format!("SELECT * FROM intents WHERE {condition} ORDER BY id"))?;
    statement.query_map(params, intent)?.collect()
}

fn intent(row: &Row<'_>) -> rusqlite::Result<Intent> {
    let currency = currency(row, "currency")?;
    let action = if row.get::<_, String>("kind")? == "cancel" {
        Action::Cancel(Cancel { currency, offer: OfferId(row.get("cancel_offer")?) })
    } else {
        let word: String = row.get("type")?;
        Action::Submit(Submit {
            currency,
            amount: Amount::from_units(row.get("amount")?),
            rate: DailyRate::from_units(row.get("rate")?),
            kind: OfferKind::from_wire(&word).ok_or_else(|| unreadable(row, "type", "no kind of offer"))?,
            period: Days::new(row.get("period")?),
            hidden: row.get("hidden")?,
        })
    };
    let id: i64 = row.get("id")?;
    Ok(Intent {
        id: ActionId(u64::try_from(id).map_err(|_negative| unreadable(row, "id", "negative"))?),
        account: account(row)?,
        action,
        at: Timestamp::from_millis(row.get("decided_at")?),
        slice: row.get("slice")?,
    })
}

fn own_offers(connection: &Connection) -> rusqlite::Result<BTreeMap<AccountName, BTreeMap<OfferId, OwnRecord>>> {
    let mut statement = connection.prepare("SELECT account, offer, slice FROM own_offers WHERE closed_at IS NULL")?;
    let mut rows = statement.query([])?;
    let mut own: BTreeMap<AccountName, BTreeMap<OfferId, OwnRecord>> = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let record = OwnRecord { slice: row.get("slice")? };
        own.entry(account(row)?).or_default().insert(OfferId(row.get("offer")?), record);
    }
    Ok(own)
}

fn next_action(connection: &Connection) -> rusqlite::Result<u64> {
    let value: i64 =
        connection.query_row("SELECT value FROM counters WHERE name = 'next_action'", [], |row| row.get(0))?;
    u64::try_from(value).map_err(|_negative| rusqlite::Error::IntegralValueOutOfRange(0, value))
}

/// SQLite's integers are signed.
pub(super) fn integer(value: u64) -> rusqlite::Result<i64> {
    i64::try_from(value).map_err(|error| rusqlite::Error::ToSqlConversionFailure(Box::new(error)))
}

/// The account's name of a row.
pub(super) fn account(row: &Row<'_>) -> rusqlite::Result<AccountName> {
    let text: String = row.get("account")?;
    AccountName::new(&text).map_err(|error| unreadable(row, "account", &error.to_string()))
}

/// A currency's code of a row.
pub(super) fn currency(row: &Row<'_>, column: &str) -> rusqlite::Result<Currency> {
    let text: String = row.get(column)?;
    Currency::from_code(&text).map_err(|error| unreadable(row, column, &error.to_string()))
}

fn unreadable(row: &Row<'_>, column: &str, detail: &str) -> rusqlite::Error {
    let index = row.as_ref().column_index(column).unwrap_or_default();
    rusqlite::Error::FromSqlConversionFailure(index, Type::Text, format!("{column}: {detail}").into())
}
