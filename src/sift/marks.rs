//! Marks that the author of a note sets: `unsell: ignore pressure` keeps what is found there from being
//! reported.
//!
//! A mark stands in an HTML comment, behind `#` or `//`, or plain at the end of a line, and counts for
//! that line; alone on its line it counts for the block that follows. Without behaviours or poles it
//! counts for all.

use std::collections::BTreeMap;
use std::ops::{Range, RangeInclusive};

use crate::taxonomy::Behaviour;
use crate::transcript::{LineIndex, Transcript};

use super::What;

/// What every mark begins with.
const SIGN: &str = "unsell:";

/// What a mark says.
const WORD: &str = "ignore";

/// The marks of a note.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Marks {
    marks: Vec<Mark>,
    /// Words in marks that name nothing, with what may have been meant.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    /// Its bytes in the source, with its comment.
    span: Range<usize>,
    line: usize,
    /// Nothing else stands on its line.
    alone: bool,
    /// None means all.
    what: Vec<What>,
}

impl Marks {
    /// The marks in a note's text.
    pub fn of(text: &str) -> Marks {
        let mut marks = Marks::default();
        if !text.contains(SIGN) {
            return marks;
        }
        let lines = LineIndex::new(text);
        let mut start = 0;
        for line in text.split_inclusive(['\n', '\r']) {
            if let Some(found) = find(line) {
                marks.add(line, start, lines.locate(start).0, found);
            }
            start += line.len();
        }
        marks
    }

    fn add(&mut self, line: &str, start: usize, number: usize, found: Found<'_>) {
        let alone =
            line[..found.span.start].trim().is_empty() && line[found.span.end..].trim().is_empty();
        let mut what = Vec::new();
        let mut unknown = None;
        for word in found.words {
            match What::from_id(word) {
                Ok(known) => what.push(known),
                Err(message) => unknown = unknown.or(Some(message)),
            }
        }
        let names_nothing = unknown.is_some() && what.is_empty();
        if let Some(message) = unknown {
            self.warnings.push(format!("line {number}: `{SIGN} {WORD}`: {message}"));
        }
        // A mark that names nothing known is no mark for everything.
        if !names_nothing {
            let span = start + found.span.start..start + found.span.end;
            self.marks.push(Mark { span, line: number, alone, what });
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// The text without its marks: spaces in their place, so that all else stays where it is.
    pub fn blanked(&self, text: &str) -> String {
        let mut blanked = String::with_capacity(text.len());
        let mut at = 0;
        for mark in &self.marks {
            blanked.push_str(&text[at..mark.span.start]);
            blanked.extend(std::iter::repeat_n(' ', mark.span.len()));
            at = mark.span.end;
        }
        blanked.push_str(&text[at..]);
        blanked
    }

    /// Which of a note's findings the marks cover: the turn's index, the lines of the words, and what
    /// was found.
    pub fn cover<'a>(
        &'a self,
        transcript: &Transcript,
    ) -> impl Fn(usize, RangeInclusive<usize>, Behaviour) -> bool + 'a {
        let mut starts: Vec<_> = transcript
            .turns
            .iter()
            .enumerate()
            .filter_map(|(at, turn)| Some((turn.source_offset(0)?, at)))
            .collect();
        starts.sort_unstable();
        let mut by_line: BTreeMap<usize, Vec<&Mark>> = BTreeMap::new();
        let mut by_turn: BTreeMap<usize, Vec<&Mark>> = BTreeMap::new();
        for mark in &self.marks {
            if !mark.alone {
                by_line.entry(mark.line).or_default().push(mark);
                continue;
            }
            let next = starts.partition_point(|(start, _)| *start < mark.span.end);
            if let Some((_, turn)) = starts.get(next) {
                by_turn.entry(*turn).or_default().push(mark);
            }
        }
        move |turn, lines, behaviour| {
            let before = by_turn.get(&turn).into_iter().flatten();
            let there = by_line.range(lines).flat_map(|(_, marks)| marks);
            before.chain(there).any(|mark| {
                mark.what.is_empty() || mark.what.iter().any(|what| what.means(behaviour))
            })
        }
    }
}

struct Found<'a> {
    /// Bytes in the line, with the comment's signs.
    span: Range<usize>,
    words: Vec<&'a str>,
}

/// The mark in a line.
fn find(line: &str) -> Option<Found<'_>> {
    line.match_indices(SIGN).find_map(|(at, _)| {
        let before = &line[..at];
        let rest = line[at + SIGN.len()..].trim_start().strip_prefix(WORD)?;
        let opened = before.trim_end();
        let comment = ["<!--", "//", "#"].into_iter().find(|sign| opened.ends_with(sign));
        let is_html = comment == Some("<!--");
        let close = if is_html { rest.find("-->") } else { None };
        let said = &rest[..close.unwrap_or(rest.len())];
        // `unsell: ignored` and `unsell: ignore` in inline code are no marks.
        let apart = said.is_empty() || said.starts_with([' ', '\t', ',', '\n', '\r']);
        let set_off = comment.is_some() || before.is_empty() || before.ends_with([' ', '\t']);
        if !apart || !set_off {
            return None;
        }
        let start = comment.map_or(at, |sign| opened.len() - sign.len());
        let end = line.len() - rest.len()
            + match close {
                Some(close) => close + "-->".len(),
                None => rest.trim_end().len(),
            };
        let words = said.split([' ', '\t', ',', '\n', '\r']).filter(|word| !word.is_empty());
        Some(Found { span: start..end, words: words.collect() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What a line's mark says, and whether it stands alone.
    fn mark(line: &str) -> Option<(String, bool)> {
        let marks = Marks::of(line);
        let mark = marks.marks.first()?;
        let what: Vec<_> = mark.what.iter().map(What::to_string).collect();
        Some((what.join(" "), mark.alone))
    }

    #[test]
    fn a_mark_stands_in_a_comment_or_plain_at_the_end_of_a_line() {
        let said = |what: &str, alone| Some((what.to_owned(), alone));
        assert_eq!(mark("<!-- unsell: ignore pressure -->\n"), said("pressure", true));
        assert_eq!(
            mark("Sign. <!-- unsell: ignore pressure, telling --> Now."),
            said("pressure telling", false)
        );
        assert_eq!(mark("Sign today. // unsell: ignore buy-in\r\n"), said("buy-in", false));
        assert_eq!(mark("  # unsell: ignore"), said("", true));
        assert_eq!(mark("Sign today. unsell:ignore"), said("", false));
        for none in ["`unsell: ignore pressure`", "unsell: ignored", "unsell: check it", "unsell"] {
            assert_eq!(mark(none), None, "{none}");
        }
    }

    #[test]
    fn an_unknown_word_is_said_and_counts_for_nothing() {
        let marks = Marks::of("One.\r\nTwo. // unsell: ignore presure\r\n");
        assert!(marks.is_empty());
        let said = "line 2: `unsell: ignore`: no behaviour or pole is called `presure`; did you mean `pressure`?";
        assert_eq!(marks.warnings, [said]);
        let marks = Marks::of("x # unsell: ignore telling presure");
        assert_eq!((marks.marks.len(), marks.warnings.len()), (1, 1));
    }

    #[test]
    fn blanking_moves_nothing() {
        let text = "é one <!-- unsell: ignore --> two\n// unsell: ignore\nthree\n";
        let blanked = Marks::of(text).blanked(text);
        assert_eq!(blanked.len(), text.len());
        assert_eq!(blanked.find("two"), text.find("two"));
        assert!(!blanked.contains("unsell"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_and_keeps_its_length(
            text in "(\\PC|\n|\r|unsell: ignore|<!-- | -->|# |pressure){0,40}",
        ) {
            let blanked = Marks::of(&text).blanked(&text);
            prop_assert_eq!(blanked.len(), text.len());
        }
    }
}
