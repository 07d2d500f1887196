//! The files a user edits, read, checked and turned into the values that the rest of the crate works with.
//!
//! What stands in the files is read as written (`raw`), every complaint is collected with file, line and column
//! (`diagnose`), and only a configuration without complaints becomes a [`Config`]. This room reads files; it never opens
//! a socket, reads a clock, looks at the environment of the process (it is handed the variables) or touches a secret.

mod change;
mod diagnose;
mod document;
mod example;
mod files;
mod keys;
mod layers;
mod load;
mod lone;
mod raw;
mod render;
mod schema;
mod settings;
mod spans;
mod units;
mod validate;

pub use change::{Change, difference};
pub use diagnose::{Diagnostic, Diagnostics};
pub use example::example;
pub use keys::{KEYS, Key, Kind, Scope, keys_table};
pub use load::{Override, Sources, load};
pub use lone::profile;
pub use render::{render, values};
pub use schema::schema;
pub use settings::{
    AccountFile, Config, Exchange, Log, LogFormat, Mode, Notifier, NotifyKind, Recorder, Settings, ShutdownOffers,
    TEMPLATE_WORDS,
};
