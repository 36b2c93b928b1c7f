//! Patterns compiled to position automata (Glushkov), run bit-parallel from a rare word outwards.
//!
//! A pattern has at most 128 positions, one for each token that it can take, so a set of live
//! positions is half a machine word for most, and two at most. Matching never starts at the first word, which
//! is often `we` or `you`: at compile time those positions are chosen that every match must pass and that are
//! the cheapest to look for, its *anchors*. Where a token fits an anchor, and the tokens beside it may stand there, one run
//! forward finds the end and one run backward finds the start. Both take at most one step for each token
//! of the utterance, whatever the pattern.

use std::cmp::Reverse;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::glushkov::{BACK, Leaf, ON, Plan, Set, Trigger, Triggered, each};
use super::hearing::Heard;
use super::pattern::Pattern;
use super::vocabulary::{Class, Signs, WordId, Words};

/// A compiled pattern, laid out to be run: most of the time goes into waiting for its memory, so it is small, and
/// the few patterns that are wide lie elsewhere.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Automaton {
    Narrow(Table<u32>),
    Middle(Box<Table<u64>>),
    Wide(Box<Table<u128>>),
}

/// Runs the same on a table of any width.
macro_rules! on_table {
    ($automaton:expr, $table:ident => $run:expr) => {
        match $automaton {
            Automaton::Narrow($table) => $run,
            Automaton::Middle($table) => $run,
            Automaton::Wide($table) => $run,
        }
    };
}

/// The positions that take something, what follows on each and what precedes it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Table<S> {
    /// For each position, those before it and those after it.
    edges: Box<[[S; 2]]>,
    /// What is taken and where, sorted.
    takes: Box<[Take]>,
    /// The positions that take any token.
    any: S,
    first: S,
    last: S,
    anchors: S,
    at_start: bool,
    at_end: bool,
    /// The words that the pattern names, for a quick no.
    named: Words,
    /// What its anchors take.
    anchor_signs: Signs,
}

/// A word or class and a position that takes it, in four bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
struct Take(u32);

impl Take {
    /// The numbers of classes, above those of all words.
    const CLASSES: u32 = (1 << 24) - Class::ALL.len() as u32;

    fn new(what: u32, position: usize) -> Self {
        Take(what << 8 | position as u32)
    }

    fn class(class: Class, position: usize) -> Self {
        Take::new(Self::CLASSES + class as u32, position)
    }

    fn what(self) -> u32 {
        self.0 >> 8
    }

    fn position(self) -> usize {
        (self.0 & 0xff) as usize
    }

    fn trigger(self) -> Trigger {
        match self.what().checked_sub(Self::CLASSES) {
            Some(class) => Trigger::Class(Class::ALL[class as usize]),
            None => Trigger::Word(WordId(self.what())),
        }
    }
}

impl Automaton {
    /// Compiles a pattern; gives also where it is to be tried. The error says what a rule's author can
    /// change.
    pub(super) fn compile(pattern: &Pattern) -> Result<(Self, Vec<Triggered>), String> {
        const MOST_POSITIONS: usize = 128;
        let mut leaves = Vec::with_capacity(MOST_POSITIONS / 4);
        Leaf::all_of(&pattern.node, &mut leaves);
        match leaves.len() {
            ..=32 => {
                let (table, triggers) = Table::new(pattern, &leaves)?;
                Ok((Automaton::Narrow(table), triggers))
            }
            33..=64 => {
                let (table, triggers) = Table::new(pattern, &leaves)?;
                Ok((Automaton::Middle(Box::new(table)), triggers))
            }
            65..=MOST_POSITIONS => {
                let (table, triggers) = Table::new(pattern, &leaves)?;
                Ok((Automaton::Wide(Box::new(table)), triggers))
            }
            _ => Err(format!("the pattern takes more than {MOST_POSITIONS} words; split it")),
        }
    }

    /// The first match, the longest where several start at the same token. `signs` are those of all the
    /// tokens.
    pub(super) fn find(&self, tokens: &[Heard], signs: Signs) -> Option<Range<usize>> {
        on_table!(self, table => table.find(tokens, signs))
    }

    /// The longest match that passes `position` at token `at`, as a range of tokens.
    pub(super) fn match_at(
        &self,
        tokens: &[Heard],
        at: usize,
        position: u8,
    ) -> Option<Range<usize>> {
        on_table!(self, table => table.match_at(tokens, at, position.into()))
    }

    /// All matches, each token and anchor tried: what the triggers must not fall short of.
    #[cfg(test)]
    pub(super) fn all(&self, tokens: &[Heard]) -> Vec<Range<usize>> {
        on_table!(self, table => table.all(tokens).collect())
    }

    /// What a match must have one of.
    pub(super) fn anchors(&self) -> Vec<Trigger> {
        let mut all = Vec::new();
        let add = |trigger| all.push(trigger);
        on_table!(self, table => table.taken_by(|at| table.anchors.meets(Set::one(at)), add));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Goes through what a position takes.
    pub(super) fn taken_by(&self, position: u8, each: impl FnMut(Trigger)) {
        let here = |at: usize| at == usize::from(position);
        on_table!(self, table => table.taken_by(here, each));
    }
}

impl<S: Set> Table<S> {
    fn new(pattern: &Pattern, leaves: &[Leaf]) -> Result<(Self, Vec<Triggered>), String> {
        let plan = Plan::<S>::new(pattern, leaves)?;
        let mut takes: Vec<Take> = Vec::with_capacity(4 * leaves.len());
        let mut any = S::default();
        let mut named = Words::default();
        for (at, leaf) in leaves.iter().enumerate() {
            match leaf {
                Leaf::Words(words) => {
                    if words.iter().any(|word| word.0 >= Take::CLASSES) {
                        return Err("the rules name more than 16 million words".into());
                    }
                    words.iter().for_each(|word| named.add(*word));
                    takes.extend(words.iter().map(|word| Take::new(word.0, at)));
                }
                Leaf::Class(class) => takes.push(Take::class(*class, at)),
                Leaf::Any => any = any | S::one(at),
            }
        }
        takes.sort_unstable();
        takes.dedup();
        let [first, last] = plan.ends;
        let table = Table {
            edges: plan.edges.into(),
            takes: takes.into(),
            any,
            first,
            last,
            anchors: plan.anchors,
            at_start: pattern.at_start,
            at_end: pattern.at_end,
            named,
            anchor_signs: plan.anchor_signs,
        };
        Ok((table, plan.triggers))
    }

    /// Goes through what the positions of a kind take.
    fn taken_by(&self, of: impl Fn(usize) -> bool, each: impl FnMut(Trigger)) {
        let takes = self.takes.iter().filter(|take| of(take.position()));
        takes.map(|take| take.trigger()).for_each(each);
    }

    /// The positions that take a token.
    fn taking(&self, token: &Heard) -> S {
        let mut set = self.any;
        if self.named.may_have(token.place) {
            set = set | self.positions(token.word.0);
        }
        if token.classes != 0 {
            let has = |class: &Class| token.classes & class.bit() != 0;
            for class in Class::ALL.into_iter().filter(has) {
                set = set | self.positions(Take::CLASSES + class as u32);
            }
        }
        set
    }

    fn positions(&self, what: u32) -> S {
        // What comes before it is counted, many at a time and waiting for none, once it is among some dozens.
        const FEW: usize = 48;
        let (mut from, mut to) = (0, self.takes.len());
        while to - from > FEW {
            let middle = from.midpoint(to);
            if self.takes[middle].what() < what { from = middle } else { to = middle }
        }
        let first = Take::new(what, 0);
        let before = self.takes[from..to].iter().map(|take| u32::from(*take < first)).sum::<u32>();
        from += before as usize;
        let those = self.takes[from..].iter().take_while(|take| take.what() == what);
        those.fold(S::default(), |set, take| set | S::one(take.position()))
    }

    fn find(&self, tokens: &[Heard], signs: Signs) -> Option<Range<usize>> {
        if !self.anchor_signs.meet(signs) {
            return None;
        }
        self.all(tokens).min_by_key(|range| (range.start, Reverse(range.end)))
    }

    fn all(&self, tokens: &[Heard]) -> impl Iterator<Item = Range<usize>> {
        let anchored = tokens.iter().enumerate();
        let anchored = anchored.filter(|(_, token)| self.anchor_signs.meet(token.signs));
        anchored.flat_map(move |(at, token)| {
            each(self.taking(token) & self.anchors)
                .filter_map(move |position| self.match_at(tokens, at, position))
        })
    }

    fn match_at(&self, tokens: &[Heard], at: usize, position: usize) -> Option<Range<usize>> {
        let start = self.reach::<BACK>(tokens, at, position)?;
        let end = self.reach::<ON>(tokens, at, position)?;
        Some(start..end + 1)
    }

    /// The farthest token in a direction at which a match that passes `position` at token `at` may begin
    /// or end.
    fn reach<const WAY: usize>(
        &self,
        tokens: &[Heard],
        mut at: usize,
        position: usize,
    ) -> Option<usize> {
        let (ends, anchored, flag) = match WAY {
            BACK => (self.first, self.at_start, Heard::STARTS),
            _ => (self.last, self.at_end, Heard::ENDS),
        };
        let mut live = S::one(position);
        let mut reached = None;
        loop {
            if live & ends != S::default() && (!anchored || tokens[at].is(flag)) {
                reached = Some(at);
            }
            let next = if WAY == BACK { at.checked_sub(1) } else { Some(at + 1) };
            let Some((next, token)) = next.and_then(|next| Some((next, tokens.get(next)?))) else {
                return reached;
            };
            let reachable =
                each(live).fold(S::default(), |all, position| all | self.edges[position][WAY]);
            // Where nothing leads on, the token need not be looked at.
            if reachable == S::default() {
                return reached;
            }
            live = reachable & self.taking(token);
            if live == S::default() {
                return reached;
            }
            at = next;
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::pattern::Node;
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
            Node::Gap(width) => (at..=tokens.len().min(at + width)).collect(),
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
        let gap = (1usize..4).prop_map(Node::Gap);
        let leaf = prop_oneof![4 => word, 1 => Just(Node::Any), 1 => gap];
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
            let pattern = Pattern { node, at_start: false, at_end: false };
            let Ok((automaton, triggers)) = Automaton::compile(&pattern) else { return Ok(()) };
            let heard: Vec<Heard> = tokens
                .iter()
                .map(|word| {
                    let word = WordId(*word);
                    let (signs, place) = (Signs::of_word(word), Words::place(word));
                    Heard { word, signs, place, classes: 0, flags: 0, start: 0, end: 0 }
                })
                .collect();
            let signs_at = |at: Option<usize>| {
                at.and_then(|at| heard.get(at)).map_or(Signs::EDGE, |token| token.signs)
            };
            let mut found = Vec::new();
            for (at, token) in heard.iter().enumerate() {
                for &Triggered { position, beside } in &triggers {
                    let mut takes = false;
                    automaton.taken_by(position, |trigger| {
                        takes |= trigger == Trigger::Word(token.word);
                    });
                    if takes {
                        let matched = automaton.match_at(&heard, at, position);
                        let near = [at.checked_sub(1), Some(at + 1)];
                        let far = [at.checked_sub(2), Some(at + 2)];
                        let meet = |(may, at): (&Signs, _)| may.meet(signs_at(at));
                        let worth_it = beside.near.iter().zip(near).all(meet)
                            && beside.far.iter().zip(far).all(meet);
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
