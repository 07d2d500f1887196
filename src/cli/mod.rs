//! The command line: one file a command. It parses, calls, prints, and answers with an exit code.

pub mod adopt;
pub mod check;
pub mod exchange;
pub mod run;
