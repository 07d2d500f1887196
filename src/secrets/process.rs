//! What keeps the secrets of this process in its memory: no core dump, no debugger of the same user, no swap.

use rustix::mm::{MlockAllFlags, mlockall};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};

/// Shuts the ways by which the system could write memory to a disk or show it to another process of the same user; to be
/// called before the first secret is read. Answers in words what could not be done: that is no reason not to run.
///
/// Memory is locked only where that cannot fail later for want of a limit (`RLIMIT_MEMLOCK` unlimited, as in the shipped
/// unit): else an allocation in the middle of the night would.
#[must_use]
pub fn guard_process() -> Vec<String> {
    let mut open = Vec::new();
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    // Where it is zero already it need not be set, which a sandbox may forbid.
    let dumps = getrlimit(Resource::Core).maximum != Some(0);
    if dumps && let Err(error) = setrlimit(Resource::Core, none) {
        open.push(format!("core dumps could not be switched off ({error}); run under `ulimit -c 0`"));
    }
    if let Err(error) = set_dumpable_behavior(DumpableBehavior::NotDumpable) {
        open.push(format!("other programs of this user can read the process's memory ({error})"));
    }
    if getrlimit(Resource::Memlock).current.is_none() {
        let all = MlockAllFlags::CURRENT | MlockAllFlags::FUTURE | MlockAllFlags::ONFAULT;
        if let Err(error) = mlockall(all) {
            open.push(format!("memory could not be locked ({error}); with swap, switch it off or encrypt it"));
        }
    }
    open
}
