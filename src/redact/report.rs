//! What a report shows once it is redacted, field by field: one that is new to the report must be named
//! here before it compiles.

use std::sync::LazyLock;

use regex::Regex;

use super::{Redacted, Redactor};
use crate::report::Report;
use crate::report::model::{FindingReport, SpeakerReport, TurnReport};

/// What a report says of itself when it is redacted.
const REDACTED: &str = "redacted: names of speakers, and addresses and numbers that were recognised; \
                        other people, companies and places are as they were said";
const FIGURES: &str = "text is left out; places count in the text as it was read";

/// Phrases in a warning.
static QUOTED: LazyLock<Regex> =
    LazyLock::new(|| Regex::new("[:,]?(?:,? ?“[^”]*”)+").expect("a valid pattern"));

/// Takes names, addresses and numbers out of a report.
pub fn redact(report: &mut Report) {
    let redactor = rename(report);
    let Report { turns, findings, warnings, .. } = report;
    let texts: Vec<Redacted> = turns.iter().map(|turn| redactor.redact(&turn.text)).collect();
    let mut words = Words::default();
    for finding in findings {
        if let Some(text) = texts.get(finding.turn) {
            finding.span = text.span(finding.span);
            finding.quote = words.of(finding.turn, text, finding.span);
        }
        if let Some(taken) = &mut finding.taken_back {
            let text = texts.get(taken.turn);
            taken.span = text.map_or(taken.span, |text| text.span(taken.span));
            taken.quote = text.map_or(String::new(), |text| quoted(&text.text, taken.span));
        }
    }
    for (turn, redacted) in turns.iter_mut().zip(texts) {
        turn.text = redacted.text;
    }
    for warning in warnings.iter_mut() {
        *warning = redactor.message(warning);
    }
    warnings.push(REDACTED.to_owned());
}

/// Takes all words and names out of a report.
pub fn without_text(report: &mut Report) {
    let redactor = rename(report);
    let Report { turns, findings, warnings, .. } = report;
    for turn in turns {
        turn.text.clear();
    }
    for finding in findings {
        finding.quote.clear();
        if let Some(taken) = &mut finding.taken_back {
            taken.quote.clear();
        }
    }
    for warning in warnings.iter_mut() {
        *warning = QUOTED.replace_all(&redactor.message(warning), "").into_owned();
    }
    warnings.push(FIGURES.to_owned());
}

/// Gives everyone another name, wherever the report has one.
fn rename(report: &mut Report) -> Redactor {
    let redactor = Redactor::new(report.speakers.iter().map(|speaker| speaker.name.as_str()));
    let Report {
        schema: _,
        engine: _,
        // What it was read from stays, or nobody could tell which report is of what.
        source: _,
        speakers,
        turns,
        findings,
        scores: _,
        warnings: _,
        set_aside: _,
        unattributed: _,
        roles_given: _,
        has_pseudonyms,
    } = report;
    *has_pseudonyms = true;
    for speaker in speakers {
        let SpeakerReport {
            name,
            id,
            role: _,
            role_source: _,
            role_confidence: _,
            words: _,
            turns: _,
            conversation: _,
            scores: _,
        } = speaker;
        *name = redactor.pseudonym(name);
        *id = None;
    }
    for turn in turns {
        let TurnReport { index: _, speaker, start: _, end: _, text: _, shape: _ } = turn;
        *speaker = speaker.as_deref().map(|name| redactor.pseudonym(name).into());
    }
    for finding in findings {
        let FindingReport {
            turn: _,
            span: _,
            quote: _,
            line: _,
            col: _,
            end: _,
            bytes: _,
            time: _,
            speaker,
            axis: _,
            pole: _,
            behaviour: _,
            score: _,
            evidence: _,
            instead: _,
            taken_back: _,
        } = finding;
        *speaker = speaker.as_deref().map(|name| redactor.pseudonym(name));
    }
    redactor
}

/// The words of a turn by scalar; findings come in order, and a turn may be as long as its file.
#[derive(Default)]
struct Words {
    turn: Option<usize>,
    chars: Vec<char>,
}

impl Words {
    fn of(&mut self, turn: usize, text: &Redacted, [from, to]: [usize; 2]) -> String {
        if self.turn != Some(turn) {
            *self = Words { turn: Some(turn), chars: text.text.chars().collect() };
        }
        self.chars.get(from..to).unwrap_or_default().iter().collect()
    }
}

fn quoted(text: &str, [from, to]: [usize; 2]) -> String {
    text.chars().skip(from).take(to.saturating_sub(from)).collect()
}
