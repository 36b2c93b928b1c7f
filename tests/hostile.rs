//! Names and words that try to act: in every format that people open they come out inert.

use std::fs;
use std::path::Path;

use assert_cmd::Command;
use tempfile::TempDir;

/// One a row: markup, a formula, terminal escapes, a turn of direction, a link, a template.
const NAMES: [&str; 6] = [
    "<script>alert('name')</script>",
    "=cmd()",
    "\u{1b}[31mRed\u{1b}[0m \u{9b}2J",
    "\u{202e}resu\u{2066}",
    "[x](http://example.invalid)",
    "{{ 7 * 7 }}{% raw %}\"' onload=alert(1)",
];

/// What a finding is made of, by the rule in the fixtures.
const FOUND: &str = "zibble the wobbet";

fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/cli/press.toml");
    fs::copy(rules, folder.path().join("press.toml")).expect("a copy");
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["start", "end", "speaker", "role", "text"]).expect("a row");
    for (at, name) in NAMES.iter().chain(&NAMES).enumerate() {
        let (start, end) = (format!("{}", at * 10), format!("{}", at * 10 + 8));
        let text = format!(
            "{name} and then </script><img src=x onerror=alert(1)> we {FOUND}. </mark>{}",
            "w".repeat(if at == 3 { 10_000 } else { 10 })
        );
        table.write_record([&start, &end, *name, "seller", &text]).expect("a row");
    }
    let bytes = table.into_inner().expect("the table");
    fs::create_dir(folder.path().join("calls")).expect("a folder");
    fs::write(folder.path().join("calls/=cmd()<script>alert(2)<!--.csv"), bytes).expect("a file");
    fs::write(folder.path().join("calls/<b>broken.vtt"), "WEBVTT\n\nno cue\n").expect("a file");
    folder
}

fn run(folder: &TempDir, arguments: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).args(arguments.split(' '));
    command.args(["--lexicon", "press.toml", "--detector", "lexicon"]);
    let output = command.output().expect("the program runs");
    String::from_utf8(output.stdout).expect("output is UTF-8")
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Nothing that drives a terminal or turns text around.
fn assert_plain(text: &str) {
    let bad = |c: char| {
        (c.is_control() && !matches!(c, '\n' | '\r'))
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    assert_eq!(text.chars().find(|c| bad(*c)), None);
}

/// No tag and no script of a page but its own; in the data that a script reads, no tag at all.
fn assert_inert(page: &str, scripts: usize) {
    assert_plain(page);
    let data = page.split_once("id=\"data\">").and_then(|(_, rest)| rest.split_once("</script>"));
    let data = data.map_or("", |(data, _)| data);
    assert!(!data.contains(['<', '>', '&']));
    let page = page.replace(data, "");
    assert_eq!(page.matches("<script").count(), scripts);
    assert_eq!(page.matches("</script").count(), scripts);
    for tag in
        ["<img", "<b>b", "<script>alert", "<!--", "onerror=alert(1)>", "\" onload", "' onload"]
    {
        assert!(!page.contains(tag), "{tag}");
    }
    assert!(!page.contains("49{% raw"), "a template in the words was filled in");
}

#[test]
fn pages_show_words_and_run_none() {
    let folder = folder();
    run(&folder, "analyze calls --format html --out out");
    let page = read(&folder, "out/calls/=cmd()<script>alert(2)<!--.csv.html");
    assert_inert(&page, 1);
    assert!(page.contains("&lt;script&gt;alert(&#x27;name&#x27;)&lt;&#x2f;script&gt;"));
    assert!(page.contains(&"w".repeat(10_000)));
    let index = read(&folder, "out/index.html");
    assert_inert(&index, 2);
    assert!(index.contains("&lt;b&gt;broken.vtt"), "what failed is listed");
    assert!(index.contains("./calls/%3Dcmd%28%29%3Cscript%3Ealert%282%29%3C%21--.csv.html"));
    let longest = index.split(|c: char| !c.is_alphanumeric()).map(str::len).max();
    assert!(longest < Some(2_000), "words of 10 kB are cut in the index");
}

#[test]
fn markdown_and_the_terminal_show_words_and_run_none() {
    let folder = folder();
    for format in ["markdown", "terminal"] {
        let text = run(&folder, &format!("analyze calls --format {format}"));
        assert_plain(&text);
        let words: Vec<_> = text.split_whitespace().collect();
        assert!(words.join(" ").contains(FOUND), "{format}");
        if format == "markdown" {
            for raw in ["<script", "<img", "[x](", "</mark"] {
                assert!(!text.contains(raw), "{raw}");
            }
        } else {
            let wide = text.lines().map(unicode_width::UnicodeWidthStr::width).max();
            assert!(wide <= Some(80));
        }
    }
}

#[test]
fn spreadsheets_get_text_and_no_formula() {
    let folder = folder();
    run(&folder, "analyze calls --format csv --out out");
    for name in ["transcripts.csv", "findings.csv"] {
        let text = read(&folder, &format!("out/{name}"));
        assert_plain(&text);
        let mut cells = 0;
        for row in
            csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes()).records()
        {
            for cell in &row.expect("a row") {
                let number = cell.parse::<f64>().is_ok();
                assert!(number || !cell.starts_with(['=', '+', '-', '@']), "{cell}");
                cells += 1;
            }
        }
        assert!(cells > 40);
    }
}
