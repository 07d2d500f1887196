//! What the runs came to, for people and for machines: a table, JSON, CSV, and a page with charts. The same runs give the
//! same bytes.

mod chart;
mod data;
mod html;
mod summary;
mod table;

#[cfg(test)]
mod tests;

pub use data::{csv, json};
pub use html::html;
pub use summary::{Entry, Summary};
pub use table::table;
