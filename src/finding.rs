//! A behaviour seen in an utterance, and what it rests on.

use std::ops::Range;

use crate::taxonomy::Behaviour;

/// What a detector saw.
#[derive(Debug, Clone, PartialEq)]
pub enum Evidence {
    /// A lexicon rule matched.
    Lexicon {
        /// The rule's full identifier, `behaviour.name`.
        rule: String,
        /// The rule's weight: how often such a match is right.
        weight: f32,
    },
    /// The classifier heard it.
    Classifier {
        /// Calibrated probability.
        score: f32,
    },
}

/// One behaviour in one utterance. However many rules saw it, it counts once.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Index of the turn.
    pub turn: usize,
    /// Bytes in the turn's text: the words that show it.
    pub span: Range<usize>,
    /// What was seen.
    pub behaviour: Behaviour,
    /// How sure, from 0 to 1.
    pub score: f32,
    /// What it rests on. At least one.
    pub evidence: Vec<Evidence>,
    /// What to say instead; empty for behaviours that build.
    pub instead: String,
    /// Later words of the speaker that take it back.
    pub taken_back: Option<TakenBack>,
}

/// Words that take a finding back.
#[derive(Debug, Clone, PartialEq)]
pub struct TakenBack {
    /// Index of the turn.
    pub turn: usize,
    /// Bytes in the turn's text.
    pub span: Range<usize>,
    /// How often such words do take something back, from 0 to 1.
    pub weight: f32,
}

/// How much of a finding is gone when it is surely taken back: it was said all the same.
const TAKEN: f64 = 0.5;

/// How much a finding counts: its score, less half as far as it is taken back.
pub(crate) fn weight(score: f64, taken_back: Option<f64>) -> f64 {
    score * (1.0 - TAKEN * taken_back.unwrap_or_default())
}

impl Finding {
    /// How much it counts in the index.
    pub fn weight(&self) -> f64 {
        weight(f64::from(self.score), self.taken_back.as_ref().map(|by| f64::from(by.weight)))
    }
}
