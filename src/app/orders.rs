//! What an operator asks a running daemon for by signals. One that waits is as good as many.

use tokio::sync::Notify;

/// Orders that wait to be obeyed.
#[derive(Debug, Default)]
pub struct Orders {
    /// HUP: read the configuration again.
    pub reload: Notify,
    /// USR1: tell the status in the log.
    pub tell: Notify,
}
