//! Text of others as it may be shown, and a line of it with a caret under some of its words.

use std::ops::Range;

use unicode_width::UnicodeWidthChar;

/// The most columns of a line that are shown.
const WIDEST: usize = 70;

/// How far from the words their line is looked at, in bytes: a file may be one long line.
const NEAR: usize = 8 * WIDEST;

const LINE_ENDS: [char; 2] = ['\n', '\r'];

/// What a tab is shown as.
const TAB: &str = "    ";

/// A character as it may be shown: none that controls a terminal, none that changes the direction of
/// what follows. Line breaks and tabs become spaces.
pub fn harmless(c: char) -> Option<char> {
    let hidden = matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match c {
        '\n' | '\r' | '\t' | '\u{2028}' | '\u{2029}' => Some(' '),
        c if c.is_control() || hidden => None,
        c => Some(c),
    }
}

/// Text of others as it may be shown, character by character.
pub fn clean(text: &str) -> String {
    text.chars().filter_map(harmless).collect()
}

/// How many columns text takes.
pub fn columns(text: &str) -> usize {
    text.chars().map(|c| c.width().unwrap_or(0)).sum()
}

/// The line of a text in which bytes of it begin, with carets below them. Of a long line the part around
/// them is shown. Both lines come behind a margin with the line's number.
pub fn underlined(number: usize, text: &str, bytes: Range<usize>) -> String {
    let start = text.floor_char_boundary(bytes.start.min(text.len()));
    let end = text.ceil_char_boundary(bytes.end.clamp(start, text.len()));
    let near = text.floor_char_boundary(start.saturating_sub(NEAR));
    let before = &text[near..start];
    let line_start = before.rfind(LINE_ENDS).map(|at| at + 1);
    let (before, before_is_whole) =
        (&before[line_start.unwrap_or(0)..], line_start.is_some() || near == 0);
    let rest = &text[start..text.ceil_char_boundary((end + NEAR).min(text.len()))];
    let rest = rest.split(LINE_ENDS).next().unwrap_or_default();
    let (under, after) = rest.split_at((end - start).min(rest.len()));
    let (before, under, after) = (shown(before), shown(under), shown(after));

    let (under, under_is_whole) = fitting(under.chars(), WIDEST);
    let room = WIDEST - columns(&under);
    let left = room.saturating_sub(columns(&after)).max(room / 3);
    let (before, before_fits) = fitting(before.chars().rev(), left);
    let before: String = before.chars().rev().collect();
    let right = if under_is_whole { room - columns(&before) } else { 0 };
    let (after, after_fits) = fitting(after.chars(), right);
    let lead = if before_is_whole && before_fits { "" } else { "…" };
    let tail = if after_fits { "" } else { "…" };

    let line = format!("{number} | {lead}{before}{under}{after}{tail}");
    let margin = number.to_string().len();
    let indent = columns(lead) + columns(&before);
    let carets = "^".repeat(columns(&under).max(1));
    format!("{}\n{:margin$} | {:indent$}{carets}", line.trim_end(), "", "")
}

/// Text as [`underlined`] shows it.
fn shown(text: &str) -> String {
    text.split('\t').map(clean).collect::<Vec<_>>().join(TAB)
}

/// As many characters as take no more than `most` columns, and whether that is all.
fn fitting(chars: impl Iterator<Item = char>, most: usize) -> (String, bool) {
    let mut used = 0;
    let mut fits = String::new();
    for c in chars {
        used += c.width().unwrap_or(0);
        if used > most {
            return (fits, false);
        }
        fits.push(c);
    }
    (fits, true)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_that_drives_a_terminal_or_turns_text_around_is_shown() {
        assert_eq!(clean("a\u{1b}[31mb\u{202e}c\u{9b}2Jd\te\n\u{7}"), "a[31mbc2Jd e ");
    }

    fn below(number: usize, text: &str, words: &str) -> String {
        let at = text.find(words).expect("the words");
        underlined(number, text, at..at + words.len())
    }

    #[test]
    fn the_caret_stands_below_the_words_whatever_their_width() {
        let plain = "4 | - Please stop that.\n  |          ^^^^^^^^^";
        assert_eq!(below(4, "# A\n\n\n- Please stop that.\nMore.", "stop that"), plain);
        assert_eq!(below(12, "日本 stop", "stop"), "12 | 日本 stop\n   |      ^^^^");
        assert_eq!(below(1, "\tsay 中文", "中文"), "1 |     say 中文\n  |         ^^^^");
        assert_eq!(below(1, "e\u{301}a\u{1b}[31m", "a"), "1 | e\u{301}a[31m\n  |  ^");
        assert_eq!(below(1, "one\r\ntwo", "ne\r\nt"), "1 | one\n  |  ^^");
        assert_eq!(underlined(1, "", 0..0), "1 |\n  | ^");
    }

    #[test]
    fn of_a_long_line_the_part_around_the_words_is_shown() {
        for (left, right) in [(60, 60), (2, 300), (300, 2), (3000, 3000)] {
            let text = below(
                7,
                &format!("{}HERE{}", "left ".repeat(left), " right".repeat(right)),
                "HERE",
            );
            let lines: Vec<_> = text.lines().collect();
            assert_eq!(lines[0].starts_with("7 | …"), left > 2, "{text}");
            assert_eq!(lines[0].ends_with('…'), right > 2, "{text}");
            let caret = lines[1].chars().position(|c| c == '^').expect("a caret");
            assert_eq!(lines[0].chars().skip(caret).take(4).collect::<String>(), "HERE");
            assert!((60..=80).contains(&columns(lines[0])), "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_line_is_wider_than_a_screen(text in "(\\PC|\t|\n){0,200}", start in 0..300_usize, length in 0..99_usize) {
            for shown in underlined(3, &text, start..start + length).lines() {
                prop_assert!(columns(shown) <= 80, "{}", shown);
            }
        }
    }
}
