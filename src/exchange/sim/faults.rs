//! The fault deck: what goes wrong on the way, how often, drawn by the embedded exchange's own seeded generator.

use std::collections::BTreeMap;

use super::random::Random;

/// One thing that can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fault {
    /// A websocket frame is lost (its sequence number with it).
    Drop,
    /// A websocket connection falls silent while staying open.
    Stall,
    /// A frame or reply comes late.
    Delay,
    /// An event is delivered twice.
    Duplicate,
    /// Two events change places.
    Reorder,
    /// A write is executed, then answered with 502 and HTML.
    FaultAfterAccept,
    /// A write is executed, then never answered.
    HangAfterAccept,
    /// A write is executed, then the connection is cut.
    CutAfterAccept,
    /// A request is not executed and answered with 5xx and HTML.
    ServerFault,
    /// 429, and a block of 60 s for everything from then on.
    RateLimit,
    /// A frame or reply that is no JSON.
    Garbage,
    /// Maintenance for a while: 20060 … 20061, writes refused.
    Maintenance,
    /// A sequence number is skipped.
    SequenceGap,
    /// The connection is closed.
    Disconnect,
    /// AVAILABLE is null in wallet rows for a while.
    NullAvailable,
    /// AVAILABLE lags behind by some seconds.
    StaleAvailable,
    /// The history endpoints lag behind.
    LateHistory,
    /// 10114 `nonce: small` on a request that was not executed.
    NonceSmall,
    /// The key is revoked.
    KeyRevoked,
    /// The key gains or loses a permission.
    PermissionChanged,
}

/// How often each fault comes: chances in a million at each occasion. What is not named never comes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FaultDeck {
    /// `(fault, chance per million)`.
    pub chances: Vec<(Fault, u32)>,
}

/// The deck in play, with what the operator armed. It draws from a stream of its own: faults never change the market.
#[derive(Debug, Clone)]
pub(super) struct Faults {
    deck: BTreeMap<Fault, u32>,
    armed: Vec<Fault>,
    pub(super) random: Random,
}

impl Faults {
    pub(super) fn new(deck: &FaultDeck, seed: u64) -> Self {
        let mut faults = Self { deck: BTreeMap::new(), armed: Vec::new(), random: Random::new(seed, 3) };
        faults.replace(deck);
        faults
    }

    /// Another deck from now on; what is armed stays armed.
    pub(super) fn replace(&mut self, deck: &FaultDeck) {
        self.deck = deck.chances.iter().copied().filter(|(_, chance)| *chance > 0).collect();
    }

    /// Arms one fault for the next occasion that fits it.
    pub(super) fn arm(&mut self, fault: Fault) {
        self.armed.push(fault);
    }

    /// True when nothing can strike.
    pub(super) fn quiet(&self) -> bool {
        self.deck.is_empty() && self.armed.is_empty()
    }

    /// An occasion for `fault`: does it strike?
    pub(super) fn strikes(&mut self, fault: Fault) -> bool {
        if self.quiet() {
            return false;
        }
        if let Some(place) = self.armed.iter().position(|armed| *armed == fault) {
            self.armed.remove(place);
            return true;
        }
        let chance = self.deck.get(&fault).copied().unwrap_or(0);
        self.random.chance(chance)
    }
}
