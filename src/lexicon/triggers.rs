//! Which patterns to try at a token.

use std::cmp::Reverse;

use super::automaton::{Automaton, Beside, Heard, Trigger};
use super::vocabulary::{Class, Signs};

/// A match of a pattern, in tokens of the utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) pattern: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A pattern to try where a token fits one of its anchors.
#[derive(Debug, Clone, Copy)]
struct Attempt {
    beside: Beside,
    pattern: u32,
    position: u8,
}

/// The attempts of some patterns, those of a word side by side.
#[derive(Debug, Clone, Default)]
pub(super) struct Triggers {
    attempts: Box<[Attempt]>,
    /// Where the attempts of each word begin; the classes follow on the words, and the end on all.
    starts: Box<[u32]>,
    words: usize,
}

impl Triggers {
    /// The triggers of numbered patterns; `words` is the size of the vocabulary.
    pub(super) fn new<'a>(
        patterns: impl Iterator<Item = (usize, &'a Automaton)>,
        words: usize,
    ) -> Self {
        let mut all: Vec<(usize, Attempt)> = Vec::new();
        for (pattern, automaton) in patterns {
            for (trigger, position, beside) in automaton.triggers() {
                let place = match trigger {
                    Trigger::Word(word) => word.0 as usize,
                    Trigger::Class(class) => words + class as usize,
                };
                all.push((place, Attempt { beside, pattern: pattern as u32, position }));
            }
        }
        all.sort_by_key(|(place, _)| *place);
        let starts = (0..=words + Class::ALL.len())
            .map(|place| all.partition_point(|(other, _)| *other < place) as u32);
        Triggers {
            starts: starts.collect(),
            words,
            attempts: all.into_iter().map(|(_, attempt)| attempt).collect(),
        }
    }

    fn at(&self, place: usize) -> &[Attempt] {
        let range = self.starts.get(place).zip(self.starts.get(place + 1));
        range.map_or(&[], |(start, end)| &self.attempts[*start as usize..*end as usize])
    }

    /// Fills `matches` with those in an utterance, sorted by pattern and start, the longest for each.
    /// `automaton` gives a pattern's.
    pub(super) fn find<'a>(
        &self,
        heard: &[Heard],
        automaton: impl Fn(u32) -> &'a Automaton,
        matches: &mut Vec<Match>,
    ) {
        matches.clear();
        let signs = |at: usize| heard.get(at).map_or(Signs::EDGE, |token| token.signs);
        let [mut far_before, mut before] = [Signs::EDGE; 2];
        for (at, token) in heard.iter().enumerate() {
            let (after, far_after) = (signs(at + 1), signs(at + 2));
            let mut attempt_all = |attempts: &[Attempt]| {
                for attempt in attempts {
                    let [a, b, c, d] = attempt.beside;
                    // Without branches, since none of the four alone is likely either way.
                    let may =
                        b.meet(before) & c.meet(after) & a.meet(far_before) & d.meet(far_after);
                    if !may {
                        continue;
                    }
                    let pattern = attempt.pattern;
                    let tokens = automaton(pattern).match_at(heard, at, attempt.position);
                    matches.extend(tokens.map(|tokens| {
                        let (start, end) = (tokens.start as u32, tokens.end as u32);
                        Match { pattern, start, end }
                    }));
                }
            };
            attempt_all(self.at(token.word.0 as usize));
            if token.classes != 0 {
                for class in Class::ALL.into_iter().filter(|class| token.classes & class.bit() != 0)
                {
                    attempt_all(self.at(self.words + class as usize));
                }
            }
            (far_before, before) = (before, token.signs);
        }
        if matches.len() > 1 {
            matches.sort_unstable_by_key(|m| (m.pattern, m.start, Reverse(m.end)));
            matches.dedup_by_key(|m| (m.pattern, m.start));
        }
    }
}
