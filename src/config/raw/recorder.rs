//! `[recorder]` as it is written.

use serde::Deserialize;

use super::Leaf;

/// What is kept of the market.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(in crate::config) struct RawRecorder {
    /// Whether the daemon records.
    pub(in crate::config) enabled: Option<Leaf>,
    /// For how long.
    pub(in crate::config) keep: Option<Leaf>,
    /// How much at most.
    pub(in crate::config) max_size: Option<Leaf>,
}
