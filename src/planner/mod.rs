//! From wishes to approved actions: what differs from what is live, and what may go.

mod approved;

pub use approved::Approved;
