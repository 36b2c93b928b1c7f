//! Phone numbers, international and in the forms of several countries.

use super::digits::{Cue, Number};

pub(super) fn is(number: &Number) -> bool {
    let digits = number.digits.as_str();
    let length = digits.len();
    if number.plus {
        return (8..=15).contains(&length);
    }
    if number.cue == Some(Cue::Account) || number.cue == Some(Cue::Card) {
        return false;
    }
    if number.spoken {
        return (7..=15).contains(&length) && !number.is_round(5);
    }
    if number.cue == Some(Cue::Phone) && (6..=13).contains(&length) && !number.is_round(4) {
        return true;
    }
    // `call 4000 2000 times` is hardly said, and `call 642-0142` is.
    let is_called = number.cue == Some(Cue::Called) && number.joined && !number.is_thousands();
    (is_called && (7..=13).contains(&length)) || has_form_of_a_country(number)
}

/// Forms that are hardly anything but a phone number's. The digits are those with which they begin.
fn has_form_of_a_country(number: &Number) -> bool {
    let digits = number.digits.as_str();
    let length = digits.len();
    let starts = |list: &str| digits.starts_with(|first: char| list.contains(first));
    let [first, ..] = number.groups.as_slice() else { return false };
    if let Some(abroad) = digits.strip_prefix("00") {
        return (10..=16).contains(&length) && *first >= 3 && !abroad.starts_with('0');
    }
    // A number of one's own country begins with its trunk digit.
    if digits.starts_with('0') {
        let shortest = if number.groups.len() > 1 { 9 } else { 10 };
        return (shortest..=12).contains(&length) && *first >= 2;
    }
    match number.groups.as_slice() {
        // North America; the area and the exchange begin with 2 to 9.
        [3, 3, 4] => starts("23456789"),
        [1, 3, 3, 4] => starts("1"),
        [3, 4] => number.joined && digits.starts_with("555"),
        // India and China, of mobile phones.
        [5, 5] => starts("6789"),
        [3, 4, 4] => starts("1"),
        // Spain and Brazil.
        [3, 2, 2, 2] => starts("6789"),
        [2, 3, 2, 2] => starts("89"),
        [2, 5, 4] | [2, 4, 4] => number.bracketed,
        _ => false,
    }
}
