//! Numbers and codes that an organisation knows someone or something by: accounts, IBANs, long runs of
//! digits, codes of letters and digits.

use std::sync::LazyLock;

use regex::Regex;

use super::digits::{Cue, Number};
use super::{Found, Kind, Spans};

/// The fewest digits of a number that is one whatever is said of it.
const LONG: usize = 9;

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
    number.cue == Some(Cue::Account) && number.digits.len() >= 4 && !is_year && !is_round
}

/// A number that is one by its length or its form.
pub(super) fn is(number: &Number) -> bool {
    let length = number.digits.len();
    match number.groups.as_slice() {
        _ if number.spoken => length > 15,
        [_] => length >= LONG && !number.is_round(5),
        // A social security number.
        [3, 2, 4] => number.joined,
        groups => length >= 12 && !number.is_thousands() && groups.iter().all(|group| *group >= 2),
    }
}

/// Codes with letters in them.
pub(super) fn find_codes(text: &str, found: &mut Spans) {
    if !text.bytes().any(|byte| byte.is_ascii_digit()) {
        return;
    }
    for code in IBAN.find_iter(text).chain(INSURANCE.find_iter(text)) {
        if digits_in(code.as_str()) >= 6 {
            found.add(Found::new(Kind::Account, code.range()));
        }
    }
    for code in CODE.find_iter(text).filter(|code| is_code(code.as_str())) {
        found.add(Found::new(Kind::Account, code.range()));
    }
}

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
