//! Bad input as whole sessions: what is said of it, word for word, the status, and that the rest is done.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A call that can be read; it stands beside everything that cannot.
const GOOD: &str = "\
Dana Reyes: The meeting room is on the second floor today.
Sam Ortiz: Thank you, the lift is out of order again.
Dana Reyes: At noon we zibble the wobbet.
";

fn workspace() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    write(&folder, "good.txt", GOOD);
    folder
}

fn write(folder: &TempDir, name: &str, bytes: impl AsRef<[u8]>) {
    let path = folder.path().join(name);
    fs::create_dir_all(path.parent().expect("a parent")).expect("a folder");
    fs::write(path, bytes).expect("a file");
}

fn unsell(folder: &TempDir, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).arg("analyze").args(arguments);
    command.args(["--detector", "lexicon"]).output().expect("the program runs")
}

/// What is said of an input beside one that is good: the status, and the messages but for the summary. The
/// good one is reported, and nothing but whole reports is written.
fn session(folder: &TempDir, input: &str) -> (Option<i32>, String) {
    let output = unsell(folder, &[input, "good.txt", "--format", "json", "--out", "out"]);
    let said = String::from_utf8(output.stderr).expect("messages are UTF-8");
    let report = folder.path().join("out/good.txt.json");
    let report = fs::read(report).unwrap_or_else(|error| panic!("{input}: {error}: {said}"));
    assert!(serde_json::from_slice::<serde_json::Value>(&report).is_ok(), "{input}");
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.path().join("out")).expect("reports") {
        names.push(entry.expect("an entry").file_name().to_string_lossy().into_owned());
    }
    let half = |name: &&String| {
        !name.ends_with(".json") && !matches!(name.as_str(), ".unsell-journal.jsonl" | "calls")
    };
    assert_eq!(
        names.iter().find(half).filter(|n| !folder.path().join("out").join(n).is_dir()),
        None
    );
    let messages = said.lines().filter(|line| !line.contains(" done, "));
    (output.status.code(), messages.map(|line| format!("{line}\n")).collect())
}

/// The warnings of the report of an input.
fn warnings(folder: &TempDir, input: &str) -> Vec<String> {
    let report = fs::read(folder.path().join(format!("out/{input}.json"))).expect("a report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("it is JSON");
    let warnings = report["warnings"].as_array().expect("warnings").iter();
    let said = warnings.map(|warning| warning.as_str().unwrap_or_default().to_owned());
    said.filter(|warning| {
        !warning.starts_with("role unknown") && !warning.contains(" is judged on ")
    })
    .collect()
}

const EXPORT: &str = "help: save or export it as plain text, WebVTT, SRT, CSV or JSON\n";

/// A name, bytes, and what is said of them.
#[rustfmt::skip]
fn refused() -> Vec<(&'static str, Vec<u8>, String)> {
    let line = |text: &str| format!("error: {text}\n");
    let export = |text: &str| line(text) + EXPORT;
    let other = "help: if it is in another format, name that one with --input-format\n";
    let word = "help: open it in Word and save it again, or as plain text\n";
    let vtt = "WEBVTT\n\n00:01.000 --> 00:02.000\n";
    vec![
        ("empty.txt", b"".to_vec(), line("empty.txt: the file is empty")),
        ("blank.txt", b" \r\n\t".to_vec(), line("blank.txt: there is nothing in it but white space")),
        ("program.txt", b"\x7fELF\x02\x01\x01\0\0\0".to_vec(), export("program.txt: it is binary: there is a NUL at byte 7")),
        ("nul.txt", b"Ana: hi\0there\nBo: you\n".to_vec(), export("nul.txt: it is binary: there is a NUL at byte 7")),
        ("bytes.txt", vec![0x81, 1, 2, 3, 4, 5, 0x90, 7], export("bytes.txt: it is binary: byte 0 begins no UTF-8 character")),
        ("really.vtt", b"%PDF-1.7 words".to_vec(), export("really.vtt: it is no text but a PDF document")),
        ("picture.txt", b"\x89PNG\r\n".to_vec(), export("picture.txt: it is no text but a picture")),
        ("old.docx", b"\xD0\xCF\x11\xE0\xA1".to_vec(), export("old.docx: it is no text but an old Office document")),
        ("utf32.txt", b"\xFF\xFE\0\0A\0\0\0".to_vec(), export("utf32.txt: it is UTF-32, which is not read")),
        ("cut.docx", document("<w:p><w:r><w:t>Ana: hi</w:t></w:r></w:p>")[..60].to_vec(), line("cut.docx: the Word document is damaged: invalid Zip archive: Could not find EOCD") + word),
        ("cut.rtf", b"{\\rtf1 Ana: hi\\par Bo: yes".to_vec(), line("cut.rtf: the RTF document is damaged: it breaks off inside a group") + "help: open it in a word processor and save it again, or as plain text\n"),
        ("nothing.vtt", vtt.into(), line("nothing.vtt: read as webvtt, it has no words") + other),
        ("no-times.vtt", b"WEBVTT\n\n99:99 --> 99:99\nhi\n\n99:99 --> 99:99\nyou\n".to_vec(), line("no-times.vtt: read as webvtt, 2 lines have a time (first line 3) and none could be set beside what was said") + other),
        ("nan.json", br#"{"segments":[{"start":NaN,"end":2,"text":"The bus leaves.","speaker":"A"}]}"#.to_vec(), line("nan.json:1:23: not well-formed JSON: expected value")),
        ("huge.json", br#"{"segments":[{"start":1e400,"end":2,"text":"The bus leaves.","speaker":"A"}]}"#.to_vec(), line("huge.json:1:27: not well-formed JSON: number out of range")),
        ("twice.json", br#"{"segments":[{"start":1,"start":3,"end":4,"text":"The bus leaves.","speaker":"A"}]}"#.to_vec(), line("twice.json:1:31: not the expected JSON: duplicate field `start`")),
        ("deep.json", format!("{{\"segments\":[{{\"start\":1,\"end\":2,\"text\":\"a b\",\"words\":{}", "[".repeat(100_000)).into(), line("deep.json:1:100053: not well-formed JSON: EOF while parsing a list")),
        ("deep.rtf", ["{\\rtf1".as_bytes(), &b"{".repeat(100_000)].concat(), line("deep.rtf: the RTF document is damaged: its groups nest too deep") + "help: open it in a word processor and save it again, or as plain text\n"),
        ("deep.xml", format!("<TEI>{}", "<div>".repeat(100_000)).into(), line("deep.xml:1:500006: the XML breaks off inside an element") + "help: export the document again, or mend its XML\n"),
        ("other.json", br#"{"name": "x", "version": 1}"#.to_vec(), line("other.json: this is no transcript or note in a format that is known") + &known()),
        ("bomb.docx", container(&[("word/document.xml", &vec![b' '; 70 * 1024 * 1024])]), line("bomb.docx: the Word document unpacks to more than 64 MiB") + "help: split it, or save it as plain text\n"),
        ("outside.docx", container(&[("../../etc/passwd", b"Ana: hi"), ("/word/document.xml", b"x")]), line("outside.docx: it is no text but a ZIP container without a Word document in it") + "help: unpack it and give the files in it\n"),
        ("sheet.docx", container(&[("xl/workbook.xml", b"")]), line("sheet.docx: it is no text but an Excel workbook") + "help: save the sheet as CSV\n"),
    ]
}

fn known() -> String {
    let ids: Vec<_> = unsell::format::FORMATS.iter().map(|format| format.id).collect();
    let known = ids.join(", ");
    format!("help: known are {known}; if it is one of them, name it with --input-format\n")
}

fn container(files: &[(&str, &[u8])]) -> Vec<u8> {
    use std::io::Write;
    let mut writer = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for (name, bytes) in files {
        writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a file");
        writer.write_all(bytes).expect("memory");
    }
    writer.finish().expect("memory").into_inner()
}

fn document(body: &str) -> Vec<u8> {
    let xml = format!("<?xml version=\"1.0\"?><w:document><w:body>{body}</w:body></w:document>");
    container(&[("word/document.xml", xml.as_bytes())])
}

#[test]
fn what_cannot_be_read_is_named_with_the_reason() {
    let folder = workspace();
    let mut wrong = String::new();
    for (name, bytes, expected) in refused() {
        write(&folder, name, bytes);
        let (status, said) = session(&folder, name);
        if status != Some(2)
            || said != expected
            || folder.path().join(format!("out/{name}.json")).exists()
        {
            wrong += &format!("{name}: {status:?}\n{said}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

/// A name, bytes, and the warnings of their report.
#[rustfmt::skip]
fn doubtful() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let utf16 = |order: fn(u16) -> [u8; 2], text: &str| text.encode_utf16().flat_map(order).collect::<Vec<u8>>();
    let cue = |times: &str, who: &str| format!("{times}\n<v {who}>The bus leaves at ten from there.\n\n");
    let vtt = |first: &str, second: &str| format!("WEBVTT\n\n{}{}", cue(first, "Ana"), cue(second, "Bo")).into_bytes();
    vec![
        ("renamed.vtt", GOOD.into(), ""),
        ("bom.txt", ["\u{FEFF}", GOOD].concat().into(), ""),
        ("crlf.txt", GOOD.replace('\n', "\r\n").into(), ""),
        ("cr.txt", GOOD.replace('\n', "\r").into(), ""),
        ("utf16le.txt", utf16(u16::to_le_bytes, &format!("\u{FEFF}{GOOD}")), ""),
        ("utf16be.txt", utf16(u16::to_be_bytes, GOOD), ""),
        ("half16.txt", utf16(u16::to_le_bytes, &format!("\u{FEFF}{GOOD}"))[..121].to_vec(), "damaged UTF-16, first at line 2, column 1"),
        ("western.txt", [GOOD.as_bytes(), b"Dana Reyes: caf\xE9\n"].concat(), "not UTF-8 (first at line 4, column 16); read as windows-1252"),
        ("damaged.txt", [GOOD.as_bytes(), "Dana Reyes: café ".as_bytes(), b"\xE9\n"].concat(), "damaged UTF-8, first at line 4, column 18; bad bytes are shown as \u{FFFD}"),
        ("overlap.vtt", vtt("00:01.000 --> 00:09.000", "00:02.000 --> 00:05.000"), ""),
        ("backward.vtt", vtt("00:09.000 --> 00:10.000", "00:01.000 --> 00:02.000"), "1 turn earlier than what stands above, first on line 7; the order is the file's"),
        ("negative.vtt", vtt("-00:09.000 --> 00:01.000", "00:01.000 --> 00:02.000"), "1 turn before 0:00, first on line 4"),
        ("ends-first.vtt", vtt("00:05.000 --> 00:04.000", "00:06.000 --> 00:07.000"), ""),
        ("huge-time.json", br#"{"segments":[{"start":1e18,"end":2,"text":"The bus leaves.","speaker":"A"}]}"#.to_vec(), "no usable start time in 1 piece"),
        ("nan.csv", b"start,end,speaker,text\nNaN,inf,Ana,The bus leaves at ten.\n4,5,Bo,Thank you.\n".to_vec(), "no readable start time in 1 row\nno readable end time in 1 row"),
        ("huge.csv", b"start,end,speaker,text\n0,99999999999999999999,Ana,The bus leaves at ten.\n5,1e400,Bo,Thank you.\n".to_vec(), "no readable end time in 2 rows"),
        ("twice.csv", b"start,start,speaker,text,text\n1,2,Ana,The bus leaves at ten.,no\n3,4,Bo,Thank you.,no\n".to_vec(), "more than one column is called `start`; the first is read\nmore than one column is called `text`; the first is read"),
    ]
}

#[test]
fn what_is_odd_is_read_with_a_warning() {
    let folder = workspace();
    let mut wrong = String::new();
    for (name, bytes, expected) in doubtful() {
        write(&folder, name, bytes);
        let (status, said) = session(&folder, name);
        if status != Some(0) {
            wrong += &format!("{name}: {status:?} {said}\n");
        } else if warnings(&folder, name).join("\n") != expected {
            wrong += &format!("{name}: {:?}\n", warnings(&folder, name));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_is_not_there_is_said_and_the_rest_is_done() {
    let folder = workspace();
    let said = |input: &str| session(&folder, input);
    assert_eq!(
        said("missing.txt"),
        (Some(2), "error: missing.txt: no such file or folder\n".into())
    );
    assert_eq!(
        said("good.txt/x"),
        (Some(2), "error: good.txt/x: Not a directory (os error 20)\n".into())
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_or_in_circles_are_said() {
    use std::os::unix::fs::symlink;
    let folder = workspace();
    write(&folder, "calls/a.txt", GOOD);
    let link = |to: &str, at: &str| symlink(to, folder.path().join(at)).expect("a link");
    link("nothing", "dangling.txt");
    link("self.txt", "self.txt");
    link("..", "calls/up");
    let said = |input: &str| session(&folder, input);
    assert_eq!(
        said("dangling.txt"),
        (Some(2), "error: dangling.txt: the link leads to nothing\n".into())
    );
    let circle = "error: self.txt: Too many levels of symbolic links (os error 40)\n";
    assert_eq!(said("self.txt"), (Some(2), circle.into()));
    let (status, said) = said("calls");
    assert_eq!(status, Some(2));
    assert!(
        said.starts_with("error: File system loop found: calls/up points to an ancestor "),
        "{said}"
    );
    assert!(folder.path().join("out/calls/a.txt.json").exists());
}

/// Every fixture, cut at each sixteenth: a report or a reason, and nothing in between.
#[test]
fn what_breaks_off_is_read_as_far_as_it_goes_or_refused_with_a_reason() {
    let folder = workspace();
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/formats");
    let mut count = 0;
    for entry in fs::read_dir(fixtures).expect("the fixtures") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let mut bytes = fs::read(&path).expect("a fixture");
        if name.ends_with(".docx.xml") {
            bytes = container(&[("word/document.xml", &bytes)]);
        }
        for sixteenth in 0..16 {
            write(
                &folder,
                &format!("cuts/{sixteenth:02}/{name}"),
                &bytes[..bytes.len() * sixteenth / 16],
            );
            count += 1;
        }
    }
    let (status, said) = session(&folder, "cuts");
    assert_eq!(status, Some(2));
    let failed = said.lines().filter(|line| line.starts_with("error: cuts/")).count();
    let others: Vec<_> = said
        .lines()
        .filter(|l| !l.starts_with("error: cuts/") && !l.starts_with("help: "))
        .collect();
    assert!(others.is_empty(), "{others:?}");
    let mut reports = 0;
    for sixteenth in 0..16 {
        let Ok(entries) = fs::read_dir(folder.path().join(format!("out/cuts/{sixteenth:02}")))
        else {
            continue;
        };
        for entry in entries {
            let bytes = fs::read(entry.expect("an entry").path()).expect("a report");
            assert!(serde_json::from_slice::<serde_json::Value>(&bytes).is_ok());
            reports += 1;
        }
    }
    assert_eq!(failed + reports, count, "{said}");
}

#[test]
fn ten_thousand_speakers_are_ten_thousand_speakers() {
    let folder = workspace();
    let said = (0..10_000).step_by(2).map(|at| {
        let two = format!("Speaker {at}: The bus leaves at ten.\nSpeaker {}: I know.\n", at + 1);
        two.repeat(2)
    });
    write(&folder, "crowd.txt", said.collect::<String>());
    assert_eq!(session(&folder, "crowd.txt"), (Some(0), String::new()));
    let report = fs::read(folder.path().join("out/crowd.txt.json")).expect("a report");
    let report: serde_json::Value = serde_json::from_slice(&report).expect("it is JSON");
    assert_eq!(report["speakers"].as_array().map(Vec::len), Some(10_000));
}

/// One line of `SIZE_MIB` and `CUES` cues; docs/reliability.md records 100 and 1,000,000.
#[test]
fn a_line_without_an_end_and_cues_without_number_are_read() {
    let number = |name: &str, otherwise| {
        std::env::var(name).ok().and_then(|n| n.parse().ok()).unwrap_or(otherwise)
    };
    let folder = workspace();
    let words = "the bus leaves at ten and ";
    write(&folder, "line.txt", words.repeat(number("SIZE_MIB", 2) * 1024 * 1024 / words.len()));
    let (status, said) = session(&folder, "line.txt");
    assert_eq!((status, said.as_str()), (Some(0), ""));
    let cues = number("CUES", 20_000);
    let mut vtt = "WEBVTT\n\n".to_owned();
    for at in 0..cues {
        let (hours, minutes, seconds) = (at / 3600, at / 60 % 60, at % 60);
        vtt += &format!(
            "{hours:02}:{minutes:02}:{seconds:02}.000 --> {hours:02}:{minutes:02}:{seconds:02}.900\n\
                         <v Speaker {}>The bus leaves at ten.</v>\n\n",
            at % 3
        );
    }
    write(&folder, "cues.vtt", vtt);
    assert_eq!(session(&folder, "cues.vtt"), (Some(0), String::new()));
}

/// Somebody else writes to a file while it is read.
#[test]
fn a_file_that_changes_while_it_is_read_is_no_report() {
    use std::io::Write;
    use std::sync::atomic::{AtomicBool, Ordering};
    let folder = workspace();
    write(&folder, "growing.txt", GOOD.repeat(40_000));
    let path = folder.path().join("growing.txt");
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut file = fs::File::options().append(true).open(&path).expect("the file");
            while !done.load(Ordering::Relaxed) {
                file.write_all(b"Sam Ortiz: and more\n").expect("a line");
                std::thread::sleep(std::time::Duration::from_micros(50));
            }
        });
        let said: Vec<_> = (0..3).map(|_| session(&folder, "growing.txt")).collect();
        done.store(true, Ordering::Relaxed);
        let expected = (Some(2), "error: growing.txt: it changed while it was read\n".to_owned());
        assert!(said.contains(&expected), "{said:?}");
    });
}

/// Files that go away between being found and being read.
#[test]
fn a_file_that_vanishes_costs_its_own_report_only() {
    let folder = workspace();
    for at in 0..400 {
        write(&folder, &format!("calls/{at:03}.txt"), GOOD);
    }
    let (status, said) = std::thread::scope(|scope| {
        let run = scope.spawn(|| session(&folder, "calls"));
        for at in (0..400).rev() {
            fs::remove_file(folder.path().join(format!("calls/{at:03}.txt"))).expect("a file");
            std::thread::sleep(std::time::Duration::from_micros(500));
        }
        run.join().expect("it ends")
    });
    let gone = ": No such file or directory (os error 2)";
    assert!(matches!(status, Some(0 | 2)), "{said}");
    assert!(
        said.lines().all(|line| line.ends_with(gone) || line.contains("no input found")),
        "{said}"
    );
}

#[test]
fn what_stands_in_the_way_of_reports_is_named() {
    let folder = workspace();
    write(&folder, "other.txt", GOOD);
    let said = |output: &Output| String::from_utf8_lossy(&output.stderr).into_owned();
    let file = unsell(&folder, &["good.txt", "--out", "other.txt"]);
    let help = "help: name a folder, or one that is yet to be made\n";
    assert_eq!(file.status.code(), Some(2));
    assert_eq!(said(&file), format!("error: other.txt: a file stands there\n{help}"));
    // A folder where a report is to be costs that report.
    fs::create_dir_all(folder.path().join("out/other.txt.json")).expect("a folder");
    let expected = "error: out/other.txt.json: Is a directory (os error 21)\n";
    assert_eq!(session(&folder, "other.txt"), (Some(2), expected.into()));
    // So does a file where a folder is to be.
    write(&folder, "calls/a.txt", GOOD);
    write(&folder, "out/calls", "not a folder");
    let (status, said) = session(&folder, "calls/a.txt");
    assert_eq!(
        (status, said.as_str()),
        (Some(2), "error: out/calls/a.txt.json: File exists (os error 17)\n")
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_said() {
    let folder = workspace();
    let program = env!("CARGO_BIN_EXE_unsell");
    for format in ["terminal", "json"] {
        let mut shell = Command::new("sh");
        let script =
            format!("{program} analyze good.txt --detector lexicon --format {format} > /dev/full");
        let output =
            shell.current_dir(folder.path()).args(["-c", &script]).output().expect("it runs");
        assert_eq!(output.status.code(), Some(2));
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(said, "error: standard output: No space left on device (os error 28)\n");
    }
}
