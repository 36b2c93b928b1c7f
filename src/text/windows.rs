//! Windows: as much of a turn as the classifier reads at once.

use std::ops::Range;

use super::Document;

/// A turn of so many words or fewer is one window: people say one thing in it, sometimes in two
/// sentences.
const WHOLE: usize = 50;
/// A longer turn is cut between utterances into windows of about so many words.
const WINDOW: usize = 40;

/// A stretch of a turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Bytes in the turn's text.
    pub span: Range<usize>,
    /// Its utterances, as a range of the turn's.
    pub utterances: Range<usize>,
}

impl Document {
    /// The windows of a turn, which together hold all its utterances; `text` is the turn's.
    pub fn windows_of(&self, turn: usize, text: &str) -> Vec<Window> {
        let utterances = self.utterances_of(turn);
        let words = |span: Range<usize>| text[span].split_whitespace().count();
        let spans = utterances.iter().map(|u| u.span.start as usize..u.span.end as usize);
        let whole = words(0..text.len()) <= WHOLE;
        let mut windows: Vec<Window> = Vec::new();
        let mut size = 0;
        for (at, span) in spans.enumerate() {
            let more = words(span.clone());
            match windows.last_mut() {
                Some(window) if whole || size + more <= WINDOW => {
                    window.span.end = span.end;
                    window.utterances.end = at + 1;
                    size += more;
                }
                _ => {
                    windows.push(Window { span, utterances: at..at + 1 });
                    size = more;
                }
            }
        }
        windows
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn windows(text: &str) -> Vec<&str> {
        let document = Document::of_text(text);
        document.windows_of(0, text).into_iter().map(|window| &text[window.span]).collect()
    }

    #[test]
    fn a_short_turn_is_one_window() {
        assert_eq!(windows("Fine. We start at ten."), ["Fine. We start at ten."]);
        assert!(windows("  ").is_empty());
    }

    #[test]
    fn a_long_turn_is_cut_between_sentences() {
        let sentence = "The second truck goes round by the old bridge because of the works there.";
        let turn = [sentence; 6].join(" ");
        let windows = windows(&turn);
        assert_eq!(windows.len(), 3, "{windows:?}");
        assert!(windows.iter().all(|window| window.ends_with("there.")));
    }

    proptest! {
        #[test]
        fn windows_hold_every_utterance_once(text in "([a-z]{1,9}[.?, ]{1,2}){0,120}") {
            let document = Document::of_text(&text);
            let mut next = 0;
            for window in document.windows_of(0, &text) {
                prop_assert_eq!(window.utterances.start, next);
                next = window.utterances.end;
            }
            prop_assert_eq!(next, document.utterances_of(0).len());
        }
    }
}
