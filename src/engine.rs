//! The public face of the library: a source in, a report out.
//!
//! This is the only module that knows all the others. An [`Engine`] is made once, may be shared
//! between threads, and keeps nothing from one transcript to the next.
//!
//! ```no_run
//! use unsell::engine::{AnalyzeOptions, Engine};
//! use unsell::lexicon::Lexicon;
//! use unsell::transcript::Source;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::builder().lexicon(Lexicon::builtin()?).build()?;
//! let source = Source::from_bytes("call.vtt", &std::fs::read("call.vtt")?)?;
//! let report = engine.analyze(&source, &AnalyzeOptions::default())?;
//! # Ok(())
//! # }
//! ```

use std::sync::Arc;

#[cfg(feature = "classifier")]
use crate::both::Both;
#[cfg(feature = "classifier")]
use crate::classifier::Classifier;
use crate::data_file::DataError;
use crate::detector::{Detector, role_of};
use crate::finding::Finding;
use crate::format::{self, Format, ReadError};
use crate::language;
use crate::lexicon::Lexicon;
use crate::redact::{self, Shown};
use crate::report::model::{EngineInfo, Report};
use crate::report::{Judgement, build};
use crate::roles::infer::Talk;
use crate::roles::voice::Voices;
use crate::roles::{Assigned, RoleBook, RoleSource};
use crate::score::Targets;
use crate::sift::Sieve;
use crate::sift::marks::Marks;
use crate::taxonomy::{Axis, Role};
use crate::text::Document;
use crate::transcript::{Kind, LineIndex, Source, Transcript};

/// Which axes are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Lens {
    /// Sellers in calls with buyers.
    Selling,
    /// Leaders among their own people.
    Leading,
    /// Both.
    Both,
}

impl Lens {
    fn axes(self) -> &'static [Axis] {
        match self {
            Lens::Selling => &[Axis::Selling],
            Lens::Leading => &[Axis::Leading],
            Lens::Both => &Axis::ALL,
        }
    }

    /// The one axis that it looks at.
    fn axis(self) -> Option<Axis> {
        match self.axes() {
            [axis] => Some(*axis),
            _ => None,
        }
    }
}

/// What may differ from one transcript to the next.
#[derive(Clone, Default)]
pub struct AnalyzeOptions {
    /// The roles that the user gives.
    pub roles: RoleBook,
    /// The axes to judge; `None` leaves it to what is read: notes are `leading`, transcripts both.
    pub lens: Option<Lens>,
    /// The format to read, where it is not to be recognised.
    pub format: Option<&'static Format>,
    /// The ideal rates, where they are not the engine's.
    pub targets: Option<Arc<Targets>>,
    /// Which findings are kept.
    pub sieve: Sieve,
    /// What the report shows of what was said, and by whom.
    pub shown: Shown,
}

/// Reads, judges and scores transcripts.
pub struct Engine {
    detectors: Vec<Box<dyn Detector>>,
    lexicon: Option<String>,
    model: Option<String>,
    guide: Option<Arc<Lexicon>>,
    targets: Targets,
    voices: Voices,
}

/// Configures an [`Engine`].
#[derive(Default)]
pub struct EngineBuilder {
    detectors: Vec<Box<dyn Detector>>,
    lexicon: Option<String>,
    model: Option<String>,
    guide: Option<Arc<Lexicon>>,
    targets: Option<Targets>,
}

impl EngineBuilder {
    /// Adds a detector. Without any, a report has no findings.
    pub fn detector(mut self, detector: impl Detector + 'static) -> Self {
        self.detectors.push(Box::new(detector));
        self
    }

    /// Adds a lexicon; reports tell its hash.
    pub fn lexicon(mut self, lexicon: impl Into<Arc<Lexicon>>) -> Self {
        let lexicon = lexicon.into();
        self.lexicon = Some(lexicon.hash().to_owned());
        self.guide(lexicon.clone()).detector(lexicon)
    }

    /// Adds a classifier; reports tell its name.
    #[cfg(feature = "classifier")]
    pub fn classifier(mut self, classifier: impl Into<Arc<Classifier>>) -> Self {
        let classifier = classifier.into();
        self.model = Some(classifier.name().to_owned());
        self.detector(classifier)
    }

    /// Adds a lexicon and a classifier as one detector.
    #[cfg(feature = "classifier")]
    pub fn both(
        mut self,
        lexicon: impl Into<Arc<Lexicon>>,
        classifier: impl Into<Arc<Classifier>>,
    ) -> Self {
        let (lexicon, classifier) = (lexicon.into(), classifier.into());
        self.lexicon = Some(lexicon.hash().to_owned());
        self.model = Some(classifier.name().to_owned());
        self.guide(lexicon.clone()).detector(Both::new(lexicon, classifier))
    }

    /// The lexicon that tells, whatever the detector, what to say instead and what takes a finding
    /// back. Those that detect are their own guide.
    pub fn guide(mut self, lexicon: impl Into<Arc<Lexicon>>) -> Self {
        self.guide = Some(lexicon.into());
        self
    }

    /// The ideal rates; without them the default profile.
    pub fn targets(mut self, targets: Targets) -> Self {
        self.targets = Some(targets);
        self
    }

    /// The engine.
    ///
    /// # Errors
    ///
    /// When the compiled-in data is at fault, which tests rule out.
    pub fn build(self) -> Result<Engine, DataError> {
        let EngineBuilder { detectors, lexicon, model, guide, targets } = self;
        let targets = targets.map_or_else(Targets::default_profile, Ok)?;
        Ok(Engine { detectors, lexicon, model, guide, targets, voices: Voices::builtin() })
    }
}

impl Engine {
    /// An engine to configure.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// All that decides, beside the source, what a report says, in words of this version: two that are
    /// equal make equal reports.
    pub fn makes(&self, options: &AnalyzeOptions) -> String {
        let AnalyzeOptions { roles, lens, format, targets, sieve, shown } = options;
        let guide = self.guide.as_ref().map(|guide| guide.hash());
        let roles: Vec<_> = roles.entries().iter().map(|e| (&e.name, e.role, e.origin)).collect();
        let format = format.map(|format| format.id);
        let targets = targets.as_deref().unwrap_or(&self.targets);
        format!(
            "{} {:?} {:?} {guide:?} {roles:?} {lens:?} {format:?} {targets:?} {sieve:?} {shown:?}",
            env!("CARGO_PKG_VERSION"),
            self.lexicon,
            self.model,
        )
    }

    /// Reads a source and reports on it.
    ///
    /// # Errors
    ///
    /// When no format claims the source, or the one that does cannot make sense of it.
    pub fn analyze(&self, source: &Source, options: &AnalyzeOptions) -> Result<Report, ReadError> {
        let transcript = format::read(source, options.format)?;
        if transcript.kind != Kind::Notes {
            return Ok(self.judge(source, transcript, options));
        }
        let marks = Marks::of(&source.text);
        if marks.is_empty() {
            return Ok(self.judged(source, transcript, options, &marks));
        }
        // Marks are no words of the note: it is read again with spaces in their place.
        let unmarked = Source { text: marks.blanked(&source.text), ..source.clone() };
        let transcript = format::read(&unmarked, format::by_id(transcript.format))?;
        Ok(self.judged(&unmarked, transcript, options, &marks))
    }

    /// Reports on a transcript that was already read from a source.
    pub fn judge(
        &self,
        source: &Source,
        transcript: Transcript,
        options: &AnalyzeOptions,
    ) -> Report {
        self.judged(source, transcript, options, &Marks::default())
    }

    fn judged(
        &self,
        source: &Source,
        transcript: Transcript,
        options: &AnalyzeOptions,
        marks: &Marks,
    ) -> Report {
        let document = Document::new(&transcript);
        let mut warnings = marks.warnings.clone();
        let foreign = language::foreign(&transcript);
        let mut roles = options.roles.assign(&transcript);
        if foreign.is_none() {
            let talk = Talk::new(&self.voices, &transcript, &document);
            talk.assign(&mut roles, options.lens.and_then(Lens::axis));
            warnings.extend(talk.warnings(&roles));
        }
        let axes = match foreign {
            Some(language) => {
                warnings.push(format!(
                    "the text seems to be {language}; only English is judged, so there is no score"
                ));
                &[]
            }
            None => lens(&transcript, &roles, options.lens).axes(),
        };
        if foreign.is_none() {
            warnings.extend(role_warning(&transcript, &roles, axes));
            warnings.extend(minutes_warning(&transcript, &roles));
        }
        let mut findings = self.findings(&transcript, &document, &roles, axes);
        let set_aside = sift(source, &transcript, &mut findings, &options.sieve, marks);
        let targets = options.targets.as_deref().unwrap_or(&self.targets);
        let judgement = Judgement {
            roles: &roles,
            // By the names that the source has, which the report may not show.
            roles_given: options.roles.used(&transcript),
            axes,
            findings: &findings,
            english: foreign.is_none(),
            targets,
            set_aside,
            engine: EngineInfo {
                version: env!("CARGO_PKG_VERSION"),
                lexicon: self.lexicon.clone(),
                model: self.model.clone(),
                targets: targets.caveat(),
            },
            warnings,
        };
        let mut report = build(source, transcript, &document, judgement);
        match options.shown {
            Shown::All => {}
            Shown::Redacted => redact::redact(&mut report),
            Shown::Figures => redact::without_text(&mut report),
        }
        report
    }

    /// The lexicon that tells what to say instead.
    pub fn guide(&self) -> Option<&Lexicon> {
        self.guide.as_deref()
    }

    fn findings(
        &self,
        transcript: &Transcript,
        document: &Document,
        roles: &[Assigned],
        axes: &[Axis],
    ) -> Vec<Finding> {
        if axes.is_empty() {
            return Vec::new();
        }
        let roles: Vec<_> = roles.iter().map(|assigned| assigned.role).collect();
        let mut findings: Vec<_> = self
            .detectors
            .iter()
            .flat_map(|detector| detector.detect(transcript, document, &roles))
            .filter(|finding| axes.contains(&finding.behaviour.axis()))
            .filter(|finding| is_judged(transcript, &roles, finding))
            .collect();
        if let Some(guide) = &self.guide {
            for finding in findings.iter_mut().filter(|finding| finding.instead.is_empty()) {
                guide.instead(finding.behaviour).clone_into(&mut finding.instead);
            }
            guide.take_back(transcript, document, &roles, &mut findings);
        }
        findings.sort_by_key(|finding| {
            (finding.turn, finding.span.start, finding.span.end, finding.behaviour)
        });
        findings
    }
}

/// Drops findings that are not sure enough or set aside; how many were set aside.
fn sift(
    source: &Source,
    transcript: &Transcript,
    findings: &mut Vec<Finding>,
    sieve: &Sieve,
    marks: &Marks,
) -> u64 {
    findings.retain(|finding| sieve.is_sure(finding));
    let found = findings.len();
    findings.retain(|finding| {
        let Some(turn) = transcript.turns.get(finding.turn) else { return true };
        !sieve.sets_aside(finding, turn.text.get(finding.span.clone()).unwrap_or_default())
    });
    if !marks.is_empty() {
        let lines = LineIndex::new(&source.text);
        let marked = marks.cover(transcript);
        findings.retain(|finding| {
            let turn = transcript.turns.get(finding.turn);
            let line = |at| Some(lines.line(turn?.source_offset(at)?));
            let from = line(finding.span.start);
            let to = line(finding.span.end.saturating_sub(1));
            let Some((from, to)) = from.zip(to) else { return true };
            !marked(finding.turn, from..=to.max(from), finding.behaviour)
        });
    }
    (found - findings.len()) as u64
}

/// Whether a finding is of someone judged on its axis.
fn is_judged(transcript: &Transcript, roles: &[Role], finding: &Finding) -> bool {
    transcript
        .turns
        .get(finding.turn)
        .is_some_and(|turn| role_of(roles, turn.speaker).judged_on(finding.behaviour.axis()))
}

/// Notes are looked at as a leader's, unless their author was given another role.
fn lens(transcript: &Transcript, roles: &[Assigned], asked: Option<Lens>) -> Lens {
    let author_given = roles.last().is_some_and(|author| author.source == RoleSource::Given);
    match (asked, transcript.kind) {
        (Some(lens), _) => lens,
        (None, Kind::Notes) if !author_given => Lens::Leading,
        (None, _) => Lens::Both,
    }
}

/// How many names a warning lists.
const NAMES_SHOWN: usize = 6;

/// Names for a warning.
fn shown(names: &[&str]) -> String {
    let shown = names[..names.len().min(NAMES_SHOWN)].join(", ");
    match names.len().saturating_sub(NAMES_SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Says who was judged without a known role, and how to give one; or that nobody was judged.
fn role_warning(transcript: &Transcript, roles: &[Assigned], axes: &[Axis]) -> Option<String> {
    let unnamed = transcript.turns.iter().any(|turn| turn.speaker.is_none());
    let present = transcript.speakers.len() + usize::from(unnamed);
    let roles = &roles[..present.min(roles.len())];
    let judged_on = |role: Role| axes.iter().any(|axis| role.judged_on(*axis));
    if !roles.iter().any(|assigned| judged_on(assigned.role)) {
        let axes: Vec<_> = axes.iter().map(|axis| axis.id()).collect();
        return Some(format!(
            "nobody here has a role that is judged on {}, so there is no score; \
             sellers are judged on selling, leaders on leading",
            axes.join(" or ")
        ));
    }
    let named = transcript.speakers.iter().zip(roles);
    let unknown: Vec<_> = named
        .filter(|(_, assigned)| assigned.role == Role::Unknown)
        .map(|(speaker, _)| speaker.name.as_str())
        .collect();
    let on = match axes {
        [axis] => axis.id(),
        _ => "both axes",
    };
    match unknown.as_slice() {
        [] => {
            let unknown_text =
                unnamed && roles.last().is_some_and(|text| text.role == Role::Unknown);
            let whose = match transcript.speakers.as_slice() {
                [] => "the text names no speakers and",
                _ => "text without a speaker",
            };
            unknown_text.then(|| {
                format!("{whose} is judged on {on}; give it a role with --role \"=seller\"")
            })
        }
        [first, ..] => {
            let names = shown(&unknown);
            let verb = if unknown.len() == 1 { "is" } else { "are" };
            Some(format!(
                "role unknown: {names} {verb} judged on {on}; \
                 give roles with --role \"{first}=seller\" (or buyer, leader, member)"
            ))
        }
    }
}

/// Says of minutes that most of them is not judged: their author may be among those whose words they report.
fn minutes_warning(transcript: &Transcript, roles: &[Assigned]) -> Option<String> {
    let author = roles.last().filter(|_| transcript.kind == Kind::Notes)?.role;
    let reported = transcript.speakers.iter().zip(roles);
    let reported: Vec<_> = reported
        .filter(|(_, assigned)| assigned.source == RoleSource::Format)
        .map(|(speaker, _)| speaker.name.as_str())
        .collect();
    let length = |is_own: bool| -> usize {
        let turns = transcript.turns.iter().filter(|turn| turn.speaker.is_none() == is_own);
        turns.map(|turn| turn.text.len()).sum()
    };
    let is_warned = matches!(author, Role::Leader | Role::Seller) && length(false) > length(true);
    let first = reported.first().filter(|_| is_warned)?;
    Some(format!(
        "most of this note is what others say ({}) and is not judged; if the {author} is one of them, \
         give --role \"{first}={author}\"",
        shown(&reported),
        author = author.id(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use crate::transcript::{Fragment, TimeResolution, Timing, TranscriptBuilder};
    use proptest::prelude::*;

    fn conversation(lines: &[(usize, &str)]) -> Transcript {
        let mut builder = TranscriptBuilder::new();
        let speakers = [builder.speaker("Ana"), builder.speaker("Bo")];
        for (who, text) in lines {
            builder.say(speakers[who % 2], Timing::default(), &Fragment::unplaced(*text));
        }
        builder.finish("test", Kind::Speech, TimeResolution::None)
    }

    fn judged(lines: &[(usize, &str)], roles: &[&str]) -> Report {
        let source = sample::source("test", "");
        sample::engine().judge(&source, conversation(lines), &sample::options(roles))
    }

    const ROLES: [&str; 2] = ["Ana=seller", "Bo=buyer"];
    const PHRASES: [&str; 5] = [
        "There's no rush on my side.",
        "that's on me",
        "What if I knock another fifteen percent off right now?",
        "The bus leaves at ten.",
        "Good morning to all of you.",
    ];

    fn any_lines() -> impl Strategy<Value = Vec<(usize, &'static str)>> {
        prop::collection::vec((0..2_usize, prop::sample::select(PHRASES.to_vec())), 1..20)
    }

    proptest! {
        #[test]
        fn neutral_turns_move_a_rate_by_its_denominator_only(lines in any_lines()) {
            let mut longer = lines.clone();
            longer.extend([(0, PHRASES[3]), (1, PHRASES[4]), (0, PHRASES[3])]);
            let (before, after) = (judged(&lines, &ROLES), judged(&longer, &ROLES));
            prop_assume!(before.speakers.iter().any(|speaker| speaker.name == "Ana"));
            let words = |report: &Report| {
                report.speakers.iter().find(|s| s.name == "Ana").map_or(0, |s| s.words) as f64
            };
            let (a, b) = (before.scores.selling.clone(), after.scores.selling.clone());
            let (a, b) = (a.expect("judged"), b.expect("judged"));
            prop_assert_eq!((a.index, a.low, a.high), (b.index, b.low, b.high));
            for ((id, a), (_, b)) in a.behaviours.iter().zip(b.behaviours.iter()) {
                prop_assert_eq!(a.count, b.count, "{}", id);
                let expected = a.per_1000_words * words(&before) / words(&after);
                prop_assert!((b.per_1000_words - expected).abs() < 1e-3, "{}", id);
            }
        }

        #[test]
        fn spans_slice_their_turns_to_the_quote(lines in any_lines()) {
            let report = judged(&lines, &["Ana=seller", "Bo=seller"]);
            for finding in &report.findings {
                let text = &report.turns[finding.turn].text;
                let [start, end] = finding.span;
                let slice: String = text.chars().skip(start).take(end - start).collect();
                prop_assert_eq!(&slice, &finding.quote);
            }
        }

        #[test]
        fn swapping_roles_judges_the_other_and_both_together_are_the_sum(lines in any_lines()) {
            let count = |roles: &[&str]| {
                let report = judged(&lines, roles);
                report.scores.selling.map_or(0, |score| score.poles.iter().map(|(_, p)| p.count).sum())
            };
            let all: u64 = count(&["Ana=seller", "Bo=seller"]);
            prop_assert_eq!(count(&ROLES) + count(&["Ana=buyer", "Bo=seller"]), all);
        }
    }

    #[test]
    fn an_axis_outside_the_lens_is_null_and_has_no_findings() {
        let (source, transcript) = sample::call_transcript();
        let options = AnalyzeOptions { lens: Some(Lens::Leading), ..sample::options(&[]) };
        let report = sample::engine().judge(&source, transcript.clone(), &options);
        assert!(report.scores.selling.is_none() && report.scores.leading.is_some());
        assert!(report.findings.iter().all(|finding| finding.axis == "leading"));
    }

    #[test]
    fn nobody_to_judge_is_said_and_gives_no_score() {
        let report = judged(&[(0, "that's on me"), (1, "Fine.")], &["Ana=buyer", "Bo=member"]);
        assert_eq!(report.scores, crate::report::model::Scores::default());
        assert!(report.warnings[0].starts_with("nobody here has a role"), "{:?}", report.warnings);
    }

    #[test]
    fn threads_share_one_engine() {
        fn shared<T: Send + Sync>(_: &T) {}
        let engine = sample::engine();
        shared(&engine);
        let (source, transcript) = sample::call_transcript();
        let judge = || engine.judge(&source, transcript.clone(), &sample::options(&[]));
        let reports = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(judge)).collect();
            threads.into_iter().map(|thread| thread.join().ok()).collect::<Vec<_>>()
        });
        assert!(reports.iter().all(|report| report.as_ref() == Some(&judge())));
    }

    #[test]
    fn one_finding_makes_no_extreme_score() {
        let report = judged(&[(0, "that's on me"), (1, "Fine.")], &ROLES);
        let score = report.scores.selling.expect("judged");
        assert!(score.index > 50.0 && score.index <= 60.0);
        assert_eq!(score.evidence.id(), "thin");
    }
}
