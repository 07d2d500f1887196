//! The process's own metrics, read from `/proc/self` when asked for and written in the exposition format. Written
//! here and not by the recorder, because its counters are whole numbers and processor time is not.
//!
//! Works under systemd's `ProcSubset=pid`: nothing outside the process's own folder is read, the start time is told.

use std::fmt::Write as _;
use std::path::Path;

use crate::domain::Timestamp;

use super::catalogue::{self as c, Metric};

/// Clock ticks in a second in `/proc/PID/stat`: the kernel shows 100 on every architecture Linux runs on but Alpha.
const TICKS_PER_SECOND: f64 = 100.0;

/// What the kernel says of this process; what cannot be read is left out.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct ProcessMetrics {
    cpu_seconds: Option<f64>,
    resident_bytes: Option<f64>,
    virtual_bytes: Option<f64>,
    open_fds: Option<f64>,
    max_fds: Option<f64>,
    threads: Option<f64>,
}

impl ProcessMetrics {
    /// Reads `/proc/self`.
    #[must_use]
    pub fn read() -> Self {
        Self::read_from(Path::new("/proc/self"))
    }

    fn read_from(folder: &Path) -> Self {
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap_or_default();
        let status = text("status");
        let open = std::fs::read_dir(folder.join("fd")).ok().map(Iterator::count);
        Self {
            cpu_seconds: cpu_seconds(&text("stat")),
            resident_bytes: field(&status, "VmRSS:").map(|kib| kib * 1024.0),
            virtual_bytes: field(&status, "VmSize:").map(|kib| kib * 1024.0),
            open_fds: open.and_then(|count| u32::try_from(count).ok()).map(f64::from),
            max_fds: field(&text("limits"), "Max open files"),
            threads: field(&status, "Threads:"),
        }
    }

    /// In the exposition format, with the start time as the caller knows it.
    #[must_use]
    pub fn render(&self, started: Timestamp) -> String {
        let whole = u32::try_from(started.millis() / 1_000).ok().map(f64::from);
        let rows: [(Metric, Option<f64>); 7] = [
            (c::PROCESS_CPU, self.cpu_seconds),
            (c::PROCESS_RESIDENT, self.resident_bytes),
            (c::PROCESS_VIRTUAL, self.virtual_bytes),
            (c::PROCESS_OPEN_FDS, self.open_fds),
            (c::PROCESS_MAX_FDS, self.max_fds),
            (c::PROCESS_THREADS, self.threads),
            (c::PROCESS_START_TIME, whole),
        ];
        let mut text = String::new();
        for (metric, value) in rows {
            let Some(value) = value else { continue };
            let (name, help, kind) = (metric.name, metric.help, metric.kind.word());
            // Writing to a string cannot fail.
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n");
        }
        text
    }
}

/// User and system time out of `stat`: fields 14 and 15, counted after the name, which may hold spaces and brackets.
fn cpu_seconds(stat: &str) -> Option<f64> {
    let (_, after_name) = stat.rsplit_once(')')?;
    let mut fields = after_name.split_ascii_whitespace().skip(11);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    Some((f64::from(user) + f64::from(system)) / TICKS_PER_SECOND)
}

/// The first number after `name` on its line.
fn field(text: &str, name: &str) -> Option<f64> {
    let rest = text.lines().find_map(|line| line.strip_prefix(name))?;
    rest.split_ascii_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernels_texts_are_read() {
        let dir = tempfile::TempDir::new().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write("stat", "42 (odd ) name) S 1 42 42 0 -1 4194304 900 0 0 0 250 125 0 0 20 0 3 0 12345 1000 50\n");
        write("status", "Name:\tx\nVmSize:\t   2048 kB\nVmRSS:\t    1024 kB\nThreads:\t3\n");
        write("limits", "Limit  Soft Limit  Hard Limit  Units\nMax open files            1024   4096   files\n");
        std::fs::create_dir(dir.path().join("fd")).unwrap();
        write("fd/0", "");
        let metrics = ProcessMetrics::read_from(dir.path());
        let text = metrics.render(Timestamp::from_millis(1_790_000_000_999));
        for line in [
            "# TYPE process_cpu_seconds_total counter",
            "process_cpu_seconds_total 3.75",
            "process_resident_memory_bytes 1048576",
            "process_virtual_memory_bytes 2097152",
            "process_open_fds 1",
            "process_max_fds 1024",
            "process_threads 3",
            "process_start_time_seconds 1790000000",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn what_is_missing_is_left_out_and_no_zero_is_invented() {
        let none = ProcessMetrics::read_from(Path::new("/nowhere/at/all"));
        assert_eq!(none, ProcessMetrics::default());
        let text = none.render(Timestamp::from_millis(5_000));
        assert!(text.contains("process_start_time_seconds 5") && !text.contains("cpu"), "{text}");
    }
}
