//! Messages to people: what is worth one, in which words, and how it reaches them.
//!
//! A pure part decides: a [`Watcher`] is told what happened and how things stand, and answers with messages, each once
//! for a change of state. A [`Channel`] says what a message looks like for one service. A small part sends: a
//! [`Courier`] for each channel, with its own bounded queue, retries and a bounded patience, so that no channel waits for
//! another and nothing waits for any of them.
//!
//! Addresses and tokens are secrets: they come in as a [`Contact`](crate::secrets::Contact) and leave for their own
//! service only, never for a log, an error or a metric. This room reads no clock and decides nothing about money.

mod channel;
mod courier;
mod event;
mod pace;
mod template;
mod watcher;
mod words;

pub use channel::{Channel, ChannelError, Kind};
pub use courier::{Courier, Post, Report, Verdict};
pub use event::{Event, Idle, Look, Message, Tells, Tone};
pub use pace::Pace;
pub use watcher::Watcher;
pub use words::{Beside, Earned, daily};
