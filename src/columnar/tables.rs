//! Reports as rows of tables, written as they come.
//!
//! A row group is written when it has so many rows or bytes, so that no more than that is held of each
//! table, however many reports there are.

use std::io::Write;
use std::sync::Arc;

use arrow_array::builder::{
    ArrayBuilder, BooleanBuilder, Float64Builder, Int64Builder, ListBuilder, StringBuilder,
};
use arrow_array::{ArrayRef, RecordBatch};
use arrow_schema::{DataType, Field, Fields, Schema, SchemaRef};
use parquet::arrow::ArrowWriter;
use parquet::arrow::arrow_writer::ArrowWriterOptions;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;

use crate::report::Report;

use super::Fault;
use super::schema::{Cell, Column, Kind, Row, TABLES, Table};

/// How many rows are put together before the library gets them.
const BATCH: usize = 4096;

/// How large a row group may become, in rows and in packed bytes.
const GROUP_ROWS: usize = 1 << 18;
const GROUP_BYTES: usize = 32 << 20;

/// Which transcript a row is about.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The `id` of its record.
    pub id: Option<String>,
    /// The file it was read from.
    pub path: Option<String>,
    /// Where it stands in that file, from 1, if it is one of several.
    pub row: Option<u64>,
}

/// The tables of a run.
pub struct Tables<W: Write + Send> {
    sheets: [Sheet<W>; 3],
    is_told: bool,
}

impl<W: Write + Send> Tables<W> {
    /// Begins the tables; `open` makes the file of a name.
    ///
    /// # Errors
    ///
    /// When a file cannot be made or written.
    pub fn create<E: From<Fault>>(mut open: impl FnMut(&str) -> Result<W, E>) -> Result<Self, E> {
        let [findings, scores, failures] = &TABLES;
        let mut sheet = |table: &'static Table| -> Result<_, E> {
            let file = open(&file_name(table))?;
            Ok(Sheet::new(table, file)?)
        };
        let sheets = [sheet(findings)?, sheet(scores)?, sheet(failures)?];
        Ok(Tables { sheets, is_told: false })
    }

    /// Adds the rows of a report.
    ///
    /// # Errors
    ///
    /// When they cannot be written.
    pub fn add(&mut self, origin: &Origin, report: &Report) -> Result<(), Fault> {
        if !std::mem::replace(&mut self.is_told, true) {
            self.sheets.iter_mut().for_each(|sheet| sheet.tell(report));
        }
        let [findings, scores, _] = &mut self.sheets;
        let row = Row {
            origin,
            report: Some(report),
            finding: None,
            score: None,
            speaker: None,
            error: None,
        };
        for finding in &report.findings {
            findings.add(&Row { finding: Some(finding), ..row })?;
        }
        if report.scores.judged().next().is_none() {
            scores.add(&row)?;
        }
        for score in report.scores.judged() {
            scores.add(&Row { score: Some(score), ..row })?;
            for speaker in &report.speakers {
                if let Some(own) = speaker.scores.get(score.0) {
                    let score = Some((score.0, own));
                    scores.add(&Row { score, speaker: Some(speaker), ..row })?;
                }
            }
        }
        Ok(())
    }

    /// Adds that there is no report, and why.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn fail(&mut self, origin: &Origin, error: &str) -> Result<(), Fault> {
        let [.., failures] = &mut self.sheets;
        let error = Some(error);
        failures.add(&Row {
            origin,
            report: None,
            finding: None,
            score: None,
            speaker: None,
            error,
        })
    }

    /// Writes what is left; the files by their names.
    ///
    /// # Errors
    ///
    /// When it cannot be written.
    pub fn finish(self) -> Result<Vec<(String, W)>, Fault> {
        self.sheets.into_iter().map(Sheet::finish).collect()
    }
}

fn file_name(table: &Table) -> String {
    format!("{}.parquet", table.name)
}

/// The Arrow type of a column.
pub fn data_type(kind: Kind) -> DataType {
    match kind {
        Kind::Text => DataType::Utf8,
        Kind::Texts => DataType::List(Arc::new(element())),
        Kind::Integer => DataType::Int64,
        Kind::Number => DataType::Float64,
        Kind::Flag => DataType::Boolean,
    }
}

fn element() -> Field {
    Field::new("element", DataType::Utf8, false)
}

/// A table on its way to a file.
struct Sheet<W: Write + Send> {
    table: &'static Table,
    schema: SchemaRef,
    writer: ArrowWriter<W>,
    cells: Vec<Cells>,
    rows: usize,
}

impl<W: Write + Send> Sheet<W> {
    fn new(table: &'static Table, file: W) -> Result<Self, Fault> {
        let field =
            |column: &Column| Field::new(column.name, data_type(column.kind), column.nullable);
        let fields: Fields = table.columns.iter().map(field).collect();
        let schema = Arc::new(Schema::new(fields));
        let told = |key: &str, value: &str| KeyValue::new(key.to_owned(), value.to_owned());
        let properties = WriterProperties::builder()
            .set_compression(Compression::ZSTD(ZstdLevel::default()))
            .set_max_row_group_row_count(Some(GROUP_ROWS))
            .set_created_by(format!("unsell {}", env!("CARGO_PKG_VERSION")))
            .set_key_value_metadata(Some(vec![
                told("unsell.schema", table.schema),
                told("unsell.version", env!("CARGO_PKG_VERSION")),
            ]))
            .build();
        // The types of Parquet say all that there is to say.
        let options =
            ArrowWriterOptions::new().with_properties(properties).with_skip_arrow_metadata(true);
        let writer = ArrowWriter::try_new_with_options(file, schema.clone(), options)?;
        let cells = table.columns.iter().map(|column| Cells::new(column.kind)).collect();
        Ok(Sheet { table, schema, writer, cells, rows: 0 })
    }

    /// What made the reports; it is the same for all of a run.
    fn tell(&mut self, report: &Report) {
        let made = [("lexicon", &report.engine.lexicon), ("model", &report.engine.model)];
        for (key, value) in made {
            let value = value.clone();
            let key = format!("unsell.{key}");
            if value.is_some() {
                self.writer.append_key_value_metadata(KeyValue { key, value });
            }
        }
    }

    fn add(&mut self, row: &Row<'_>) -> Result<(), Fault> {
        for (column, cells) in self.table.columns.iter().zip(&mut self.cells) {
            cells.add((column.cell)(row));
        }
        self.rows += 1;
        if self.rows == BATCH { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Fault> {
        let columns = self.cells.iter_mut().map(Cells::finish).collect();
        self.rows = 0;
        self.writer.write(&RecordBatch::try_new(self.schema.clone(), columns)?)?;
        if self.writer.in_progress_size() > GROUP_BYTES {
            self.writer.flush()?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<(String, W), Fault> {
        if self.rows > 0 {
            self.write()?;
        }
        Ok((file_name(self.table), self.writer.into_inner()?))
    }
}

/// The cells of a column that were not yet written.
enum Cells {
    Text(StringBuilder),
    Texts(ListBuilder<StringBuilder>),
    Integer(Int64Builder),
    Number(Float64Builder),
    Flag(BooleanBuilder),
}

impl Cells {
    fn new(kind: Kind) -> Self {
        match kind {
            Kind::Text => Cells::Text(StringBuilder::new()),
            Kind::Texts => {
                Cells::Texts(ListBuilder::new(StringBuilder::new()).with_field(element()))
            }
            Kind::Integer => Cells::Integer(Int64Builder::new()),
            Kind::Number => Cells::Number(Float64Builder::new()),
            Kind::Flag => Cells::Flag(BooleanBuilder::new()),
        }
    }

    /// Adds a cell; one of another type is null, which a test holds every column to have none of.
    fn add(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Cells::Text(cells), Cell::Text(text)) => cells.append_value(text),
            (Cells::Texts(cells), Cell::Texts(texts)) => {
                texts.into_iter().for_each(|text| cells.values().append_value(text));
                cells.append(true);
            }
            (Cells::Integer(cells), Cell::Integer(number)) => {
                cells.append_value(i64::try_from(number).unwrap_or(i64::MAX));
            }
            (Cells::Number(cells), Cell::Number(number)) => cells.append_value(number),
            (Cells::Flag(cells), Cell::Flag(flag)) => cells.append_value(flag),
            (Cells::Text(cells), _) => cells.append_null(),
            (Cells::Texts(cells), _) => cells.append(false),
            (Cells::Integer(cells), _) => cells.append_null(),
            (Cells::Number(cells), _) => cells.append_null(),
            (Cells::Flag(cells), _) => cells.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Cells::Text(cells) => ArrayBuilder::finish(cells),
            Cells::Texts(cells) => ArrayBuilder::finish(cells),
            Cells::Integer(cells) => ArrayBuilder::finish(cells),
            Cells::Number(cells) => ArrayBuilder::finish(cells),
            Cells::Flag(cells) => ArrayBuilder::finish(cells),
        }
    }
}
