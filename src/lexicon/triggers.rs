//! Which patterns to try at a token.

use std::cmp::Reverse;
use std::ops::Range;

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Attempt {
    far: [Signs; 2],
    /// Indices of what must be said before and after.
    needs: [u32; 2],
    pattern: u32,
    position: u8,
}

/// Attempts side by side, and what must stand beside a token for any of them.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Group {
    near: [Signs; 2],
    first: u32,
}

/// How many attempts a group has at most; four fill a line of the cache.
const GROUP: usize = 4;

/// The attempts of some patterns, those of a word side by side.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Triggers {
    attempts: Box<[Attempt]>,
    /// The attempts in groups of those that want the like beside them.
    groups: Box<[Group]>,
    /// What must stand beside each of a group; nothing fits where it has fewer.
    near: Box<[[[Signs; 2]; GROUP]]>,
    /// What must be said not far away; the first asks for nothing.
    needs: Box<[Need]>,
    /// The groups of each word; the classes follow on the words.
    places: Box<[[u32; 2]]>,
    /// How many words there are.
    words: usize,
}

impl Triggers {
    /// The triggers of numbered patterns; `words` is the size of the vocabulary.
    pub(super) fn new<'a>(
        patterns: impl Iterator<Item = (usize, &'a Automaton, &'a [Triggered])>,
        words: usize,
    ) -> Self {
        let mut needs = vec![Need { words: Words::default(), within: 0 }];
        let mut known = FxHashMap::default();
        let mut index = |need: Option<Need>| {
            let Some(need) = need else { return 0 };
            *known.entry(need).or_insert_with(|| {
                needs.push(need);
                needs.len() as u32 - 1
            })
        };
        let mut all: Vec<(&Automaton, [Signs; 2], Attempt)> = Vec::new();
        for (pattern, automaton, triggered) in patterns {
            for &Triggered { position, beside: Beside { near, far, needs } } in triggered {
                let (pattern, needs) = (pattern as u32, needs.map(&mut index));
                all.push((automaton, near, Attempt { far, needs, pattern, position }));
            }
        }
        // The narrower side first, so that attempts that want the like come side by side.
        all.sort_by_cached_key(|(_, [before, after], _)| {
            let (b, a) = (before.count(), after.count());
            if a < b { (0, a > 1, *after) } else { (1, b > 1, *before) }
        });
        let mut tried = Vec::new();
        for (at, (automaton, _, attempt)) in all.iter().enumerate() {
            automaton.taken_by(attempt.position, |trigger| {
                tried.push(match trigger {
                    Trigger::Word(word) => (word.0 as usize, at),
                    Trigger::Class(class) => (words + class as usize, at),
                });
            });
        }
        tried.sort_by_key(|(place, _)| *place);
        let (mut groups, mut near, mut places) = (Vec::new(), Vec::new(), Vec::new());
        let mut first = 0;
        for place in 0..words + Class::ALL.len() {
            let start = groups.len() as u32;
            let end = first + tried[first..].partition_point(|(other, _)| *other == place);
            for members in tried[first..end].chunks(GROUP) {
                let mut each = [[Signs::default(); 2]; GROUP];
                each.iter_mut().zip(members).for_each(|(near, (_, at))| *near = all[*at].1);
                let sum = each.iter().fold([Signs::default(); 2], |sum, near| {
                    [sum[0].and(near[0]), sum[1].and(near[1])]
                });
                groups.push(Group { near: sum, first: first as u32 });
                near.push(each);
                first += members.len();
            }
            places.push([start, groups.len() as u32]);
        }
        Triggers {
            places: places.into(),
            groups: groups.into(),
            near: near.into(),
            needs: needs.into(),
            words,
            attempts: tried.into_iter().map(|(_, at)| all[at].2).collect(),
        }
    }

    /// Whether what an attempt needs is said around the token at `at`.
    fn said(&self, needs: [u32; 2], heard: &[Heard], at: usize) -> bool {
        let has = |need: u32, window: &dyn Fn(usize) -> Range<usize>| {
            let Need { words, within } = &self.needs[need as usize];
            let tokens = &heard[window((*within).into())];
            need == 0 || tokens.iter().any(|token| words.may_have(token.place))
        };
        has(needs[1], &|within| at + 1..(at + 1 + within).min(heard.len()))
            && has(needs[0], &|within| at.saturating_sub(within)..at)
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
            let fits = |[may_precede, may_follow]: [Signs; 2]| {
                may_precede.meet(before) & may_follow.meet(after)
            };
            let mut attempt = |place: usize| {
                let [start, end] = self.places[place].map(|at| at as usize);
                let near = self.near[start..end].iter();
                for (group, near) in self.groups[start..end].iter().zip(near) {
                    if !fits(group.near) {
                        continue;
                    }
                    // A bit for each, since a branch for each would be guessed wrong too often.
                    let bits = near.map(|near| u32::from(fits(near)));
                    let mut worth = bits[0] | bits[1] << 1 | bits[2] << 2 | bits[3] << 3;
                    while worth != 0 {
                        let index = group.first + worth.trailing_zeros();
                        worth &= worth - 1;
                        let Attempt { far, needs, pattern, position } =
                            self.attempts[index as usize];
                        let may = far[0].meet(far_before) & far[1].meet(far_after);
                        if !may || !self.said(needs, heard, at) {
                            continue;
                        }
                        let tokens = automaton(pattern).match_at(heard, at, position);
                        matches.extend(tokens.map(|tokens| {
                            let (start, end) = (tokens.start as u32, tokens.end as u32);
                            Match { pattern, start, end }
                        }));
                    }
                }
            };
            attempt(token.word.0 as usize);
            if token.classes != 0 {
                let classes =
                    Class::ALL.into_iter().filter(|class| token.classes & class.bit() != 0);
                classes.for_each(|class| attempt(self.words + class as usize));
            }
            (far_before, before) = (before, token.signs);
        }
        if matches.len() > 1 {
            matches.sort_unstable_by_key(|m| (m.pattern, m.start, Reverse(m.end)));
            matches.dedup_by_key(|m| (m.pattern, m.start));
        }
    }
}
