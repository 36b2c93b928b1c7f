//! From a transcript, its findings and their scores to the report's model.
//!
//! Here bytes become Unicode scalars, milliseconds become seconds, and figures are rounded, once
//! for all writers.

use std::ops::Range;
use std::sync::Arc;

use crate::finding::{Evidence, Finding, TakenBack};
use crate::roles::Assigned;
use crate::score::conversation::Talk;
use crate::score::{AxisScore, Exposure, Figure, Part, Parts, Targets, score};
use crate::taxonomy::Axis;
use crate::text::Document;
use crate::transcript::{Kind, LineIndex, Millis, Source, SpeakerId, Transcript, Turn};

use super::model::*;

/// What was decided before a report is built.
#[derive(Debug)]
pub struct Judgement<'a> {
    /// The role of each speaker, and last that of text without one, with where it is known from.
    pub roles: &'a [Assigned],
    /// Those that the user gave and that somebody here has: see [`Report::roles_given`].
    pub roles_given: Vec<String>,
    /// The axes that the lens lets through; none where the text is not English.
    pub axes: &'a [Axis],
    /// What was found, in order of place, of judged people and axes only.
    pub findings: &'a [Finding],
    /// Whether the words can be understood.
    pub english: bool,
    /// Ideal rates.
    pub targets: &'a Targets,
    /// How many findings the author or the settings set aside.
    pub set_aside: u64,
    /// What made the report.
    pub engine: EngineInfo,
    /// What a reader should know, beyond what source and transcript say.
    pub warnings: Vec<String>,
}

/// Builds the report of a transcript, whose words it keeps.
pub fn build(
    source: &Source,
    transcript: Transcript,
    document: &Document,
    judgement: Judgement<'_>,
) -> Report {
    let context = Context {
        transcript: &transcript,
        document,
        talk: Talk::new(&transcript, document),
        parts: (transcript.kind == Kind::Speech).then(|| Parts::new(document)),
        findings_of: by_speaker(&transcript, judgement.findings),
        judgement: &judgement,
    };
    let speakers = (0..transcript.speakers.len()).map(|at| context.speaker(at)).collect();
    let scores = context.pooled_scores();
    let findings = context.findings(source);
    let unattributed = context.unattributed();
    let shapes: Vec<_> = (0..transcript.turns.len()).map(|turn| context.shape(turn)).collect();
    let Transcript { format, time_resolution, turns, speakers: named, mut warnings, .. } =
        transcript;
    let names: Vec<Arc<str>> = named.into_iter().map(|speaker| speaker.name.into()).collect();
    let turns =
        turns.into_iter().zip(shapes).enumerate().map(|(index, (turn, shape))| TurnReport {
            index,
            speaker: turn.speaker.map(|id| names[id.0 as usize].clone()),
            start: turn.start().map(Millis::seconds),
            end: turn.end().map(Millis::seconds),
            text: turn.text,
            shape,
        });
    warnings.extend(judgement.warnings);
    Report {
        schema: SCHEMA,
        source: SourceInfo {
            path: source.name.clone(),
            format,
            sha256: source.sha256.clone(),
            time_resolution: time_resolution.id(),
        },
        speakers,
        turns: turns.collect(),
        findings,
        scores,
        warnings,
        unattributed,
        roles_given: judgement.roles_given,
        has_pseudonyms: false,
        set_aside: judgement.set_aside,
        engine: judgement.engine,
    }
}

struct Context<'a> {
    transcript: &'a Transcript,
    document: &'a Document,
    talk: Talk<'a>,
    /// Opening, middle and closing; a note has none.
    parts: Option<Parts>,
    /// The findings of each speaker, and last those of text without one.
    findings_of: Vec<Vec<&'a Finding>>,
    judgement: &'a Judgement<'a>,
}

fn by_speaker<'a>(transcript: &Transcript, findings: &'a [Finding]) -> Vec<Vec<&'a Finding>> {
    let unnamed = transcript.speakers.len();
    let mut grouped = vec![Vec::new(); unnamed + 1];
    for finding in findings {
        let Some(turn) = transcript.turns.get(finding.turn) else { continue };
        let at = turn.speaker.map_or(unnamed, |id| id.0 as usize);
        if let Some(theirs) = grouped.get_mut(at) {
            theirs.push(finding);
        }
    }
    grouped
}

impl Context<'_> {
    /// The role of a speaker by place; one past the last speaker is text without one.
    fn assigned(&self, at: usize) -> Assigned {
        self.judgement.roles.get(at).copied().unwrap_or(Assigned::UNKNOWN)
    }

    fn words_of(&self, turns: impl Iterator<Item = usize>) -> u64 {
        turns.filter_map(|at| self.document.turns.get(at)).map(|turn| u64::from(turn.words)).sum()
    }

    fn unnamed_turns(&self) -> impl Iterator<Item = usize> {
        let turns = self.transcript.turns.iter().enumerate();
        turns.filter(|(_, turn)| turn.speaker.is_none()).map(|(at, _)| at)
    }

    fn speaker_name(&self, turn: &Turn) -> Option<String> {
        self.transcript.speaker_of(turn).map(|speaker| speaker.name.clone())
    }

    /// The score of those whose turns and findings these are.
    fn axis_score(&self, axis: Axis, turns: &[usize], findings: &[&Finding]) -> AxisReport {
        let words = self.words_of(turns.iter().copied());
        let exposure = Exposure { words, minutes: self.talk.minutes() };
        let score = score(axis, findings.iter().copied(), exposure, self.judgement.targets);
        let parts = self.parts.as_ref().map(|parts| self.part_counts(axis, parts, turns, findings));
        AxisReport { parts, ..axis_report(&score) }
    }

    fn part_counts(
        &self,
        axis: Axis,
        parts: &Parts,
        turns: &[usize],
        findings: &[&Finding],
    ) -> Keyed<PartCount> {
        let of = |part: Part| {
            let words = self.words_of(turns.iter().copied().filter(|turn| parts.of(*turn) == part));
            let exposure = Exposure { words, minutes: None };
            let pole_count = |pole| {
                let found = findings
                    .iter()
                    .filter(|f| f.behaviour.pole() == pole && parts.of(f.turn) == part);
                let count = found.count() as u64;
                PoleCount { count, per_1000_words: round(exposure.per_1000_words(count), 4) }
            };
            let poles = [axis.drains(), axis.builds()].map(|pole| (pole.id(), pole_count(pole)));
            (part.id(), PartCount { words, poles: Keyed(poles.to_vec()) })
        };
        Keyed(Part::ALL.map(of).to_vec())
    }

    /// The score of everyone judged on an axis together; null where no one is.
    fn pooled_scores(&self) -> Scores {
        let unnamed = self.transcript.speakers.len();
        let of_no_one: Vec<_> = self.unnamed_turns().collect();
        let has_unnamed = !of_no_one.is_empty();
        let turns_of = |at: usize| {
            if at < unnamed { self.talk.turns_of(SpeakerId(at as u32)) } else { &of_no_one }
        };
        self.scores(|axis| {
            let judged: Vec<_> = (0..=unnamed)
                .filter(|at| {
                    self.assigned(*at).role.judged_on(axis) && (*at < unnamed || has_unnamed)
                })
                .collect();
            let turns: Vec<_> = judged.iter().flat_map(|at| turns_of(*at)).copied().collect();
            let findings: Vec<_> =
                judged.iter().flat_map(|at| self.findings_of[*at].iter().copied()).collect();
            (!judged.is_empty()).then(|| self.axis_score(axis, &turns, &findings))
        })
    }

    fn scores(&self, axis_score: impl Fn(Axis) -> Option<AxisReport>) -> Scores {
        let scored = |axis| {
            if self.judgement.axes.contains(&axis) { axis_score(axis) } else { None }
        };
        Scores { selling: scored(Axis::Selling), leading: scored(Axis::Leading) }
    }

    fn speaker(&self, at: usize) -> SpeakerReport {
        let id = SpeakerId(at as u32);
        let speaker = &self.transcript.speakers[at];
        let Assigned { role, source, confidence } = self.assigned(at);
        let turns = self.talk.turns_of(id);
        let words = self.words_of(turns.iter().copied());
        let figures = self.talk.figures(id, self.judgement.english);
        let rounded =
            |figure: Figure| Figure { value: figure.value.map(|v| round(v, 2)), ..figure };
        SpeakerReport {
            name: speaker.name.clone(),
            id: speaker.id.clone(),
            role,
            role_source: source,
            // Nothing that is worked out is certain.
            role_confidence: confidence.map(|confidence| round(confidence.min(0.99), 2)),
            words,
            turns: turns.len() as u64,
            conversation: Keyed(
                figures.into_iter().map(|(name, figure)| (name, rounded(figure))).collect(),
            ),
            scores: self.scores(|axis| {
                let judged = role.judged_on(axis);
                judged.then(|| self.axis_score(axis, turns, &self.findings_of[at]))
            }),
        }
    }

    fn unattributed(&self) -> Option<Unattributed> {
        let Assigned { role, source, .. } = self.assigned(self.transcript.speakers.len());
        let any = self.unnamed_turns().next().is_some();
        let words = self.words_of(self.unnamed_turns());
        any.then_some(Unattributed { role, role_source: source, words })
    }

    fn shape(&self, turn: usize) -> TurnShape {
        let [open_questions, closed_questions] =
            if self.judgement.english { self.talk.questions_in(turn) } else { [0; 2] };
        TurnShape {
            words: self.words_of(std::iter::once(turn)),
            span: self.talk.span(turn).map(|(start, end)| (start.seconds(), end.seconds())),
            open_questions,
            closed_questions,
            part: self.parts.as_ref().map(|parts| parts.of(turn).id()),
        }
    }

    fn findings(&self, source: &Source) -> Vec<FindingReport> {
        let mut places = Places::new(&source.text);
        let mut scalars = Scalars::default();
        let mut reports = Vec::with_capacity(self.judgement.findings.len());
        for finding in self.judgement.findings {
            let Some(turn) = self.transcript.turns.get(finding.turn) else { continue };
            let Some(quote) = turn.text.get(finding.span.clone()) else { continue };
            let start = scalars.count_to(finding.turn, &turn.text, finding.span.start);
            let offset = turn.source_offset(finding.span.start);
            let place = offset.map(|at| places.locate(at));
            // Where the last character ends, since what follows it in the turn may stand elsewhere.
            let last = quote.chars().next_back().map_or(0, char::len_utf8);
            let behind = turn.source_offset(finding.span.end - last).map(|at| at + last);
            let bytes = offset.zip(behind).map(|(from, to)| from..to.max(from));
            let end = place.zip(bytes.clone());
            reports.push(FindingReport {
                turn: finding.turn,
                span: [start, start + quote.chars().count()],
                quote: quote.to_owned(),
                line: place.map(|(line, _)| line),
                col: place.map(|(_, col)| col),
                end: end.map(|(place, bytes)| places.onward(place, bytes)),
                bytes,
                time: turn.time_at(finding.span.start).map(Millis::seconds),
                speaker: self.speaker_name(turn),
                axis: finding.behaviour.axis().id(),
                pole: finding.behaviour.pole().id(),
                behaviour: finding.behaviour.id(),
                score: round(f64::from(finding.score), 4),
                evidence: finding.evidence.iter().map(evidence_report).collect(),
                instead: finding.instead.clone(),
                taken_back: finding
                    .taken_back
                    .as_ref()
                    .and_then(|by| self.taken_back(&places.lines, by)),
            });
        }
        reports
    }
}

impl Context<'_> {
    fn taken_back(&self, lines: &LineIndex, by: &TakenBack) -> Option<TakenBackReport> {
        let turn = self.transcript.turns.get(by.turn)?;
        let at = turn.source_offset(by.span.start);
        let quote = turn.text.get(by.span.clone())?;
        let start = turn.text.get(..by.span.start)?.chars().count();
        Some(TakenBackReport {
            turn: by.turn,
            span: [start, start + quote.chars().count()],
            quote: quote.to_owned(),
            line: at.map(|at| lines.locate(at).0),
            time: turn.time_at(by.span.start).map(Millis::seconds),
            weight: round(f64::from(by.weight), 4),
        })
    }
}

fn evidence_report(evidence: &Evidence) -> EvidenceReport {
    match evidence {
        Evidence::Lexicon { rule, .. } => EvidenceReport::Lexicon { rule: rule.clone() },
        Evidence::Classifier { score } => {
            EvidenceReport::Classifier { score: round(f64::from(*score), 4) }
        }
    }
}

fn axis_report(score: &AxisScore) -> AxisReport {
    let AxisScore { balance, rates } = score;
    let poles = rates.poles.iter().map(|(pole, rate)| {
        let per_1000_words = round(rate.per_1000_words, 4);
        (pole.id(), PoleCount { count: rate.count, per_1000_words })
    });
    let groups = rates.groups.iter().map(|(group, rate)| {
        let count = GroupCount {
            count: rate.count,
            drains: rate.drains,
            per_1000_words: round(rate.per_1000_words, 4),
            ideal: round(rate.ideal, 4),
            gap: round(rate.gap, 4),
        };
        (*group, count)
    });
    let behaviours = rates.behaviours.iter().map(|(behaviour, rate)| {
        let count = BehaviourCount {
            count: rate.count,
            per_1000_words: round(rate.per_1000_words, 4),
            per_10_minutes: rate.per_10_minutes.map(|rate| round(rate, 4)),
            ideal: round(rate.ideal, 4),
            gap: round(rate.gap, 4),
        };
        (behaviour.id(), count)
    });
    AxisReport {
        index: round(balance.index, 1),
        low: round(balance.low, 1),
        high: round(balance.high, 1),
        evidence: balance.evidence,
        poles: Keyed(poles.collect()),
        groups: Keyed(groups.collect()),
        behaviours: Keyed(behaviours.collect()),
        parts: None,
    }
}

/// Rounds for reports; what rounds to nothing is plain 0 and not its negative.
fn round(value: f64, places: i32) -> f64 {
    let scale = 10_f64.powi(places);
    (value * scale).round() / scale + 0.0
}

/// Counts Unicode scalars up to a byte, going on from the last count where it can: findings come in
/// order, and a turn may be as long as its file.
#[derive(Default)]
struct Scalars {
    turn: usize,
    byte: usize,
    count: usize,
}

impl Scalars {
    fn count_to(&mut self, turn: usize, text: &str, byte: usize) -> usize {
        if turn != self.turn || byte < self.byte {
            *self = Scalars { turn, byte: 0, count: 0 };
        }
        self.count += text.get(self.byte..byte).map_or(0, |between| between.chars().count());
        self.byte = byte;
        self.count
    }
}

/// Finds lines and columns, going on from the last place in the same line where it can: a file may
/// be one long line.
struct Places<'a> {
    text: &'a str,
    lines: LineIndex<'a>,
    last: Option<(usize, (usize, usize))>,
}

impl<'a> Places<'a> {
    fn new(text: &'a str) -> Self {
        Places { text, lines: LineIndex::new(text), last: None }
    }

    /// The place at the end of bytes, told from that of their start.
    fn onward(&self, (line, col): (usize, usize), bytes: Range<usize>) -> (usize, usize) {
        let last = self.lines.line(bytes.end);
        let (from, col) = match last == line {
            true => (bytes.start, col),
            false => (self.lines.start(last), 1),
        };
        let between = self.text.get(from..bytes.end).unwrap_or_default();
        (last, col + between.chars().count())
    }

    fn locate(&mut self, at: usize) -> (usize, usize) {
        let near = self.last.and_then(|(before, (line, col))| {
            let between = self.text.get(before..at)?;
            let same_line = !between.contains(['\n', '\r']);
            same_line.then(|| (line, col + between.chars().count()))
        });
        let place = near.unwrap_or_else(|| self.lines.locate(at));
        self.last = Some((at, place));
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_found_step_by_step_are_those_found_at_once() {
        let text = "é one two\nthree\r\nfour é five";
        let lines = LineIndex::new(text);
        let mut places = Places::new(text);
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            assert_eq!(places.locate(at), lines.locate(at), "byte {at}");
        }
        assert_eq!(places.locate(1 + 'é'.len_utf8()), lines.locate(3));
        for to in (3..text.len()).filter(|at| text.is_char_boundary(*at)) {
            assert_eq!(places.onward(lines.locate(3), 3..to), lines.locate(to), "byte {to}");
        }
    }

    #[test]
    fn scalars_are_counted_on_within_a_turn_and_anew_in_another() {
        let mut scalars = Scalars::default();
        assert_eq!(scalars.count_to(0, "éa b", 3), 2);
        assert_eq!(scalars.count_to(0, "éa b", 4), 3);
        assert_eq!(scalars.count_to(0, "éa b", 2), 1);
        assert_eq!(scalars.count_to(1, "éa b", 2), 1);
    }

    #[test]
    fn rounding_gives_no_negative_zero() {
        assert!(round(-0.000_01, 4).is_sign_positive());
        assert_eq!(round(61.04, 1), 61.0);
    }
}
