//! Whole sessions of `analyze` and `check`: what is printed, what is written, and the exit status.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, diff, is_empty};
use serde_json::Value;
use tempfile::TempDir;

const CALL: &str = "\
Dana Reyes: The meeting room is on the second floor today.
Sam Ortiz: Thank you, the lift is out of order again.
Dana Reyes: At noon we zibble the wobbet.
Sam Ortiz: You zibble the wobbet, and the bus leaves at ten.
";

const NOTE: &str = "# Week nine\n\n- The bus leaves at ten.\n- Please quorble that.\n";

/// A folder with a call, a note in a folder of its own, and the rules for both.
fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cli");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("calls/a.txt", CALL);
    write("calls/deep/b.md", NOTE);
    write("calls/.hidden.txt", CALL);
    for rules in ["press.toml", "shut.toml"] {
        fs::copy(fixtures.join(rules), folder.path().join(rules)).expect("a copy");
    }
    folder
}

/// Runs with two rules of made-up words, and unless the arguments say otherwise with the lexicon
/// alone, so that every finding is foreseen.
fn unsell(folder: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).args(arguments.split(' '));
    command.args(["--lexicon", "press.toml", "--lexicon", "shut.toml"]);
    if !arguments.contains("--detector") {
        command.args(["--detector", "lexicon"]);
    }
    command
}

fn stdout(command: &mut Command) -> String {
    let output = command.output().expect("the program runs");
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

fn json(command: &mut Command) -> Value {
    serde_json::from_str(&stdout(command)).expect("output is JSON")
}

#[test]
fn one_transcript_gives_one_json_object_with_everything_in_its_place() {
    let folder = workspace();
    let report = json(&mut unsell(&folder, "analyze calls/a.txt --format json --role sam=member"));
    assert_eq!(report["schema"], "unsell.report/1");
    assert_eq!(report["source"]["path"], "calls/a.txt");
    let findings = report["findings"].as_array().expect("findings");
    assert_eq!(findings.len(), 2);
    let finding = &findings[0];
    assert_eq!(finding["quote"], "zibble the wobbet");
    assert_eq!((finding["line"].as_u64(), finding["col"].as_u64()), (Some(3), Some(24)));
    assert_eq!(finding["span"], serde_json::json!([11, 28]));
    assert_eq!(finding["time"], Value::Null);
    assert_eq!(finding["instead"], "Ask for their date.");
    assert_eq!(finding["evidence"][0]["rule"], "pressure.made-up");
    assert_eq!(report["scores"]["selling"]["behaviours"]["pressure"]["count"], 2);
    assert!(report["engine"]["targets"].as_str().is_some_and(|text| text.contains("assumption")));
}

#[test]
fn swapping_the_roles_swaps_who_is_judged() {
    let folder = workspace();
    let who = |roles: &str| {
        let report =
            json(&mut unsell(&folder, &format!("analyze calls/a.txt --format json {roles}")));
        let findings = report["findings"].as_array().expect("findings").clone();
        assert_eq!(report["scores"]["leading"], Value::Null);
        findings.iter().map(|f| f["speaker"].as_str().unwrap_or("").to_owned()).collect::<Vec<_>>()
    };
    fs::write(
        folder.path().join("roles.toml"),
        "\"dana reyes\" = \"buyer\"\n\"Sam Ortiz\" = \"seller\"\n",
    )
    .expect("a file");
    let other = who("--roles roles.toml");
    assert_eq!(other, ["Sam Ortiz"]);
    fs::write(
        folder.path().join("roles.toml"),
        "\"dana reyes\" = \"seller\"\n\"Sam Ortiz\" = \"buyer\"\n",
    )
    .expect("a file");
    assert_eq!(who("--roles roles.toml"), ["Dana Reyes"]);
}

#[test]
fn json_is_refused_for_more_than_one_transcript_and_csv_without_a_folder() {
    let folder = workspace();
    let refused = unsell(&folder, "analyze calls --format json").assert().code(2);
    refused.stdout(is_empty()).stderr(contains("jsonl"));
    let refused = unsell(&folder, "analyze calls --format csv").assert().code(2);
    refused.stderr(contains("--out DIR"));
}

#[test]
fn pages_lead_to_each_other_and_one_page_needs_no_folder() {
    let folder = workspace();
    fs::write(folder.path().join("calls/empty.vtt"), "WEBVTT\n").expect("a file");
    let read = |path: &str| fs::read_to_string(folder.path().join(path)).expect("a page");
    unsell(&folder, "analyze calls --format html --out one --jobs 1").assert().code(2);
    unsell(&folder, "analyze calls --format html --out many --jobs 5").assert().code(2);
    let index = read("one/index.html");
    assert_eq!(index, read("many/index.html"));
    assert!(
        index.contains("./calls/deep/b.md.html") && index.contains("empty.vtt: read as webvtt")
    );
    assert!(read("one/calls/deep/b.md.html").contains("..&#x2f;..&#x2f;index.html"));
    assert!(stdout(&mut unsell(&folder, "analyze calls/a.txt --format html")).contains("zibble"));
    unsell(&folder, "analyze calls --format html").assert().code(2).stderr(contains("--out DIR"));
}

#[test]
fn a_folder_gives_its_transcripts_in_order_whatever_the_jobs() {
    let folder = workspace();
    for at in 0..30 {
        fs::write(folder.path().join(format!("calls/n{at:02}.txt")), CALL).expect("a file");
    }
    let one = stdout(&mut unsell(&folder, "analyze calls --format jsonl --jobs 1"));
    let many = stdout(&mut unsell(&folder, "analyze calls --format jsonl --jobs 7"));
    assert_eq!(one, many);
    for jobs in ["0", "513", "99999"] {
        let command = format!("analyze calls --format jsonl --jobs {jobs}");
        unsell(&folder, &command).assert().code(2).stderr(contains("1..=512"));
    }
    let paths: Vec<_> = one
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"))
        .map(|report| report["source"]["path"].as_str().unwrap_or("").to_owned())
        .collect();
    assert_eq!(paths.len(), 32);
    assert_eq!(&paths[..3], ["calls/a.txt", "calls/deep/b.md", "calls/n00.txt"]);
}

#[test]
fn files_mirror_their_paths_and_no_temporary_file_stays() {
    let folder = workspace();
    let done =
        unsell(&folder, "analyze calls ../../../etc/nothing.txt --format markdown --out out");
    let mut done = done;
    done.assert().code(2).stderr(contains("no such file").and(contains("2 done, 1 failed")));
    let listed = |path: &str| {
        let entries = fs::read_dir(folder.path().join(path)).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    };
    assert_eq!(listed("out/calls"), ["a.txt.md", "deep"]);
    assert_eq!(listed("out/calls/deep"), ["b.md.md"]);
    // A second run over everything does not take the reports for transcripts.
    unsell(&folder, "analyze . --format json --out out").assert().stderr(contains("out/").not());
    assert_eq!(listed("out/calls"), ["a.txt.json", "a.txt.md", "deep"]);
}

#[test]
fn csv_writes_two_tables() {
    let folder = workspace();
    unsell(&folder, "analyze calls --format csv --out out").assert().success();
    let read = |name: &str| fs::read_to_string(folder.path().join("out").join(name)).expect(name);
    assert_eq!(read("transcripts.csv").lines().count(), 3);
    let findings = read("findings.csv");
    assert!(findings.starts_with("path,turn,line,col,time,speaker,"));
    assert!(findings.contains("calls/deep/b.md,"));
}

#[test]
fn notes_are_judged_as_the_leaders_own_unless_a_role_is_given() {
    let folder = workspace();
    let report = json(&mut unsell(&folder, "analyze calls/deep/b.md --format json"));
    assert_eq!(report["scores"]["selling"], Value::Null);
    assert_eq!(report["findings"][0]["behaviour"], "shut-down");
    assert_eq!(report["warnings"].as_array().map(Vec::len), Some(0));
    let given = json(&mut unsell(&folder, "analyze calls/deep/b.md --format json --role =seller"));
    assert_eq!(given["scores"]["leading"], Value::Null);
    assert_eq!(given["findings"].as_array().map(Vec::len), Some(0));
}

#[test]
fn unknown_roles_are_said_and_both_axes_judged() {
    let folder = workspace();
    let report = json(&mut unsell(&folder, "analyze calls/a.txt --format json"));
    assert!(!report["scores"]["selling"].is_null() && !report["scores"]["leading"].is_null());
    let warning = report["warnings"][0].as_str().unwrap_or("");
    assert!(warning.contains("Dana Reyes, Sam Ortiz") && warning.contains("--role"), "{warning}");
}

#[test]
fn a_role_for_nobody_is_an_error_with_the_names_that_there_are() {
    let folder = workspace();
    let mut command = unsell(&folder, "analyze calls");
    command.args(["--role", "Dana Reye=seller"]);
    command.assert().code(2).stderr(contains("did you mean `Dana Reyes`?"));
    // A file of roles may know more people than this run has.
    fs::write(folder.path().join("r.toml"), "[roles]\n\"Zed\" = \"seller\"\n").expect("a file");
    unsell(&folder, "analyze calls --roles r.toml").assert().success();
    let wrong = unsell(&folder, "analyze calls --role Dana=chief").assert().code(2);
    wrong.stderr(contains("no role is called `chief`"));
    let twice = "check calls --role sam=seller --role Sam=buyer";
    let said = "--role: `sam` is given two roles, seller and buyer";
    unsell(&folder, twice).assert().code(2).stdout(is_empty()).stderr(contains(said));
}

#[test]
fn a_text_that_is_not_english_is_not_scored() {
    let folder = workspace();
    let text = "Eva: Guten Tag, wir haben uns letzte Woche über das Angebot unterhalten.\n\
                Udo: Ja, die Kollegen aus dem Einkauf warten noch auf die neuen Zahlen.\n\
                Eva: Dann schicke ich Ihnen morgen früh die Unterlagen und rufe später an.\n";
    fs::write(folder.path().join("de.txt"), text).expect("a file");
    let report = json(&mut unsell(&folder, "analyze de.txt --format json"));
    assert_eq!(report["scores"], serde_json::json!({"selling": null, "leading": null}));
    assert!(report["warnings"].to_string().contains("German"));
}

#[test]
fn nothing_to_read_is_an_error() {
    let folder = workspace();
    fs::create_dir(folder.path().join("empty")).expect("a folder");
    unsell(&folder, "analyze empty").assert().code(2).stderr(contains("no input found"));
    unsell(&folder, "analyze *.nothing").assert().code(2).stderr(contains("no input found"));
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_is_done() {
    let folder = workspace();
    fs::write(folder.path().join("calls/c.bin"), b"\x89PNG\0\0").expect("a file");
    let some = unsell(&folder, "analyze calls --format jsonl").assert().code(2);
    some.stdout(predicate::function(|text: &str| text.lines().count() == 2))
        .stderr(contains("calls/c.bin: ").and(contains("2 done, 1 failed")));
    let all = unsell(&folder, "analyze calls").assert().code(2);
    all.stdout(contains("2 done, 1 failed\n  calls/c.bin"));
}

#[test]
fn what_would_help_is_said_once_however_many_fail() {
    let folder = workspace();
    for at in 0..20 {
        fs::write(folder.path().join(format!("calls/c{at}.json")), "{}").expect("a file");
    }
    for command in ["analyze calls --format jsonl", "check calls"] {
        let failed = unsell(&folder, command).assert().code(2);
        let formats = contains("known are webvtt-zoom, ").count(1);
        failed.stderr(contains("this is no transcript").count(20).and(formats));
    }
}

#[test]
fn the_report_of_a_name_as_long_as_names_get_has_a_name_too() {
    let folder = workspace();
    let long = "n".repeat(250);
    for end in ["a.md", "b.md", "c.md"] {
        let name = format!("calls/{}{end}", &long[..251 - end.len()]);
        fs::write(folder.path().join(name), NOTE).expect("a file");
    }
    for _ in 0..2 {
        let command = "analyze calls --format html --out out --resume";
        unsell(&folder, command).assert().success();
    }
    let index = fs::read_to_string(folder.path().join("out/index.html")).expect("the index");
    let pages = fs::read_dir(folder.path().join("out/calls")).expect("a folder");
    let names: Vec<_> = pages.map(|page| page.expect("a page").file_name()).collect();
    let long = names.iter().filter_map(|name| name.to_str()).filter(|name| name.starts_with("nnn"));
    let long: Vec<_> = long.collect();
    assert_eq!(long.len(), 3);
    assert!(long.iter().all(|name| name.ends_with(".html") && index.contains(name)), "{long:?}");
}

#[test]
fn globs_and_standard_input_are_inputs() {
    let folder = workspace();
    let found = stdout(&mut unsell(&folder, "analyze calls/**/*.md --format jsonl"));
    assert!(found.contains("\"path\":\"calls/deep/b.md\"") && found.lines().count() == 1);
    let mut command = unsell(&folder, "analyze - --format json");
    command.write_stdin(CALL);
    assert_eq!(json(&mut command)["source"]["path"], "-");
}

#[test]
fn targets_replace_the_default_and_slips_in_them_are_shown() {
    let folder = workspace();
    let targets = folder.path().join("t.toml");
    fs::write(&targets, "[per_1000_words]\ncelebrate = 3\n").expect("a file");
    let command = "analyze calls/a.txt --format json --targets t.toml";
    let report = json(&mut unsell(&folder, command));
    assert_eq!(report["scores"]["selling"]["behaviours"]["celebrate"]["ideal"], 3.0);
    assert_eq!(report["scores"]["selling"]["behaviours"]["experiment"]["ideal"], 0.5);
    fs::write(&targets, "[per_1000_words]\ncelebrat = 3\n").expect("a file");
    let refused = unsell(&folder, command).assert().code(2);
    refused.stderr(contains("t.toml:2:1: ").and(contains("celebrate")).and(contains("^^^^^^^^")));
}

#[test]
fn a_format_is_forced_by_its_id_only() {
    let folder = workspace();
    let forced = "analyze calls/a.txt --format json --input-format prose";
    assert_eq!(json(&mut unsell(&folder, forced))["source"]["format"], "prose");
    let refused = unsell(&folder, "analyze calls --input-format webvt").assert().code(2);
    refused.stderr(contains("webvtt"));
}

#[cfg(not(feature = "classifier"))]
#[test]
fn a_model_that_is_not_there_is_not_pretended() {
    let folder = workspace();
    for asked in ["--detector classifier", "--detector both", "--detector lexicon --model m"] {
        let command = format!("analyze calls {asked}");
        unsell(&folder, &command).assert().code(2).stderr(contains("this build has no classifier"));
    }
    unsell(&folder, "analyze calls --detector lexicon").assert().success();
}

#[test]
fn check_prints_what_drains_and_fails_only_when_told_to() {
    let folder = workspace();
    let printed = "calls/deep/b.md:4:10: shut-down makes challenge unsafe\n\
                   4 | - Please quorble that.\n  \
                   |          ^^^^^^^^^^^^\n  \
                   = instead: Ask what is missing.\n";
    unsell(&folder, "check calls/deep").assert().success().stdout(diff(printed));
    let code = |arguments: &str, code| {
        unsell(&folder, &format!("check calls/deep {arguments}")).assert().code(code);
    };
    code("--fail-on buy-in", 1);
    code("--fail-on shut-down", 1);
    code("--fail-on 0.75", 1);
    code("--fail-on 0.76", 0);
    code("--fail-on pushy", 0);
    code("--fail-on pushy --fail-on 0.5", 1);
    code("--fail-on ownership", 2);
    code("--fail-on 7", 2);
    code("missing.md --fail-on buy-in", 2);
}

#[cfg(unix)]
#[test]
fn a_reader_that_stops_is_no_error() {
    let folder = workspace();
    for at in 0..200 {
        fs::write(folder.path().join(format!("calls/n{at:03}.txt")), CALL).expect("a file");
    }
    let script = format!(
        "{} analyze calls --format jsonl 2>/dev/null | head -n 1 >/dev/null; echo ${{PIPESTATUS[0]}}",
        env!("CARGO_BIN_EXE_unsell")
    );
    let mut shell = Command::new("bash");
    shell.current_dir(folder.path()).args(["-c", &script]);
    shell.assert().success().stdout(diff("0\n"));
}

#[test]
fn output_to_a_file_has_no_colours() {
    let folder = workspace();
    unsell(&folder, "analyze calls --out out").assert().success();
    let text = fs::read_to_string(folder.path().join("out/calls/a.txt.txt")).expect("a report");
    assert!(text.contains("SELLING") && !text.contains('\u{1b}'));
    assert!(!stdout(&mut unsell(&folder, "analyze calls")).contains('\u{1b}'));
}

#[test]
fn a_text_that_is_not_english_is_said_to_be_and_not_judged() {
    let folder = workspace();
    let german = "Ada: Guten Morgen zusammen, wir fangen heute mit den Zahlen aus der letzten Woche an.\n\
                  Bo: Das ist gut, denn ich habe noch Fragen zu der Lieferung, die gestern nicht gekommen ist.\n";
    fs::write(folder.path().join("german.txt"), german).expect("a file");
    let said = "the text seems to be German; only English is judged";
    unsell(&folder, "check german.txt")
        .assert()
        .success()
        .stdout(is_empty())
        .stderr(contains(said));
    let report = json(&mut unsell(&folder, "analyze german.txt --format json"));
    assert_eq!(report["scores"]["selling"], Value::Null);
    assert_eq!(report["scores"]["leading"], Value::Null);
    assert!(report["warnings"][0].as_str().is_some_and(|warning| warning.contains(said)));
}
