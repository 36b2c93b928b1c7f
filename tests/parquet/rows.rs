//! Files of transcripts and of turns, and what is said of those that are neither.

use arrow_array::builder::{Int64Builder, MapBuilder, StringDictionaryBuilder};
use arrow_array::types::Int32Type;
use arrow_array::{
    BinaryArray, DurationNanosecondArray, Float64Array, Int64Array, LargeStringArray,
    StringViewArray, TimestampMicrosecondArray,
};
use parquet::basic::{Compression, GzipLevel, ZstdLevel};
use parquet::file::properties::WriterVersion;
use serde_json::json;

use super::*;

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
        ["a", "Dana", "seller", "Good morning to you.", "one"],
        ["a", "Sam", "", "The bus leaves at ten.", "two"],
        ["a", "Dana", "", "At noon we zibble the wobbet.", "three"],
        ["b", "Dana", "", "At noon we zibble the wobbet.", "four"],
        ["b", "", "", "", "five"],
        ["c", "Dana", "selller", "Good morning to all of you.", "six"],
        ["a", "Dana", "", "And so it goes.", "seven"],
        ["d", "", "leader", "At noon we zibble the wobbet.", "eight"],
        ["", "Dana", "seller", "Alone.", "nine"],
    ];
    let cells = |at: usize| rows.map(|row| Some(row[at]).filter(|text| !text.is_empty()));
    let starts = [0.5, 2.5, 4.5, 0.0, 3.0, 0.0, 9.0, 0.0, 0.0];
    let columns = [
        ("id", array(StringViewArray::from(cells(0).to_vec()))),
        ("speaker", texts(&cells(1))),
        ("role", texts(&cells(2))),
        ("start", array(Float64Array::from(starts.to_vec()))),
        ("text", texts(&cells(3))),
        ("note", texts(&cells(4))),
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
            &[("text", array(BinaryArray::from(vec![b"x".as_slice()])))],
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
