//! The tables that are written.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int64Type};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use serde_json::json;
use unsell::columnar::documented;

use super::*;

/// The columns of a table of the program, each cell as JSON, row by row.
fn table(folder: &TempDir, name: &str) -> Vec<Value> {
    let file = File::open(folder.path().join("tables").join(name)).expect("a table");
    let reader = ParquetRecordBatchReaderBuilder::try_new(file).expect("is Parquet");
    let mut rows = Vec::new();
    for batch in reader.build().expect("is Parquet") {
        let batch = batch.expect("rows");
        for at in 0..batch.num_rows() {
            let fields = batch.schema();
            let cells = fields.fields().iter().zip(batch.columns());
            rows.push(
                cells.map(|(field, column)| (field.name().clone(), cell(column, at))).collect(),
            );
        }
    }
    rows
}

fn cell(column: &ArrayRef, at: usize) -> Value {
    if column.is_null(at) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(at).into(),
        DataType::Int64 => column.as_primitive::<Int64Type>().value(at).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(at).into(),
        DataType::Boolean => column.as_boolean().value(at).into(),
        DataType::List(_) => {
            let inside = column.as_list::<i32>().value(at);
            (0..inside.len()).map(|at| cell(&inside, at)).collect()
        }
        other => panic!("a table has a column of the type {other}"),
    }
}

#[test]
fn tables_hold_what_the_reports_hold() {
    let folder = workspace();
    let name = |at: usize| format!("call {at}");
    let ids: Vec<_> = (0..700).map(name).collect();
    let said: Vec<_> = (0..700).map(|at| (at % 10 != 3).then(|| CALL.repeat(at % 7 + 1))).collect();
    let columns = [
        ("id", array(StringArray::from(ids))),
        ("text", array(StringArray::from(said))),
        ("lens", texts(&(0..700).map(|at| (at % 2 == 0).then_some("selling")).collect::<Vec<_>>())),
    ];
    file(&folder, "calls.parquet", &columns);
    let with = "--role dana*=seller";
    let output = run(&folder, &format!("calls.parquet --format parquet --out tables {with}"));
    assert_eq!(
        (output.status.code(), self::said(&output).as_str()),
        (Some(2), "630 done, 70 failed\n")
    );
    let reports = answered(&folder, &format!("calls.parquet {with}"));
    let [findings, scores, failures] =
        ["findings", "scores", "failures"].map(|name| table(&folder, &format!("{name}.parquet")));

    let failed: Vec<_> = reports.iter().filter(|report| !report["error"].is_null()).collect();
    assert_eq!(failures.len(), 70);
    for (row, report) in failures.iter().zip(failed) {
        let expected = json!({"id": report["id"], "path": "calls.parquet", "row": report["row"], "error": report["error"]});
        assert_eq!(*row, expected);
    }

    let done = reports.iter().enumerate().filter(|(_, report)| report["error"].is_null());
    let mut rows = findings.iter();
    for (at, report) in done.clone() {
        for finding in report["findings"].as_array().expect("findings") {
            let row = rows.next().expect("a row for each finding");
            assert_eq!(
                (&row["id"], &row["row"], &row["path"]),
                (&report["id"], &json!(at + 1), &json!("calls.parquet"))
            );
            for key in [
                "turn",
                "line",
                "col",
                "time",
                "speaker",
                "axis",
                "pole",
                "behaviour",
                "score",
                "quote",
            ] {
                assert_eq!(row[key], finding[key], "{key}");
            }
            assert_eq!(json!([row["span_start"], row["span_end"]]), finding["span"]);
            assert_eq!(row["rules"][0], finding["evidence"][0]["rule"]);
            let speaker = report["speakers"]
                .as_array()
                .expect("speakers")
                .iter()
                .find(|s| s["name"] == finding["speaker"]);
            assert_eq!(Some(&row["role"]), speaker.map(|speaker| &speaker["role"]));
            assert_eq!(
                (&row["taken_back"], &row["classifier_score"]),
                (&json!(false), &Value::Null)
            );
        }
    }
    assert!(rows.next().is_none() && findings.len() > 700);

    let mut rows = scores.iter();
    for (_, report) in done {
        for axis in ["selling", "leading"] {
            let everyone = (&Value::Null, &report["scores"][axis]);
            let each = report["speakers"]
                .as_array()
                .expect("speakers")
                .iter()
                .map(|s| (&s["name"], &s["scores"][axis]));
            for (speaker, score) in
                [everyone].into_iter().chain(each).filter(|(_, score)| !score.is_null())
            {
                let row = rows.next().expect("a row for each score");
                assert_eq!(
                    (&row["id"], &row["axis"], &row["speaker"]),
                    (&report["id"], &json!(axis), speaker)
                );
                for key in ["index", "low", "high", "evidence"] {
                    assert_eq!(row[key], score[key], "{key}");
                }
                let drains = if axis == "selling" { "pushy" } else { "buy-in" };
                assert_eq!(row["drains_count"], score["poles"][drains]["count"]);
                let rate = row["drains_per_1000_words"].as_f64().expect("a rate");
                let words = row["words"].as_f64().expect("words");
                let count = row["drains_count"].as_f64().expect("a count");
                assert!((rate - count * 1000.0 / words).abs() < 1e-3, "{row}");
                if speaker.is_null() {
                    assert_eq!(row["warnings"], report["warnings"]);
                    assert_eq!(row["sha256"], report["source"]["sha256"]);
                }
            }
        }
    }
    assert!(rows.next().is_none());
}

#[test]
fn files_and_streams_are_written_as_tables_too_and_nobody_is_lost() {
    let folder = workspace();
    fs::create_dir(folder.path().join("calls")).expect("a folder");
    fs::write(folder.path().join("calls/a.txt"), CALL).expect("a file");
    fs::write(folder.path().join("calls/b.txt"), " ").expect("a file");
    let output = run(&folder, "calls none.txt --format parquet --out tables");
    assert_eq!(output.status.code(), Some(2));
    let findings = table(&folder, "findings.parquet");
    assert_eq!(
        (&findings[0]["path"], &findings[0]["id"], &findings[0]["row"]),
        (&json!("calls/a.txt"), &Value::Null, &Value::Null)
    );
    let failures = table(&folder, "failures.parquet");
    assert_eq!(failures[0]["error"], "none.txt: no such file or folder");
    assert_eq!(failures[1]["path"], "calls/b.txt");
    assert!(!folder.path().join("tables/.unsell-journal.jsonl").exists());

    let nobody = json!({"id": 1, "turns": [{"speaker": "Sam", "role": "buyer", "text": "The bus leaves at ten."}]});
    lines(&folder, "calls.jsonl", &[nobody, json!({"id": {}}), json!({"id": 3})]);
    let output = run(&folder, "calls.jsonl --input-format jsonl --format parquet --out tables");
    assert_eq!((output.status.code(), said(&output).as_str()), (Some(2), "1 done, 2 failed\n"));
    assert!(table(&folder, "findings.parquet").is_empty(), "the tables are those of the last run");
    let scores = table(&folder, "scores.parquet");
    assert_eq!(
        (scores.len(), &scores[0]["axis"], &scores[0]["id"]),
        (1, &Value::Null, &json!("1"))
    );
    assert_eq!(
        (&scores[0]["index"], &scores[0]["words"], &scores[0]["turns"]),
        (&Value::Null, &json!(5), &json!(1))
    );
    let failures = table(&folder, "failures.parquet");
    let told: Vec<_> = failures.iter().map(|row| json!([row["id"], row["row"]])).collect();
    assert_eq!(told, [json!([null, 2]), json!(["3", 3])]);
}

#[test]
fn redaction_and_figures_alone_hold_and_tables_are_their_owners_alone() {
    let folder = workspace();
    file(&folder, "calls.parquet", &[("id", texts(&[Some("x")])), ("text", texts(&[Some(CALL)]))]);
    let tables = ["findings", "scores", "failures"].map(|name| format!("{name}.parquet"));
    for (option, speaker, quote) in [
        ("--redact", "Speaker A", json!("zibble the wobbet")),
        ("--no-text", "Speaker A", Value::Null),
    ] {
        let output = run(&folder, &format!("calls.parquet --format parquet --out tables {option}"));
        assert!(output.status.success(), "{}", said(&output));
        let row = &table(&folder, "findings.parquet")[0];
        assert_eq!((&row["speaker"], &row["quote"]), (&json!(speaker), &quote), "{option}");
        for name in &tables {
            let bytes = fs::read(folder.path().join("tables").join(name)).expect("a table");
            let shown = format!("{}{:?}", String::from_utf8_lossy(&bytes), table(&folder, name));
            assert!(!shown.contains("Dana") && !shown.contains("Ortiz"), "{option} {name}");
        }
    }
    #[cfg(unix)]
    for name in &tables {
        use std::os::unix::fs::PermissionsExt;
        let about = fs::metadata(folder.path().join("tables").join(name)).expect("a table");
        assert_eq!(about.permissions().mode() & 0o777, 0o600);
    }
}

/// The documentation's tables of columns are those of the code: `UPDATE_DOCS=1` refreshes them.
#[test]
fn the_documentation_names_every_column() {
    const MARKS: [&str; 2] = ["<!-- columns -->\n", "<!-- end of columns -->\n"];
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/parquet.md");
    let text = fs::read_to_string(&path).expect("docs/parquet.md");
    let (before, rest) = text.split_once(MARKS[0]).expect("where the columns begin");
    let (_, after) = rest.split_once(MARKS[1]).expect("where the columns end");
    let fresh = format!("{before}{}\n{}{}{after}", MARKS[0], documented(), MARKS[1]);
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, fresh).expect("the documentation can be written");
        return;
    }
    assert!(
        fresh == text,
        "UPDATE_DOCS=1 cargo test --features parquet --test parquet refreshes docs/parquet.md"
    );
}
