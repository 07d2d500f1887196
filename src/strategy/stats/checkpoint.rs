//! What is learned as bytes and back: little-endian numbers behind a version, nothing else.
//!
//! Unreadable bytes are no error: whoever reads them starts cold.

/// The layout of all checkpoints; another number is not read.
const VERSION: u64 = 3;
/// No list of ours is longer; a longer one is no checkpoint.
const LONGEST: u64 = 4_096;

/// Writes.
#[derive(Debug)]
pub(super) struct Pack {
    bytes: Vec<u8>,
}

impl Pack {
    pub(super) fn new() -> Self {
        let mut pack = Self { bytes: Vec::new() };
        pack.whole(VERSION);
        pack
    }

    pub(super) fn whole(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn signed(&mut self, value: i64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn wide(&mut self, value: u128) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn number(&mut self, value: f64) {
        self.whole(value.to_bits());
    }

    pub(super) fn maybe(&mut self, value: Option<f64>) {
        self.whole(u64::from(value.is_some()));
        self.number(value.unwrap_or_default());
    }

    /// A list: its length, then each entry.
    pub(super) fn list<T>(&mut self, entries: impl ExactSizeIterator<Item = T>, one: impl Fn(&mut Self, T)) {
        self.whole(u64::try_from(entries.len()).unwrap_or(u64::MAX));
        for entry in entries {
            one(self, entry);
        }
    }

    pub(super) fn done(self) -> Vec<u8> {
        self.bytes
    }
}

/// Reads; nothing for what is no checkpoint of this version.
#[derive(Debug)]
pub(super) struct Unpack<'a> {
    rest: &'a [u8],
}

impl<'a> Unpack<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Option<Self> {
        let mut unpack = Self { rest: bytes };
        (unpack.whole()? == VERSION).then_some(unpack)
    }

    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (head, rest) = self.rest.split_first_chunk::<N>()?;
        self.rest = rest;
        Some(*head)
    }

    pub(super) fn whole(&mut self) -> Option<u64> {
        self.take().map(u64::from_le_bytes)
    }

    pub(super) fn signed(&mut self) -> Option<i64> {
        self.take().map(i64::from_le_bytes)
    }

    pub(super) fn wide(&mut self) -> Option<u128> {
        self.take().map(u128::from_le_bytes)
    }

    /// A number that is one: neither infinite nor none.
    pub(super) fn number(&mut self) -> Option<f64> {
        self.whole().map(f64::from_bits).filter(|value| value.is_finite())
    }

    /// Reads what may be missing into `value`.
    pub(super) fn maybe(&mut self, value: &mut Option<f64>) -> Option<()> {
        let there = self.whole()?;
        *value = Some(self.number()?).filter(|_| there == 1);
        Some(())
    }

    pub(super) fn list<T>(&mut self, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let count = self.whole().filter(|count| *count <= LONGEST)?;
        (0..count).map(|_| one(self)).collect()
    }

    /// A list of exactly so many.
    pub(super) fn list_of<T>(&mut self, length: usize, one: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        self.list(one).filter(|list| list.len() == length)
    }

    /// Everything was read.
    pub(super) fn end(&self) -> Option<()> {
        self.rest.is_empty().then_some(())
    }
}
