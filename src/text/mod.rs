//! From turns to utterances and tokens, every one of which maps back to the words as they were said.
//!
//! Speech is messy, so the pieces here are about what a listener hears rather than what stands on
//! the page: contractions are opened (`don't` is `do` `not`), fillers and repeated words are marked
//! so that matching can step over them, and utterances are found also where a recognizer gave
//! neither capitals nor full stops.

use std::ops::Range;

/// A word, number or mark in a turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Bytes in the turn's text.
    pub start: u32,
    /// Bytes in the turn's text.
    pub end: u32,
    /// What sort of token it is.
    pub kind: TokenKind,
    /// The form that patterns see, where it differs from the lower-cased text.
    pub(crate) form: u16,
}

/// What sort of token it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// A word that carries meaning, or the second half of a contraction.
    Word,
    /// A word that a listener does not hear: a filler, a repeat, a false start.
    Noise,
    /// A number, with its marks: `1,200`, `15%`, `$40`.
    Number,
    /// Punctuation.
    Mark,
}

/// How an utterance is meant, as far as its form tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// Says something.
    Statement,
    /// Asks something that yes, no or a choice answers.
    ClosedQuestion,
    /// Asks something that needs words of the other's own.
    OpenQuestion,
}

/// A sentence or a clause group within a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utterance {
    /// Index of the turn.
    pub turn: u32,
    /// Bytes in the turn's text.
    pub span: Range<u32>,
    /// Its tokens, as a range of [`Document::tokens`].
    pub tokens: Range<u32>,
    /// How it is meant.
    pub mood: Mood,
}

/// What a turn holds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TurnText {
    /// Its utterances, as a range of [`Document::utterances`].
    pub utterances: Range<u32>,
    /// How many words were said, fillers and repeats included; a contraction is one word.
    pub words: u32,
    /// How many of them were fillers.
    pub fillers: u32,
}

/// A transcript's turns, cut into utterances and tokens.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Document {
    /// All tokens, turn after turn.
    pub tokens: Vec<Token>,
    /// All utterances, turn after turn.
    pub utterances: Vec<Utterance>,
    /// One for each turn of the transcript.
    pub turns: Vec<TurnText>,
}
