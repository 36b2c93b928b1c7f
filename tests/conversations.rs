//! Whole labelled conversations, rendered as transcripts and analyzed: does the index order them as
//! their labels do, and does its interval ever lie on the wrong side?
//!
//! `cargo test --release --test conversations -- --nocapture` prints the table.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;
use unsell::engine::{AnalyzeOptions, Engine, Lens};
use unsell::lexicon::Lexicon;
use unsell::roles::RoleBook;
use unsell::taxonomy::{Axis, Behaviour};
use unsell::transcript::Source;

/// The authors of whole conversations on which rules may be measured.
const AUTHORS: [(&str, Axis); 2] = [("c1", Axis::Selling), ("c3", Axis::Leading)];

struct Conversation {
    name: String,
    text: String,
    builds: usize,
    drains: usize,
}

impl Conversation {
    /// The share of building labels, in percent.
    fn labelled(&self) -> Option<f64> {
        let all = self.builds + self.drains;
        (all > 0).then(|| 100.0 * self.builds as f64 / all as f64)
    }
}

fn conversations(path: &Path) -> Vec<Conversation> {
    let text = fs::read_to_string(path).expect("a corpus file");
    let mut all: BTreeMap<String, Conversation> = BTreeMap::new();
    for line in text.lines() {
        let row: Value = serde_json::from_str(line).expect("a corpus row");
        let name = row["scenario"].as_str().expect("a scenario").to_owned();
        let conversation = all.entry(name.clone()).or_insert_with(|| Conversation {
            name,
            text: String::new(),
            builds: 0,
            drains: 0,
        });
        let speaker = match row["role"].as_str() {
            Some("seller" | "leader") => "Ada",
            _ => "Ben",
        };
        let said = row["text"].as_str().expect("a text");
        conversation.text.push_str(&format!("{speaker}: {said}\n"));
        for label in row["labels"].as_array().expect("labels") {
            let behaviour = label.as_str().and_then(Behaviour::from_id).expect("a behaviour");
            match behaviour.pole().drains() {
                true => conversation.drains += 1,
                false => conversation.builds += 1,
            }
        }
    }
    all.into_values().collect()
}

/// Ranks from 0; equal values share the mean of theirs.
fn ranks(values: &[f64]) -> Vec<f64> {
    let below = |value: f64| values.iter().filter(|other| **other < value).count() as f64;
    let equal = |value: f64| values.iter().filter(|other| **other == value).count() as f64;
    values.iter().map(|value| below(*value) + (equal(*value) - 1.0) / 2.0).collect()
}

/// Spearman's rank correlation.
fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let mean = (a.len() as f64 - 1.0) / 2.0;
    let sum = |x: &[f64], y: &[f64]| -> f64 {
        x.iter().zip(y).map(|(x, y)| (x - mean) * (y - mean)).sum()
    };
    sum(&a, &b) / (sum(&a, &a) * sum(&b, &b)).sqrt()
}

#[test]
fn the_index_orders_whole_conversations_as_their_labels_do() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/corpus");
    let engine =
        Engine::builder().lexicon(Lexicon::builtin().expect("rules")).build().expect("an engine");
    for (author, axis) in AUTHORS {
        let (judged, lens) = match axis {
            Axis::Selling => ("Ada=seller", Lens::Selling),
            Axis::Leading => ("Ada=leader", Lens::Leading),
        };
        let mut roles = RoleBook::default();
        for spec in [judged, if axis == Axis::Selling { "Ben=buyer" } else { "Ben=member" }] {
            roles.give_spec(spec).expect("a role");
        }
        let options = AnalyzeOptions { roles, lens: Some(lens), ..AnalyzeOptions::default() };
        let (mut indices, mut labelled, mut wrong) = (Vec::new(), Vec::new(), 0);
        println!("\n{author:<34} labelled  index    90 % interval  evidence");
        for conversation in conversations(&corpus.join(format!("{author}.jsonl"))) {
            let source =
                Source::from_bytes("call.txt", conversation.text.as_bytes()).expect("text");
            let report = engine.analyze(&source, &options).expect("a report");
            let scores = match axis {
                Axis::Selling => report.scores.selling,
                Axis::Leading => report.scores.leading,
            };
            let scores = scores.expect("a judged axis");
            let Some(truth) = conversation.labelled() else { continue };
            let wrong_side =
                (truth > 50.0 && scores.high < 50.0) || (truth < 50.0 && scores.low > 50.0);
            wrong += usize::from(wrong_side);
            println!(
                "{:<34} {truth:>8.0} {:>6.0}  {:>6.0} to {:>3.0}  {:?}{}",
                conversation.name,
                scores.index,
                scores.low,
                scores.high,
                scores.evidence,
                if wrong_side { "  wrong side" } else { "" }
            );
            indices.push(scores.index);
            labelled.push(truth);
        }
        let correlation = spearman(&indices, &labelled);
        println!(
            "{author}: rank correlation {correlation:.2}, {wrong} of {} on the wrong side",
            indices.len()
        );
        assert!(correlation > 0.5, "{author}: rank correlation {correlation:.2}");
        assert!(wrong <= 1, "{author}: {wrong} intervals on the wrong side");
    }
}
