//! Numbers of payment cards: 13 to 19 digits whose check digit is right, or that are said like one.

use super::digits::{Cue, Number};

/// How the numbers of cards are grouped.
const GROUPS: [&[usize]; 3] = [&[4, 4, 4, 4], &[4, 6, 5], &[4, 6, 4]];

pub(super) fn is(number: &Number) -> bool {
    let length = number.digits.len();
    if number.plus || number.counted || number.is_decimal() {
        return false;
    }
    // The last four are said of it freely; half of it is too much.
    if number.cue == Some(Cue::Card) && (8..=19).contains(&length) && !number.is_round(5) {
        return true;
    }
    let is_spelled = number.spoken || number.groups.iter().all(|group| *group > 1);
    let is_even = number.groups.iter().rev().skip(1).all(|group| *group == 4);
    // A list of amounts may have a right check digit by chance.
    let is_one = !number.listed || is_even || GROUPS.contains(&number.groups.as_slice());
    let is_right = is_spelled && is_one && is_checked(&number.digits) && !number.is_thousands();
    // A digit may be misheard.
    let is_like_one = (number.spoken && !number.listed)
        || (GROUPS.contains(&number.groups.as_slice()) && !number.is_years());
    (13..=19).contains(&length) && (is_right || is_like_one)
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
