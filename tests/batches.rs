//! Batches that survive: runs that are killed, interrupted and gone on with.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use tempfile::TempDir;

const CALL: &str = "\
Dana Reyes: The meeting room is on the second floor today.
Sam Ortiz: Thank you, the lift is out of order again.
Dana Reyes: At noon we zibble the wobbet.
Sam Ortiz: That was a good idea of yours, and the bus leaves at ten.
";

/// A folder with this many calls, one of which cannot be read, and the rules for them.
fn workspace(calls: usize) -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cli/press.toml");
    fs::copy(rules, folder.path().join("press.toml")).expect("a copy");
    for at in 0..calls {
        write(
            &folder,
            &format!("calls/{:02}/{at:04}.txt", at % 7),
            &format!("{CALL}Sam Ortiz: {at}\n"),
        );
    }
    write(&folder, "calls/broken.vtt", "WEBVTT\n\nno cue\n");
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn command(folder: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).args(["analyze", "calls"]).args(arguments.split(' '));
    command.args(["--lexicon", "press.toml", "--detector", "lexicon"]);
    command
}

fn run(folder: &TempDir, arguments: &str) -> (Output, String) {
    let output = command(folder, arguments).output().expect("the program runs");
    let said = String::from_utf8(output.stderr.clone()).expect("messages are UTF-8");
    (output, said)
}

/// The last line that was said.
fn summary(folder: &TempDir, arguments: &str) -> String {
    run(folder, arguments).1.lines().last().unwrap_or_default().to_owned()
}

/// The files of a folder with what is in them, by path; those that begin with a dot are left out.
fn reports(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    let Ok(entries) = fs::read_dir(folder) else { return all };
    for path in entries.map(|entry| entry.expect("an entry").path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            let inside = reports(&path).into_iter();
            all.extend(inside.map(|(file, bytes)| (format!("{name}/{file}"), bytes)));
        } else if !name.starts_with('.') {
            all.insert(name, fs::read(&path).expect("a report"));
        }
    }
    all
}

#[test]
fn only_what_is_missing_or_changed_is_done_again_in_every_format() {
    for (format, report) in [
        ("json", "out/calls/00/0000.txt.json"),
        ("jsonl", "out/calls/00/0000.txt.jsonl"),
        ("markdown", "out/calls/00/0000.txt.md"),
        ("terminal", "out/calls/00/0000.txt.txt"),
        ("html", "out/calls/00/0000.txt.html"),
        ("csv", ""),
    ] {
        let folder = workspace(9);
        let first = format!("--format {format} --out out");
        let again = format!("{first} --resume");
        assert_eq!(summary(&folder, &again), "9 done, 1 failed", "{format}");
        let whole = reports(&folder.path().join("out"));
        assert_eq!(summary(&folder, &again), "0 done, 9 kept, 1 failed", "{format}");
        assert_eq!(reports(&folder.path().join("out")), whole, "{format}");
        if !report.is_empty() {
            fs::remove_file(folder.path().join(report)).expect("it is there");
            assert_eq!(summary(&folder, &again), "1 done, 8 kept, 1 failed", "{format}");
            write(&folder, report, "half of a rep");
            assert_eq!(summary(&folder, &again), "1 done, 8 kept, 1 failed", "{format}");
        }
        assert_eq!(reports(&folder.path().join("out")), whole, "{format}");
        write(&folder, "calls/03/0003.txt", &CALL.replace("noon", "one"));
        assert_eq!(summary(&folder, &again), "1 done, 8 kept, 1 failed", "{format}");
        let changed = reports(&folder.path().join("out"));
        assert_ne!(changed, whole, "{format}");
        assert_eq!(summary(&folder, &first), "9 done, 1 failed", "{format}");
        assert_eq!(reports(&folder.path().join("out")), changed, "{format}");
    }
}

#[test]
fn another_lexicon_option_or_setting_makes_all_reports_again() {
    let folder = workspace(3);
    let resume = |more: &str| summary(&folder, &format!("--format json --out out --resume{more}"));
    let (all, none) = ("3 done, 1 failed", "0 done, 3 kept, 1 failed");
    assert_eq!((resume("").as_str(), resume("").as_str()), (all, none));
    assert_eq!(
        (resume(" --lens selling").as_str(), resume(" --lens selling").as_str()),
        (all, none)
    );
    assert_eq!(resume(" --role sam*=buyer"), all);
    assert_eq!(resume(" --input-format name-text"), "3 done, 1 failed");
    assert_eq!(resume(" --history calls.db"), all);
    assert_eq!(resume(" --history calls.db"), none);
    fs::remove_file(folder.path().join("calls.db")).expect("a history");
    assert_eq!(resume(" --history calls.db"), all);
    assert_eq!((resume("").as_str(), resume(" --jobs 1").as_str()), (all, none));
    write(&folder, "unsell.toml", "[thresholds]\npushy = 0.95\n");
    assert_eq!((resume("").as_str(), resume("").as_str()), (all, none));
    let rules = fs::read_to_string(folder.path().join("press.toml")).expect("rules");
    write(&folder, "press.toml", &rules.replace("0.9\n", "0.8\n"));
    assert_eq!((resume("").as_str(), resume("").as_str()), (all, none));
}

#[test]
fn two_formats_go_on_side_by_side_and_more_inputs_may_come() {
    let folder = workspace(3);
    for format in ["json", "markdown"] {
        let first = summary(&folder, &format!("--format {format} --out out --resume"));
        assert_eq!(first, "3 done, 1 failed");
    }
    write(&folder, "calls/new.txt", CALL);
    for format in ["json", "markdown"] {
        let again = summary(&folder, &format!("--format {format} --out out --resume"));
        assert_eq!(again, "1 done, 3 kept, 1 failed");
    }
    let (output, said) = run(&folder, "--format json --resume");
    assert!(output.status.code() == Some(2) && said.contains("--out"), "{said}");
}

/// How many reports the journal knows.
fn journalled(folder: &TempDir) -> usize {
    let journal = fs::read(folder.path().join("out/.unsell-journal.jsonl")).unwrap_or_default();
    journal.iter().filter(|byte| **byte == b'\n').count()
}

/// Starts a run, waits until so many reports are there or it has ended, and ends it.
#[cfg(unix)]
fn stopped(folder: &TempDir, arguments: &str, reports: usize, end: impl Fn(&mut Child)) -> Output {
    let mut command = command(folder, arguments);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the program runs");
    while journalled(folder) < reports && matches!(child.try_wait(), Ok(None)) {
        std::thread::sleep(Duration::from_micros(200));
    }
    end(&mut child);
    child.wait_with_output().expect("it ends")
}

#[cfg(unix)]
#[test]
fn a_run_killed_at_any_point_leaves_whole_reports_and_is_gone_on_with() {
    let expected = workspace(300);
    for format in ["json", "html", "csv"] {
        run(&expected, &format!("--format {format} --out {format}"));
        let whole = reports(&expected.path().join(format));
        let folder = workspace(300);
        let mut rng = fastrand::Rng::with_seed(11);
        let mut in_the_middle = 0;
        for _ in 0..8 {
            let until = journalled(&folder) + rng.usize(0..40);
            let arguments = format!("--format {format} --out out --resume --jobs 2");
            stopped(&folder, &arguments, until, |child| child.kill().expect("it is killed"));
            in_the_middle += usize::from((1..300).contains(&journalled(&folder)));
            let left = reports(&folder.path().join("out"));
            for (name, bytes) in &left {
                assert!(whole.get(name) == Some(bytes), "{format}: {name} is not whole");
            }
        }
        assert!(in_the_middle > 4, "{format}: {in_the_middle} runs of 8 were killed in the middle");
        let last = summary(&folder, &format!("--format {format} --out out --resume"));
        assert!(last.ends_with("1 failed"), "{last}");
        assert!(reports(&folder.path().join("out")) == whole, "{format}");
        let hidden = fs::read_dir(folder.path().join("out")).expect("reports");
        let hidden = hidden.map(|entry| entry.expect("an entry").file_name());
        assert!(hidden.into_iter().all(|name| !name.to_string_lossy().ends_with(".part")));
    }
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_a_run_with_a_summary_and_the_rest_is_done_later() {
    let expected = workspace(2_000);
    run(&expected, "--format html --out out");
    let folder = workspace(2_000);
    let arguments = "--format html --out out --resume --jobs 1";
    let output = stopped(&folder, arguments, 20, |child| {
        let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
        assert!(done.expect("there is a `kill`").success());
    });
    assert_eq!(output.status.code(), Some(130), "{output:?}");
    let said = String::from_utf8(output.stderr).expect("messages are UTF-8");
    let summary_line = said.lines().last().unwrap_or_default();
    assert!(summary_line.ends_with(" not begun: interrupted"), "{said}");
    let out = folder.path().join("out");
    assert!(!out.join("index.html").exists(), "an index of some looks like one of all");
    let hidden = |name: &str| name.starts_with(".unsell-") && name.ends_with(".part");
    let entries = fs::read_dir(&out).expect("reports");
    assert!(
        !entries.into_iter().any(|e| hidden(&e.expect("an entry").file_name().to_string_lossy()))
    );
    let last = summary(&folder, "--format html --out out --resume");
    assert!(last.contains(" kept, 1 failed"), "{last}");
    assert!(reports(&out) == reports(&expected.path().join("out")));
}

#[test]
fn reports_of_what_is_gone_are_said_and_stay() {
    let folder = workspace(9);
    run(&folder, "--format html --out out");
    fs::remove_file(folder.path().join("calls/03/0003.txt")).expect("a file");
    let stale =
        "out: the inputs of these reports are no longer there:\n  out/calls/03/0003.txt.html\n";
    for more in ["", " --resume"] {
        let (output, said) = run(&folder, &format!("--format html --out out{more}"));
        assert_eq!(output.status.code(), Some(2));
        assert!(said.contains(stale) && said.matches("0003").count() == 1, "{said}");
    }
    assert!(!run(&folder, "--format json --out out").1.contains("no longer there"));
    fs::remove_file(folder.path().join("out/calls/03/0003.txt.html")).expect("a page");
    assert!(!run(&folder, "--format html --out out").1.contains("no longer there"));
}
