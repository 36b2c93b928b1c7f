//! The plan of a pattern: its positions after Glushkov, what follows on which, and where to begin.

use super::pattern::{Node, Pattern};
use super::vocabulary::{Class, Signs, Vocabulary, WordId, Words};

/// What starts a match attempt, and at which position of the pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Trigger {
    Word(WordId),
    Class(Class),
}

/// What may stand before and after a token that an anchor takes. Where something else does, the anchor
/// has no match.
#[derive(Debug, Clone, Copy)]
pub(super) struct Beside {
    /// The token next to it.
    pub(super) near: [Signs; 2],
    /// The one after the next.
    pub(super) far: [Signs; 2],
    /// Words of which one must be said before, and of which one must be said after, not far away.
    pub(super) needs: [Option<Need>; 2],
}

/// Words of which a match has one within so many tokens of its anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Need {
    pub(super) words: Words,
    pub(super) within: u8,
}

/// What a position takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Leaf<'p> {
    Words(&'p [WordId]),
    Class(Class),
    Any,
}

impl Leaf<'_> {
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
    fn frequency(self, vocabulary: &Vocabulary) -> f32 {
        match self {
            Leaf::Words(words) => {
                words.iter().map(|word| vocabulary.frequency(*word) / 1e5).sum()
            }
            Leaf::Class(Class::Name) => 0.05,
            Leaf::Class(_) => 0.01,
            Leaf::Any => 1.0,
        }
    }
}

/// Where a pattern is to be tried: what a token must be, at which position, and what stands beside it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Triggered<'p> {
    pub(super) takes: Leaf<'p>,
    pub(super) position: u8,
    pub(super) beside: Beside,
}

/// A pattern's positions, each the bit of a set.
pub(super) struct Plan<'p> {
    /// What each takes.
    pub(super) leaves: Vec<Leaf<'p>>,
    pub(super) follow: Vec<u128>,
    pub(super) precede: Vec<u128>,
    pub(super) first: u128,
    pub(super) last: u128,
    /// Of these every match passes one, and they are the cheapest to look for.
    pub(super) anchors: u128,
    signs: Vec<Signs>,
    /// For each anchor the rarest positions of which a match passes one before it, and after it.
    around: Vec<(usize, Around)>,
}

/// Positions of which every match passes one, before something and after it.
type Around = [Option<Anchors>; 2];

const MOST_POSITIONS: usize = 128;

impl<'p> Plan<'p> {
    pub(super) fn new(pattern: &'p Pattern, vocabulary: &Vocabulary) -> Result<Plan<'p>, String> {
        let mut builder = Builder::default();
        let Some(part) = builder.add(&pattern.node) else {
            return Err(format!("the pattern takes more than {MOST_POSITIONS} words; split it"));
        };
        if part.nullable {
            return Err(
                "every part of the pattern is optional, so it would match nothing at all".into()
            );
        }
        let Builder { leaves, follow } = builder;
        let mut precede = vec![0; follow.len()];
        for (from, targets) in follow.iter().enumerate() {
            for to in bits(*targets) {
                precede[to] |= 1 << from;
            }
        }
        let Part { first, last, .. } = part;
        let signs = leaves.iter().map(|leaf| leaf.signs()).collect();
        let often: Vec<f32> = leaves.iter().map(|leaf| leaf.frequency(vocabulary)).collect();
        let mut plan =
            Plan { leaves, follow, precede, first, last, anchors: 0, signs, around: Vec::new() };
        let Some(anchors) = anchors(&pattern.node, &plan.costs(&often), &mut 0) else {
            return Err("the pattern has no word or class that every match needs".into());
        };
        plan.anchors = anchors.positions;
        let mut search = Search { often: &often, anchors: plan.anchors, next: 0, found: Vec::new() };
        search.surround(&pattern.node, [None; 2]);
        plan.around = search.found;
        Ok(plan)
    }

    /// How many positions there are.
    pub(super) fn positions(&self) -> usize {
        self.follow.len()
    }

    /// What some positions take.
    pub(super) fn signs_of(&self, positions: u128) -> Signs {
        bits(positions).fold(Signs::default(), |all, at| all.and(self.signs[at]))
    }

    /// What it costs to look for each position's tokens: how often one is said, and more where one is said
    /// beside what may stand there, since the pattern is then run.
    fn costs(&self, often: &[f32]) -> Vec<f32> {
        /// What a run costs, where a look costs 1.
        const RUN: f32 = 60.0;
        let beside = |edges: &[u128], ends: u128, at: usize| {
            if ends >> at & 1 == 1 {
                return 1.0;
            }
            let sum: f32 = bits(edges[at]).map(|at| often[at]).sum();
            sum.min(1.0)
        };
        let cost = |at: usize| {
            let before = beside(&self.precede, self.first, at);
            let after = beside(&self.follow, self.last, at);
            often[at] * (1.0 + RUN * before * after)
        };
        (0..self.positions()).map(cost).collect()
    }

    /// Where the pattern is to be tried.
    pub(super) fn triggers(&self) -> Vec<Triggered<'p>> {
        let trigger = |(at, around): &(usize, Around)| Triggered {
            takes: self.leaves[*at],
            position: *at as u8,
            beside: self.beside(*at, around),
        };
        self.around.iter().map(trigger).collect()
    }

    fn beside(&self, position: usize, around: &Around) -> Beside {
        let side = |edges: &[u128], ends: u128| {
            if ends >> position & 1 == 1 {
                return [Signs::ALL; 2];
            }
            let near = edges[position];
            let far = match near & ends {
                0 => self.signs_of(beyond(edges, near)),
                _ => Signs::ALL,
            };
            [self.signs_of(near), far]
        };
        let [before, far_before] = side(&self.precede, self.first);
        let [after, far_after] = side(&self.follow, self.last);
        let need = |edges, anchors: Option<Anchors>| self.need(edges, position, anchors?.positions);
        let needs = [need(&self.precede, around[0]), need(&self.follow, around[1])];
        Beside { near: [before, after], far: [far_before, far_after], needs }
    }

    /// The need of some positions that every match passes on its way along the edges from `position`.
    /// `None` where one of them takes a class.
    fn need(&self, edges: &[u128], position: usize, wanted: u128) -> Option<Need> {
        let mut words = Words::default();
        for at in bits(wanted) {
            let Leaf::Words(named) = self.leaves[at] else { return None };
            named.iter().for_each(|word| words.add(*word));
        }
        // A way passes one of them once, so those that have need not be followed further.
        let (mut live, mut step, mut within) = (beyond(edges, 1 << position), 1, 0);
        while live != 0 {
            if live & wanted != 0 {
                within = step;
            }
            live = beyond(edges, live & !wanted);
            step += 1;
        }
        Some(Need { words, within })
    }
}

/// The positions that the edges of some lead to.
fn beyond(edges: &[u128], from: u128) -> u128 {
    bits(from).fold(0, |all, at| all | edges[at])
}

fn bits(mut set: u128) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = set.trailing_zeros() as usize;
        (set != 0).then(|| {
            set &= set - 1;
            bit
        })
    })
}

/// A part of a pattern under construction.
struct Part {
    nullable: bool,
    first: u128,
    last: u128,
}

#[derive(Default)]
struct Builder<'p> {
    leaves: Vec<Leaf<'p>>,
    follow: Vec<u128>,
}

impl<'p> Builder<'p> {
    /// Adds the positions of a node, numbered from left to right. `None` where the pattern is too long.
    fn add(&mut self, node: &'p Node) -> Option<Part> {
        match node {
            Node::Words(words) => self.position(Leaf::Words(words)),
            Node::Class(class) => self.position(Leaf::Class(*class)),
            Node::Any => self.position(Leaf::Any),
            Node::Gap(width) => {
                let mut whole = self.position(Leaf::Any)?;
                for _ in 1..*width {
                    let next = self.position(Leaf::Any)?;
                    self.follow[self.leaves.len() - 2] = next.first;
                    whole.last |= next.last;
                }
                Some(Part { nullable: true, ..whole })
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

    fn position(&mut self, leaf: Leaf<'p>) -> Option<Part> {
        let at = self.follow.len();
        if at == MOST_POSITIONS {
            return None;
        }
        self.leaves.push(leaf);
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
#[derive(Debug, Clone, Copy)]
struct Anchors {
    positions: u128,
    cost: f32,
}

fn cheapest(all: impl IntoIterator<Item = Option<Anchors>>) -> Option<Anchors> {
    all.into_iter().flatten().min_by(|a, b| a.cost.total_cmp(&b.cost))
}

/// The cheapest anchors of a node; `None` where nothing in it must be there. `next` is its first position,
/// and then the one after its last.
fn anchors(node: &Node, costs: &[f32], next: &mut usize) -> Option<Anchors> {
    match node {
        Node::Words(_) | Node::Class(_) => {
            let at = *next;
            *next += 1;
            Some(Anchors { positions: 1 << at, cost: costs[at] })
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
            anchors(inner, costs, next);
            None
        }
        Node::Seq(items) => cheapest(items.iter().map(|item| anchors(item, costs, next))),
        Node::Alt(alternatives) => {
            // All of them are gone through, so that `next` is right.
            let all = alternatives.iter().map(|node| anchors(node, costs, next));
            all.fold(Some(Anchors { positions: 0, cost: 0.0 }), |all, one| {
                let (all, one) = (all?, one?);
                let positions = all.positions | one.positions;
                Some(Anchors { positions, cost: all.cost + one.cost })
            })
        }
    }
}

/// Goes through a pattern for what stands around its anchors.
struct Search<'a> {
    /// How often each position's tokens are said.
    often: &'a [f32],
    anchors: u128,
    /// The first position of the next node.
    next: usize,
    found: Vec<(usize, Around)>,
}

impl Search<'_> {
    /// Finds, for each anchor in a node, the rarest positions before and after it. `around` are those of
    /// the node itself.
    fn surround(&mut self, node: &Node, around: Around) {
        match node {
            Node::Words(_) | Node::Class(_) | Node::Any => {
                if self.anchors >> self.next & 1 == 1 {
                    self.found.push((self.next, around));
                }
                self.next += 1;
            }
            Node::Gap(width) => self.next += width,
            Node::Opt(inner) => self.surround(inner, around),
            Node::Alt(alternatives) => {
                alternatives.iter().for_each(|node| self.surround(node, around));
            }
            Node::Seq(items) => {
                let mut next = self.next;
                let own: Vec<_> =
                    items.iter().map(|item| anchors(item, self.often, &mut next)).collect();
                let mut before = around[0];
                for (at, item) in items.iter().enumerate() {
                    let after = own[at + 1..].iter().copied().chain([around[1]]);
                    self.surround(item, [before, cheapest(after)]);
                    before = cheapest([before, own[at]]);
                }
            }
        }
    }
}
