//! Phone numbers, international and in the forms of several countries.

use std::sync::LazyLock;

use regex::Regex;

use super::digits::{Cue, Number, REACH};

static EXTENSION: LazyLock<Regex> = LazyLock::new(|| {
    let word = "(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|ten|[a-z]+teen|[a-z]+ty|double|triple)";
    Regex::new(&format!(
        r"(?i)^\)?[,;]? {{0,2}}(?:and )?\(?(?:ext|extension|x|durchwahl|poste|anexo|interno|toestel|ramal|wew)\b\.?:? ?(?:number |is )?(?:\d{{1,6}}|{word}(?:[ -]{word})*)\b"
    ))
    .expect("a valid pattern")
});

/// Where an extension begins with the word that tells it.
pub(super) fn extension(text: &str, start: usize) -> usize {
    let from = text.floor_char_boundary(start.saturating_sub(REACH));
    let before = text[from..start].to_ascii_lowercase();
    let words = ["extension", "ext", "durchwahl", "toestel", "ramal"];
    words.iter().find_map(|word| before.rfind(word)).map_or(start, |at| from + at)
}

/// Where a number ends with its extension, if one is said behind it.
pub(super) fn extended(text: &str, end: usize) -> usize {
    EXTENSION.find(&text[end..]).map_or(end, |extension| end + extension.end())
}

pub(super) fn is(number: &Number) -> bool {
    let digits = number.digits.as_str();
    let length = digits.len();
    if number.plus {
        return (8..=15).contains(&length);
    }
    if matches!(number.cue, Some(Cue::Account | Cue::Card | Cue::Thing | Cue::Secret))
        || number.is_decimal()
    {
        return false;
    }
    if number.cue == Some(Cue::Extension) && (2..=13).contains(&length) {
        return true;
    }
    if number.cue == Some(Cue::Phone) && (6..=15).contains(&length) && !number.is_round(4) {
        return true;
    }
    let is_told = number.cue == Some(Cue::Number);
    if is_told && (7..=13).contains(&length) && !number.is_round(4) && !number.is_thousands() {
        return true;
    }
    if number.spoken && !number.listed {
        let is_amount = number.paired && length < 13 && !digits.starts_with('0');
        return (7..=15).contains(&length) && !number.is_round(5) && !number.counted && !is_amount;
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
        [3, 4] => number.joined && starts("23456789") && !number.is_round(2),
        // India and China, of mobile phones.
        [5, 5] => starts("6789"),
        [3, 4, 4] => starts("1"),
        // Spain and Brazil.
        [3, 2, 2, 2] => starts("6789"),
        [2, 3, 2, 2] => starts("89"),
        [3, 2, 2] => number.joined && starts("23456789"),
        [2, 5, 4] | [2, 4, 4] => number.bracketed,
        _ => false,
    }
}
