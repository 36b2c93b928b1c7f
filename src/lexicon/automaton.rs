//! Patterns compiled to position automata (Glushkov), run bit-parallel from a rare word outwards.
//!
//! A pattern has at most 128 positions, one for each token that it can take, so a set of live
//! positions is one `u128`. Matching never starts at the first word, which is often `we` or `you`: at
//! compile time those positions are chosen that every match must pass and that are the cheapest to look
//! for, its *anchors*. Where a token fits an anchor, and the tokens beside it may stand there, one run
//! forward finds the end and one run backward finds the start. Both take at most one step for each token
//! of the utterance, whatever the pattern.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::ops::Range;

use super::pattern::{Node, Pattern};
use super::vocabulary::{Class, Signs, Vocabulary, WordId};

/// A token as rules see it: noise and marks are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) word: WordId,
    pub(super) classes: u8,
    /// What it is among the neighbours of others: its word and its classes.
    pub(super) signs: Signs,
    /// What stands before it: see [`Heard::STARTS`] and the other bits.
    pub(super) flags: u8,
    /// Bytes in the turn's text.
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Heard {
    /// A clause starts here (also after lead-ins such as "so" or "well").
    pub(super) const STARTS: u8 = 1;
    /// A clause ends here.
    pub(super) const ENDS: u8 = 2;
    /// A comma or a stronger mark stands before it.
    pub(super) const AFTER_COMMA: u8 = 4;
    /// A dash, semicolon, colon or full stop stands before it.
    pub(super) const AFTER_BREAK: u8 = 8;
    /// It stands within quotation marks.
    pub(super) const QUOTED: u8 = 16;

    pub(super) fn is(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }
}

/// What starts a match attempt, and at which position of the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    Word(WordId),
    Class(Class),
}

/// What may stand beside a token that an anchor takes: two before it, one before, one after, two after.
/// Where something else does, the anchor has no match.
pub(super) type Beside = [Signs; 4];

/// A compiled pattern.
#[derive(Debug, Clone)]
pub(super) struct Automaton {
    follow: Box<[u128]>,
    precede: Box<[u128]>,
    first: u128,
    last: u128,
    at_start: bool,
    at_end: bool,
    anchors: u128,
    /// What an anchor may take.
    anchor_signs: Signs,
    /// The words that the pattern names, sorted, with the positions that take each.
    words: Box<[WordId]>,
    takes: Box<[u128]>,
    /// What the pattern names at all.
    signs: Signs,
    /// The positions that take a class, in the order of [`Class::ALL`].
    classes: [u128; Class::ALL.len()],
    /// The positions that take any token.
    any: u128,
}

const MOST_POSITIONS: usize = 128;

impl Automaton {
    /// Compiles a pattern. The error says what a rule's author can change.
    pub(super) fn compile(pattern: &Pattern, vocabulary: &Vocabulary) -> Result<Self, String> {
        let mut builder = Builder::default();
        let Some(part) = builder.add(&pattern.node) else {
            return Err(format!("the pattern takes more than {MOST_POSITIONS} words; split it"));
        };
        if part.nullable {
            return Err(
                "every part of the pattern is optional, so it would match nothing at all".into()
            );
        }
        let mut precede = vec![0u128; builder.follow.len()];
        for (from, &targets) in builder.follow.iter().enumerate() {
            for to in bits(targets) {
                precede[to] |= 1 << from;
            }
        }
        let mut automaton = Automaton {
            follow: builder.follow.into(),
            precede: precede.into(),
            first: part.first,
            last: part.last,
            at_start: pattern.at_start,
            at_end: pattern.at_end,
            anchors: 0,
            anchor_signs: Signs::default(),
            words: builder.takes.keys().copied().collect(),
            takes: builder.takes.values().copied().collect(),
            signs: Signs::default(),
            classes: builder.classes,
            any: builder.any,
        };
        let costs: Vec<_> = automaton.costs(vocabulary).into_iter().enumerate().collect();
        let Some(anchors) = anchors(&pattern.node, &mut costs.into_iter()) else {
            return Err("the pattern has no word or class that every match needs".into());
        };
        automaton.anchors = anchors.positions;
        let signs = automaton.signs_of_positions();
        let joined = |set| bits(set).fold(Signs::default(), |all, at| all.and(signs[at]));
        automaton.anchor_signs = joined(automaton.anchors);
        automaton.signs = joined(!0 >> (128 - signs.len()) & !automaton.any);
        Ok(automaton)
    }

    /// What each position takes.
    fn signs_of_positions(&self) -> Vec<Signs> {
        let mut signs = vec![Signs::default(); self.follow.len()];
        let mut add = |positions: u128, more: Signs| {
            for at in bits(positions) {
                signs[at] = signs[at].and(more);
            }
        };
        for (word, positions) in self.words.iter().zip(&self.takes) {
            add(*positions, Signs::of_word(*word));
        }
        for (class, positions) in Class::ALL.into_iter().zip(self.classes) {
            add(positions, Signs::of_classes(class.bit()));
        }
        add(self.any, Signs::TOKEN);
        signs
    }

    /// What it costs to look for each position's tokens: how often one is said, and more where one is said
    /// beside what may stand there, since the pattern is then run.
    fn costs(&self, vocabulary: &Vocabulary) -> Vec<f32> {
        /// What a run costs, where a look costs 1.
        const RUN: f32 = 30.0;
        let mut often = vec![0.0_f32; self.follow.len()];
        for (word, positions) in self.words.iter().zip(&self.takes) {
            for at in bits(*positions) {
                often[at] += vocabulary.frequency(*word) / 1e5;
            }
        }
        for (class, positions) in Class::ALL.into_iter().zip(self.classes) {
            for at in bits(positions) {
                often[at] += if class == Class::Name { 0.05 } else { 0.01 };
            }
        }
        for at in bits(self.any) {
            often[at] = 1.0;
        }
        let beside = |edges: &[u128], ends: u128, at: usize| {
            let sum: f32 = bits(edges[at]).map(|at| often[at]).sum();
            if ends >> at & 1 == 1 { 1.0 } else { sum.min(1.0) }
        };
        let cost = |at: usize| {
            let before = beside(&self.precede, self.first, at);
            let after = beside(&self.follow, self.last, at);
            often[at] * (1.0 + RUN * before * after)
        };
        (0..often.len()).map(cost).collect()
    }

    /// The positions to try: for each what a token must be for it, and what may stand beside it.
    pub(super) fn triggers(&self) -> Vec<(Trigger, u8, Beside)> {
        let signs = self.signs_of_positions();
        let mut triggers = Vec::new();
        let mut add = |trigger: Trigger, positions: u128| {
            for at in bits(positions & self.anchors) {
                triggers.push((trigger, at as u8, self.beside(at, &signs)));
            }
        };
        for (word, positions) in self.words.iter().zip(&self.takes) {
            add(Trigger::Word(*word), *positions);
        }
        for (class, positions) in Class::ALL.into_iter().zip(self.classes) {
            add(Trigger::Class(class), positions);
        }
        triggers
    }

    fn beside(&self, position: usize, signs: &[Signs]) -> Beside {
        let side = |edges: &[u128], ends: u128| {
            let near = edges[position];
            let of = |set: u128| bits(set).fold(Signs::default(), |all, at| all.and(signs[at]));
            if ends >> position & 1 == 1 {
                return [Signs::ALL; 2];
            }
            if near & ends != 0 {
                return [of(near), Signs::ALL];
            }
            [of(near), of(bits(near).fold(0, |far, at| far | edges[at]))]
        };
        let [before, far_before] = side(&self.precede, self.first);
        let [after, far_after] = side(&self.follow, self.last);
        [far_before, before, after, far_after]
    }

    /// The positions that take a token.
    fn taking(&self, token: &Heard) -> u128 {
        let mut set = self.any;
        if !self.signs.meet(token.signs) {
            return set;
        }
        if let Ok(at) = self.words.binary_search(&token.word) {
            set |= self.takes[at];
        }
        if token.classes != 0 {
            for (class, takes) in Class::ALL.into_iter().zip(self.classes) {
                if token.classes & class.bit() != 0 {
                    set |= takes;
                }
            }
        }
        set
    }

    /// The first match, the longest where several start at the same token. `signs` are those of all the
    /// tokens.
    pub(super) fn find(&self, tokens: &[Heard], signs: Signs) -> Option<Range<usize>> {
        if !self.anchor_signs.meet(signs) {
            return None;
        }
        let mut found: Option<Range<usize>> = None;
        for (at, token) in tokens.iter().enumerate() {
            if !self.anchor_signs.meet(token.signs) {
                continue;
            }
            for position in bits(self.taking(token) & self.anchors) {
                let order = |range: &Range<usize>| (range.start, Reverse(range.end));
                let matched = self.match_at(tokens, at, position as u8);
                found = found.into_iter().chain(matched).min_by_key(order);
            }
        }
        found
    }

    /// The longest match that passes `position` at token `at`, as a range of tokens.
    pub(super) fn match_at(
        &self,
        tokens: &[Heard],
        at: usize,
        position: u8,
    ) -> Option<Range<usize>> {
        let start = self.reach_back(tokens, at, position)?;
        let end = self.reach_on(tokens, at, position)?;
        Some(start..end + 1)
    }

    fn reach_on(&self, tokens: &[Heard], at: usize, position: u8) -> Option<usize> {
        let accepts_end = |live: u128, at: usize| {
            live & self.last != 0 && (!self.at_end || tokens[at].is(Heard::ENDS))
        };
        let mut live = 1u128 << position;
        let mut end = accepts_end(live, at).then_some(at);
        for (next, token) in tokens.iter().enumerate().skip(at + 1) {
            live = self.step(live, &self.follow, token);
            if live == 0 {
                break;
            }
            if accepts_end(live, next) {
                end = Some(next);
            }
        }
        end
    }

    fn reach_back(&self, tokens: &[Heard], at: usize, position: u8) -> Option<usize> {
        let accepts_start = |live: u128, at: usize| {
            live & self.first != 0 && (!self.at_start || tokens[at].is(Heard::STARTS))
        };
        let mut live = 1u128 << position;
        let mut start = accepts_start(live, at).then_some(at);
        for previous in (0..at).rev() {
            live = self.step(live, &self.precede, &tokens[previous]);
            if live == 0 {
                break;
            }
            if accepts_start(live, previous) {
                start = Some(previous);
            }
        }
        start
    }

    fn step(&self, live: u128, edges: &[u128], token: &Heard) -> u128 {
        let reachable = bits(live).fold(0, |reachable, position| reachable | edges[position]);
        if reachable == 0 { 0 } else { reachable & self.taking(token) }
    }
}

fn bits(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        if set == 0 {
            return None;
        }
        let bit = set.trailing_zeros() as usize;
        set &= set - 1;
        Some(bit)
    })
}

/// A part of a pattern under construction.
struct Part {
    nullable: bool,
    first: u128,
    last: u128,
}

#[derive(Default)]
struct Builder {
    follow: Vec<u128>,
    takes: BTreeMap<WordId, u128>,
    classes: [u128; Class::ALL.len()],
    any: u128,
}

impl Builder {
    /// Adds the positions of a node, numbered from left to right. `None` where the pattern is too long.
    fn add(&mut self, node: &Node) -> Option<Part> {
        match node {
            Node::Words(words) => {
                let part = self.position()?;
                for word in words {
                    *self.takes.entry(*word).or_default() |= part.first;
                }
                Some(part)
            }
            Node::Class(class) => {
                let part = self.position()?;
                self.classes[*class as usize] |= part.first;
                Some(part)
            }
            Node::Any => {
                let part = self.position()?;
                self.any |= part.first;
                Some(part)
            }
            Node::Opt(inner) => Some(Part { nullable: true, ..self.add(inner)? }),
            Node::Seq(items) => {
                let mut whole: Option<Part> = None;
                for item in items {
                    let next = self.add(item)?;
                    whole = Some(match whole {
                        None => next,
                        Some(before) => self.join(before, next),
                    });
                }
                whole
            }
            Node::Alt(alternatives) => {
                let mut whole = Part { nullable: false, first: 0, last: 0 };
                for alternative in alternatives {
                    let part = self.add(alternative)?;
                    whole.nullable |= part.nullable;
                    whole.first |= part.first;
                    whole.last |= part.last;
                }
                Some(whole)
            }
        }
    }

    fn position(&mut self) -> Option<Part> {
        let at = self.follow.len();
        if at == MOST_POSITIONS {
            return None;
        }
        self.follow.push(0);
        let bit = 1u128 << at;
        Some(Part { nullable: false, first: bit, last: bit })
    }

    fn join(&mut self, before: Part, after: Part) -> Part {
        for position in bits(before.last) {
            self.follow[position] |= after.first;
        }
        Part {
            nullable: before.nullable && after.nullable,
            first: if before.nullable { before.first | after.first } else { before.first },
            last: if after.nullable { before.last | after.last } else { after.last },
        }
    }
}

/// Positions of which every match passes one, and what it costs to look for them.
#[derive(Clone, Copy)]
struct Anchors {
    positions: u128,
    cost: f32,
}

/// The cheapest anchors of a node; `None` where nothing in it must be there. `costs` gives its positions
/// with their costs, from left to right.
fn anchors(node: &Node, costs: &mut std::vec::IntoIter<(usize, f32)>) -> Option<Anchors> {
    match node {
        Node::Words(_) | Node::Class(_) => {
            costs.next().map(|(at, cost)| Anchors { positions: 1 << at, cost })
        }
        Node::Any => {
            costs.next();
            None
        }
        Node::Opt(inner) => {
            anchors(inner, costs);
            None
        }
        Node::Seq(items) => {
            let all: Vec<_> = items.iter().map(|item| anchors(item, costs)).collect();
            all.into_iter().flatten().min_by(|a, b| a.cost.total_cmp(&b.cost))
        }
        Node::Alt(alternatives) => {
            let all: Vec<_> = alternatives.iter().map(|node| anchors(node, costs)).collect();
            all.into_iter().try_fold(Anchors { positions: 0, cost: 0.0 }, |all, one| {
                let one = one?;
                Some(Anchors {
                    positions: all.positions | one.positions,
                    cost: all.cost + one.cost,
                })
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The ends of all matches of `node` that start at `at`, by plain search: the reference.
    fn ends(node: &Node, tokens: &[u32], at: usize) -> Vec<usize> {
        let mut ends = match node {
            Node::Words(words) => {
                let fits = tokens.get(at).is_some_and(|token| words.contains(&WordId(*token)));
                if fits { vec![at + 1] } else { Vec::new() }
            }
            Node::Any => {
                if at < tokens.len() {
                    vec![at + 1]
                } else {
                    Vec::new()
                }
            }
            Node::Class(_) => Vec::new(),
            Node::Seq(items) => items.iter().fold(vec![at], |starts, item| {
                starts.into_iter().flat_map(|start| ends(item, tokens, start)).collect()
            }),
            Node::Alt(alternatives) => {
                alternatives.iter().flat_map(|alternative| ends(alternative, tokens, at)).collect()
            }
            Node::Opt(inner) => {
                let mut all = ends(inner, tokens, at);
                all.push(at);
                all
            }
        };
        ends.sort_unstable();
        ends.dedup();
        ends
    }

    fn node() -> impl Strategy<Value = Node> {
        let word = proptest::collection::btree_set(1u32..5, 1..3)
            .prop_map(|words| Node::Words(words.into_iter().map(WordId).collect()));
        let leaf = prop_oneof![4 => word, 1 => Just(Node::Any)];
        leaf.prop_recursive(3, 20, 3, |inner| {
            prop_oneof![
                2 => proptest::collection::vec(inner.clone(), 1..4).prop_map(Node::Seq),
                1 => proptest::collection::vec(inner.clone(), 2..4).prop_map(Node::Alt),
                1 => inner.prop_map(|inner| Node::Opt(Box::new(inner))),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn runs_from_the_anchors_find_what_a_plain_search_finds(
            node in node(),
            tokens in proptest::collection::vec(1u32..6, 0..10),
        ) {
            let vocabulary = Vocabulary::new();
            let pattern = Pattern { node, at_start: false, at_end: false };
            let Ok(automaton) = Automaton::compile(&pattern, &vocabulary) else { return Ok(()) };
            let heard: Vec<Heard> = tokens
                .iter()
                .map(|word| {
                    let word = WordId(*word);
                    Heard { word, signs: Signs::of_word(word), classes: 0, flags: 0, start: 0, end: 0 }
                })
                .collect();
            let signs_at = |at: Option<usize>| {
                at.and_then(|at| heard.get(at)).map_or(Signs::EDGE, |token| token.signs)
            };
            let mut found = Vec::new();
            for (at, token) in heard.iter().enumerate() {
                for (trigger, position, beside) in automaton.triggers() {
                    if trigger == Trigger::Word(token.word) {
                        let matched = automaton.match_at(&heard, at, position);
                        let stand = [at.checked_sub(2), at.checked_sub(1), Some(at + 1), Some(at + 2)];
                        let worth_it = beside.iter().zip(stand).all(|(may, at)| may.meet(signs_at(at)));
                        prop_assert!(worth_it || matched.is_none(), "a match at {at} would not be tried");
                        found.extend(matched);
                    }
                }
            }
            let all: Vec<_> = (0..tokens.len())
                .flat_map(|start| ends(&pattern.node, &tokens, start).into_iter().map(move |end| start..end))
                .collect();
            for range in &found {
                prop_assert!(all.contains(range), "{range:?} is no match");
            }
            let signs = heard.iter().fold(Signs::default(), |all, token| all.and(token.signs));
            let first = found.iter().cloned().min_by_key(|range| (range.start, Reverse(range.end)));
            prop_assert_eq!(automaton.find(&heard, signs), first);
            // Whatever matches is found through an anchor that it passes, by a match at least as long.
            for range in &all {
                let covered = found.iter().any(|f| f.start <= range.start && f.end >= range.end);
                prop_assert!(covered, "{range:?} is missed by {found:?}");
            }
        }
    }
}
