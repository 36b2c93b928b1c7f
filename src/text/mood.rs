//! Tells questions from statements, and open questions from closed ones, in speech with and
//! without question marks.
//!
//! An open question asks for words of the other's own (what, how, why, tell me about); a closed one
//! is answered by yes, no or a choice. Without a question mark only the form can tell: an auxiliary
//! before its subject, or a question word before an auxiliary.

use super::known::Traits;
use super::{Mood, Token, TokenKind, word_of};

pub(super) const LEAD_INS: [&str; 25] = [
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
pub(super) const AUXILIARIES: [&str; 23] = [
    "do", "does", "did", "is", "are", "was", "were", "can", "could", "would", "will", "should",
    "shall", "have", "has", "had", "am", "may", "might", "must", "'s", "wo", "ca",
];
pub(super) const SUBJECTS: [&str; 20] = [
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
pub(super) const OPEN_WORDS: [&str; 6] = ["what", "how", "why", "who", "where", "whose"];
pub(super) const CLOSED_WORDS: [&str; 2] = ["which", "when"];
/// After `how`, these ask for a figure, not for a story.
pub(super) const MEASURES: [&str; 11] =
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

/// The first words of the invitations.
pub(super) const INVITERS: [&str; 5] = ["tell", "walk", "talk", "help", "say"];

/// The mood of an utterance's tokens.
pub(super) fn mood(text: &str, tokens: &[Token]) -> Mood {
    let marked = tokens
        .iter()
        .rev()
        .take_while(|token| token.kind == TokenKind::Mark)
        .any(|mark| text[mark.start as usize..mark.end as usize].contains('?'));
    // Only the start of a clause can make a question; the words that matter are few.
    let mut clause: [Option<&Token>; 4] = [None; 4];
    let mut length = 0;
    let mut found = None;
    let mut at_start = true;
    for token in tokens {
        match token.kind {
            TokenKind::Noise => {}
            TokenKind::Mark => {
                found = found.or_else(|| question_form(text, &clause, at_start));
                clause = [None; 4];
                length = 0;
                at_start = false;
            }
            TokenKind::Word | TokenKind::Number => {
                let leads_in = length == 0 && token.traits.has(Traits::LEAD_IN);
                if let (false, Some(slot)) = (leads_in, clause.get_mut(length)) {
                    *slot = Some(token);
                    length += 1;
                }
            }
        }
    }
    found = found.or_else(|| question_form(text, &clause, at_start));
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

/// What the first words of a clause ask, if anything.
fn question_form(text: &str, clause: &[Option<&Token>; 4], at_start: bool) -> Option<Form> {
    let has = |at: usize, trait_| clause[at].is_some_and(|token| token.traits.has(trait_));
    let is = |at: usize, word: &str| clause[at].is_some_and(|token| word_of(text, token) == word);
    let form = |mood, without_mark| Some(Form { mood, without_mark: without_mark && at_start });
    if has(0, Traits::INVITES)
        && INVITATIONS.iter().any(|words| words.iter().enumerate().all(|(at, word)| is(at, word)))
    {
        return form(Mood::OpenQuestion, true);
    }
    // `what` alone says something in "what i need is"; before an auxiliary it asks.
    let inverted =
        has(1, Traits::AUXILIARY) || (has(2, Traits::AUXILIARY) && has(3, Traits::SUBJECT));
    if has(0, Traits::OPEN_WORD) {
        let measured = has(1, Traits::MEASURE) && is(0, "how");
        let mood = if measured { Mood::ClosedQuestion } else { Mood::OpenQuestion };
        let suggests = || ["about", "if", "else"].iter().any(|word| is(1, word));
        return form(mood, (inverted && (has(2, Traits::SUBJECT) || !is(1, "is"))) || suggests());
    }
    if has(0, Traits::CLOSED_WORD) {
        return form(Mood::ClosedQuestion, inverted && has(2, Traits::SUBJECT));
    }
    if has(0, Traits::AUXILIARY) {
        let subject = if is(1, "not") { 2 } else { 1 };
        return form(Mood::ClosedQuestion, has(subject, Traits::SUBJECT));
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
