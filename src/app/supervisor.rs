//! The only place where tasks start: none dies unseen. A task that ends or panics before the daemon stops ends the
//! process with exit code 70, and systemd starts it anew.

use std::collections::BTreeMap;
use std::future::Future;

use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

/// The tasks of the daemon by name.
#[derive(Debug, Default)]
pub struct Supervisor {
    /// Each answers whether it was to end.
    tasks: JoinSet<bool>,
    names: BTreeMap<Id, String>,
}

impl Supervisor {
    /// Starts a task.
    pub fn start(&mut self, name: impl Into<String>, task: impl Future<Output = ()> + Send + 'static) {
        self.start_until(&CancellationToken::new(), name, task);
    }

    /// Starts a task that may end once `end` has come.
    pub fn start_until(
        &mut self,
        end: &CancellationToken,
        name: impl Into<String>,
        task: impl Future<Output = ()> + Send + 'static,
    ) {
        let end = end.clone();
        let handle = self.tasks.spawn(async move {
            task.await;
            end.is_cancelled()
        });
        self.names.insert(handle.id(), name.into());
    }

    /// Waits for a task to end that should not; answers its name and how it ended. Waits for ever without tasks.
    pub async fn watch(&mut self) -> String {
        loop {
            let Some(ended) = self.tasks.join_next_with_id().await else { return std::future::pending().await };
            match ended {
                Ok((id, true)) => self.names.remove(&id),
                Ok((id, false)) => return format!("task {} ended", self.name(id)),
                Err(error) => return format!("task {} died: {error}", self.name(error.id())),
            };
        }
    }

    /// Waits until all tasks have ended, as they do once told to stop.
    pub async fn all_ended(&mut self) {
        while self.tasks.join_next().await.is_some() {}
    }

    /// Ends what is left.
    pub fn abort(&mut self) {
        self.tasks.abort_all();
    }

    fn name(&self, id: Id) -> &str {
        self.names.get(&id).map_or("unknown", String::as_str)
    }
}
