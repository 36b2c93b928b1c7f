//! Parquet in and out: both shapes of rows, tables of reports, files that are not meant well.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use arrow_array::builder::{Float64Builder, ListBuilder, StringBuilder, StructBuilder};
use arrow_array::{Array, ArrayRef, RecordBatch, StringArray};
use arrow_schema::{DataType, Field, Fields};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use serde_json::Value;
use tempfile::TempDir;

mod broken;
mod rows;
mod tables;

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

fn turn_fields() -> Fields {
    Fields::from(vec![
        Field::new("speaker", DataType::Utf8, true),
        Field::new("role", DataType::Utf8, true),
        Field::new("start", DataType::Float64, true),
        Field::new("text", DataType::Utf8, true),
    ])
}

/// A turn: speaker, role, start and text.
type Turn<'a> = (&'a str, Option<&'a str>, f64, Option<&'a str>);

/// A column of lists of turns; no list where there are no turns.
fn turns(rows: &[&[Turn<'_>]]) -> ArrayRef {
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
            let times = structs.field_builder::<Float64Builder>(2);
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
