//! What was found in earlier calls, kept in one file, so that a coach sees a person over time.
//!
//! The file is an SQLite database with a row for each call, known by the hash of its content: a call
//! that is analyzed again takes the place of what was kept of it. A call is written in one
//! transaction with a rollback journal and full synchronisation, so that a crash in the middle
//! leaves all that was confirmed before it, and nothing by halves.

mod date;
mod export;
mod people;
mod pool;
mod schema;
mod show;
#[cfg(test)]
mod tests;
mod trend;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Row, Transaction, TransactionBehavior, params};
use rustc_hash::FxHashMap;

use crate::report::Report;
use crate::report::model::{AxisReport, SpeakerReport};
use crate::roles::fold;
pub use date::date_in;
pub use export::{TABLES, Table};
pub use people::People;
pub use pool::{Estimate, mean_index, rate};
pub use show::{show_all, show_person};
pub use trend::{Period, What, trend};

/// What is shown for text without a speaker.
pub const NO_ONE: &str = "(no speaker)";

/// How long to wait for another program that writes the same file.
const PATIENCE: Duration = Duration::from_secs(20);

/// Why a history could not be read or written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct HistoryError {
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
}

impl HistoryError {
    fn new(message: impl Into<String>) -> Self {
        HistoryError { message: message.into(), help: None }
    }

    fn with_help(self, help: &str) -> Self {
        HistoryError { help: Some(help.to_owned()), ..self }
    }

    fn at(self, path: &str) -> Self {
        HistoryError { message: format!("{path}: {}", self.message), ..self }
    }
}

impl From<rusqlite::Error> for HistoryError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => HistoryError::new("this is no history file"),
            Some(ErrorCode::CannotOpen) => HistoryError::new("the history cannot be opened")
                .with_help("its folder must be there, and open to reading and writing"),
            Some(ErrorCode::ReadOnly) => HistoryError::new("the history cannot be written")
                .with_help("the file and its folder must be open to writing"),
            Some(ErrorCode::PermissionDenied) => HistoryError::new("there is no permission"),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                HistoryError::new("another program is writing the history")
                    .with_help("try again when it is done")
            }
            Some(ErrorCode::DiskFull) => {
                HistoryError::new("there is no space left for the history")
            }
            Some(ErrorCode::DatabaseCorrupt) => HistoryError::new("the history is damaged")
                .with_help("take a copy from before, or analyze the calls anew into another file"),
            _ => HistoryError::new(format!("the history: {error}")),
        }
    }
}

/// A history file.
#[derive(Debug)]
pub struct History {
    connection: Connection,
    path: String,
}

/// What is kept of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    id: i64,
    /// SHA-256 of the source, in hex.
    pub sha256: String,
    /// The path of the source, as it was given last.
    pub path: String,
    /// The identifier of its format.
    pub format: String,
    /// The day of the call, where its path tells it.
    pub held: Option<String>,
    /// When it was analyzed, in UTC.
    pub analyzed: String,
    /// The version of the program.
    pub engine: String,
    /// The hash of the lexicon.
    pub lexicon: Option<String>,
    /// The classifier's name and hash.
    pub model: Option<String>,
}

impl Call {
    /// The day by which calls are ordered: that of the call, or else of its analysis.
    pub fn day(&self) -> &str {
        match &self.held {
            Some(held) => held,
            None => self.analyzed.get(..10).unwrap_or(&self.analyzed),
        }
    }
}

/// How a person was judged on an axis in a call.
#[derive(Debug, Clone, PartialEq)]
pub struct Part {
    /// The index of the call.
    pub call: usize,
    /// The person, by the name that joins their calls; empty for text without a speaker.
    pub person: String,
    /// The name in the source.
    pub name: String,
    /// The role.
    pub role: String,
    /// The identifier of the axis.
    pub axis: String,
    /// Words said.
    pub words: u64,
    /// The index with its interval.
    pub index: Estimate,
    /// Whether it rests on enough.
    pub evidence: String,
    /// How often each behaviour was found, where it was.
    pub counts: BTreeMap<String, u64>,
}

/// A finding.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The index of the call.
    pub call: usize,
    /// The person; empty for text without a speaker.
    pub person: String,
    /// When it was said, in seconds.
    pub seconds: Option<f64>,
    /// The line in the source.
    pub line: Option<i64>,
    /// The behaviour.
    pub behaviour: String,
    /// How sure, from 0 to 1.
    pub score: f64,
    /// The words.
    pub quote: String,
    /// The words that take it back.
    pub taken_back: Option<String>,
}

/// All that a history holds, the oldest call first.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Records {
    /// The calls.
    pub calls: Vec<Call>,
    /// Who was judged in them.
    pub parts: Vec<Part>,
    /// What was found in them.
    pub moments: Vec<Moment>,
}

impl Records {
    /// The call of a part or a moment.
    pub fn call(&self, at: usize) -> &Call {
        &self.calls[at]
    }

    /// The person of this name, whatever its case, if they were judged.
    pub fn person(&self, name: &str) -> Option<&str> {
        let folded = fold(name);
        let mut people = self.parts.iter().map(|part| part.person.as_str());
        people.find(|person| fold(person) == folded)
    }

    /// The people who were judged, the one with most calls first.
    pub fn people(&self) -> Vec<&str> {
        let mut calls: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for part in &self.parts {
            calls.entry(&part.person).or_default().push(part.call);
        }
        let mut people: Vec<_> = calls.into_iter().collect();
        people.iter_mut().for_each(|(_, calls)| calls.dedup());
        people.sort_by_key(|(_, calls)| std::cmp::Reverse(calls.len()));
        people.into_iter().map(|(person, _)| person).collect()
    }
}

impl History {
    /// Opens a history to add to; makes it where there is none.
    pub fn create(path: &Path) -> Result<Self, HistoryError> {
        Self::at(path, true)
    }

    /// Opens a history to read.
    pub fn open(path: &Path) -> Result<Self, HistoryError> {
        if !path.exists() {
            return Err(HistoryError::new("there is no history").at(&path.display().to_string()));
        }
        Self::at(path, false)
    }

    fn at(path: &Path, create: bool) -> Result<Self, HistoryError> {
        let name = path.display().to_string();
        // An empty name and `:memory:` would mean something else to SQLite.
        let file = Path::new(".").join(path);
        let mut flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        flags.set(OpenFlags::SQLITE_OPEN_CREATE, create);
        if create {
            make_private(&file);
        }
        let open = || {
            let mut connection = Connection::open_with_flags(file, flags)?;
            connection.busy_timeout(PATIENCE)?;
            // What others may have put into the file beside tables is not run.
            connection.pragma_update(None, "trusted_schema", false)?;
            connection.pragma_update(None, "foreign_keys", true)?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            schema::prepare(&mut connection, create)?;
            Ok(connection)
        };
        let connection = open().map_err(|error: HistoryError| error.at(&name))?;
        Ok(History { connection, path: name })
    }

    /// Keeps a report, in the place of an earlier one of the same content. When this returns, it is
    /// on the disk.
    pub fn add(&mut self, report: &Report, now: jiff::Timestamp) -> Result<(), HistoryError> {
        add(&mut self.connection, report, now)
            .map_err(|error| HistoryError::from(error).at(&self.path))
    }

    /// Reads everything, with the names of one person joined.
    pub fn read(&self, people: &People) -> Result<Records, HistoryError> {
        read(&self.connection, people).map_err(|error| HistoryError::from(error).at(&self.path))
    }
}

/// Makes an empty file where there is none, which nobody but its owner can read; SQLite gives its journal
/// the same rights. Where that fails, SQLite says why.
fn make_private(file: &Path) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    drop(options.open(file));
}

fn add(connection: &mut Connection, report: &Report, now: jiff::Timestamp) -> rusqlite::Result<()> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let source = &report.source;
    let engine = &report.engine;
    run(&transaction, "DELETE FROM calls WHERE sha256 = ?1", params![source.sha256])?;
    let held = date_in(&source.path).map(|date| date.to_string());
    let analyzed = now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
    run(
        &transaction,
        "INSERT INTO calls (sha256, path, format, held, analyzed, engine, lexicon, model)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            source.sha256,
            source.path,
            source.format,
            held,
            analyzed,
            engine.version,
            engine.lexicon,
            engine.model
        ],
    )?;
    let call = transaction.last_insert_rowid();
    for (place, speaker) in report.speakers.iter().enumerate() {
        let SpeakerReport { name, id, role, words, scores, .. } = speaker;
        let name = &report.person(name);
        add_speaker(&transaction, call, place, name, id.as_deref(), role.id(), *words)?;
        for (axis, score) in scores.judged() {
            add_score(&transaction, call, place, axis.id(), score)?;
        }
    }
    let nobody = report.speakers.len();
    if let Some(text) = report.unattributed {
        add_speaker(&transaction, call, nobody, "", None, text.role.id(), text.words)?;
        for (axis, score) in report.scores.judged().filter(|(axis, _)| text.role.judged_on(*axis)) {
            // The score of all is this text's own where no one else is judged.
            if report.speakers.iter().all(|speaker| speaker.scores.get(axis).is_none()) {
                add_score(&transaction, call, nobody, axis.id(), score)?;
            }
        }
    }
    for (number, finding) in report.findings.iter().enumerate() {
        let named = |name: &String| report.speakers.iter().position(|s| s.name == *name);
        let place = finding.speaker.as_ref().map_or(Some(nobody), named).unwrap_or(nobody);
        run(
            &transaction,
            "INSERT INTO moments
             (call, number, place, seconds, line, behaviour, score, quote, taken_back)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
            params![
                call,
                number as i64,
                place as i64,
                finding.time,
                finding.line.map(|line| line as i64),
                finding.behaviour,
                finding.score,
                finding.quote,
                finding.taken_back.as_ref().map(|taken| &taken.quote)
            ],
        )?;
    }
    transaction.commit()
}

fn run(
    transaction: &Transaction<'_>,
    sql: &str,
    values: impl rusqlite::Params,
) -> rusqlite::Result<()> {
    transaction.prepare_cached(sql)?.execute(values).map(drop)
}

fn add_speaker(
    transaction: &Transaction<'_>,
    call: i64,
    place: usize,
    name: &str,
    ident: Option<&str>,
    role: &str,
    words: u64,
) -> rusqlite::Result<()> {
    run(
        transaction,
        "INSERT INTO speakers (call, place, name, ident, role, words)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![call, place as i64, name, ident, role, words as i64],
    )
}

fn add_score(
    transaction: &Transaction<'_>,
    call: i64,
    place: usize,
    axis: &str,
    score: &AxisReport,
) -> rusqlite::Result<()> {
    let AxisReport { index, low, high, evidence, .. } = score;
    run(
        transaction,
        "INSERT INTO scores (call, place, axis, score, low, high, evidence)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![call, place as i64, axis, index, low, high, evidence.id()],
    )?;
    for (behaviour, count) in score.behaviours.iter().filter(|(_, count)| count.count > 0) {
        run(
            transaction,
            "INSERT INTO counts (call, place, axis, behaviour, count) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![call, place as i64, axis, behaviour, count.count as i64],
        )?;
    }
    Ok(())
}

/// A call's key, a speaker's place in it.
type Place = (i64, i64);

fn read(connection: &Connection, people: &People) -> rusqlite::Result<Records> {
    let calls = rows(
        connection,
        "SELECT id, sha256, path, format, held, analyzed, engine, lexicon, model FROM calls
         ORDER BY coalesce(held, substr(analyzed, 1, 10)), path, id",
        |row| {
            Ok(Call {
                id: row.get(0)?,
                sha256: row.get(1)?,
                path: row.get(2)?,
                format: row.get(3)?,
                held: row.get(4)?,
                analyzed: row.get(5)?,
                engine: row.get(6)?,
                lexicon: row.get(7)?,
                model: row.get(8)?,
            })
        },
    )?;
    let order: FxHashMap<i64, usize> =
        calls.iter().enumerate().map(|(at, call)| (call.id, at)).collect();
    let mut names: FxHashMap<String, String> = FxHashMap::default();
    let mut named = |name: &str, ident: Option<&str>| {
        let person = people.person(name, ident);
        names.entry(fold(person)).or_insert_with(|| person.to_owned()).clone()
    };
    let mut counts: BTreeMap<(Place, String), BTreeMap<String, u64>> = BTreeMap::new();
    let found =
        rows(connection, "SELECT call, place, axis, behaviour, count FROM counts", |row| {
            Ok(((place(row)?, row.get(2)?), row.get(3)?, unsigned(row, 4)?))
        })?;
    for (key, behaviour, count) in found {
        counts.entry(key).or_default().insert(behaviour, count);
    }
    let mut parts = rows(
        connection,
        "SELECT scores.call, place, name, ident, role, words, axis, score, low, high, evidence
         FROM scores JOIN speakers USING (call, place) ORDER BY scores.call, place, axis DESC",
        |row| {
            let (key, axis): (Place, String) = (place(row)?, row.get(6)?);
            let name: String = row.get(2)?;
            let index = Estimate { value: row.get(7)?, low: row.get(8)?, high: row.get(9)? };
            Ok(Part {
                call: order.get(&key.0).copied().unwrap_or_default(),
                person: named(&name, row.get::<_, Option<String>>(3)?.as_deref()),
                name,
                role: row.get(4)?,
                words: unsigned(row, 5)?,
                index,
                evidence: row.get(10)?,
                counts: counts.remove(&(key, axis.clone())).unwrap_or_default(),
                axis,
            })
        },
    )?;
    let mut moments = rows(
        connection,
        "SELECT moments.call, place, name, ident, seconds, line, behaviour, score, quote, taken_back
         FROM moments JOIN speakers USING (call, place) ORDER BY moments.call, number",
        |row| {
            Ok(Moment {
                call: order.get(&place(row)?.0).copied().unwrap_or_default(),
                person: named(
                    &row.get::<_, String>(2)?,
                    row.get::<_, Option<String>>(3)?.as_deref(),
                ),
                seconds: row.get(4)?,
                line: row.get(5)?,
                behaviour: row.get(6)?,
                score: row.get(7)?,
                quote: row.get(8)?,
                taken_back: row.get(9)?,
            })
        },
    )?;
    parts.sort_by_key(|part| part.call);
    moments.sort_by_key(|moment| moment.call);
    Ok(Records { calls, parts, moments })
}

fn place(row: &Row<'_>) -> rusqlite::Result<Place> {
    Ok((row.get(0)?, row.get(1)?))
}

/// A count; one below 0 can only be somebody's doing, and counts as none.
fn unsigned(row: &Row<'_>, at: usize) -> rusqlite::Result<u64> {
    Ok(row.get::<_, i64>(at)?.max(0) as u64)
}

fn rows<T>(
    connection: &Connection,
    query: &str,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Vec<T>> {
    connection.prepare(query)?.query_map([], read)?.collect()
}
