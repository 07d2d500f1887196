//! What the outside sees: metrics, health, status, logs. It shows and never decides; it reads no clock (times are told)
//! and changes nothing in the engine. Only [`record`] may call the metric macros.

pub mod admin;
pub mod advice;
pub mod brief;
pub mod catalogue;
pub mod fold;
pub mod health;
pub mod labels;
pub mod log;
pub mod note;
pub mod process;
pub mod record;
#[cfg(test)]
pub(crate) mod samples;
pub mod status;
