//! The words that rules know, as numbers, and the classes that tokens fall into by their shape.

use std::collections::hash_map::Entry;

use rustc_hash::FxHashMap;

use crate::text::{Token, TokenKind, hash_of, word_of};

/// A word that some pattern names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct WordId(pub(super) u32);

/// The id of every word that no pattern names.
pub(super) const UNKNOWN: WordId = WordId(0);

/// What a token is by its shape alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Class {
    /// Begins with a digit.
    Digits,
    /// Has a currency sign.
    Money,
    /// Ends in a percent sign.
    Percent,
    /// A time of day: `5:30`, `10am`.
    Clock,
    /// Has a capital though it does not start the utterance, and is no day or month.
    Name,
}

impl Class {
    pub(super) const ALL: [Class; 5] =
        [Class::Digits, Class::Money, Class::Percent, Class::Clock, Class::Name];

    pub(super) fn name(self) -> &'static str {
        match self {
            Class::Digits => "digits",
            Class::Money => "money",
            Class::Percent => "percent",
            Class::Clock => "clock",
            Class::Name => "name",
        }
    }

    pub(super) fn from_name(name: &str) -> Option<Class> {
        Class::ALL.into_iter().find(|class| class.name() == name)
    }

    /// The bit that stands for the class in a [`Classes`] set.
    pub(super) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Words that English writes with a capital and that name no one.
#[rustfmt::skip]
const CALENDAR: [&str; 18] = [
    "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday", "January", "February", "March",
    "April", "June", "July", "August", "September", "October", "November", "December",
];

/// The classes of a token, as a set of bits.
pub(super) fn classes_of(text: &str, token: &Token, starts_utterance: bool) -> u8 {
    let slice = &text[token.start as usize..token.end as usize];
    let mut classes = 0;
    if token.kind == TokenKind::Number {
        let currency = |c: char| matches!(c, '$' | '£' | '€' | '¥' | '₹');
        if slice.starts_with(currency) || slice.ends_with(currency) {
            classes |= Class::Money.bit();
        } else if slice.ends_with('%') {
            classes |= Class::Percent.bit();
        } else if slice.contains(':')
            || slice.ends_with(['m', 'M']) && slice.len() <= 6 && slice.len() > 2
        {
            classes |= Class::Clock.bit();
        } else {
            classes |= Class::Digits.bit();
        }
    } else if !starts_utterance
        && slice.len() > 1
        && slice.starts_with(|c: char| c.is_uppercase())
        && !CALENDAR.contains(&slice)
    {
        classes |= Class::Name.bit();
    }
    classes
}

/// Words and their numbers. Found by the hash that tokens carry, so that a token is looked up without
/// making its word.
#[derive(Debug, Clone)]
pub(super) struct Vocabulary {
    ids: FxHashMap<u32, WordId>,
    words: Vec<Box<str>>,
    /// Words whose hash another one has already.
    twins: Vec<WordId>,
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        Vocabulary { ids: FxHashMap::default(), words: vec!["".into()], twins: Vec::new() }
    }

    /// The number of a word, given on first sight.
    pub(super) fn intern(&mut self, word: &str) -> WordId {
        if let Some(id) = self.get(word) {
            return id;
        }
        let id = WordId(self.words.len() as u32);
        self.words.push(word.into());
        match self.ids.entry(hash_of(word)) {
            Entry::Occupied(_) => self.twins.push(id),
            Entry::Vacant(free) => {
                free.insert(id);
            }
        }
        id
    }

    pub(super) fn get(&self, word: &str) -> Option<WordId> {
        self.find(hash_of(word), |known| known == word)
    }

    /// The number of a token's word, [`UNKNOWN`] where no pattern names it.
    pub(super) fn of_token(&self, text: &str, token: &Token) -> WordId {
        self.find(token.hash, |known| word_of(text, token) == known).unwrap_or(UNKNOWN)
    }

    fn find(&self, hash: u32, is: impl Fn(&str) -> bool) -> Option<WordId> {
        let id = *self.ids.get(&hash)?;
        if is(self.word(id)) {
            return Some(id);
        }
        self.twins.iter().copied().find(|twin| is(self.word(*twin)))
    }

    pub(super) fn word(&self, id: WordId) -> &str {
        self.words.get(id.0 as usize).map_or("", |word| word)
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }
}
