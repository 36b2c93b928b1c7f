//! Whole sessions with an `unsell.toml`: written, found, and held to.

use std::fs;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::contains;
use serde_json::Value;
use tempfile::TempDir;

const CALL: &str = "\
Dana Reyes: The meeting room is on the second floor today.
Sam Ortiz (sam@buyer.example): Thank you, the lift is out of order again.
Dana Reyes: At noon we leave.
Sam Ortiz (sam@buyer.example): You leave, and the bus leaves at ten.
";

fn workspace(settings: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder, "unsell.toml", &format!("detector = \"lexicon\"\n{settings}"));
    write(&folder, "calls/demo/a.txt", CALL);
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn unsell(folder: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).args(arguments.split_whitespace());
    command
}

fn report(command: &mut Command) -> Value {
    let output = command.output().expect("the program runs");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("no JSON: {said}"))
}

#[test]
fn init_writes_settings_that_hold_and_never_over_others() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    unsell(&folder, "init").assert().success().stderr(contains("unsell.toml written"));
    write(&folder, "a.md", "# Plan\n\nThe bus leaves at ten.\n");
    unsell(&folder, "check a.md --detector lexicon").assert().success();
    write(&folder, "unsell.toml", "# mine\n");
    unsell(&folder, "init").assert().code(2).stderr(contains("--force"));
    let read = || fs::read_to_string(folder.path().join("unsell.toml")).expect("a file");
    assert_eq!(read(), "# mine\n");
    unsell(&folder, "init --force").assert().success();
    assert!(read().contains("[call-types.discovery]"));
    unsell(&folder, "init nowhere").assert().code(2).stderr(contains("no such folder"));
}

#[test]
fn roles_are_told_by_name_and_domain_and_the_command_line_wins() {
    let folder = workspace(
        "[roles]\n\"dana *\" = \"seller\"\n\"@buyer.example\" = \"buyer\"\n\"Zed\" = \"buyer\"\n",
    );
    let roles = |more: &[&str]| {
        let mut command = unsell(&folder, "analyze calls/demo/a.txt --format json");
        let report = report(command.args(more));
        let speakers = report["speakers"].as_array().expect("speakers").clone();
        speakers
            .iter()
            .map(|speaker| (speaker["role"].clone(), speaker["role_source"].clone()))
            .map(|(role, source)| format!("{} {}", role.as_str().unwrap_or(""), source))
            .collect::<Vec<_>>()
    };
    assert_eq!(roles(&[]), ["seller \"given\"", "buyer \"given\""]);
    assert_eq!(roles(&["--role", "Dana Reyes=member"])[0], "member \"given\"");
    assert_eq!(roles(&["--role", "d*=leader"])[0], "leader \"given\"");
    assert_ne!(roles(&["--no-config", "--detector", "lexicon"])[1], "buyer \"given\"");
    let mut nobody = unsell(&folder, "analyze calls");
    nobody.args(["--role", "x*=seller"]).assert().code(2).stderr(contains("speaks nowhere"));
}

#[test]
fn settings_are_found_upwards_or_named_or_left_out() {
    let folder = workspace("[targets.per_1000_words]\ncelebrate = 4\n");
    write(
        &folder,
        "other.toml",
        "detector = \"lexicon\"\n[targets.per_1000_words]\ncelebrate = 7\n",
    );
    write(&folder, "t.toml", "[per_1000_words]\ncelebrate = 9\n");
    let ideal = |arguments: &str| {
        let mut command = unsell(&folder, &format!("analyze a.txt --format json {arguments}"));
        let report = report(command.current_dir(folder.path().join("calls/demo")));
        report["scores"]["selling"]["behaviours"]["celebrate"]["ideal"].as_f64()
    };
    assert_eq!(ideal(""), Some(4.0));
    assert_eq!(ideal("--config ../../other.toml"), Some(7.0));
    assert_eq!(ideal("--targets ../../t.toml"), Some(9.0));
    assert_eq!(ideal("--no-config --detector lexicon"), Some(0.5));
    let both = unsell(&folder, "check calls --config other.toml --no-config").assert().code(2);
    both.stderr(contains("cannot be used with"));
    unsell(&folder, "check calls --config none.toml")
        .assert()
        .code(2)
        .stderr(contains("none.toml"));
    fs::create_dir(folder.path().join("calls/.git")).expect("a folder");
    assert_eq!(ideal("--detector lexicon"), Some(0.5));
}

#[test]
fn kinds_of_calls_have_their_ideals_and_lens_by_path_or_by_name() {
    let folder = workspace(
        "[call-types.demo]\npaths = [\"calls/demo/**\"]\nper_1000_words = { celebrate = 2 }\n",
    );
    write(&folder, "calls/b.txt", CALL);
    write(&folder, "t.toml", "[per_1000_words]\nrealness = 9\n");
    let of = |arguments: &str| {
        let report = report(&mut unsell(&folder, &format!("analyze --format json {arguments}")));
        let selling = &report["scores"]["selling"]["behaviours"];
        let ideals = ["celebrate", "envision-future"].map(|id| selling[id]["ideal"].as_f64());
        (ideals, report["scores"]["leading"].is_null(), report["engine"]["targets"].to_string())
    };
    let (ideals, is_selling, caveat) = of("calls/demo/a.txt");
    assert_eq!((ideals, is_selling), ([Some(2.0), Some(1.0)], true));
    assert!(caveat.contains("assumption (default profile, call type demo)"), "{caveat}");
    assert_eq!(of("calls/b.txt").0, [Some(0.5), Some(0.5)]);
    assert_eq!(of("calls/b.txt --call-type demo").0, [Some(2.0), Some(1.0)]);
    assert!(!of("calls/demo/a.txt --lens both").1);
    assert_eq!(of("calls/demo/a.txt --targets t.toml").0, [Some(0.5), Some(0.5)]);
    assert_eq!(of("calls/demo/a.txt --targets t.toml --call-type demo").0, [Some(2.0), Some(1.0)]);
    let wrong = unsell(&folder, "analyze calls --call-type dmeo").assert().code(2);
    wrong.stderr(contains("no call type is called `dmeo`; did you mean `demo`?"));
}

#[test]
fn a_slip_is_shown_with_its_place_and_what_would_be_valid() {
    let folder = workspace("[role]\n\"Ana\" = \"seller\"\n");
    let refused = unsell(&folder, "analyze calls").assert().code(2);
    refused.stderr(
        contains("unsell.toml:2:2: unknown field `role`\n  |\n2 | [role]\n  |  ^^^^\n")
            .and(contains("did you mean `roles`?")),
    );
}
