//! Reports on many records, several at a time.

use std::collections::VecDeque;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyIterator};
use rayon::prelude::*;
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
    /// What was made and not yet asked for.
    ready: VecDeque<(Record, Result<Report, String>)>,
    /// Why there is no record after those.
    broken: Option<PyErr>,
}

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
        Reports { engine, records, shown, taken: 0, ready: VecDeque::new(), broken: None }
    }

    /// Takes some records, and makes the reports on them while others may use Python.
    fn work(&mut self, py: Python<'_>) -> PyResult<()> {
        let engine = self.engine.get();
        let pool = engine.threads.pool().map_err(refused)?;
        let mut records = Vec::new();
        let mut requests = Vec::new();
        while records.len() < AHEAD * pool.current_num_threads() && self.broken.is_none() {
            match self.records.bind(py).clone().next() {
                Some(Ok(given)) => {
                    self.taken += 1;
                    let (record, request) = read(&given, self.taken, self.shown)?;
                    requests.push((record.name.clone(), request));
                    records.push(record);
                }
                Some(Err(error)) => self.broken = Some(error),
                None => break,
            }
        }
        let reports: Vec<_> = py.detach(|| {
            let report = |(name, request): (String, Result<Request, String>)| {
                request.and_then(|request| request.report(&engine.engine, &name))
            };
            pool.install(|| requests.into_par_iter().map(report).collect())
        });
        self.ready.extend(records.into_iter().zip(reports));
        Ok(())
    }
}

#[pymethods]
impl Reports {
    fn __iter__(this: PyRef<'_, Self>) -> PyRef<'_, Self> {
        this
    }

    fn __next__<'py>(&mut self, py: Python<'py>) -> PyResult<Option<Bound<'py, PyDict>>> {
        if self.ready.is_empty() && self.broken.is_none() {
            self.work(py)?;
        }
        match self.ready.pop_front() {
            Some((record, report)) => record.answer(py, report).map(Some),
            None => self.broken.take().map_or(Ok(None), Err),
        }
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
