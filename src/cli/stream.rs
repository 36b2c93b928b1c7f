//! A stream of transcripts: a record on each line in, or in each row of Parquet files, and an answer to each out,
//! in order.
//!
//! No more than a window of records is held, and nothing more is read while nobody takes the answers. An
//! answer is written as soon as it is its turn, so that whoever sends one record and waits gets it.

use std::io::{self, Write};
use std::path::Path;

use indexmap::IndexMap;
use serde::Serialize;
use serde_json::value::RawValue;

use crate::engine::Engine;
use crate::history::History;
use crate::report::Report;
use crate::transcript::Source;

use super::batch::{self, Tally};
use super::engine_args::RoleUse;
use super::inputs::Inputs;
use super::output::unprinted;
use super::parquet::{self, Columns, Tables};
use super::record::Record;
use super::records::{Incoming, Records, Unit};
use super::settings::Settings;
use super::{Ending, Failure, interrupt, say};

/// What a stream is read from.
pub enum Feed {
    /// The lines of the one input.
    Lines,
    /// The rows of Parquet files with these columns.
    Parquet(Columns),
}

/// How a stream is answered.
#[derive(Clone, Copy)]
pub enum Reply<'a> {
    /// A line for each record.
    Lines,
    /// Tables in this folder.
    Tables(&'a Path),
}

/// How the records of a stream are answered, and what is asked for besides.
pub struct Stream<'a> {
    /// How many records to work on at once.
    pub jobs: Option<u16>,
    /// What reports on them.
    pub engine: &'a Engine,
    /// What holds for all of them.
    pub settings: &'a Settings,
    /// Where the answers go.
    pub reply: Reply<'a>,
    /// What keeps them too.
    pub history: Option<History>,
}

impl Stream<'_> {
    /// Answers all records.
    pub fn run(mut self, feed: Feed, inputs: Inputs) -> Result<Ending, Failure> {
        let mut tally = Tally::default();
        let mut records = open(feed, inputs, &mut tally)?;
        let mut answers = match self.reply {
            Reply::Lines => Answers::Lines(io::stdout().lock()),
            Reply::Tables(out) => Answers::Tables(Box::new(Tables::create(out)?)),
        };
        interrupt::watch();
        let mut roles = RoleUse::default();
        let is_line = matches!(self.reply, Reply::Lines);
        let history = &mut self.history;
        batch::in_order(
            self.jobs,
            |wait| records.next(wait),
            |incoming| answer(incoming, self.engine, self.settings, is_line),
            |incoming, result| match result {
                Ok(answered) => {
                    // First, so that no report is seen that the history has not.
                    if let Some(history) = history {
                        history.add(&answered.report, jiff::Timestamp::now())?;
                    }
                    tally.done += 1;
                    roles.note(&answered.report);
                    answers.add(&incoming, &answered)
                }
                Err(failure) => {
                    tally.failed += 1;
                    let error = reason(&failure);
                    if incoming.place.number.is_none() {
                        say(&Failure::new(format!("{}: {error}", incoming.place)));
                    }
                    answers.fail(&incoming, &error)
                }
            },
        )?;
        let interrupted = interrupt::asked();
        if tally.all() != 1 || tally.failed > 0 {
            let how = if interrupted { ", interrupted" } else { "" };
            let _ = writeln!(anstream::stderr(), "{tally}{how}");
        }
        if let Some(error) = records.broken {
            return Err(Failure::new(error));
        }
        if interrupted {
            return Ok(Ending::Interrupted);
        }
        // Tables of a part would look like those of all.
        answers.finish()?;
        let roles_given = self.settings.roles();
        let unused = if tally.done > 0 { roles.unused(roles_given) } else { Vec::new() };
        unused.iter().for_each(say);
        let all_well = tally.failed == 0 && unused.is_empty();
        Ok(if all_well { Ending::Done } else { Ending::SomeFailed })
    }
}

fn open(feed: Feed, inputs: Inputs, tally: &mut Tally) -> Result<Records, Failure> {
    match feed {
        Feed::Lines => {
            if let Some(failure) = inputs.failed.into_iter().next() {
                return Err(failure);
            }
            let [input] = inputs.found.as_slice() else {
                return Err(Failure::new("a stream is one input, and there are more")
                    .with_help("send them one after the other: cat FILE… | unsell analyze - …"));
            };
            Ok(Records::of_stream(&input.name(), input.open()?))
        }
        Feed::Parquet(columns) => {
            inputs.say();
            tally.failed += inputs.failed.len();
            parquet::records(inputs.found, columns)
        }
    }
}

/// A record's report, and what is written of it.
struct Answered {
    report: Report,
    id: Option<String>,
    /// Its line, where it is answered by one.
    line: Vec<u8>,
}

/// Reports on a record.
fn answer(
    incoming: &Incoming,
    engine: &Engine,
    settings: &Settings,
    is_line: bool,
) -> Result<Answered, Failure> {
    let record = Record::parse(incoming.json.as_ref().map_err(Failure::new)?)?;
    let id = record.name();
    let name = id.clone().unwrap_or_else(|| incoming.to_string());
    let mut options = settings.options(&name);
    for (name, role) in &record.roles {
        options.roles.give(name, *role);
    }
    options.lens = record.lens.or(options.lens);
    options.format = record.format;
    let reading = |error| Failure::reading(record.field, &error);
    let source = Source::from_bytes(&name, record.said.as_bytes()).map_err(reading)?;
    let mut report = engine.analyze(&source, &options).map_err(reading)?;
    report.warn_of_unused(record.roles.keys());
    // The others are those of the record, of which there is no end.
    let is_of_the_run = |name: &String| settings.roles().entries().iter().any(|e| e.name == *name);
    report.roles_given.retain(is_of_the_run);
    let line = match is_line {
        true => json_line(&Answer { id: record.id, metadata: record.metadata, report: &report })?,
        false => Vec::new(),
    };
    Ok(Answered { report, id, line })
}

/// Where answers go.
enum Answers {
    Lines(io::StdoutLock<'static>),
    Tables(Box<Tables>),
}

impl Answers {
    fn add(&mut self, incoming: &Incoming, answered: &Answered) -> Result<(), Failure> {
        match self {
            Answers::Lines(out) => print(out, &answered.line),
            Answers::Tables(tables) => {
                tables.add(answered.id.as_deref(), &incoming.place, &answered.report)
            }
        }
    }

    fn fail(&mut self, incoming: &Incoming, error: &str) -> Result<(), Failure> {
        let id = incoming.id();
        match self {
            Answers::Lines(out) => {
                let place = &incoming.place;
                let (line, file, row) = match place.unit {
                    Unit::Line => (place.number, None, None),
                    Unit::Row => (None, Some(&*place.file), place.number),
                };
                print(out, &json_line(&Refusal { id, line, file, row, error })?)
            }
            Answers::Tables(tables) => {
                let id = id.map(RawValue::get);
                let id = id.map(|id| serde_json::from_str(id).unwrap_or_else(|_| id.to_owned()));
                tables.fail(id.as_deref(), Some(&incoming.place), error)
            }
        }
    }

    fn finish(self) -> Result<(), Failure> {
        match self {
            Answers::Lines(_) => Ok(()),
            Answers::Tables(tables) => tables.finish(),
        }
    }
}

fn print(out: &mut impl Write, line: &[u8]) -> Result<(), Failure> {
    out.write_all(line).and_then(|()| out.flush()).map_err(unprinted)
}

/// Why a record has no report.
fn reason(failure: &Failure) -> String {
    match failure {
        Failure::Said { message, help: None } => message.clone(),
        Failure::Said { message, help: Some(help) } => {
            format!("{message} ({})", help.replace("--input-format", "`format`"))
        }
        Failure::Io(error) => error.to_string(),
    }
}

fn json_line(value: &impl Serialize) -> Result<Vec<u8>, Failure> {
    let mut json = serde_json::to_vec(value).map_err(Failure::new)?;
    json.push(b'\n');
    Ok(json)
}

#[derive(Serialize)]
struct Answer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "IndexMap::is_empty")]
    metadata: IndexMap<String, &'a RawValue>,
    #[serde(flatten)]
    report: &'a Report,
}

#[derive(Serialize)]
struct Refusal<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    row: Option<u64>,
    error: &'a str,
}
