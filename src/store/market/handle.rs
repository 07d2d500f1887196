//! The handle of whoever records, and the thread behind it.

use std::path::Path;
use std::sync::Arc;

use tokio::sync::{mpsc, oneshot, watch};

use crate::domain::Timestamp;
use crate::store::error::StoreError;

use super::file::MarketFile;
use super::rows::{Limits, Row, RowKind, Standing, Totals};
use super::write;

/// Batches that may wait for the disk: at one a second, half a minute of a slow one.
const QUEUE: usize = 32;

enum Command {
    Write(Vec<Row>),
    Tend(Timestamp, Limits),
    Close(oneshot::Sender<()>),
}

/// The way to the recorded market. What is handed over never makes anybody wait.
#[derive(Debug)]
pub struct MarketStore {
    commands: mpsc::Sender<Command>,
    totals: watch::Receiver<Arc<Totals>>,
}

impl MarketStore {
    /// Takes the recorder's lock on the state directory, opens the database on a new thread, and answers what earlier runs
    /// left, with the trades since `since`.
    ///
    /// # Errors
    /// [`StoreError::Held`] when another process records there, [`StoreError::Damaged`] and [`StoreError::Newer`] for a file
    /// that cannot be used, [`StoreError::Io`] and [`StoreError::Sqlite`] for the rest.
    pub async fn open(dir: &Path, since: Timestamp) -> Result<(Self, Standing), StoreError> {
        let (commands, inbox) = mpsc::channel(QUEUE);
        let (shown, totals) = watch::channel(Arc::default());
        let (reply, opened) = oneshot::channel();
        let (dir, at) = (dir.to_owned(), dir.to_owned());
        std::thread::Builder::new()
            .name("market".to_owned())
            .spawn(move || thread(&dir, since, inbox, reply, &shown))
            .map_err(StoreError::io("start the recorder's thread for", &at))?;
        let standing = opened.await.map_err(|_thread_died| StoreError::Closed)??;
        Ok((Self { commands, totals }, standing))
    }

    /// Hands rows over, to be kept in one commit.
    ///
    /// # Errors
    /// The rows themselves, when the disk is so slow that there is no room for them.
    pub fn write(&self, rows: Vec<Row>) -> Result<(), Vec<Row>> {
        self.commands.try_send(Command::Write(rows)).map_err(|full| match full.into_inner() {
            Command::Write(rows) => rows,
            Command::Tend(..) | Command::Close(_) => Vec::new(),
        })
    }

    /// Asks for a small step of deleting what is too old or too much; a busy disk is not asked.
    pub fn tend(&self, now: Timestamp, limits: Limits) {
        let _busy = self.commands.try_send(Command::Tend(now, limits));
    }

    /// How the recording stands.
    #[must_use]
    pub fn totals(&self) -> Arc<Totals> {
        Arc::clone(&self.totals.borrow())
    }

    /// Does what is queued and shuts the database; answers how the recording stood at the end.
    pub async fn close(self) -> Arc<Totals> {
        let (done, closed) = oneshot::channel();
        if self.commands.send(Command::Close(done)).await.is_ok() {
            let _thread_died = closed.await;
        }
        self.totals()
    }
}

fn thread(
    dir: &Path,
    since: Timestamp,
    mut inbox: mpsc::Receiver<Command>,
    reply: oneshot::Sender<Result<Standing, StoreError>>,
    shown: &watch::Sender<Arc<Totals>>,
) {
    let opened = MarketFile::open(dir).and_then(|file| {
        let standing = write::standing(&file, since)?;
        Ok((file, standing))
    });
    let mut file = match opened {
        Ok((file, standing)) => {
            let mut totals = Totals::default();
            write::look(&file, &mut totals);
            shown.send_replace(Arc::new(totals));
            let _ = reply.send(Ok(standing));
            file
        }
        Err(error) => {
            let _ = reply.send(Err(error));
            return;
        }
    };
    let mut totals = Totals::clone(&shown.borrow());
    while let Some(command) = inbox.blocking_recv() {
        let done = match command {
            Command::Write(rows) => match write::rows(&mut file, &rows) {
                Ok(new) => {
                    add(&mut totals.rows, new);
                    Ok(())
                }
                Err(error) => {
                    add(&mut totals.refused, rows.iter().filter_map(Row::kind).map(|kind| (kind, 1)));
                    Err(error)
                }
            },
            Command::Tend(now, limits) => write::tend(&mut file, now, limits).map(|more| totals.more_to_delete = more),
            Command::Close(done) => {
                inbox.close();
                // Whoever is told may open it again: connection and lock are let go before.
                drop(file);
                let _ = done.send(());
                return;
            }
        };
        totals.fault = done.err().map(|error| error.to_string());
        write::look(&file, &mut totals);
        shown.send_replace(Arc::new(totals.clone()));
    }
}

fn add(counts: &mut std::collections::BTreeMap<RowKind, u64>, more: impl IntoIterator<Item = (RowKind, u64)>) {
    for (kind, count) in more {
        let so_far = counts.entry(kind).or_default();
        *so_far = so_far.saturating_add(count);
    }
}
