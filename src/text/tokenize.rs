//! Cuts a turn into words, numbers and marks, and opens contractions.
//!
//! One pass over the bytes. Word boundaries follow speech, not spelling: a hyphen joins nothing
//! (`buy-in` is `buy` `in`, as a recognizer may write it), an apostrophe inside a word does.

use std::ops::Range;

use super::forms::Opened;
use super::hash::hash_of_short;
use super::known::{self, Traits};
use super::{Token, TokenKind, forms, hash_of};

/// Cuts `text` and appends its tokens.
pub(super) fn tokenize(text: &str, tokens: &mut Vec<Token>) {
    let mut chars = Cursor { text, at: 0 };
    let mut lower = String::new();
    while let Some(c) = chars.peek() {
        let start = chars.at;
        if c.is_whitespace() {
            chars.bump(c);
        } else if c.is_ascii_alphabetic() {
            if !take_short_word(&mut chars, tokens)
                && !take_plain_word(&mut chars, &mut lower, tokens)
            {
                take_word(&mut chars, &mut lower, tokens);
            }
        } else if c.is_ascii_digit() || (is_currency(c) && chars.second_is_digit()) {
            chars.bump(c);
            chars.take_number();
            let lower = text[start..chars.at].to_lowercase();
            push(tokens, start, chars.at, TokenKind::Number, hash_of(&lower));
        } else if c.is_alphanumeric() || (is_apostrophe(c) && chars.second_is_letter()) {
            take_word(&mut chars, &mut lower, tokens);
        } else {
            chars.bump(c);
            let hyphen = c == '-' && start > 0 && joins(text, start, chars.at);
            if !hyphen {
                while is_run(c) && chars.peek().is_some_and(is_run) {
                    chars.bump('.');
                }
                push(tokens, start, chars.at, TokenKind::Mark, u64::from(c));
            }
        }
    }
}

/// Whether the hyphen between these bytes stands between two letters or digits.
fn joins(text: &str, before: usize, after: usize) -> bool {
    text[..before].chars().next_back().is_some_and(char::is_alphanumeric)
        && text[after..].chars().next().is_some_and(char::is_alphanumeric)
}

/// Marks that pile up: `...`, `?!`.
fn is_run(c: char) -> bool {
    matches!(c, '.' | '?' | '!')
}

pub(super) fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{2bc}' | '\u{ff07}')
}

pub(super) fn is_currency(c: char) -> bool {
    matches!(c, '$' | '£' | '€' | '¥' | '₹')
}

fn push(tokens: &mut Vec<Token>, start: usize, end: usize, kind: TokenKind, hash: u64) {
    let (form, traits) = (0, Traits::default());
    tokens.push(Token { start: start as u32, end: end as u32, kind, form, traits, hash });
}

/// Adds the word that stands at these bytes and whose normal form is `word`, or the replaced form where
/// there is one.
fn push_word(
    tokens: &mut Vec<Token>,
    text: &str,
    Range { start, end }: Range<usize>,
    word: &str,
    form: u16,
) {
    let word = if form == 0 { word } else { forms::text_of(form) };
    let hash = hash_of(word);
    let traits = known::by_hash(hash)
        .traits
        .with(Traits::CAPITAL, text[start..].starts_with(char::is_uppercase));
    let (start, end) = (start as u32, end as u32);
    tokens.push(Token { start, end, kind: TokenKind::Word, form, traits, hash });
}

/// The lowest bit of each of eight bytes, and the highest.
const LOWEST: u64 = u64::MAX / 255;
const HIGHEST: u64 = LOWEST << 7;

/// How many of these bytes, the lowest first, are ASCII letters or digits before the first that is none.
fn plain_bytes(eight: u64) -> u32 {
    let from = |low: u64, byte: u8| low + LOWEST * u64::from(128 - byte);
    let ascii = eight & !HIGHEST;
    // Capitals are made small; no digit changes.
    let letter = ascii | (LOWEST * 0x20);
    let is_letter = from(letter, b'a') & !from(letter, b'z' + 1);
    let is_digit = from(ascii, b'0') & !from(ascii, b'9' + 1);
    let is_plain = (is_letter | is_digit) & !eight;
    (!is_plain & HIGHEST).trailing_zeros() / 8
}

/// Takes a word of up to seven ASCII letters and digits with no apostrophe, as most are. If it is another, takes
/// nothing and says so.
fn take_short_word(chars: &mut Cursor, tokens: &mut Vec<Token>) -> bool {
    let rest = &chars.text.as_bytes()[chars.at..];
    let Some(eight) = rest.first_chunk().map(|eight| u64::from_le_bytes(*eight)) else {
        return false;
    };
    let length = plain_bytes(eight);
    if length == 8 {
        return false;
    }
    let next = (eight >> (8 * length)) as u8;
    if next == b'\'' || !next.is_ascii() {
        return false;
    }
    let lower = (eight | (LOWEST * 0x20)) & !(u64::MAX << (8 * length));
    let hash = hash_of_short(lower);
    let known = known::by_hash(hash);
    if known.parts().is_some() {
        return false;
    }
    let traits = known.traits.with(Traits::CAPITAL, (eight as u8).is_ascii_uppercase());
    let start = chars.at as u32;
    // Most often a space follows, which need not be looked at again.
    chars.at += length as usize + usize::from(next == b' ');
    tokens.push(Token { start, end: start + length, kind: TokenKind::Word, form: 0, traits, hash });
    true
}

/// Takes a word of ASCII without an apostrophe. If it is another, takes nothing and says so.
fn take_plain_word(chars: &mut Cursor, lower: &mut String, tokens: &mut Vec<Token>) -> bool {
    let rest = &chars.text.as_bytes()[chars.at..];
    let length = rest.iter().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len());
    let next = rest.get(length).copied().unwrap_or(b' ');
    if next == b'\'' || !next.is_ascii() {
        return false;
    }
    let (start, end) = (chars.at, chars.at + length);
    chars.at = end;
    let mut word = &chars.text[start..end];
    if word.bytes().any(|byte| byte.is_ascii_uppercase()) {
        lower.clear();
        lower.push_str(word);
        lower.make_ascii_lowercase();
        word = lower;
    }
    let hash = hash_of(word);
    let known = known::by_hash(hash);
    if let Some(parts) = known.parts() {
        push_parts(parts, chars.text, start, word, tokens);
        return true;
    }
    let traits = known.traits.with(Traits::CAPITAL, rest[0].is_ascii_uppercase());
    let (start, end) = (start as u32, end as u32);
    tokens.push(Token { start, end, kind: TokenKind::Word, form: 0, traits, hash });
    true
}

/// Adds the parts of an opened word whose letters, as far as a part keeps them, are `own`.
fn push_parts(parts: &[forms::Part], text: &str, start: usize, own: &str, tokens: &mut Vec<Token>) {
    let mut at = start;
    for &(bytes, form) in parts {
        let end = at + usize::from(bytes);
        // Only the first part can keep the letters as they stand: those before any apostrophe.
        let own = own.get(at - start..end - start).unwrap_or_default();
        push_word(tokens, text, at..end, own, form);
        at = end;
    }
}

fn take_word(chars: &mut Cursor, lower: &mut String, tokens: &mut Vec<Token>) {
    let start = chars.at;
    lower.clear();
    // Byte of `lower` at which the last apostrophe stands, and its length in the source.
    let mut quote: Option<(usize, usize)> = None;
    while let Some(c) = chars.peek() {
        if c.is_ascii_alphanumeric() {
            chars.bump(c);
            lower.push(c.to_ascii_lowercase());
        } else if c.is_alphanumeric() {
            chars.bump(c);
            lower.extend(c.to_lowercase());
        } else if is_apostrophe(c) && chars.second_is_letter() {
            quote = Some((lower.len(), c.len_utf8()));
            chars.bump(c);
            lower.push('\'');
        } else {
            break;
        }
    }
    // Where lower-casing changed the length, the parts could not be traced; such words are not English.
    let source_bytes = chars.at - start;
    let opened = match quote {
        None if source_bytes == lower.len() => {
            known::by_hash(hash_of(lower)).parts().map(Opened::of)
        }
        Some((at, bytes)) if source_bytes + 1 == lower.len() + bytes => {
            forms::open_apostrophe(&lower[..at], bytes, &lower[at + 1..])
        }
        _ => None,
    };
    match opened {
        None => push_word(tokens, chars.text, start..chars.at, lower, 0),
        Some(opened) => push_parts(opened.parts(), chars.text, start, lower, tokens),
    }
}

struct Cursor<'a> {
    text: &'a str,
    at: usize,
}

impl Cursor<'_> {
    fn peek(&self) -> Option<char> {
        match self.text.as_bytes().get(self.at) {
            Some(byte) if byte.is_ascii() => Some(char::from(*byte)),
            _ => self.text[self.at..].chars().next(),
        }
    }

    fn bump(&mut self, c: char) {
        self.at += c.len_utf8();
    }

    fn second(&self) -> Option<char> {
        self.text[self.at..].chars().nth(1)
    }

    fn second_is_digit(&self) -> bool {
        self.second().is_some_and(|c| c.is_ascii_digit())
    }

    fn second_is_letter(&self) -> bool {
        self.second().is_some_and(char::is_alphabetic)
    }

    /// Digits, separators between digits, and the letters, percent or currency sign that close it.
    fn take_number(&mut self) {
        while let Some(c) = self.peek() {
            let inner = matches!(c, '.' | ',' | ':' | '/') && self.second_is_digit();
            if c.is_alphanumeric() || inner {
                self.bump(c);
            } else {
                break;
            }
        }
        if let Some(c) = self.peek().filter(|c| *c == '%' || is_currency(*c)) {
            self.bump(c);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let mut tokens = Vec::new();
        tokenize(text, &mut tokens);
        tokens
            .iter()
            .map(|t| match forms::text_of(t.form) {
                "" => text[t.start as usize..t.end as usize].to_lowercase(),
                form => form.to_owned(),
            })
            .collect()
    }

    #[test]
    fn contractions_open_with_either_apostrophe_and_with_none() {
        let opened = ["do", "not", "you", "will"];
        assert_eq!(words("Don't you'll"), opened);
        assert_eq!(words("don’t you’ll"), opened);
        assert_eq!(words("dont youll"), opened);
        assert_eq!(words("Can't won't cannot"), ["can", "not", "will", "not", "can", "not"]);
        assert_eq!(words("gonna dunno"), ["going", "to", "do", "not", "know"]);
        assert_eq!(words("that's Ana's let's"), ["that", "is", "ana", "'s", "let", "us"]);
    }

    #[test]
    fn numbers_keep_their_marks_and_hyphens_join_nothing() {
        assert_eq!(words("$1,200.50 or 15%?"), ["$1,200.50", "or", "15%", "?"]);
        assert_eq!(words("buy-in by 5:30pm..."), ["buy", "in", "by", "5:30pm", "..."]);
        assert_eq!(words("wait - no"), ["wait", "-", "no"]);
    }

    #[test]
    fn a_word_in_another_script_is_a_word() {
        assert_eq!(words("Żółw İstanbul o'clock"), ["żółw", "i\u{307}stanbul", "o'clock"]);
    }
}
