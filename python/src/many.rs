//! Reports on many records, several at a time.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::{self, Receiver};

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator};
use unsell::redact::Shown;
use unsell::report::Report;

use crate::dict;
use crate::engine::Engine;
use crate::request::{Given, Request, refused, take};

/// How many records are held at a time, for each thread.
const AHEAD: usize = 8;

/// The answers to the records of an iterable, in order, as `Engine.analyze_many` makes them.
#[pyclass(module = "unsell")]
pub struct Reports {
    engine: Py<Engine>,
    records: Py<PyIterator>,
    shown: Shown,
    /// How many records were taken.
    taken: usize,
    /// The records that are worked on, and where their reports will come from.
    begun: VecDeque<(Record, Awaited)>,
    /// That there is no record after those, and why, where that is an error.
    ended: Option<PyResult<()>>,
}

/// Where a report will come from; the lock is what lets Python's threads share it.
type Awaited = Mutex<Receiver<Result<Report, String>>>;

/// A record, of which that much goes back.
struct Record {
    line: usize,
    /// The fields that are no business of ours.
    metadata: Py<PyDict>,
    id: Option<Py<PyAny>>,
    name: String,
}

impl Reports {
    pub fn new(engine: Py<Engine>, records: Py<PyIterator>, shown: Shown) -> Reports {
        Reports { engine, records, shown, taken: 0, begun: VecDeque::new(), ended: None }
    }

    /// Has as many records worked on as may be held.
    fn begin(&mut self, py: Python<'_>) -> PyResult<()> {
        let engine = self.engine.get();
        let pool = engine.threads.pool().map_err(refused)?;
        while self.begun.len() < AHEAD * pool.current_num_threads() && self.ended.is_none() {
            let given = match self.records.bind(py).clone().next() {
                Some(Ok(given)) => given,
                Some(Err(error)) => {
                    self.ended = Some(Err(error));
                    break;
                }
                None => {
                    self.ended = Some(Ok(()));
                    break;
                }
            };
            self.taken += 1;
            let (record, request) = read(&given, self.taken, self.shown)?;
            let (done, report) = mpsc::sync_channel(1);
            let (engine, name) = (engine.engine.clone(), record.name.clone());
            pool.spawn_fifo(move || {
                // Nobody may wait for it any more.
                let _ = done.send(request.and_then(|request| request.report(&engine, &name)));
            });
            self.begun.push_back((record, Mutex::new(report)));
        }
        Ok(())
    }
}

#[pymethods]
impl Reports {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        self.begin(py)?;
        let Some((record, report)) = self.begun.pop_front() else {
            return self.ended.replace(Ok(())).unwrap_or(Ok(())).map(|()| None);
        };
        let wait = || report.into_inner().map(|report| report.recv());
        let report = match py.detach(wait) {
            Ok(Ok(report)) => report,
            _ => Err("its thread is gone".to_owned()),
        };
        record.answer(py, report).map(Some)
    }
}

/// Makes sense of a record. What is wrong with it costs nothing but its report.
fn read(
    given: &Bound<'_, PyAny>,
    line: usize,
    shown: Shown,
) -> PyResult<(Record, Result<Request, String>)> {
    let py = given.py();
    let mut record =
        Record { line, metadata: PyDict::new(py).unbind(), id: None, name: format!("line {line}") };
    let Ok(fields) = given.cast::<PyDict>() else {
        let message = "a record is a dict such as {\"id\": 1, \"text\": \"…\"}";
        return Ok((record, Err(message.to_owned())));
    };
    let fields = fields.copy()?;
    let id: Option<Bound<'_, PyAny>> = take(&fields, "id", "a string or a number")?;
    if let Some(id) = id {
        let name = id.str()?.to_string();
        if !name.is_empty() {
            record.name = name;
        }
        record.id = Some(id.unbind());
    }
    let request = Given::taken_from(&fields).and_then(|given| given.request(shown));
    record.metadata = fields.unbind();
    Ok((record, request.map_err(|error| error.value(py).to_string())))
}

impl Record {
    fn answer(self, py: Python<'_>, report: Result<Report, String>) -> PyResult<Bound<'_, PyDict>> {
        let answer = PyDict::new(py);
        if let Some(id) = self.id {
            answer.set_item("id", id)?;
        }
        match report {
            Ok(report) => {
                if !self.metadata.bind(py).is_empty() {
                    answer.set_item("metadata", self.metadata)?;
                }
                answer.update(dict::of(py, &report)?.cast()?)?;
            }
            Err(error) => {
                answer.set_item("line", self.line)?;
                answer.set_item("error", error)?;
            }
        }
        Ok(answer)
    }
}
