//! A stream of transcripts: a JSON object on each line in, an answer on each line out, in order.
//!
//! No more than a window of records is held, and nothing more is read while nobody takes the answers. An
//! answer is written as soon as it is its turn, so that whoever sends one record and waits gets it.

use std::io::{self, Read, Write};
use std::num::NonZeroUsize;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use indexmap::IndexMap;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::engine::{Engine, Lens};
use crate::format::{self, Format, turns};
use crate::history::History;
use crate::labels::{Line, Lines, explain};
use crate::report::Report;
use crate::taxonomy::{Role, unknown_role};
use crate::transcript::Source;

use super::batch::{self, Next, Tally};
use super::engine_args::RoleUse;
use super::inputs::Inputs;
use super::output::unprinted;
use super::settings::Settings;
use super::{Ending, Failure, interrupt, say};

/// The longest record, in bytes: hours of talk with a time for every word.
const LONGEST: usize = 16 << 20;

/// How long to wait for a record before looking whether somebody asked to stop.
const PATIENCE: Duration = Duration::from_millis(100);

/// Answers the records of the one input.
pub fn run(
    inputs: Inputs,
    jobs: Option<NonZeroUsize>,
    engine: &Engine,
    settings: &Settings,
    mut history: Option<History>,
) -> Result<Ending, Failure> {
    if let Some(failure) = inputs.failed.into_iter().next() {
        return Err(failure);
    }
    let [input] = inputs.found.as_slice() else {
        return Err(Failure::new("a stream is one input, and there are more")
            .with_help("send them one after the other: cat FILE… | unsell analyze - …"));
    };
    let mut records = Records::read(input.open()?);
    interrupt::watch();
    let mut stdout = io::stdout().lock();
    let mut tally = Tally::default();
    let mut roles = RoleUse::default();
    batch::in_order(
        jobs,
        |wait| records.next(wait),
        |line| answer(line, engine, settings),
        |line, result| {
            let json = match result {
                Ok((report, json)) => {
                    // First, so that no report is seen that the history has not.
                    if let Some(history) = &mut history {
                        history.add(&report, jiff::Timestamp::now())?;
                    }
                    tally.done += 1;
                    roles.note(&report);
                    json
                }
                Err(failure) => {
                    tally.failed += 1;
                    refusal(&line, &failure)?
                }
            };
            stdout.write_all(&json).and_then(|()| stdout.flush()).map_err(unprinted)
        },
    )?;
    let interrupted = interrupt::asked();
    if tally.all() != 1 || tally.failed > 0 {
        let how = if interrupted { ", interrupted" } else { "" };
        let _ = writeln!(anstream::stderr(), "{tally}{how}");
    }
    if let Some(error) = records.broken {
        return Err(Failure::new(format!("{input}: {error}")));
    }
    if interrupted {
        return Ok(Ending::Interrupted);
    }
    let unused = if tally.done > 0 { roles.unused(settings.roles()) } else { Vec::new() };
    unused.iter().for_each(say);
    let all_well = tally.failed == 0 && unused.is_empty();
    Ok(if all_well { Ending::Done } else { Ending::SomeFailed })
}

/// The lines of a stream as they come.
struct Records {
    batches: Receiver<io::Result<Vec<Line>>>,
    ready: std::vec::IntoIter<Line>,
    /// Why it could not be read on.
    broken: Option<io::Error>,
}

impl Records {
    /// Reads on a thread that is left to itself, since nothing can end a read that waits; at most one batch
    /// of lines ahead of what is asked for.
    fn read(input: impl Read + Send + 'static) -> Records {
        let (sender, batches) = mpsc::sync_channel(1);
        std::thread::spawn(move || {
            let mut lines = Lines::with_limit(input, LONGEST);
            loop {
                let batch = lines.next_batch();
                let is_last = batch.as_ref().map_or(true, Vec::is_empty);
                if sender.send(batch).is_err() || is_last {
                    break;
                }
            }
        });
        Records { batches, ready: Vec::new().into_iter(), broken: None }
    }

    fn next(&mut self, wait: bool) -> Next<Line> {
        loop {
            if let Some(line) = self.ready.next() {
                return Next::Input(line);
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

/// Reports on a record: the report, and its line.
fn answer(line: &Line, engine: &Engine, settings: &Settings) -> Result<(Report, Vec<u8>), Failure> {
    let record = Record::parse(line.content.as_ref().map_err(Failure::new)?)?;
    let name = record.name().unwrap_or_else(|| line.to_string());
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
    let json = json_line(&Answer { id: record.id, metadata: record.metadata, report: &report })?;
    Ok((report, json))
}

/// The line for a record that has no report.
fn refusal(line: &Line, failure: &Failure) -> Result<Vec<u8>, Failure> {
    let error = match failure {
        Failure::Said { message, help: None } => message.clone(),
        Failure::Said { message, help: Some(help) } => {
            format!("{message} ({})", help.replace("--input-format", "`format`"))
        }
        Failure::Io(error) => error.to_string(),
    };
    let mut fields = line.content.as_ref().ok().and_then(|line| Fields::parse(line).ok());
    let id = fields.as_mut().and_then(|fields| fields.id().ok()).flatten();
    json_line(&Refusal { id, line: line.number, error })
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
    line: u64,
    error: String,
}

/// A transcript as it stands on a line.
struct Record<'a> {
    id: Option<&'a RawValue>,
    /// The field that says what was said.
    field: &'static str,
    said: String,
    format: Option<&'static Format>,
    roles: IndexMap<String, Role>,
    lens: Option<Lens>,
    /// All other fields, as they came.
    metadata: IndexMap<String, &'a RawValue>,
}

impl<'a> Record<'a> {
    fn parse(line: &'a str) -> Result<Self, Failure> {
        let mut fields = Fields::parse(line)?;
        let id = fields.id()?;
        let text: Option<String> = fields.read("text", "a string of Unicode text")?;
        let turns = fields.take("turns");
        let format: Option<String> = fields.read("format", "the name of a format")?;
        let format = match format {
            Some(id) => Some(format::by_id(&id).ok_or_else(|| {
                let known: Vec<_> = format::FORMATS.iter().map(|format| format.id).collect();
                Failure::new(format!("no format is called `{id}`; there are {}", known.join(", ")))
            })?),
            None => None,
        };
        let (field, said, format) = match (text, turns) {
            (Some(text), None) => ("text", text, format),
            (None, Some(_)) if format.is_some() => {
                return Err(Failure::new(
                    "`format` tells how to read `text`, and there are `turns`",
                ));
            }
            (None, Some(turns)) => ("turns", turns.get().to_owned(), Some(&turns::FORMAT)),
            (Some(_), Some(_)) => {
                return Err(Failure::new("there are `text` and `turns`; a record has one of them"));
            }
            (None, None) => {
                return Err(Failure::new("there is neither `text` nor `turns`"));
            }
        };
        let shape = "an object such as {\"Dana\": \"seller\"}";
        let words: IndexMap<String, Option<String>> =
            fields.read("roles", shape)?.unwrap_or_default();
        let mut roles = IndexMap::new();
        for (name, word) in words {
            if let Some(word) = word {
                let role = Role::from_id(&word);
                let role = role.ok_or_else(|| format!("`roles`: {}", unknown_role(&word)));
                roles.insert(name, role.map_err(Failure::new)?);
            }
        }
        let lens = fields.read("lens", "`selling`, `leading` or `both`")?;
        Ok(Record { id, field, said, format, roles, lens, metadata: fields.0 })
    }

    /// What messages and the report call it.
    fn name(&self) -> Option<String> {
        let id = self.id?.get();
        let name = serde_json::from_str(id).unwrap_or_else(|_| id.to_owned());
        (!name.is_empty()).then_some(name)
    }
}

/// The fields of a record that were not yet taken.
struct Fields<'a>(IndexMap<String, &'a RawValue>);

impl<'a> Fields<'a> {
    fn parse(line: &'a str) -> Result<Self, Failure> {
        let wanted = "a record is an object such as {\"id\": 1, \"text\": \"…\"}";
        if !line.starts_with('{') {
            return Err(Failure::new(format!("the line is no JSON object; {wanted}")));
        }
        // Some readers would take it for the end of a line where it is passed through.
        if line.contains('\r') {
            return Err(Failure::new("there is a carriage return inside of the line"));
        }
        let fields = serde_json::from_str(line);
        fields.map(Fields).map_err(|error| {
            Failure::new(format!("the line is not well-formed JSON: {}", explain(line, &error)))
        })
    }

    /// A field's value; null is none.
    fn take(&mut self, name: &str) -> Option<&'a RawValue> {
        self.0.shift_remove(name).filter(|value| value.get() != "null")
    }

    fn read<T: DeserializeOwned>(&mut self, name: &str, what: &str) -> Result<Option<T>, Failure> {
        let read = self.take(name).map(|value| serde_json::from_str(value.get()));
        read.transpose().map_err(|_| Failure::new(format!("`{name}` must be {what}")))
    }

    fn id(&mut self) -> Result<Option<&'a RawValue>, Failure> {
        match self.take("id") {
            Some(id) if id.get().starts_with(['{', '[', 't', 'f']) => {
                Err(Failure::new("`id` must be a string or a number"))
            }
            id => Ok(id),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn refused(line: &str) -> String {
        match Record::parse(line) {
            Err(Failure::Said { message, .. }) => message,
            _ => panic!("{line} is a record"),
        }
    }

    #[test]
    fn a_record_has_what_was_said_and_the_rest_is_passed_through_as_it_came() {
        let line = r#"{"z": 1.50, "id": 7, "text": "Hi.", "turns": null, "roles": {"Ana": "Seller", "Bo": null},
            "lens": "both", "format": "prose", "a": {"b": [1e400, null]}}"#;
        let line = line.replace('\n', "");
        let record = Record::parse(&line).expect("is a record");
        assert_eq!((record.field, record.said.as_str()), ("text", "Hi."));
        assert_eq!(record.name().as_deref(), Some("7"));
        assert_eq!(record.roles.get("Ana"), Some(&Role::Seller));
        assert_eq!((record.roles.len(), record.lens), (1, Some(Lens::Both)));
        let json = serde_json::to_string(&record.metadata).expect("is JSON");
        assert_eq!(json, r#"{"z":1.50,"a":{"b": [1e400, null]}}"#);
    }

    #[test]
    fn bad_records_are_refused_with_what_would_be_right() {
        for (line, expected) in [
            ("nonsense", "no JSON object; a record is"),
            ("[1]", "no JSON object"),
            (r#"{"text": "a""#, "not well-formed JSON: EOF while parsing an object (column 12)"),
            ("{\"a\": [\r], \"text\": \"a\"}", "carriage return"),
            ("{}", "neither `text` nor `turns`"),
            (r#"{"text": "a", "turns": []}"#, "has one of them"),
            (r#"{"turns": [], "format": "srt"}"#, "`format` tells"),
            (r#"{"text": 5}"#, "`text` must be a string"),
            (r#"{"text": "\ud800"}"#, "of Unicode text"),
            (r#"{"text": "a", "id": [1]}"#, "`id` must be a string or a number"),
            (r#"{"text": "a", "lens": "buying"}"#, "`selling`, `leading` or `both`"),
            (r#"{"text": "a", "format": "word"}"#, "no format is called `word`; there are webvtt"),
            (r#"{"text": "a", "roles": ["Ana"]}"#, "such as {\"Dana\": \"seller\"}"),
            (r#"{"text": "a", "roles": {"Ana": "selller"}}"#, "did you mean `seller`?"),
        ] {
            let message = refused(line);
            assert!(message.contains(expected), "{line}: {message}");
        }
    }

    #[test]
    fn deep_nesting_is_passed_through_without_overflow() {
        let deep = format!(r#"{{"text":"x","a":{}{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
        assert!(Record::parse(&deep).is_ok_and(|record| record.metadata.len() == 1));
        let turns = deep.replace("text", "b").replace("\"a\"", "\"turns\"");
        assert!(Record::parse(&turns).is_ok());
    }

    proptest! {
        #[test]
        fn whatever_stands_on_a_line_it_is_a_record_or_refused(
            line in r#"\{?("(text|turns|id|roles|lens|format|x)":("?[a-z]*"?|[0-9.e-]*|\[.?\]|\{.*\}),?){0,4}\}?|.*"#
        ) {
            if let Ok(record) = Record::parse(&line) {
                let _ = record.name();
                prop_assert!(serde_json::to_string(&record.metadata).is_ok());
            }
        }
    }
}
