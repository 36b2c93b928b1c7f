//! What a report holds, as its JSON shows it.
//!
//! These are the shapes that other programs read; `docs/report.schema.json` is generated from them
//! and a test holds the two together. What is marked as skipped helps the writers and is not part
//! of the JSON.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::finding;
use crate::roles::RoleSource;
use crate::score::{Figure, Sufficiency};
use crate::taxonomy::{Axis, Pole, Role};

/// The version of the shape, told by every report.
pub const SCHEMA: &str = "unsell.report/1";

/// What one transcript came to.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
pub struct Report {
    /// `unsell.report/1`.
    pub schema: &'static str,
    /// What made the report.
    pub engine: EngineInfo,
    /// What was read.
    pub source: SourceInfo,
    /// Everyone who speaks, in order of appearance.
    pub speakers: Vec<SpeakerReport>,
    /// What was said, in order.
    pub turns: Vec<TurnReport>,
    /// What was found, in order of place.
    pub findings: Vec<FindingReport>,
    /// How everyone judged on an axis comes out together; null for an axis that was not judged.
    pub scores: Scores,
    /// What a reader of the report should know.
    pub warnings: Vec<String>,
    /// Findings that the author or the settings set aside and that count nowhere; left out where there
    /// are none.
    #[serde(skip_serializing_if = "is_zero")]
    #[schemars(default)]
    pub set_aside: u64,
    /// The role of text without a speaker, where there is any.
    #[serde(skip)]
    pub unattributed: Option<Unattributed>,
    /// Those of the given roles that someone here has, by the names under which they were given.
    #[serde(skip)]
    pub roles_given: Vec<String>,
    /// Whether speakers have names that hold for this report alone.
    #[serde(skip)]
    pub has_pseudonyms: bool,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

/// Text that no speaker is known for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unattributed {
    /// In whose role it is read.
    pub role: Role,
    /// Where the role is known from.
    pub role_source: RoleSource,
    /// How many words it has.
    pub words: u64,
}

/// What made a report.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
pub struct EngineInfo {
    /// The program's version.
    pub version: &'static str,
    /// A hash of the lexicon's rules; null where no lexicon was used.
    pub lexicon: Option<String>,
    /// The classifier's name and hash; null where none was used.
    pub model: Option<String>,
    /// Where the ideal rates come from. They are an assumption.
    pub targets: String,
}

impl EngineInfo {
    /// Whether two detectors were asked, so that they can disagree.
    pub fn has_both(&self) -> bool {
        self.lexicon.is_some() && self.model.is_some()
    }
}

impl Report {
    /// What a reader should know: the warnings, and that some findings were set aside.
    pub fn notices(&self) -> impl Iterator<Item = Cow<'_, str>> {
        let notice = match self.set_aside {
            0 => None,
            1 => Some(
                "1 finding is set aside by its author or the settings; it counts nowhere".into(),
            ),
            more => Some(format!(
                "{more} findings are set aside by their author or the settings; they count nowhere"
            )),
        };
        let warnings = self.warnings.iter().map(|warning| Cow::from(warning.as_str()));
        warnings.chain(notice.map(Cow::from))
    }

    /// How long it takes from the first start to the last end, in seconds, where the source has times.
    pub fn length(&self) -> Option<f64> {
        let start = self.turns.iter().filter_map(|turn| turn.start).reduce(f64::min)?;
        let end =
            |turn: &TurnReport| turn.shape.span.map(|span| span.1).or(turn.end).or(turn.start);
        let end = self.turns.iter().filter_map(end).reduce(f64::max)?;
        Some(end - start)
    }

    /// Warns of those among the names of given roles that nobody here has.
    pub fn warn_of_unused(&mut self, given: impl IntoIterator<Item: AsRef<str>>) {
        let is_used = |name: &str| self.roles_given.iter().any(|given| given == name.trim());
        let unused = given.into_iter().filter(|name| !is_used(name.as_ref())).count();
        match unused {
            0 => {}
            1 => {
                self.warnings.push("a role is given to someone who speaks nowhere here".to_owned());
            }
            more => {
                self.warnings.push(format!("roles are given to {more} who speak nowhere here"));
            }
        }
    }

    /// What a speaker is called among those of other reports.
    pub fn person<'a>(&self, name: &'a str) -> Cow<'a, str> {
        match self.has_pseudonyms {
            true => {
                let hash = self.source.sha256.get(..8).unwrap_or(&self.source.sha256);
                Cow::Owned(format!("{name} ({hash})"))
            }
            false => Cow::Borrowed(name),
        }
    }

    /// The words of everyone who is judged on an axis: what its rates are of.
    pub fn judged_words(&self, axis: Axis) -> u64 {
        let speakers = self.speakers.iter().filter(|speaker| speaker.scores.get(axis).is_some());
        let unnamed = self.unattributed.filter(|text| text.role.judged_on(axis));
        speakers.map(|speaker| speaker.words).sum::<u64>() + unnamed.map_or(0, |text| text.words)
    }

    /// Which detector saw how many of the findings, in words; `None` where only one was asked.
    pub fn agreement(&self) -> Option<String> {
        if !self.engine.has_both() || self.findings.is_empty() {
            return None;
        }
        let by = |who| self.findings.iter().filter(|f| f.seen_alone_by() == who).count();
        Some(format!(
            "{} by both detectors, {} by the lexicon alone, {} by the classifier alone",
            by(None),
            by(Some("lexicon")),
            by(Some("classifier"))
        ))
    }
}

/// What was read.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
pub struct SourceInfo {
    /// The path as it was given, or `-`.
    pub path: String,
    /// The identifier of the format.
    pub format: &'static str,
    /// SHA-256 of the file's bytes, in hex.
    pub sha256: String,
    /// How fine its times are: `ms`, `s`, `5min` or `none`.
    pub time_resolution: &'static str,
}

/// One speaker.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
pub struct SpeakerReport {
    /// The name, as the source has it.
    pub name: String,
    /// The identifier that the source uses beside the name.
    #[serde(skip)]
    pub id: Option<String>,
    /// The role, which decides on which axes the speaker is judged.
    pub role: Role,
    /// Where the role is known from.
    pub role_source: RoleSource,
    /// How sure an inferred role is, from 0 to 1; left out for the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_confidence: Option<f64>,
    /// Words said.
    pub words: u64,
    /// Turns taken.
    pub turns: u64,
    /// Conversation figures by name.
    pub conversation: Keyed<Figure>,
    /// The speaker's own scores; null for an axis on which the speaker is not judged.
    pub scores: Scores,
}

/// One turn.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
pub struct TurnReport {
    /// Its place, from 0.
    pub index: usize,
    /// The speaker's name; null where no one is named.
    pub speaker: Option<Arc<str>>,
    /// When it starts, in seconds.
    pub start: Option<f64>,
    /// When it ends, in seconds.
    pub end: Option<f64>,
    /// What was said.
    pub text: String,
    /// What the turn is made of, for drawing it.
    #[serde(skip)]
    pub shape: TurnShape,
}

/// What a turn is made of.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct TurnShape {
    /// Words said.
    pub words: u64,
    /// When it starts and ends, in seconds, where times are fine enough to tell how long it is; an end
    /// that the source does not give is the next start, and the last one an estimate.
    pub span: Option<(f64, f64)>,
    /// Questions that need words of one's own.
    pub open_questions: u32,
    /// Questions that yes, no or a choice answers.
    pub closed_questions: u32,
    /// Opening, middle or closing of a conversation.
    pub part: Option<&'static str>,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
pub struct FindingReport {
    /// The index of the turn.
    pub turn: usize,
    /// From and up to which Unicode scalar of the turn's text.
    pub span: [usize; 2],
    /// The words.
    pub quote: String,
    /// Line in the source, from 1; null where the format has no lines.
    pub line: Option<usize>,
    /// Column in Unicode scalars, from 1.
    pub col: Option<usize>,
    /// Line and column just behind the words.
    #[serde(skip)]
    pub end: Option<(usize, usize)>,
    /// The bytes of the words in the source's text.
    #[serde(skip)]
    pub bytes: Option<Range<usize>>,
    /// When it was said, in seconds.
    pub time: Option<f64>,
    /// The speaker's name; null where no one is named.
    pub speaker: Option<String>,
    /// `selling` or `leading`.
    pub axis: &'static str,
    /// `pushy`, `leadership`, `buy-in` or `ownership`.
    pub pole: &'static str,
    /// The behaviour's identifier.
    pub behaviour: &'static str,
    /// How sure, from 0 to 1.
    pub score: f64,
    /// What it rests on.
    pub evidence: Vec<EvidenceReport>,
    /// What to say instead; empty for behaviours that build.
    pub instead: String,
    /// Later words of the same speaker that take it back; left out where there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_back: Option<TakenBackReport>,
}

/// Words that take a finding back.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
pub struct TakenBackReport {
    /// The index of the turn.
    pub turn: usize,
    /// From and up to which Unicode scalar of the turn's text.
    #[serde(skip)]
    pub span: [usize; 2],
    /// The words.
    pub quote: String,
    /// Line in the source, from 1; null where the format has no lines.
    pub line: Option<usize>,
    /// When it was said, in seconds.
    pub time: Option<f64>,
    /// How often such words do take something back, from 0 to 1.
    pub weight: f64,
}

impl FindingReport {
    /// How much it counts in the index.
    pub fn weight(&self) -> f64 {
        finding::weight(self.score, self.taken_back.as_ref().map(|by| by.weight))
    }

    /// Whether another finds the same behaviour in the same words, at least in part.
    pub fn same_as(&self, other: &FindingReport) -> bool {
        let overlap = self.span[0] < other.span[1] && other.span[0] < self.span[1];
        self.turn == other.turn && self.behaviour == other.behaviour && overlap
    }

    /// The rules that matched.
    pub fn rules(&self) -> impl Iterator<Item = &str> {
        self.evidence.iter().filter_map(|evidence| match evidence {
            EvidenceReport::Lexicon { rule } => Some(rule.as_str()),
            EvidenceReport::Classifier { .. } => None,
        })
    }

    /// The classifier's probability, where it heard the behaviour.
    pub fn classifier_score(&self) -> Option<f64> {
        self.evidence.iter().find_map(|evidence| match evidence {
            EvidenceReport::Lexicon { .. } => None,
            EvidenceReport::Classifier { score } => Some(*score),
        })
    }

    /// The one detector that saw it, where the other did not; `None` where both did.
    pub fn seen_alone_by(&self) -> Option<&'static str> {
        match (self.rules().next().is_some(), self.classifier_score().is_some()) {
            (true, false) => Some("lexicon"),
            (false, true) => Some("classifier"),
            _ => None,
        }
    }

    /// Whether it counts against the speaker.
    pub fn drains(&self) -> bool {
        Pole::from_id(self.pole).is_some_and(Pole::drains)
    }
}

/// What a finding rests on.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
#[serde(tag = "detector", rename_all = "lowercase")]
pub enum EvidenceReport {
    /// A lexicon rule matched.
    Lexicon {
        /// The rule's full identifier.
        rule: String,
    },
    /// The classifier heard it.
    Classifier {
        /// Calibrated probability.
        score: f64,
    },
}

/// A score for each axis; null for one that was not judged.
#[derive(Debug, Clone, PartialEq, Default, serde::Serialize, JsonSchema)]
pub struct Scores {
    /// As a seller in a call with a buyer.
    pub selling: Option<AxisReport>,
    /// As a leader among their own people.
    pub leading: Option<AxisReport>,
}

impl Scores {
    /// The score of an axis.
    pub fn get(&self, axis: Axis) -> Option<&AxisReport> {
        match axis {
            Axis::Selling => self.selling.as_ref(),
            Axis::Leading => self.leading.as_ref(),
        }
    }

    /// The axes that were judged, with their scores.
    pub fn judged(&self) -> impl Iterator<Item = (Axis, &AxisReport)> {
        Axis::ALL.into_iter().filter_map(|axis| Some((axis, self.get(axis)?)))
    }
}

/// The score of an axis.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
pub struct AxisReport {
    /// From 0, all drains, to 100, all builds; 50 for an even or empty record.
    pub index: f64,
    /// Lower end of the 90 % interval.
    pub low: f64,
    /// Upper end of the 90 % interval.
    pub high: f64,
    /// Whether the index rests on enough.
    pub evidence: Sufficiency,
    /// The draining and the building pole.
    pub poles: Keyed<PoleCount>,
    /// The Five Practices or the eight contrasts.
    pub groups: Keyed<GroupCount>,
    /// Every behaviour of the axis.
    pub behaviours: Keyed<BehaviourCount>,
    /// Opening, middle and closing of a conversation; left out for notes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Keyed<PartCount>>,
}

/// What was found in a part of a conversation.
#[derive(Debug, Clone, PartialEq, serde::Serialize, JsonSchema)]
pub struct PartCount {
    /// Words that the people judged said in it.
    pub words: u64,
    /// The draining and the building pole.
    pub poles: Keyed<PoleCount>,
}

/// How often the behaviours of a pole were found.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, JsonSchema)]
pub struct PoleCount {
    /// Findings.
    pub count: u64,
    /// Findings per 1,000 words of the people judged.
    pub per_1000_words: f64,
}

/// How often the building behaviours of a group were found.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, JsonSchema)]
pub struct GroupCount {
    /// Findings of the side that builds.
    pub count: u64,
    /// Findings of the side that drains, for a contrast.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drains: Option<u64>,
    /// Building findings per 1,000 words of the people judged.
    pub per_1000_words: f64,
    /// The ideal rate per 1,000 words: an assumption.
    pub ideal: f64,
    /// Ideal less rate.
    pub gap: f64,
}

/// How often a behaviour was found.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, JsonSchema)]
pub struct BehaviourCount {
    /// Findings.
    pub count: u64,
    /// Findings per 1,000 words of the people judged.
    pub per_1000_words: f64,
    /// Findings per 10 minutes of the call; null where there are no times.
    pub per_10_minutes: Option<f64>,
    /// The ideal rate per 1,000 words: an assumption.
    pub ideal: f64,
    /// Ideal less rate.
    pub gap: f64,
}

/// A JSON object whose keys keep the order of the taxonomy.
#[derive(Debug, Clone, PartialEq)]
pub struct Keyed<T>(pub Vec<(&'static str, T)>);

impl<T> Keyed<T> {
    /// The value of a key.
    pub fn get(&self, key: &str) -> Option<&T> {
        self.iter().find(|(found, _)| *found == key).map(|(_, value)| value)
    }

    /// Keys and values in order.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, &T)> {
        self.0.iter().map(|(key, value)| (*key, value))
    }
}

impl<T: Serialize> Serialize for Keyed<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

impl<T: JsonSchema> JsonSchema for Keyed<T> {
    fn schema_name() -> Cow<'static, str> {
        format!("{}ByName", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        BTreeMap::<String, T>::json_schema(generator)
    }
}

/// The JSON Schema of a report, as pretty JSON with a final line end.
pub fn schema_json() -> String {
    let schema = schemars::schema_for!(Report);
    // A schema is plain JSON, so writing it cannot fail; were it to, the test that holds the
    // committed file would say so.
    serde_json::to_string_pretty(&schema).unwrap_or_default() + "\n"
}
