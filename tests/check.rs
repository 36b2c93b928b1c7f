//! Whole sessions of leaders at their notes: `check` with marks, baseline, formats and `--watch`, the
//! pre-commit hook, the editor's problem matcher, and `diff`.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use assert_cmd::Command;
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use serde_json::Value;
use tempfile::TempDir;
use yaml_rust2::YamlLoader;

const NOTE: &str = "# Week nine\n\n- The bus leaves at ten.\n- Please quorble that.\n";

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A folder with a note, and made-up rules in its settings.
fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder, "notes/a.md", NOTE);
    for rules in ["press.toml", "shut.toml"] {
        fs::copy(root().join("tests/fixtures/cli").join(rules), folder.path().join(rules))
            .expect("a copy");
    }
    let settings = "detector = \"lexicon\"\nlexicons = [\"press.toml\", \"shut.toml\"]\n";
    write(&folder, "unsell.toml", settings);
    folder
}

fn write(folder: &TempDir, name: &str, text: &str) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, text).expect("a file");
}

fn read(folder: &TempDir, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).expect("a file")
}

fn unsell(folder: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).args(arguments.split_whitespace());
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
fn a_mark_silences_its_line_or_the_next_block() {
    let folder = workspace();
    let found = |note: &str| {
        write(&folder, "m.md", note);
        let output = stdout(&mut unsell(&folder, "check m.md"));
        output.lines().filter(|line| line.starts_with("m.md:")).count()
    };
    assert_eq!(found("Please quorble that.\n"), 1);
    for mark in [
        "Please quorble that. <!-- unsell: ignore shut-down -->\n",
        "- Please quorble that. <!-- unsell: ignore shut-down -->\n- The bus.\n",
        "Please quorble that. // unsell: ignore\n",
        "Please quorble that. # unsell: ignore buy-in\n",
        "Please quorble that. unsell: ignore telling, shut-down\n",
        "<!-- unsell: ignore shut-down -->\n\n- Please quorble that.\n",
        "# Plan\n\n<!-- unsell: ignore -->\nThe bus leaves, and\nplease quorble that.\n",
        "// unsell: ignore shut-down\nPlease quorble that.\n",
    ] {
        assert_eq!(found(mark), 0, "{mark}");
    }
    for no_mark in [
        "Please quorble that. <!-- unsell: ignore telling -->\n",
        "The bus. <!-- unsell: ignore -->\n\nPlease quorble that.\n",
        "<!-- unsell: ignore -->\n- The bus.\n- Please quorble that.\n",
        "Please quorble that, says `unsell: ignore`.\n",
    ] {
        assert_eq!(found(no_mark), 1, "{no_mark}");
    }
}

#[test]
fn a_mark_that_names_no_behaviour_is_warned_of_and_silences_nothing() {
    let folder = workspace();
    write(&folder, "m.md", "One.\n\nPlease quorble that. <!-- unsell: ignore shutdown -->\n");
    let warning = "m.md: line 3: `unsell: ignore`: no behaviour or pole is called `shutdown`; \
                   did you mean `shut-down`?";
    let done = unsell(&folder, "check m.md").assert().success();
    done.stdout(contains("m.md:3:8: shut-down")).stderr(contains(warning));
}

#[test]
fn what_is_set_aside_counts_nowhere_and_is_said() {
    let folder = workspace();
    write(&folder, "m.md", "Please quorble that. <!-- unsell: ignore -->\n");
    let said = "0 findings in 1 file; 1 set aside";
    unsell(&folder, "check m.md").assert().stdout(is_empty()).stderr(contains(said));
    let report = json(&mut unsell(&folder, "analyze m.md --format json"));
    assert_eq!(report["set_aside"], 1);
    assert_eq!(report["turns"][0]["text"], "Please quorble that.");
    assert_eq!(report["scores"]["leading"]["poles"]["buy-in"]["count"], 0);
    unsell(&folder, "analyze m.md").assert().stdout(contains("1 finding is set aside"));
}

#[test]
fn settings_set_aside_and_ask_for_more() {
    let folder = workspace();
    let settings = read(&folder, "unsell.toml");
    let with = |more: &str| {
        write(&folder, "unsell.toml", &format!("{settings}{more}"));
        stdout(&mut unsell(&folder, "check notes"))
    };
    assert!(with("").contains("shut-down"));
    assert_eq!(with("[[suppress]]\nbehaviours = [\"buy-in\"]\npaths = [\"notes/**\"]\n"), "");
    assert_eq!(with("[[suppress]]\nwords = [\"Quorble\"]\n"), "");
    assert!(with("[[suppress]]\npaths = [\"archive/**\"]\n").contains("shut-down"));
    assert_eq!(with("[thresholds]\nbuy-in = 0.76\n"), "");
    assert!(with("[thresholds]\nbuy-in = 0.76\nshut-down = 0.75\n").contains("shut-down"));
}

#[test]
fn what_the_baseline_knows_is_not_reported_wherever_its_line_is() {
    let folder = workspace();
    unsell(&folder, "check notes --write-baseline").assert().code(2).stderr(contains("--baseline"));
    unsell(&folder, "check notes --baseline b.json")
        .assert()
        .code(2)
        .stderr(contains("no such file"));
    let mut written = unsell(&folder, "check notes --baseline b.json --write-baseline");
    written.arg("--fail-on=buy-in");
    written.assert().code(0).stdout(is_empty()).stderr(contains("1 finding written to b.json"));
    assert!(!read(&folder, "b.json").contains("quorble"), "the words are nobody's business");

    let check = "check ./notes --baseline b.json --fail-on buy-in";
    write(&folder, "notes/a.md", &format!("# New\n\nNew words.\n\n{NOTE}"));
    let known = unsell(&folder, check).assert().code(0).stdout(is_empty());
    known.stderr(contains("0 findings in 1 file; 1 known from the baseline"));
    write(&folder, "notes/a.md", &format!("{NOTE}- Quorble that too.\n- Quorble that.\n"));
    let new = unsell(&folder, check).assert().code(1);
    new.stdout(contains("a.md:5:3:").and(contains("a.md:6:3:")).and(contains("a.md:4:10:").not()));

    write(&folder, "notes/a.md", "# Week nine\n\nThe bus leaves at ten.\n");
    let stale = unsell(&folder, check).assert().code(0);
    let said = "b.json: 1 known finding is no longer there; --write-baseline takes them out\n  notes/a.md: shut-down";
    stale.stdout(is_empty()).stderr(contains(said));
    // What was not looked at is not stale, and stays when the file is written.
    write(&folder, "c.md", "Quorble that.\n");
    let other = "check c.md --baseline b.json";
    unsell(&folder, other).assert().stderr(contains("no longer").not());
    unsell(&folder, &format!("{other} --write-baseline")).assert().success();
    let paths = ["\"c.md\"", "\"notes/a.md\""];
    assert!(paths.iter().all(|path| read(&folder, "b.json").contains(path)));

    write(&folder, "b.json", "{\n  \"schema\": 3\n}");
    unsell(&folder, other).assert().code(2).stderr(contains("b.json:2:"));
}

#[test]
fn what_the_program_wrote_into_a_folder_is_no_note_in_it() {
    let folder = workspace();
    unsell(&folder, "analyze notes --format markdown --out reports").assert().success();
    let write_baseline = "check . --baseline ./known.json --write-baseline";
    for _ in 0..2 {
        let written = unsell(&folder, write_baseline).assert().success();
        written.stderr(contains("1 finding written"));
    }
    let again = unsell(&folder, "check . --baseline known.json").assert().success();
    let said = "0 findings in 1 file; 1 known from the baseline";
    let told = "./reports: reports of an earlier run are here";
    again.stdout(is_empty()).stderr(contains(said).and(contains(told).count(1)));
    // What is named is read.
    let reports = "reports/notes/a.md.md:";
    unsell(&folder, "check reports").assert().success().stdout(contains(reports));
    unsell(&folder, "check reports/**/*.md").assert().success().stdout(contains(reports));
    let named = unsell(&folder, "check known.json --baseline known.json").assert().code(2);
    named.stderr(contains("known.json: this is no transcript"));
    // The settings' baseline is no note for anyone.
    let settings = read(&folder, "unsell.toml") + "[check]\nbaseline = \"known.json\"\n";
    write(&folder, "unsell.toml", &settings);
    unsell(&folder, "analyze . --format jsonl").assert().success();
    unsell(&folder, "rules diff builtin press.toml .").assert().success();
}

#[test]
fn minutes_whose_author_may_be_among_those_they_quote_are_warned_of() {
    let folder = workspace();
    let minutes = "Present: Ana, Bo\n\n- Ana: Please quorble that.\n- Bo: I have a doubt.\n";
    write(&folder, "m.md", minutes);
    let warning = "most of this note is what others say (Ana, Bo) and is not judged; \
                   if the leader is one of them, give --role \"Ana=leader\"";
    let quiet = unsell(&folder, "check m.md").assert().success().stdout(is_empty());
    quiet.stderr(contains(warning));
    let given = unsell(&folder, "check m.md --role Ana=leader --role Bo=member").assert().success();
    given.stdout(contains("m.md:3:15: shut-down")).stderr(is_empty());
    unsell(&folder, "check m.md --role =seller").assert().stderr(contains("\"Ana=seller\""));
    let own = "A note of my own about the week that lies behind us and the one to come.\n";
    write(&folder, "m.md", &format!("{own}\n{own}\n{minutes}"));
    unsell(&folder, "check m.md").assert().success().stderr(is_empty());
}

#[test]
fn settings_may_name_the_baseline() {
    let folder = workspace();
    let settings = read(&folder, "unsell.toml") + "[check]\nbaseline = \"known.json\"\n";
    write(&folder, "unsell.toml", &settings);
    unsell(&folder, "check notes").assert().stdout(contains("shut-down"));
    unsell(&folder, "check notes --write-baseline").assert().success();
    unsell(&folder, "check notes").assert().stdout(is_empty());
    let mut elsewhere = unsell(&folder, "check .");
    elsewhere.current_dir(folder.path().join("notes"));
    elsewhere.assert().success().stdout(is_empty());
}

#[test]
fn every_format_tells_the_same_and_fails_alike() {
    let folder = workspace();
    write(&folder, "notes/b, c.md", "We say 日本語 twice, “please quorble\nthat” 100 %.\n");
    for format in ["terminal", "json", "sarif", "github"] {
        let command = format!("check notes --format {format}");
        unsell(&folder, &command).assert().code(0);
        unsell(&folder, &format!("{command} --fail-on shut-down")).assert().code(1);
        unsell(&folder, &format!("{command} missing.md --fail-on shut-down")).assert().code(2);
    }
    let document = json(&mut unsell(&folder, "check notes --format json --fail-on 0.7"));
    assert_eq!(document["schema"], "unsell.check/1");
    assert_eq!(document["files"], 2);
    let [first, second] = [&document["findings"][0], &document["findings"][1]];
    let place = |finding: &Value| {
        ["line", "col", "end_line", "end_col"].map(|key| finding[key].as_u64().unwrap_or(0))
    };
    assert_eq!((place(first), &first["fails"]), ([4, 10, 4, 22], &Value::Bool(true)));
    assert_eq!((place(second), &second["path"]), ([1, 27, 2, 5], &"notes/b, c.md".into()));

    let github = stdout(&mut unsell(&folder, "check notes --format github --fail-on pushy"));
    let expected = "::warning file=notes/a.md,line=4,col=10,endColumn=21,title=unsell%3A shut-down\
                    ::makes challenge unsafe: “quorble that”. Instead: Ask what is missing.\n\
                    ::warning file=notes/b%2C c.md,line=1,col=27,title=";
    assert!(github.starts_with(expected), "{github}");
    let failing = stdout(&mut unsell(&folder, "check notes --format github --fail-on buy-in"));
    assert!(failing.starts_with("::error file=notes/a.md"));
}

#[test]
fn sarif_has_what_its_schema_requires() {
    let folder = workspace();
    let log = json(&mut unsell(&folder, "check notes --format sarif"));
    assert_eq!(log["version"], "2.1.0");
    assert!(log["$schema"].as_str().is_some_and(|schema| schema.ends_with("sarif-2.1.0.json")));
    let run = &log["runs"][0];
    assert_eq!(run["columnKind"], "unicodeCodePoints");
    assert_eq!(run["tool"]["driver"]["name"], "unsell");
    assert_eq!(run["invocations"][0]["executionSuccessful"], true);
    let rules = run["tool"]["driver"]["rules"].as_array().expect("rules");
    assert_eq!(rules.len(), 15, "one for each behaviour that drains");
    for rule in rules {
        for key in ["shortDescription", "help"] {
            assert!(rule[key]["text"].as_str().is_some_and(|text| text.len() > 10), "{rule}");
        }
    }
    let results = run["results"].as_array().expect("results");
    assert_eq!(results.len(), 1);
    let result = &results[0];
    let at = result["ruleIndex"].as_u64().expect("an index") as usize;
    assert_eq!((&rules[at]["id"], &result["level"]), (&result["ruleId"], &"warning".into()));
    assert!(result["message"]["text"].as_str().is_some_and(|text| text.contains("quorble that")));
    assert!(result["partialFingerprints"]["unsellWords/v1"].is_string());
    let location = &result["locations"][0]["physicalLocation"];
    assert_eq!(location["artifactLocation"]["uri"], "notes/a.md");
    let region = &location["region"];
    let expected = [("startLine", 4), ("startColumn", 10), ("endLine", 4), ("endColumn", 22)];
    assert!(expected.iter().all(|(key, value)| region[key] == *value), "{region}");
    let nothing = json(&mut unsell(&folder, "check notes --format sarif --lens selling"));
    assert_eq!(nothing["runs"][0]["results"], serde_json::json!([]));
}

#[test]
fn a_terminal_shows_the_words_whatever_the_line() {
    let folder = workspace();
    let long = format!("{} please quorble that {}", "日本語 left".repeat(90), "right ".repeat(90));
    write(&folder, "long.txt", &format!("{long}\n\tTabs\tand \u{1b}[31m please quorble that.\n"));
    let shown = stdout(&mut unsell(&folder, "check long.txt"));
    assert!(!shown.contains('\u{1b}'));
    let lines: Vec<_> = shown.lines().collect();
    let width = |text: &str| unicode_width::UnicodeWidthStr::width(text);
    let mut carets = 0;
    for pair in lines.windows(2).filter(|pair| pair[1].contains('^')) {
        assert!(width(pair[0]) <= 80, "{}", pair[0]);
        let at = pair[1].find('^').expect("a caret");
        let words = pair[0].find("quorble that").expect("the words");
        assert_eq!(width(&pair[0][..words]), at, "{shown}");
        carets += 1;
    }
    assert_eq!(carets, 2, "{shown}");
}

/// Ends a program when a test does, however it does.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_watched_note_is_checked_again_when_it_is_saved() {
    let folder = workspace();
    let program = std::process::Command::new(env!("CARGO_BIN_EXE_unsell"))
        .current_dir(folder.path())
        .args(["check", "notes", "--watch"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    let mut running = Running(program);
    let listen = |stream: Box<dyn std::io::Read + Send>| {
        let (send, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let _ = send.send(line);
            }
        });
        lines
    };
    let printed = listen(Box::new(running.0.stdout.take().expect("output")));
    let said = listen(Box::new(running.0.stderr.take().expect("errors")));
    let wait = |lines: &mpsc::Receiver<String>, words: &str| loop {
        let line = lines.recv_timeout(Duration::from_secs(60)).expect(words);
        if line.contains(words) {
            return line;
        }
    };
    assert!(wait(&printed, "shut-down").starts_with("notes/a.md:4:10: "));
    wait(&said, "waiting for changes");
    write(&folder, "notes/a.md", "One.\n\nPlease quorble that.\n");
    wait(&said, "checking notes/a.md");
    assert!(wait(&printed, "shut-down").starts_with("notes/a.md:3:8: "));
    wait(&said, "1 finding in 1 file; waiting");
    // As editors do: a new file in the place of the old one. A new note is seen too.
    write(&folder, "new.md", "# Week nine\n\nThe bus leaves at ten.\n");
    fs::rename(folder.path().join("new.md"), folder.path().join("notes/a.md")).expect("a move");
    wait(&said, "0 findings in 1 file; waiting");
    write(&folder, "notes/deep/b.md", "Quorble that.\n");
    wait(&printed, "notes/deep/b.md:1:1: shut-down");
    assert!(running.0.try_wait().expect("a state").is_none(), "it stays");
}

#[test]
fn what_has_no_end_is_not_watched() {
    let folder = workspace();
    unsell(&folder, "check notes --watch --format sarif").assert().code(2);
    unsell(&folder, "check - --watch").assert().code(2).stderr(contains("standard input"));
}

#[test]
fn the_pre_commit_hook_runs_and_fails_on_what_drains() {
    let text = fs::read_to_string(root().join(".pre-commit-hooks.yaml")).expect("the hooks");
    let documents = YamlLoader::load_from_str(&text).expect("YAML");
    let hooks = documents[0].as_vec().expect("a list of hooks");
    assert_eq!(hooks.len(), 2);
    let folder = workspace();
    write(&folder, "notes/clean.md", "# Week ten\n\nThe bus leaves at ten.\n");
    for hook in hooks {
        for key in ["id", "name", "description", "entry", "language"] {
            assert!(hook[key].as_str().is_some_and(|value| !value.is_empty()), "{key}");
        }
        let entry = hook["entry"].as_str().expect("an entry");
        let arguments = entry.strip_prefix("unsell ").expect("the program's own");
        unsell(&folder, &format!("{arguments} notes/clean.md notes/a.md")).assert().code(1);
        unsell(&folder, &format!("{arguments} notes/clean.md")).assert().code(0);
    }
}

#[test]
fn the_problem_matcher_reads_what_check_prints() {
    let text = fs::read_to_string(root().join("docs/editors.md")).expect("the page");
    let (_, block) = text.split_once("```json\n").expect("a block of JSON");
    let (block, _) = block.split_once("```").expect("its end");
    let tasks: Value = serde_json::from_str(block).expect("JSON");
    let matcher = &tasks["tasks"][0]["problemMatcher"];
    let pattern = &matcher["pattern"];
    let regexp = regex::Regex::new(pattern["regexp"].as_str().expect("a pattern")).expect("valid");
    let folder = workspace();
    write(&folder, "notes/a: b.md", "Please quorble that.\n");
    let printed = stdout(&mut unsell(&folder, "check notes"));
    let found: Vec<_> = printed.lines().filter_map(|line| regexp.captures(line)).collect();
    assert_eq!(found.len(), 2, "each finding once, and no line of its context: {printed}");
    let group = |key: &str| &found[0][pattern[key].as_u64().expect("a group") as usize];
    assert_eq!(["line", "column", "code"].map(group), ["4", "10", "shut-down"]);
    assert_eq!(["file", "message"].map(group), ["notes/a.md", "makes challenge unsafe"]);
    let ends = matcher["background"]["endsPattern"].as_str().expect("a pattern");
    let ends = regex::Regex::new(ends).expect("valid");
    assert!(ends.is_match("1 finding in 1 file; waiting for changes, Ctrl-C ends"));
}

#[test]
fn a_redraft_shows_what_moved() {
    let folder = workspace();
    write(
        &folder,
        "new.md",
        "# Week nine\n\n- The bus leaves at ten.\n- Please  Quorble\n  that.\n",
    );
    let same = stdout(&mut unsell(&folder, "diff notes/a.md new.md"));
    assert!(same.contains("0 gone, 0 new, 1 kept") && !same.contains("Gone"), "{same}");
    write(&folder, "new.md", "# Week nine\n\n- The bus leaves at ten.\n");
    let shown = stdout(&mut unsell(&folder, "diff notes/a.md new.md"));
    assert!(shown.starts_with("notes/a.md → new.md\n\nLEADING  4"), "{shown}");
    for line in [
        "  buy-in     1 finding → 0 findings, ",
        "    shut-down               1 → 0, ",
        "\nGone\n- notes/a.md:4:10: shut-down (drains)\n    “quorble that”\n",
        "\n1 gone, 0 new, 0 kept\n",
    ] {
        assert!(shown.contains(line), "{line}\n{shown}");
    }
    unsell(&folder, "diff notes/a.md new.md --fail-on worse").assert().code(0);
    unsell(&folder, "diff new.md notes/a.md --fail-on worse").assert().code(1);
    unsell(&folder, "diff new.md none.md").assert().code(2);
    unsell(&folder, "diff - -").assert().code(2);
    let change = json(unsell(&folder, "diff - new.md --format json").write_stdin(NOTE));
    assert_eq!((&change["schema"], &change["old"]), (&"unsell.diff/1".into(), &"-".into()));
    assert_eq!(change["gone"][0]["behaviour"], "shut-down");
    assert_eq!((&change["worse"], &change["kept"]), (&false.into(), &0.into()));
    let leading = &change["axes"]["leading"];
    assert_eq!(leading["new"]["index"], 50.0);
    assert!(leading["change"].as_f64().is_some_and(|change| change > 0.0));
}
