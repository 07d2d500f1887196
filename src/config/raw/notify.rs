//! `[[notify]]` as it is written.

use serde::Deserialize;

use super::Leaf;

/// One channel of messages.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawNotify {
    /// Its name.
    pub(in crate::config) name: Option<Leaf>,
    /// Which service.
    pub(in crate::config) kind: Option<Leaf>,
    /// Path of the encrypted file with its address.
    pub(in crate::config) contact: Option<Leaf>,
    /// Loans that are made.
    pub(in crate::config) loan_made: Option<Leaf>,
    /// Loans that come back.
    pub(in crate::config) loan_returned: Option<Leaf>,
    /// Money idle for longer than this.
    pub(in crate::config) idle_after: Option<Leaf>,
    /// Keys that may not be used.
    pub(in crate::config) key_refused: Option<Leaf>,
    /// The daemon is not ready.
    pub(in crate::config) not_ready: Option<Leaf>,
    /// For so long.
    pub(in crate::config) not_ready_after: Option<Leaf>,
    /// A reload was refused.
    pub(in crate::config) reload_refused: Option<Leaf>,
    /// Earnings, at this time.
    pub(in crate::config) daily_at: Option<Leaf>,
    /// The market pays this.
    pub(in crate::config) rate_above: Option<Leaf>,
    /// `webhook`: the JSON that is sent.
    pub(in crate::config) template: Option<Leaf>,
    /// `ping`: how often.
    pub(in crate::config) every: Option<Leaf>,
}
