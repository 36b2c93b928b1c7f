//! How findings are written: for people, as JSON, as SARIF, as annotations.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use serde_json::{Value, json};

use crate::lexicon::Lexicon;
use crate::report::{clean, counted, wrap};
use crate::taxonomy::Behaviour;

use super::super::Failure;
use super::super::github::{Annotation, Level};
use super::{Found, Round, Shape, sarif};

/// The version of the JSON's shape.
const SCHEMA: &str = "unsell.check/1";

/// Columns of text under a finding.
const WIDTH: usize = 76;

const PLACE: Style = Style::new().bold();
const DRAINS: Style = AnsiColor::Yellow.on_default();

/// Writes findings as they come, or all at the end where the format is one document.
pub struct Output {
    shape: Shape,
    held: Vec<Found>,
}

impl Output {
    pub fn new(shape: Shape) -> Self {
        Output { shape, held: Vec::new() }
    }

    /// Takes a finding.
    pub fn add(&mut self, found: Found) -> Result<(), Failure> {
        match self.shape {
            Shape::Terminal => terminal(&found, &mut anstream::stdout().lock())?,
            Shape::Github => github(&found, &mut io::stdout().lock())?,
            Shape::Json | Shape::Sarif => self.held.push(found),
        }
        Ok(())
    }

    /// Writes what is left, and on standard error what was not reported.
    pub fn finish(self, round: &Round, guide: Option<&Lexicon>) -> Result<(), Failure> {
        let document = match self.shape {
            Shape::Json => Some(json(&self.held, round)),
            Shape::Sarif => Some(sarif::log(&self.held, round, guide)),
            Shape::Terminal | Shape::Github => None,
        };
        let mut stdout = io::stdout().lock();
        if let Some(document) = document {
            serde_json::to_writer_pretty(&mut stdout, &document).map_err(io::Error::from)?;
            writeln!(stdout)?;
        }
        stdout.flush()?;
        if round.set_aside + round.known > 0 {
            let _ = writeln!(anstream::stderr(), "{}", summary(round));
        }
        Ok(())
    }
}

/// What a round came to, in a line.
pub fn summary(round: &Round) -> String {
    let (found, files) = (counted(round.found, "finding"), counted(round.files, "file"));
    let mut text = format!("{found} in {files}");
    if round.set_aside > 0 {
        text += &format!("; {} set aside by notes or settings", round.set_aside);
    }
    if round.known > 0 {
        text += &format!("; {} known from the baseline", round.known);
    }
    text
}

impl Found {
    fn meaning(&self) -> &'static str {
        Behaviour::from_id(self.finding.behaviour).map_or("", Behaviour::meaning)
    }

    /// What the speaker does, and where no line shows it the words.
    pub fn message(&self) -> String {
        let mut message = self.meaning().to_owned();
        if self.shown.is_none() {
            message += &format!(": “{}”", clean(&self.finding.quote));
        }
        if let Some(taken) = &self.finding.taken_back {
            message += &format!(", taken back later by “{}”", clean(&taken.quote));
        }
        message
    }

    /// The same with what to write instead, for formats that have one text only.
    pub fn full_message(&self) -> String {
        let (meaning, quote) = (self.meaning(), clean(&self.finding.quote));
        match self.finding.instead.as_str() {
            "" => format!("{meaning}: “{quote}”"),
            instead => format!("{meaning}: “{quote}”. Instead: {}", clean(instead)),
        }
    }

    /// Line and column.
    pub fn place(&self) -> Option<(usize, usize)> {
        self.finding.line.zip(self.finding.col)
    }
}

/// The first line is `file:line:col: behaviour message`, which editors match; what follows stands behind
/// a margin.
pub fn terminal(found: &Found, out: &mut dyn Write) -> io::Result<()> {
    let finding = &found.finding;
    let place = match found.place() {
        Some((line, col)) => format!("{}:{line}:{col}:", clean(&found.path)),
        None => format!("{}: turn {}:", clean(&found.path), finding.turn + 1),
    };
    let (behaviour, message) = (finding.behaviour, found.message());
    writeln!(out, "{PLACE}{place}{PLACE:#} {DRAINS}{behaviour}{DRAINS:#} {message}")?;
    if let Some(shown) = &found.shown {
        let (line, carets) = shown.split_once('\n').unwrap_or((shown, ""));
        writeln!(out, "{line}\n{DRAINS}{carets}{DRAINS:#}")?;
    }
    if !finding.instead.is_empty() {
        let margin = finding.line.map_or(1, |line| line.to_string().len());
        let instead = wrap(&format!("instead: {}", clean(&finding.instead)), WIDTH - margin);
        for (at, line) in instead.iter().enumerate() {
            let mark = if at == 0 { "=" } else { " " };
            writeln!(out, "{:margin$} {mark} {line}", "")?;
        }
    }
    Ok(())
}

fn github(found: &Found, out: &mut dyn Write) -> io::Result<()> {
    let annotation = Annotation {
        level: if found.fails { Level::Error } else { Level::Warning },
        path: &found.path,
        place: found.place(),
        end: found.finding.end,
        title: Some(&format!("unsell: {}", found.finding.behaviour)),
        message: &found.full_message(),
    };
    annotation.write(out)
}

fn json(all: &[Found], round: &Round) -> Value {
    let findings = all.iter().map(|found| {
        let Found { path, finding, fails, .. } = found;
        json!({
            "path": path, "turn": finding.turn, "line": finding.line, "col": finding.col,
            "end_line": finding.end.map(|(line, _)| line),
            "end_col": finding.end.map(|(_, col)| col),
            "speaker": finding.speaker, "axis": finding.axis, "pole": finding.pole,
            "behaviour": finding.behaviour, "message": found.meaning(), "quote": finding.quote,
            "score": finding.score, "evidence": finding.evidence, "instead": finding.instead,
            "taken_back": finding.taken_back.as_ref().map(|taken| &taken.quote), "fails": fails,
        })
    });
    let findings = findings.collect::<Vec<_>>();
    json!({
        "schema": SCHEMA,
        "findings": findings,
        "files": round.files,
        "set_aside": round.set_aside,
        "known": round.known,
    })
}
