//! Cuts a turn into utterances: sentences where there are full stops, clause groups where a
//! recognizer or a hurried speaker gave none.

use std::ops::Range;

use smallvec::SmallVec;

use super::known::Traits;
use super::{Token, TokenKind};

/// A stretch longer than this many words is cut at clause starts even between full stops.
const LONG: usize = 28;
/// A clause group has at least this many words before the next may begin.
const SHORTEST_GROUP: usize = 10;
/// No utterance is longer than this; it bounds the work that a wall of text can make.
const LONGEST: usize = 60;

pub(super) const ABBREVIATIONS: [&str; 24] = [
    "mr", "mrs", "ms", "dr", "st", "vs", "eg", "ie", "inc", "ltd", "co", "no", "approx", "dept",
    "est", "jr", "sr", "prof", "rev", "gen", "e", "g", "i", "u",
];

pub(super) const JOINERS: [&str; 7] = ["and", "so", "but", "because", "then", "or", "cause"];
pub(super) const CLAUSE_HEADS: [&str; 17] = [
    "i", "you", "we", "they", "he", "she", "it", "there", "that", "this", "what", "let", "if",
    "how", "do", "can", "would",
];
pub(super) const OPENERS: [&str; 6] = ["okay", "alright", "anyway", "anyways", "listen", "right"];

/// Most turns have few utterances.
type Ranges = SmallVec<[Range<usize>; 8]>;

/// The utterances of a turn's tokens, as ranges into them. Together they hold every token.
pub(super) fn cut(text: &str, tokens: &[Token]) -> Ranges {
    let mut utterances = Ranges::new();
    let mut start = 0;
    for at in 0..tokens.len() {
        if ends_sentence(text, tokens, at) {
            // Closing quotes and brackets belong to the sentence that they close.
            let mut end = at + 1;
            while tokens.get(end).is_some_and(|next| {
                next.kind == TokenKind::Mark
                    && next.start == tokens[end - 1].end
                    && text[next.start as usize..]
                        .starts_with(['"', '\u{201d}', ')', '\'', '\u{2019}', ']'])
            }) {
                end += 1;
            }
            if end > start {
                cut_long(tokens, start..end, &mut utterances);
                start = end;
            }
        }
    }
    if start < tokens.len() {
        cut_long(tokens, start..tokens.len(), &mut utterances);
    }
    utterances
}

fn ends_sentence(text: &str, tokens: &[Token], at: usize) -> bool {
    let mark = &tokens[at];
    if !matches!(mark.mark(), Some('.' | '?' | '!' | '…')) {
        return false;
    }
    let slice = &text[mark.start as usize..mark.end as usize];
    let rest = &text[mark.end as usize..];
    let next = rest.trim_start().chars().next();
    if slice.contains(['?', '!']) {
        return true;
    }
    let spaced =
        rest.is_empty() || rest.starts_with(|c: char| c.is_whitespace() || "\"”)'’]".contains(c));
    if !spaced {
        return false;
    }
    if slice.len() > 1 {
        // A trail of dots ends a sentence only if the next one looks like a start.
        return next.is_none_or(|c| c.is_uppercase() || !c.is_alphabetic());
    }
    let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else { return true };
    let abbreviated = before.end == mark.start
        && before.kind == TokenKind::Word
        && (before.traits.has(Traits::ABBREVIATION) || is_initial(text, before))
        && next.is_some_and(char::is_alphanumeric);
    // `a.m. today`: a letter or two before the stop and no capital after it.
    let clipped = before.end == mark.start
        && before.end - before.start <= 2
        && next.is_some_and(char::is_lowercase);
    !abbreviated && !clipped
}

/// A single capital, as in `J. Doe`, but not `I`.
fn is_initial(text: &str, token: &Token) -> bool {
    let slice = &text[token.start as usize..token.end as usize];
    slice.len() == 1 && slice.starts_with(|c: char| c.is_ascii_uppercase() && c != 'I')
}

/// Cuts a sentence that is too long for one at the starts of its clause groups.
fn cut_long(tokens: &[Token], sentence: Range<usize>, out: &mut Ranges) {
    let is_word = |token: &Token| matches!(token.kind, TokenKind::Word | TokenKind::Number);
    let total = tokens[sentence.clone()].iter().filter(|token| is_word(token)).count();
    if total <= LONG {
        return out.push(sentence);
    }
    let mut start = sentence.start;
    let mut words = 0;
    for at in sentence.clone() {
        let group_ends = words >= SHORTEST_GROUP && starts_clause(tokens, at, sentence.end);
        if (group_ends || words >= LONGEST) && at > start {
            out.push(start..at);
            start = at;
            words = 0;
        }
        words += usize::from(is_word(&tokens[at]));
    }
    out.push(start..sentence.end);
}

/// Whether a clause of its own begins at this token: a joiner with a subject, or an opener.
fn starts_clause(tokens: &[Token], at: usize, end: usize) -> bool {
    if tokens[at].kind != TokenKind::Word {
        return false;
    }
    let traits = tokens[at].traits;
    traits.has(Traits::OPENER)
        || traits.has(Traits::JOINER)
            && tokens[at + 1..end]
                .iter()
                .find(|token| token.kind == TokenKind::Word)
                .is_some_and(|next| next.traits.has(Traits::CLAUSE_HEAD))
}

#[cfg(test)]
mod tests {
    use super::super::tokenize::tokenize;
    use super::*;

    fn sentences(text: &str) -> Vec<&str> {
        let mut tokens = Vec::new();
        tokenize(text, &mut tokens);
        cut(text, &tokens)
            .into_iter()
            .map(|range| {
                &text[tokens[range.start].start as usize..tokens[range.end - 1].end as usize]
            })
            .collect()
    }

    #[test]
    fn full_stops_end_sentences_but_not_after_titles_or_inside_numbers() {
        assert_eq!(
            sentences("I met Dr. Vole at 5.30 p.m. today. She said \"wait.\" Why? No..."),
            ["I met Dr. Vole at 5.30 p.m. today.", "She said \"wait.\"", "Why?", "No..."]
        );
    }

    #[test]
    fn a_trail_of_dots_in_mid_sentence_is_a_pause() {
        assert_eq!(sentences("so... we wait. Fine"), ["so... we wait.", "Fine"]);
    }

    #[test]
    fn unpunctuated_speech_is_cut_where_clauses_start() {
        let text = "so we looked at the numbers for the depot last week and they were all over the place \
                    so i asked the team what they wanted to do about it and we will see";
        let cut = sentences(text);
        assert_eq!(cut.len(), 3, "{cut:?}");
        assert!(cut[1].starts_with("and they were"), "{cut:?}");
    }

    #[test]
    fn a_wall_of_words_is_bounded() {
        let text = "word ".repeat(500);
        assert!(sentences(&text).iter().all(|s| s.split(' ').count() <= LONGEST));
    }
}
