//! A history as tables for spreadsheets.

use std::io::{self, Write};

use super::{Call, Records, rate};
use crate::report::clean;
use crate::report::csv::{guarded, optional, write_row};

/// A file of rows.
pub struct Table {
    /// The file's name.
    pub file: &'static str,
    /// The names of its columns.
    pub columns: &'static [&'static str],
    rows: fn(&Records, &mut dyn Write) -> io::Result<()>,
}

impl Table {
    /// Writes the columns' names and all rows.
    pub fn write(&self, records: &Records, out: &mut dyn Write) -> io::Result<()> {
        write_row(out, self.columns.iter().map(|name| (*name).to_owned()))?;
        (self.rows)(records, out)
    }
}

/// The tables of an export. `day` is that of the call, or of its analysis where `held` is empty.
pub static TABLES: [Table; 4] = [
    Table {
        file: "calls.csv",
        columns: &[
            "sha256", "day", "held", "analyzed", "path", "format", "engine", "lexicon", "model",
        ],
        rows: calls,
    },
    Table {
        file: "scores.csv",
        columns: &[
            "sha256", "day", "path", "person", "name", "role", "axis", "words", "index", "low",
            "high", "evidence",
        ],
        rows: scores,
    },
    Table {
        file: "behaviours.csv",
        columns: &[
            "sha256",
            "day",
            "path",
            "person",
            "axis",
            "behaviour",
            "count",
            "per_1000_words",
        ],
        rows: behaviours,
    },
    Table {
        file: "moments.csv",
        columns: &[
            "sha256",
            "day",
            "path",
            "person",
            "time",
            "line",
            "behaviour",
            "score",
            "quote",
            "taken_back",
        ],
        rows: moments,
    },
];

/// Text of others that acts neither on a spreadsheet nor on a terminal.
fn inert(text: &str) -> String {
    guarded(&clean(text))
}

fn calls(records: &Records, out: &mut dyn Write) -> io::Result<()> {
    for call in &records.calls {
        let Call { sha256, path, format, held, analyzed, engine, lexicon, model, .. } = call;
        let text = |text: &Option<String>| inert(text.as_deref().unwrap_or_default());
        let row = [
            inert(sha256),
            inert(call.day()),
            text(held),
            inert(analyzed),
            inert(path),
            inert(format),
            inert(engine),
            text(lexicon),
            text(model),
        ];
        write_row(out, row)?;
    }
    Ok(())
}

/// The cells with which every row of a call begins.
fn of_call(call: &Call) -> [String; 3] {
    [inert(&call.sha256), inert(call.day()), inert(&call.path)]
}

fn scores(records: &Records, out: &mut dyn Write) -> io::Result<()> {
    for part in &records.parts {
        let mut row = of_call(records.call(part.call)).to_vec();
        row.extend([&part.person, &part.name, &part.role, &part.axis].map(|text| inert(text)));
        row.push(part.words.to_string());
        let index = part.index;
        row.extend([index.value, index.low, index.high].map(|figure| figure.to_string()));
        row.push(inert(&part.evidence));
        write_row(out, row)?;
    }
    Ok(())
}

fn behaviours(records: &Records, out: &mut dyn Write) -> io::Result<()> {
    for part in &records.parts {
        for (behaviour, count) in &part.counts {
            let mut row = of_call(records.call(part.call)).to_vec();
            row.extend([&part.person, &part.axis, behaviour].map(|text| inert(text)));
            row.push(count.to_string());
            let rate = rate(*count, part.words).map(|rate| format!("{:.4}", rate.value));
            row.push(optional(rate));
            write_row(out, row)?;
        }
    }
    Ok(())
}

fn moments(records: &Records, out: &mut dyn Write) -> io::Result<()> {
    for moment in &records.moments {
        let mut row = of_call(records.call(moment.call)).to_vec();
        row.extend([
            inert(&moment.person),
            optional(moment.seconds),
            optional(moment.line),
            inert(&moment.behaviour),
            moment.score.to_string(),
            inert(&moment.quote),
            inert(moment.taken_back.as_deref().unwrap_or_default()),
        ]);
        write_row(out, row)?;
    }
    Ok(())
}
