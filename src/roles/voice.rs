//! How people of each role speak: words and pairs of words, and how much each tells.
//!
//! Three questions place a speaker: is this selling rather than leading; in selling, is it the seller
//! rather than the buyer; in leading, the leader rather than a member? For each, a word or a pair of
//! words has a weight in log odds. They are fitted ([`super::fit`]) on the corpus and kept in
//! `models/roles.csv`, so that anyone can read what a role is known by.

use std::ops::Range;

use rustc_hash::FxHashMap;

use crate::text::{Document, Token, TokenKind, Utterance, hash_of, word_of};

/// Log odds for the three questions: selling, seller, leader.
pub type Leaning = [f64; 3];

/// Selling rather than leading.
pub const SELLING: usize = 0;
/// The seller rather than the buyer.
pub const SELLER: usize = 1;
/// The leader rather than a member.
pub const LEADER: usize = 2;

/// A word or a pair of words, as one number.
pub(super) type Feature = u64;

/// What stands before the first word of an utterance.
const START: &str = "^";
/// What stands for any number.
const NUMBER: &str = "0";

/// The weights of all words and pairs that tell something.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Voices {
    weights: FxHashMap<Feature, [f32; 3]>,
}

/// A line of the file of weights.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Weight {
    /// One word or two; `^` is the start of an utterance, `0` any number.
    pub words: String,
    /// Log odds of selling rather than leading.
    pub selling: f32,
    /// Log odds of the seller rather than the buyer.
    pub seller: f32,
    /// Log odds of the leader rather than a member.
    pub leader: f32,
}

impl Weight {
    /// From a line without quotes. Every start of the program reads thousands of them.
    fn parse(line: &str) -> Option<Weight> {
        let mut cells = line.split(',');
        let words = cells.next()?.to_owned();
        let mut number = || cells.next()?.parse().ok();
        Some(Weight { words, selling: number()?, seller: number()?, leader: number()? })
    }
}

impl Voices {
    /// The weights in the program.
    pub fn builtin() -> Self {
        let text = include_str!("../../models/roles.csv");
        // A test reads the file to its last line.
        Self::new(text.lines().skip(1).filter_map(Weight::parse))
    }

    /// From lines of weights.
    pub fn new(lines: impl IntoIterator<Item = Weight>) -> Self {
        let entry = |line: Weight| {
            let mut words = line.words.split(' ').map(hash_of);
            let first = words.next().unwrap_or_default();
            let feature = words.next().map_or(first, |second| pair(first, second));
            (feature, [line.selling, line.seller, line.leader])
        };
        Voices { weights: lines.into_iter().map(entry).collect() }
    }

    /// How many words and pairs there are.
    pub fn len(&self) -> usize {
        self.weights.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.weights.is_empty()
    }

    /// What a feature tells.
    pub(super) fn weight(&self, feature: Feature) -> Option<Leaning> {
        self.weights.get(&feature).map(|weights| weights.map(f64::from))
    }
}

fn pair(first: u64, second: u64) -> Feature {
    first.rotate_left(32) ^ second
}

/// How much each of so many features counts: long utterances tell more than short ones, but not in
/// proportion.
pub(super) fn share(features: usize) -> f64 {
    1.0 / (features.max(1) as f64).sqrt()
}

/// The features of an utterance, each once, with the bytes in the turn's text where each stands first, in
/// the order in which they are said.
#[derive(Debug, Default)]
pub(super) struct Features {
    pub found: Vec<(Feature, Range<u32>)>,
}

impl Features {
    /// Takes the place of those of the utterance before.
    pub(super) fn gather(&mut self, document: &Document, utterance: &Utterance) {
        self.found.clear();
        let mut before = (hash_of(START), None);
        for token in spoken(document, utterance) {
            let hash = if token.kind == TokenKind::Number { hash_of(NUMBER) } else { token.hash };
            self.add(hash, token.start..token.end);
            self.add(pair(before.0, hash), before.1.unwrap_or(token.start)..token.end);
            before = (hash, Some(token.start));
        }
    }

    fn add(&mut self, feature: Feature, at: Range<u32>) {
        // An utterance has at most a few dozen words, so looking through them is the quickest.
        if self.found.iter().all(|(met, _)| *met != feature) {
            self.found.push((feature, at));
        }
    }
}

/// The words that [`Weight::words`] has for the features of an utterance, in any order.
pub(super) fn names(document: &Document, text: &str, utterance: &Utterance) -> Vec<String> {
    let mut names = Vec::new();
    let mut before = START.to_owned();
    for token in spoken(document, utterance) {
        let word = match token.kind {
            TokenKind::Number => NUMBER.to_owned(),
            _ => word_of(text, token).into_owned(),
        };
        names.push(format!("{before} {word}"));
        names.push(word.clone());
        before = word;
    }
    names.sort();
    names.dedup();
    names
}

fn spoken<'a>(
    document: &'a Document,
    utterance: &Utterance,
) -> impl Iterator<Item = &'a Token> + use<'a> {
    let tokens = document.tokens_of(utterance).iter();
    tokens.filter(|token| matches!(token.kind, TokenKind::Word | TokenKind::Number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_features_of_an_utterance_are_the_same_things() {
        let text = "So, um, it's $1,200 a month, it's fair?";
        let document = Document::of_text(text);
        let utterance = &document.utterances[0];
        let names = names(&document, text, utterance);
        for expected in ["^ so", "so it", "it is", "is 0", "0 a", "month"] {
            assert!(names.iter().any(|name| name == expected), "{expected}: {names:?}");
        }
        let weight = |words: String| Weight { words, selling: 1.0, seller: 0.5, leader: 0.0 };
        let voices = Voices::new(names.into_iter().map(weight));
        let mut features = Features::default();
        features.gather(&document, utterance);
        let features = features.found;
        assert_eq!(features.len(), voices.len());
        assert!(features.iter().all(|(feature, _)| voices.weight(*feature).is_some()));
        let quoted = |words: &str| {
            features.iter().any(|(_, at)| &text[at.start as usize..at.end as usize] == words)
        };
        assert!(quoted("s $1,200") || quoted("'s $1,200"), "{features:?}");
    }

    #[test]
    fn the_weights_in_the_program_are_read_to_the_last_line() {
        let lines = include_str!("../../models/roles.csv").lines().count() - 1;
        assert_eq!(Voices::builtin().len(), lines);
    }
}
