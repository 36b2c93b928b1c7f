//! `label` and `eval` from files to figures, with a labeller that the tests can predict.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Parser;
use proptest::prelude::*;
use serde_json::{Value, json};
use unsell::cli::eval::EvalArgs;
use unsell::cli::label::LabelArgs;
use unsell::eval::{Evaluation, Options};
use unsell::finding::Evidence;
use unsell::labels::{Labeller, Labelling, Said};
use unsell::taxonomy::Behaviour;

/// Sees the behaviours whose identifiers stand in the text, scored by the figure after the `=`.
struct Spelled;

impl Labeller for Spelled {
    fn name(&self) -> &str {
        "spelled"
    }

    fn label(&self, said: &[Said]) -> Vec<Labelling> {
        said.iter().map(|said| Self::hear(said.text)).collect()
    }
}

impl Spelled {
    fn hear(text: &str) -> Labelling {
        let mut labelling = Labelling::default();
        for word in text.split_whitespace() {
            let (id, score) = word.split_once('=').unwrap_or((word, "0.9"));
            if let Some(behaviour) = Behaviour::from_id(id) {
                let score = score.parse().unwrap();
                labelling.scores[behaviour.index()] = score;
                if score >= 0.5 {
                    labelling.labels.push(behaviour);
                    let rule = format!("{id}.spelled");
                    labelling.evidence.push((behaviour, Evidence::Lexicon { rule, weight: score }));
                }
            }
        }
        labelling
    }
}

#[derive(Parser)]
struct Eval {
    #[command(flatten)]
    args: EvalArgs,
}

#[derive(Parser)]
struct Label {
    #[command(flatten)]
    args: LabelArgs,
}

struct Run {
    status: Result<ExitCode, String>,
    out: String,
    err: String,
}

impl Run {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).expect(&self.err)
    }

    fn spelled(&self) -> Value {
        self.json()["detectors"]["spelled"].clone()
    }

    fn ended_with(&self, status: u8) {
        assert_eq!(self.status, Ok(ExitCode::from(status)), "{}", self.err);
    }
}

fn eval(arguments: &[&str]) -> Run {
    let args = Eval::parse_from([&["eval"], arguments].concat()).args;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = unsell::cli::eval::run(&args, &[&Spelled], &mut out, &mut err);
    run(status, out, err)
}

fn label(file: &Path) -> Run {
    let args = Label::parse_from(["label".as_ref(), file.as_os_str()]).args;
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let status = unsell::cli::label::run(&args, &Spelled, &mut out, &mut err);
    run(status, out, err)
}

fn run(status: Result<ExitCode, Box<dyn std::error::Error>>, out: Vec<u8>, err: Vec<u8>) -> Run {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: status.map_err(|error| error.to_string()), out: text(out), err: text(err) }
}

/// A folder that lasts as long as the test.
struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Folder {
        Folder(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, lines: &[&str]) -> String {
        let path = self.path(name);
        fs::write(&path, lines.join("\n")).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// Two right, one missed, one false alarm on a label row; neutral and trap rows of all sorts.
const ROWS: [&str; 9] = [
    r#"{"id":1,"role":"seller","text":"pressure","labels":["pressure"],"kind":"direct","author":"a"}"#,
    r#"{"id":2,"role":"seller","text":"celebrate=0.7","labels":["celebrate","pressure"],"kind":"oblique","author":"a"}"#,
    r#"{"id":3,"role":"leader","text":"telling funnel","labels":["telling"],"kind":"direct","author":"b"}"#,
    r#"{"id":4,"role":"seller","text":"hello","labels":[],"kind":"neutral","author":"a"}"#,
    r#"{"id":5,"role":"seller","text":"pressure=0.6","labels":[],"kind":"neutral","author":"a"}"#,
    r#"{"id":6,"role":"buyer","text":"pressure","labels":[],"kind":"neutral","author":"a"}"#,
    r#"{"id":7,"role":"seller","text":"celebrate","labels":["celebrate"],"kind":"trap","author":"b"}"#,
    r#"{"id":8,"role":"seller","text":"imposing","labels":[],"kind":"trap","author":"b"}"#,
    r#"{"id":9,"role":"member","text":"imposing","labels":[],"kind":"trap","author":"b"}"#,
];

#[test]
fn figures_are_what_one_counts_by_hand() {
    let folder = Folder::new();
    let file = folder.write("rows.jsonl", &ROWS);
    let run = eval(&[&file, "--json", "--by", "author"]);
    run.ended_with(0);
    let report = run.spelled();

    let pressure = &report["behaviours"]["each"]["pressure"];
    assert_eq!((&pressure["support"], &pressure["predicted"]), (&json!(2), &json!(2)));
    assert_eq!(pressure["precision"]["value"], 0.5);
    // 4 of 5 labels found; false alarms: funnel, pressure, imposing.
    assert_eq!(report["behaviours"]["micro"]["precision"]["value"], json!(0.571429));
    assert_eq!(report["behaviours"]["micro"]["recall"]["value"], 0.8);
    // As poles: buy-in of row 3 is right although funnel is wrong.
    assert_eq!(report["poles"]["micro"]["precision"]["value"], json!(0.666667));
    assert_eq!(report["poles"]["each"]["buy-in"]["precision"]["value"], 1.0);
    // Rows 1, 2 against 4, 5, 7, 8 of those whose speaker is judged: 1 × 4 + 2 ties of 3, of 8.
    assert_eq!(pressure["auroc"]["value"], json!(0.6875));

    let neutral = &report["neutral"];
    assert_eq!([&neutral["rows"], &neutral["judged"], &neutral["flagged"]], [3, 2, 1]);
    assert_eq!(neutral["share_of_judged"]["value"], 0.5);
    let trap = &report["trap"];
    assert_eq!([&trap["rows"], &trap["judged"]], [3, 2]);
    assert_eq!([&trap["flagged"], &trap["labelled"]], [1, 2]);

    assert_eq!(report["recall_by_kind"]["direct"]["behaviours"]["value"], 1.0);
    assert_eq!(report["recall_by_kind"]["oblique"]["behaviours"]["value"], 0.5);
    assert_eq!(report["recall_by_kind"].get("neutral"), None);

    let groups = &report["by"]["groups"];
    assert_eq!((&groups["a"]["rows"], &groups["b"]["rows"]), (&json!(5), &json!(4)));
    assert_eq!(groups["b"]["behaviours"]["recall"]["value"], 1.0);
    assert!(run.json()["peak_memory_bytes"].as_u64() != Some(0));
}

#[test]
fn rows_with_poles_only_count_for_poles_and_rows_without_truth_give_rates() {
    let folder = Folder::new();
    let file = folder.write(
        "rows.jsonl",
        &[
            r#"{"role":"seller","text":"imposing","poles":["pushy"]}"#,
            r#"{"role":"seller","text":"hello","poles":["neutral"]}"#,
            r#"{"role":"unknown","text":"pressure imposing telling and one two three four five six seven"}"#,
            r#"{"role":"seller","text":"nine words that say nothing at all to us"}"#,
        ],
    );
    let report = eval(&[&file, "--json"]);
    let rows = json!({"total": 4, "labelled": 0, "poles_only": 2, "unlabelled": 2, "bad": 0});
    assert_eq!(report.json()["rows"], rows);
    let report = report.spelled();
    assert_eq!(report["poles"]["each"]["pushy"]["f1"]["value"], 1.0);
    assert_eq!(report["behaviours"]["micro"]["f1"]["value"], Value::Null);
    assert_eq!(report["neutral"]["rows"], 1);
    assert_eq!(report["ordinary"]["words"], 20);
    assert_eq!(report["ordinary"]["per_1000_words"]["pushy"]["value"], 100.0);
    assert_eq!(report["ordinary"]["per_1000_words"]["buy-in"]["value"], 50.0);
    assert_eq!(report["ordinary"]["per_1000_words"]["ownership"]["value"], 0.0);
}

#[test]
fn a_score_is_ranked_against_the_positive_field() {
    let folder = Folder::new();
    let file = folder.write(
        "rows.jsonl",
        &[
            r#"{"role":"leader","text":"co-creation=0.4 funnel=0.1","positive":true}"#,
            r#"{"role":"leader","text":"co-creation=0.4 funnel=0.3","positive":true}"#,
            r#"{"role":"leader","text":"realness=0.4 telling=0.3","positive":false}"#,
            r#"{"role":"leader","text":"swaying=0.2","positive":false}"#,
            r#"{"role":"leader","text":"not counted"}"#,
        ],
    );
    let run = eval(&[&file, "--json", "--score", "leading"]);
    run.ended_with(0);
    let score = &run.spelled()["score"];
    assert_eq!(score["name"], "leading");
    assert_eq!((&score["positives"], &score["negatives"]), (&json!(2), &json!(2)));
    assert_eq!(score["auroc"]["value"], 0.875);

    let run = eval(&[&file, "--score", "leading"]);
    assert!(run.out.contains("leading: AUROC (2 against 2)"), "{}", run.out);
}

#[test]
fn a_score_falls_back_on_poles_and_says_when_a_side_is_missing() {
    let folder = Folder::new();
    let praise = r#"{"text":"celebrate=0.2","poles":["leadership"]}"#;
    let file = folder.write("a.jsonl", &[praise, r#"{"text":"x","poles":["neutral"]}"#]);
    let run = eval(&[&file, "--json", "--score", "leadership"]);
    assert_eq!(run.spelled()["score"]["auroc"]["value"], 1.0);

    let error = eval(&[&file, "--score", "selling"]).status.unwrap_err();
    assert!(error.contains("1 positive and 0 negative"), "{error}");
    let file = folder.write("b.jsonl", &[praise, r#"{"text":"x","positive":"yes"}"#]);
    let run = eval(&[&file, "--score", "leadership"]);
    assert!(run.err.contains("b.jsonl:2: `positive` must be true or false"), "{}", run.err);
}

#[test]
fn a_comparison_shows_what_changed() {
    let folder = Folder::new();
    let file = folder.write("rows.jsonl", &ROWS);
    let old = folder.write("old.json", &[&eval(&[&file, "--json"]).out]);
    let better = folder.write("better.jsonl", &ROWS[..2]);
    let run = eval(&[&better, "--format", "json", "--compare", &old]);
    let changes = run.json()["comparison"]["changes"].clone();
    let figure = |name: &str| {
        changes.as_array().unwrap().iter().find(|change| change["figure"] == name).cloned()
    };
    let precision = figure("spelled.behaviours.micro.precision").unwrap();
    assert_eq!((&precision["old"], &precision["new"]), (&json!(0.571429), &json!(1.0)));
    assert_eq!(precision["difference"], json!(0.428571));
    assert_eq!(figure("spelled.behaviours.celebrate.precision"), None, "the same");
    assert_eq!(figure("spelled.trap.rows").unwrap()["difference"], -3.0);

    let table = eval(&[&better, "--compare", &old]).out;
    assert!(table.contains("spelled.behaviours.micro.precision"), "{table}");
    assert!(table.contains("+0.429"), "{table}");
    let error = eval(&[&better, "--compare", &file]).status.unwrap_err();
    assert!(error.contains("rows.jsonl: not JSON"), "{error}");
    let other = folder.write("other.json", &[r#"{"schema":"x"}"#]);
    let error = eval(&[&better, "--compare", &other]).status.unwrap_err();
    assert!(error.contains("its `schema` is \"x\""), "{error}");
}

#[test]
fn mistakes_are_written_with_what_they_rest_on() {
    let folder = Folder::new();
    let file = folder.write("rows.jsonl", &ROWS);
    let errors = folder.path("errors.jsonl");
    eval(&[&file, "--errors", errors.to_str().unwrap()]).ended_with(0);
    let text = fs::read_to_string(&errors).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: Vec<_> = lines.iter().map(|line| line["id"].as_u64().unwrap()).collect();
    assert_eq!(ids, [2, 3, 5, 8]);
    assert_eq!(lines[0]["missed"], json!(["pressure"]));
    assert_eq!(lines[1]["false_alarms"], json!(["funnel"]));
    assert_eq!(lines[1]["truth"], json!(["telling"]));
    assert_eq!(lines[1]["evidence"][1]["rule"], "funnel.spelled");
    assert_eq!((&lines[1]["line"], &lines[1]["detector"]), (&json!(3), &json!("spelled")));
    let rows = fs::read(&file).unwrap();
    let error = eval(&[&file, "--errors", &file]).status.unwrap_err();
    assert!(error.contains("nothing is written over it"), "{error}");
    assert_eq!(fs::read(&file).unwrap(), rows);
}

#[test]
fn bad_lines_are_told_and_the_rest_is_measured() {
    let folder = Folder::new();
    let mut lines = vec![ROWS[0]; 2];
    lines.extend([r#"{"text":"x","labels":["presure"]}"#; 30]);
    let run = eval(&[&folder.write("rows.jsonl", &lines), "--json"]);
    run.ended_with(2);
    assert!(run.err.contains("rows.jsonl:3: no behaviour is called `presure`; did you mean"));
    assert!(run.err.contains("10 more lines could not be read"), "{}", run.err);
    assert_eq!(run.json()["rows"]["bad"], 30);
    assert_eq!(run.json()["rows"]["labelled"], 2);
}

#[test]
fn without_rows_or_files_there_is_an_error() {
    let folder = Folder::new();
    let empty = folder.write("empty.jsonl", &[]);
    assert_eq!(eval(&[&empty]).status.unwrap_err(), "no row to evaluate");
    let gone = folder.path("gone.jsonl");
    let error = eval(&[gone.to_str().unwrap()]).status.unwrap_err();
    assert!(error.contains("gone.jsonl: cannot open"), "{error}");
    assert!(label(&gone).status.unwrap_err().contains("gone.jsonl: cannot open"));
}

#[test]
fn the_tables_fit_80_columns() {
    let folder = Folder::new();
    let file = folder.write("rows.jsonl", &ROWS);
    let unlabelled = folder.write("talk.jsonl", &[r#"{"text":"pressure and so on"}"#]);
    let run = eval(&[&file, &unlabelled, "--by", "author"]);
    let plain = anstream::adapter::strip_str(&run.out).to_string();
    for line in plain.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let old = folder.write("old.json", &[&eval(&[&unlabelled, "--json"]).out]);
    let longest = r#"{"text":"recognize-contributions","labels":["recognize-contributions"]}"#;
    let file = folder.write("longest.jsonl", &[longest, ROWS[0], ROWS[4]]);
    let changes = eval(&[&file, "--compare", &old]).out;
    let changes = changes.lines().skip_while(|line| !line.contains("Changes since")).skip(1);
    assert!(changes.clone().any(|line| line.contains("recognize-contributions.AP")));
    for line in changes {
        assert!(line.chars().count() <= 80, "{line}");
    }
    let intervals = plain.lines().filter(|line| line.contains("recognize-contributions"));
    assert_eq!(intervals.count(), 1);
}

#[test]
fn figures_are_the_same_on_any_number_of_threads() {
    let folder = Folder::new();
    let file = folder.write("rows.jsonl", &ROWS);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let mut report = pool.install(|| eval(&[&file, "--json"]).spelled());
        report.as_object_mut().unwrap().remove("speed");
        report
    };
    assert_eq!(on(1), on(4));
}

#[test]
fn label_answers_in_order_with_status_2_after_a_bad_line() {
    let folder = Folder::new();
    let good = folder.path("good.jsonl");
    fs::write(&good, ROWS.join("\n")).unwrap();
    let run = label(&good);
    run.ended_with(0);
    let ids =
        run.out.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].clone());
    assert_eq!(ids.collect::<Vec<_>>(), (1..=9).map(Value::from).collect::<Vec<_>>());

    let bad = folder.path("bad.jsonl");
    fs::write(&bad, [ROWS[0], "{", r#"{"text":"x","role":"boss"}"#].join("\n")).unwrap();
    let run = label(&bad);
    run.ended_with(2);
    assert!(run.out.lines().nth(1).unwrap().starts_with(r#"{"line":2,"error":"#));
    assert!(run.err.contains("warning:") && run.err.contains("line 3: `boss` is no role"));
    assert!(run.err.contains("1 of 3 lines could not be labelled"));
}

#[test]
fn a_closed_pipe_is_no_error() {
    struct Closed;
    impl io::Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let folder = Folder::new();
    let file = folder.write("rows.jsonl", &ROWS);
    let args = Label::parse_from(["label", &file]).args;
    let status = unsell::cli::label::run(&args, &Spelled, Closed, &mut io::sink());
    assert_eq!(status.unwrap(), ExitCode::SUCCESS);
    let args = Eval::parse_from(["eval", &file]).args;
    let status = unsell::cli::eval::run(&args, &[&Spelled], &mut Closed, &mut io::sink());
    assert_eq!(status.unwrap(), ExitCode::SUCCESS);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn a_labeller_that_is_always_right_gets_1(
        rows in prop::collection::vec(prop::collection::btree_set(0..33usize, 0..4), 1..20)
    ) {
        let ids: Vec<_> = Behaviour::all().map(Behaviour::id).collect();
        let input: String = rows
            .iter()
            .map(|row| {
                let labels: Vec<_> = row.iter().map(|at| ids[*at]).collect();
                format!("{}\n", json!({"text": labels.join(" "), "labels": labels}))
            })
            .collect();
        let mut evaluation = Evaluation::new(&[&Spelled], Options::default());
        let mut none_bad = |line: u64, error: &str| panic!("{line}: {error}");
        evaluation.add("rows", input.as_bytes(), &mut none_bad, None).unwrap();
        let report = evaluation.finish(0).unwrap();
        let report = report.detectors.get("spelled").unwrap();
        for level in [&report.behaviours, &report.poles] {
            for (name, target) in &level.each.0 {
                let figures = [target.shares.f1, target.auroc, target.average_precision];
                for value in figures.into_iter().filter_map(|figure| figure.value) {
                    prop_assert_eq!(value, 1.0, "{}", name);
                }
            }
        }
        let any = rows.iter().any(|row| !row.is_empty());
        prop_assert_eq!(report.behaviours.micro.f1.value, any.then_some(1.0));
        prop_assert_eq!(report.neutral.flagged, 0);
    }
}
