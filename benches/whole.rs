//! Whole transcripts, from bytes to JSON, lexicon only, one thread.

mod common;

use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use common::{analyze, talk};
use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use unsell::engine::Engine;
use unsell::lexicon::Lexicon;

fn main() {
    divan::main();
}

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let lexicon = Lexicon::builtin().expect("the built-in rules");
    Engine::builder().lexicon(lexicon).build().expect("an engine")
});

#[divan::bench(args = [10_000, 60_000, 2_000_000])]
fn analyze_to_json(bencher: Bencher, bytes: usize) {
    let text = talk::transcript(0, bytes);
    LazyLock::force(&ENGINE);
    bencher
        .counter(BytesCount::of_str(&text))
        .bench(|| analyze(&ENGINE, black_box(text.as_bytes())));
}

/// A call of an hour: about 9,000 words.
#[divan::bench]
fn analyze_an_hour(bencher: Bencher) {
    let text = talk::transcript(0, 54_000);
    LazyLock::force(&ENGINE);
    bencher
        .counter(divan::counter::ItemsCount::new(1_usize))
        .bench(|| analyze(&ENGINE, black_box(text.as_bytes())));
}

/// How many calls of ten kilobytes the program itself is given.
const CALLS: usize = 200;

/// Runs the program on one thread, start and all, over what it is given.
fn program(folder: &Path, arguments: &[&str]) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder).args(["analyze", "--format", "jsonl", "--detector", "lexicon"]);
    command.args(["--jobs", "1"]).args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
    assert!(command.status().expect("the program runs").success());
}

/// The same calls as files and as records of a stream.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    std::fs::create_dir(folder.path().join("calls")).expect("a folder");
    let mut stream = String::new();
    for at in 0..CALLS {
        let text = talk::transcript(at * 100, 10_000);
        std::fs::write(folder.path().join(format!("calls/{at}.txt")), &text).expect("a file");
        stream += &format!("{}\n", serde_json::json!({"id": at, "text": text}));
    }
    std::fs::write(folder.path().join("calls.jsonl"), stream).expect("a file");
    folder
}

#[divan::bench(args = [&["calls"][..], &["calls.jsonl", "--input-format", "jsonl"][..]])]
fn calls_of_the_program(bencher: Bencher, arguments: &[&str]) {
    let folder = folder();
    bencher
        .counter(divan::counter::ItemsCount::new(CALLS))
        .bench(|| program(folder.path(), arguments));
}

/// What starting costs before the first transcript.
#[divan::bench]
fn start(bencher: Bencher) {
    bencher.bench(|| {
        let lexicon = Lexicon::builtin().expect("the built-in rules");
        Engine::builder().lexicon(lexicon).build().expect("an engine")
    });
}
