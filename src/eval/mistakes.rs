//! The rows that a labeller got wrong, for whoever improves its rules.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::Value;

use super::Targets;
use super::evaluation::Item;
use crate::labels::{EvidenceLine, Labelling, Row};
use crate::taxonomy::Role;

/// What was wrong in a row. In a row that says only which poles are there, these are poles.
pub(super) struct Mistake {
    truth: Targets,
    predicted: Targets,
}

impl Mistake {
    /// `None` where everything that the row's truth speaks about was right.
    pub fn find(item: &Item, seen: Targets) -> Option<Mistake> {
        let behaviours = item.known.and(Targets::BEHAVIOURS);
        let level = if behaviours.is_empty() { item.known } else { behaviours };
        let (truth, predicted) = (item.truth.and(level), seen.and(level));
        (truth != predicted).then_some(Mistake { truth, predicted })
    }

    /// Writes it as a JSON line; `place` is the file, the line and the labeller.
    pub fn write(
        &self,
        out: &mut dyn Write,
        place: (&str, u64, &str),
        row: &Row,
        labelling: &Labelling,
    ) -> io::Result<()> {
        let evidence = labelling.evidence.iter();
        let line = MistakeLine {
            file: place.0,
            line: place.1,
            detector: place.2,
            id: &row.id,
            role: row.role,
            prev: &row.prev,
            text: &row.text,
            kind: row.kind(),
            truth: self.truth.ids(),
            predicted: self.predicted.ids(),
            false_alarms: self.predicted.without(self.truth).ids(),
            missed: self.truth.without(self.predicted).ids(),
            evidence: evidence.map(|(b, evidence)| EvidenceLine::new(*b, evidence)).collect(),
        };
        serde_json::to_writer(&mut *out, &line)?;
        out.write_all(b"\n")
    }
}

#[derive(Serialize)]
struct MistakeLine<'a> {
    file: &'a str,
    line: u64,
    detector: &'a str,
    id: &'a Value,
    role: Role,
    prev: &'a str,
    text: &'a str,
    kind: Option<&'a str>,
    truth: Vec<&'static str>,
    predicted: Vec<&'static str>,
    false_alarms: Vec<&'static str>,
    missed: Vec<&'static str>,
    evidence: Vec<EvidenceLine<'a>>,
}
