//! The only place where tasks start: none dies unseen. A task that ends or panics before the daemon stops ends the
//! process with exit code 70, and systemd starts it anew.

use std::collections::BTreeMap;
use std::future::Future;

use tokio::task::{Id, JoinSet};

/// The tasks of the daemon by name.
#[derive(Debug, Default)]
pub struct Supervisor {
    tasks: JoinSet<()>,
    names: BTreeMap<Id, String>,
}

impl Supervisor {
    /// Starts a task.
    pub fn start(&mut self, name: impl Into<String>, task: impl Future<Output = ()> + Send + 'static) {
        let handle = self.tasks.spawn(task);
        self.names.insert(handle.id(), name.into());
    }

    /// Waits for a task to end, which none should; answers its name and how it ended. Waits for ever without tasks.
    pub async fn watch(&mut self) -> String {
        let Some(ended) = self.tasks.join_next_with_id().await else { return std::future::pending().await };
        match ended {
            Ok((id, ())) => format!("task {} ended", self.name(id)),
            Err(error) => format!("task {} died: {error}", self.name(error.id())),
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
