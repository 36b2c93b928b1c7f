//! The classifier that the program carries, alone and beside the lexicon, through whole commands.
#![cfg(feature = "classifier")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::str::contains;
use serde_json::Value;

const CALL: &str = "examples/clinic-scheduling.vtt --roles examples/roles.toml";

fn unsell(arguments: &str) -> Command {
    let mut command = Command::cargo_bin("unsell").expect("the program");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments.split_whitespace());
    command
}

fn json(arguments: &str) -> Value {
    let output = unsell(arguments).output().expect("a run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn findings(report: &Value) -> &Vec<Value> {
    report["findings"].as_array().expect("findings")
}

/// The detectors in the evidence of a report's findings.
fn detectors(report: &Value) -> BTreeSet<String> {
    let evidence = findings(report).iter().flat_map(|f| f["evidence"].as_array().expect("a list"));
    evidence.map(|e| e["detector"].as_str().expect("a name").to_owned()).collect()
}

#[test]
fn each_detector_says_what_it_saw_and_the_report_says_who_was_asked() {
    let lexicon = json(&format!("analyze {CALL} --format json --detector lexicon"));
    let classifier = json(&format!("analyze {CALL} --format json --detector classifier"));
    let both = json(&format!("analyze {CALL} --format json"));
    assert_eq!(detectors(&lexicon), ["lexicon".to_owned()].into());
    assert_eq!(detectors(&classifier), ["classifier".to_owned()].into());
    assert_eq!(detectors(&both).len(), 2);
    let asked = |report: &Value| {
        let engine = &report["engine"];
        (engine["lexicon"].is_string(), engine["model"].is_string())
    };
    assert_eq!(asked(&lexicon), (true, false));
    assert_eq!(asked(&classifier), (false, true));
    assert_eq!(asked(&both), (true, true));
    assert!(both["engine"]["model"].as_str().expect("a name").starts_with("unsell-minilm@"));
    for report in [&classifier, &both] {
        assert!(findings(report).len() > 5);
        for finding in findings(report) {
            let drains = finding["pole"] == "pushy" || finding["pole"] == "buy-in";
            assert_eq!(drains, finding["instead"] != "", "what to say instead: {finding}");
            let score = finding["score"].as_f64().expect("a score");
            assert!((0.0..=1.0).contains(&score));
        }
    }
}

#[test]
fn the_terminal_says_where_the_two_disagree() {
    let command = "analyze examples --roles examples/roles.toml";
    let shown = unsell(command).env("COLUMNS", "80").output().expect("a run");
    let output = String::from_utf8(shown.stdout).expect("text");
    assert!(output.contains(" by both detectors, "), "{output}");
    for detector in ["lexicon", "classifier"] {
        assert!(output.contains(&format!("seen by the {detector} alone")), "{output}");
    }
    assert!(output.lines().all(|line| line.chars().count() <= 80), "{output}");
}

#[test]
fn the_same_bytes_come_out_whatever_the_number_of_jobs() {
    let run = |jobs: &str| {
        let command =
            format!("analyze examples --roles examples/roles.toml --format jsonl --jobs {jobs}");
        unsell(&command).output().expect("a run").stdout
    };
    let one = run("1");
    assert!(!one.is_empty());
    assert!(one == run("3"));
}

#[test]
fn eval_shows_lexicon_classifier_and_both_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("sample.jsonl");
    // Every eighth line of a dev author: enough to see that the detectors are worth having.
    let dev = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/corpus/s4.jsonl");
    let text = fs::read_to_string(dev).expect("a dev author");
    let rows: Vec<_> = text.lines().step_by(8).collect();
    fs::write(&path, rows.join("\n")).expect("a file");
    let report = json(&format!("eval {} --json --resamples 0", path.display()));
    let detectors = report["detectors"].as_object().expect("detectors");
    let names: BTreeSet<_> = detectors.keys().map(String::as_str).collect();
    assert_eq!(names, ["lexicon", "classifier", "both"].into());
    let f1 = |name: &str| detectors[name]["behaviours"]["micro"]["f1"]["value"].as_f64();
    let [lexicon, classifier, both] = ["lexicon", "classifier", "both"].map(f1);
    assert!(classifier > lexicon && both > lexicon, "{lexicon:?} {classifier:?} {both:?}");
    let one = json(&format!("eval {} --json --resamples 0 --detector classifier", path.display()));
    assert_eq!(one["detectors"].as_object().expect("detectors").len(), 1);
}

#[test]
fn label_gives_all_scores_and_what_they_rest_on() {
    let row = r#"{"id":1,"role":"seller","text":"If you don't sign by Friday the offer is gone for good."}"#;
    let output = unsell("label").write_stdin(row).output().expect("a run");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["labels"], serde_json::json!(["pressure"]));
    let scores = answer["scores"].as_object().expect("scores");
    assert_eq!(scores.len(), 33);
    assert!(scores.values().all(|score| (0.0..=1.0).contains(&score.as_f64().expect("a number"))));
    assert!(!answer["evidence"].as_array().expect("evidence").is_empty());
}

#[test]
fn a_model_that_is_none_is_refused_with_the_reason() {
    let missing = format!("analyze {CALL} --model no/such/model");
    unsell(&missing).assert().code(2).stderr(contains("a model folder holds"));
    let base = format!("analyze {CALL} --model tests/golden/tiny-bert");
    unsell(&base).assert().code(2).stderr(contains("unsell train --base"));
    let at_odds = format!("analyze {CALL} --detector lexicon --model models/unsell-minilm");
    unsell(&at_odds).assert().code(2).stderr(contains("leave one of the two out"));
}

#[test]
fn train_asks_for_what_it_needs() {
    unsell("train").assert().code(2).stderr(contains("--base"));
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().join("model");
    let command =
        format!("train --base tests/golden/tiny-bert --corpus nowhere --out {}", out.display());
    unsell(&command).assert().code(2).stderr(contains("nowhere"));
    assert!(!out.exists());
    let never = format!("train --base tests/golden/tiny-bert --epochs=-1 --out {}", out.display());
    unsell(&never).assert().code(2).stderr(contains("--epochs"));
}
