//! Child processes: their output is kept, they end with the test, and a test that fails prints what they said.

use std::io::{BufRead as _, BufReader, Read, Write as _};
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use super::wait::until;

/// What a stream has said so far.
#[derive(Debug, Clone, Default)]
pub(crate) struct Said(Arc<(Mutex<Vec<String>>, Condvar)>);

impl Said {
    fn listen(stream: impl Read + Send + 'static) -> Self {
        let said = Self::default();
        let writer = said.clone();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                writer.0.0.lock().unwrap().push(line);
                writer.0.1.notify_all();
            }
        });
        said
    }

    /// All lines.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.0.0.lock().unwrap().clone()
    }

    /// Line number `index`, waited for up to half a minute.
    pub(crate) fn line(&self, index: usize) -> String {
        let (lines, more) = &*self.0;
        let enough = |lines: &mut Vec<String>| lines.len() <= index;
        let (lines, _) = more.wait_timeout_while(lines.lock().unwrap(), Duration::from_secs(30), enough).unwrap();
        lines.get(index).unwrap_or_else(|| panic!("no line {index} came")).clone()
    }
}

/// A yieldsforge process. It is killed when it goes out of scope.
pub(crate) struct Process {
    name: &'static str,
    child: Child,
    input: Option<ChildStdin>,
    /// Standard output.
    pub(crate) out: Said,
    /// Standard error.
    pub(crate) err: Said,
}

impl Process {
    /// Starts it with these arguments and nothing of this test's environment but the path.
    pub(crate) fn start(name: &'static str, args: &[&str]) -> Self {
        Self::start_with(name, args, &[])
    }

    /// The same, with these variables.
    pub(crate) fn start_with(name: &'static str, args: &[&str], variables: &[(&str, &str)]) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_yieldsforge"));
        command.args(args).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let out = Said::listen(child.stdout.take().unwrap());
        let err = Said::listen(child.stderr.take().unwrap());
        Self { name, input: child.stdin.take(), child, out, err }
    }

    /// Writes a line to its standard input.
    pub(crate) fn tell(&mut self, line: &str) {
        let input = self.input.as_mut().unwrap();
        writeln!(input, "{line}").unwrap();
        input.flush().unwrap();
    }

    /// Its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name. The shell's own `kill` is everywhere.
    pub(crate) fn signal(&self, signal: &str) {
        let command = format!("kill -{signal} {}", self.id());
        assert!(Command::new("sh").args(["-c", &command]).status().unwrap().success(), "{command}");
    }

    /// True while it runs.
    pub(crate) fn lives(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Waits for its end.
    pub(crate) fn ended(&mut self) -> ExitStatus {
        let name = self.name;
        until(40, || format!("{name} to end"), || self.child.try_wait().unwrap())
    }

    /// Ends it at once, as `kill -9` does.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
        if std::thread::panicking() {
            for (stream, said) in [("stdout", &self.out), ("stderr", &self.err)] {
                eprintln!("--- {} {stream} ---\n{}", self.name, said.lines().join("\n"));
            }
        }
    }
}
