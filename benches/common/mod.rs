//! What the benches measure with: talk, rules in any number, and the phrases of rules for peers that
//! know nothing but phrases. Everything here is the same at every run.

#![allow(dead_code, reason = "each bench takes what it needs")]

pub mod phrases;
pub mod rules;
pub mod talk;

use std::path::PathBuf;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A file or folder of the project.
pub fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}
