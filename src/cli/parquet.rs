//! Parquet on the command line: rows of its files as records, and reports as tables.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::columnar::{self, Fault, Origin, Rows};
use crate::report::Report;

use super::inputs::Input;
use super::output::{self, WholeFile, unwritten};
use super::records::{Incoming, LONGEST, Place, Records, Unit};
use super::{Failure, warn};

pub use crate::columnar::{Named as Columns, is_guarded};

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        Failure::Said { message: fault.message, help: fault.help }
    }
}

/// The records of these files, one file after the other.
pub fn records(inputs: Vec<Input>, columns: Columns) -> Result<Records, Failure> {
    let paths = inputs.into_iter().map(|input| match input {
        Input::File(path) => Ok(path),
        Input::Stdin => {
            Err(Failure::new("Parquet is read from its end, so it cannot come by standard input")
                .with_help("name a file"))
        }
    });
    let mut left = paths.collect::<Result<Vec<_>, _>>()?.into_iter();
    let mut open: Option<(Arc<str>, Rows)> = None;
    Ok(Records::read(move || {
        loop {
            let (file, fault) = match &mut open {
                Some((file, rows)) => match rows.next_batch() {
                    Ok(rows) if rows.is_empty() => {
                        open = None;
                        continue;
                    }
                    Ok(rows) => {
                        return Ok(rows.into_iter().map(|row| incoming(file, row)).collect());
                    }
                    Err(fault) => (file.clone(), fault),
                },
                None => {
                    let Some(path) = left.next() else { return Ok(Vec::new()) };
                    let file: Arc<str> = path.display().to_string().into();
                    match Rows::open(&path, &columns, &partition(&path), LONGEST) {
                        Ok(rows) => {
                            rows.warnings().iter().for_each(|warning| warn(&file, warning));
                            open = Some((file, rows));
                            continue;
                        }
                        Err(fault) => (file, fault),
                    }
                }
            };
            open = None;
            let place = Place { file, unit: Unit::Row, number: None };
            let help = fault.help.map_or(String::new(), |help| format!(" ({help})"));
            let json = Err(format!("{}{help}", fault.message));
            return Ok(vec![Incoming { place, id: None, json }]);
        }
    }))
}

fn incoming(file: &Arc<str>, row: columnar::Row) -> Incoming {
    let place = Place { file: file.clone(), unit: Unit::Row, number: Some(row.number) };
    Incoming { place, id: row.id, json: row.record }
}

/// What the folders of a partitioned set say of its files (`region=north`). Null is written in Hive's way.
fn partition(path: &Path) -> Vec<(String, Option<String>)> {
    let folders = path.parent().into_iter().flat_map(Path::iter);
    let pairs = folders.filter_map(|folder| folder.to_str()?.split_once('='));
    let value = |value: &str| (value != "__HIVE_DEFAULT_PARTITION__").then(|| unescaped(value));
    pairs
        .filter(|(key, _)| !key.is_empty())
        .map(|(key, said)| (unescaped(key), value(said)))
        .collect()
}

/// A part of a path without its `%20` and the like.
fn unescaped(text: &str) -> String {
    let hex = |two: &[u8]| u8::from_str_radix(str::from_utf8(two).ok()?, 16).ok();
    let (bytes, mut plain, mut at) = (text.as_bytes(), Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        let escaped = (*byte == b'%').then(|| bytes.get(at + 1..at + 3).and_then(hex)).flatten();
        plain.push(escaped.unwrap_or(*byte));
        at += if escaped.is_some() { 3 } else { 1 };
    }
    String::from_utf8(plain).unwrap_or_else(|_| text.to_owned())
}

/// The tables of a run on their way into a folder.
pub struct Tables {
    out: PathBuf,
    tables: columnar::Tables<WholeFile>,
}

impl Tables {
    /// Begins the tables in a folder, which is made where there is none.
    pub fn create(out: &Path) -> Result<Self, Failure> {
        output::make_folder(out)?;
        let tables = columnar::Tables::create(|name| -> Result<_, Failure> {
            let path = out.join(name);
            WholeFile::private(&path).map_err(|error| unwritten(&path, &error))
        })?;
        Ok(Tables { out: out.to_owned(), tables })
    }

    /// Adds a report.
    pub fn add(&mut self, id: Option<&str>, place: &Place, report: &Report) -> Result<(), Failure> {
        Ok(self.tables.add(&origin(id, Some(place)), report)?)
    }

    /// Adds that there is none.
    pub fn fail(
        &mut self,
        id: Option<&str>,
        place: Option<&Place>,
        error: &str,
    ) -> Result<(), Failure> {
        Ok(self.tables.fail(&origin(id, place), error)?)
    }

    /// Puts the tables in their places.
    pub fn finish(self) -> Result<(), Failure> {
        for (name, file) in self.tables.finish()? {
            let path = self.out.join(name);
            file.finish(&path).map_err(|error| unwritten(&path, &error))?;
        }
        Ok(())
    }
}

fn origin(id: Option<&str>, place: Option<&Place>) -> Origin {
    Origin {
        id: id.map(str::to_owned),
        path: place.map(|place| place.file.to_string()),
        row: place.and_then(|place| place.number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_a_partitioned_set_are_fields_of_its_records() {
        let said = |path: &str| partition(Path::new(path));
        let pair = |key: &str, value: Option<&str>| (key.to_owned(), value.map(str::to_owned));
        let path = "calls/region=north/team=Ana%20%26%20Bo/part=0.parquet";
        assert_eq!(said(path), [pair("region", Some("north")), pair("team", Some("Ana & Bo"))]);
        let none = [pair("region", None)];
        assert_eq!(said("region=__HIVE_DEFAULT_PARTITION__/a.parquet"), none);
        assert_eq!(said("=a/100%/b.parquet"), []);
        assert_eq!(unescaped("100%zz%4"), "100%zz%4");
    }
}
