//! Patterns compiled to position automata (Glushkov), run bit-parallel from a rare word outwards.
//!
//! A pattern has at most 128 positions, one for each token that it can take, so a set of live
//! positions is one `u128`. Matching never starts at the first word, which is often `we` or `you`: at
//! compile time the rarest set of positions is chosen that every match must pass, its *anchors*. Where
//! a token fits an anchor, one run forward finds the end and one run backward finds the start. Both
//! take at most one step for each token of the utterance, whatever the pattern.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::pattern::{Node, Pattern};
use super::vocabulary::{Class, Vocabulary, WordId};

/// A token as rules see it: noise and marks are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) word: WordId,
    pub(super) classes: u8,
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

/// A set of words, by the remainder of their numbers: a small Bloom filter. The highest bit stands for
/// the edge of the utterance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Neighbours(u64);

impl Neighbours {
    /// Nothing stands there.
    pub(super) const EDGE: Neighbours = Neighbours(1 << 63);

    /// The set of one word.
    pub(super) fn word(word: WordId) -> Neighbours {
        Neighbours(1 << (word.0 % 63))
    }

    /// Whether the two sets may share a word.
    pub(super) fn meets(self, other: Neighbours) -> bool {
        self.0 & other.0 != 0
    }
}

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
    /// The words that the pattern names, sorted, with the positions that take each.
    words: Box<[WordId]>,
    takes: Box<[u128]>,
    /// The positions that take a class, in the order of [`Class::ALL`].
    classes: [u128; Class::ALL.len()],
    /// The positions that take any token.
    any: u128,
}

const MOST_POSITIONS: usize = 128;

impl Automaton {
    /// Compiles a pattern. The error says what a rule's author can change.
    pub(super) fn compile(pattern: &Pattern, vocabulary: &Vocabulary) -> Result<Self, String> {
        let mut builder = Builder {
            vocabulary,
            follow: Vec::new(),
            takes: BTreeMap::new(),
            classes: [0; Class::ALL.len()],
            any: 0,
        };
        let Some(part) = builder.add(&pattern.node) else {
            return Err(format!("the pattern takes more than {MOST_POSITIONS} words; split it"));
        };
        if part.nullable {
            return Err(
                "every part of the pattern is optional, so it would match nothing at all".into()
            );
        }
        let Some((_, anchors)) = part.anchor else {
            return Err("the pattern has no word or class that every match needs".into());
        };
        let mut precede = vec![0u128; builder.follow.len()];
        for (from, &targets) in builder.follow.iter().enumerate() {
            for to in bits(targets) {
                precede[to] |= 1 << from;
            }
        }
        Ok(Automaton {
            follow: builder.follow.into(),
            precede: precede.into(),
            first: part.first,
            last: part.last,
            at_start: pattern.at_start,
            at_end: pattern.at_end,
            anchors,
            words: builder.takes.keys().copied().collect(),
            takes: builder.takes.values().copied().collect(),
            classes: builder.classes,
            any: builder.any,
        })
    }

    /// The positions to try, each with what a token must be for it.
    pub(super) fn triggers(&self) -> impl Iterator<Item = (u8, Trigger)> + '_ {
        let of = |set: u128, trigger: Trigger| bits(set).map(move |at| (at as u8, trigger));
        let words = self.words.iter().zip(&self.takes);
        let by_word =
            words.flat_map(move |(word, set)| of(set & self.anchors, Trigger::Word(*word)));
        let classes = Class::ALL.into_iter().zip(self.classes);
        let by_class =
            classes.flat_map(move |(class, set)| of(set & self.anchors, Trigger::Class(class)));
        by_word.chain(by_class)
    }

    /// The positions that take a token.
    fn taking(&self, token: &Heard) -> u128 {
        let mut set = self.any;
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

    /// What may stand beside a token that `position` takes: before it, and after it. A match attempt
    /// whose neighbour is not among these cannot succeed, and need not be made.
    pub(super) fn neighbours(&self, position: u8) -> (Neighbours, Neighbours) {
        let bit = 1u128 << position;
        let beside = |edges: &[u128], ends: u128| {
            let reachable = edges[usize::from(position)];
            let classes = self.classes.iter().fold(0, |all, class| all | class);
            if ends & bit != 0 {
                return Neighbours(u64::MAX);
            }
            if reachable & (self.any | classes) != 0 {
                return Neighbours(!Neighbours::EDGE.0);
            }
            let words =
                self.words.iter().zip(&self.takes).filter(|(_, takes)| **takes & reachable != 0);
            words
                .fold(Neighbours(0), |all, (word, _)| Neighbours(all.0 | Neighbours::word(*word).0))
        };
        (beside(&self.precede, self.first), beside(&self.follow, self.last))
    }

    /// The longest match that passes `position` at token `at`, as a range of tokens.
    pub(super) fn match_at(
        &self,
        tokens: &[Heard],
        at: usize,
        position: u8,
    ) -> Option<std::ops::Range<usize>> {
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
    /// The cheapest positions that every match of this part passes, with their cost.
    anchor: Option<(u64, u128)>,
}

struct Builder<'a> {
    vocabulary: &'a Vocabulary,
    follow: Vec<u128>,
    takes: BTreeMap<WordId, u128>,
    classes: [u128; Class::ALL.len()],
    any: u128,
}

impl Builder<'_> {
    /// `None` where the pattern is too long.
    fn add(&mut self, node: &Node) -> Option<Part> {
        match node {
            Node::Words(words) => {
                let cost = words.iter().map(|word| commonness(self.vocabulary.word(*word))).sum();
                let part = self.position(Some(cost))?;
                for word in words {
                    *self.takes.entry(*word).or_default() |= part.first;
                }
                Some(part)
            }
            Node::Class(class) => {
                let cost = if *class == Class::Name { 3000 } else { 150 };
                let part = self.position(Some(cost))?;
                self.classes[*class as usize] |= part.first;
                Some(part)
            }
            Node::Any => {
                let part = self.position(None)?;
                self.any |= part.first;
                Some(part)
            }
            Node::Opt(inner) => {
                let part = self.add(inner)?;
                Some(Part { nullable: true, anchor: None, ..part })
            }
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
                let mut whole = Part { nullable: false, first: 0, last: 0, anchor: Some((0, 0)) };
                for alternative in alternatives {
                    let part = self.add(alternative)?;
                    whole.nullable |= part.nullable;
                    whole.first |= part.first;
                    whole.last |= part.last;
                    whole.anchor = match (whole.anchor, part.anchor) {
                        (Some((cost, set)), Some((more, others))) => {
                            Some((cost + more, set | others))
                        }
                        _ => None,
                    };
                }
                Some(whole)
            }
        }
    }

    /// A new position, with what it would cost to look for its tokens first.
    fn position(&mut self, cost: Option<u64>) -> Option<Part> {
        let at = self.follow.len();
        if at == MOST_POSITIONS {
            return None;
        }
        self.follow.push(0);
        let bit = 1u128 << at;
        Some(Part { nullable: false, first: bit, last: bit, anchor: cost.map(|cost| (cost, bit)) })
    }

    fn join(&mut self, before: Part, after: Part) -> Part {
        for position in bits(before.last) {
            self.follow[position] |= after.first;
        }
        Part {
            nullable: before.nullable && after.nullable,
            first: if before.nullable { before.first | after.first } else { before.first },
            last: if after.nullable { before.last | after.last } else { after.last },
            anchor: match (before.anchor, after.anchor) {
                (Some(a), Some(b)) => Some(if b.0 < a.0 { b } else { a }),
                (a, b) => a.or(b),
            },
        }
    }
}

/// How often a word is said, roughly, per ten thousand words of talk; rare words count 1. Only the
/// order matters: it decides which word of a pattern is looked for first.
fn commonness(word: &str) -> u64 {
    const MOST: &str = "the to you i a and it that of in is we do have are not what be for this on so with can my me \
        your they was at if just would will";
    const MANY: &str = "get know like all want about one no up how out here there think going now let us see time \
        from got go or them he she his her our an as by but when who why where which had has been were am did does \
        could should really good right yeah okay well then than more some any need make take say said mean look way \
        thing things something because people back down over 's yes very too";
    static COMMON: LazyLock<FxHashMap<&str, u64>> = LazyLock::new(|| {
        let of = |words: &'static str, cost| words.split_whitespace().map(move |word| (word, cost));
        of(MANY, 40).chain(of(MOST, 200)).collect()
    });
    COMMON.get(word).copied().unwrap_or(1)
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
            let mut vocabulary = Vocabulary::new();
            for word in ["a", "b", "c", "d", "e"] {
                vocabulary.intern(word);
            }
            let pattern = Pattern { node, at_start: false, at_end: false };
            let Ok(automaton) = Automaton::compile(&pattern, &vocabulary) else { return Ok(()) };
            let heard: Vec<Heard> = tokens
                .iter()
                .map(|word| Heard { word: WordId(*word), classes: 0, flags: 0, start: 0, end: 0 })
                .collect();
            let mut found = Vec::new();
            for (at, token) in heard.iter().enumerate() {
                for (position, trigger) in automaton.triggers() {
                    if trigger == Trigger::Word(token.word) {
                        let matched = automaton.match_at(&heard, at, position);
                        let beside = |at: Option<usize>| {
                            let token = at.and_then(|at| heard.get(at));
                            token.map_or(Neighbours::EDGE, |token| Neighbours::word(token.word))
                        };
                        let (before, after) = automaton.neighbours(position);
                        let worth_it =
                            before.meets(beside(at.checked_sub(1))) && after.meets(beside(Some(at + 1)));
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
            // Whatever matches is found through an anchor that it passes, by a match at least as long.
            for range in &all {
                let covered = found.iter().any(|f| f.start <= range.start && f.end >= range.end);
                prop_assert!(covered, "{range:?} is missed by {found:?}");
            }
        }
    }
}
