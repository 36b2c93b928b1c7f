//! The words that rules know, as numbers, and the classes that tokens fall into by their shape.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::hearing::Heard;
use crate::text::{ByHash, Token, TokenKind, hash_of};

/// A word that some pattern names, or one of the most common; the default is every other word.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
pub(super) struct WordId(pub(super) u32);

/// What a token is by its shape alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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

    /// The bit that stands for the class in [`classes_of`].
    pub(super) fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// Whether English writes a word with a capital that names no one. `May` is left to be a name.
#[rustfmt::skip]
fn is_of_the_calendar(word: &str) -> bool {
    matches!(
        word,
        "Monday" | "Tuesday" | "Wednesday" | "Thursday" | "Friday" | "Saturday" | "Sunday"
            | "January" | "February" | "March" | "April" | "June" | "July" | "August"
            | "September" | "October" | "November" | "December"
    )
}

/// The classes of a token, as a set of bits.
pub(super) fn classes_of(text: &str, token: &Token, starts_utterance: bool) -> u8 {
    let slice = || &text[token.start as usize..token.end as usize];
    match token.kind {
        TokenKind::Number => number_class(slice()).bit(),
        _ if starts_utterance || !token.has_capital() => 0,
        _ if slice().len() > 1 && !is_of_the_calendar(slice()) => Class::Name.bit(),
        _ => 0,
    }
}

fn number_class(slice: &str) -> Class {
    let currency = |c: char| matches!(c, '$' | '£' | '€' | '¥' | '₹');
    if slice.starts_with(currency) || slice.ends_with(currency) {
        Class::Money
    } else if slice.ends_with('%') {
        Class::Percent
    } else if slice.contains(':')
        || slice.ends_with(['m', 'M']) && slice.len() <= 6 && slice.len() > 2
    {
        Class::Clock
    } else {
        Class::Digits
    }
}

/// A set of words and classes in one machine word, by which most places where a pattern cannot match
/// are told without looking at the pattern. The most common words have a bit of their own, the others share
/// some, so the set may hold more than was put in, never less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize, Deserialize)]
pub(super) struct Signs(u64);

impl Signs {
    /// The edge of a clause.
    pub(super) const EDGE: Signs = Signs(1 << 63);
    /// Whatever stands there, or nothing.
    pub(super) const ALL: Signs = Signs(u64::MAX);
    /// Any token.
    pub(super) const TOKEN: Signs = Signs(!(1 << 63));
    const UNKNOWN: Signs = Signs(1);
    const FIRST_CLASS: u32 = 1;
    const FIRST_WORD: u32 = Self::FIRST_CLASS + Class::ALL.len() as u32;
    const SHARED: u32 = 32;
    const OWN: u32 = 63 - Self::FIRST_WORD - Self::SHARED;

    /// The set of one word.
    pub(super) fn of_word(id: WordId) -> Signs {
        let bit = match id.0 {
            0 => return Signs::UNKNOWN,
            common if common <= Self::OWN => common - 1,
            other => Self::OWN + other % Self::SHARED,
        };
        Signs(1 << (Self::FIRST_WORD + bit))
    }

    /// The signs of a set of classes, as [`classes_of`] gives it.
    pub(super) fn of_classes(classes: u8) -> Signs {
        Signs(u64::from(classes) << Self::FIRST_CLASS)
    }

    /// Both together.
    pub(super) fn and(self, other: Signs) -> Signs {
        Signs(self.0 | other.0)
    }

    /// Whether the two may share something.
    pub(super) fn meet(self, other: Signs) -> bool {
        self.0 & other.0 != 0
    }
}

/// A set of words, held more closely than [`Signs`] hold it: four times as many bits, all of them shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub(super) struct Words([u64; 4]);

impl Words {
    /// Where a word stands in every such set.
    pub(super) fn place(word: WordId) -> u8 {
        // The last place is that of no word.
        ((u64::from(word.0.wrapping_mul(0x9E37_79B1)) * 255) >> 32) as u8
    }

    /// Adds a word.
    pub(super) fn add(&mut self, word: WordId) {
        let place = Self::place(word);
        self.0[usize::from(place / 64)] |= 1 << (place % 64);
    }

    /// What every gathered set has, whatever was said.
    pub(super) const NONE_NEEDED: Words = Words([0, 0, 0, 1 << 63]);

    /// Fills `sets` with the words of the first none, one, two … of these tokens.
    pub(super) fn gather<'a>(tokens: impl Iterator<Item = &'a Heard>, sets: &mut Vec<Words>) {
        let mut set = Words::NONE_NEEDED;
        sets.clear();
        sets.push(set);
        sets.extend(tokens.map(|token| {
            // Word by word and not by index, which would send the set through memory each time.
            let (quarter, bit) = (token.place / 64, 1 << (token.place % 64));
            for (at, word) in (0..).zip(&mut set.0) {
                *word |= if at == quarter { bit } else { 0 };
            }
            set
        }));
    }

    /// Whether the two may share a word.
    pub(super) fn meet(&self, other: &Words) -> bool {
        self.0.iter().zip(&other.0).fold(0, |all, (a, b)| all | a & b) != 0
    }

    /// Whether the word of this [`Words::place`] may be in it.
    pub(super) fn may_have(&self, place: u8) -> bool {
        self.0[usize::from(place / 64)] >> (place % 64) & 1 == 1
    }
}

/// How often the most common words are said in a hundred thousand, most common first. Counted over what the
/// project's own corpus has to learn from; it decides where patterns are begun, not what they match.
const COMMON: &str = include_str!("../../lexicons/shared/common-words.txt");

/// How often any other word is said in a hundred thousand, about.
const RARE: f32 = 4.0;

/// How often the words of the first numbers are said in a hundred thousand.
static FREQUENCIES: LazyLock<Vec<f32>> = LazyLock::new(|| {
    let common = common().map(|(_, often)| often.parse().unwrap_or(RARE));
    std::iter::once(0.0).chain(common).collect()
});

fn common() -> impl Iterator<Item = (&'static str, &'static str)> {
    COMMON.lines().filter_map(|line| line.split_once(' '))
}

impl WordId {
    /// How often the word is said in a hundred thousand, about.
    pub(super) fn frequency(self) -> f32 {
        FREQUENCIES.get(self.0 as usize).copied().unwrap_or(RARE)
    }
}

/// Words and their numbers, the most common first. A word is known by its hash alone: that
/// another word has the same one is not to be feared among some thousands.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Vec<Box<str>>", into = "Vec<Box<str>>")]
pub(super) struct Vocabulary {
    ids: ByHash<WordId>,
    words: Vec<Box<str>>,
}

impl From<Vocabulary> for Vec<Box<str>> {
    fn from(vocabulary: Vocabulary) -> Self {
        vocabulary.words
    }
}

/// The numbers of words, in a table with room for so many.
fn numbered(words: &[Box<str>], room: usize) -> ByHash<WordId> {
    let mut ids = ByHash::with_room(room);
    for (id, word) in words.iter().enumerate().skip(1) {
        ids.get_or_insert(hash_of(word), WordId(id as u32));
    }
    ids
}

impl From<Vec<Box<str>>> for Vocabulary {
    fn from(words: Vec<Box<str>>) -> Self {
        Vocabulary { ids: numbered(&words, words.len()), words }
    }
}

impl Vocabulary {
    pub(super) fn new() -> Self {
        let mut vocabulary = Vocabulary::from(vec!["".into()]);
        for (word, _) in common() {
            vocabulary.intern(word);
        }
        vocabulary
    }

    /// The number of a word, given on first sight.
    pub(super) fn intern(&mut self, word: &str) -> WordId {
        self.intern_hashed(word, hash_of(word))
    }

    /// The number of a word that has this hash.
    pub(super) fn intern_hashed(&mut self, word: &str, hash: u64) -> WordId {
        if self.ids.is_full() {
            self.ids = numbered(&self.words, 2 * self.words.len());
        }
        let next = WordId(self.words.len() as u32);
        let id = *self.ids.get_or_insert(hash, next);
        if id == next {
            self.words.push(word.into());
        }
        id
    }

    /// The number of a token's word, the default where no pattern names it.
    pub(super) fn of_token(&self, token: &Token) -> WordId {
        self.ids.get(token.hash)
    }

    pub(super) fn word(&self, id: WordId) -> &str {
        self.words.get(id.0 as usize).map_or("", |word| word)
    }

    pub(super) fn len(&self) -> usize {
        self.words.len()
    }
}
