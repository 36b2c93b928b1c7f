//! An utterance as what someone spells or reads out in it: figures, letters, words, the signs between,
//! and what is said aside. E-mail, links, phones, cards and accounts are all looked for in it.

use std::ops::Range;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::words::words;

/// What a piece of an utterance is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// Figures alone.
    Figures,
    /// One letter alone.
    Letter,
    Word,
    At,
    Dot,
    Dash,
    Underscore,
    Slash,
    Colon,
    Plus,
    /// `um`, and what is said of how to write something: never a part of it.
    Aside,
    /// `right`, `you know`: no part of it between two parts, and a word elsewhere.
    Filler,
    Comma,
    /// A dot or several behind which a sentence may begin.
    Stop,
    /// Brackets and quotes.
    Bracket,
    /// What an amount has: `%`, `€`.
    Measure,
    /// Any other sign.
    Other,
}

/// A piece of an utterance.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub bytes: Range<usize>,
    /// Without case and accents; empty for signs.
    pub text: String,
    pub sign: Sign,
    /// No space stands before it.
    pub glued: bool,
}

impl Said {
    pub fn is_word(&self) -> bool {
        matches!(self.sign, Sign::Figures | Sign::Letter | Sign::Word | Sign::Filler)
    }

    /// Said between the parts of something that is spelled, and no part of it.
    pub fn is_between(&self) -> bool {
        matches!(self.sign, Sign::Aside | Sign::Comma)
    }
}

/// What is said for signs, between the parts of what is spelled, and of how to write it.
#[rustfmt::skip]
const PHRASES: &[(Sign, &str)] = &[
    (Sign::At, "at|at sign|at symbol|the at sign|the at symbol|arroba|arobase|arobas|chiocciola|chiocciolina|apenstaartje|apestaartje|malpa|klammeraffe|klammeraffen|snabel a|snabela"),
    (Sign::Dot, "dot|period|punto|point|punkt|ponto|punt|kropka|full stop"),
    (Sign::Dash, "dash|hyphen|minus|bindestrich|minuszeichen|tiret|trait d union|guion|guion medio|trattino|streepje|koppelteken|hifen|traco|myslnik"),
    (Sign::Underscore, "underscore|under score|unterstrich|tiret bas|tiret du bas|souligne|guion bajo|barra baja|trattino basso|liggend streepje|laag streepje|sublinhado|podkreslenie|podkreslnik"),
    (Sign::Slash, "slash|forward slash|schragstrich|barra|barre oblique|schuine streep|ukosnik"),
    (Sign::Colon, "colon|doppelpunkt|deux points|dos puntos|due punti|dubbele punt|dois pontos"),
    (Sign::Plus, "plus|plus sign"),
    (Sign::Aside, "um|uh|uhm|umm|uhh|erm|er|eh|ehm|ah|hm|hmm|mm|mhm|mhmm|euh|ahm|aeh|uh huh|mm hmm|mm hm"),
    (Sign::Aside, "all one word|one word|as one word|all lower case|all lowercase|in lower case|in lowercase|lower case|lowercase|all in lower case|all small letters|small letters|all caps|in caps|all capitals|upper case|uppercase|capital|no spaces|no space|with no spaces|no dots|no dot|no hyphen|no dash|all together|all joined up|joined up|the number|the numbers|the digits|the digit|the word|the letter|the letters"),
    (Sign::Aside, "tout attache|en un mot|en un seul mot|en minuscules|tout en minuscules|alles klein|alles zusammen|zusammengeschrieben|alles zusammengeschrieben|kleingeschrieben|alles kleingeschrieben|todo junto|en minusculas|todo en minusculas|todo minusculas|tutto attaccato|tutto minuscolo|tutto in minuscolo|aan elkaar|alles aan elkaar|kleine letters|tudo junto|tudo minusculo|em minusculas|tudo em minusculas|razem"),
    (Sign::Filler, "yeah|yep|yup|yes|right|okay|ok|so|like|well|sorry|wait|then|and|now|again|space|blank|pause|to|for|too|ja|genau|also|und|et|alors|donc|voila|oui|pues|vale|allora|ecco|dus|uhuh|no|thats|got it|got that|you know|hang on|hold on|one sec|one second|just a second|one moment|a moment|let me see|let me check|let me think|let me look|go on|go ahead|i think|i mean|i believe|and then|that s|and that s|with you|followed by|wait a second|wait a sec|give me a second|give me a sec|give me one second|bear with me|moment|einen moment|und dann|et puis|y luego|e poi|en dan|e depois|attendez|espera|espere|aspetti|wacht|you got that|you ready|are you ready|did you get that|still there|next"),
];

/// By the first word of phrases, their other words and what they mean, the longest first.
type Phrases = FxHashMap<&'static str, Vec<(Vec<&'static str>, Sign)>>;

static SIGNS: LazyLock<Phrases> = LazyLock::new(|| {
    let mut signs = Phrases::default();
    for (sign, phrases) in PHRASES {
        for phrase in phrases.split('|') {
            let mut words = phrase.split(' ');
            let first = words.next().unwrap_or_default();
            signs.entry(first).or_default().push((words.collect(), *sign));
        }
    }
    for phrases in signs.values_mut() {
        phrases.sort_by_key(|(rest, _)| std::cmp::Reverse(rest.len()));
    }
    signs
});

/// Whether a word alone is said aside or between.
pub(super) fn is_filler(word: &str) -> bool {
    let of = SIGNS.get(word).into_iter().flatten();
    of.filter(|(rest, _)| rest.is_empty()).any(|(_, s)| matches!(s, Sign::Aside | Sign::Filler))
}

/// The pieces of a text.
pub(super) fn said(text: &str) -> Vec<Said> {
    let mut all: Vec<Said> = Vec::new();
    let mut end = 0;
    for word in words(text) {
        signs(text, end..word.bytes.start, &mut all);
        end = word.bytes.end;
        let glued =
            word.bytes.start > 0 && !text[..word.bytes.start].ends_with(char::is_whitespace);
        let sign = match word.folded.as_str() {
            folded if !folded.is_empty() && folded.bytes().all(|byte| byte.is_ascii_digit()) => {
                Sign::Figures
            }
            folded if folded.chars().count() == 1 => Sign::Letter,
            _ => Sign::Word,
        };
        all.push(Said { bytes: word.bytes, text: word.folded, sign, glued });
    }
    signs(text, end..text.len(), &mut all);
    phrases(&mut all);
    all
}

/// Signs that are written.
fn signs(text: &str, bytes: Range<usize>, all: &mut Vec<Said>) {
    let start = bytes.start;
    for (at, c) in text[bytes].char_indices() {
        let at = start + at;
        let sign = match c {
            c if c.is_whitespace() => continue,
            '@' => Sign::At,
            '_' => Sign::Underscore,
            '-' | '\u{2010}'..='\u{2014}' => Sign::Dash,
            '/' => Sign::Slash,
            ':' => Sign::Colon,
            '+' => Sign::Plus,
            ',' => Sign::Comma,
            '…' => Sign::Stop,
            // One inside a word joins it, as in `castor.com`.
            '.' if text[at + 1..].starts_with(char::is_alphanumeric) => Sign::Dot,
            '.' => Sign::Stop,
            '(' | ')' | '[' | ']' | '<' | '>' | '{' | '}' | '"' | '“' | '”' | '\'' | '’' => {
                Sign::Bracket
            }
            '%' | '$' | '€' | '£' | '°' | '=' => Sign::Measure,
            _ => Sign::Other,
        };
        let glued = at > 0 && !text[..at].ends_with(char::is_whitespace);
        all.push(Said { bytes: at..at + c.len_utf8(), text: String::new(), sign, glued });
    }
}

/// Gives words that are said for a sign, or aside, what they mean; each of a phrase has it.
fn phrases(all: &mut [Said]) {
    let mut at = 0;
    while at < all.len() {
        if all[at].sign == Sign::Letter
            && let Some(length) = example(all, at)
        {
            all[at + 1..=at + length].iter_mut().for_each(|piece| piece.sign = Sign::Aside);
            at += length + 1;
            continue;
        }
        let is = |rest: &[&str]| match_words(all, at + 1, rest);
        let phrases = SIGNS.get(all[at].text.as_str()).into_iter().flatten();
        let found = phrases.filter_map(|(rest, sign)| Some((is(rest)?, *sign))).next();
        let Some((end, sign)) = found else {
            at += 1;
            continue;
        };
        all[at].sign = sign;
        // Only the first of several words is a sign that is written once.
        let rest = if matches!(sign, Sign::Filler) { sign } else { Sign::Aside };
        all[at + 1..end].iter_mut().for_each(|piece| piece.sign = rest);
        at = end;
    }
}

/// Where words end that follow each other from a place on, apostrophes and hyphens between.
fn match_words(all: &[Said], from: usize, words: &[&str]) -> Option<usize> {
    let mut at = from;
    for word in words {
        while all.get(at).is_some_and(|p| {
            p.text.is_empty() && p.glued && matches!(p.sign, Sign::Bracket | Sign::Dash)
        }) {
            at += 1;
        }
        if all.get(at)?.text != *word {
            return None;
        }
        at += 1;
    }
    Some(at)
}

/// How many words behind a letter tell which it is: `as in tango`, `for Tom`, `wie Theo`.
fn example(all: &[Said], at: usize) -> Option<usize> {
    let mut from = at + 1;
    while all.get(from).is_some_and(Said::is_between) {
        from += 1;
    }
    let words: Vec<&str> =
        all.get(from..(from + 3).min(all.len()))?.iter().map(|p| p.text.as_str()).collect();
    let letter = all[at].text.as_str();
    let same = |word: &str| word.len() > letter.len() && word.starts_with(letter);
    let length = match words.as_slice() {
        ["as", "in", _] => 3,
        ["for" | "like" | "wie" | "comme" | "come" | "de" | "van" | "como" | "jak", word, ..]
            if same(word) =>
        {
            2
        }
        _ => return None,
    };
    Some(from - at - 1 + length)
}
