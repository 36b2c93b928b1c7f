//! Records as they come: the lines of a stream, or the rows of Parquet files.

use std::fmt;
use std::io::{self, Read};
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use serde_json::value::RawValue;

use crate::labels::Lines;

use super::batch::Next;
use super::record::id_of;

/// The longest record, in bytes: hours of talk with a time for every word.
pub const LONGEST: usize = 16 << 20;

/// How long to wait for a record before looking whether somebody asked to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Where a record stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, or `-`.
    pub file: Arc<str>,
    /// What is counted in it.
    pub unit: Unit,
    /// Which of them, from 1; none where the whole file is meant.
    pub number: Option<u64>,
}

/// What the records of a file are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Lines of a stream, of which there is one.
    Line,
    /// Rows of a table.
    Row,
}

/// What messages call it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.unit, self.number) {
            (_, None) => f.write_str(&self.file),
            (Unit::Line, Some(number)) => write!(f, "line {number}"),
            (Unit::Row, Some(number)) => write!(f, "{} row {number}", self.file),
        }
    }
}

/// A record that came.
pub struct Incoming {
    /// Where it stands.
    pub place: Place,
    /// Its `id` as JSON, where that is known apart from it.
    pub id: Option<String>,
    /// Its JSON, or why there is none.
    pub json: Result<String, String>,
}

impl fmt::Display for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.place.fmt(f)
    }
}

impl Incoming {
    /// Its `id`, also where it is a bad record.
    pub fn id(&self) -> Option<&RawValue> {
        match &self.id {
            Some(id) => serde_json::from_str(id).ok(),
            None => id_of(self.json.as_ref().ok()?),
        }
    }
}

/// Records on their way.
pub struct Records {
    batches: Receiver<io::Result<Vec<Incoming>>>,
    ready: std::vec::IntoIter<Incoming>,
    /// Why they could not be read on.
    pub broken: Option<io::Error>,
}

impl Records {
    /// The lines of a stream.
    pub fn of_stream(name: &str, input: impl Read + Send + 'static) -> Records {
        let mut lines = Lines::with_limit(input, LONGEST);
        let file: Arc<str> = name.into();
        Records::read(move || {
            let named = |error: io::Error| io::Error::new(error.kind(), format!("{file}: {error}"));
            let lines = lines.next_batch().map_err(named)?.into_iter().map(|line| {
                let place =
                    Place { file: file.clone(), unit: Unit::Line, number: Some(line.number) };
                Incoming { place, id: None, json: line.content }
            });
            Ok(lines.collect())
        })
    }

    /// Reads on a thread that is left to itself, since nothing can end a read that waits; at most one batch
    /// ahead of what is asked for. The last batch is empty.
    pub fn read(mut next: impl FnMut() -> io::Result<Vec<Incoming>> + Send + 'static) -> Records {
        let (sender, batches) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            loop {
                let batch = next();
                let is_last = batch.as_ref().map_or(true, Vec::is_empty);
                if sender.send(batch).is_err() || is_last {
                    break;
                }
            }
        });
        Records { batches, ready: Vec::new().into_iter(), broken: None }
    }

    /// The next record; one that is not there yet is waited for a little if so asked.
    pub fn next(&mut self, wait: bool) -> Next<Incoming> {
        loop {
            if let Some(record) = self.ready.next() {
                return Next::Input(record);
            }
            match self.batches.recv_timeout(if wait { PATIENCE } else { Duration::ZERO }) {
                Ok(Ok(batch)) => self.ready = batch.into_iter(),
                Ok(Err(error)) => {
                    self.broken = Some(error);
                    return Next::End;
                }
                Err(RecvTimeoutError::Timeout) => return Next::NotYet,
                Err(RecvTimeoutError::Disconnected) => return Next::End,
            }
        }
    }
}
