//! Tells questions from statements, and open questions from closed ones, in speech with and
//! without question marks.
//!
//! An open question asks for words of the other's own (what, how, why, tell me about); a closed one
//! is answered by yes, no or a choice. Without a question mark only the form can tell: an auxiliary
//! before its subject, or a question word before an auxiliary.

use super::{Mood, Token, TokenKind, word_of};

const LEAD_INS: [&str; 25] = [
    "so",
    "and",
    "but",
    "well",
    "okay",
    "now",
    "then",
    "right",
    "yeah",
    "look",
    "listen",
    "alright",
    "oh",
    "hey",
    "no",
    "yes",
    "just",
    "actually",
    "honestly",
    "sorry",
    "or",
    "hello",
    "hi",
    "please",
    "alternatively",
];
const AUXILIARIES: [&str; 23] = [
    "do", "does", "did", "is", "are", "was", "were", "can", "could", "would", "will", "should",
    "shall", "have", "has", "had", "am", "may", "might", "must", "'s", "wo", "ca",
];
const SUBJECTS: [&str; 20] = [
    "i",
    "you",
    "we",
    "they",
    "he",
    "she",
    "it",
    "there",
    "that",
    "this",
    "these",
    "those",
    "anyone",
    "anybody",
    "everyone",
    "everybody",
    "someone",
    "the",
    "your",
    "our",
];
const OPEN_WORDS: [&str; 6] = ["what", "how", "why", "who", "where", "whose"];
const CLOSED_WORDS: [&str; 2] = ["which", "when"];
/// After `how`, these ask for a figure, not for a story.
const MEASURES: [&str; 11] =
    ["many", "much", "long", "often", "far", "old", "big", "soon", "large", "late", "early"];
/// Requests that open a topic as a question does.
const INVITATIONS: [[&str; 3]; 8] = [
    ["tell", "me", "about"],
    ["tell", "me", "more"],
    ["walk", "me", "through"],
    ["talk", "me", "through"],
    ["help", "me", "understand"],
    ["tell", "us", "about"],
    ["walk", "us", "through"],
    ["say", "more", "about"],
];

/// The mood of an utterance's tokens.
pub(super) fn mood(text: &str, tokens: &[Token]) -> Mood {
    let marked = tokens
        .iter()
        .rev()
        .take_while(|token| token.kind == TokenKind::Mark)
        .any(|mark| text[mark.start as usize..mark.end as usize].contains('?'));
    // Only the start of a clause can make a question; the words that matter are few.
    let mut clause: Vec<std::borrow::Cow<'_, str>> = Vec::with_capacity(4);
    let mut found = None;
    let mut at_start = true;
    for token in tokens {
        match token.kind {
            TokenKind::Noise => {}
            TokenKind::Mark => {
                found = found.or_else(|| question_form(&clause, at_start));
                clause.clear();
                at_start = false;
            }
            TokenKind::Word | TokenKind::Number => {
                let word = word_of(text, token);
                if clause.is_empty() && LEAD_INS.contains(&&*word) {
                    continue;
                }
                if clause.len() < 4 {
                    clause.push(word);
                }
            }
        }
    }
    found = found.or_else(|| question_form(&clause, at_start));
    match found {
        Some(form) if marked || form.without_mark => form.mood,
        _ if marked => Mood::ClosedQuestion,
        _ => Mood::Statement,
    }
}

#[derive(Clone, Copy)]
struct Form {
    mood: Mood,
    /// Whether the form alone makes a question.
    without_mark: bool,
}

fn question_form(clause: &[std::borrow::Cow<'_, str>], at_start: bool) -> Option<Form> {
    let word = |at: usize| clause.get(at).map_or("", |word| &**word);
    let is = |at: usize, list: &[&str]| list.contains(&word(at));
    let form = |mood, without_mark| Some(Form { mood, without_mark: without_mark && at_start });
    let invites = INVITATIONS.iter().any(|words| (0..3).all(|at| word(at) == words[at]));
    if invites {
        return form(Mood::OpenQuestion, true);
    }
    // `what` alone says something in "what i need is"; before an auxiliary it asks.
    let inverted = is(1, &AUXILIARIES) || (is(2, &AUXILIARIES) && is(3, &SUBJECTS));
    if is(0, &OPEN_WORDS) {
        let measured = word(0) == "how" && is(1, &MEASURES);
        let mood = if measured { Mood::ClosedQuestion } else { Mood::OpenQuestion };
        let suggests = matches!(word(1), "about" | "if" | "else");
        return form(mood, (inverted && (is(2, &SUBJECTS) || word(1) != "is")) || suggests);
    }
    if is(0, &CLOSED_WORDS) {
        return form(Mood::ClosedQuestion, inverted && is(2, &SUBJECTS));
    }
    if is(0, &AUXILIARIES) {
        let subject = if word(1) == "not" { 2 } else { 1 };
        return form(Mood::ClosedQuestion, is(subject, &SUBJECTS));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::super::Document;
    use super::*;

    fn mood_of(text: &str) -> Mood {
        Document::of_text(text).utterances[0].mood
    }

    #[test]
    fn question_words_open_and_auxiliaries_close() {
        for open in [
            "What worries you most?",
            "so how would you do it",
            "And on the migration, what's hard?",
            "tell me about your team",
            "why do you ask",
        ] {
            assert_eq!(mood_of(open), Mood::OpenQuestion, "{open}");
        }
        for closed in [
            "Is that right?",
            "do you want me to send it",
            "um okay can we start",
            "How many seats?",
            "You're in, right?",
            "don't you think so",
        ] {
            assert_eq!(mood_of(closed), Mood::ClosedQuestion, "{closed}");
        }
    }

    #[test]
    fn statements_that_start_like_questions_stay_statements() {
        for statement in [
            "what i need is a number",
            "how it works is simple",
            "We start at nine.",
            "when we met it rained",
        ] {
            assert_eq!(mood_of(statement), Mood::Statement, "{statement}");
        }
    }
}
