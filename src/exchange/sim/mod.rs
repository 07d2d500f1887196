//! The embedded exchange: as nasty as the real one, pure and clockless inside. It is told the time and what arrives, and
//! answers with texts. `server` puts it on loopback. It shares no decoding or encoding code with the client.

mod agenda;
pub mod api;
pub mod audit;
mod board;
mod core;
mod depth;
mod errors;
mod exchange;
pub mod faults;
mod interest;
mod ledger;
mod loans;
pub mod market;
mod matching;
mod number;
mod operator;
mod orders;
mod random;
mod rest;
mod rows;
pub mod server;
mod socket;
mod tape;

pub use exchange::{Setup, SimExchange};
pub use ledger::{Account, AutoRenew, Books, LedgerRow, Lending, SimOffer, SimTrade, WalletName};

#[cfg(test)]
mod tests;
