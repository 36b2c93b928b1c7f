//! Captions that roll: a line is shown while it is spoken, then once more above the next one, and in
//! between alone for a hundredth of a second. Each word of it was said once.

use std::ops::Range;

use super::cues::cues;
use super::lines::{lines, trimmed};
use super::markup::{self, Plain};
use crate::transcript::Fragment;

/// Leaves out lines that were shown before.
#[derive(Default)]
pub(super) struct Rolling {
    is_on: bool,
    last: String,
}

impl Rolling {
    /// Looks whether the cues of a file roll: most of those that have several lines begin with the
    /// last line of the cue before. Words that are timed one by one tell it, too, but only later.
    pub fn of(text: &str) -> Self {
        let (mut several, mut echoes) = (0, 0);
        let mut last = "";
        for cue in cues(text).take(200) {
            let mut rows = rows(text, cue.payload).map(|row| text[row].trim());
            let rest = rows.clone().skip(1).any(|row| !row.is_empty());
            let Some(first) = rows.find(|row| !row.is_empty()) else { continue };
            several += usize::from(rest);
            echoes += usize::from(rest && first == last);
            last = rows.filter(|row| !row.is_empty()).last().unwrap_or(first);
        }
        Rolling { is_on: echoes > 1 && echoes * 4 >= several * 3, last: String::new() }
    }

    /// Takes the lines that the cue before showed out of what a cue shows.
    pub fn skip_shown(&mut self, text: &str, payload: Range<usize>, plain: &mut Plain) {
        self.is_on |= plain.has_word_times;
        if !self.is_on {
            return;
        }
        let mut fresh = Fragment::new();
        for (at, row) in rows(text, payload).enumerate() {
            let shown = markup::undo(text, row.clone());
            let words = shown.fragment.text().trim();
            // Only the top row shows what was said before; below it, people may say a thing again.
            let is_echo = at == 0 && !shown.has_word_times && words == self.last;
            if words.is_empty() || is_echo {
                continue;
            }
            words.clone_into(&mut self.last);
            fresh.push_decoded("\n", row.start);
            fresh.append(&shown.fragment);
        }
        plain.fragment = fresh;
    }
}

/// The rows of a cue. A blank one holds the place of a line that is not shown any more.
fn rows(text: &str, payload: Range<usize>) -> impl Iterator<Item = Range<usize>> + Clone {
    let start = payload.start;
    lines(&text[payload]).map(move |row| trimmed(text, start + row.start..start + row.end))
}

#[cfg(test)]
mod tests {
    use crate::format::testing::{read_as, said};
    use crate::format::{srt, webvtt};

    #[test]
    fn lines_of_rolling_captions_are_said_once() {
        let text = "WEBVTT\nKind: captions\n\n00:00.000 --> 00:02.500\n \nhi<00:00.500><c> there</c>\n\n\
                    00:02.500 --> 00:02.510\nhi there\n \n\n00:02.510 --> 00:05.000\nhi there\n\
                    come<00:03.000><c> in</c>\n";
        let read = read_as(&webvtt::FORMAT, text);
        assert_eq!(said(&read), [(None, Some(0), "hi there come in")]);
    }

    #[test]
    fn what_people_say_again_is_kept() {
        let text = "WEBVTT\n\n00:00.000 --> 00:01.000\n \nno<00:00.500><c> no</c>\n\n00:01.000 --> 00:01.010\n\
                    no no\n \n\n00:01.010 --> 00:02.000\nno no\nyes\n\n00:02.000 --> 00:02.010\nyes\n \n\n\
                    00:02.010 --> 00:03.000\nyes\nyes\n\n00:08.000 --> 00:09.000\n \nyes\n";
        let read = read_as(&webvtt::FORMAT, text);
        assert_eq!(said(&read), [(None, Some(0), "no no yes yes yes")]);
    }

    #[test]
    fn they_may_roll_without_times_of_words() {
        let text = "1\n00:00:00,000 --> 00:00:02,000\nso we begin\n\n2\n00:00:02,000 --> 00:00:04,000\n\
                    so we begin\nwith the plan\n\n3\n00:00:04,000 --> 00:00:06,000\nwith the plan\nfor May\n";
        assert_eq!(
            said(&read_as(&srt::FORMAT, text)),
            [(None, Some(0), "so we begin with the plan for May")]
        );
        let plain =
            "1\n00:00:00,000 --> 00:00:02,000\nyes\n\n2\n00:00:02,000 --> 00:00:04,000\nyes\n";
        assert_eq!(said(&read_as(&srt::FORMAT, plain)), [(None, Some(0), "yes yes")]);
    }
}
