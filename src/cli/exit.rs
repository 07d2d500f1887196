//! Exit codes (DESIGN.md section 6): what a unit file or a script may act on.

/// All is well.
pub const OK: u8 = 0;
/// Anything that has no code of its own.
pub const OTHER: u8 = 1;
/// The command line is wrong.
pub const USAGE: u8 = 64;
/// The exchange, or the daemon that was asked, is out of reach.
pub const UNREACHABLE: u8 = 69;
/// A task died: start it anew.
pub const TASK_DIED: u8 = 70;
/// A file, a port or an output.
pub const IO: u8 = 74;
/// Another daemon holds the state directory.
pub const HELD: u8 = 75;
/// A key or a permission.
pub const KEY: u8 = 77;
/// The configuration.
pub const CONFIG: u8 = 78;

/// The code of a command that does nothing but write: a closed output is [`IO`].
pub(super) fn written(result: &std::io::Result<()>) -> u8 {
    if result.is_ok() { OK } else { IO }
}
