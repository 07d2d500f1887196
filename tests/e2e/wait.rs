//! Waiting for what must come, with a deadline instead of luck.

use std::time::Duration;

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(25);

/// Looks until there is something, for at most about `seconds`; then fails with what was waited for.
pub(crate) fn until<T>(seconds: u64, what: impl FnOnce() -> String, mut look: impl FnMut() -> Option<T>) -> T {
    let pause = u64::try_from(PAUSE.as_millis()).unwrap();
    for _ in 0..seconds * 1_000 / pause {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(PAUSE);
    }
    panic!("waited {seconds} s in vain for {}", what());
}
