//! Numbers that are said digit by digit: `five five five, oh one nine nine`, `double seven`.

use std::sync::LazyLock;

use regex::Regex;

use super::digits::Number;

/// The fewest digits of a number that is looked at.
const FEWEST: usize = 4;

static RUN: LazyLock<Regex> = LazyLock::new(|| {
    let word = "(?:zero|oh|o|nought|one|two|three|four|five|six|seven|eight|nine|double|triple|hundred|\\d{1,4})";
    Regex::new(&format!("(?i)(?:\\bplus )?\\b{word}(?:(?: |, |-| - |,? um,? |,? uh,? ){word})+\\b"))
        .expect("a valid pattern")
});

/// The numbers of a text in which at least one digit is a word.
pub(super) fn numbers(text: &str) -> Vec<Number> {
    let runs = RUN.find_iter(text);
    runs.filter_map(|run| {
        let (digits, words) = digits(run.as_str())?;
        let told = words > 0 && digits.len() >= FEWEST && !is_counting(&digits);
        told.then(|| Number {
            bytes: run.range(),
            groups: vec![digits.len()],
            plus: run.as_str().to_lowercase().starts_with("plus"),
            digits,
            bracketed: false,
            joined: false,
            spoken: true,
            cue: None,
        })
    })
    .collect()
}

/// The digits that are said, and how many of the words are no figures.
fn digits(said: &str) -> Option<(String, usize)> {
    let mut digits = String::new();
    let (mut times, mut words) = (1, 0);
    for word in said.split([' ', ',', '-']).filter(|word| !word.is_empty()) {
        let digit = match word.to_lowercase().as_str() {
            "plus" | "um" | "uh" => continue,
            "double" => {
                times = 2;
                continue;
            }
            "triple" => {
                times = 3;
                continue;
            }
            "hundred" => "00",
            "zero" | "oh" | "o" | "nought" => "0",
            "one" => "1",
            "two" => "2",
            "three" => "3",
            "four" => "4",
            "five" => "5",
            "six" => "6",
            "seven" => "7",
            "eight" => "8",
            "nine" => "9",
            figures => {
                digits += &figures.repeat(times);
                times = 1;
                continue;
            }
        };
        words += 1;
        digits += &digit.repeat(times);
        times = 1;
    }
    (!digits.is_empty()).then_some((digits, words))
}

/// Whoever counts, up or down, says no one's number.
fn is_counting(digits: &str) -> bool {
    let steps =
        || digits.bytes().zip(digits.bytes().skip(1)).map(|(a, b)| i16::from(b) - i16::from(a));
    steps().all(|step| step == 1 || step == -9) || steps().all(|step| step == -1)
}
