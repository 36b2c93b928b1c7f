//! Why a rule did or did not speak.

use super::Lexicon;
use super::automaton::Automaton;
use super::glushkov::Trigger;
use super::scan::{Hit, Rejection};
use crate::text::{Document, Mood, Token, TokenKind, Utterance, word_of, words_of};

/// What the lexicon makes of one utterance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The utterance, as written.
    pub text: String,
    /// Statement or question.
    pub mood: &'static str,
    /// The words that rules see: contractions opened, fillers and repeats gone.
    pub heard: Vec<String>,
    /// Every rule that matched.
    pub traces: Vec<RuleTrace>,
}

/// A rule that matched, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleTrace {
    /// The rule.
    pub rule: String,
    /// The words that it matched.
    pub quote: String,
    /// Why the match does not count; `None` where it does.
    pub rejected: Option<String>,
}

impl Lexicon {
    /// Explains each utterance of a text, given what was said just before.
    pub fn explain(&self, prev: &str, text: &str) -> Vec<Explanation> {
        let document = Document::of_turns([prev, text]);
        let all = self.exchange(prev, text, &document).into_iter();
        all.map(|(utterance, hits)| self.explain_one(text, &document, utterance, hits)).collect()
    }

    fn explain_one(
        &self,
        text: &str,
        document: &Document,
        utterance: &Utterance,
        hits: Vec<Hit>,
    ) -> Explanation {
        let trace = |hit: Hit| RuleTrace {
            rule: self.rules[hit.rule].id.clone(),
            quote: text[hit.span].to_owned(),
            rejected: hit.rejected.map(|rejection| describe(&rejection, text)),
        };
        let is_heard = |token: &&Token| matches!(token.kind, TokenKind::Word | TokenKind::Number);
        let heard = document.tokens_of(utterance).iter().filter(is_heard);
        Explanation {
            text: text[utterance.span.start as usize..utterance.span.end as usize].to_owned(),
            mood: match utterance.mood {
                Mood::Statement => "statement",
                Mood::ClosedQuestion => "closed question",
                Mood::OpenQuestion => "open question",
            },
            heard: heard.map(|token| word_of(text, token).into_owned()).collect(),
            traces: hits.into_iter().map(trace).collect(),
        }
    }

    /// For each pattern of a rule, one set of words of which it needs at least one, and whether the
    /// text has any. A pattern whose words are there and which does not match wants them in other places.
    pub fn needed_words(&self, rule: &str, text: &str) -> Vec<(String, Vec<String>, bool)> {
        let Some(at) = self.rules.iter().position(|other| other.id == rule) else {
            return Vec::new();
        };
        let words = words_of(text);
        let owned = self
            .patterns
            .iter()
            .filter(|p| p.owner == super::Owner::Rule(at as u32, super::Part::Any));
        owned
            .zip(&self.rules[at].patterns)
            .map(|(compiled, written)| {
                let needed = self.anchor_words(&compiled.automaton);
                let there = needed.iter().any(|word| words.contains(word));
                (written.clone(), needed, there)
            })
            .collect()
    }

    fn anchor_words(&self, automaton: &Automaton) -> Vec<String> {
        let of = |trigger| match trigger {
            Trigger::Word(word) => self.vocabulary.word(word).to_owned(),
            Trigger::Class(class) => format!("<{}>", class.name()),
        };
        automaton.anchors().into_iter().map(of).collect()
    }
}

fn describe(rejection: &Rejection, text: &str) -> String {
    match rejection {
        Rejection::Unless(span) => {
            format!("an `unless` pattern matches \"{}\"", &text[span.clone()])
        }
        Rejection::Needs => "no `needs` pattern matches".into(),
        Rejection::PrevUnless => "a `prev-unless` pattern matches what was said before".into(),
        Rejection::PrevNeeds => "no `prev-needs` pattern matches what was said before".into(),
        Rejection::Mood => "the rule wants another mood (statement or question)".into(),
        Rejection::In(context, Some(cue)) => {
            format!("{} by \"{}\"", context.id(), &text[cue.clone()])
        }
        Rejection::In(context, None) => format!("{}: it stands in quotation marks", context.id()),
        Rejection::NotIn(context) => format!("the rule holds only where {}", context.id()),
    }
}
