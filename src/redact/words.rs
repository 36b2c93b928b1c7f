//! Words of texts and of names, and how much each tells that someone is called so.

use std::ops::Range;
use std::sync::LazyLock;

use rustc_hash::FxHashSet;

/// Words that are also names.
static ORDINARY: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| include_str!("ordinary.txt").split_whitespace().collect());

/// What goes before or behind a name and is none of it.
#[rustfmt::skip]
pub(super) const TITLES: &[&str] = &[
    "ceo", "cfo", "cto", "dame", "dr", "esq", "herr", "frau", "ii", "iii", "jr", "lady", "lord", "madam", "mba", "md",
    "miss", "monsieur", "madame", "mr", "mrs", "ms", "mx", "phd", "prof", "professor", "señor", "señora", "sir", "sr",
    "vp",
];

/// Parts of names that are no names alone.
#[rustfmt::skip]
const PARTICLES: &[&str] = &[
    "abu", "af", "ap", "av", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do",
    "dos", "du", "e", "el", "ibn", "la", "las", "le", "los", "of", "op", "santa", "st", "te", "ten", "ter",
    "the", "van", "vande", "vander", "von", "y", "zu",
];

/// A word of a text.
#[derive(Debug)]
pub(super) struct Word {
    pub bytes: Range<usize>,
    pub folded: String,
}

/// How much a word tells that it is someone's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Weight {
    /// It is one.
    Name,
    /// It is a word of the language too.
    Ordinary,
    /// It is only a part of one.
    Part,
}

pub(super) fn weight(word: &str) -> Weight {
    match word.chars().count() {
        _ if PARTICLES.contains(&word) => Weight::Part,
        1 => Weight::Part,
        2 => Weight::Ordinary,
        _ if ORDINARY.contains(word) => Weight::Ordinary,
        _ => Weight::Name,
    }
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

/// The words of a text; an apostrophe and a hyphen end one.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, is_letter(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push(Word { bytes: from..at, folded: folded(&text[from..at]) });
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// A word without its case and accents.
fn folded(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36f}' => {}
            'à'..='å' | 'ā' | 'ă' | 'ą' => plain.push('a'),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'ď' | 'đ' | 'ð' => plain.push('d'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => plain.push('e'),
            'ğ' => plain.push('g'),
            'ì'..='ï' | 'ī' | 'ı' => plain.push('i'),
            'ł' | 'ľ' => plain.push('l'),
            'ñ' | 'ń' | 'ň' => plain.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => plain.push('o'),
            'ř' => plain.push('r'),
            'ś' | 'ş' | 'š' | 'ș' => plain.push('s'),
            'ť' | 'ț' | 'ţ' => plain.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => plain.push('u'),
            'ý' | 'ÿ' => plain.push('y'),
            'ź' | 'ż' | 'ž' => plain.push('z'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            c => plain.push(c),
        }
    }
    plain
}

/// A capital and then small letters.
pub(super) fn is_capital(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.all(|c| !c.is_uppercase())
}
