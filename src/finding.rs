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
}
