//! Commands that do one thing and end, on a house's folder: with an input, without a terminal.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::daemon::House;

/// What a command said and how it ended.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Said {
    /// Its standard output as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless it ended so and said this, on whichever stream.
    pub(crate) fn ended(self, code: i32, words: &str) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.out.contains(words) || self.err.contains(words), "{words:?} is not said: {self:?}");
        self
    }
}

/// The program with these arguments on this folder, and nothing of this test's environment.
pub(crate) fn program(house: &House, args: &[&str]) -> Command {
    let mut program = Command::new(env!("CARGO_BIN_EXE_yieldsforge"));
    program.env_clear().args(args).arg("--config").arg(house.path(""));
    program
}

/// Runs it to its end.
pub(crate) fn run(house: &House, args: &[&str], input: &str) -> Said {
    finish(program(house, args), input)
}

/// Runs a command to its end.
pub(crate) fn finish(mut command: Command, input: &str) -> Said {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // One that reads nothing closes the pipe; that is no failure.
    let _not_read = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Said { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}
