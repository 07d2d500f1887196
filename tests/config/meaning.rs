//! What good files mean.
