//! The way to the real exchange: TLS, signatures, nonces, the request budget, the REST client, the socket driver.
//!
//! All IO of the exchange's client lives here. What is said and what it means is `wire`'s and `session`'s business; this
//! room carries it, and tells honestly what it does not know: a request is sent at most once, and one whose reply is
//! lost is *unknown*, never failed.

pub mod budget;
pub mod calls;
pub mod client;
pub mod connects;
pub mod nonce;
pub mod queue;
pub mod signer;
pub mod socket;
pub mod tls;

#[cfg(test)]
pub(crate) mod testing;
