//! Numbers and codes that an organisation knows someone or something by: accounts, IBANs, long runs of
//! digits, codes of letters and digits.

use std::sync::LazyLock;

use regex::Regex;

use super::digits::{Cue, Number, cue, leads};
use super::numerals::{Numeral, numerals};
use super::said::{Said, Sign};
use super::spoken::is_quantity;
use super::{Found, Kind, Spans};

/// The fewest digits of a number that is one whatever is said of it.
const LONG: usize = 9;

/// The most pieces between two characters of a code.
const APART: usize = 5;

static IBAN: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[A-Z]{2}\d{2}(?:[ ]?[A-Z0-9]{4}){2,7}(?:[ ]?[A-Z0-9]{1,3})?\b")
        .expect("a valid pattern")
});

/// What may be a code: letters and digits, in parts that hyphens join.
static CODE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[A-Za-z0-9]+(?:[-_/][A-Za-z0-9]+)*\b").expect("a valid pattern")
});

static INSURANCE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\b[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b").expect("a valid pattern")
});

/// A number that its words call an account's.
pub(super) fn is_named(number: &Number) -> bool {
    let is_year = number.digits.len() == 4
        && (number.digits.starts_with("19") || number.digits.starts_with("20"));
    let is_round = number.groups.len() == 1 && number.is_round(3);
    if number.cue == Some(Cue::Record) {
        return number.digits.len() >= 5 && !number.is_round(2);
    }
    if number.cue == Some(Cue::Secret) {
        return (3..=8).contains(&number.digits.len());
    }
    number.cue == Some(Cue::Account) && number.digits.len() >= 4 && !is_year && !is_round
}

/// A number that is one by its length or its form.
pub(super) fn is(number: &Number) -> bool {
    let length = number.digits.len();
    match number.groups.as_slice() {
        _ if number.cue == Some(Cue::Thing) || number.is_decimal() || number.listed => false,
        _ if number.spoken => length > 15 && !number.counted,
        [_] => length >= LONG && !number.is_round(5),
        // A social security number.
        [3, 2, 4] => number.joined,
        groups => length >= 12 && !number.is_thousands() && groups.iter().all(|group| *group >= 2),
    }
}

/// Codes with letters in them.
pub(super) fn find_codes(text: &str, said: &[Said], found: &mut Spans) {
    find_spelled(text, said, found);
    for code in IBAN.find_iter(text).chain(INSURANCE.find_iter(text)) {
        if digits_in(code.as_str()) >= 6 {
            found.add(Found::new(Kind::Account, code.range()));
        }
    }
    let is_shouted = !text.contains(char::is_lowercase);
    for code in CODE.find_iter(text) {
        let (word, form) = (code.as_str(), is_code(code.as_str()));
        if !form && !may_be_code(word, is_shouted) {
            continue;
        }
        let cue = cue(text, code.start());
        if (form && cue != Some(Cue::Thing)) || matches!(cue, Some(Cue::Account | Cue::Secret)) {
            found.add(Found::new(Kind::Account, code.range()));
        }
    }
}

/// Whether a word is a code where its words say so.
fn may_be_code(word: &str, is_shouted: bool) -> bool {
    let digits = digits_in(word);
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    let is_upper = !word.bytes().any(|byte| byte.is_ascii_lowercase());
    match (digits, letters) {
        (0, 6..=8) => is_upper && !is_shouted,
        (1.., 1..) => word.len() >= 5 && !is_measure(word),
        _ => false,
    }
}

/// A code while it is said.
#[derive(Debug, Default)]
struct Spelled {
    first: usize,
    last: usize,
    letters: usize,
    digits: usize,
    /// Letters of short words in capitals.
    capitals: usize,
}

/// Codes whose letters and digits are said one by one: `k l seven seven four`, `K as in kilo, 7, 7`.
fn find_spelled(text: &str, said: &[Said], found: &mut Spans) {
    let mut code: Option<Spelled> = None;
    for (at, piece) in said.iter().enumerate() {
        let (letters, digits, capitals) = spelled(text, said, at);
        if letters + digits + capitals > 0 {
            let code = code.get_or_insert(Spelled { first: at, ..Spelled::default() });
            code.last = at;
            code.letters += letters;
            code.digits += digits;
            code.capitals += capitals;
            continue;
        }
        let goes_on = matches!(piece.sign, Sign::Aside | Sign::Comma | Sign::Dash | Sign::Slash);
        if code.as_ref().is_some_and(|code| !goes_on || at - code.last > APART) {
            code.take().into_iter().for_each(|code| code.tell(text, said, found));
        }
    }
    code.into_iter().for_each(|code| code.tell(text, said, found));
}

/// How many letters and digits of a code a piece is, and letters of a short word in capitals.
fn spelled(text: &str, said: &[Said], at: usize) -> (usize, usize, usize) {
    let piece = &said[at];
    let before = at.checked_sub(1).map(|last| said[last].sign);
    let is_ending = piece.glued && before == Some(Sign::Bracket);
    let shown = &text[piece.bytes.clone()];
    match piece.sign {
        Sign::Figures if !is_quantity(said, at) => (0, piece.text.len(), 0),
        Sign::Letter if !is_ending && piece.text.is_ascii() => match piece.text.as_str() {
            "o" => (0, 1, 0),
            _ => (1, 0, 0),
        },
        Sign::Word => match numerals(&piece.text).first() {
            Some((_, Numeral::Digit(_) | Numeral::Times(_))) => (0, 1, 0),
            Some(_) => (0, 2, 0),
            None if ALPHABET.contains(&piece.text.as_str()) => (1, 0, 0),
            None if shown.len() < 5
                && !leads(&piece.text)
                && shown.bytes().all(|byte| byte.is_ascii_uppercase()) =>
            {
                (0, 0, shown.len())
            }
            None => (0, 0, 0),
        },
        _ => (0, 0, 0),
    }
}

impl Spelled {
    fn tell(mut self, text: &str, said: &[Said], found: &mut Spans) {
        // `a` and `I` before a number are words, and so is a letter behind one.
        while self.first < self.last
            && matches!(said[self.first].text.as_str(), "a" | "i" | "y" | "e")
        {
            self.first += 1;
            self.letters = self.letters.saturating_sub(1);
            while self.first < self.last && !said[self.first].is_word() {
                self.first += 1;
            }
        }
        while self.first < self.last && matches!(said[self.last].text.as_str(), "a" | "i") {
            self.last -= 1;
            self.letters = self.letters.saturating_sub(1);
            while self.first < self.last && !said[self.last].is_word() {
                self.last -= 1;
            }
        }
        let bytes = said[self.first].bytes.start..said[self.last].bytes.end;
        let all = self.letters + self.capitals;
        if all == 0 || self.digits == 0 || all + self.digits < 5 {
            return;
        }
        let is = match cue(text, bytes.start) {
            Some(Cue::Account | Cue::Record | Cue::Secret) => true,
            None | Some(Cue::Number) => self.letters > 1 && self.digits > 2,
            Some(_) => false,
        };
        if is {
            found.add(Found::new(Kind::Account, bytes));
        }
    }
}

/// The words by which letters are told apart on the phone.
#[rustfmt::skip]
const ALPHABET: [&str; 26] = [
    "alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet", "kilo", "lima", "mike",
    "november", "oscar", "papa", "quebec", "romeo", "sierra", "tango", "uniform", "victor", "whiskey", "xray", "yankee",
    "zulu",
];

fn digits_in(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

/// Whether letters and digits stand in it as no word, size, version or day has them.
fn is_code(word: &str) -> bool {
    let digits = digits_in(word);
    let letters = word.bytes().filter(u8::is_ascii_alphabetic).count();
    if digits < 4 || letters == 0 || word.len() < 7 || is_measure(word) {
        return false;
    }
    let is_upper = !word.bytes().any(|byte| byte.is_ascii_lowercase());
    let is_hex = word.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    // A year says when and tells nobody apart.
    let years = word.split(['-', '_', '/']).filter(|part| {
        part.len() == 4
            && (part.starts_with("19") || part.starts_with("20"))
            && digits_in(part) == 4
    });
    let telling = digits - 4 * years.count().min(digits / 4);
    (is_upper && digits >= 6 && telling >= 4)
        || word.split(['-', '_', '/']).any(|part| part.len() >= 8 && changes(part) >= 3)
        || (is_hex && word.len() >= 12 && changes(word) >= 3)
}

/// How often letters and digits take turns.
fn changes(part: &str) -> usize {
    let digits =
        || part.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.is_ascii_digit());
    digits().zip(digits().skip(1)).filter(|(one, next)| one != next).count()
}

/// `10h30m15s`, `1920x1080`, `200k`: figures with their units.
fn is_measure(word: &str) -> bool {
    let units = word.split(|c: char| c.is_ascii_digit()).filter(|unit| !unit.is_empty());
    let mut lengths = units.map(|unit| unit.trim_matches(['-', '/']).to_lowercase());
    word.starts_with(|c: char| c.is_ascii_digit())
        && lengths.all(|unit| {
            [
                "", "x", "h", "m", "s", "d", "w", "k", "p", "ms", "min", "gb", "mb", "kb", "st",
                "nd", "rd", "th",
            ]
            .contains(&unit.as_str())
        })
}
