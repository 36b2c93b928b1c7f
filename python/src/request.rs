//! What is to be read, and how: from the arguments of a call, or from a record.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};
use unsell::engine::{AnalyzeOptions, Engine, Lens};
use unsell::format::{self, FORMATS, Format, ReadError, turns};
use unsell::redact::Shown;
use unsell::report::Report;
use unsell::taxonomy::{Role, unknown_role};
use unsell::transcript::Source;

use crate::UnsellError;

/// What is to be read, and how.
pub struct Request {
    said: Said,
    options: AnalyzeOptions,
    /// The names of those who were given roles.
    given: Vec<String>,
}

/// Where that which was said is found.
enum Said {
    Text(String),
    Turns(String),
    File(PathBuf),
}

/// The same as Python has it.
#[derive(Default)]
pub struct Given<'py> {
    pub text: Option<String>,
    pub path: Option<PathBuf>,
    pub turns: Option<Bound<'py, PyAny>>,
    pub roles: Option<Bound<'py, PyDict>>,
    pub lens: Option<String>,
    pub format: Option<String>,
}

impl<'py> Given<'py> {
    /// Takes what it knows out of a record.
    pub fn taken_from(record: &Bound<'py, PyDict>) -> PyResult<Self> {
        Ok(Given {
            text: take(record, "text", "a string")?,
            path: take(record, "path", "a path")?,
            turns: take(record, "turns", "a list of turns")?,
            roles: take(record, "roles", "a dict such as {\"Dana\": \"seller\"}")?,
            lens: take(record, "lens", "`selling`, `leading` or `both`")?,
            format: take(record, "format", "the name of a format")?,
        })
    }

    /// Makes sense of it.
    pub fn request(self, shown: Shown) -> PyResult<Request> {
        let mut format = self.format.as_deref().map(format_called).transpose()?;
        let said = match (self.text, self.path, self.turns) {
            (Some(text), None, None) => Said::Text(text),
            (None, Some(path), None) => Said::File(path),
            (None, None, Some(_)) if format.is_some() => {
                return Err(refused("`format` tells how to read `text`, and there are `turns`"));
            }
            (None, None, Some(turns)) => {
                format = Some(&turns::FORMAT);
                let json = turns.py().import("json")?.call_method1("dumps", (turns,))?;
                Said::Turns(json.extract()?)
            }
            (None, None, None) => {
                return Err(refused("there is neither `text` nor `path` nor `turns`"));
            }
            _ => return Err(refused("of `text`, `path` and `turns` there may be one")),
        };
        let lens = self.lens.as_deref().map(lens_called).transpose()?;
        let mut options = AnalyzeOptions { lens, format, shown, ..AnalyzeOptions::default() };
        let mut given = Vec::new();
        for (name, word) in self.roles.into_iter().flatten() {
            let name: String = name.extract()?;
            let Some(word) = word.extract::<Option<String>>()? else { continue };
            let role = Role::from_id(&word);
            let role = role.ok_or_else(|| refused(format!("`roles`: {}", unknown_role(&word))))?;
            options.roles.give(&name, role);
            given.push(name);
        }
        Ok(Request { said, options, given })
    }
}

impl Request {
    /// The report on it. `name` is what it is called where it has no path.
    ///
    /// # Errors
    ///
    /// Why it cannot be read, and what would be valid.
    pub fn report(&self, engine: &Engine, name: &str) -> Result<Report, String> {
        let report = AssertUnwindSafe(|| self.made(engine, name));
        catch_unwind(report).unwrap_or_else(|_| {
            Err("unsell has a fault; please report it with the line on standard error".to_owned())
        })
    }

    fn made(&self, engine: &Engine, name: &str) -> Result<Report, String> {
        let (field, source) = match &self.said {
            Said::Text(text) => ("text".to_owned(), Source::from_bytes(name, text.as_bytes())),
            Said::Turns(json) => ("turns".to_owned(), Source::from_bytes(name, json.as_bytes())),
            Said::File(path) => (path.display().to_string(), Source::from_file(path)),
        };
        let unreadable = |error: ReadError| {
            let help = error.help.as_deref().map(|help| format!(" ({help})")).unwrap_or_default();
            error.in_place(&field) + &help.replace("--input-format", "`format`")
        };
        let source = source.map_err(unreadable)?;
        let mut report = engine.analyze(&source, &self.options).map_err(unreadable)?;
        report.warn_of_unused(&self.given);
        Ok(report)
    }
}

/// What reports are to show.
pub fn shown(redact: bool, no_text: bool) -> Shown {
    match (redact, no_text) {
        (_, true) => Shown::Figures,
        (true, false) => Shown::Redacted,
        (false, false) => Shown::All,
    }
}

/// An error of the package.
pub fn refused(message: impl ToString) -> PyErr {
    UnsellError::new_err(message.to_string())
}

/// Takes a field out of a record; None is the same as left out.
pub fn take<'py, T>(record: &Bound<'py, PyDict>, name: &str, what: &str) -> PyResult<Option<T>>
where
    T: for<'a> FromPyObject<'a, 'py>,
{
    let name = PyString::intern(record.py(), name);
    let Some(value) = record.get_item(&name)? else { return Ok(None) };
    record.del_item(&name)?;
    value.extract().map_err(|_| refused(format!("`{name}` must be {what}")))
}

fn format_called(id: &str) -> PyResult<&'static Format> {
    format::by_id(id).ok_or_else(|| {
        let known: Vec<_> = FORMATS.iter().map(|format| format.id).collect();
        refused(format!("no format is called `{id}`; there are {}", known.join(", ")))
    })
}

fn lens_called(id: &str) -> PyResult<Lens> {
    match id {
        "selling" => Ok(Lens::Selling),
        "leading" => Ok(Lens::Leading),
        "both" => Ok(Lens::Both),
        _ => Err(refused("`lens` must be `selling`, `leading` or `both`")),
    }
}
