//! The plan of a pattern: its positions after Glushkov, what follows on which, and where to begin.

use std::collections::BTreeMap;

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

/// Where a pattern is to be tried: what a token must be, at which position, and what stands beside it.
pub(super) type Triggered = (Trigger, u8, Beside);

/// A pattern's positions, each the bit of a set.
pub(super) struct Plan {
    pub(super) follow: Vec<u128>,
    pub(super) precede: Vec<u128>,
    pub(super) first: u128,
    pub(super) last: u128,
    /// Of these every match passes one, and they are the cheapest to look for.
    pub(super) anchors: u128,
    /// The positions that take each word, each class in the order of [`Class::ALL`], and any token.
    pub(super) takes: BTreeMap<WordId, u128>,
    pub(super) classes: [u128; Class::ALL.len()],
    pub(super) any: u128,
    /// What each position takes, and how often that is said, from 0 to 1.
    signs: Vec<Signs>,
    often: Vec<f32>,
    /// For each position the rarest positions of which a match passes one before it, and after it.
    around: Vec<[Option<Anchors>; 2]>,
}

const MOST_POSITIONS: usize = 128;

impl Plan {
    pub(super) fn new(pattern: &Pattern, vocabulary: &Vocabulary) -> Result<Plan, String> {
        let mut builder = Builder::default();
        let Some(part) = builder.add(&pattern.node) else {
            return Err(format!("the pattern takes more than {MOST_POSITIONS} words; split it"));
        };
        if part.nullable {
            return Err(
                "every part of the pattern is optional, so it would match nothing at all".into()
            );
        }
        let Builder { follow, takes, classes, any } = builder;
        let mut precede = vec![0; follow.len()];
        for (from, targets) in follow.iter().enumerate() {
            for to in bits(*targets) {
                precede[to] |= 1 << from;
            }
        }
        let Part { first, last, .. } = part;
        let mut plan = Plan {
            follow,
            precede,
            first,
            last,
            anchors: 0,
            takes,
            classes,
            any,
            signs: Vec::new(),
            often: Vec::new(),
            around: Vec::new(),
        };
        plan.signs = plan.signs_of_positions();
        plan.often = plan.frequencies(vocabulary);
        let Some(anchors) = anchors(&pattern.node, &plan.costs(), &mut 0) else {
            return Err("the pattern has no word or class that every match needs".into());
        };
        plan.anchors = anchors.positions;
        surround(&pattern.node, &plan.often, [None; 2], &mut plan.around);
        Ok(plan)
    }

    /// How many positions there are.
    pub(super) fn positions(&self) -> usize {
        self.follow.len()
    }

    /// What some positions take.
    pub(super) fn signs_of(&self, positions: u128) -> Signs {
        let there = bits(positions).take_while(|at| *at < self.positions());
        there.fold(Signs::default(), |all, at| all.and(self.signs[at]))
    }

    fn signs_of_positions(&self) -> Vec<Signs> {
        let mut signs = vec![Signs::default(); self.positions()];
        let mut add = |positions: u128, more: Signs| {
            for at in bits(positions) {
                signs[at] = signs[at].and(more);
            }
        };
        for (word, positions) in &self.takes {
            add(*positions, Signs::of_word(*word));
        }
        for (class, positions) in Class::ALL.into_iter().zip(self.classes) {
            add(positions, Signs::of_classes(class.bit()));
        }
        add(self.any, Signs::TOKEN);
        signs
    }

    /// How often what each position takes is said, from 0 to 1.
    fn frequencies(&self, vocabulary: &Vocabulary) -> Vec<f32> {
        let mut often = vec![0.0_f32; self.positions()];
        for (word, positions) in &self.takes {
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
        often
    }

    /// What it costs to look for each position's tokens: how often one is said, and more where one is said
    /// beside what may stand there, since the pattern is then run.
    fn costs(&self) -> Vec<f32> {
        /// What a run costs, where a look costs 1.
        const RUN: f32 = 60.0;
        let beside = |edges: &[u128], ends: u128, at: usize| {
            let sum: f32 = bits(edges[at]).map(|at| self.often[at]).sum();
            if ends >> at & 1 == 1 { 1.0 } else { sum.min(1.0) }
        };
        let cost = |at: usize| {
            let before = beside(&self.precede, self.first, at);
            let after = beside(&self.follow, self.last, at);
            self.often[at] * (1.0 + RUN * before * after)
        };
        (0..self.positions()).map(cost).collect()
    }

    /// Where the pattern is to be tried.
    pub(super) fn triggers(&self) -> Vec<Triggered> {
        let mut triggers = Vec::new();
        let mut add = |trigger: Trigger, positions: u128| {
            for at in bits(positions & self.anchors) {
                triggers.push((trigger, at as u8, self.beside(at)));
            }
        };
        for (word, positions) in &self.takes {
            add(Trigger::Word(*word), *positions);
        }
        for (class, positions) in Class::ALL.into_iter().zip(self.classes) {
            add(Trigger::Class(class), positions);
        }
        triggers
    }

    fn beside(&self, position: usize) -> Beside {
        let side = |edges: &[u128], ends: u128| {
            if ends >> position & 1 == 1 {
                return [Signs::ALL; 2];
            }
            let near = edges[position];
            let far = match near & ends {
                0 => self.signs_of(bits(near).fold(0, |far, at| far | edges[at])),
                _ => Signs::ALL,
            };
            [self.signs_of(near), far]
        };
        let [before, far_before] = side(&self.precede, self.first);
        let [after, far_after] = side(&self.follow, self.last);
        let [need_before, need_after] = self.around[position];
        let need = |edges, anchors: Option<Anchors>| self.need(edges, position, anchors?.positions);
        let needs = [need(&self.precede, need_before), need(&self.follow, need_after)];
        Beside { near: [before, after], far: [far_before, far_after], needs }
    }

    /// The need of some positions that every match passes on its way along the edges from `position`.
    /// `None` where one of them takes a class.
    fn need(&self, edges: &[u128], position: usize, wanted: u128) -> Option<Need> {
        let classes = self.classes.iter().fold(self.any, |all, class| all | class);
        if wanted & classes != 0 {
            return None;
        }
        let mut words = Words::default();
        let named = self.takes.iter().filter(|(_, takes)| **takes & wanted != 0);
        named.for_each(|(word, _)| words.add(*word));
        // Edges never lead in a circle, so the last step that still comes to one of them ends.
        let (mut live, mut step, mut within) = (1 << position, 0, 0);
        while live != 0 {
            live = bits(live).fold(0, |all, at| all | edges[at]);
            step += 1;
            if live & wanted != 0 {
                within = step;
            }
        }
        Some(Need { words, within })
    }
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
        Node::Words(_) | Node::Class(_) | Node::Any => {
            let at = *next;
            *next += 1;
            (*node != Node::Any).then(|| Anchors { positions: 1 << at, cost: costs[at] })
        }
        Node::Opt(inner) => {
            anchors(inner, costs, next);
            None
        }
        Node::Seq(items) => {
            let all: Vec<_> = items.iter().map(|item| anchors(item, costs, next)).collect();
            cheapest(all)
        }
        Node::Alt(alternatives) => {
            let all: Vec<_> = alternatives.iter().map(|node| anchors(node, costs, next)).collect();
            all.into_iter().try_fold(Anchors { positions: 0, cost: 0.0 }, |all, one| {
                let one = one?;
                let positions = all.positions | one.positions;
                Some(Anchors { positions, cost: all.cost + one.cost })
            })
        }
    }
}

/// For each position of a node, in order, the cheapest anchors before and after it. `around` are those of
/// the node itself.
fn surround(
    node: &Node,
    costs: &[f32],
    around: [Option<Anchors>; 2],
    out: &mut Vec<[Option<Anchors>; 2]>,
) {
    match node {
        Node::Words(_) | Node::Class(_) | Node::Any => out.push(around),
        Node::Opt(inner) => surround(inner, costs, around, out),
        Node::Alt(alternatives) => {
            alternatives.iter().for_each(|node| surround(node, costs, around, out));
        }
        Node::Seq(items) => {
            let mut next = out.len();
            let own: Vec<_> = items.iter().map(|item| anchors(item, costs, &mut next)).collect();
            let mut before = around[0];
            for (at, item) in items.iter().enumerate() {
                let after = own[at + 1..].iter().copied().chain([around[1]]);
                surround(item, costs, [before, cheapest(after)], out);
                before = cheapest([before, own[at]]);
            }
        }
    }
}
