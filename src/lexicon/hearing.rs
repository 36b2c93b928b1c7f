//! What rules hear of a turn: its words without noise and marks, utterance by utterance.

use std::cell::RefCell;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::Lexicon;
use super::automaton::Automaton;
use super::vocabulary::{Signs, WordId, Words, classes_of};
use crate::text::{Document, Mood, TokenKind, Utterance};

/// A token as rules see it: noise and marks are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) word: WordId,
    pub(super) classes: u8,
    /// What it is among the neighbours of others: its word and its classes.
    pub(super) signs: Signs,
    /// Its word's [`Words::place`].
    pub(super) place: u8,
    /// What stands before it: see [`Heard::STARTS`] and the other bits.
    pub(super) flags: u8,
    /// Bytes in the turn's text.
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Heard {
    /// A clause starts here (also after lead-ins such as "so" or "well").
    pub(super) const STARTS: u8 = 1;
    /// A clause ends here.
    pub(super) const ENDS: u8 = 2;
    /// A comma or a stronger mark stands before it.
    pub(super) const AFTER_COMMA: u8 = 4;
    /// A dash, semicolon, colon or full stop stands before it.
    pub(super) const AFTER_BREAK: u8 = 8;
    /// It stands within quotation marks.
    pub(super) const QUOTED: u8 = 16;

    pub(super) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// An utterance as rules see it.
#[derive(Clone, Copy)]
pub(super) struct Clause<'a> {
    pub(super) heard: &'a [Heard],
    pub(super) signs: Signs,
    pub(super) mood: Mood,
}

impl Clause<'_> {
    /// The bytes of the words that these tokens belong to: a contraction is reported whole.
    pub(super) fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        let touch = |left: usize, right: usize| {
            let pair = self.heard.get(left).zip(self.heard.get(right));
            pair.is_some_and(|(left, right)| left.end == right.start)
        };
        let Range { mut start, mut end } = *tokens;
        while start > 0 && touch(start - 1, start) {
            start -= 1;
        }
        while end > 0 && touch(end - 1, end) {
            end += 1;
        }
        match (self.heard.get(start), self.heard.get(end.saturating_sub(1))) {
            (Some(first), Some(last)) => first.start as usize..last.end as usize,
            _ => 0..0,
        }
    }
}

/// What was heard in a turn.
#[derive(Default)]
pub(super) struct Turn {
    tokens: Vec<Heard>,
    /// Where each utterance ends among the tokens, with the signs of all that it has.
    utterances: Vec<(usize, Signs)>,
    /// Which patterns were looked for, and whether they match.
    known: RefCell<FxHashMap<u32, bool>>,
}

impl Turn {
    /// The last turn before this one in which something was said.
    pub(super) fn before<'a>(
        turn: usize,
        lexicon: &Lexicon,
        text: impl Fn(usize) -> &'a str,
        document: &Document,
    ) -> Self {
        let mut before = Turn::default();
        let said = |turn: &usize| !document.utterances_of(*turn).is_empty();
        if let Some(turn) = (0..turn).rev().find(said) {
            for utterance in document.utterances_of(turn) {
                before.hear(lexicon, text(turn), document, utterance);
            }
        }
        before
    }

    pub(super) fn clear(&mut self) {
        self.tokens.clear();
        self.utterances.clear();
        self.known.get_mut().clear();
    }

    /// Whether a pattern, known by its number, matches in some utterance.
    pub(super) fn has(&self, pattern: u32, automaton: &Automaton) -> bool {
        let look = || {
            let mut start = 0;
            self.utterances.iter().any(|(end, signs)| {
                let tokens = &self.tokens[std::mem::replace(&mut start, *end)..*end];
                automaton.find(tokens, *signs).is_some()
            })
        };
        *self.known.borrow_mut().entry(pattern).or_insert_with(look)
    }

    /// Adds what rules see of an utterance, and gives it.
    pub(super) fn hear(
        &mut self,
        lexicon: &Lexicon,
        text: &str,
        document: &Document,
        utterance: &Utterance,
    ) -> Clause<'_> {
        let heard = &mut self.tokens;
        let first = heard.len();
        let mut all = Signs::default();
        let mut pending = Heard::STARTS;
        let mut quoted = false;
        let mut may_start = true;
        let tokens = document.tokens_of(utterance);
        heard.reserve(tokens.len());
        for token in tokens {
            match token.kind {
                TokenKind::Noise => {}
                TokenKind::Mark => {
                    match token.mark() {
                        Some('"') => quoted = !quoted,
                        Some('\u{201c}' | '«') => quoted = true,
                        Some('\u{201d}' | '»') => quoted = false,
                        Some(',') => pending |= Heard::AFTER_COMMA,
                        Some(';' | ':' | '-' | '–' | '—' | '.' | '?' | '!' | '…' | '(' | ')') =>
                        {
                            pending |= Heard::AFTER_COMMA | Heard::AFTER_BREAK;
                        }
                        _ => continue,
                    }
                    may_start = true;
                    if let Some(last) = heard[first..].last_mut() {
                        last.flags |= Heard::ENDS;
                    }
                }
                TokenKind::Word | TokenKind::Number => {
                    let word = lexicon.vocabulary.of_token(token);
                    let mut flags = pending & !Heard::STARTS;
                    if may_start {
                        flags |= Heard::STARTS;
                    }
                    if quoted {
                        flags |= Heard::QUOTED;
                    }
                    let classes = classes_of(text, token, heard.len() == first);
                    let signs = Signs::of_word(word).and(Signs::of_classes(classes));
                    all = all.and(signs);
                    let (start, end, place) = (token.start, token.end, Words::place(word));
                    heard.push(Heard { word, classes, signs, place, flags, start, end });
                    may_start = may_start && lexicon.lead_ins.contains(&word);
                    pending = 0;
                }
            }
        }
        if let Some(last) = heard[first..].last_mut() {
            last.flags |= Heard::ENDS;
        }
        self.utterances.push((heard.len(), all));
        Clause { heard: &heard[first..], signs: all, mood: utterance.mood }
    }
}
