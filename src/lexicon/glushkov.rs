//! The plan of a pattern: its positions after Glushkov, what follows on which, and where to begin.

use std::ops::{BitAnd, BitOr, Not};

use super::pattern::{Node, Pattern};
use super::vocabulary::{Class, Signs, WordId, Words};

/// What starts a match attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trigger {
    Word(WordId),
    Class(Class),
}

/// A set of positions: half a machine word, one, or two.
pub(super) trait Set:
    Copy + Default + PartialEq + BitAnd<Output = Self> + BitOr<Output = Self> + Not<Output = Self>
{
    /// The set of one position.
    fn one(position: usize) -> Self;

    /// Takes out the first position.
    fn pop(&mut self) -> Option<usize>;

    fn is_empty(self) -> bool {
        self == Self::default()
    }

    fn meets(self, other: Self) -> bool {
        !(self & other).is_empty()
    }
}

macro_rules! set {
    ($word:ty) => {
        impl Set for $word {
            fn one(position: usize) -> Self {
                1 << position
            }

            fn pop(&mut self) -> Option<usize> {
                let first = self.trailing_zeros() as usize;
                (*self != 0).then(|| {
                    *self &= *self - 1;
                    first
                })
            }
        }
    };
}
set!(u32);
set!(u64);
set!(u128);

/// The positions of a set.
pub(super) fn each<S: Set>(mut set: S) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || set.pop())
}

/// The ways through a pattern.
pub(super) const BACK: usize = 0;
pub(super) const ON: usize = 1;

/// What may stand before and after a token that an anchor takes. Where something else does, the anchor
/// has no match.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    /// The token next to it.
    pub(super) near: [Signs; 2],
    /// The one after the next.
    pub(super) far: [Signs; 2],
    /// Words of which one must be said before, and of which one must be said after.
    pub(super) needs: [Option<Words>; 2],
}

/// Where a pattern is to be tried: at which position, and what stands beside a token there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Triggered {
    pub(super) position: u8,
    pub(super) beside: Beside,
}

/// What a position takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf<'p> {
    Words(&'p [WordId]),
    Class(Class),
    Any,
}

impl<'p> Leaf<'p> {
    /// The leaves of a node from left to right, a position each.
    pub(super) fn all_of(node: &'p Node, leaves: &mut Vec<Leaf<'p>>) {
        match node {
            Node::Words(words) => leaves.push(Leaf::Words(words)),
            Node::Class(class) => leaves.push(Leaf::Class(*class)),
            Node::Any => leaves.push(Leaf::Any),
            Node::Gap(width) => leaves.extend(std::iter::repeat_n(Leaf::Any, *width)),
            Node::Opt(inner) => Leaf::all_of(inner, leaves),
            Node::Seq(nodes) | Node::Alt(nodes) => {
                nodes.iter().for_each(|node| Leaf::all_of(node, leaves));
            }
        }
    }

    fn signs(self) -> Signs {
        match self {
            Leaf::Words(words) => {
                words.iter().fold(Signs::default(), |all, word| all.and(Signs::of_word(*word)))
            }
            Leaf::Class(class) => Signs::of_classes(class.bit()),
            Leaf::Any => Signs::TOKEN,
        }
    }

    /// How often one of these is said, from 0 to 1.
    fn frequency(self) -> f32 {
        match self {
            Leaf::Words(words) => words.iter().map(|word| word.frequency() / 1e5).sum(),
            Leaf::Class(Class::Name) => 0.05,
            Leaf::Class(_) => 0.01,
            Leaf::Any => 1.0,
        }
    }
}

/// The positions of a pattern, and how a match goes through them.
pub(super) struct Plan<S> {
    /// For each position, those before it and those after it.
    pub(super) edges: Vec<[S; 2]>,
    /// Where a match begins and where it ends.
    pub(super) ends: [S; 2],
    /// Of these every match passes one, and they are the cheapest to look for.
    pub(super) anchors: S,
    pub(super) anchor_signs: Signs,
    pub(super) triggers: Vec<Triggered>,
}

impl<S: Set> Plan<S> {
    /// The plan of a pattern that has these leaves.
    pub(super) fn new(pattern: &Pattern, leaves: &[Leaf]) -> Result<Self, String> {
        let node = &pattern.node;
        let mut edges = vec![[S::default(); 2]; leaves.len()];
        let part = connect(node, &mut edges, &mut 0);
        if part.nullable {
            return Err(
                "every part of the pattern is optional, so it would match nothing at all".into()
            );
        }
        for from in 0..edges.len() {
            for to in each(edges[from][ON]) {
                edges[to][BACK] = edges[to][BACK] | S::one(from);
            }
        }
        let signs: Vec<Signs> = leaves.iter().map(|leaf| leaf.signs()).collect();
        let often: Vec<f32> = leaves.iter().map(|leaf| leaf.frequency()).collect();
        let anchored = [pattern.at_start, pattern.at_end];
        let ways = Ways { leaves, edges: &edges, ends: part.ends, anchored, signs: &signs };
        let Some(Anchors { positions, .. }) = anchors(node, &ways.costs(&often), &mut 0) else {
            return Err("the pattern has no word or class that every match needs".into());
        };
        let mut search = Search {
            ways: &ways,
            often: &often,
            anchors: positions,
            next: 0,
            triggers: Vec::with_capacity(each(positions).count()),
        };
        search.surround(node, [None; 2]);
        let (triggers, anchor_signs) = (search.triggers, ways.signs_of(positions));
        Ok(Plan { ends: part.ends, anchors: positions, anchor_signs, triggers, edges })
    }
}

/// The ways through a pattern, and what is met on them.
struct Ways<'a, S> {
    leaves: &'a [Leaf<'a>],
    edges: &'a [[S; 2]],
    ends: [S; 2],
    /// Whether a match begins only where a clause does, and ends only where one does.
    anchored: [bool; 2],
    signs: &'a [Signs],
}

impl<S: Set> Ways<'_, S> {
    /// What some positions take.
    fn signs_of(&self, positions: S) -> Signs {
        each(positions).fold(Signs::default(), |all, at| all.and(self.signs[at]))
    }

    /// The positions one step from some.
    fn step(&self, from: S, way: usize) -> S {
        each(from).fold(S::default(), |all, at| all | self.edges[at][way])
    }

    /// What it costs to look for each position's tokens: how often one is said, and more where one is said
    /// beside what may stand there, since the pattern is then run.
    fn costs(&self, often: &[f32]) -> Vec<f32> {
        /// What a run costs, where a look costs 1.
        const RUN: f32 = 60.0;
        let beside = |at: usize, way: usize| {
            if self.ends[way].meets(S::one(at)) {
                return 1.0;
            }
            let sum: f32 = each(self.edges[at][way]).map(|at| often[at]).sum();
            sum.min(1.0)
        };
        let cost = |at: usize| often[at] * (1.0 + RUN * beside(at, BACK) * beside(at, ON));
        (0..often.len()).map(cost).collect()
    }

    fn beside(&self, position: usize, around: Around<S>) -> Beside {
        let side = |way: usize| {
            // What may stand one step further than some positions.
            let further = |from: S| {
                let next = self.signs_of(self.step(from, way));
                match (from.meets(self.ends[way]), self.anchored[way]) {
                    (false, _) => next,
                    (true, true) => next.and(Signs::EDGE),
                    (true, false) => Signs::ALL,
                }
            };
            let here = S::one(position);
            let may_end = self.ends[way].meets(here);
            let far = if may_end { Signs::ALL } else { further(self.step(here, way)) };
            [further(here), far]
        };
        let [[before, far_before], [after, far_after]] = [BACK, ON].map(side);
        let needs = [BACK, ON].map(|way| self.words_of(around[way]?.positions));
        Beside { near: [before, after], far: [far_before, far_after], needs }
    }

    /// What some positions take, where they take words alone.
    fn words_of(&self, positions: S) -> Option<Words> {
        let mut words = Words::default();
        for at in each(positions) {
            let Leaf::Words(named) = self.leaves[at] else { return None };
            named.iter().for_each(|word| words.add(*word));
        }
        Some(words)
    }
}

/// A part of a pattern under construction.
struct Part<S> {
    nullable: bool,
    ends: [S; 2],
}

/// Notes what follows on the positions of a node, numbered from left to right. `next` is its first
/// position, and then the one after its last.
fn connect<S: Set>(node: &Node, edges: &mut [[S; 2]], next: &mut usize) -> Part<S> {
    match node {
        Node::Words(_) | Node::Class(_) | Node::Any => {
            *next += 1;
            Part { nullable: false, ends: [S::one(*next - 1); 2] }
        }
        Node::Gap(width) => {
            let first = *next;
            let mut last = S::one(first);
            for at in first + 1..first + width {
                edges[at - 1][ON] = S::one(at);
                last = last | S::one(at);
            }
            *next += width;
            Part { nullable: true, ends: [S::one(first), last] }
        }
        Node::Opt(inner) => Part { nullable: true, ..connect(inner, edges, next) },
        Node::Seq(items) => {
            let mut whole = Part { nullable: true, ends: [S::default(); 2] };
            for item in items {
                let Part { nullable, ends: [first, last] } = connect(item, edges, next);
                for at in each(whole.ends[ON]) {
                    edges[at][ON] = edges[at][ON] | first;
                }
                if whole.nullable {
                    whole.ends[BACK] = whole.ends[BACK] | first;
                }
                whole.ends[ON] = if nullable { whole.ends[ON] | last } else { last };
                whole.nullable &= nullable;
            }
            whole
        }
        Node::Alt(alternatives) => {
            let mut whole = Part { nullable: false, ends: [S::default(); 2] };
            for alternative in alternatives {
                let Part { nullable, ends } = connect(alternative, edges, next);
                whole.nullable |= nullable;
                whole.ends = [BACK, ON].map(|way| whole.ends[way] | ends[way]);
            }
            whole
        }
    }
}

/// Positions of which every match passes one, and what it costs to look for them.
#[derive(Debug, Clone, Copy)]
struct Anchors<S> {
    positions: S,
    cost: f32,
}

/// What every match passes before something and after it.
type Around<S> = [Option<Anchors<S>>; 2];

fn cheapest<S>(all: impl IntoIterator<Item = Option<Anchors<S>>>) -> Option<Anchors<S>> {
    all.into_iter().flatten().min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// The cheapest anchors of a node; `None` where nothing in it must be there. `next` is its first position,
/// and then the one after its last.
fn anchors<S: Set>(node: &Node, costs: &[f32], next: &mut usize) -> Option<Anchors<S>> {
    match node {
        Node::Words(_) | Node::Class(_) => {
            let at = *next;
            *next += 1;
            Some(Anchors { positions: S::one(at), cost: costs[at] })
        }
        Node::Any => {
            *next += 1;
            None
        }
        Node::Gap(width) => {
            *next += width;
            None
        }
        Node::Opt(inner) => {
            anchors::<S>(inner, costs, next);
            None
        }
        Node::Seq(items) => cheapest(items.iter().map(|item| anchors(item, costs, next))),
        Node::Alt(alternatives) => {
            let mut whole = Some(Anchors { positions: S::default(), cost: 0.0 });
            for alternative in alternatives {
                let one = anchors::<S>(alternative, costs, next);
                whole = whole.zip(one).map(|(whole, one)| Anchors {
                    positions: whole.positions | one.positions,
                    cost: whole.cost + one.cost,
                });
            }
            whole
        }
    }
}

/// Goes through a pattern for what stands around its anchors.
struct Search<'a, S> {
    ways: &'a Ways<'a, S>,
    /// How often each position's tokens are said.
    often: &'a [f32],
    anchors: S,
    /// The first position of the next node.
    next: usize,
    triggers: Vec<Triggered>,
}

impl<S: Set> Search<'_, S> {
    /// Makes triggers of the anchors in a node. `around` are the rarest positions that every match passes
    /// before the node and after it.
    fn surround(&mut self, node: &Node, around: Around<S>) {
        match node {
            Node::Words(_) | Node::Class(_) | Node::Any => {
                if self.anchors.meets(S::one(self.next)) {
                    let beside = self.ways.beside(self.next, around);
                    self.triggers.push(Triggered { position: self.next as u8, beside });
                }
                self.next += 1;
            }
            Node::Gap(width) => self.next += width,
            Node::Opt(inner) => self.surround(inner, around),
            Node::Alt(alternatives) => {
                alternatives.iter().for_each(|node| self.surround(node, around));
            }
            Node::Seq(items) => {
                let mut end = self.next;
                let own = items.iter().map(|item| (anchors(item, self.often, &mut end), end));
                let own: Vec<_> = own.collect();
                let mut before = around[BACK];
                for (at, (item, (rarest, end))) in items.iter().zip(&own).enumerate() {
                    // An item without anchors need not be gone through.
                    if each(self.anchors).any(|at| (self.next..*end).contains(&at)) {
                        let after = own[at + 1..].iter().map(|(rarest, _)| *rarest);
                        self.surround(item, [before, cheapest(after.chain([around[ON]]))]);
                    }
                    self.next = *end;
                    before = cheapest([before, *rarest]);
                }
            }
        }
    }
}
