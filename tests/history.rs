//! Whole sessions of `history`, `completions`, `man` and `rules docs`, and what a crash leaves.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use tempfile::TempDir;

const CALL: &str = "\
Dana Reyes: The meeting room is on the second floor today.
Sam Ortiz: Thank you, the lift is out of order again.
Dana Reyes: At noon we zibble the wobbet.
Sam Ortiz: Good, and the bus leaves at ten.
";

/// A call in which a name starts like a formula.
const VOICES: &str = "WEBVTT

00:00:01.000 --> 00:00:05.000
<v =D. Reyes>The meeting room is on the second floor today, and at noon we zibble the wobbet.</v>

00:00:06.000 --> 00:00:09.000
<v Sam Ortiz>Good, and the bus leaves at ten.</v>
";

/// A folder with three calls, the last by another name of the same person, and a rule for them.
fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
        fs::write(path, text).expect("a file");
    };
    write("calls/2026-01-05 ortiz.txt", CALL);
    write("calls/2026-02-10 ortiz.txt", &CALL.replace("At noon", "At one"));
    write("calls/2026-03-20 ortiz.vtt", VOICES);
    write("people.toml", "[people]\n\"Dana Reyes\" = [\"=d. reyes\"]\n");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cli/press.toml");
    fs::copy(rules, folder.path().join("press.toml")).expect("a copy");
    folder
}

fn unsell<const N: usize>(folder: &TempDir, arguments: [&str; N]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).args(arguments);
    command
}

fn analyze(folder: &TempDir, path: &str) -> Command {
    let mut command = unsell(folder, ["analyze", path, "--history", "calls.db"]);
    command.args(["--detector", "lexicon", "--lexicon", "press.toml", "--role", "Sam Ortiz=buyer"]);
    command.args(["--format", "jsonl"]);
    command
}

fn stdout(command: &mut Command) -> String {
    let output = command.output().expect("the program runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

#[test]
fn calls_are_kept_shown_followed_and_exported() {
    let folder = workspace();
    analyze(&folder, "calls").assert().success();
    let history = ["--history", "calls.db", "--people", "people.toml"];
    let all = stdout(unsell(&folder, ["history", "show"]).args(history));
    assert!(all.contains("3 calls in this history"), "{all}");
    assert!(all.contains("2026-01-05 to 2026-03-20") && !all.contains("Sam Ortiz"), "{all}");
    let dana = stdout(unsell(&folder, ["history", "show", "dana reyes"]).args(history));
    assert!(
        dana.contains("also called  =D. Reyes") && dana.contains("zibble the wobbet"),
        "{dana}"
    );
    assert!(dana.contains("pressure") && dana.contains("SELLING"), "{dana}");
    let trend = ["history", "trend", "Dana Reyes", "--behaviour", "pressure", "--by", "quarter"];
    let trend = stdout(unsell(&folder, trend).args(history));
    assert!(trend.contains("2026-Q1") && trend.contains("3 calls"), "{trend}");
    let axis = ["history", "trend", "Dana Reyes", "--axis", "selling"];
    let axis = stdout(unsell(&folder, axis).args(history));
    assert!(axis.contains("2026-02-10") && axis.contains("●"), "{axis}");
    assert!(!axis.contains('\u{1b}'), "no colours where there is no terminal");

    unsell(&folder, ["history", "export", "--out", "tables"]).args(history).assert().success();
    let table =
        |name: &str| fs::read_to_string(folder.path().join("tables").join(name)).expect(name);
    assert_eq!(table("calls.csv").lines().count(), 4);
    assert_eq!(table("moments.csv").lines().count(), 4);
    assert!(table("scores.csv").contains(",'=D. Reyes,"), "{}", table("scores.csv"));
    assert!(table("behaviours.csv").contains(",pressure,1,"));
}

#[test]
fn the_same_content_is_kept_once_wherever_it_lies() {
    let folder = workspace();
    analyze(&folder, "calls").assert().success();
    fs::rename(folder.path().join("calls"), folder.path().join("moved")).expect("a move");
    analyze(&folder, "moved").assert().success();
    let shown = stdout(&mut unsell(&folder, ["history", "show", "--history", "calls.db"]));
    assert!(shown.contains("3 calls in this history"), "{shown}");
}

#[test]
fn a_history_among_the_calls_is_not_taken_for_one() {
    let folder = workspace();
    for _ in 0..2 {
        let mut command = unsell(&folder, ["analyze", "calls", "--history", "calls/h.db"]);
        command.args(["--detector", "lexicon"]).assert().success();
    }
}

#[test]
fn what_cannot_be_shown_is_said_with_what_would_be_valid() {
    let folder = workspace();
    let fails = |arguments: &[&str], said: &str| {
        let mut command = unsell(&folder, ["history"]);
        command.args(arguments).assert().code(2).stdout(is_empty()).stderr(contains(said));
    };
    fails(&["show"], "unsell-history.db: there is no history");
    fails(&["show", "--history", "none.db"], "`unsell analyze calls/ --history FILE` makes one");
    analyze(&folder, "calls").assert().success();
    let history = ["--history", "calls.db"];
    fails(&[&["show", "Dana Reye"][..], &history].concat(), "did you mean `Dana Reyes`?");
    fails(&[&["show", "Zoe"][..], &history].concat(), "there are Dana Reyes, =D. Reyes");
    let trend = ["trend", "Dana Reyes", "--history", "calls.db"];
    fails(&trend, "--axis <AXIS>");
    fails(&[&trend[..], &["--behaviour", "presure"]].concat(), "did you mean `pressure`?");
    fails(
        &[&trend[..], &["--axis", "selling", "--behaviour", "pressure"]].concat(),
        "cannot be used",
    );
    fs::write(folder.path().join("people.toml"), "[peple]\n").expect("a file");
    let people = ["show", "--people", "people.toml", "--history", "calls.db"];
    fails(&people, "people.toml:1:2: unknown key `peple`");
    fails(&people, "did you mean `[people]`?");
    fs::write(folder.path().join("calls.db"), "not a database, whatever its name says")
        .expect("a file");
    fails(&[&["show"][..], &history].concat(), "calls.db: this is no history file");
    analyze(&folder, "calls").assert().code(2).stderr(contains("this is no history file"));
    let text = fs::read_to_string(folder.path().join("calls.db")).expect("it is still there");
    assert!(text.starts_with("not a database"));
}

/// Kills the program in the middle of a folder: every report that it had written is in the history,
/// and the history is whole.
#[cfg(unix)]
#[test]
fn a_program_that_is_killed_leaves_all_that_it_confirmed() {
    let folder = workspace();
    for number in 0..300 {
        let text = CALL.replace("At noon", &format!("At noon on day {number}"));
        fs::write(folder.path().join(format!("calls/{number:03}.txt")), text).expect("a file");
    }
    for killed_after in [1, 40, 130] {
        let _ = fs::remove_file(folder.path().join("calls.db"));
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_unsell"))
            .current_dir(folder.path())
            .args(["analyze", "calls", "--history", "calls.db", "--format", "jsonl", "--jobs", "2"])
            .args(["--detector", "lexicon", "--lexicon", "press.toml"])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program runs");
        let mut lines = BufReader::new(child.stdout.take().expect("a pipe")).lines();
        let mut confirmed: Vec<String> = Vec::new();
        let mut note = |line: String| {
            // A line that the kill cut in two is no report, and confirms nothing.
            if let Ok(report) = serde_json::from_str::<serde_json::Value>(&line) {
                confirmed.push(report["source"]["sha256"].as_str().expect("a hash").to_owned());
            }
        };
        for line in lines.by_ref().take(killed_after) {
            note(line.expect("a line"));
        }
        child.kill().expect("it can be killed");
        child.wait().expect("it is dead");
        lines.map_while(Result::ok).for_each(&mut note);
        let history = rusqlite::Connection::open(folder.path().join("calls.db")).expect("it opens");
        let check: String =
            history.query_row("PRAGMA integrity_check", [], |row| row.get(0)).expect("a check");
        assert_eq!(check, "ok");
        assert!(confirmed.len() >= killed_after);
        for hash in &confirmed {
            // Both speakers, or the call was written by halves.
            let query = "SELECT count(*) FROM calls JOIN speakers ON call = id WHERE sha256 = ?1";
            let speakers: i64 =
                history.query_row(query, [hash], |row| row.get(0)).expect("a count");
            assert_eq!(speakers, 2);
        }
        let halves = "SELECT count(*) FROM calls WHERE id NOT IN (SELECT call FROM speakers)";
        let halves: i64 = history.query_row(halves, [], |row| row.get(0)).expect("a count");
        assert_eq!(halves, 0);
    }
    let shown = unsell(&folder, ["history", "show", "--history", "calls.db"]).assert().success();
    shown.stdout(contains("calls in this history"));
}

#[test]
fn every_shell_gets_completions_and_bash_can_read_them() {
    let folder = workspace();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = stdout(&mut unsell(&folder, ["completions", shell]));
        assert!(script.contains("unsell") && script.contains("history"), "{shell}");
    }
    let script = stdout(&mut unsell(&folder, ["completions", "bash"]));
    fs::write(folder.path().join("unsell.bash"), script).expect("a file");
    let asked = "set -e; . ./unsell.bash; COMP_WORDS=(unsell hist); COMP_CWORD=1; \
                 _unsell unsell hist unsell; echo ${COMPREPLY[@]}";
    let mut bash = Command::new("bash");
    bash.current_dir(folder.path()).args(["-c", asked]).assert().success().stdout("history\n");
    unsell(&folder, ["completions", "tcsh"]).assert().code(2).stderr(contains("possible values"));
}

#[test]
fn the_manual_has_a_page_for_every_command() {
    let folder = workspace();
    let page = stdout(&mut unsell(&folder, ["man"]));
    assert!(page.starts_with(".ie") && page.contains(".TH unsell 1"), "{page}");
    unsell(&folder, ["man", "--out", "man"]).assert().success().stdout(is_empty());
    for name in ["unsell", "unsell-analyze", "unsell-history-trend", "unsell-rules-docs"] {
        let page = fs::read_to_string(folder.path().join(format!("man/{name}.1"))).expect(name);
        assert!(page.contains(".SH SYNOPSIS"), "{name}");
    }
    let page = fs::read_to_string(folder.path().join("man/unsell-history.1")).expect("a page");
    assert!(page.contains("unsell history export"), "the examples are in it");
}

#[test]
fn the_pages_of_rules_are_written_in_both_forms_or_one() {
    let folder = workspace();
    unsell(&folder, ["rules", "docs", "--out", "pages"])
        .assert()
        .success()
        .stdout("68 pages in pages\n");
    let page = |name: &str| fs::read_to_string(folder.path().join("pages").join(name)).expect(name);
    assert!(page("index.html").contains("<a href=\"pressure.html\">pressure</a>"));
    assert!(page("README.md").contains("[pressure](pressure.md)"));
    assert!(page("pressure.html").starts_with("<!doctype html>"));
    let own = ["rules", "docs", "--out", "own", "--format", "html", "--lexicon", "press.toml"];
    unsell(&folder, own).assert().success().stdout("34 pages in own\n");
    assert!(!folder.path().join("own/README.md").exists());
    let page = fs::read_to_string(folder.path().join("own/pressure.html")).expect("a page");
    assert!(page.contains("pressure.made-up") && page.contains("your own rules are not in them"));
}

#[test]
fn help_has_examples() {
    let folder = workspace();
    for command in [&["history"][..], &["completions"], &["man"], &["rules", "docs"]] {
        let mut help = unsell(&folder, []);
        help.args(command).arg("--help").assert().success().stdout(contains("Examples:\n"));
    }
    let shown = unsell(&folder, ["--help"]).assert().success();
    shown.stdout(contains("history").and(contains("completions")).and(contains("man")));
}
