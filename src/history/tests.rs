//! What goes into a history comes out of it, once, whole, and without power over what shows it.

use unicode_width::UnicodeWidthStr;

use super::*;
use crate::report::{Report, sample};
use crate::taxonomy::{Axis, Behaviour};

fn now() -> jiff::Timestamp {
    "2026-05-06T07:08:09Z".parse().expect("a time")
}

fn history() -> (tempfile::TempDir, History) {
    let folder = tempfile::tempdir().expect("a folder");
    let history = History::create(&folder.path().join("calls.db")).expect("a history");
    (folder, history)
}

/// The sample call as one of another content and path.
fn call(hash: &str, path: &str) -> Report {
    let mut report = sample::call();
    report.source.sha256 = hash.into();
    report.source.path = path.into();
    report
}

fn records(history: &History) -> Records {
    history.read(&People::default()).expect("records")
}

fn written(write: impl FnOnce(&mut dyn std::io::Write) -> std::io::Result<()>) -> String {
    let mut bytes = Vec::new();
    write(&mut bytes).expect("writing to memory works");
    let text = String::from_utf8(bytes).expect("text is UTF-8");
    let plain = anstream::adapter::strip_str(&text).to_string();
    assert!(!plain.contains(['\u{1b}', '\u{202e}', '\r', '\t', '\u{7}']), "{plain:?}");
    for line in plain.lines() {
        assert!(line.width() <= 80, "{} columns: {line}", line.width());
    }
    plain
}

#[test]
fn a_report_is_kept_with_people_counts_and_moments() {
    let (_folder, mut history) = history();
    let report = call("a", "calls/2026-03-12 ortiz.vtt");
    history.add(&report, now()).expect("it is kept");
    let kept = records(&history);
    let Records { calls, parts, moments } = &kept;
    assert_eq!(calls.len(), 1);
    assert_eq!((calls[0].held.as_deref(), calls[0].day()), (Some("2026-03-12"), "2026-03-12"));
    assert_eq!(calls[0].analyzed, "2026-05-06T07:08:09Z");
    let score = report.scores.selling.as_ref().expect("judged");
    assert_eq!(parts.len(), 1);
    let part = &parts[0];
    assert_eq!((part.person.as_str(), part.axis.as_str()), ("Dana Reyes", "selling"));
    assert_eq!(part.words, report.speakers[0].words);
    assert_eq!(part.index, Estimate { value: score.index, low: score.low, high: score.high });
    assert_eq!(part.counts.get("price-push"), Some(&1));
    assert_eq!(part.counts.values().sum::<u64>(), report.findings.len() as u64);
    assert_eq!(moments.len(), report.findings.len());
    for (moment, finding) in moments.iter().zip(&report.findings) {
        assert_eq!((&moment.quote, moment.seconds), (&finding.quote, finding.time));
        assert_eq!(moment.person, "Dana Reyes");
    }
}

#[test]
fn the_same_content_again_takes_the_place_of_what_was_kept() {
    let (_folder, mut history) = history();
    let mut report = call("a", "a.vtt");
    history.add(&report, now()).expect("it is kept");
    history
        .add(&call("b", "a.vtt"), now())
        .expect("other content of the same path is another call");
    report.source.path = "moved/a.vtt".into();
    report.findings.truncate(2);
    history.add(&report, now()).expect("it is kept");
    let kept = records(&history);
    let paths: Vec<_> = kept.calls.iter().map(|call| call.path.as_str()).collect();
    assert_eq!(paths, ["a.vtt", "moved/a.vtt"]);
    let of_first = kept.moments.iter().filter(|m| kept.calls[m.call].sha256 == "a").count();
    assert_eq!(of_first, 2);
    let orphans = "SELECT count(*) FROM counts WHERE call NOT IN (SELECT id FROM calls)";
    let orphans: i64 =
        history.connection.query_row(orphans, [], |row| row.get(0)).expect("a count");
    assert_eq!(orphans, 0);
}

#[test]
fn a_call_that_cannot_be_written_whole_leaves_what_was_there() {
    let (folder, mut history) = history();
    history.add(&call("a", "a.vtt"), now()).expect("it is kept");
    let before = records(&history);
    // Fails in the middle: after the old rows are gone and the speakers are in.
    let trip = "CREATE TRIGGER trip BEFORE INSERT ON moments WHEN NEW.number = 3
                BEGIN SELECT RAISE(ABORT, 'tripped'); END";
    history.connection.execute_batch(trip).expect("a trigger");
    for hash in ["a", "b"] {
        let error = history.add(&call(hash, "again.vtt"), now()).expect_err("it trips");
        assert!(error.to_string().contains("tripped"), "{error}");
        assert_eq!(records(&history), before);
    }
    drop(history);
    let again = History::open(&folder.path().join("calls.db")).expect("it opens");
    assert_eq!(records(&again), before);
}

#[test]
fn a_transaction_that_nobody_ended_is_rolled_back() {
    let (folder, mut history) = history();
    history.add(&call("a", "a.vtt"), now()).expect("it is kept");
    let before = records(&history);
    let transaction = history.connection.transaction().expect("a transaction");
    transaction.execute("DELETE FROM calls", []).expect("a deletion");
    // As if the program had died here: neither committed nor rolled back.
    std::mem::forget(transaction);
    drop(history);
    let again = History::open(&folder.path().join("calls.db")).expect("it opens");
    assert_eq!(records(&again), before);
}

#[test]
fn people_are_joined_by_alias_and_case_and_ordered_by_their_calls() {
    let (_folder, mut history) = history();
    for (hash, name) in [("a", "Dana Reyes"), ("b", "DANA  REYES"), ("c", "D. Reyes"), ("d", "Ida")]
    {
        let mut report = call(hash, &format!("{hash}.vtt"));
        report.speakers[0].name = name.into();
        report.findings.iter_mut().for_each(|finding| finding.speaker = Some(name.into()));
        history.add(&report, now()).expect("it is kept");
    }
    assert_eq!(records(&history).people(), ["Dana Reyes", "D. Reyes", "Ida"]);
    let people = "[people]\n\"Dana Reyes\" = [\"d. reyes\"]\n";
    let people = People::from_toml("people.toml", people).expect("the file is valid");
    let joined = history.read(&people).expect("records");
    assert_eq!(joined.people(), ["Dana Reyes", "Ida"]);
    assert_eq!(joined.person("dana reyes"), Some("Dana Reyes"));
    let shown = written(|out| show_person(&joined, "Dana Reyes", out));
    assert!(shown.contains("3 calls") && shown.contains("also called"), "{shown}");
}

#[test]
fn a_note_is_kept_under_no_name() {
    let (_folder, mut history) = history();
    history.add(&sample::note(), now()).expect("it is kept");
    let kept = records(&history);
    assert_eq!(kept.people(), [""]);
    assert_eq!(kept.parts[0].axis, "leading");
    assert!(kept.moments.iter().all(|moment| moment.person.is_empty()));
    assert!(written(|out| show_all(&kept, out)).contains(NO_ONE));
    assert!(written(|out| show_person(&kept, "", out)).contains("(no speaker) · 1 call"));
}

#[test]
fn shows_and_trends_look_as_reviewed() {
    let (_folder, mut history) = history();
    let days = ["2026-01-05", "2026-02-09", "2026-02-20", "2026-03-28"];
    for (at, day) in days.into_iter().enumerate() {
        let mut report = call(day, &format!("calls/{day} ortiz.vtt"));
        let score = report.speakers[0].scores.selling.as_mut().expect("judged");
        score.index += 12.0 * at as f64;
        score.low += 12.0 * at as f64;
        score.high = (score.high + 12.0 * at as f64).min(100.0);
        history.add(&report, now()).expect("it is kept");
    }
    history.add(&sample::note(), now()).expect("it is kept");
    let kept = records(&history);
    let dana = "Dana Reyes";
    let selling = What::Axis(Axis::Selling);
    let price = What::Behaviour(Behaviour::from_id("price-push").expect("a behaviour"));
    insta::assert_snapshot!("history_all", written(|out| show_all(&kept, out)));
    insta::assert_snapshot!("history_person", written(|out| show_person(&kept, dana, out)));
    insta::assert_snapshot!("history_trend", written(|out| trend(&kept, dana, selling, None, out)));
    let month = Some(Period::Month);
    insta::assert_snapshot!("history_rate", written(|out| trend(&kept, dana, price, month, out)));
    let leading = written(|out| trend(&kept, dana, What::Axis(Axis::Leading), None, out));
    assert!(leading.contains("is judged on leading in no call"), "{leading}");
    let quarter = written(|out| trend(&kept, dana, selling, Some(Period::Quarter), out));
    assert!(quarter.contains("2026-Q1         4"), "{quarter}");
}

#[test]
fn hostile_names_and_quotes_come_out_inert_everywhere() {
    let (_folder, mut history) = history();
    let names = [
        "=cmd()|' /C calc'!A0",
        "\u{1b}[2J\u{202e}<script>",
        &"名前".repeat(5000),
        "'; DROP TABLE calls; --",
    ];
    for (at, name) in names.into_iter().enumerate() {
        let mut report = call(&at.to_string(), &format!("-{name}\u{7}\r\n.vtt"));
        report.speakers[0].name = name.to_owned();
        for finding in &mut report.findings {
            finding.speaker = Some(name.to_owned());
            finding.quote = format!("\u{202e}@SUM(A1)\t\u{1b}]0;title\u{7}{name}");
        }
        history.add(&report, now()).expect("it is kept");
    }
    let kept = records(&history);
    assert_eq!(kept.calls.len(), 4);
    written(|out| show_all(&kept, out));
    for person in kept.people() {
        written(|out| show_person(&kept, person, out));
        written(|out| trend(&kept, person, What::Axis(Axis::Selling), None, out));
    }
    for table in &TABLES {
        let mut bytes = Vec::new();
        table.write(&kept, &mut bytes).expect("writing to memory works");
        let mut reader = csv::Reader::from_reader(&*bytes);
        assert_eq!(reader.headers().expect("a header").len(), table.columns.len());
        let mut rows = 0;
        for record in reader.records() {
            for cell in &record.expect("rows are as wide as their header") {
                assert!(!cell.contains(['\u{1b}', '\u{202e}', '\u{7}', '\r', '\n']), "{cell:?}");
                let number = cell.parse::<f64>().is_ok();
                assert!(number || !cell.starts_with(['=', '+', '-', '@', '\t']), "{cell:?}");
            }
            rows += 1;
        }
        assert!(rows >= 4, "{}", table.file);
    }
}

#[test]
fn what_is_no_history_is_refused_with_the_reason() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("text.db"), "this is a text, and no database at all".repeat(40))
        .expect("a file");
    std::fs::write(path("empty.db"), "").expect("a file");
    let open = |name: &str| History::open(&path(name)).expect_err("it is none");
    let create = |name: &str| History::create(&path(name)).expect_err("it is none");
    assert!(open("text.db").message.ends_with("text.db: this is no history file"));
    assert!(create("text.db").message.ends_with("this is no history file"));
    assert!(open("none.db").message.ends_with("none.db: there is no history"));
    assert!(!path("none.db").exists());
    assert!(open("empty.db").message.contains("empty"));
    assert!(create("no/folder.db").help.is_some_and(|help| help.contains("its folder")));
    assert!(create("").message.contains("cannot be opened"));
    let other = Connection::open(path("mail.db")).expect("a database");
    other.execute_batch("CREATE TABLE mail (x)").expect("a table");
    assert!(create("mail.db").message.contains("another program"));
    History::create(&path("empty.db")).expect("an empty file becomes a history");
    History::open(&path("empty.db")).expect("and is one");
}

#[test]
fn what_the_disk_refuses_is_said_in_plain_words() {
    let said = |code: i32| {
        let error = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(code), None);
        HistoryError::from(error)
    };
    assert_eq!(said(rusqlite::ffi::SQLITE_READONLY).message, "the history cannot be written");
    assert_eq!(said(rusqlite::ffi::SQLITE_FULL).message, "there is no space left for the history");
    assert_eq!(said(rusqlite::ffi::SQLITE_BUSY).message, "another program is writing the history");
    assert_eq!(said(rusqlite::ffi::SQLITE_CORRUPT).message, "the history is damaged");
}

#[test]
fn a_history_in_a_folder_that_may_only_be_read_can_be_read() {
    let (folder, mut history) = history();
    history.add(&call("a", "a.vtt"), now()).expect("it is kept");
    drop(history);
    let path = folder.path().join("calls.db");
    let mut permissions = std::fs::metadata(&path).expect("a file").permissions();
    permissions.set_readonly(true);
    std::fs::set_permissions(&path, permissions).expect("permissions");
    let mut read_only = History::open(&path).expect("it opens");
    assert_eq!(records(&read_only).calls.len(), 1);
    // Whoever may write everything is not held back by a file's permissions.
    if std::fs::OpenOptions::new().append(true).open(&path).is_err() {
        let error = read_only.add(&call("b", "b.vtt"), now()).expect_err("it may only be read");
        assert!(error.message.ends_with("the history cannot be written"), "{error}");
    }
}
