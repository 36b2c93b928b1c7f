//! What was said, turn by turn, with the words of findings marked.

use std::collections::HashMap;

use minijinja::{Value, context};

use crate::report::layout::clock;
use crate::report::model::{FindingReport, Report, TurnReport};

/// The turns for the template.
pub(super) fn views(report: &Report) -> Vec<Value> {
    let mut findings = report.findings.iter().enumerate().peekable();
    let speakers = report.speakers.iter().enumerate();
    let numbers: HashMap<_, _> =
        speakers.map(|(at, speaker)| (speaker.name.as_str(), at)).collect();
    report
        .turns
        .iter()
        .map(|turn| {
            let mut own = Vec::new();
            while let Some(found) = findings.next_if(|(_, finding)| finding.turn <= turn.index) {
                own.push(found);
            }
            let number = turn.speaker.as_deref().and_then(|name| numbers.get(name).copied());
            view(report, turn, number, &own)
        })
        .collect()
}

fn view(
    report: &Report,
    turn: &TurnReport,
    number: Option<usize>,
    found: &[(usize, &FindingReport)],
) -> Value {
    let tags: Vec<_> = found
        .iter()
        .map(|(number, finding)| {
            context! {
                number,
                behaviour => finding.behaviour,
                drains => finding.drains(),
                taken_back => finding.taken_back.is_some(),
            }
        })
        .collect();
    context! {
        index => turn.index,
        time => turn.start.map(clock),
        speaker => &turn.speaker,
        speaker_number => number,
        role => number.map(|at| report.speakers[at].role.id()),
        pieces => pieces(&turn.text, found),
        tags,
    }
}

/// Cuts a text wherever a finding starts or ends; each piece tells which findings it belongs to.
fn pieces(text: &str, found: &[(usize, &FindingReport)]) -> Vec<Value> {
    let mut cuts: Vec<usize> = found.iter().flat_map(|(_, finding)| finding.span).collect();
    cuts.sort_unstable();
    cuts.dedup();
    let mut later = found.iter().peekable();
    let mut over: Vec<&(usize, &FindingReport)> = Vec::new();
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut from = 0;
    for cut in cuts.into_iter().chain([usize::MAX]) {
        let bytes = rest.char_indices().nth(cut - from).map_or(rest.len(), |(byte, _)| byte);
        let (piece, after) = rest.split_at(bytes);
        over.retain(|(_, finding)| from < finding.span[1]);
        while let Some(starting) = later.next_if(|(_, finding)| finding.span[0] <= from) {
            over.push(starting);
        }
        if !piece.is_empty() {
            let numbers: Vec<_> = over.iter().map(|(number, _)| number.to_string()).collect();
            pieces.push(context! {
                text => piece,
                findings => numbers.join(" "),
                drains => over.iter().any(|(_, finding)| finding.drains()),
                builds => over.iter().any(|(_, finding)| !finding.drains()),
            });
        }
        (rest, from) = (after, cut);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn shown(text: &str, spans: &[[usize; 2]]) -> Vec<(String, String)> {
        let finding = sample::call().findings[0].clone();
        let findings: Vec<_> =
            spans.iter().map(|span| FindingReport { span: *span, ..finding.clone() }).collect();
        let found: Vec<_> = findings.iter().enumerate().collect();
        let attribute = |piece: &Value, name: &str| {
            piece.get_attr(name).ok().and_then(|v| v.as_str().map(str::to_owned)).expect("text")
        };
        let pieces = pieces(text, &found);
        pieces.iter().map(|p| (attribute(p, "text"), attribute(p, "findings"))).collect()
    }

    #[test]
    fn pieces_are_the_text_and_overlaps_belong_to_both() {
        let pieces = shown("é one two three", &[[2, 9], [6, 15]]);
        let told: Vec<_> =
            pieces.iter().map(|(text, found)| (text.as_str(), found.as_str())).collect();
        assert_eq!(told, [("é ", ""), ("one ", "0"), ("two", "0 1"), (" three", "1")]);
        assert_eq!(shown("plain", &[]), [("plain".to_owned(), String::new())]);
        assert_eq!(shown("", &[]), []);
    }

    #[test]
    fn every_turn_is_there_with_its_findings() {
        let report = sample::call();
        let views = views(&report);
        assert_eq!(views.len(), report.turns.len());
        let tags: usize = views.iter().filter_map(|view| view.get_attr("tags").ok()?.len()).sum();
        assert_eq!(tags, report.findings.len());
    }
}
