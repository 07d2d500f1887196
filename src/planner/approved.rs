//! Approval as a type: what has not passed the limits cannot be sent.

/// Something that has passed the limits. Only the planner makes one; the executor takes nothing else.
#[derive(Debug, PartialEq, Eq)]
pub struct Approved<T>(T);

impl<T> Approved<T> {
    /// Only for the limits.
    pub(super) const fn new(inner: T) -> Self {
        Self(inner)
    }

    /// What was approved.
    pub const fn get(&self) -> &T {
        &self.0
    }

    /// What was approved, taken out to be sent once.
    pub fn into_inner(self) -> T {
        self.0
    }
}
