//! Which patterns to try at a token.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

use super::automaton::Automaton;
use super::glushkov::{Beside, Trigger, Triggered};
use super::hearing::Heard;
use super::vocabulary::{Class, Signs, Vocabulary, WordId, Words};
use crate::text::{Token, TokenKind, hash_of};

/// A match of a pattern, in tokens of the utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Match {
    pub(super) pattern: u32,
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A pattern to try where a token fits one of its anchors.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Attempt {
    /// Indices of what must be said before and after.
    needs: [u32; 2],
    pattern: u32,
    position: u8,
}

/// What must stand beside a token for an attempt to be worth it: next to it, before and after, and one further.
type Sieve = [Signs; 4];

/// The attempts of some patterns, those of a word side by side.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Triggers {
    attempts: Box<[Attempt]>,
    /// What must be said somewhere before or after; the first asks for nothing.
    needs: Box<[Words]>,
    /// Where the sieves of each word begin; the classes follow on the words.
    places: Box<[u32]>,
    /// How many words there are.
    words: usize,
    sieves: Box<[Sieve]>,
    /// The attempt behind each sieve.
    behind: Box<[u32]>,
}

/// Where an attempt got through its sieve.
#[derive(Debug, Clone, Copy, Default)]
struct Candidate {
    attempt: u32,
    at: u32,
}

/// The room that a search needs, kept from one utterance to the next.
#[derive(Debug, Default)]
pub(super) struct Search {
    candidates: Vec<Candidate>,
    /// What the first none, one, two … tokens say, and the last.
    first: Vec<Words>,
    last: Vec<Words>,
    matches: Vec<Match>,
}

/// The tokens that start a match attempt, for a quick no: some others pass for one.
#[derive(Debug, Clone)]
pub(super) struct Openings {
    /// A bit for each of the words, by their hashes.
    words: Box<[u64]>,
    classes: bool,
}

impl Openings {
    /// Four kilobytes; many times the words of a small lexicon, so that few others pass.
    const BITS: usize = 1 << 15;

    fn bit(hash: u64) -> (usize, u64) {
        let at = (hash >> 32) as usize % Self::BITS;
        (at / 64, 1 << (at % 64))
    }

    pub(super) fn may_have(&self, token: &Token) -> bool {
        let (at, bit) = Self::bit(token.hash);
        let has_class = token.kind == TokenKind::Number || token.has_capital();
        self.words[at] & bit != 0 || self.classes && has_class
    }
}

impl Triggers {
    /// The tokens that start an attempt of such patterns.
    pub(super) fn openings(&self, vocabulary: &Vocabulary, of: impl Fn(u32) -> bool) -> Openings {
        let starts = |place: usize| {
            let all = self.places[place] as usize..self.places[place + 1] as usize;
            self.behind[all].iter().any(|attempt| of(self.attempts[*attempt as usize].pattern))
        };
        let mut words = vec![0; Openings::BITS / 64];
        for word in (0..self.words).filter(|word| starts(*word)) {
            let (at, bit) = Openings::bit(hash_of(vocabulary.word(WordId(word as u32))));
            words[at] |= bit;
        }
        let classes = Class::ALL.into_iter().any(|class| starts(self.words + class as usize));
        Openings { words: words.into(), classes }
    }

    /// The triggers of numbered patterns; `words` is the size of the vocabulary.
    pub(super) fn new<'a>(
        patterns: impl Iterator<Item = (usize, &'a Automaton, &'a [Triggered])>,
        words: usize,
    ) -> Self {
        let mut needs = vec![Words::NONE_NEEDED];
        let mut known = FxHashMap::default();
        let mut index = |need: Option<Words>| {
            let Some(need) = need else { return 0 };
            *known.entry(need).or_insert_with(|| {
                needs.push(need);
                needs.len() as u32 - 1
            })
        };
        let (mut attempts, mut tried) = (Vec::new(), Vec::new());
        for (pattern, automaton, triggered) in patterns {
            for &Triggered { position, beside: Beside { near, far, needs } } in triggered {
                let sieve: Sieve = [near[0], near[1], far[0], far[1]];
                let attempt = attempts.len() as u32;
                automaton.taken_by(position, |trigger| {
                    let place = match trigger {
                        Trigger::Word(word) => word.0 as usize,
                        Trigger::Class(class) => words + class as usize,
                    };
                    tried.push((place, attempt, sieve));
                });
                let needs = needs.map(&mut index);
                attempts.push(Attempt { needs, pattern: pattern as u32, position });
            }
        }
        tried.sort_by_key(|(place, attempt, _)| (*place, *attempt));
        let first = |place: usize| tried.partition_point(|(other, ..)| *other < place) as u32;
        Triggers {
            attempts: attempts.into(),
            needs: needs.into(),
            places: (0..=words + Class::ALL.len()).map(first).collect(),
            words,
            sieves: tried.iter().map(|(.., sieve)| *sieve).collect(),
            behind: tried.iter().map(|(_, attempt, _)| *attempt).collect(),
        }
    }

    /// The matches in an utterance, sorted by pattern and start, the longest for each. `automaton` gives a
    /// pattern's.
    ///
    /// In three goes, each over what the one before left: what stands beside a token, what else is said,
    /// and the automata. The first two ask of all alike and branch on no answer, since it would be guessed
    /// wrong too often.
    pub(super) fn find<'a, 's>(
        &self,
        heard: &[Heard],
        automaton: impl Fn(u32) -> &'a Automaton,
        search: &'s mut Search,
    ) -> &'s [Match] {
        let Search { candidates, first, last, matches } = search;
        matches.clear();
        let found = self.sift(heard, candidates);
        if found == 0 {
            return matches;
        }
        Words::gather(heard.iter(), first);
        Words::gather(heard.iter().rev(), last);
        let mut worth = 0;
        for candidate in 0..found {
            let Candidate { attempt, at } = candidates[candidate];
            let [earlier, later] = self.attempts[attempt as usize].needs;
            let (before, after) = (at as usize, heard.len() - 1 - at as usize);
            let said = self.needs[earlier as usize].meet(&first[before])
                & self.needs[later as usize].meet(&last[after]);
            candidates[worth] = Candidate { attempt, at };
            worth += usize::from(said);
        }
        for &Candidate { attempt, at } in &candidates[..worth] {
            let Attempt { pattern, position, .. } = self.attempts[attempt as usize];
            let tokens = automaton(pattern).match_at(heard, at as usize, position);
            matches.extend(tokens.map(|tokens| {
                let (start, end) = (tokens.start as u32, tokens.end as u32);
                Match { pattern, start, end }
            }));
        }
        if matches.len() > 1 {
            matches.sort_unstable_by_key(|m| (m.pattern, m.start, Reverse(m.end)));
            matches.dedup_by_key(|m| (m.pattern, m.start));
        }
        matches
    }

    /// Puts the attempts whose sieve lets through what stands beside a token at the front of `candidates`,
    /// and tells how many they are.
    fn sift(&self, heard: &[Heard], candidates: &mut Vec<Candidate>) -> usize {
        let mut found = 0;
        // What stands before a token, or after it; where a clause begins or ends, its edge too.
        let beside = |at: usize, other: usize, edge: u8| {
            let Some(token) = heard.get(at) else { return Signs::EDGE };
            let signs = heard.get(other).map_or(Signs::EDGE, |token| token.signs);
            if token.is(edge) { signs.and(Signs::EDGE) } else { signs }
        };
        let mut far_before = Signs::EDGE;
        let [mut after, mut before] = [beside(0, 1, Heard::ENDS), Signs::EDGE];
        for (at, token) in heard.iter().enumerate() {
            let far_after = beside(at + 1, at + 2, Heard::ENDS);
            let around = [before, after, far_before, far_after];
            let mut sift = |place: usize| {
                let all = self.places[place] as usize..self.places[place + 1] as usize;
                if candidates.len() < found + all.len() {
                    candidates.resize(found + all.len(), Candidate::default());
                }
                let room = &mut candidates[found..];
                let mut through = 0;
                for (sieve, attempt) in self.sieves[all.clone()].iter().zip(&self.behind[all]) {
                    room[through] = Candidate { attempt: *attempt, at: at as u32 };
                    let meets = |side: usize| sieve[side].meet(around[side]);
                    through += usize::from(meets(0) & meets(1) & meets(2) & meets(3));
                }
                found += through;
            };
            sift(token.word.0 as usize);
            if token.classes != 0 {
                let classes = Class::ALL.into_iter();
                let classes = classes.filter(|class| token.classes & class.bit() != 0);
                classes.for_each(|class| sift(self.words + class as usize));
            }
            after = far_after;
            (far_before, before) = (before, beside(at + 1, at, Heard::STARTS));
        }
        found
    }
}
