//! The fuzz targets on the stable toolchain: mutations of the fixtures, the same at every run.
//!
//! `FUZZ_EXECUTIONS=1000000 FUZZ_SEED=7 FUZZ_TARGETS=format,decode cargo test --release
//! --no-default-features --test fuzz_corpus -- --nocapture` runs long; what makes a target fail is written to
//! `target/fuzz-failures/`, and belongs into `tests/fixtures/fuzz/` once it is mended.

#[path = "../fuzz/targets.rs"]
mod targets;

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use fastrand::Rng;
use targets::{TARGETS, Target};
use unsell::format::FORMATS;
use unsell::lexicon::Lexicon;

/// How often each target is run where nobody asks for more.
const EXECUTIONS: u64 = 400;

/// What each 64 KiB may take, where there are many runs; a busy machine needs patience in short ones.
const MOST_TIME: Duration = Duration::from_secs(1);

/// No input grows beyond this.
const LARGEST: usize = 64 * 1024;

fn project(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|value| value.parse().ok()).unwrap_or(otherwise)
}

fn files(folder: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<_> = fs::read_dir(project(folder))
        .expect("a folder of the project")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.is_file())
        .collect();
    paths.sort();
    paths.iter().map(|path| seed(path)).collect()
}

/// A fixture; a Word document's XML is put into its container.
fn seed(path: &Path) -> Vec<u8> {
    let bytes = fs::read(path).expect("a file of the project");
    if !path.to_string_lossy().ends_with(".docx.xml") {
        return bytes;
    }
    let mut container = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    container
        .start_file("word/document.xml", zip::write::SimpleFileOptions::default())
        .and_then(|()| Ok(container.write_all(&bytes)?))
        .and_then(|()| Ok(container.finish()?.into_inner()))
        .expect("memory takes all")
}

/// Utterances of a labelled set for redaction, as its target takes them.
fn said(set: &str) -> Vec<Vec<u8>> {
    let path = project(&format!("tests/fixtures/redaction{set}.jsonl"));
    let text = fs::read_to_string(path).expect("a file of the project");
    let rows = text.lines().map(|line| serde_json::from_str(line).expect("a row"));
    rows.map(|row: serde_json::Value| {
        let names = row["speakers"].as_array().expect("names").iter();
        let names: Vec<_> = names.map(|name| name.as_str().expect("a name")).collect();
        format!("{}\n\n{}", names.join("\n"), row["text"].as_str().expect("a text")).into_bytes()
    })
    .collect()
}

/// What mutations start from.
fn seeds(target: &Target) -> Vec<Vec<u8>> {
    match target.name {
        "decode" | "sniff" | "report" => files("tests/fixtures/formats"),
        "format" => {
            let fixtures = files("tests/fixtures/formats");
            let formats = 0..=FORMATS.len() as u8;
            let with = |which: u8| fixtures.iter().map(move |f| [[which].as_slice(), f].concat());
            formats.flat_map(with).collect()
        }
        "pattern" => {
            let lexicon = Lexicon::builtin().expect("the built-in lexicon holds");
            let rules = lexicon.rules().iter();
            rules
                .flat_map(|rule| rule.patterns.iter().zip(rule.hits.iter().cycle()))
                .map(|(pattern, hit)| format!("{pattern}\n{hit}").into_bytes())
                .collect()
        }
        "lexicon" => files("tests/fixtures/cli"),
        "redact" => ["", "-unseen", "-third"].into_iter().flat_map(said).collect(),
        _ => vec![
            unsell::config::TEMPLATE.as_bytes().to_vec(),
            unsell::config::TEMPLATE.replace("\n#", "\n").into_bytes(),
            b"\"Ana *\" = \"seller\"\n[roles]\n\"@x.example\" = \"buyer\"\n[thresholds]\npushy = 0.9\n".to_vec(),
            b"[per_1000_words]\ncelebrate = 2\n[[suppress]]\nwords = [\"a\"]\npaths = [\"b/**\"]\n".to_vec(),
            b"[call-types.demo]\npaths = [\"a/*\"]\nlens = \"selling\"\nper_1000_words = { celebrate = 1 }\n".to_vec(),
        ],
    }
}

/// Words that readers give a meaning to.
#[rustfmt::skip]
const WORDS: &[&str] = &[
    "WEBVTT", "\n", "\r\n", "\r", "\n\n", " --> ", "00:00:01.500", "99:59:59,999", "-0:01", "<v Ana>", "</v>", "<",
    ">", "&amp;", "&#0;", "&#x110000;", "&", ";", ": ", "**", "[0:01] ", "{", "}", "[", "]", "\"", "\\\"", "\\u0000",
    "\\ud800", "null", "true", "1e999", "-1", "NaN", "18446744073709551616", "0.0000001", ",", "\t", "|", "# ", "- [ ] ",
    "```", "---\n", "<!--", "-->", "<![CDATA[", "]]>", "<?xml", "<!DOCTYPE a [<!ENTITY b \"c\">]>", "&b;", "\u{feff}", "\u{0}",
    "\u{2028}", "\u{202e}", "é", "😀", "\u{301}", "\u{130}", "\u{df}", "{\\rtf1", "\\u-10179 ", "\\bin99999999 ", "\\'e9", "PK\u{3}\u{4}",
    "*ANA:\t", "@Begin", "\u{15}0_1\u{15}", "ACTION ITEM: ", "Speaker 1", "unsell: ignore", "<!-- unsell: ignore -->", "(a|b)", "~be", "..12",
    "{deadline}", "<money>", "^", "$", "?", "+", "_", "[[rule]]", "any = [", "weight = ", "\"\"\"", "'", "=", ".", "inf", "start", "end",
    "speaker", "text", "words", "segments", "results", " at ", " dot ", "double ", "four five ", "+44 20 ", "@x.example", "you have to sign today", "that's on me", "what if we ",
];

/// Changes a few places of an input.
fn mutate(rng: &mut Rng, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
    for _ in 0..rng.usize(1..6) {
        let at = rng.usize(0..=bytes.len());
        let longest = 1 << rng.u32(0..9);
        let end = (at + rng.usize(0..=longest)).min(bytes.len());
        let other = &seeds[rng.usize(0..seeds.len())];
        match rng.u8(0..9) {
            0 if at < bytes.len() => bytes[at] ^= 1 << rng.u8(0..8),
            1 if at < bytes.len() => bytes[at] = rng.u8(..),
            2 => drop(bytes.drain(at..end)),
            3 => bytes.truncate(at),
            4 => {
                let piece = bytes[at..end].repeat(rng.usize(1..40));
                bytes.splice(at..at, piece);
            }
            5 if !other.is_empty() => {
                let from = rng.usize(0..other.len());
                let to = (from + rng.usize(0..200)).min(other.len());
                bytes.splice(at..end, other[from..to].iter().copied());
            }
            6 => {
                let piece = WORDS[rng.usize(0..WORDS.len())].repeat(1 << rng.u32(0..8) >> 4);
                bytes.splice(at..end, piece.into_bytes());
            }
            _ => {
                let word = WORDS[rng.usize(0..WORDS.len())];
                bytes.splice(at..at, word.bytes());
            }
        }
    }
    bytes.truncate(LARGEST);
}

/// Runs a target on an input, twice now and then; what is wrong, if anything is.
fn attempt(target: &Target, bytes: &[u8], twice: bool, most: Option<Duration>) -> Option<String> {
    let begin = Instant::now();
    let run = || catch_unwind(AssertUnwindSafe(|| (target.run)(bytes)));
    let Ok(first) = run() else { return Some("it panics".to_owned()) };
    let took = begin.elapsed();
    if most.is_some_and(|most| took > most) {
        return Some(format!("it takes {took:?}"));
    }
    (twice && run().ok() != Some(first)).then(|| "two runs differ".to_owned())
}

/// The most memory that this process ever had, in MiB; known on Linux.
fn most_memory() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(line.trim().trim_end_matches(" kB").parse::<u64>().ok()? / 1024)
}

#[test]
fn mutated_fixtures_are_read_or_refused() {
    let executions = number("FUZZ_EXECUTIONS", EXECUTIONS);
    let is_long = executions > 10 * EXECUTIONS;
    let wanted = std::env::var("FUZZ_TARGETS").unwrap_or_default();
    let wanted: Vec<_> = wanted.split(',').filter(|name| !name.is_empty()).collect();
    let mut failures = Vec::new();
    for target in TARGETS.iter().filter(|t| wanted.is_empty() || wanted.contains(&t.name)) {
        let mut rng = Rng::with_seed(number("FUZZ_SEED", 7));
        let (seeds, begin) = (seeds(target), Instant::now());
        let (mut bad, mut done) = (0, 0);
        for at in 0..executions {
            done += 1;
            let mut bytes = seeds[rng.usize(0..seeds.len())].clone();
            mutate(&mut rng, &mut bytes, &seeds);
            let most = is_long.then_some(MOST_TIME);
            if let Some(why) = attempt(target, &bytes, at % 16 == 0, most) {
                let folder = project("target/fuzz-failures");
                fs::create_dir_all(&folder).expect("a folder");
                let file = folder.join(format!("{}-{at}", target.name));
                fs::write(&file, &bytes).expect("a file");
                failures.push(format!("{}: {why}", file.display()));
                bad += 1;
                if bad == 20 {
                    break;
                }
            }
        }
        println!("{}: {done} executions in {:.0?}", target.name, begin.elapsed());
    }
    assert!(failures.is_empty(), "{failures:#?}");
    if let Some(memory) = most_memory() {
        println!("at most {memory} MiB");
        assert!(memory < 512, "{memory} MiB");
    }
}

/// What once made a target fail: files named after it.
#[test]
fn what_failed_once_fails_no_more() {
    let Ok(folder) = fs::read_dir(project("tests/fixtures/fuzz")) else { return };
    for path in folder.map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let target = TARGETS.iter().find(|target| name.starts_with(target.name));
        let target = target.unwrap_or_else(|| panic!("{name} is named after no target"));
        let bytes = fs::read(&path).expect("a file of the project");
        assert_eq!(attempt(target, &bytes, true, None), None, "{name}");
    }
}
