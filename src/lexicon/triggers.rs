//! Which patterns to try at a token.

use std::cmp::Reverse;

use rustc_hash::FxHashMap;

use super::automaton::Automaton;
use super::glushkov::{Beside, Need, Trigger, Triggered};
use super::hearing::Heard;
use super::vocabulary::{Class, Signs, Words};

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
    far: [Signs; 2],
    /// Indices of what must be said before and after.
    needs: [u32; 2],
    pattern: u32,
    position: u8,
}

/// The attempts of some patterns, those of a word side by side.
#[derive(Debug, Clone, Default)]
pub(super) struct Triggers {
    /// What must stand beside each; on its own, since most attempts end here.
    near: Box<[[Signs; 2]]>,
    attempts: Box<[Attempt]>,
    /// What must be said not far away; the first asks for nothing.
    needs: Box<[Need]>,
    /// Where the attempts of each word begin; the classes follow on the words, and the end on all.
    starts: Box<[u32]>,
    /// How many words there are.
    words: usize,
}

impl Triggers {
    /// The triggers of numbered patterns; `words` is the size of the vocabulary.
    pub(super) fn new<'a>(
        patterns: impl Iterator<Item = (usize, &'a [Triggered])>,
        words: usize,
    ) -> Self {
        let mut all: Vec<(usize, [Signs; 2], Attempt)> = Vec::new();
        let mut needs = vec![Need { words: Words::default(), within: 0 }];
        let mut known = FxHashMap::default();
        let mut index = |need: Option<Need>| {
            let Some(need) = need else { return 0 };
            *known.entry(need).or_insert_with(|| {
                needs.push(need);
                needs.len() as u32 - 1
            })
        };
        for (pattern, triggered) in patterns {
            for &(trigger, position, Beside { near, far, needs }) in triggered {
                let place = match trigger {
                    Trigger::Word(word) => word.0 as usize,
                    Trigger::Class(class) => words + class as usize,
                };
                let (pattern, needs) = (pattern as u32, needs.map(&mut index));
                all.push((place, near, Attempt { far, needs, pattern, position }));
            }
        }
        all.sort_by_key(|(place, ..)| *place);
        let starts = (0..=words + Class::ALL.len())
            .map(|place| all.partition_point(|(other, ..)| *other < place) as u32);
        Triggers {
            starts: starts.collect(),
            needs: needs.into(),
            words,
            near: all.iter().map(|(_, near, _)| *near).collect(),
            attempts: all.into_iter().map(|(.., attempt)| attempt).collect(),
        }
    }

    fn at(&self, place: usize) -> (&[[Signs; 2]], &[Attempt]) {
        let bounds = self.starts.get(place).zip(self.starts.get(place + 1));
        let range = bounds.map_or(0..0, |(start, end)| *start as usize..*end as usize);
        (&self.near[range.clone()], &self.attempts[range])
    }

    /// Whether what is needed is said among the next tokens.
    fn said<'a>(&self, need: u32, next: impl Iterator<Item = &'a Heard>) -> bool {
        let Need { words, within } = &self.needs[need as usize];
        need == 0 || next.take((*within).into()).any(|token| words.may_have(token.place))
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
            let mut attempt_all = |(near, attempts): (&[[Signs; 2]], &[Attempt])| {
                for (near, attempts) in near.chunks(32).zip(attempts.chunks(32)) {
                    // A bit for each, since a branch for each would be guessed wrong too often.
                    let mut worth = 0_u32;
                    for (index, [may_precede, may_follow]) in near.iter().enumerate() {
                        let fits = may_precede.meet(before) & may_follow.meet(after);
                        worth |= u32::from(fits) << index;
                    }
                    while worth != 0 {
                        let attempt = &attempts[worth.trailing_zeros() as usize];
                        worth &= worth - 1;
                        let Attempt { far, needs, pattern, position } = attempt;
                        if !(far[0].meet(far_before) & far[1].meet(far_after))
                            || !self.said(needs[0], heard[..at].iter().rev())
                            || !self.said(needs[1], heard[at + 1..].iter())
                        {
                            continue;
                        }
                        let pattern = *pattern;
                        let tokens = automaton(pattern).match_at(heard, at, *position);
                        matches.extend(tokens.map(|tokens| {
                            let (start, end) = (tokens.start as u32, tokens.end as u32);
                            Match { pattern, start, end }
                        }));
                    }
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
