//! The commands: arguments in, text and exit status out.

pub mod eval;
pub mod label;
