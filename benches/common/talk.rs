//! Talk to measure with: conversations of the corpus as `Name: text`, at life's base rates.
//!
//! The examples are dense in what the rules hear; ordinary talk is not, and most of what is analyzed is
//! ordinary. The whole calls of `c5` and `c6` are taken as they stand, and of `m1` to `m4` all lines
//! without a label and every eighth with one, which leaves a label on one line in eleven. A longer
//! transcript goes round again, so every size has the same mixture.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;
use unsell::format;
use unsell::transcript::{Source, Transcript};

use super::project;

/// Of the labelled lines in files dense in them, one in so many is taken.
const KEPT: usize = 8;

/// The lines of all conversations, each with who says it.
static LINES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut lines = Vec::new();
    let mut labelled = 0;
    for file in ["c5", "c6", "m1", "m2", "m3", "m4"] {
        let path = project(&format!("models/corpus/{file}.jsonl"));
        for row in std::fs::read_to_string(path).expect("the corpus").lines() {
            let row: Value = serde_json::from_str(row).expect("a row of JSON");
            let is_labelled = row["labels"].as_array().is_some_and(|labels| !labels.is_empty());
            labelled += usize::from(is_labelled && file.starts_with('m'));
            let is_spare = is_labelled && file.starts_with('m') && labelled % KEPT != 0;
            if row["split"] != "train" || is_spare {
                continue;
            }
            let text = row["text"].as_str().expect("a text").split_whitespace();
            let said = text.collect::<Vec<_>>().join(" ");
            lines.push(format!("{}: {said}\n", speaker(&row, lines.len())));
        }
    }
    lines
});

/// Two people; where the role does not tell which, they take turns.
fn speaker(row: &Value, at: usize) -> &'static str {
    let turn = row["turn"].as_u64().unwrap_or(at as u64);
    match row["role"].as_str() {
        Some("seller" | "leader") => "Dana Reyes",
        Some("buyer" | "member") => "Sam Ortiz",
        _ => ["Dana Reyes", "Sam Ortiz"][turn as usize % 2],
    }
}

/// A transcript of about so many bytes; each number gives another one.
pub fn transcript(number: usize, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes + 512);
    for line in LINES.iter().cycle().skip(number * 97 % LINES.len()) {
        text.push_str(line);
        if text.len() >= bytes {
            break;
        }
    }
    text
}

/// Text as the library takes it.
pub fn source(text: &[u8]) -> Source {
    Source::from_bytes("talk.txt", text).expect("is text")
}

/// A transcript of about so many bytes, read.
pub fn read(bytes: usize) -> Transcript {
    let text = transcript(0, bytes);
    format::read(&source(text.as_bytes()), format::by_id("name-text")).expect("is readable")
}

/// The words of the talk in lower case, each with how often it is said.
pub fn words() -> BTreeMap<String, usize> {
    let mut words = BTreeMap::new();
    let said = LINES.iter().filter_map(|line| Some(line.split_once(": ")?.1));
    for word in said.flat_map(|said| said.split(|c: char| !c.is_alphanumeric() && c != '\'')) {
        if !word.is_empty() {
            *words.entry(word.to_lowercase()).or_default() += 1;
        }
    }
    words
}
