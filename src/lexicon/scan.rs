//! Runs all patterns over a document in one pass and weighs every match in its context.

use std::cell::OnceCell;
use std::ops::Range;

use super::context::Surroundings;
use super::hearing::{Clause, Turn};
use super::schema::{Context, MoodCondition};
use super::triggers::{Match, Search};
use super::{Lexicon, Part, Rule};
use crate::text::{Document, Mood, Utterance};

/// A rule that matched in an utterance, and what became of the match.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    /// Index of the rule.
    pub(crate) rule: usize,
    /// Bytes in the turn's text.
    pub(crate) span: Range<usize>,
    /// Why the match does not count; `None` where it does.
    pub(crate) rejected: Option<Rejection>,
}

/// Why a match does not count.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rejection {
    /// An `unless` pattern matched these bytes of the turn's text.
    Unless(Range<usize>),
    /// No `needs` pattern matched.
    Needs,
    /// A `prev-unless` pattern matched in what was said before.
    PrevUnless,
    /// No `prev-needs` pattern matched in what was said before.
    PrevNeeds,
    /// The utterance is a question, or none, as the rule does not want it.
    Mood,
    /// The match stands in a context that the rule rejects; the cue's bytes where there is a cue.
    In(Context, Option<Range<usize>>),
    /// The match does not stand in the context that the rule requires.
    NotIn(Context),
}

/// Scans a document; keeps its buffers from one utterance to the next.
///
/// Only what rules look for is sought everywhere. What else a rule asks, of the utterance or of the turn
/// before, and the contexts are looked at where a rule has matched.
pub(super) struct Scanner<'a, T> {
    lexicon: &'a Lexicon,
    document: &'a Document,
    /// The text of each turn.
    text: T,
    /// What was said before the current turn, once somebody asks.
    before: OnceCell<Turn>,
    current: Turn,
    turn: Option<u32>,
    matches: Search,
    cues: Search,
}

impl<'a, T: Fn(usize) -> &'a str> Scanner<'a, T> {
    pub(super) fn new(lexicon: &'a Lexicon, document: &'a Document, text: T) -> Self {
        Scanner {
            lexicon,
            document,
            text,
            before: OnceCell::new(),
            current: Turn::default(),
            turn: None,
            matches: Search::default(),
            cues: Search::default(),
        }
    }

    /// The hits in an utterance.
    pub(super) fn scan(&mut self, utterance: &Utterance) -> Vec<Hit> {
        if self.turn != Some(utterance.turn) {
            self.turn = Some(utterance.turn);
            self.before.take();
        }
        self.current.clear();
        let Scanner { lexicon, document, .. } = *self;
        let turn = utterance.turn as usize;
        let before = || {
            let hear = || Turn::before(turn, lexicon, &self.text, document);
            self.before.get_or_init(hear)
        };
        let clause = self.current.hear(lexicon, (self.text)(turn), document, utterance);
        let automaton = |pattern: u32| lexicon.automaton(pattern);
        let matches = lexicon.rule_triggers.find(clause.heard, automaton, &mut self.matches);
        let mut hits = Vec::new();
        let mut surroundings = None;
        // Patterns of one rule stand side by side, so its matches do too.
        let rule_of = |m: &Match| lexicon.patterns[m.pattern as usize].owner.rule();
        for matches in matches.chunk_by(|a, b| rule_of(a) == rule_of(b)) {
            let Some(rule) = rule_of(&matches[0]) else { break };
            let tokens = matches.iter().map(|m| m.start as usize..m.end as usize);
            let (tokens, rejected) = match rejection(lexicon, rule, clause, before) {
                Some(rejected) => (tokens.take(1).next(), Some(rejected)),
                None => {
                    let new = || Surroundings::new(lexicon, clause.heard, &mut self.cues);
                    let surroundings = surroundings.get_or_insert_with(new);
                    let policies = &lexicon.rules[rule].conditions.policies;
                    best(tokens.map(|tokens| {
                        let rejected = surroundings.rejection(policies, &tokens, clause);
                        (tokens, rejected)
                    }))
                }
            };
            let span = clause.bytes(&tokens.unwrap_or_default());
            hits.push(Hit { rule, span, rejected });
        }
        hits
    }
}

/// The longest match that counts, or if none does, the first.
fn best(
    matches: impl Iterator<Item = (Range<usize>, Option<Rejection>)>,
) -> (Option<Range<usize>>, Option<Rejection>) {
    let mut best: (Option<Range<usize>>, Option<Rejection>) = (None, None);
    for (tokens, rejected) in matches {
        let better = match &best {
            (None, _) => true,
            (_, Some(_)) => rejected.is_none(),
            (Some(span), None) => rejected.is_none() && tokens.len() > span.len(),
        };
        if better {
            best = (Some(tokens), rejected);
        }
    }
    best
}

/// Why a rule does not hold in an utterance at all, if so: the cheapest question first.
fn rejection<'t>(
    lexicon: &Lexicon,
    rule: usize,
    clause: Clause,
    before: impl Fn() -> &'t Turn,
) -> Option<Rejection> {
    let Rule { conditions, needs, prev_needs, .. } = &lexicon.rules[rule];
    let find = |pattern: u32| lexicon.automaton(pattern).find(clause.heard, clause.signs);
    let said_before = |pattern: u32| before().has(pattern, lexicon.automaton(pattern));
    let of = |part: Part| lexicon.patterns_of[rule].of(part);
    let mood_fits = match conditions.mood {
        None => true,
        Some(MoodCondition::Statement) => clause.mood == Mood::Statement,
        Some(MoodCondition::Question) => clause.mood != Mood::Statement,
        Some(MoodCondition::OpenQuestion) => clause.mood == Mood::OpenQuestion,
    };
    if !mood_fits {
        Some(Rejection::Mood)
    } else if let Some(unless) = of(Part::Unless).find_map(find) {
        Some(Rejection::Unless(clause.bytes(&unless)))
    } else if !needs.is_empty() && !of(Part::Needs).any(|pattern| find(pattern).is_some()) {
        Some(Rejection::Needs)
    } else if of(Part::PrevUnless).any(said_before) {
        Some(Rejection::PrevUnless)
    } else if !prev_needs.is_empty() && !of(Part::PrevNeeds).any(said_before) {
        Some(Rejection::PrevNeeds)
    } else {
        None
    }
}
