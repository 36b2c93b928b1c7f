//! The public face of the library: a source in, a report out.
//!
//! This is the only module that knows all the others. An [`Engine`] is made once, may be shared
//! between threads, and keeps nothing from one transcript to the next.
//!
//! ```no_run
//! use unsell::engine::{AnalyzeOptions, Engine};
//! use unsell::transcript::Source;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let engine = Engine::builder().build()?;
//! let source = Source::from_bytes("call.vtt", &std::fs::read("call.vtt")?)?;
//! let report = engine.analyze(&source, &AnalyzeOptions::default())?;
//! # Ok(())
//! # }
//! ```

use crate::data_file::DataError;
use crate::detector::Detector;
use crate::finding::Finding;
use crate::format::{self, Format, ReadError};
use crate::language;
use crate::report::model::{EngineInfo, Report, RoleSource};
use crate::report::{Judgement, build, is_judged};
use crate::roles::RoleBook;
use crate::score::Targets;
use crate::taxonomy::{Axis, Role};
use crate::text::Document;
use crate::transcript::{Kind, Source, Transcript};

/// Which axes are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
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
}

/// Reads, judges and scores transcripts.
pub struct Engine {
    detectors: Vec<Box<dyn Detector>>,
    lexicon: Option<String>,
    targets: Targets,
}

/// Configures an [`Engine`].
#[derive(Default)]
pub struct EngineBuilder {
    detectors: Vec<Box<dyn Detector>>,
    lexicon: Option<String>,
    targets: Option<Targets>,
}

impl EngineBuilder {
    /// Adds a detector.
    pub fn detector(mut self, detector: impl Detector + 'static) -> Self {
        self.detectors.push(Box::new(detector));
        self
    }

    /// The hash of the lexicon among the detectors, for reports.
    pub fn lexicon_hash(mut self, hash: impl Into<String>) -> Self {
        self.lexicon = Some(hash.into());
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
        let targets = self.targets.map_or_else(Targets::default_profile, Ok)?;
        Ok(Engine { detectors: self.detectors, lexicon: self.lexicon, targets })
    }
}

impl Engine {
    /// An engine to configure.
    pub fn builder() -> EngineBuilder {
        EngineBuilder::default()
    }

    /// Reads a source and reports on it.
    ///
    /// # Errors
    ///
    /// When no format claims the source, or the one that does cannot make sense of it.
    pub fn analyze(&self, source: &Source, options: &AnalyzeOptions) -> Result<Report, ReadError> {
        let transcript = format::read(source, options.format)?;
        Ok(self.judge(source, &transcript, options))
    }

    /// Reports on a transcript that was already read from a source.
    pub fn judge(
        &self,
        source: &Source,
        transcript: &Transcript,
        options: &AnalyzeOptions,
    ) -> Report {
        let document = Document::new(transcript);
        let roles = options.roles.assign(transcript);
        let mut warnings = Vec::new();
        let foreign = language::foreign(transcript);
        let axes = match foreign {
            Some(language) => {
                warnings.push(format!(
                    "the text seems to be {language}; only English is judged, so there is no score"
                ));
                &[]
            }
            None => lens(transcript, &roles, options.lens).axes(),
        };
        if foreign.is_none() {
            warnings.extend(role_warning(transcript, &roles, axes));
        }
        let findings = self.findings(transcript, &document, &roles, axes);
        let judgement = Judgement {
            roles: &roles,
            axes,
            findings: &findings,
            english: foreign.is_none(),
            targets: &self.targets,
            engine: EngineInfo {
                version: env!("CARGO_PKG_VERSION"),
                lexicon: self.lexicon.clone(),
                model: None,
                targets: self.targets.caveat(),
            },
            warnings,
        };
        build(source, transcript, &document, judgement)
    }

    fn findings(
        &self,
        transcript: &Transcript,
        document: &Document,
        roles: &[(Role, RoleSource)],
        axes: &[Axis],
    ) -> Vec<Finding> {
        if axes.is_empty() {
            return Vec::new();
        }
        let roles: Vec<_> = roles.iter().map(|(role, _)| *role).collect();
        let mut findings: Vec<_> = self
            .detectors
            .iter()
            .flat_map(|detector| detector.detect(transcript, document, &roles))
            .filter(|finding| axes.contains(&finding.behaviour.axis()))
            .filter(|finding| is_judged(transcript, &roles, finding))
            .collect();
        findings.sort_by_key(|finding| {
            (finding.turn, finding.span.start, finding.span.end, finding.behaviour)
        });
        findings
    }
}

/// Notes are looked at as a leader's, unless their author was given another role.
fn lens(transcript: &Transcript, roles: &[(Role, RoleSource)], asked: Option<Lens>) -> Lens {
    let author_given = matches!(roles.last(), Some((_, RoleSource::Given)));
    match (asked, transcript.kind) {
        (Some(lens), _) => lens,
        (None, Kind::Notes) if !author_given => Lens::Leading,
        (None, _) => Lens::Both,
    }
}

/// How many names a warning lists.
const NAMES_SHOWN: usize = 6;

/// Says who was judged without a known role, and how to give one; or that nobody was judged.
fn role_warning(
    transcript: &Transcript,
    roles: &[(Role, RoleSource)],
    axes: &[Axis],
) -> Option<String> {
    let unnamed = transcript.turns.iter().any(|turn| turn.speaker.is_none());
    let present = transcript.speakers.len() + usize::from(unnamed);
    let roles = &roles[..present.min(roles.len())];
    let judged_on = |role: Role| axes.iter().any(|axis| role.judged_on(*axis));
    if !roles.iter().any(|(role, _)| judged_on(*role)) {
        let axes: Vec<_> = axes.iter().map(|axis| axis.id()).collect();
        return Some(format!(
            "nobody here has a role that is judged on {}, so there is no score; \
             sellers are judged on selling, leaders on leading",
            axes.join(" or ")
        ));
    }
    let named = transcript.speakers.iter().zip(roles);
    let unknown: Vec<_> = named
        .filter(|(_, (role, _))| *role == Role::Unknown)
        .map(|(speaker, _)| speaker.name.as_str())
        .collect();
    let on = match axes {
        [axis] => axis.id(),
        _ => "both axes",
    };
    match unknown.as_slice() {
        [] => {
            let unknown_text = unnamed && matches!(roles.last(), Some((Role::Unknown, _)));
            let whose = match transcript.speakers.as_slice() {
                [] => "the text names no speakers and",
                _ => "text without a speaker",
            };
            unknown_text.then(|| {
                format!("{whose} is judged on {on}; give it a role with --role \"=seller\"")
            })
        }
        [first, ..] => {
            let mut names = unknown[..unknown.len().min(NAMES_SHOWN)].join(", ");
            if unknown.len() > NAMES_SHOWN {
                names += &format!(" and {} more", unknown.len() - NAMES_SHOWN);
            }
            let verb = if unknown.len() == 1 { "is" } else { "are" };
            Some(format!(
                "role unknown: {names} {verb} judged on {on}; \
                 give roles with --role \"{first}=seller\" (or buyer, leader, member)"
            ))
        }
    }
}
