//! Whole sessions of a stream of transcripts: a record on each line in, an answer on each line out.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

const CALL: &str = "\
Dana Reyes: The meeting room is on the second floor today.
Sam Ortiz: Thank you, the lift is out of order again.
Dana Reyes: At noon we zibble the wobbet.
Sam Ortiz: You zibble the wobbet, and the bus leaves at ten. Call Dana at dana@calls.example.
";

fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cli/press.toml");
    fs::copy(rules, folder.path().join("press.toml")).expect("a copy");
    fs::create_dir(folder.path().join("calls")).expect("a folder");
    fs::write(folder.path().join("calls/a.txt"), CALL).expect("a file");
    folder
}

fn command(folder: &TempDir, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).arg("analyze").args(arguments.split(' '));
    command.args(["--lexicon", "press.toml", "--detector", "lexicon"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn start(folder: &TempDir, more: &str) -> Child {
    let arguments = format!("- --input-format jsonl --format jsonl{more}");
    command(folder, &arguments).spawn().expect("the program runs")
}

/// Sends a whole stream.
fn run(folder: &TempDir, more: &str, input: impl Into<Vec<u8>>) -> Output {
    let mut child = start(folder, more);
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.into();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("no panic").expect("all is read");
    output
}

fn answers(output: &Output) -> Vec<Value> {
    let text = str::from_utf8(&output.stdout).expect("output is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// The answers to these records, of which none is bad.
fn answered(folder: &TempDir, more: &str, records: &[Value]) -> Vec<Value> {
    let output = run(folder, more, lines(records));
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    answers(&output)
}

fn lines(records: &[Value]) -> String {
    records.iter().map(|record| format!("{record}\n")).collect()
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

fn turns() -> Value {
    json!([
        {"speaker": "Dana", "role": "seller", "start": 0.5, "end": 2.0, "text": "Good morning to you."},
        {"speaker": "Sam", "role": "buyer", "start": 2.5, "end": 4.0, "text": "The bus leaves at ten."},
        {"speaker": "Dana", "start": 4.5, "end": 6.0, "text": "At noon we zibble the wobbet."},
    ])
}

#[test]
fn answers_come_in_order_with_bad_records_between_and_whatever_the_number_of_jobs() {
    let folder = workspace();
    let mut input = String::new();
    let mut line_of = Vec::new();
    for at in 0..300 {
        line_of.push(input.matches('\n').count() + 1);
        input += &match at % 10 {
            3 => "{\"id\": 3, \"text\": \"never closed\n".to_owned(),
            5 => format!("{}\n", json!({"id": at, "text": CALL, "turns": turns()})),
            7 => format!("{}\n\n", json!({"id": format!("t{at}"), "turns": turns(), "at": at})),
            8 => format!("{}\n", json!({"id": at, "turns": [{"speaker": "Dana"}]})),
            9 => format!("{}\n", json!({"text": CALL.repeat(at % 7 + 1)})),
            _ => format!("{}\n", json!({"id": at, "text": CALL})),
        };
    }
    let output = run(&folder, " --jobs 4", input.trim_end());
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(said(&output), "210 done, 90 failed\n");
    assert_eq!(run(&folder, " --jobs 1", input).stdout, output.stdout);
    let all = answers(&output);
    assert_eq!(all.len(), 300);
    for (at, answer) in all.iter().enumerate() {
        let line = line_of[at];
        let path = answer["source"]["path"].as_str().unwrap_or_default();
        let error = answer["error"].as_str().unwrap_or_default();
        match at % 10 {
            3 => assert!(error.contains("not well-formed JSON: ") && answer.get("id").is_none()),
            5 => assert!(error.contains("one of them") && answer["id"] == at, "{answer}"),
            7 => assert!(path == format!("t{at}") && answer["metadata"] == json!({"at": at})),
            8 => assert!(error.starts_with("turns:1:19: ") && answer["id"] == at, "{answer}"),
            9 => assert!(answer.get("id").is_none() && path == format!("line {line}"), "{path}"),
            _ => assert!(answer["id"] == at && path == at.to_string()),
        }
        if !error.is_empty() {
            assert_eq!(answer["line"], line, "{answer}");
        }
    }
}

#[test]
fn the_report_of_a_record_is_that_of_its_file_to_the_byte() {
    let folder = workspace();
    for more in ["", " --redact", " --no-text", " --lens selling", " --role sam*=seller"] {
        let arguments = format!("calls/a.txt --format jsonl{more}");
        let file = command(&folder, &arguments).output().expect("the program runs");
        let record = json!({"id": "calls/a.txt", "text": CALL, "n": 1.0});
        let output = run(&folder, more, record.to_string());
        let line = String::from_utf8(output.stdout).expect("output is UTF-8");
        let start = "{\"id\":\"calls/a.txt\",\"metadata\":{\"n\":1.0},";
        let report = line.strip_prefix(start).map(|rest| format!("{{{rest}"));
        assert_eq!(report.as_deref(), str::from_utf8(&file.stdout).ok(), "{more}");
        assert_eq!(output.status.code(), Some(0), "{more}");
    }
}

#[test]
fn metadata_are_passed_through_as_they_came() {
    let folder = workspace();
    let metadata =
        r#"{"z":1.50,"big":123456789012345678901234567890,"a":{"k": [null,"é\n"]},"metadata":1}"#;
    let record = format!("{{\"text\": {}, {}", Value::from(CALL), &metadata[1..]);
    let line = String::from_utf8(run(&folder, "", record).stdout).expect("output is UTF-8");
    assert!(line.starts_with(&format!("{{\"metadata\":{metadata},\"schema\":")), "{line}");
    let none = answered(&folder, "", &[json!({"id": null, "text": CALL})]);
    assert!(none[0].get("metadata").is_none() && none[0].get("id").is_none());
    assert_eq!(none[0]["source"]["path"], "line 1");
}

#[test]
fn turns_have_speakers_roles_and_times_and_a_record_says_how_it_is_judged() {
    let folder = workspace();
    let notes = "We decided it. The bus leaves at ten, and that is that.";
    let all = answered(
        &folder,
        "",
        &[
            json!({"turns": turns()}),
            json!({"text": CALL, "roles": {"Sam Ortiz": "Seller", "Dana*": "buyer", "Mo": "buyer"}}),
            json!({"text": CALL, "lens": "leading"}),
            json!({"text": CALL, "format": "prose"}),
            json!({"text": notes}),
        ],
    );
    let finding = &all[0]["findings"][0];
    assert_eq!((&all[0]["source"]["format"], &finding["time"]), (&json!("turns"), &json!(4.5)));
    assert_eq!((&finding["speaker"], &finding["line"]), (&json!("Dana"), &Value::Null));
    assert_eq!(all[0]["speakers"][1]["role"], "buyer");
    assert_eq!(all[0]["speakers"][1]["role_source"], "format");
    assert_eq!(all[1]["findings"].as_array().map(Vec::len), Some(1));
    assert_eq!(all[1]["findings"][0]["speaker"], "Sam Ortiz");
    let warnings = all[1]["warnings"].to_string();
    assert!(warnings.contains("a role is given to someone who speaks nowhere here"), "{warnings}");
    assert!(all[2]["scores"]["selling"].is_null() && all[2]["scores"]["leading"].is_object());
    assert_eq!((&all[3]["source"]["format"], &all[3]["speakers"]), (&json!("prose"), &json!([])));
    assert_eq!(all[4]["source"]["format"], "prose");
}

#[test]
fn redaction_and_figures_alone_hold_for_streams() {
    let folder = workspace();
    let record = [json!({"id": 1, "text": CALL})];
    let redacted = answered(&folder, " --redact", &record)[0].to_string();
    assert!(redacted.contains("Speaker A") && redacted.contains("[email]"), "{redacted}");
    assert!(!redacted.contains("Dana") && !redacted.contains("calls.example"), "{redacted}");
    let figures = answered(&folder, " --no-text", &record)[0].to_string();
    assert!(!figures.contains("zibble") && !figures.contains("Sam"), "{figures}");
}

#[test]
fn a_history_keeps_what_is_answered_and_a_role_for_nobody_is_an_error_of_the_run() {
    let folder = workspace();
    let records = lines(&[json!({"text": CALL}), json!({"text": "{}"}), json!({"turns": turns()})]);
    let output = run(&folder, " --history calls.db --role dora=seller", records);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("2 done, 1 failed\n"), "{}", said(&output));
    assert!(said(&output).contains("`dora`, who speaks nowhere here"), "{}", said(&output));
    let mut show = Command::new(env!("CARGO_BIN_EXE_unsell"));
    show.current_dir(folder.path()).args(["history", "show", "--history", "calls.db"]);
    let shown = String::from_utf8(show.output().expect("it runs").stdout).expect("UTF-8");
    assert!(shown.contains("Dana Reyes") && shown.contains("Sam"), "{shown}");
}

#[test]
fn a_file_is_read_as_well_and_what_makes_no_sense_is_refused() {
    let folder = workspace();
    fs::write(folder.path().join("calls.jsonl"), lines(&[json!({"text": CALL})])).expect("a file");
    let run = |arguments: &str| {
        let output = command(&folder, arguments).output().expect("the program runs");
        (output.status.code(), said(&output), answers(&output).len())
    };
    let stream = "calls.jsonl --input-format jsonl --format jsonl";
    assert_eq!(run(stream), (Some(0), String::new(), 1));
    for (arguments, expected) in [
        ("calls.jsonl --input-format jsonl --format json", "add --format jsonl"),
        ("calls.jsonl --input-format jsonl", "add --format jsonl"),
        (&format!("{stream} --out reports"), "> FILE"),
        (&format!("{stream} --resume"), "--out"),
        (&format!("calls/a.txt {stream}"), "cat FILE"),
        ("none.jsonl --input-format jsonl --format jsonl", "no such file"),
        ("calls.jsonl --format jsonl", "not the expected JSON"),
    ] {
        let (status, said, answers) = run(arguments);
        assert_eq!((status, answers), (Some(2), 0), "{arguments}");
        assert!(said.contains(expected), "{arguments}: {said}");
    }
    let mut check = Command::new(env!("CARGO_BIN_EXE_unsell"));
    check.current_dir(folder.path()).args(["check", "calls.jsonl", "--input-format", "jsonl"]);
    let refused = check.output().expect("the program runs");
    assert!(said(&refused).contains("only `unsell analyze` reads a stream"), "{refused:?}");
}

/// What reads and writes it is in `tests/parquet/`.
#[cfg(not(feature = "parquet"))]
#[test]
fn a_build_without_parquet_says_what_to_do() {
    let folder = workspace();
    fs::write(folder.path().join("calls.parquet"), "PAR1").expect("a file");
    for arguments in [
        "calls.parquet --format jsonl",
        "calls.parquet --format parquet --out tables",
        "calls/a.txt --input-format parquet --format jsonl",
        "calls/a.txt --format parquet --out tables",
    ] {
        let output = command(&folder, arguments).output().expect("the program runs");
        let expected = "error: this build neither reads nor writes Parquet\nhelp: take a released program, \
                        or build it in: cargo install unsell --features parquet\n";
        assert_eq!((output.status.code(), said(&output).as_str()), (Some(2), expected));
    }
}

#[test]
fn nothing_at_all_is_no_error_and_too_long_a_line_costs_itself_alone() {
    let folder = workspace();
    let empty = run(&folder, "", "\n \n");
    assert_eq!((empty.status.code(), empty.stdout.len()), (Some(0), 0), "{}", said(&empty));
    let long = json!({"id": 1, "text": "a".repeat(17 << 20)});
    let output = run(&folder, "", lines(&[long, json!({"id": 2, "text": CALL})]));
    let all = answers(&output);
    assert_eq!((&all[0]["line"], &all[1]["id"]), (&json!(1), &json!(2)));
    assert!(all[0]["error"].as_str().is_some_and(|error| error.contains("longer than")));
    let broken = run(&folder, "", b"{\"text\": \"\xff\"}\n".as_slice());
    assert!(answers(&broken)[0]["error"].as_str().is_some_and(|error| error.contains("UTF-8")));
}

/// Sends one record, and waits for its answer.
fn ask(stdin: &mut ChildStdin, answers: &mut impl BufRead, id: usize) {
    writeln!(stdin, "{}", json!({"id": id, "text": CALL})).expect("it is read");
    let mut line = String::new();
    answers.read_line(&mut line).expect("it is answered");
    assert!(line.starts_with(&format!("{{\"id\":{id},")), "{line}");
}

#[test]
fn who_waits_for_each_answer_gets_it() {
    let folder = workspace();
    let mut child = start(&folder, " --jobs 2");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe"));
    (0..50).for_each(|id| ask(&mut stdin, &mut answers, id));
    drop(stdin);
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn who_stops_listening_ends_it_quietly_though_the_input_stays_open() {
    let folder = workspace();
    let mut child = start(&folder, "");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe"));
    ask(&mut stdin, &mut answers, 1);
    drop(answers);
    writeln!(stdin, "{}", json!({"text": CALL})).expect("it is read");
    let status = child.wait().expect("it ends");
    let mut said = String::new();
    child.stderr.take().expect("a pipe").read_to_string(&mut said).expect("messages");
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
    drop(stdin);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_it_though_the_input_stays_open() {
    let folder = workspace();
    let mut child = start(&folder, "");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut answers = BufReader::new(child.stdout.take().expect("a pipe"));
    (0..2).for_each(|id| ask(&mut stdin, &mut answers, id));
    let done = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(done.expect("there is a `kill`").success());
    let output = child.wait_with_output().expect("it ends");
    assert_eq!(output.status.code(), Some(130));
    assert!(said(&output).ends_with("2 done, 0 failed, interrupted\n"), "{}", said(&output));
    drop(stdin);
}

/// Where nobody takes the answers, no more is read than a window of records and what the pipes hold.
#[test]
fn a_slow_consumer_holds_the_producer_back() {
    const RECORDS: usize = 3_000;
    let folder = workspace();
    let mut child = start(&folder, " --jobs 2");
    let mut stdin = child.stdin.take().expect("a pipe");
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = sent.clone();
    let text = CALL.repeat(100);
    let writer = std::thread::spawn(move || {
        for id in 0..RECORDS {
            writeln!(stdin, "{}", json!({"id": id, "text": text})).expect("it is read");
            counted.fetch_add(1, Ordering::SeqCst);
        }
    });
    let (mut last, mut since) = (0, Instant::now());
    while since.elapsed() < Duration::from_secs(2) {
        std::thread::sleep(Duration::from_millis(20));
        let now = sent.load(Ordering::SeqCst);
        if now != last {
            (last, since) = (now, Instant::now());
        }
    }
    assert!((1..100).contains(&last), "{last} records were read, and no answer was");
    let output = child.wait_with_output().expect("it ends");
    writer.join().expect("all is read");
    let all = output.stdout.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let starts =
        |(id, line): (usize, &[u8])| line.starts_with(format!("{{\"id\":{id},").as_bytes());
    assert_eq!(all.enumerate().filter(|answer| starts(*answer)).count(), RECORDS);
}
