//! The exchange: how it speaks ([`wire`], [`session`]), how we reach it ([`bitfinex`]), and one of our own ([`sim`]).

pub mod bitfinex;
pub mod clock;
pub mod session;
pub mod sim;
pub mod wire;
