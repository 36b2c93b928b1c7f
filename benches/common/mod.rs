//! What the benches measure with: talk, rules in any number, and the phrases of rules for peers that
//! know nothing but phrases. Everything here is the same at every run.

#![allow(dead_code, reason = "each bench takes what it needs")]

pub mod phrases;
pub mod rules;
pub mod talk;

use std::path::PathBuf;

use unsell::engine::{AnalyzeOptions, Engine};
use unsell::report::{self, Layout};
use unsell::transcript::Source;

/// As in the program.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A whole transcript: from bytes to JSON.
pub fn analyze(engine: &Engine, bytes: &[u8]) -> Vec<u8> {
    let source = Source::from_bytes("call.txt", bytes).expect("is text");
    let made = engine.analyze(&source, &AnalyzeOptions::default()).expect("is readable");
    let writer = report::by_id("json").expect("a writer");
    let Layout::Single(write) = writer.layout else { unreachable!("JSON is one document") };
    let mut out = Vec::new();
    write(&made, &mut out).expect("writing to memory works");
    out
}

/// A file or folder of the project.
pub fn project(path: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)
}
