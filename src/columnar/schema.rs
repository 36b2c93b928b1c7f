//! The columns of the tables that are written, each with its type, what it means and where it comes from.

use crate::report::model::{AxisReport, FindingReport, PoleCount, Report, SpeakerReport};
use crate::taxonomy::{Axis, Pole, Role};

use super::tables::Origin;

/// A table.
pub struct Table {
    /// What its file is called, without the ending.
    pub name: &'static str,
    /// The version of its columns: it changes where one goes or changes its meaning.
    pub schema: &'static str,
    /// What a row is.
    pub about: &'static str,
    /// Its columns, in order.
    pub columns: &'static [Column],
}

/// A column.
pub struct Column {
    /// Its name.
    pub name: &'static str,
    /// The type of its cells.
    pub kind: Kind,
    /// Whether a cell may be null.
    pub nullable: bool,
    /// What it means.
    pub about: &'static str,
    /// The cell of a row.
    pub cell: for<'a> fn(&Row<'a>) -> Cell<'a>,
}

/// The type of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A string.
    Text,
    /// A list of strings.
    Texts,
    /// An integer of 64 bits.
    Integer,
    /// A floating-point number of 64 bits.
    Number,
    /// True or false.
    Flag,
}

/// What is in a cell.
pub enum Cell<'a> {
    Null,
    Text(&'a str),
    Texts(Vec<&'a str>),
    Integer(u64),
    Number(f64),
    Flag(bool),
}

/// What a row of any table is about.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// Which transcript.
    pub origin: &'a Origin,
    /// Its report, where there is one.
    pub report: Option<&'a Report>,
    /// The finding, in a row about one.
    pub finding: Option<&'a FindingReport>,
    /// The axis, in a row about a score.
    pub score: Option<(Axis, &'a AxisReport)>,
    /// Whose score; none for that of everyone judged.
    pub speaker: Option<&'a SpeakerReport>,
    /// Why there is no report.
    pub error: Option<&'a str>,
}

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        Cell::Text(text)
    }
}

impl From<f64> for Cell<'_> {
    fn from(number: f64) -> Self {
        Cell::Number(number)
    }
}

impl From<u64> for Cell<'_> {
    fn from(number: u64) -> Self {
        Cell::Integer(number)
    }
}

impl From<usize> for Cell<'_> {
    fn from(number: usize) -> Self {
        Cell::Integer(number as u64)
    }
}

impl From<bool> for Cell<'_> {
    fn from(flag: bool) -> Self {
        Cell::Flag(flag)
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Cell::Null, Into::into)
    }
}

/// A word, or null where it was left out.
fn said(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

const fn column(
    name: &'static str,
    kind: Kind,
    about: &'static str,
    cell: for<'a> fn(&Row<'a>) -> Cell<'a>,
) -> Column {
    Column { name, kind, nullable: false, about, cell }
}

const fn nullable(
    name: &'static str,
    kind: Kind,
    about: &'static str,
    cell: for<'a> fn(&Row<'a>) -> Cell<'a>,
) -> Column {
    Column { name, kind, nullable: true, about, cell }
}

const ID: Column = nullable(
    "id",
    Kind::Text,
    "the `id` of the record, an integer as its digits; null where it has none, as files of transcripts have",
    |row| row.origin.id.as_deref().into(),
);
const PATH: Column = nullable(
    "path",
    Kind::Text,
    "the file as it was given, or `-`; null for an argument that was no file",
    |row| row.origin.path.as_deref().into(),
);
const ROW: Column = nullable(
    "row",
    Kind::Integer,
    "the row or line of the record in that file, from 1 (of turns, the first); null for a file of its own",
    |row| row.origin.row.into(),
);

/// All tables.
pub static TABLES: [Table; 3] = [FINDINGS, SCORES, FAILURES];

const FINDINGS: Table = Table {
    name: "findings",
    schema: "unsell.findings/1",
    about: "A row for each finding, in order of place",
    columns: &[
        ID,
        PATH,
        ROW,
        column("turn", Kind::Integer, "the turn, from 0", |row| {
            row.finding.map(|found| found.turn).into()
        }),
        column(
            "span_start",
            Kind::Integer,
            "the first character of the words in the turn, from 0",
            |row| row.finding.map(|found| found.span[0]).into(),
        ),
        column("span_end", Kind::Integer, "the character behind the words", |row| {
            row.finding.map(|found| found.span[1]).into()
        }),
        nullable("line", Kind::Integer, "the line in the source, from 1", |row| {
            row.finding.and_then(|found| found.line).into()
        }),
        nullable("col", Kind::Integer, "the column in that line, from 1", |row| {
            row.finding.and_then(|found| found.col).into()
        }),
        nullable("time", Kind::Number, "when it was said, in seconds", |row| {
            row.finding.and_then(|found| found.time).into()
        }),
        nullable("speaker", Kind::Text, "who said it; null where no one is named", |row| {
            row.finding.and_then(|found| found.speaker.as_deref()).into()
        }),
        nullable("role", Kind::Text, "the speaker's role", |row| role_of(row).map(Role::id).into()),
        column("axis", Kind::Text, "`selling` or `leading`", |row| {
            row.finding.map(|found| found.axis).into()
        }),
        column("pole", Kind::Text, "`pushy`, `leadership`, `buy-in` or `ownership`", |row| {
            row.finding.map(|found| found.pole).into()
        }),
        column("behaviour", Kind::Text, "the behaviour", |row| {
            row.finding.map(|found| found.behaviour).into()
        }),
        column("score", Kind::Number, "how sure, from 0 to 1", |row| {
            row.finding.map(|found| found.score).into()
        }),
        column("rules", Kind::Texts, "the rules that matched", |row| {
            Cell::Texts(row.finding.map_or(Vec::new(), |found| found.rules().collect()))
        }),
        nullable(
            "classifier_score",
            Kind::Number,
            "the classifier's probability, where it heard it",
            |row| row.finding.and_then(FindingReport::classifier_score).into(),
        ),
        nullable("quote", Kind::Text, "the words; null with `--no-text`", |row| {
            row.finding.and_then(|found| said(&found.quote)).into()
        }),
        nullable("instead", Kind::Text, "what to say instead; null for what builds", |row| {
            row.finding.and_then(|found| said(&found.instead)).into()
        }),
        column("taken_back", Kind::Flag, "whether the speaker takes it back later", |row| {
            row.finding.map(|found| found.taken_back.is_some()).into()
        }),
        nullable("taken_back_turn", Kind::Integer, "the turn in which", |row| {
            row.finding.and_then(|found| Some(found.taken_back.as_ref()?.turn)).into()
        }),
        nullable("taken_back_time", Kind::Number, "when, in seconds", |row| {
            row.finding.and_then(|found| found.taken_back.as_ref()?.time).into()
        }),
        nullable(
            "taken_back_weight",
            Kind::Number,
            "how often such words do take something back, from 0 to 1",
            |row| row.finding.and_then(|found| Some(found.taken_back.as_ref()?.weight)).into(),
        ),
        nullable(
            "taken_back_quote",
            Kind::Text,
            "the words that do; null with `--no-text`",
            |row| row.finding.and_then(|found| said(&found.taken_back.as_ref()?.quote)).into(),
        ),
    ],
};

const SCORES: Table = Table {
    name: "scores",
    schema: "unsell.scores/1",
    about: "A row for each transcript and axis that everyone judged has together (`speaker` is null), and one for \
            each of those who have a name; a transcript in which nobody is judged has one row without an axis",
    columns: &[
        ID,
        PATH,
        ROW,
        column("sha256", Kind::Text, "a hash of what was read", |row| {
            row.report.map(|report| report.source.sha256.as_str()).into()
        }),
        column("format", Kind::Text, "the format it was read as", |row| {
            row.report.map(|report| report.source.format).into()
        }),
        column(
            "time_resolution",
            Kind::Text,
            "how fine its times are: `ms`, `s`, `5min` or `none`",
            |row| row.report.map(|report| report.source.time_resolution).into(),
        ),
        nullable("axis", Kind::Text, "`selling` or `leading`", |row| {
            row.score.map(|(axis, _)| axis.id()).into()
        }),
        nullable("speaker", Kind::Text, "whose score; null for everyone judged together", |row| {
            row.speaker.map(|speaker| speaker.name.as_str()).into()
        }),
        nullable("role", Kind::Text, "the speaker's role", |row| {
            row.speaker.map(|speaker| speaker.role.id()).into()
        }),
        nullable("role_source", Kind::Text, "where the role is known from", |row| {
            row.speaker.map(|speaker| speaker.role_source.id()).into()
        }),
        nullable(
            "role_confidence",
            Kind::Number,
            "how sure a role is that the talk told, from 0 to 1",
            |row| row.speaker.and_then(|speaker| speaker.role_confidence).into(),
        ),
        column("turns", Kind::Integer, "turns that the speaker took, or that there are", |row| {
            match (row.speaker, row.report) {
                (Some(speaker), _) => speaker.turns.into(),
                (None, report) => report.map(|report| report.turns.len()).into(),
            }
        }),
        column("words", Kind::Integer, "words of those whom the row judges", |row| {
            words(row).into()
        }),
        nullable("index", Kind::Number, "from 0, all drains, to 100, all builds", |row| {
            row.score.map(|(_, score)| score.index).into()
        }),
        nullable("low", Kind::Number, "lower end of its 90 % interval", |row| {
            row.score.map(|(_, score)| score.low).into()
        }),
        nullable("high", Kind::Number, "upper end of its 90 % interval", |row| {
            row.score.map(|(_, score)| score.high).into()
        }),
        nullable(
            "evidence",
            Kind::Text,
            "whether the index rests on enough: `none`, `thin` or `enough`",
            |row| row.score.map(|(_, score)| score.evidence.id()).into(),
        ),
        nullable(
            "drains_count",
            Kind::Integer,
            "findings of the pole that drains (`pushy`, `buy-in`)",
            |row| pole(row, Axis::drains).map(|pole| pole.count).into(),
        ),
        nullable("drains_per_1000_words", Kind::Number, "the same for each 1,000 words", |row| {
            pole(row, Axis::drains).map(|pole| pole.per_1000_words).into()
        }),
        nullable(
            "builds_count",
            Kind::Integer,
            "findings of the pole that builds (`leadership`, `ownership`)",
            |row| pole(row, Axis::builds).map(|pole| pole.count).into(),
        ),
        nullable("builds_per_1000_words", Kind::Number, "the same for each 1,000 words", |row| {
            pole(row, Axis::builds).map(|pole| pole.per_1000_words).into()
        }),
        column(
            "warnings",
            Kind::Texts,
            "what a reader should know; in rows of one speaker an empty list",
            |row| {
                Cell::Texts(match (row.speaker, row.report) {
                    (None, Some(report)) => report.warnings.iter().map(String::as_str).collect(),
                    _ => Vec::new(),
                })
            },
        ),
    ],
};

const FAILURES: Table = Table {
    name: "failures",
    schema: "unsell.failures/1",
    about: "A row for each record or file of which there is no report; no row where all went well",
    columns: &[ID, PATH, ROW, column("error", Kind::Text, "why", |row| row.error.into())],
};

fn pole<'a>(row: &Row<'a>, of: fn(Axis) -> Pole) -> Option<&'a PoleCount> {
    let (axis, score) = row.score?;
    score.poles.get(of(axis).id())
}

/// The words that a row's rates are of; of a row without an axis all that there are.
fn words(row: &Row<'_>) -> u64 {
    let Some(report) = row.report else { return 0 };
    if let Some(speaker) = row.speaker {
        return speaker.words;
    }
    let is_judged = |role: Role| row.score.is_none_or(|(axis, _)| role.judged_on(axis));
    let speakers = report.speakers.iter().filter(|speaker| is_judged(speaker.role));
    let unnamed = report.unattributed.filter(|text| is_judged(text.role));
    speakers.map(|speaker| speaker.words).sum::<u64>() + unnamed.map_or(0, |text| text.words)
}

fn role_of(row: &Row<'_>) -> Option<Role> {
    let (report, finding) = (row.report?, row.finding?);
    match &finding.speaker {
        Some(name) => report.speakers.iter().find(|speaker| speaker.name == *name).map(|s| s.role),
        None => report.unattributed.map(|text| text.role),
    }
}
