//! Load: many transcripts of every format, one in twenty of them broken.
//!
//! `LOAD_TRANSCRIPTS=10000 cargo test --release --no-default-features --test load -- --nocapture` is the run that
//! docs/reliability.md records; without it there are a few hundred.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How many there are where nobody asks for more.
const TRANSCRIPTS: usize = 300;

/// The most memory that a run may have, in MiB, whatever their number.
const MEMORY: u64 = 512;

fn fixtures() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let mut paths: Vec<_> = fs::read_dir(folder)
        .expect("the fixtures")
        .map(|entry| entry.expect("an entry").path())
        // A chat is read only by name.
        .filter(|path| !path.ends_with("zoom-chat.txt"))
        .collect();
    paths.sort();
    paths.iter().map(|path| named(path)).collect()
}

/// A fixture's name and bytes; a Word document's XML is put into its container.
fn named(path: &Path) -> (String, Vec<u8>) {
    let bytes = fs::read(path).expect("a fixture");
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let Some(name) = name.strip_suffix(".xml").filter(|name| name.ends_with(".docx")) else {
        return (name, bytes);
    };
    let mut container = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    container
        .start_file("word/document.xml", zip::write::SimpleFileOptions::default())
        .and_then(|()| Ok(container.write_all(&bytes)?))
        .and_then(|()| Ok((name.to_owned(), container.finish()?.into_inner())))
        .expect("memory takes all")
}

/// What nobody can read.
fn broken(at: usize) -> Vec<u8> {
    match at % 6 {
        0 => Vec::new(),
        1 => b"\x89PNG\r\n\x1a\n\0\0".to_vec(),
        2 => b"WEBVTT\n\nno cue\n".to_vec(),
        3 => b"PK\x03\x04 and no more".to_vec(),
        4 => b"{\"callTranscripts\": [{\"transcript\": [{\"speakerId\": \"1\", \"sentences\": ["
            .to_vec(),
        _ => b"{\\rtf1 never closed".to_vec(),
    }
}

/// What a run said and wrote.
struct Ran {
    status: Option<i32>,
    /// The names of inputs that failed.
    failed: BTreeSet<String>,
    memory: u64,
    took: Duration,
    out: PathBuf,
}

fn run(folder: &Path, name: &str) -> Ran {
    let begin = Instant::now();
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder).args(["analyze", "calls", "--detector", "lexicon"]);
    command.args(["--format", "json", "--out", name]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    let said = BufReader::new(child.stderr.take().expect("its messages"));
    let listener = std::thread::spawn(move || {
        let lines = said.lines().map(|line| line.expect("messages are UTF-8"));
        lines
            .filter_map(|line| Some(line.strip_prefix("error: ")?.split(':').next()?.to_owned()))
            .collect()
    });
    let mut memory = 0;
    let status = loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let most = line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok());
        memory = memory.max(most.unwrap_or(0) / 1024);
        match child.try_wait().expect("it is ours") {
            Some(status) => break status,
            None => std::thread::sleep(Duration::from_millis(20)),
        }
    };
    let failed = listener.join().expect("its messages");
    Ran { status: status.code(), failed, memory, took: begin.elapsed(), out: folder.join(name) }
}

fn reports(folder: &Path, all: &mut Vec<(PathBuf, Vec<u8>)>) {
    let mut paths: Vec<_> =
        fs::read_dir(folder).expect("reports").map(|e| e.expect("an entry").path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            reports(&path, all);
        } else if path.extension().is_some_and(|ending| ending == "json") {
            let bytes = fs::read(&path).expect("a report");
            all.push((path, bytes));
        }
    }
}

#[test]
fn all_good_ones_are_reported_and_all_broken_ones_named_in_bounded_memory() {
    let count =
        std::env::var("LOAD_TRANSCRIPTS").ok().and_then(|n| n.parse().ok()).unwrap_or(TRANSCRIPTS);
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixtures = fixtures();
    let mut bad = BTreeSet::new();
    for at in 0..count {
        let (name, bytes) = &fixtures[at % fixtures.len()];
        let path = format!("calls/{:03}/{at:05}-{name}", at / 100);
        let file = folder.path().join(&path);
        fs::create_dir_all(file.parent().expect("a parent")).expect("a folder");
        if at % 20 == 13 {
            fs::write(file, broken(at / 20)).expect("a file");
            bad.insert(path);
        } else {
            fs::write(file, bytes).expect("a file");
        }
    }
    let ran = [run(folder.path(), "one"), run(folder.path(), "two")];
    let [one, two] = ran.each_ref().map(|ran| {
        assert_eq!(ran.status, Some(2));
        assert_eq!(ran.failed, bad);
        assert!(ran.memory < MEMORY, "{} MiB", ran.memory);
        let mut all = Vec::new();
        reports(&ran.out, &mut all);
        assert_eq!(all.len(), count - bad.len());
        all
    });
    for ((path, one), (_, two)) in one.iter().zip(&two) {
        assert!(one == two, "{} differs", path.display());
        assert!(serde_json::from_slice::<serde_json::Value>(one).is_ok(), "{}", path.display());
    }
    let [first, second] = ran;
    println!(
        "{count} transcripts, {} broken: {:.1?} and {:.1?}, at most {} MiB",
        bad.len(),
        first.took,
        second.took,
        first.memory.max(second.memory)
    );
}
