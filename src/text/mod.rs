//! From turns to utterances and tokens, every one of which maps back to the words as they were said.
//!
//! Speech is messy, so the pieces here are about what a listener hears rather than what stands on
//! the page: contractions are opened (`don't` is `do` `not`), fillers and repeated words are marked
//! so that matching can step over them, and utterances are found also where a recognizer gave
//! neither capitals nor full stops.

mod forms;
mod hash;
mod known;
mod mood;
mod noise;
mod tokenize;
mod utterances;
mod windows;

use std::borrow::Cow;
use std::ops::Range;

use crate::transcript::Transcript;
pub(crate) use hash::{ByHash, hash_of};
use known::Traits;
pub use windows::Window;

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
    /// What the word is to the cutting of speech.
    traits: Traits,
    /// A hash of [`word_of`], so that words are compared and looked up without making them; of a mark, its
    /// first character.
    pub(crate) hash: u64,
}

impl Token {
    /// Whether it is a word that is written with a capital.
    pub(crate) fn has_capital(&self) -> bool {
        self.traits.has(Traits::CAPITAL)
    }

    /// The first character of a mark.
    pub(crate) fn mark(&self) -> Option<char> {
        let character = || char::from_u32(self.hash as u32);
        if self.kind == TokenKind::Mark { character() } else { None }
    }
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

impl Document {
    /// Cuts texts, each a turn of its own.
    pub fn of_turns<'a>(turns: impl IntoIterator<Item = &'a str>) -> Self {
        let mut document = Document::default();
        for text in turns {
            document.push_turn(text);
        }
        document
    }

    /// Cuts all turns of a transcript.
    pub fn new(transcript: &Transcript) -> Self {
        let turns = transcript.turns.iter().map(|turn| turn.text.as_str());
        let bytes: usize = turns.clone().map(str::len).sum();
        let mut document = Document::default();
        // Room for the tokens of common talk, so that they need not be moved while they come.
        document.tokens.reserve(bytes / 4);
        document.utterances.reserve(bytes / 48);
        document.turns.reserve(transcript.turns.len());
        turns.for_each(|text| document.push_turn(text));
        document
    }

    /// Cuts a single text, as one turn.
    pub fn of_text(text: &str) -> Self {
        Document::of_turns([text])
    }

    fn push_turn(&mut self, text: &str) {
        let first_token = self.tokens.len();
        let first_utterance = self.utterances.len() as u32;
        tokenize::tokenize(text, &mut self.tokens);
        let tokens = &mut self.tokens[first_token..];
        let words = count_words(tokens);
        let fillers = noise::mark(text, tokens);
        let turn = self.turns.len() as u32;
        for range in utterances::cut(text, tokens) {
            let spoken = &tokens[range.clone()];
            let (Some(first), Some(last)) = (spoken.first(), spoken.last()) else { continue };
            self.utterances.push(Utterance {
                turn,
                span: first.start..last.end,
                mood: mood::mood(text, spoken),
                tokens: (first_token + range.start) as u32..(first_token + range.end) as u32,
            });
        }
        let utterances = first_utterance..self.utterances.len() as u32;
        self.turns.push(TurnText { utterances, words, fillers });
    }

    /// The utterances of a turn, in order.
    pub fn utterances_of(&self, turn: usize) -> &[Utterance] {
        self.turns.get(turn).map_or(&[], |turn| {
            &self.utterances[turn.utterances.start as usize..turn.utterances.end as usize]
        })
    }

    /// The tokens of an utterance, in order.
    pub fn tokens_of(&self, utterance: &Utterance) -> &[Token] {
        &self.tokens[utterance.tokens.start as usize..utterance.tokens.end as usize]
    }
}

/// Words as people count them: the parts of a contraction touch and are one, and so are the parts of
/// a hyphenated word's neighbours only if nothing stands between them.
fn count_words(tokens: &[Token]) -> u32 {
    let mut words = 0;
    let mut last_end = None;
    for token in tokens.iter().filter(|token| token.kind != TokenKind::Mark) {
        words += u32::from(last_end != Some(token.start));
        last_end = Some(token.end);
    }
    words
}

/// The form of a token that patterns see: opened, lower case, apostrophes straight.
pub(crate) fn word_of<'a>(text: &'a str, token: &Token) -> Cow<'a, str> {
    match forms::text_of(token.form) {
        "" => normal(&text[token.start as usize..token.end as usize]),
        form => Cow::Borrowed(form),
    }
}

/// The hash of a word that is what [`words_of`] makes of it, for a quick yes.
pub(crate) fn plain_hash(word: &str) -> Option<u64> {
    let hash = hash_of(word);
    let is_letters = word.bytes().all(|byte| byte.is_ascii_lowercase());
    let is_opened = || known::by_hash(hash).parts().is_some();
    (is_letters && !is_opened()).then_some(hash)
}

/// The words of a phrase, as [`word_of`] gives them; marks are left out.
pub(crate) fn words_of(phrase: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    tokenize::tokenize(phrase, &mut tokens);
    let spoken = tokens.iter().filter(|token| token.kind != TokenKind::Mark);
    spoken.map(|token| word_of(phrase, token).into_owned()).collect()
}

fn normal(word: &str) -> Cow<'_, str> {
    if word.bytes().all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase()) {
        return Cow::Borrowed(word);
    }
    let straight = |c: char| if tokenize::is_apostrophe(c) { '\'' } else { c };
    Cow::Owned(word.chars().map(straight).flat_map(char::to_lowercase).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn contractions_count_as_one_word_and_fillers_count() {
        let document = Document::of_text("Um, we don't, don't know.");
        assert_eq!(document.turns[0].words, 5);
        assert_eq!(document.turns[0].fillers, 1);
    }

    proptest! {
        #[test]
        fn every_span_slices_the_original_and_tokens_cover_all_but_white_space(text in "\\PC{0,200}") {
            let document = Document::of_text(&text);
            let mut covered = String::new();
            for token in &document.tokens {
                covered.push_str(&text[token.start as usize..token.end as usize]);
            }
            let joined: String = covered.chars().filter(|c| *c != '-').collect();
            let expected: String = text.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
            prop_assert_eq!(joined, expected);
            for utterance in &document.utterances {
                let slice = &text[utterance.span.start as usize..utterance.span.end as usize];
                prop_assert_eq!(slice.trim(), slice);
            }
        }

        #[test]
        fn a_token_carries_the_hash_of_its_word(text in "([a-zA-Z0-9]{1,12}|[a-zé’']{1,9}|\\PC| ){0,30}") {
            let document = Document::of_text(&text);
            let spoken = document.tokens.iter().filter(|token| token.kind != TokenKind::Mark);
            for token in spoken {
                let word = word_of(&text, token);
                prop_assert_eq!(token.hash, hash_of(&word), "{}", word);
                let letter = text[token.start as usize..].starts_with(char::is_uppercase);
                prop_assert_eq!(token.has_capital(), letter && token.kind != TokenKind::Number, "{}", word);
            }
        }

        #[test]
        fn speech_like_text_keeps_its_words_in_order(text in "([a-zA-Z']{1,9}|um|don’t|[.,?!-]|[0-9$%]{1,4}| ){0,60}") {
            let document = Document::of_text(&text);
            let ends: Vec<_> = document.tokens.iter().map(|t| (t.start, t.end)).collect();
            prop_assert!(ends.windows(2).all(|pair| pair[0].1 <= pair[1].0));
            let total: usize = document.utterances.iter().map(|u| u.tokens.len()).sum();
            prop_assert_eq!(total, document.tokens.len());
        }
    }
}
