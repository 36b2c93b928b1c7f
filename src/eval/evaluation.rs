//! Reads rows, has them labelled, and keeps what the figures need.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use serde_json::Value;

use super::mistakes::Mistake;
use super::report::{self, EvalReport};
use super::{ScoreName, Targets};
use crate::labels::{Labeller, Labelling, Line, Lines, Parsed, Row, UnknownRoles};
use crate::taxonomy::Behaviour;

/// What to measure besides the figures that are always there.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// A behaviour, pole or axis whose score is ranked against the rows' `positive` field.
    pub score: Option<ScoreName>,
    /// A field by whose values the main figures are broken down.
    pub by: Option<String>,
}

/// Why an evaluation cannot go on.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// The input cannot be read on.
    #[error("cannot read on: {0}")]
    Read(#[source] io::Error),
    /// The mistakes cannot be written on.
    #[error("cannot write the mistakes: {0}")]
    Mistakes(#[source] io::Error),
    /// There was no row to measure on.
    #[error("no row to evaluate")]
    NoRows,
    /// `--score` needs rows of both sides.
    #[error(
        "the score `{name}` needs rows of both sides, and there are {positives} positive and \
         {negatives} negative; a row says which by a `positive` field, true or false, or else by its \
         `labels` or `poles`"
    )]
    OneSided {
        /// What was to be scored.
        name: &'static str,
        /// Rows that are positive.
        positives: u64,
        /// Rows that are not.
        negatives: u64,
    },
}

/// What is known of a row, whoever labels it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    /// What is there.
    pub truth: Targets,
    /// What the row's truth speaks about.
    pub known: Targets,
    /// What its speaker is judged on.
    pub judged: Targets,
    /// The row's `positive` field, read only where a score is asked for.
    pub positive: Option<bool>,
    pub words: u64,
    /// Indices into the names of the kinds and groups.
    pub kind: usize,
    pub group: usize,
    pub trap: bool,
}

impl Item {
    pub fn is_neutral(&self) -> bool {
        !self.known.is_empty() && self.truth.is_empty() && !self.trap
    }

    pub fn is_trap(&self) -> bool {
        !self.known.is_empty() && self.trap
    }
}

/// What a labeller said of a row.
#[derive(Debug, Clone)]
pub(super) struct Prediction {
    pub seen: Targets,
    pub scores: [f32; Behaviour::COUNT],
}

/// The rows seen so far, and what each labeller said of them.
pub struct Evaluation<'a> {
    pub(super) seats: Vec<Seat<'a>>,
    pub(super) options: Options,
    pub(super) items: Vec<Item>,
    pub(super) kinds: Names,
    pub(super) groups: Names,
    bad: u64,
    unknown_roles: UnknownRoles,
}

/// A labeller and its record.
pub(super) struct Seat<'a> {
    pub labeller: &'a dyn Labeller,
    pub predictions: Vec<Prediction>,
    /// Wall-clock time spent in labelling alone.
    pub time: Duration,
}

impl Seat<'_> {
    fn label(&mut self, rows: &[ReadRow]) -> Vec<Labelling> {
        let start = Instant::now();
        let said: Vec<_> = rows.iter().map(|read| read.row.said()).collect();
        let labellings = self.labeller.label(&said);
        self.time += start.elapsed();
        let judged = labellings.into_iter().zip(rows);
        judged.map(|(labelling, read)| labelling.judged(read.row.role)).collect()
    }
}

/// A good line.
struct ReadRow {
    line: u64,
    row: Row,
    positive: Option<bool>,
}

/// What stands for a field that a row does not have.
const NO_VALUE: &str = "(none)";

/// The values of a field, numbered in the order of their first coming. Only so many are told apart, so that a
/// breakdown by something like an id stays bounded.
#[derive(Default)]
pub(super) struct Names {
    places: BTreeMap<String, usize>,
}

impl Names {
    const MOST: usize = 200;
    const OTHERS: &str = "(others)";

    fn index(&mut self, name: &str) -> usize {
        let name = if self.places.len() < Self::MOST || self.places.contains_key(name) {
            name
        } else {
            Self::OTHERS
        };
        if let Some(place) = self.places.get(name) {
            return *place;
        }
        let place = self.places.len();
        self.places.insert(name.to_owned(), place);
        place
    }

    /// The names with their places, sorted by name.
    pub fn sorted(&self) -> impl Iterator<Item = (&str, usize)> {
        self.places.iter().map(|(name, place)| (name.as_str(), *place))
    }

    pub fn len(&self) -> usize {
        self.places.len()
    }
}

/// The value of a field as the name of a group.
fn field_value(row: &Row, field: &str) -> String {
    if field == "role" {
        return row.role.id().to_owned();
    }
    match row.extra.get(field) {
        None | Some(Value::Null) => NO_VALUE.to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

fn positive(row: &Row) -> Result<Option<bool>, String> {
    match row.extra.get("positive") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Bool(positive)) => Ok(Some(*positive)),
        Some(_) => Err("`positive` must be true or false".to_owned()),
    }
}

impl<'a> Evaluation<'a> {
    /// An evaluation of these labellers, side by side.
    pub fn new(labellers: &[&'a dyn Labeller], options: Options) -> Evaluation<'a> {
        let seat = |labeller: &&'a dyn Labeller| Seat {
            labeller: *labeller,
            predictions: Vec::new(),
            time: Duration::ZERO,
        };
        Evaluation {
            seats: labellers.iter().map(seat).collect(),
            options,
            items: Vec::new(),
            kinds: Names::default(),
            groups: Names::default(),
            bad: 0,
            unknown_roles: UnknownRoles::default(),
        }
    }

    /// Adds the rows of a file. `on_bad` hears of each line that cannot be read, which is left out;
    /// the rows that a labeller got wrong go to `mistakes`, one JSON line each, under the name `file`.
    ///
    /// # Errors
    ///
    /// When `input` cannot be read on or `mistakes` not written on.
    pub fn add(
        &mut self,
        file: &str,
        input: impl Read,
        on_bad: &mut dyn FnMut(u64, &str),
        mut mistakes: Option<&mut dyn Write>,
    ) -> Result<(), EvalError> {
        let mut lines = Lines::new(input);
        loop {
            let batch = lines.next_batch().map_err(EvalError::Read)?;
            if batch.is_empty() {
                return Ok(());
            }
            let rows = self.read(batch, on_bad);
            let start = self.items.len();
            for read in &rows {
                let item = self.item(read);
                self.items.push(item);
            }
            let items = &self.items[start..];
            for seat in &mut self.seats {
                let labellings = seat.label(&rows);
                for ((read, item), labelling) in rows.iter().zip(items).zip(labellings) {
                    let seen = Targets::of_behaviours(&labelling.labels);
                    if let Some(out) = mistakes.as_deref_mut()
                        && let Some(mistake) = Mistake::find(item, seen)
                    {
                        let place = (file, read.line, seat.labeller.name());
                        mistake
                            .write(out, place, &read.row, &labelling)
                            .map_err(EvalError::Mistakes)?;
                    }
                    seat.predictions.push(Prediction { seen, scores: labelling.scores });
                }
            }
        }
    }

    /// Parses a batch; bad lines are told of and left out.
    fn read(&mut self, batch: Vec<Line>, on_bad: &mut dyn FnMut(u64, &str)) -> Vec<ReadRow> {
        let scored = self.options.score.is_some();
        let parsed: Vec<_> = batch
            .into_par_iter()
            .map(|line| {
                let parsed = line.content.and_then(|text| {
                    let Parsed { row, unknown_role } = Row::parse(&text)?;
                    let positive = if scored { positive(&row)? } else { None };
                    Ok((ReadRow { line: line.number, row, positive }, unknown_role))
                });
                (line.number, parsed)
            })
            .collect();
        let mut rows = Vec::with_capacity(parsed.len());
        for (line, parsed) in parsed {
            match parsed {
                Ok((read, unknown_role)) => {
                    if let Some(word) = unknown_role {
                        self.unknown_roles.note(line, &word);
                    }
                    rows.push(read);
                }
                Err(error) => {
                    self.bad += 1;
                    on_bad(line, &error);
                }
            }
        }
        rows
    }

    fn item(&mut self, read: &ReadRow) -> Item {
        let row = &read.row;
        let (truth, known) = match (&row.labels, &row.poles) {
            (Some(labels), _) => (Targets::of_behaviours(labels), Targets::ALL),
            (None, Some(poles)) => (Targets::of_poles(poles), Targets::POLES),
            (None, None) => (Targets::NONE, Targets::NONE),
        };
        let group = self.options.by.as_deref().map(|field| field_value(row, field));
        Item {
            truth,
            known,
            judged: Targets::judged(row.role),
            positive: read.positive,
            words: row.text.split_whitespace().count() as u64,
            kind: self.kinds.index(row.kind().unwrap_or(NO_VALUE)),
            group: self.groups.index(group.as_deref().unwrap_or(NO_VALUE)),
            trap: row.kind() == Some("trap"),
        }
    }

    /// How many lines could not be read so far.
    pub fn bad(&self) -> u64 {
        self.bad
    }

    /// The one warning about role words that are no roles.
    pub fn warning(&self) -> Option<String> {
        self.unknown_roles.warning()
    }

    /// Computes the figures, with intervals from so many resamples (0 for none).
    ///
    /// # Errors
    ///
    /// When there was no row, or `score` was asked for and the rows are all of one side.
    pub fn finish(self, resamples: u32) -> Result<EvalReport, EvalError> {
        report::build(self, resamples)
    }
}
