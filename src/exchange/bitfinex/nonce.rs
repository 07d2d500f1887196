//! Nonces: one strictly rising sequence a key, shared by REST and socket (bitfinex-api.md 2.2). Pure: told the time.
//!
//! A nonce that the exchange has seen can never be taken back, and one far in the future makes the key useless for
//! ever. So a ceiling is stored *before* any nonce under it leaves, a restart begins above it, and no nonce runs more
//! than a day ahead of the clock.

use thiserror::Error;

/// The largest nonce the exchange takes: 2^53 - 1.
pub const MAX: u64 = (1 << 53) - 1;
/// How far ahead of the clock the ceiling is stored, in microseconds: one write a minute at most.
const RESERVE: u64 = 60_000_000;
/// Nonces reserved at once while the sequence is ahead of the clock. Small, so that a daemon restarted over and over
/// does not run further and further ahead.
const RESERVE_AHEAD: u64 = 1_000;
/// Furthest that a nonce may be ahead of the clock, in microseconds: one day.
const LEAD: u64 = 86_400_000_000;

/// A nonce to use at once, and what must be stored first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Issued {
    /// The nonce.
    pub nonce: u64,
    /// The new ceiling, to be stored before the nonce leaves and then confirmed by [`NonceSource::stored`].
    pub persist: Option<u64>,
}

/// Why there is no nonce.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum NonceError {
    /// The sequence is further ahead of the clock than can be right.
    #[error(
        "the nonces of this key are {days} days ahead of this machine's clock. If the clock is wrong, set it (NTP) and \
         restart; if it is right, the key was used with nonces from the future: make a new key at Bitfinex and add it"
    )]
    Ahead {
        /// Whole days ahead.
        days: u64,
    },
    /// There are no higher nonces.
    #[error("this key has used up the exchange's nonces (2^53 - 1): make a new key at Bitfinex and add it")]
    Exhausted,
}

/// The sequence of one key.
#[derive(Debug, Clone)]
pub struct NonceSource {
    last: u64,
    ceiling: u64,
}

impl NonceSource {
    /// A sequence that starts above the stored ceiling; 0 when nothing was ever stored.
    #[must_use]
    pub const fn new(stored_ceiling: u64) -> Self {
        Self { last: stored_ceiling, ceiling: stored_ceiling }
    }

    /// The next nonce, at `now_us` microseconds since 1970 UTC. The clock may step back; the nonces do not. A nonce that
    /// was issued and then not used is simply skipped.
    ///
    /// # Errors
    /// [`NonceError`], when a higher nonce would make or find the key useless. Nothing is changed then.
    pub fn next(&mut self, now_us: u64) -> Result<Issued, NonceError> {
        let nonce = now_us.max(self.last.saturating_add(1));
        if nonce > MAX {
            return Err(NonceError::Exhausted);
        }
        let ahead = nonce.saturating_sub(now_us);
        if ahead > LEAD {
            return Err(NonceError::Ahead { days: ahead / LEAD });
        }
        self.last = nonce;
        let persist = (nonce > self.ceiling)
            .then(|| now_us.saturating_add(RESERVE).max(nonce.saturating_add(RESERVE_AHEAD)).min(MAX));
        Ok(Issued { nonce, persist })
    }

    /// The ceiling lies safely in the store. Without this the next nonce asks for it again.
    pub fn stored(&mut self, ceiling: u64) {
        self.ceiling = self.ceiling.max(ceiling);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const NOW: u64 = 1_700_000_000_000_000;

    #[test]
    fn a_restart_begins_above_everything_used_before() {
        let mut first = NonceSource::new(0);
        let issued = first.next(NOW).unwrap();
        assert_eq!(issued, Issued { nonce: NOW, persist: Some(NOW + RESERVE) });
        first.stored(NOW + RESERVE);
        assert_eq!(first.next(NOW).unwrap(), Issued { nonce: NOW + 1, persist: None });
        let mut second = NonceSource::new(NOW + RESERVE);
        assert!(second.next(NOW - 5).unwrap().nonce > NOW + RESERVE);
    }

    #[test]
    fn a_ceiling_that_was_not_stored_is_asked_for_again() {
        let mut source = NonceSource::new(0);
        assert!(source.next(NOW).unwrap().persist.is_some());
        assert!(source.next(NOW).unwrap().persist.is_some());
    }

    #[test]
    fn a_thousand_restarts_in_a_second_do_not_run_away() {
        let mut ceiling = 0;
        for _ in 0..1_000 {
            let issued = NonceSource::new(ceiling).next(NOW).unwrap();
            ceiling = issued.persist.unwrap_or(ceiling);
        }
        assert!(ceiling - NOW < 2 * RESERVE, "{}", ceiling - NOW);
    }

    #[test]
    fn a_poisoned_key_is_told_apart_and_says_what_to_do() {
        let error = NonceSource::new(NOW + 3 * LEAD).next(NOW).unwrap_err();
        assert_eq!(error, NonceError::Ahead { days: 3 });
        assert!(error.to_string().contains("clock"));
        assert_eq!(NonceSource::new(MAX).next(NOW), Err(NonceError::Exhausted));
        assert_eq!(NonceSource::new(0).next(MAX + 1), Err(NonceError::Exhausted));
        assert_eq!(NonceSource::new(0).next(MAX).unwrap().persist, Some(MAX));
    }

    proptest! {
        /// Whatever the clock does and wherever it restarts, nonces rise, stay near the clock and under what is stored.
        #[test]
        fn nonces_rise_for_ever(steps in proptest::collection::vec((0u64..200_000_000_000, any::<bool>(), any::<bool>()), 1..200)) {
            let (mut source, mut last, mut stored) = (NonceSource::new(0), 0, 0);
            for (offset, restart, store_works) in steps {
                if restart {
                    source = NonceSource::new(stored);
                }
                let Ok(issued) = source.next(NOW + offset) else { continue };
                if let Some(ceiling) = issued.persist {
                    if !store_works {
                        continue; // then it must not leave
                    }
                    stored = ceiling;
                    source.stored(ceiling);
                }
                prop_assert!(issued.nonce > last);
                prop_assert!(issued.nonce <= stored);
                prop_assert!(issued.nonce <= NOW + offset + LEAD);
                last = issued.nonce;
            }
        }
    }
}
