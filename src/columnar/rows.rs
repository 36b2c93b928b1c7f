//! The records of a Parquet file, one after the other, as JSON.
//!
//! No more is held than some rows and the pages that they come from. The library that unpacks a page was made
//! for files that are meant well: on some that are not it panics, with an index out of bounds or a sum that does
//! not come out. Nothing of it outlives the file, so [`guarded`] makes an error of the file of it; that is
//! the one place where a panic is caught for its sake.

use std::cell::Cell;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::Fields;
use parquet::arrow::arrow_reader::ParquetRecordBatchReader;
use parquet::arrow::{
    FieldLevels, ProjectionMask, parquet_to_arrow_field_levels, parquet_to_arrow_schema,
};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use rustc_hash::FxHashSet;
use serde_json::value::RawValue;

use super::cells::{Cells, TooLong, is_writable};
use super::pages::{Budget, Group};
use super::shape::{Named, Plan, Shape, Use, lean};
use super::{Fault, footer};

/// How many rows are read at a time.
const TRANSCRIPTS: usize = 32;
const TURNS: usize = 1024;

/// How much JSON is handed over at a time, in bytes, if no record is longer.
const HANDED: usize = 1 << 18;

/// A record of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The row, from 1; the first of several that are turns of one transcript.
    pub number: u64,
    /// Its `id` as JSON.
    pub id: Option<String>,
    /// The record as it would stand on a line of a stream, or why there is none.
    pub record: Result<String, String>,
}

/// The records of a file.
pub struct Rows {
    file: Arc<File>,
    metadata: Arc<ParquetMetaData>,
    levels: FieldLevels,
    shape: Shape,
    /// What each column that is read is for, and its name in JSON, with a colon behind.
    uses: Vec<(Use, String)>,
    /// The column `id`.
    id: Option<usize>,
    /// Fields that all records have.
    fixed: String,
    limit: usize,
    budget: Arc<Budget>,
    /// The row group that comes next.
    group: usize,
    reader: Option<ParquetRecordBatchReader>,
    /// The rows at hand, and which of them is next.
    batch: Option<(RecordBatch, usize)>,
    /// Rows before the one that is next.
    before: u64,
    joined: Option<Joined>,
    seen: FxHashSet<u64>,
    warnings: Vec<String>,
    is_broken: bool,
}

/// Turns that follow each other and belong to one transcript.
struct Joined {
    number: u64,
    id: Option<String>,
    /// The fields of the record, from its first row, and its turns.
    fields: Vec<u8>,
    turns: Vec<u8>,
    error: Option<String>,
}

impl Rows {
    /// Opens a file whose records may have up to `limit` bytes of JSON. `fixed` are strings for fields
    /// that the file has no columns for.
    ///
    /// # Errors
    ///
    /// When it is no Parquet file, is cut or broken, or has not the columns that make a transcript.
    pub fn open(
        path: &Path,
        named: &Named,
        fixed: &[(String, Option<String>)],
        limit: usize,
    ) -> Result<Rows, Fault> {
        let mut file = File::open(path)?;
        footer::check(&mut file)?;
        guarded(|| Rows::of(file, named, fixed, limit))
    }

    fn of(
        file: File,
        named: &Named,
        fixed: &[(String, Option<String>)],
        limit: usize,
    ) -> Result<Rows, Fault> {
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&file)?;
        let about = metadata.file_metadata();
        let columns = about.schema_descr();
        let schema = parquet_to_arrow_schema(columns, about.key_value_metadata())?;
        let plan = Plan::new(schema.fields(), named)?;
        let lean: Fields = schema.fields().iter().map(lean).collect();
        let (mut read, mut uses, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
        for (at, (column, its_use)) in lean.iter().zip(plan.uses).enumerate() {
            let Some(its_use) = its_use else { continue };
            if !is_writable(column) {
                let (name, kind) = (column.name(), schema.field(at).data_type());
                warnings.push(format!("column `{name}` of the type {kind} is not passed through"));
                continue;
            }
            let (Use::Field(name) | Use::Json(name) | Use::Turn(name)) = &its_use;
            let key = format!("{}:", quoted(name));
            uses.push((its_use, key));
            read.push(at);
        }
        let has = |name: &str| {
            let is_it = |(its_use, _): &(Use, String)| matches!(its_use, Use::Field(field) if field == name);
            uses.iter().position(is_it)
        };
        let fixed = fixed
            .iter()
            .filter(|(name, _)| has(name).is_none() && name != "text" && name != "turns")
            .filter_map(|(name, value)| Some((name, value.as_ref()?)))
            .map(|(name, value)| format!("{}:{},", quoted(name), quoted(value)))
            .collect();
        let mask = ProjectionMask::roots(columns, read);
        let levels = parquet_to_arrow_field_levels(columns, mask, Some(&lean))?;
        Ok(Rows {
            levels,
            shape: plan.shape,
            id: has("id"),
            uses,
            fixed,
            limit,
            budget: Budget::new(),
            group: 0,
            reader: None,
            batch: None,
            before: 0,
            joined: None,
            seen: FxHashSet::default(),
            warnings,
            is_broken: false,
            file: Arc::new(file),
            metadata: Arc::new(metadata),
        })
    }

    /// What is left out of the file.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// The next records; none only at the end.
    ///
    /// # Errors
    ///
    /// When the file cannot be read on.
    pub fn next_batch(&mut self) -> Result<Vec<Row>, Fault> {
        if self.is_broken {
            return Ok(Vec::new());
        }
        let rows = guarded(|| self.read());
        self.is_broken = rows.is_err();
        rows
    }

    fn read(&mut self) -> Result<Vec<Row>, Fault> {
        let mut rows = Vec::new();
        while rows.is_empty() {
            let (batch, at) = match self.batch.take() {
                Some(left) => left,
                None => match self.next_rows()? {
                    Some(batch) => (batch, 0),
                    None => {
                        rows.extend(self.joined.take().map(|last| self.whole(last)));
                        break;
                    }
                },
            };
            let end = match self.shape {
                Shape::Transcripts => self.transcripts(&batch, at, &mut rows)?,
                Shape::Turns => self.turns(&batch, at, &mut rows)?,
            };
            self.before += (end - at) as u64;
            self.batch = (end < batch.num_rows()).then_some((batch, end));
        }
        Ok(rows)
    }

    /// The next rows of the file.
    fn next_rows(&mut self) -> Result<Option<RecordBatch>, Fault> {
        loop {
            self.budget.renew();
            if let Some(reader) = &mut self.reader {
                match reader.next().transpose()? {
                    Some(batch) if batch.num_rows() == 0 => continue,
                    Some(batch) => return Ok(Some(batch)),
                    None => self.reader = None,
                }
            }
            if self.group == self.metadata.num_row_groups() {
                return Ok(None);
            }
            let group = Group {
                file: self.file.clone(),
                metadata: self.metadata.clone(),
                at: self.group,
                budget: self.budget.clone(),
            };
            self.group += 1;
            let size = match self.shape {
                Shape::Transcripts => TRANSCRIPTS,
                Shape::Turns => TURNS,
            };
            let reader = ParquetRecordBatchReader::try_new_with_row_groups(
                &self.levels,
                &group,
                size,
                None,
            )?;
            self.reader = Some(reader);
        }
    }

    /// Rows that are transcripts, until there is enough to hand over; the row that is next.
    fn transcripts(
        &self,
        batch: &RecordBatch,
        from: usize,
        rows: &mut Vec<Row>,
    ) -> Result<usize, Fault> {
        let schema = batch.schema();
        let mut cells = Cells::new(batch, schema.fields())?;
        let mut handed = 0;
        for at in from..batch.num_rows() {
            let id = self.id(&mut cells, at);
            let mut json = b"{".to_vec();
            let record = self.fields(&mut cells, at, &mut json).map(|()| object(json));
            handed += record.as_ref().map_or(0, String::len);
            let number = self.before + (at - from) as u64 + 1;
            rows.push(Row { number, id, record });
            if handed > HANDED {
                return Ok(at + 1);
            }
        }
        Ok(batch.num_rows())
    }

    /// Rows that are turns, until there is enough to hand over; the row that is next. The last transcript
    /// stays, since more of it may come.
    fn turns(
        &mut self,
        batch: &RecordBatch,
        from: usize,
        rows: &mut Vec<Row>,
    ) -> Result<usize, Fault> {
        let schema = batch.schema();
        let mut cells = Cells::new(batch, schema.fields())?;
        let mut handed = 0;
        for at in from..batch.num_rows() {
            if handed > HANDED {
                return Ok(at);
            }
            let id = self.id(&mut cells, at);
            let number = self.before + (at - from) as u64 + 1;
            let is_next = self.joined.as_ref().is_none_or(|joined| joined.id != id);
            if is_next {
                if let Some(last) = self.joined.take() {
                    let row = self.whole(last);
                    handed += row.record.as_ref().map_or(0, String::len);
                    rows.push(row);
                }
                let mut fields = b"{".to_vec();
                let mut error = self.fields(&mut cells, at, &mut fields).err();
                match &id {
                    None => {
                        error = Some("`id` is null, so it is not known whose turn it is".into())
                    }
                    Some(id) if !self.seen.insert(hash(id)) => {
                        error = Some(format!(
                            "its rows do not stand together: others came before row {number}; sort them"
                        ));
                    }
                    Some(_) => {}
                }
                self.joined = Some(Joined { number, id, fields, turns: Vec::new(), error });
            }
            let Some(mut joined) = self.joined.take() else { continue };
            if joined.error.is_none() {
                let added = self.turn(&mut cells, at, number, &mut joined);
                joined.error = added.err();
            }
            if joined.error.is_some() {
                joined.turns = Vec::new();
            }
            self.joined = Some(joined);
        }
        Ok(batch.num_rows())
    }

    /// Adds a row to the turns of its transcript.
    fn turn(
        &self,
        cells: &mut Cells<'_>,
        at: usize,
        number: u64,
        joined: &mut Joined,
    ) -> Result<(), String> {
        let turns = &mut joined.turns;
        turns.push(if turns.is_empty() { b'[' } else { b',' });
        turns.push(b'{');
        for (column, (its_use, key)) in self.uses.iter().enumerate() {
            let Use::Turn(field) = its_use else { continue };
            if cells.is_null(column, at) {
                match field.as_str() {
                    "text" => return Err(format!("the text of a turn is null (row {number})")),
                    _ => continue,
                }
            }
            turns.extend(key.as_bytes());
            let room = self.limit.saturating_sub(turns.len() + joined.fields.len());
            cells.write(column, at, room, turns).map_err(|TooLong| self.too_long())?;
            turns.push(b',');
        }
        close(turns, b'}');
        Ok(())
    }

    /// What turns that belong together come to.
    fn whole(&self, joined: Joined) -> Row {
        let Joined { number, id, fields, mut turns, error } = joined;
        let record = match error {
            Some(error) => Err(error),
            None => {
                let mut json = fields;
                json.extend(b"\"turns\":");
                turns.push(b']');
                json.append(&mut turns);
                match json.len() > self.limit {
                    true => Err(self.too_long()),
                    false => Ok(object(json)),
                }
            }
        };
        Row { number, id, record }
    }

    /// Adds the fields that a row has, with a comma behind each.
    fn fields(&self, cells: &mut Cells<'_>, at: usize, json: &mut Vec<u8>) -> Result<(), String> {
        json.extend(self.fixed.as_bytes());
        for (column, (its_use, key)) in self.uses.iter().enumerate() {
            if matches!(its_use, Use::Turn(_)) || cells.is_null(column, at) {
                continue;
            }
            json.extend(key.as_bytes());
            let room = self.limit.saturating_sub(json.len());
            match (its_use, cells.text(column, at)) {
                (Use::Json(_), Some(text)) if text.len() > room => return Err(self.too_long()),
                (Use::Json(name), Some(text)) => {
                    let read = serde_json::from_str::<&RawValue>(text);
                    let read = read.map_err(|_| format!("`{name}` is not well-formed JSON"))?;
                    // White space in JSON, and taken for the end of a line where there are lines.
                    json.extend(read.get().replace('\r', " ").as_bytes());
                }
                _ => cells.write(column, at, room, json).map_err(|TooLong| self.too_long())?,
            }
            json.push(b',');
            if json.len() > self.limit {
                return Err(self.too_long());
            }
        }
        Ok(())
    }

    fn id(&self, cells: &mut Cells<'_>, at: usize) -> Option<String> {
        let column = self.id.filter(|column| !cells.is_null(*column, at))?;
        let mut json = Vec::new();
        cells.write(column, at, self.limit, &mut json).ok()?;
        String::from_utf8(json).ok()
    }

    fn too_long(&self) -> String {
        format!("the record is longer than {} bytes", self.limit)
    }
}

/// A text in JSON.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Ends an object or a list whose last element has a comma behind it.
fn close(json: &mut Vec<u8>, end: u8) {
    json.pop_if(|last| *last == b',');
    json.push(end);
}

fn object(mut json: Vec<u8>) -> String {
    close(&mut json, b'}');
    // Texts of a file were looked at when they were read, and all else is ASCII.
    String::from_utf8(json)
        .unwrap_or_else(|json| String::from_utf8_lossy(json.as_bytes()).into_owned())
}

fn hash(id: &str) -> u64 {
    use std::hash::BuildHasher;
    rustc_hash::FxBuildHasher.hash_one(id)
}

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether a panic of this thread is made an error, and nobody need hear of it.
pub fn is_guarded() -> bool {
    GUARDED.get()
}

/// Runs what the library for Parquet does with a file; a panic is an error of the file.
fn guarded<T>(run: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    GUARDED.set(true);
    let ended = catch_unwind(AssertUnwindSafe(run));
    GUARDED.set(false);
    ended.unwrap_or_else(|_| {
        Err(Fault::new("it is broken: what it says of itself does not fit together"))
    })
}
