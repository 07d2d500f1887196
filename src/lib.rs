//! Yieldsforge lends a user's money on the Bitfinex margin-funding market, automatically and accountably.
//!
//! > The core is told the time and the news, and answers with wishes. Only the shell touches the world.

pub mod app;
pub mod backtest;
pub mod cli;
pub mod config;
pub mod domain;
pub mod engine;
pub mod exchange;
pub mod notify;
pub mod planner;
pub mod secrets;
pub mod store;
pub mod strategy;
pub mod telemetry;
