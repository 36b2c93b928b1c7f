//! Numbers of payment cards: 13 to 19 digits whose check digit is right.

use super::digits::{Cue, Number};

pub(super) fn is(number: &Number) -> bool {
    let length = number.digits.len();
    let is_grouped = number.groups.iter().all(|group| *group > 1);
    let is_long = (13..=19).contains(&length) && is_grouped && !number.plus;
    match number.cue {
        // A digit may be misheard, and the last four are said alone.
        Some(Cue::Card) => length == 4 || is_long,
        _ => is_long && is_checked(&number.digits) && !number.is_thousands(),
    }
}

/// Whether the check digit is right, by the formula of Luhn (ISO/IEC 7812-1).
fn is_checked(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(at, digit)| {
            let digit = u32::from(digit - b'0');
            match at % 2 {
                0 => digit,
                _ if digit > 4 => 2 * digit - 9,
                _ => 2 * digit,
            }
        })
        .sum();
    sum > 0 && sum.is_multiple_of(10)
}
