//! What every run is compared with: the habits of other lenders, and perfect foresight.
//!
//! The habits are small policies of their own (`policies`): equal lots in the same venue, with the same latency, minimum, fee
//! and borrowers. They are not profiles, so that they cost next to nothing, mean the same whatever the vocabulary of profiles
//! becomes, and need no configuration. [`Oracle`] is no lender: it knows the whole tape, and what its borrowers need.

mod memory;
mod oracle;
mod path;
mod policies;

#[cfg(test)]
mod tests;

pub use memory::Memory;
pub use oracle::{Foresight, Oracle, Reach};
pub use policies::{Habit, habits};
