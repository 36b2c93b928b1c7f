//! What holds whatever is said, and whatever the order in which things are given.

use std::fs;
use std::path::Path;
use std::process::Command;

use proptest::prelude::*;
use serde_json::Value;
use unsell::engine::{AnalyzeOptions, Engine};
use unsell::lexicon::{Lexicon, LexiconFile};
use unsell::report::model::Report;
use unsell::roles::RoleBook;
use unsell::transcript::Source;

/// Words that the rules below hear, alone or several at once, and words that none does.
const PHRASES: [&str; 7] = [
    "we zibble the wobbet at noon",
    "please quorble that",
    "zibble the wobbet and quorble that and frimble it twice",
    "frimble it twice if you can",
    "the bus leaves at ten",
    "thank you for the good idea",
    "nobody said so",
];

/// A rule's behaviour, name, weight and pattern. Some hear the same words with the same weight.
const RULES: [(&str, &str, f32, &str); 7] = [
    ("pressure", "a", 0.9, "zibble the wobbet"),
    ("pressure", "b", 0.6, "the wobbet"),
    ("pressure", "c", 0.6, "wobbet"),
    ("shut-down", "d", 0.75, "quorble that"),
    ("shut-down", "e", 0.75, "~quorble"),
    ("imposing", "f", 0.8, "frimble it .. twice"),
    ("imposing", "g", 0.35, "it twice"),
];

/// Files with a rule each, in some order.
fn files(order: &[usize]) -> Vec<LexiconFile> {
    let file = |at: &usize| {
        let (behaviour, id, weight, pattern) = RULES[*at];
        let text = format!(
            "behaviour = \"{behaviour}\"\ninstead = \"Say {behaviour}.\"\n[[rule]]\nid = \"{id}\"\nwhy = \"Made up.\"\n\
             weight = {weight}\nany = [\"{pattern}\"]\nhits = [\"We [zibble the wobbet].\"]\nmisses = [\"We left.\"]\n"
        );
        LexiconFile { path: format!("{id}.toml"), text }
    };
    order.iter().map(file).collect()
}

fn engine(order: &[usize]) -> Engine {
    let lexicon = match Lexicon::of(files(order)) {
        Ok(lexicon) => lexicon,
        Err(error) => panic!("{error}"),
    };
    Engine::builder().lexicon(lexicon).build().expect("the built-in data holds")
}

fn report(engine: &Engine, lines: &[(usize, &str)]) -> Report {
    let said: String =
        lines.iter().map(|(who, text)| format!("{}: {text}.\n", ["Ana", "Bo"][*who])).collect();
    let text = format!("Ana: good morning.\nBo: hello to you.\n{said}");
    let source = Source::from_bytes("t", text.as_bytes()).expect("is text");
    let mut roles = RoleBook::default();
    for spec in ["Ana=seller", "Bo=leader"] {
        roles.give_spec(spec).expect("a role");
    }
    let format = unsell::format::by_id("name-text");
    let options = AnalyzeOptions { roles, format, ..AnalyzeOptions::default() };
    engine.analyze(&source, &options).expect("is readable")
}

fn any_lines() -> impl Strategy<Value = Vec<(usize, &'static str)>> {
    prop::collection::vec((0..2_usize, prop::sample::select(PHRASES.to_vec())), 0..25)
}

fn any_order() -> impl Strategy<Value = Vec<usize>> {
    Just((0..RULES.len()).collect::<Vec<_>>()).prop_shuffle()
}

/// A report as JSON, without the hash of the rules, in which their order shows.
fn json(report: &Report) -> Value {
    let mut value = serde_json::to_value(report).expect("a report is JSON");
    value["engine"]["lexicon"] = Value::Null;
    value
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_rules_and_files_of_rules_changes_nothing(order in any_order(), lines in any_lines()) {
        let straight: Vec<_> = (0..RULES.len()).collect();
        let (one, other) = (report(&engine(&straight), &lines), report(&engine(&order), &lines));
        prop_assert_eq!(json(&one), json(&other));
    }

    #[test]
    fn scores_lie_in_their_interval_and_their_range(order in any_order(), lines in any_lines()) {
        let report = report(&engine(&order), &lines);
        let speakers = report.speakers.iter().map(|speaker| &speaker.scores);
        for (_, score) in speakers.chain([&report.scores]).flat_map(|scores| scores.judged()) {
            prop_assert!(0.0 <= score.low && score.low <= score.index, "{:?}", score);
            prop_assert!(score.index <= score.high && score.high <= 100.0, "{:?}", score);
            for (_, count) in score.behaviours.iter() {
                prop_assert!(count.per_1000_words >= 0.0 && count.per_1000_words <= 1000.0);
            }
        }
        prop_assert!(report.findings.iter().all(|finding| (0.0..=1.0).contains(&finding.score)));
    }

    #[test]
    fn json_is_read_back_to_the_same_numbers(order in any_order(), lines in any_lines()) {
        let text = serde_json::to_string(&report(&engine(&order), &lines)).expect("a report is JSON");
        let value: Value = serde_json::from_str(&text).expect("it is read back");
        let again = serde_json::to_string(&value).expect("it is written again");
        prop_assert_eq!(serde_json::from_str::<Value>(&again).expect("and read again"), value.clone());
        for finding in value["findings"].as_array().expect("findings") {
            let written = format!("\"score\":{}", finding["score"]);
            prop_assert!(text.contains(&written), "{} is not as it was written", written);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_order_of_files_and_the_number_of_jobs_change_no_report(
        order in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(),
        jobs in 1..9_u8,
        lines in prop::collection::vec(any_lines(), 12),
    ) {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cli/press.toml");
        for (at, lines) in lines.iter().enumerate() {
            let said: String = lines.iter().map(|(who, text)| format!("{}: {text}.\n", ["Ana", "Bo"][*who])).collect();
            fs::write(folder.path().join(format!("{at}.txt")), format!("Ana: hi there.\nBo: hello.\nAna: so.\n{said}"))
                .expect("a file");
        }
        let run = |order: &[usize], jobs: u8| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
            command.current_dir(folder.path()).args(["analyze", "--detector", "lexicon", "--format", "jsonl", "--lexicon"]);
            command.arg(&rules).args(["--jobs", &jobs.to_string()]);
            let output = command.args(order.iter().map(|at| format!("{at}.txt"))).output().expect("it runs");
            let text = String::from_utf8(output.stdout).expect("reports are UTF-8");
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let straight: Vec<_> = (0..12).collect();
        let expected = run(&straight, 1);
        prop_assert_eq!(expected.len(), 12);
        let shuffled = run(&order, jobs);
        for (at, report) in order.iter().zip(&shuffled) {
            prop_assert_eq!(report, &expected[*at]);
        }
    }
}
