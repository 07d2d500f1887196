//! The embedded exchange: as nasty as the real one, pure and clockless inside. It is told the time and what arrives, and
//! answers with texts. `server` puts it on loopback. It shares no decoding or encoding code with the client.

pub mod api;
pub mod audit;
mod exchange;
pub mod faults;
mod ledger;
pub mod market;
mod random;
pub mod server;

pub use exchange::{Setup, SimExchange};
pub use ledger::{Account, Books, LedgerRow, Lending, SimOffer, WalletName};
