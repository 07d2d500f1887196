//! The daemon end to end: the real program against the embedded exchange, as processes with real sockets. What is checked
//! is what a lender would see: the exchange's own books, `/readyz`, `/status`, `/metrics`, logs and exit codes. Only the
//! order of things is checked, never how long they took.

#![expect(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test's helper may fail as loudly")]
#![expect(clippy::print_stderr, reason = "a test that fails prints what its processes said")]

mod e2e {
    mod adopt;
    mod bourse;
    mod child;
    mod commands;
    mod daemon;
    mod doctor;
    mod http;
    mod key_secrecy;
    mod keyring;
    mod keys;
    mod lending;
    mod memory;
    mod metrics;
    mod minute;
    mod notify;
    mod operate;
    mod past;
    mod recording;
    mod reload;
    mod secrecy;
    mod staff;
    mod stopping;
    mod supervision;
    mod terminal;
    mod unknown;
    mod wait;
}
