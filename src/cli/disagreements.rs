//! What one detector sees and the other does not, a line each, for whoever improves either.
//!
//! A line is an utterance in the shape that `unsell label` and `eval` read, so that it can be labelled.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::engine::{AnalyzeOptions, Engine};
use crate::report::Report;
use crate::report::model::FindingReport;
use crate::taxonomy::Role;
use crate::text::Document;
use crate::transcript::Source;

use super::inputs::Input;
use super::output::{WholeFile, spare, unwritten};
use super::{Failure, detectors::DetectorArgs};

/// The two detectors, each alone.
pub struct Alone {
    lexicon: Engine,
    classifier: Engine,
}

/// The file that disagreements go to.
pub struct List {
    path: PathBuf,
    file: WholeFile,
    lexicon_alone: u64,
    classifier_alone: u64,
}

/// A finding of one detector that the other does not make.
#[derive(Debug, Serialize)]
pub struct Disagreement {
    id: String,
    role: Role,
    prev: String,
    text: String,
    behaviour: &'static str,
    seen_by: &'static str,
    score: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    rules: Vec<String>,
    quote: String,
    line: Option<usize>,
    time: Option<f64>,
}

impl Alone {
    /// The detectors that these arguments ask for.
    pub fn new(detectors: &DetectorArgs) -> Result<Self, Failure> {
        let [lexicon, classifier] = detectors.each_alone()?;
        Ok(Alone { lexicon, classifier })
    }

    /// Where the two disagree on a source that can be read.
    pub fn of(&self, source: &Source, options: &AnalyzeOptions) -> Vec<Disagreement> {
        let reports =
            [&self.lexicon, &self.classifier].map(|engine| engine.analyze(source, options));
        let [Ok(lexicon), Ok(classifier)] = reports else { return Vec::new() };
        let mut all = alone("lexicon", &lexicon, &classifier);
        all.extend(alone("classifier", &classifier, &lexicon));
        all.sort_by_key(|(place, _)| *place);
        all.into_iter().map(|(_, disagreement)| disagreement).collect()
    }
}

impl List {
    /// Starts the list, which never takes the place of an input.
    pub fn create(path: &Path, inputs: &[Input]) -> Result<Self, Failure> {
        spare(path, inputs.iter().filter_map(Input::path)).map_err(Failure::new)?;
        let file = WholeFile::private(path).map_err(|error| unwritten(path, &error))?;
        Ok(List { path: path.to_owned(), file, lexicon_alone: 0, classifier_alone: 0 })
    }

    /// Adds those of one source.
    pub fn add(&mut self, disagreements: &[Disagreement]) -> Result<(), Failure> {
        for disagreement in disagreements {
            match disagreement.seen_by {
                "lexicon" => self.lexicon_alone += 1,
                _ => self.classifier_alone += 1,
            }
            serde_json::to_writer(&mut self.file, disagreement)
                .map_err(io::Error::from)
                .and_then(|()| self.file.write_all(b"\n"))
                .map_err(|error| unwritten(&self.path, &error))?;
        }
        Ok(())
    }

    /// Puts the list in its place and says what it came to.
    pub fn finish(self, err: &mut dyn Write) -> Result<(), Failure> {
        let path = self.path;
        self.file.finish(&path).map_err(|error| unwritten(&path, &error))?;
        let (lexicon, classifier) = (self.lexicon_alone, self.classifier_alone);
        // That nobody listens on standard error is no reason to fail.
        let _ = writeln!(
            err,
            "disagreements: {lexicon} by the lexicon alone, {classifier} by the classifier alone, in {}",
            path.display()
        );
        Ok(())
    }
}

/// Where a finding stands, to sort by.
type Place = (usize, [usize; 2], &'static str);

/// The findings of one report that touch no finding of the same behaviour in the other, with their
/// places.
fn alone(by: &'static str, report: &Report, other: &Report) -> Vec<(Place, Disagreement)> {
    let only = report.findings.iter().filter(|f| !other.findings.iter().any(|o| f.same_as(o)));
    only.map(|finding| {
        let place = (finding.turn, finding.span, finding.behaviour);
        let (prev, text) = around(report, finding);
        let speaker = report.speakers.iter().find(|s| Some(&s.name) == finding.speaker.as_ref());
        let unattributed = report.unattributed.map_or(Role::Unknown, |text| text.role);
        let disagreement = Disagreement {
            id: format!("{}#{}:{}", report.source.path, finding.turn, finding.span[0]),
            role: speaker.map_or(unattributed, |speaker| speaker.role),
            prev,
            text,
            behaviour: finding.behaviour,
            seen_by: by,
            score: finding.score,
            rules: finding.rules().map(str::to_owned).collect(),
            quote: finding.quote.clone(),
            line: finding.line,
            time: finding.time,
        };
        (place, disagreement)
    })
    .collect()
}

/// The utterances of the turn that a finding touches, and what was said just before them.
fn around(report: &Report, finding: &FindingReport) -> (String, String) {
    let turn = report.turns.get(finding.turn).map_or("", |turn| turn.text.as_str());
    let byte = |scalar: usize| turn.char_indices().nth(scalar).map_or(turn.len(), |(at, _)| at);
    let [from, to] = finding.span.map(byte);
    let document = Document::of_text(turn);
    let spans = document.utterances.iter().map(|u| u.span.start as usize..u.span.end as usize);
    let (mut before, mut here) = (None, None);
    for span in spans {
        if span.end <= from {
            before = Some(span);
        } else if span.start < to {
            let start = here.map_or(span.start, |here: std::ops::Range<usize>| here.start);
            here = Some(start..span.end);
        }
    }
    let text = here.map_or(turn, |here| &turn[here]).to_owned();
    let last_turn = finding.turn.checked_sub(1).and_then(|at| report.turns.get(at));
    let prev = match before {
        Some(before) => turn[before].to_owned(),
        None => last_turn.map_or(String::new(), |turn| turn.text.clone()),
    };
    (prev, text)
}
