//! What can label an utterance, seen from outside.
//!
//! The lexicon, a classifier and the two together differ inside and look the same from here, which
//! lets `label` and `eval` treat them alike and put several side by side.

use crate::finding::Evidence;
use crate::taxonomy::{Behaviour, Role};

/// Labels utterances. Shared between threads.
pub trait Labeller: Send + Sync {
    /// The name that reports give it, such as `lexicon`.
    fn name(&self) -> &str;

    /// Labels utterances, in order. May use all threads of the current rayon pool; what it says of
    /// one utterance does not hang on the others.
    fn label(&self, said: &[Said]) -> Vec<Labelling>;
}

impl<T: Labeller + ?Sized> Labeller for std::sync::Arc<T> {
    fn name(&self) -> &str {
        (**self).name()
    }

    fn label(&self, said: &[Said]) -> Vec<Labelling> {
        (**self).label(said)
    }
}

/// One utterance to label.
#[derive(Debug, Clone, Copy)]
pub struct Said<'a> {
    /// The speaker's role.
    pub role: Role,
    /// What was said just before, or empty.
    pub prev: &'a str,
    /// What was said.
    pub text: &'a str,
}

/// What a labeller says of one utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Labelling {
    /// The calibrated probability of each behaviour, from 0 to 1, in the order of [`Behaviour::all`].
    pub scores: [f32; Behaviour::COUNT],
    /// The behaviours that pass the labeller's own thresholds.
    pub labels: Vec<Behaviour>,
    /// What the labels rest on.
    pub evidence: Vec<(Behaviour, Evidence)>,
}

impl Default for Labelling {
    fn default() -> Labelling {
        Labelling { scores: [0.0; Behaviour::COUNT], labels: Vec::new(), evidence: Vec::new() }
    }
}

impl Labelling {
    /// The same, held to the role rules: only behaviours on whose axis `role` is judged remain among
    /// the labels and the evidence, each label once and in the order of the taxonomy. The scores stay
    /// as they are, since they speak of the words and not of who says them.
    pub fn judged(mut self, role: Role) -> Labelling {
        self.labels.retain(|behaviour| role.judged_on(behaviour.axis()));
        self.labels.sort_unstable();
        self.labels.dedup();
        self.evidence.retain(|(behaviour, _)| role.judged_on(behaviour.axis()));
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Axis;

    #[test]
    fn each_role_keeps_only_the_axes_it_is_judged_on() {
        let rule = |b: Behaviour| Evidence::Lexicon { rule: format!("{b}.test"), weight: 0.9 };
        // Backwards and each twice: what a careless labeller might hand over.
        let mut labels: Vec<_> = Behaviour::all().flat_map(|b| [b, b]).collect();
        labels.reverse();
        let everything = Labelling {
            scores: [0.5; Behaviour::COUNT],
            labels,
            evidence: Behaviour::all().map(|b| (b, rule(b))).collect(),
        };
        for (role, axes) in [
            (Role::Seller, &[Axis::Selling][..]),
            (Role::Leader, &[Axis::Leading]),
            (Role::Unknown, &Axis::ALL),
            (Role::Buyer, &[]),
            (Role::Member, &[]),
        ] {
            let judged = everything.clone().judged(role);
            let expected: Vec<_> = Behaviour::all().filter(|b| axes.contains(&b.axis())).collect();
            assert_eq!(judged.labels, expected, "{role:?}");
            assert_eq!(judged.evidence.len(), expected.len(), "{role:?}");
            assert_eq!(judged.scores, everything.scores);
        }
    }
}
