//! Lines of a text as byte ranges, whichever way they end.

use std::ops::Range;

/// The lines of a text, without their ends (LF, CR LF or CR). No empty line after the last end.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Range<usize>> + Clone {
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.as_bytes().get(at..).filter(|rest| !rest.is_empty())?;
        let length = memchr::memchr2(b'\n', b'\r', rest).unwrap_or(rest.len());
        let line = at..at + length;
        let ends_in_two = rest.get(length) == Some(&b'\r') && rest.get(length + 1) == Some(&b'\n');
        at = line.end + if ends_in_two { 2 } else { 1 };
        Some(line)
    })
}

/// The range without the white space at its ends. Few lines have any.
pub(super) fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let slice = &text[range.clone()];
    if let [first, .., last] = slice.as_bytes()
        && first.is_ascii_graphic()
        && last.is_ascii_graphic()
    {
        return range;
    }
    let start = range.start + slice.len() - slice.trim_start().len();
    start..start + slice.trim().len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_line_end_is_left_out() {
        let text = "a\r\nb\rc\n\nd";
        let found: Vec<&str> = lines(text).map(|line| &text[line]).collect();
        assert_eq!(found, ["a", "b", "c", "", "d"]);
        assert_eq!(lines("a\n").count(), 1);
        assert_eq!(lines("").count(), 0);
    }

    #[test]
    fn trimming_keeps_the_place() {
        assert_eq!(trimmed(" \tab  ", 0..6), 2..4);
        assert_eq!(trimmed("   ", 0..3), 3..3);
    }
}
