//! The stages of unsell and the peers that are Rust, over one text, on one thread.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::Instant;

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use regex::{RegexBuilder, RegexSetBuilder};
use unsell::detector::Detector;
use unsell::engine::Engine;
use unsell::format;
use unsell::lexicon::Lexicon;
use unsell::taxonomy::Role;
use unsell::text::Document;
use unsell::transcript::Source;

use crate::common::analyze;

/// Each is run so often, and the quickest told: what else runs on a machine only makes it slower.
const ROUNDS: usize = 9;
/// Memory for the automata of regular expressions, so that they need not be made again and again.
const ROOM: usize = 1 << 28;

pub fn all(text: &Path, phrases: &Path) {
    let bytes = fs::read(text).expect("the text");
    let text = String::from_utf8(bytes.clone()).expect("UTF-8");
    let listed = fs::read_to_string(phrases).expect("the phrases");
    let listed: Vec<(&str, &str)> = listed.lines().filter_map(|l| l.split_once('\t')).collect();
    let words: Vec<&str> = listed.iter().map(|(_, words)| *words).collect();

    for kind in [AhoCorasickKind::ContiguousNFA, AhoCorasickKind::DFA] {
        let mut builder = AhoCorasick::builder();
        let search = builder.ascii_case_insensitive(true).kind(Some(kind));
        let search = search.build(&words).expect("the phrases fit");
        let name = format!("aho-corasick {kind:?}");
        time(&name, || search.find_overlapping_iter(&text).count());
    }

    let mut rules: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (rule, words) in &listed {
        rules.entry(*rule).or_default().push(regex::escape(words));
    }
    let sources: Vec<_> =
        rules.values().map(|words| format!(r"(?i-u)\b(?:{})\b", words.join("|"))).collect();
    let mut builder = RegexSetBuilder::new(&sources);
    let set = builder.size_limit(ROOM).dfa_size_limit(ROOM).build().expect("the phrases fit");
    time("RegexSet by line", || text.lines().map(|line| set.matches(line).iter().count()).sum());
    let regex = |rule: &String| RegexBuilder::new(rule).dfa_size_limit(ROOM).build();
    let each: Vec<_> = sources.iter().map(|rule| regex(rule).expect("a rule")).collect();
    time("Regex for each rule", || each.iter().map(|rule| rule.find_iter(&text).count()).sum());

    let lexicon = Lexicon::builtin().expect("the built-in rules");
    let source = Source::from_bytes("talk.txt", &bytes).expect("is text");
    let transcript = format::read(&source, None).expect("is readable");
    let document = Document::new(&transcript);
    let roles = vec![Role::Unknown; transcript.speakers.len() + 1];
    time("unsell lexicon", || lexicon.detect(&transcript, &document, &roles).len());
    time("unsell text", || Document::new(&transcript).tokens.len());
    let engine = Engine::builder().lexicon(lexicon).build().expect("an engine");
    time("unsell whole", || analyze(&engine, &bytes).len());
}

/// Runs it a few times and prints the quickest.
fn time(name: &str, mut run: impl FnMut() -> usize) {
    let found = run();
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        std::hint::black_box(run());
        start.elapsed().as_secs_f64()
    });
    let seconds = rounds.fold(f64::INFINITY, f64::min);
    println!("{}", serde_json::json!({ "name": name, "seconds": seconds, "found": found }));
}
