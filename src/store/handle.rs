//! The handle that the rest of the program holds, and the thread behind it. SQLite blocks, so it has a thread of its
//! own; commands go in by a bounded queue, answers come back one by one.

use std::path::Path;

use tokio::sync::{mpsc, oneshot};

use crate::domain::{AccountName, Credited, Currency, Intent, Timestamp, Total};
use crate::engine::{Kept, Memory, Restored};

use super::actions;
use super::database::Database;
use super::earned::{DayRow, LedgerRead};
use super::error::StoreError;
use super::learned;
use super::ledger::{self, InterestRow};

/// Commands that may wait: writes go out one plan at a time, so a few are many.
const QUEUE: usize = 64;

type Job = Box<dyn FnOnce(&mut Database) + Send>;

enum Command {
    Do(Job),
    Close(oneshot::Sender<Result<(), StoreError>>),
}

/// The way to the store; clones share it. What was asked is done even when the asking future is dropped.
#[derive(Debug, Clone)]
pub struct Store {
    commands: mpsc::Sender<Command>,
}

impl Store {
    /// Locks the state directory, opens its database on a new thread, and answers what earlier runs left. `now` is
    /// market time: submits of the day before it are told as recent.
    ///
    /// # Errors
    /// [`StoreError::Held`] when another process has the directory; [`StoreError::Damaged`] and [`StoreError::Newer`]
    /// for a file that cannot be trusted; [`StoreError::Io`] and [`StoreError::Sqlite`] for the rest.
    pub async fn open(dir: &Path, now: Timestamp) -> Result<(Self, Restored), StoreError> {
        let (commands, inbox) = mpsc::channel(QUEUE);
        let (reply, opened) = oneshot::channel();
        let dir = dir.to_owned();
        let at = dir.clone();
        std::thread::Builder::new()
            .name("store".to_owned())
            .spawn(move || thread(&dir, now, inbox, reply))
            .map_err(StoreError::io("start the store's thread for", &at))?;
        let restored = opened.await.map_err(|_thread_died| StoreError::Closed)??;
        Ok((Self { commands }, restored))
    }

    /// Records a plan in one commit. When this returns `Ok`, the plan is on the disk and may be sent; on any error
    /// nothing of it was recorded and nothing may leave.
    ///
    /// # Errors
    /// [`StoreError::Reused`] for a number used before, else as SQLite says.
    pub async fn record_plan(&self, plan: Vec<Intent>) -> Result<(), StoreError> {
        self.run(move |database| actions::record_plan(database, &plan)).await
    }

    /// Applies what the engine wants remembered, in order and in one commit; `at` is the market time of the step.
    ///
    /// # Errors
    /// As SQLite says; then nothing of it was applied.
    pub async fn remember(&self, at: Timestamp, memories: Vec<Memory>) -> Result<(), StoreError> {
        self.run(move |database| actions::remember(database, at, &memories)).await
    }

    /// Writes down what is learned, each in the place of what was kept under its name; `at` is the market time.
    ///
    /// # Errors
    /// As SQLite says; then nothing of it was kept.
    pub async fn keep(&self, at: Timestamp, kept: Vec<Kept>) -> Result<(), StoreError> {
        self.run(move |database| learned::keep(database, at, &kept)).await
    }

    /// The nonce ceiling of the key with this fingerprint; zero for a new key.
    ///
    /// # Errors
    /// As SQLite says.
    pub async fn nonce_ceiling(&self, fingerprint: String) -> Result<u64, StoreError> {
        self.run(move |database| ledger::nonce_ceiling(database, &fingerprint)).await
    }

    /// Raises the nonce ceiling of a key; it is never lowered.
    ///
    /// # Errors
    /// As SQLite says; then no nonce above the old ceiling may be used.
    pub async fn store_nonce_ceiling(&self, fingerprint: String, to: u64) -> Result<(), StoreError> {
        self.run(move |database| ledger::store_nonce_ceiling(database, &fingerprint, to)).await
    }

    /// Adds interest payments, each once by its ledger id, and answers how many were new.
    ///
    /// # Errors
    /// As SQLite says; then none was added.
    pub async fn record_interest(&self, account: AccountName, rows: Vec<InterestRow>) -> Result<usize, StoreError> {
        self.run(move |database| ledger::record_interest(database, &account, &rows)).await
    }

    /// All interest credited to an account in a currency, after the exchange's fee; by days from that of `since` on.
    ///
    /// # Errors
    /// As SQLite says.
    pub async fn credited(
        &self,
        account: AccountName,
        currency: Currency,
        since: Timestamp,
    ) -> Result<Credited, StoreError> {
        self.run(move |database| ledger::credited(database, &account, currency, since)).await
    }

    /// Interest credited to an account in a currency after the first time, up to and with the second.
    ///
    /// # Errors
    /// As SQLite says.
    pub async fn interest_between(
        &self,
        account: AccountName,
        currency: Currency,
        span: (Timestamp, Timestamp),
    ) -> Result<Total, StoreError> {
        self.run(move |database| ledger::interest_between(database, &account, currency, span)).await
    }

    /// How far the ledger of an account's currency was read in all runs.
    ///
    /// # Errors
    /// As SQLite says.
    pub async fn ledger_read(&self, account: AccountName, currency: Currency) -> Result<LedgerRead, StoreError> {
        self.run(move |database| ledger::ledger_read(database, &account, currency)).await
    }

    /// Remembers how far the ledger of an account's currency was read; what was known before stays known.
    ///
    /// # Errors
    /// As SQLite says.
    pub async fn record_ledger_read(
        &self,
        account: AccountName,
        currency: Currency,
        read: LedgerRead,
    ) -> Result<(), StoreError> {
        self.run(move |database| ledger::record_ledger_read(database, &account, currency, read)).await
    }

    /// Adds to what is known of UTC days ([`Timestamp::day`]).
    ///
    /// # Errors
    /// As SQLite says; then nothing was added.
    pub async fn record_days(&self, rows: Vec<(AccountName, Currency, i64, DayRow)>) -> Result<(), StoreError> {
        self.run(move |database| ledger::record_days(database, &rows)).await
    }

    /// When the daily message of the notifier with this name was due that was told last.
    ///
    /// # Errors
    /// As SQLite says.
    pub async fn told(&self, notifier: String) -> Result<Option<Timestamp>, StoreError> {
        self.run(move |database| ledger::told(database, &notifier)).await
    }

    /// Remembers that the daily message of that time was told.
    ///
    /// # Errors
    /// As SQLite says.
    pub async fn record_told(&self, notifier: String, due: Timestamp) -> Result<(), StoreError> {
        self.run(move |database| ledger::record_told(database, &notifier, due)).await
    }

    /// Does what is queued, shuts the database and lets go of the lock. Later calls answer [`StoreError::Closed`].
    ///
    /// # Errors
    /// [`StoreError::Closed`] when it was closed before, else as SQLite says.
    pub async fn close(&self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(Command::Close(reply)).await.map_err(|_closed| StoreError::Closed)?;
        answer.await.map_err(|_thread_died| StoreError::Closed)?
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Database) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let job: Job = Box::new(move |database| {
            // Nobody waits any more: the work is done all the same.
            let _ = reply.send(work(database));
        });
        self.commands.send(Command::Do(job)).await.map_err(|_closed| StoreError::Closed)?;
        answer.await.map_err(|_thread_died| StoreError::Closed)?
    }
}

fn thread(
    dir: &Path,
    now: Timestamp,
    mut inbox: mpsc::Receiver<Command>,
    reply: oneshot::Sender<Result<Restored, StoreError>>,
) {
    let opened = Database::open(dir).and_then(|mut database| {
        let restored = actions::restore(&mut database, now)?;
        Ok((database, restored))
    });
    let mut database = match opened {
        Ok((database, restored)) => {
            let _ = reply.send(Ok(restored));
            database
        }
        Err(error) => {
            let _ = reply.send(Err(error));
            return;
        }
    };
    while let Some(command) = inbox.blocking_recv() {
        match command {
            Command::Do(job) => job(&mut database),
            Command::Close(done) => {
                inbox.close();
                let _ = done.send(database.close());
                return;
            }
        }
    }
}
