//! Whole sessions of those who write rules: packages, `rules diff`, disagreements of the detectors, and
//! what a report says of roles and of words taken back.

use std::fs;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

const CALL: &str = "\
[00:00:10] Ana: At noon we zibble the wobbet.
[00:01:00] Bo: The bus leaves at ten, and we zibble the wobbet too.
[00:02:00] Ana: Please quorble that.
";

const OLD: &str = "behaviour = \"pressure\"\n[[rule]]\nid = \"zibble\"\nwhy = \"w\"\nweight = 0.9\nany = [\"zibble\"]\nhits = [\"We zibble.\"]\n";

fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("calls/a.txt", CALL);
    write("old.toml", OLD);
    write(
        "new/package.toml",
        "name = \"made-up\"\nversion = \"0.1.0\"\nlicence = \"MIT\"\nrules = [\"*.toml\"]\nexamples = [\"rows.jsonl\"]\n",
    );
    write("new/pressure.toml", &OLD.replace("zibble", "quorble"));
    write(
        "new/rows.jsonl",
        "{\"role\": \"seller\", \"text\": \"We quorble.\", \"labels\": [\"pressure\"]}\n",
    );
    folder
}

fn unsell(folder: &TempDir, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).args(arguments);
    command
}

const ROLES: [&str; 4] = ["--role", "Ana=seller", "--role", "Bo=buyer"];

#[test]
fn a_diff_of_rules_shows_what_they_add_and_remove_over_ones_own_calls() {
    let folder = workspace();
    let diff = |more: &[&str]| {
        let mut command = unsell(&folder, &["rules", "diff", "old.toml", "new", "calls"]);
        command.args(ROLES).args(more);
        command
    };
    diff(&[]).assert().code(0).stdout(
        "- calls/a.txt:1:28: pressure “zibble” (pressure.zibble)\n\
         + calls/a.txt:3:24: pressure “quorble” (pressure.quorble)\n\
         \n  pressure                 +1 -1 =0\n1 added, 1 removed, 0 kept in 1 transcript\n",
    );
    diff(&["--fail-on", "any"]).assert().code(1);
    diff(&["--fail-on", "added", "--format", "github"]).assert().code(1).stdout(contains(
        "::notice file=calls/a.txt,line=3,col=24::added: pressure “quorble” (pressure.quorble)\n",
    ));
    let output = diff(&["--format", "jsonl"]).output().expect("the program runs").stdout;
    let rows: Vec<Value> = String::from_utf8(output)
        .expect("UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(rows.len(), 3);
    assert_eq!((&rows[0]["change"], &rows[1]["change"]), (&"removed".into(), &"added".into()));
    assert_eq!(rows[1]["time"], 120.0);
    assert_eq!(rows[2]["behaviours"]["pressure"]["added"], 1);
}

#[test]
fn the_same_rules_change_nothing_and_faults_are_said() {
    let folder = workspace();
    unsell(&folder, &["rules", "diff", "builtin", "builtin", "calls", "--fail-on", "any"])
        .assert()
        .code(0)
        .stdout(contains("0 added, 0 removed"));
    unsell(&folder, &["rules", "diff", "builtin", "none.toml", "calls"])
        .assert()
        .code(2)
        .stderr(contains("none.toml"));
    unsell(&folder, &["rules", "diff", "builtin", "calls", "calls"])
        .assert()
        .code(2)
        .stderr(contains("package.toml"));
}

#[test]
fn a_package_is_taken_tested_and_told() {
    let folder = workspace();
    unsell(&folder, &["rules", "test", "--lexicon", "new"])
        .assert()
        .code(0)
        .stdout(contains("made-up 0.1.0 (MIT): 0 failed of 1 labelled rows"));
    let rows = "{\"role\": \"seller\", \"text\": \"We quorble.\", \"labels\": []}\n";
    fs::write(folder.path().join("new/rows.jsonl"), rows).expect("a file");
    unsell(&folder, &["rules", "test", "--lexicon", "new"]).assert().code(2).stdout(
        contains("rows.jsonl:1: made-up 0.1.0")
            .and(contains("pressure.quorble finds pressure, which is no label")),
    );
    let analyze = ["analyze", "calls/a.txt", "--lexicon", "new", "--detector", "lexicon"];
    unsell(&folder, &analyze).args(ROLES).assert().code(0).stdout(contains("quorble"));
}

fn report(folder: &TempDir, call: &str, more: &[&str]) -> Value {
    fs::write(folder.path().join("call.txt"), call).expect("a file");
    let arguments = ["analyze", "call.txt", "--format", "json", "--detector", "lexicon"];
    let output = unsell(folder, &arguments).args(more).output().expect("the program runs");
    serde_json::from_slice(&output.stdout).expect("a report")
}

#[test]
fn a_report_marks_what_is_taken_back_and_weighs_it_less() {
    let folder = workspace();
    let push = "Ana: You have to sign today, the price goes up tomorrow.\nBo: Oh.\n";
    let kept = report(&folder, &format!("{push}Ana: The van has five seats.\n"), &ROLES);
    let taken = report(
        &folder,
        &format!("{push}Ana: Sorry, scratch that. Take all the time you need.\n"),
        &ROLES,
    );
    assert!(kept["findings"][0].get("taken_back").is_none(), "{}", kept["findings"]);
    assert_eq!(taken["findings"][0]["taken_back"]["quote"], "scratch that");
    assert_eq!(taken["findings"][0]["taken_back"]["line"], 3);
    let index = |report: &Value| report["scores"]["selling"]["index"].as_f64().expect("an index");
    assert!(index(&kept) < index(&taken) && index(&taken) < 50.0);
    let count = |report: &Value| report["scores"]["selling"]["poles"]["pushy"]["count"].clone();
    assert_eq!(count(&kept), count(&taken));
}

#[test]
fn a_rule_may_hold_at_the_end_of_a_call_only() {
    let folder = workspace();
    let timed = |when: &str| OLD.replace("weight", &format!("when = \"{when}\"\nweight"));
    for (when, turns) in
        [("first 1 minute", vec![0]), ("last 1 minute", vec![]), ("last 90 %", vec![])]
    {
        fs::write(folder.path().join("old.toml"), timed(when)).expect("a file");
        let report = report(&folder, CALL, &[&["--lexicon", "old.toml"], &ROLES[..]].concat());
        let found: Vec<_> = report["findings"].as_array().expect("findings").iter().collect();
        let found: Vec<_> = found.iter().map(|f| f["turn"].as_u64().expect("a turn")).collect();
        assert_eq!(found, turns, "{when}");
    }
    fs::write(folder.path().join("old.toml"), timed("middle 5 %")).expect("a file");
    unsell(&folder, &["rules", "test", "--lexicon", "old.toml"])
        .assert()
        .code(2)
        .stderr(contains("old.toml:5:8: `middle 5 %` is no part").and(contains("last 10 %")));
}

#[test]
fn parts_of_a_call_add_up_to_the_whole_and_notes_have_none() {
    let folder = workspace();
    let report = report(&folder, CALL, &[&["--lexicon", "old.toml"], &ROLES[..]].concat());
    let selling = &report["scores"]["selling"];
    let sum: u64 = ["opening", "middle", "closing"]
        .iter()
        .map(|part| selling["parts"][part]["poles"]["pushy"]["count"].as_u64().expect("a count"))
        .sum();
    assert_eq!(selling["poles"]["pushy"]["count"], sum);
    assert_eq!(selling["parts"]["opening"]["poles"]["pushy"]["count"], 1);
    fs::write(folder.path().join("memo.md"), "# Week\n\n- The bus leaves at ten.\n")
        .expect("a file");
    let memo = ["analyze", "memo.md", "--format", "json", "--detector", "lexicon"];
    let output = unsell(&folder, &memo).output().expect("the program runs");
    let memo: Value = serde_json::from_slice(&output.stdout).expect("a report");
    assert!(memo["scores"]["leading"].get("parts").is_none());
}

#[cfg(feature = "classifier")]
#[test]
fn disagreements_are_utterances_that_can_be_labelled() {
    let folder = workspace();
    let analyze = ["analyze", "calls", "--lexicon", "old.toml", "--disagreements", "only.jsonl"];
    unsell(&folder, &analyze)
        .args(ROLES)
        .assert()
        .code(0)
        .stderr(contains("1 by the lexicon alone").and(contains("only.jsonl")));
    let list = fs::read_to_string(folder.path().join("only.jsonl")).expect("a list");
    let row: Value = serde_json::from_str(list.lines().next().expect("a line")).expect("JSON");
    assert_eq!((&row["seen_by"], &row["behaviour"]), (&"lexicon".into(), &"pressure".into()));
    assert_eq!(row["text"], "At noon we zibble the wobbet.");
    assert_eq!((&row["role"], &row["rules"][0]), (&"seller".into(), &"pressure.zibble".into()));
    unsell(&folder, &["label", "only.jsonl", "--detector", "lexicon"]).assert().code(0);
    unsell(&folder, &analyze)
        .args(["--detector", "lexicon"])
        .assert()
        .code(2)
        .stderr(contains("--disagreements is for --detector both"));
    let call = fs::read_dir(folder.path().join("calls")).expect("a folder").next();
    let call = call.expect("a call").expect("a call").path();
    let before = fs::read(&call).expect("a call");
    unsell(&folder, &["analyze", "calls", "--disagreements"])
        .arg(&call)
        .assert()
        .code(2)
        .stderr(contains("nothing is written over it"));
    assert_eq!(fs::read(&call).expect("a call"), before);
}
