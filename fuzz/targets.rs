//! What is fuzzed: every place where bytes of strangers come in. Each target takes bytes, holds what comes
//! out to what must be true of it, and returns that in words, so that two runs can be compared.
//!
//! cargo-fuzz runs them on the nightly toolchain (`fuzz_targets/`), and `tests/fuzz_corpus.rs` on the
//! stable one, with mutations of the fixtures.

#![allow(dead_code, reason = "each program takes its own target")]

use std::path::Path;
use std::sync::{Arc, OnceLock};

use unsell::config::Config;
use unsell::engine::{AnalyzeOptions, Engine};
use unsell::format::{self, FORMATS, Head, turns};
use unsell::lexicon::{Lexicon, LexiconFile};
use unsell::redact::Redactor;
use unsell::report::model::Report;
use unsell::report::{Layout, WRITERS, collection};
use unsell::roles::RoleBook;
use unsell::score::Targets;
use unsell::taxonomy::Role;
use unsell::transcript::{Kind, Source, Transcript};

/// Something that takes bytes, and tells what came of them.
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Runs it; the answer is the same for the same bytes.
    pub run: fn(&[u8]) -> String,
}

/// All of them.
pub static TARGETS: &[Target] = &[
    Target { name: "decode", run: decode },
    Target { name: "sniff", run: sniff },
    Target { name: "format", run: format },
    Target { name: "pattern", run: pattern },
    Target { name: "lexicon", run: lexicon },
    Target { name: "settings", run: settings },
    Target { name: "redact", run: redact },
    Target { name: "report", run: report },
];

fn source(bytes: &[u8]) -> Result<Source, String> {
    Source::from_bytes("fuzz", bytes).map_err(|error| format!("{error:?}"))
}

/// Bytes to text: encodings, Word, RTF, mails.
pub fn decode(bytes: &[u8]) -> String {
    match source(bytes) {
        Ok(source) => {
            assert!(!source.text.trim().is_empty());
            format!("{} {:?}", source.text, source.warnings)
        }
        Err(error) => error,
    }
}

/// Text to the format that reads it.
pub fn sniff(bytes: &[u8]) -> String {
    let source = match source(bytes) {
        Ok(source) => source,
        Err(error) => return error,
    };
    let head = Head::of(&source.text);
    let sure: Vec<_> = FORMATS.iter().map(|format| (format.sniff)(&head)).collect();
    assert!(sure.iter().all(|sure| *sure <= 100));
    let found = format::recognise(&source).map(|format| format.id);
    format!("{sure:?} {found:?}")
}

/// Any text in any format; the first byte says in which.
pub fn format(bytes: &[u8]) -> String {
    let Some((which, bytes)) = bytes.split_first() else { return String::new() };
    let source = match source(bytes) {
        Ok(source) => source,
        Err(error) => return error,
    };
    // The one more is not recognised, but handed over by other programs.
    let which = usize::from(*which) % (FORMATS.len() + 1);
    let format = FORMATS.get(which).copied().unwrap_or(&turns::FORMAT);
    match (format.read)(&source) {
        Ok(transcript) => {
            hold(&source, &transcript);
            format!("{transcript:?}")
        }
        Err(error) => {
            // A lone CR ends a line too.
            let lines = 1 + source.text.bytes().filter(|byte| b"\r\n".contains(byte)).count();
            assert!(error.line.is_none_or(|line| (1..=lines).contains(&line)), "{error:?}");
            format!("{error:?}")
        }
    }
}

/// What is true of every transcript.
fn hold(source: &Source, transcript: &Transcript) {
    for turn in &transcript.turns {
        assert!(turn.speaker.is_none_or(|id| (id.0 as usize) < transcript.speakers.len()));
        assert!(turn.text.trim() == turn.text && !turn.text.is_empty());
        for cue in &turn.cues {
            assert!(turn.text.is_char_boundary(cue.text as usize));
            assert!(cue.start.zip(cue.end).is_none_or(|(start, end)| start <= end), "{cue:?}");
        }
        for at in [0, turn.text.len().saturating_sub(1)] {
            let place = turn.source_offset(at);
            assert!(place.is_none_or(|place| place <= source.text.len()), "{place:?}");
        }
    }
    assert!(transcript.kind == Kind::Speech || transcript.turns.iter().all(|t| t.cues.len() == 1));
}

/// A rule's pattern, and a text in which it is looked for, one a line.
pub fn pattern(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return String::new() };
    let (pattern, said) = text.split_once('\n').unwrap_or((text, "we can sign it today"));
    let pattern = toml::Value::String(pattern.to_owned());
    lexicon(
        format!(
            "behaviour = \"pressure\"\ninstead = \"Wait.\"\n[[rule]]\nid = \"fuzz\"\nwhy = \"It is tried.\"\n\
             weight = 0.9\nany = [{pattern}]\nhits = [{}]\nmisses = [\"We left.\"]\n",
            toml::Value::String(said.to_owned())
        )
        .as_bytes(),
    )
}

/// A file of rules: read, compiled and run on its own examples.
pub fn lexicon(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return String::new() };
    let file = LexiconFile { path: "fuzz.toml".into(), text: text.to_owned() };
    match Lexicon::of(vec![file]) {
        Ok(lexicon) => {
            let mut heard = Vec::new();
            for rule in lexicon.rules() {
                for said in rule.hits.iter().chain(&rule.misses) {
                    for scored in lexicon.score_text(Role::Seller, "", said) {
                        assert!((0.0..=1.0).contains(&scored.score));
                        assert!(said.get(scored.span.clone()).is_some());
                        heard.push(format!("{:?} {}", scored.span, scored.score));
                    }
                }
            }
            format!("{} {heard:?}", lexicon.rules().len())
        }
        Err(error) => error.to_string(),
    }
}

/// Files of settings, of roles and of ideal rates.
pub fn settings(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return String::new() };
    let config = match Config::from_toml(Path::new("/nowhere"), "unsell.toml", text) {
        Ok(config) => {
            let options = config.options(Path::new("calls/a.vtt"), None);
            format!("{:?} {:?}", options.sieve, options.lens)
        }
        Err(error) => error.to_string(),
    };
    let mut roles = RoleBook::default();
    let roles = match roles.give_toml("roles.toml", text) {
        Ok(()) => format!("{:?}", roles.entries().len()),
        Err(error) => error.to_string(),
    };
    let targets = match Targets::from_toml("targets.toml", text) {
        Ok(targets) => format!("{targets:?}"),
        Err(error) => error.to_string(),
    };
    format!("{config} {roles} {targets}")
}

/// Names of speakers, one a line up to an empty one, and what they say.
pub fn redact(bytes: &[u8]) -> String {
    let Ok(text) = std::str::from_utf8(bytes) else { return String::new() };
    let (names, said) = text.split_once("\n\n").unwrap_or(("Dana Reyes", text));
    let redactor = Redactor::new(names.lines());
    let found = redactor.find(said);
    let mut end = 0;
    for one in &found {
        assert!(end <= one.bytes.start && one.bytes.start < one.bytes.end);
        assert!(said.get(one.bytes.clone()).is_some());
        end = one.bytes.end;
    }
    let names: Vec<_> = names.lines().map(|name| redactor.pseudonym(name)).collect();
    format!("{names:?} {found:?}")
}

fn engine() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        let lexicon = Arc::new(Lexicon::builtin().expect("the built-in lexicon holds"));
        Engine::builder().lexicon(lexicon).build().expect("the built-in data holds")
    })
}

/// All the way: bytes to reports in every format.
pub fn report(bytes: &[u8]) -> String {
    let source = match source(bytes) {
        Ok(source) => source,
        Err(error) => return error,
    };
    let report = match engine().analyze(&source, &AnalyzeOptions::default()) {
        Ok(report) => report,
        Err(error) => return format!("{error:?}"),
    };
    hold_report(&report);
    let mut all = Vec::new();
    for writer in WRITERS {
        let begin = all.len();
        match &writer.layout {
            Layout::Single(write) | Layout::Stream(write) => write(&report, &mut all),
            Layout::Tables(tables) => {
                tables.iter().try_for_each(|table| (table.rows)(&report, &mut all))
            }
            Layout::Columns => Ok(()),
            Layout::Pages(pages) => (pages.page)(&report, None, &mut all).and_then(|()| {
                let mut calls = collection::Collection::default();
                calls.add(collection::Call::new(&report, "./a.html".into()));
                (pages.write_index)(&calls, &mut all)
            }),
        }
        .expect("memory takes all");
        let text = std::str::from_utf8(&all[begin..]).expect("a report is UTF-8");
        if writer.id.starts_with("json") {
            hold_json(text);
        }
    }
    String::from_utf8(all).expect("reports are UTF-8")
}

/// What is true of every report.
fn hold_report(report: &Report) {
    for finding in &report.findings {
        let [start, end] = finding.span;
        let text = &report.turns[finding.turn].text;
        let said: String = text.chars().skip(start).take(end - start).collect();
        assert_eq!(said, finding.quote);
        assert!((0.0..=1.0).contains(&finding.score));
    }
    let speakers = report.speakers.iter().map(|speaker| &speaker.scores);
    for (_, score) in speakers.chain([&report.scores]).flat_map(|scores| scores.judged()) {
        assert!(0.0 <= score.low && score.high <= 100.0);
        assert!(score.low <= score.index && score.index <= score.high);
    }
}

/// JSON is read back to what it was.
fn hold_json(text: &str) {
    let value: serde_json::Value = serde_json::from_str(text).expect("a report is JSON");
    let again = serde_json::to_string(&value).expect("memory takes all");
    assert_eq!(serde_json::from_str::<serde_json::Value>(&again).expect("is JSON"), value);
}
