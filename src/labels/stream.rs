//! Utterances in, labels out, line by line.

use std::io::{self, Read, Write};

use rayon::prelude::*;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::{Labeller, Labelling, Line, Lines, NEUTRAL, Parsed, Row, UnknownRoles};
use crate::finding::Evidence;
use crate::taxonomy::{Behaviour, Pole};

/// What a run of [`label_stream`] came to.
#[derive(Debug, Default)]
pub struct StreamSummary {
    /// Lines labelled.
    pub rows: u64,
    /// Lines that could not be read and became an error line.
    pub bad: u64,
    /// The role words that are no roles.
    pub unknown_roles: UnknownRoles,
}

/// Why the stream broke off. A bad line does not break it.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The input could not be read on.
    #[error("cannot read on: {0}")]
    Read(#[source] io::Error),
    /// The output could not be written on.
    #[error("cannot write on: {0}")]
    Write(#[source] io::Error),
}

/// Labels a stream of JSON lines: for every line that is not blank one line comes out, in the same
/// order, either the labels or `{"line": 7, "error": "…"}`. Works on all threads of the current
/// rayon pool, holds one batch of lines at a time, and flushes after each.
///
/// # Errors
///
/// When `input` cannot be read on or `output` not written on.
pub fn label_stream(
    input: impl Read,
    output: &mut impl Write,
    labeller: &dyn Labeller,
) -> Result<StreamSummary, StreamError> {
    let mut lines = Lines::new(input);
    let mut summary = StreamSummary::default();
    loop {
        let batch = lines.next_batch().map_err(StreamError::Read)?;
        if batch.is_empty() {
            return Ok(summary);
        }
        for answer in answers(batch, labeller) {
            match answer.bad {
                true => summary.bad += 1,
                false => summary.rows += 1,
            }
            if let Some(word) = answer.unknown_role {
                summary.unknown_roles.note(answer.line, &word);
            }
            output.write_all(&answer.json).map_err(StreamError::Write)?;
        }
        output.flush().map_err(StreamError::Write)?;
    }
}

struct Answer {
    line: u64,
    json: Vec<u8>,
    bad: bool,
    unknown_role: Option<String>,
}

/// The answers to a batch of lines, in order.
fn answers(batch: Vec<Line>, labeller: &dyn Labeller) -> Vec<Answer> {
    let parsed: Vec<_> = batch
        .into_par_iter()
        .map(|line| (line.number, line.content.and_then(|text| Row::parse(&text))))
        .collect();
    let rows = parsed.iter().filter_map(|(_, parsed)| parsed.as_ref().ok());
    let said: Vec<_> = rows.map(|parsed| parsed.row.said()).collect();
    let mut labellings = labeller.label(&said).into_iter();
    let mut paired = Vec::with_capacity(parsed.len());
    for (line, parsed) in &parsed {
        let labelling = parsed.is_ok().then(|| labellings.next().unwrap_or_default());
        paired.push((*line, parsed, labelling));
    }
    paired
        .into_par_iter()
        .map(|(line, parsed, labelling)| match parsed {
            Ok(Parsed { row, unknown_role }) => {
                let labelling = labelling.unwrap_or_default().judged(row.role);
                let json = json_line(&Labelled { row, labelling: &labelling });
                Answer { line, json, bad: false, unknown_role: unknown_role.clone() }
            }
            Err(error) => {
                let json = json_line(&BadLine { line, error });
                Answer { line, json, bad: true, unknown_role: None }
            }
        })
        .collect()
}

/// Serializing these types to memory has nothing that can fail; were that to change, the line would
/// carry the reason instead.
fn json_line(value: &impl Serialize) -> Vec<u8> {
    let mut json = serde_json::to_vec(value).unwrap_or_else(|error| {
        serde_json::json!({ "error": error.to_string() }).to_string().into()
    });
    json.push(b'\n');
    json
}

#[derive(Serialize)]
struct BadLine<'a> {
    line: u64,
    error: &'a str,
}

/// A row with its labels: what `label` says of it first, then the fields that came with it.
struct Labelled<'a> {
    row: &'a Row,
    labelling: &'a Labelling,
}

/// The fields of an answer; a field of the same name in the input gives way to it.
const OWN_FIELDS: [&str; 4] = ["id", "labels", "scores", "evidence"];

impl Serialize for Labelled<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let evidence: Vec<_> = self
            .labelling
            .evidence
            .iter()
            .map(|(behaviour, evidence)| EvidenceLine::new(*behaviour, evidence))
            .collect();
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("id", &self.row.id)?;
        map.serialize_entry("labels", &self.labelling.labels)?;
        map.serialize_entry("scores", &Scores(&self.labelling.scores))?;
        map.serialize_entry("evidence", &evidence)?;
        if let Some(poles) = &self.row.poles {
            let ids: Vec<_> = match poles.is_empty() {
                true => vec![NEUTRAL],
                false => poles.iter().map(|pole: &Pole| pole.id()).collect(),
            };
            map.serialize_entry("poles", &ids)?;
        }
        for (name, value) in &self.row.extra {
            if !OWN_FIELDS.contains(&name.as_str()) {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
}

struct Scores<'a>(&'a [f32; Behaviour::COUNT]);

impl Serialize for Scores<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Behaviour::all().zip(self.0))
    }
}

/// Evidence for a behaviour, as JSON lines show it.
#[derive(Debug, Serialize)]
pub(crate) struct EvidenceLine<'a> {
    behaviour: Behaviour,
    detector: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<f32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    score: Option<f32>,
}

impl<'a> EvidenceLine<'a> {
    pub(crate) fn new(behaviour: Behaviour, evidence: &'a Evidence) -> EvidenceLine<'a> {
        let (detector, rule, weight, score) = match evidence {
            Evidence::Lexicon { rule, weight } => {
                ("lexicon", Some(rule.as_str()), Some(*weight), None)
            }
            Evidence::Classifier { score } => ("classifier", None, None, Some(*score)),
        };
        EvidenceLine { behaviour, detector, rule, weight, score }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::labels::Said;

    /// Hears pressure in "today" and a funnel in "landed", whoever says it.
    struct Words;

    impl Labeller for Words {
        fn name(&self) -> &str {
            "words"
        }

        fn label(&self, said: &[Said]) -> Vec<Labelling> {
            said.iter().map(|said| Self::hear(said.text)).collect()
        }
    }

    impl Words {
        fn hear(text: &str) -> Labelling {
            let mut labelling = Labelling::default();
            for (word, id) in [("today", "pressure"), ("landed", "funnel")] {
                let behaviour = Behaviour::from_id(id).unwrap();
                if text.contains(word) {
                    labelling.scores[behaviour.index()] = 0.93;
                    labelling.labels.push(behaviour);
                    let rule = format!("{id}.{word}");
                    labelling.evidence.push((behaviour, Evidence::Lexicon { rule, weight: 0.9 }));
                }
            }
            labelling
        }
    }

    fn run(input: &str) -> (Vec<Value>, StreamSummary) {
        let mut output = Vec::new();
        let summary = label_stream(input.as_bytes(), &mut output, &Words).unwrap();
        let lines = String::from_utf8(output).unwrap();
        (lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect(), summary)
    }

    #[test]
    fn an_answer_has_the_labels_all_scores_the_evidence_and_the_extra_fields() {
        let (answers, summary) = run(
            r#"{"id":"u1","role":"seller","text":"Sign today, I landed.","labels":["celebrate"],"author":"x","scores":1,"poles":["neutral"]}"#,
        );
        let answer = &answers[0];
        assert_eq!(answer["id"], "u1");
        assert_eq!(answer["labels"], json!(["pressure"]));
        assert_eq!(answer["scores"].as_object().unwrap().len(), 33);
        assert_eq!(answer["scores"]["pressure"], json!(0.93));
        let evidence = json!({"behaviour": "pressure", "detector": "lexicon", "rule": "pressure.today", "weight": 0.9});
        assert_eq!(answer["evidence"], json!([evidence]));
        assert_eq!(answer["author"], "x");
        assert_eq!(answer["poles"], json!(["neutral"]));
        assert_eq!(answer.get("text"), None);
        assert_eq!((summary.rows, summary.bad), (1, 0));
    }

    #[test]
    fn roles_decide_which_labels_stay() {
        let input = ["seller", "leader", "buyer", "member", "unknown", "chief"]
            .map(|role| format!(r#"{{"role":"{role}","text":"today landed"}}"#))
            .join("\n");
        let (answers, summary) = run(&input);
        let labels: Vec<_> = answers.iter().map(|answer| answer["labels"].clone()).collect();
        let both = json!(["pressure", "funnel"]);
        let expected =
            [json!(["pressure"]), json!(["funnel"]), json!([]), json!([]), both.clone(), both];
        assert_eq!(labels, expected);
        assert!(summary.unknown_roles.warning().unwrap().starts_with("line 6: `chief`"));
    }

    #[test]
    fn a_bad_line_becomes_an_error_and_the_rest_goes_on() {
        let (answers, summary) = run("{\"text\":\"today\"}\n\nnonsense\n{\"text\":\"hello\"}\n");
        assert_eq!(answers[0]["labels"], json!(["pressure"]));
        assert_eq!(answers[1]["line"], 3);
        assert!(answers[1]["error"].as_str().unwrap().contains("column"));
        assert_eq!(answers[2]["labels"], json!([]));
        assert_eq!((summary.rows, summary.bad), (2, 1));
    }

    #[test]
    fn ten_thousand_lines_come_out_in_order_whatever_the_number_of_threads() {
        let input: String =
            (0..10_000).map(|n| format!("{{\"id\":{n},\"text\":\"line {n} today\"}}\n")).collect();
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let mut output = Vec::new();
            pool.install(|| label_stream(input.as_bytes(), &mut output, &Words)).unwrap();
            output
        };
        let one = on(1);
        assert_eq!(one, on(4));
        let text = String::from_utf8(one).unwrap();
        for (n, line) in text.lines().enumerate() {
            assert!(line.starts_with(&format!("{{\"id\":{n},")), "{line}");
        }
        assert_eq!(text.lines().count(), 10_000);
    }

    #[test]
    fn a_closed_output_is_told_apart_from_a_bad_input() {
        struct Closed;
        impl Write for Closed {
            fn write(&mut self, _: &[u8]) -> io::Result<usize> {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            fn flush(&mut self) -> io::Result<()> {
                Ok(())
            }
        }
        let error = label_stream(&b"{\"text\":\"x\"}"[..], &mut Closed, &Words).unwrap_err();
        assert!(matches!(error, StreamError::Write(e) if e.kind() == io::ErrorKind::BrokenPipe));
    }
}
