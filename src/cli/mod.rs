//! The commands, one file each. They speak to the user; the work is done elsewhere.

pub mod check;
