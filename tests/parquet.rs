//! Parquet in and out: both shapes of rows, tables of reports, files that are not meant well.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::builder::{
    Int64Builder, ListBuilder, MapBuilder, StringBuilder, StringDictionaryBuilder, StructBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type};
use arrow_array::{
    Array, ArrayRef, DurationNanosecondArray, Float64Array, Int64Array, LargeStringArray,
    RecordBatch, StringArray, StringViewArray, TimestampMicrosecondArray,
};
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::{WriterProperties, WriterVersion};
use serde_json::{Value, json};
use tempfile::TempDir;
use unsell::columnar::{Named, Rows, documented};

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
    folder
}

fn run(folder: &TempDir, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_unsell"));
    command.current_dir(folder.path()).arg("analyze").args(arguments.split(' '));
    command.args(["--lexicon", "press.toml", "--detector", "lexicon"]);
    command.output().expect("the program runs")
}

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("messages are UTF-8")
}

fn answers(output: &Output) -> Vec<Value> {
    let text = str::from_utf8(&output.stdout).expect("output is UTF-8");
    text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

/// The answers to a file.
fn answered(folder: &TempDir, arguments: &str) -> Vec<Value> {
    answers(&run(folder, &format!("{arguments} --format jsonl")))
}

fn array(array: impl Array + 'static) -> ArrayRef {
    Arc::new(array)
}

fn texts(texts: &[Option<&str>]) -> ArrayRef {
    array(StringArray::from(texts.to_vec()))
}

fn write(path: PathBuf, properties: Option<WriterProperties>, columns: &[(&str, ArrayRef)]) {
    let batch = RecordBatch::try_from_iter_with_nullable(
        columns.iter().map(|(name, column)| (*name, column.clone(), true)),
    );
    let batch = batch.expect("columns of one length");
    fs::create_dir_all(path.parent().expect("a folder")).expect("a folder");
    let file = File::create(path).expect("a file");
    let mut writer = ArrowWriter::try_new(file, batch.schema(), properties).expect("a writer");
    writer.write(&batch).expect("is written");
    writer.close().expect("is written");
}

fn file(folder: &TempDir, name: &str, columns: &[(&str, ArrayRef)]) {
    write(folder.path().join(name), None, columns);
}

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

fn turn_fields() -> Fields {
    Fields::from(vec![
        Field::new("speaker", DataType::Utf8, true),
        Field::new("role", DataType::Utf8, true),
        Field::new("start", DataType::Float64, true),
        Field::new("text", DataType::Utf8, true),
    ])
}

/// A column of lists of turns; no list where there are no turns.
fn turns(rows: &[&[(&str, Option<&str>, f64, Option<&str>)]]) -> ArrayRef {
    let mut lists = ListBuilder::new(StructBuilder::from_fields(turn_fields(), 0));
    for turns in rows {
        for (speaker, role, start, text) in *turns {
            let structs = lists.values();
            let strings = |at: usize, structs: &mut StructBuilder, text: Option<&str>| {
                let column = structs.field_builder::<StringBuilder>(at).expect("a column of texts");
                column.append_option(text);
            };
            strings(0, structs, Some(speaker));
            strings(1, structs, *role);
            strings(3, structs, *text);
            let times = structs.field_builder::<arrow_array::builder::Float64Builder>(2);
            times.expect("a column of times").append_value(*start);
            structs.append(true);
        }
        lists.append(!turns.is_empty());
    }
    array(lists.finish())
}

fn lines(folder: &TempDir, name: &str, records: &[Value]) {
    let text: String = records.iter().map(|record| format!("{record}\n")).collect();
    fs::write(folder.path().join(name), text).expect("a file");
}

/// The same without what a row says of itself that a line does not.
fn alike(answers: Vec<Value>) -> Vec<Value> {
    let strip = |mut answer: Value| {
        let fields = answer.as_object_mut().expect("an object");
        fields.retain(|key, _| !["line", "file", "row"].contains(&key.as_str()));
        answer
    };
    answers.into_iter().map(strip).collect()
}

#[test]
fn a_row_for_each_transcript_is_answered_as_its_line_in_a_stream_is() {
    let folder = workspace();
    let dana = [
        ("Dana", Some("seller"), 0.5, Some("Good morning to you.")),
        ("Sam", Some("buyer"), 2.5, Some("The bus leaves at ten.")),
        ("Dana", None, 4.5, Some("At noon we zibble the wobbet.")),
    ];
    let mut roles = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
    roles.keys().append_value("Sam Ortiz");
    roles.values().append_value("seller");
    roles.append(true).expect("as many keys as values");
    (0..4).for_each(|_| roles.append(false).expect("as many keys as values"));
    let mut metadata = StringDictionaryBuilder::<Int32Type>::new();
    metadata.extend(["north", "south", "north", "a \"quoted\"\nregion", "é"].map(Some));
    file(
        &folder,
        "calls.parquet",
        &[
            ("id", array(Int64Array::from(vec![Some(7), Some(8), Some(9), None, Some(11)]))),
            ("text", texts(&[Some(CALL), None, None, Some(CALL), Some(CALL)])),
            ("turns", turns(&[&[], &dana, &[], &[], &dana])),
            ("roles", array(roles.finish())),
            ("lens", texts(&[None, Some("selling"), None, Some("leading"), None])),
            ("region", array(metadata.finish())),
            ("n", array(Float64Array::from(vec![1.5, f64::NAN, 0.0, -1e300, 2.0]))),
        ],
    );
    let said_turns: Vec<_> = dana
        .iter()
        .map(|(speaker, role, start, text)| {
            json!({"speaker": speaker, "role": role, "start": start, "text": text})
        })
        .collect();
    lines(
        &folder,
        "calls.jsonl",
        &[
            json!({"id": 7, "text": CALL, "roles": {"Sam Ortiz": "seller"}, "region": "north", "n": 1.5}),
            json!({"id": 8, "turns": said_turns, "lens": "selling", "region": "south", "n": null}),
            json!({"id": 9, "region": "north", "n": 0.0}),
            json!({"text": CALL, "lens": "leading", "region": "a \"quoted\"\nregion", "n": -1e300}),
            json!({"id": 11, "text": CALL, "turns": said_turns, "region": "é", "n": 2.0}),
        ],
    );
    let rows = run(&folder, "calls.parquet --format jsonl");
    assert_eq!((rows.status.code(), said(&rows).as_str()), (Some(2), "3 done, 2 failed\n"));
    let rows = answers(&rows);
    let stream = answered(&folder, "calls.jsonl --input-format jsonl");
    assert_eq!(
        rows[2],
        json!({"id": 9, "file": "calls.parquet", "row": 3,
        "error": "there is neither `text` nor `turns`"})
    );
    assert_eq!(rows[3]["source"]["path"], "calls.parquet row 4");
    let (mut rows, mut stream) = (alike(rows), alike(stream));
    rows[3]["source"]["path"] = Value::Null;
    stream[3]["source"]["path"] = Value::Null;
    // What was read is JSON of turns, whose hash knows of spaces.
    for answers in [&mut rows, &mut stream] {
        answers[1]["source"]["sha256"] = Value::Null;
        let n = answers[1]["metadata"].as_object_mut().expect("metadata").remove("n");
        assert!(n.is_none_or(|n| n.is_null()));
    }
    assert_eq!(rows, stream);
}

#[test]
fn a_row_for_each_turn_is_joined_by_id_and_what_cannot_be_joined_is_refused() {
    let folder = workspace();
    let rows = [
        ("a", Some("Dana"), Some("seller"), 0.5, Some("Good morning to you."), "one"),
        ("a", Some("Sam"), None, 2.5, Some("The bus leaves at ten."), "two"),
        ("a", Some("Dana"), None, 4.5, Some("At noon we zibble the wobbet."), "three"),
        ("b", Some("Dana"), None, 0.0, Some("At noon we zibble the wobbet."), "four"),
        ("b", None, None, 3.0, None, "five"),
        ("c", Some("Dana"), Some("selller"), 0.0, Some("Good morning to all of you."), "six"),
        ("a", Some("Dana"), None, 9.0, Some("And so it goes."), "seven"),
        ("d", None, Some("leader"), 0.0, Some("At noon we zibble the wobbet."), "eight"),
    ];
    let column = |of: fn(
        &(
            &'static str,
            Option<&'static str>,
            Option<&'static str>,
            f64,
            Option<&'static str>,
            &'static str,
        ),
    ) -> Option<&'static str>| { texts(&rows.iter().map(of).collect::<Vec<_>>()) };
    let mut ids: Vec<_> = rows.iter().map(|row| Some(row.0)).collect();
    ids.push(None);
    let with_last = |column: &ArrayRef, last: &str| {
        let texts: Vec<_> = column.as_string::<i32>().iter().chain([Some(last)]).collect();
        array(StringArray::from(texts))
    };
    let mut times: Vec<_> = rows.iter().map(|row| row.3).collect();
    times.push(0.0);
    let columns = [
        ("id", array(StringViewArray::from(ids))),
        ("speaker", with_last(&column(|row| row.1), "Dana")),
        ("role", with_last(&column(|row| row.2), "seller")),
        ("start", array(Float64Array::from(times))),
        ("text", with_last(&column(|row| row.4), "Alone.")),
        ("note", with_last(&column(|row| Some(row.5)), "nine")),
    ];
    // Also where a transcript goes over the edge of row groups and pages.
    for size in [1_000, 2] {
        let properties = WriterProperties::builder()
            .set_max_row_group_row_count(Some(size))
            .set_data_page_row_count_limit(1)
            .set_write_batch_size(1)
            .build();
        write(folder.path().join("turns.parquet"), Some(properties), &columns);
        let output = run(&folder, "turns.parquet --format jsonl");
        let all = answers(&output);
        assert_eq!(output.status.code(), Some(2));
        assert_eq!((all.len(), &all[0]["id"]), (6, &json!("a")), "{all:?}");
        assert_eq!(all[0]["metadata"], json!({"note": "one"}));
        assert_eq!(
            (&all[0]["findings"][0]["time"], &all[0]["turns"][2]["start"]),
            (&json!(4.5), &json!(4.5))
        );
        assert_eq!(all[4]["speakers"][0]["name"], "leader");
        let errors = [
            (1, json!("b"), 4, "the text of a turn is null (row 5)"),
            (
                2,
                json!("c"),
                6,
                "turns: turn 1: no role is called `selller`; did you mean `seller`?",
            ),
            (
                3,
                json!("a"),
                7,
                "its rows do not stand together: others came before row 7; sort them",
            ),
            (5, Value::Null, 9, "`id` is null, so it is not known whose turn it is"),
        ];
        for (at, id, row, error) in errors {
            let mut expected = json!({"file": "turns.parquet", "row": row, "error": error});
            if !id.is_null() {
                expected["id"] = id;
            }
            assert_eq!(all[at], expected);
        }
    }
}

#[test]
fn columns_may_have_other_names_and_many_types() {
    let folder = workspace();
    let times = TimestampMicrosecondArray::from(vec![Some(1_767_315_600_000_000), None]);
    file(
        &folder,
        "calls.parquet",
        &[
            ("call", array(LargeStringArray::from(vec!["x", "y"]))),
            ("id", array(Int64Array::from(vec![1, 2]))),
            ("body", texts(&[Some(CALL), Some(CALL)])),
            ("roles", texts(&[Some("{\"Sam*\":\r\n\"seller\"}"), Some("{")])),
            ("at", array(times.with_timezone("UTC"))),
        ],
    );
    let all = answered(&folder, "calls.parquet --text-column body --id-column call");
    assert_eq!(
        (&all[0]["id"], &all[0]["metadata"]),
        (&json!("x"), &json!({"at": "2026-01-02T01:00:00Z"}))
    );
    assert_eq!(all[0]["findings"][0]["speaker"], "Sam Ortiz");
    assert_eq!(
        (&all[1]["id"], &all[1]["error"]),
        (&json!("y"), &json!("`roles` is not well-formed JSON"))
    );
    let mut lists = ListBuilder::new(Int64Builder::new());
    lists.append_value([Some(1), None]);
    file(
        &folder,
        "turns.parquet",
        &[
            (
                "turns",
                texts(&[Some("[{\"speaker\": 2, \"text\": \"At noon we zibble the wobbet.\"}]")]),
            ),
            ("list", array(lists.finish())),
        ],
    );
    let all = answered(&folder, "turns.parquet");
    assert_eq!(all[0]["speakers"][0]["name"], "Speaker 2");
    assert_eq!(all[0]["metadata"], json!({"list": [1, null]}));
}

#[test]
fn what_a_file_lacks_is_said_with_what_it_has_and_what_would_be_valid() {
    let folder = workspace();
    let one = |text: &str| texts(&[Some(text)]);
    let number = || array(Int64Array::from(vec![5]));
    let cases: &[(&[(&str, ArrayRef)], &str)] = &[
        (
            &[("id", number()), ("body", one("x"))],
            "no column says what was said (there are `id` (an integer), `body` (a string); a file has a column `text` or \
             `turns` and a row for each transcript, or `id`, `speaker` and `text` and a row for each turn; --text-column and \
             --id-column give other names)",
        ),
        (
            &[("speaker", one("Dana")), ("text", one("x"))],
            "the column `speaker` makes every row a turn, and there is no column `id` (there are `speaker` (a string), `text` \
             (a string); a file has a column `text` or `turns` and a row for each transcript, or `id`, `speaker` and `text` and \
             a row for each turn; --text-column and --id-column give other names)",
        ),
        (&[("text", number())], "column `text` is an integer (it must be a string)"),
        (
            &[("text", one("x")), ("id", array(Float64Array::from(vec![7.0])))],
            "column `id` is a number (it must be a string or an integer)",
        ),
        (
            &[
                ("id", number()),
                ("speaker", one("x")),
                ("text", one("x")),
                ("start", array(DurationNanosecondArray::from(vec![5]))),
            ],
            "column `start` is a duration (it must be seconds as a number or a string)",
        ),
        (
            &[("text", one("x")), ("turns", number())],
            "column `turns` is an integer (it must be a list of structs with `text` and perhaps `speaker`, `role`, `start` and \
             `end`, or such a list as JSON in a string)",
        ),
        (
            &[("text", array(arrow_array::BinaryArray::from(vec![b"x".as_slice()])))],
            "column `text` is bytes that are not marked as a string (it must be a string)",
        ),
    ];
    for (columns, expected) in cases {
        file(&folder, "calls.parquet", columns);
        let output = run(&folder, "calls.parquet --format jsonl");
        assert_eq!(answers(&output), [json!({"file": "calls.parquet", "error": expected})]);
        assert_eq!(said(&output), format!("error: calls.parquet: {expected}\n0 done, 1 failed\n"));
        assert_eq!(output.status.code(), Some(2));
    }
    let named = run(&folder, "calls.parquet --format jsonl --id-column call");
    let error = answers(&named)[0]["error"].to_string();
    assert!(error.contains("there is no column `call` (--id-column)"), "{error}");
}

#[test]
fn what_makes_no_sense_is_refused_before_anything_is_read() {
    let folder = workspace();
    file(&folder, "calls.parquet", &[("text", texts(&[Some(CALL)]))]);
    file(&folder, "both/a.parquet", &[("text", texts(&[Some(CALL)]))]);
    fs::write(folder.path().join("both/b.txt"), CALL).expect("a file");
    fs::write(folder.path().join("a.txt"), CALL).expect("a file");
    for (arguments, message, help) in [
        (
            "calls.parquet",
            "a Parquet file is answered with a line for each record",
            "add --format jsonl, or --format parquet --out DIR",
        ),
        (
            "calls.parquet --format jsonl --out tables",
            "a Parquet file cannot be written with --out but as tables",
            "send it into a file: > FILE; or add --format parquet",
        ),
        (
            "calls.parquet --format parquet",
            "a Parquet file is answered with tables in a folder",
            "say which with --out DIR",
        ),
        (
            "a.txt --format parquet",
            "--format parquet writes tables to a folder",
            "say which with --out DIR",
        ),
        (
            "a.txt --format parquet --out tables --resume",
            "--resume goes on report by report, and --format parquet writes tables whole",
            "leave --resume out, or use --format csv, whose rows it keeps",
        ),
        (
            "both --format jsonl",
            "there are Parquet files and others, such as both/b.txt",
            "analyze them apart, or name the files: 'calls/**/*.parquet'",
        ),
        (
            "- --input-format parquet --format jsonl",
            "Parquet is read from its end, so it cannot come by standard input",
            "name a file",
        ),
        (
            "a.txt --format jsonl --id-column call",
            "--text-column and --id-column are for Parquet files",
            "there are none among the inputs",
        ),
    ] {
        let output = run(&folder, arguments);
        assert_eq!(said(&output), format!("error: {message}\nhelp: {help}\n"), "{arguments}");
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{arguments}");
    }
    assert!(!folder.path().join("tables").exists());
    let mut check = Command::new(env!("CARGO_BIN_EXE_unsell"));
    check.current_dir(folder.path()).args(["check", "calls.parquet"]);
    let said = said(&check.output().expect("the program runs"));
    assert!(said.contains("it is no text but a Parquet file"), "{said}");
}

#[test]
fn partitioned_sets_are_read_whole_and_their_folders_are_fields() {
    let folder = workspace();
    for (region, id) in [("north", "a"), ("south%20east", "b")] {
        let name = format!("set/region={region}/part-0.parquet");
        file(&folder, &name, &[("id", texts(&[Some(id)])), ("text", texts(&[Some(CALL)]))]);
    }
    let own = [("text", texts(&[Some(CALL)])), ("region", texts(&[Some("of its own")]))];
    file(&folder, "set/region=west/part-0.parquet", &own);
    fs::write(folder.path().join("set/_SUCCESS"), "").expect("a file");
    let all = answered(&folder, "set");
    let regions: Vec<_> = all.iter().map(|answer| &answer["metadata"]["region"]).collect();
    assert_eq!(regions, ["north", "south east", "of its own"]);
    assert_eq!(all[2]["source"]["path"], "set/region=west/part-0.parquet row 1");
    // By its first bytes, where the name does not tell.
    fs::copy(folder.path().join("set/region=west/part-0.parquet"), folder.path().join("calls"))
        .expect("a copy");
    assert_eq!(answered(&folder, "calls").len(), 1);
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

#[test]
fn what_is_packed_in_any_way_in_use_is_read() {
    let folder = workspace();
    let one = [("Dana", None, 1.0, Some("At noon we zibble the wobbet."))];
    let gzip = Compression::GZIP(GzipLevel::default());
    let zstd = Compression::ZSTD(ZstdLevel::default());
    for packing in
        [Compression::UNCOMPRESSED, Compression::SNAPPY, gzip, zstd, Compression::LZ4_RAW]
    {
        for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
            for dictionary in [true, false] {
                let properties = WriterProperties::builder()
                    .set_compression(packing)
                    .set_writer_version(version)
                    .set_dictionary_enabled(dictionary)
                    .build();
                let turns = turns(&[&one[..]; 40]);
                write(folder.path().join("calls.parquet"), Some(properties), &[("turns", turns)]);
                let all = answered(&folder, "calls.parquet");
                assert_eq!(all.len(), 40);
                assert!(
                    all.iter().all(|answer| answer["findings"][0]["quote"] == "zibble the wobbet")
                );
            }
        }
    }
    let old = WriterProperties::builder().set_compression(Compression::LZ4).build();
    write(folder.path().join("calls.parquet"), Some(old), &[("text", texts(&[Some(CALL)]))]);
    let error = answered(&folder, "calls.parquet")[0]["error"].to_string();
    assert!(error.contains("the old LZ4, which LZ4_RAW took the place of"), "{error}");
}

#[test]
fn a_record_that_is_too_long_costs_itself_alone_however_small_its_file() {
    let folder = workspace();
    let long = "a".repeat(1 << 20);
    let turn = [("Dana", None, 1.0, Some(long.as_str()))];
    let many = vec![turn[0]; 20];
    let endless = vec![("Dana", None, 1.0, Some("Yes.")); 300_000];
    let short = ("Dana", None, 1.0, Some("At noon we zibble the wobbet."));
    file(&folder, "calls.parquet", &[("turns", turns(&[&many, &[short]]))]);
    let size = fs::metadata(folder.path().join("calls.parquet")).expect("a file").len();
    assert!(size < 3 << 20, "one text stands in every turn");
    let all = answered(&folder, "calls.parquet");
    assert_eq!(all[0]["error"], "the record is longer than 16777216 bytes");
    assert_eq!(all[1]["findings"][0]["quote"], "zibble the wobbet");
    file(&folder, "calls.parquet", &[("turns", turns(&[&[short], &endless]))]);
    let all = answered(&folder, "calls.parquet");
    assert_eq!(
        all.last().expect("an answer")["error"],
        "a row has a list of more than 262144 elements"
    );
    // Turns that are rows add up as well.
    let rows = 20;
    let columns = [
        ("id", texts(&vec![Some("x"); rows + 1])),
        ("speaker", texts(&vec![Some("Dana"); rows + 1])),
        ("text", texts(&vec![Some(long.as_str()); rows + 1])),
    ];
    file(&folder, "calls.parquet", &columns);
    let all = answered(&folder, "calls.parquet");
    assert_eq!(
        all,
        [
            json!({"id": "x", "file": "calls.parquet", "row": 1, "error": "the record is longer than 16777216 bytes"})
        ]
    );
}

/// Reads a file to its end: how many records, or why it could not be read on.
fn read(path: &Path) -> Result<usize, String> {
    let mut rows =
        Rows::open(path, &Named::default(), &[], 1 << 20).map_err(|fault| fault.message)?;
    let mut records = 0;
    loop {
        match rows.next_batch() {
            Ok(batch) if batch.is_empty() => return Ok(records),
            Ok(batch) => records += batch.len(),
            Err(fault) => return Err(fault.message),
        }
    }
}

#[test]
fn files_that_are_cut_or_changed_end_in_an_error_and_nothing_worse() {
    let folder = workspace();
    let dana = [("Dana", Some("seller"), 0.5, Some("At noon we zibble the wobbet.")); 3];
    for (at, packing) in [Compression::UNCOMPRESSED, Compression::SNAPPY].into_iter().enumerate() {
        let name = format!("calls{at}.parquet");
        let properties = WriterProperties::builder()
            .set_compression(packing)
            .set_max_row_group_row_count(Some(30))
            .build();
        let numbers = Int64Array::from_iter_values(0..100);
        let columns = [
            ("id", array(numbers)),
            ("turns", turns(&[&dana[..]; 100])),
            ("n", texts(&[Some("x"); 100])),
        ];
        write(folder.path().join(&name), Some(properties), &columns);
        let whole = fs::read(folder.path().join(&name)).expect("a file");
        let path = folder.path().join("broken.parquet");
        assert_eq!(read(&folder.path().join(&name)), Ok(100));
        for part in 0..16 {
            fs::write(&path, &whole[..whole.len() * part / 16]).expect("a file");
            let error = read(&path).expect_err("is refused");
            let expected = if part == 0 {
                "the file is empty"
            } else {
                "it does not end as a Parquet file does"
            };
            assert_eq!(error, expected);
        }
        let mut refused = 0;
        let flips = std::env::var("FLIPS").ok().and_then(|flips| flips.parse().ok()).unwrap_or(600);
        let mut random = fastrand::Rng::with_seed(2026);
        for _ in 0..flips {
            let mut bytes = whole.clone();
            // The footer, which says where all else is, half of the time.
            let from = if random.bool() { 0 } else { bytes.len() - bytes.len() / 4 };
            for _ in 0..random.usize(1..4) {
                let at = random.usize(from..bytes.len());
                bytes[at] =
                    if random.bool() { bytes[at] ^ 1 << random.u8(0..8) } else { random.u8(..) };
            }
            fs::write(&path, &bytes).expect("a file");
            refused += usize::from(read(&path).is_err());
        }
        assert!(refused > 0);
    }
    // A file that breaks off is named; what came before it and other files are answered.
    let whole = fs::read(folder.path().join("calls0.parquet")).expect("a file");
    let breaks = (whole.len() / 3..).step_by(100).any(|middle| {
        let mut broken = whole.clone();
        broken[middle..middle + 100].fill(0xff);
        fs::write(folder.path().join("broken.parquet"), broken).expect("a file");
        read(&folder.path().join("broken.parquet")).is_err()
    });
    assert!(breaks);
    let output = run(&folder, "broken.parquet calls0.parquet --format jsonl");
    let all = answers(&output);
    let errors: Vec<_> = all.iter().filter(|answer| !answer["error"].is_null()).collect();
    assert!(
        errors.len() == 1 && errors[0]["file"] == "broken.parquet" && errors[0]["row"].is_null(),
        "{errors:?}"
    );
    assert!(all.len() > 100 && !said(&output).contains("fault"), "{}", said(&output));
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
