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
    "miss", "mister", "missus", "doctor", "nurse", "monsieur", "madame", "mr", "mrs", "ms", "mx", "phd", "prof", "professor", "señor", "señora", "sir", "sr",
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
    let is_ordinary = |word: &str| ORDINARY.contains(word);
    match word.chars().count() {
        _ if PARTICLES.contains(&word) => Weight::Part,
        1 => Weight::Part,
        _ if FUNCTION.contains(&word) => Weight::Ordinary,
        _ if is_ordinary(word) || word.strip_suffix('s').is_some_and(is_ordinary) => {
            Weight::Ordinary
        }
        _ => Weight::Name,
    }
}

/// Words that hold sentences together: even without any capital they are hardly names.
pub(super) fn is_function(word: &str) -> bool {
    FUNCTION.contains(&word)
}

#[rustfmt::skip]
const FUNCTION: &[&str] = &[
    "ah", "am", "an", "as", "at", "be", "by", "do", "eh", "en", "er", "es", "et", "go", "he", "hi", "hm",
    "id", "if", "il", "im", "in", "is", "it", "ja", "me", "mi", "mm", "my", "no", "of", "oh", "ok",
    "on", "or", "os", "ou", "ox", "pi", "se", "si", "so", "su", "ta", "to", "tu", "tv", "uh", "um", "un", "up",
    "us", "we", "all", "and", "any", "are", "but", "can", "come", "did", "ever", "every", "for",
    "from", "get", "had", "has", "have", "her", "here", "him", "his", "how", "its", "just", "let", "like", "look", "made",
    "make", "many", "may", "more", "most", "must", "need", "nor", "not", "now", "off", "one", "only", "our", "out", "over", "own",
    "said", "say", "see", "she", "should", "some", "tell", "than", "that", "the", "them", "then", "there", "they", "thing",
    "think", "this", "too", "two", "use", "very", "was", "way", "well", "went", "were", "what", "when", "where", "who",
    "why", "will", "with", "would", "yes", "yet", "you", "your", "much", "ten", "long", "best", "good", "right", "little",
    "new", "next", "first", "last", "day", "days", "today", "time", "work", "call", "please", "both", "off", "also", "been",
];

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

/// The words of a text; an apostrophe and a hyphen end one. Marks that stand on no letter are none.
pub(super) fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, is_letter(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                let folded = folded(&text[from..at]);
                if !folded.is_empty() {
                    words.push(Word { bytes: from..at, folded });
                }
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// A word without its case and accents.
pub(super) fn folded(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36f}' => {}
            'à'..='å' | 'ā' | 'ă' | 'ą' | '\u{1ea0}'..='\u{1eb7}' => plain.push('a'),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'ď' | 'đ' | 'ð' => plain.push('d'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' | 'ė' | '\u{1eb8}'..='\u{1ec7}' => plain.push('e'),
            'ğ' => plain.push('g'),
            'ì'..='ï' | 'ī' | 'ı' | '\u{1ec8}'..='\u{1ecb}' => plain.push('i'),
            'ł' | 'ľ' => plain.push('l'),
            'ñ' | 'ń' | 'ň' => plain.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' | 'ơ' | '\u{1ecc}'..='\u{1ee3}' => plain.push('o'),
            'ř' => plain.push('r'),
            'ś' | 'ş' | 'š' | 'ș' => plain.push('s'),
            'ť' | 'ț' | 'ţ' => plain.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' | 'ư' | '\u{1ee4}'..='\u{1ef1}' => plain.push('u'),
            'ý' | 'ÿ' | '\u{1ef2}'..='\u{1ef9}' => plain.push('y'),
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
