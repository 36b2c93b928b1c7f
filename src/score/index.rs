//! The index: how the two poles of an axis weigh against each other, and how sure that is.
//!
//! The share of building evidence is taken to have a Beta distribution. Its prior, Beta(2, 2), is
//! even and mild. The findings' scores give the share; how much they count as independent evidence
//! is less than their number, since ten repeats of one tic tell less than ten different things.
//! Each behaviour is a cluster in the sense of survey sampling, and Kish's design effect shrinks
//! what it counts for. The share itself is not shrunk, so a call twice as long with twice of
//! everything has the same share.

use serde::{Deserialize, Serialize};
use statrs::distribution::{Beta, ContinuousCDF};

use crate::taxonomy::Behaviour;

/// Weight of each side before anything was found.
const PRIOR: f64 = 2.0;

/// How alike findings of one behaviour in one conversation are taken to be: an assumption. A
/// behaviour, however often repeated, counts at most as `1 / ALIKE` independent findings.
const ALIKE: f64 = 0.2;

/// Independent evidence and words from which the index rests on enough.
const ENOUGH_EVIDENCE: f64 = 4.0;
const ENOUGH_WORDS: u64 = 200;

/// Whether an index rests on enough to be taken at its word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Sufficiency {
    /// Nothing was found.
    None,
    /// Less than four independent findings' worth, or under 200 words.
    Thin,
    /// More than that.
    Enough,
}

impl Sufficiency {
    /// The identifier used in reports.
    pub fn id(self) -> &'static str {
        match self {
            Sufficiency::None => "none",
            Sufficiency::Thin => "thin",
            Sufficiency::Enough => "enough",
        }
    }
}

/// The index of an axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Balance {
    /// From 0, all drains, to 100, all builds; 50 for an even or empty record.
    pub index: f64,
    /// Lower end of the 90 % interval.
    pub low: f64,
    /// Upper end of the 90 % interval.
    pub high: f64,
    /// Whether it rests on enough.
    pub evidence: Sufficiency,
}

/// Weighs findings of one axis, each a behaviour and a score from 0 to 1, said in so many words.
pub fn balance(findings: impl Iterator<Item = (Behaviour, f64)>, words: u64) -> Balance {
    let mut weights = [0.0_f64; Behaviour::COUNT];
    for (behaviour, score) in findings {
        weights[behaviour.index()] += score.clamp(0.0, 1.0);
    }
    let (mut builds, mut all, mut independent) = (0.0, 0.0, 0.0);
    for behaviour in Behaviour::all() {
        let weight = weights[behaviour.index()];
        all += weight;
        builds += if behaviour.pole().drains() { 0.0 } else { weight };
        independent += weight / (1.0 + ALIKE * (weight - 1.0).max(0.0));
    }
    let share = if all > 0.0 { builds / all } else { 0.5 };
    let alpha = PRIOR + independent * share;
    let beta = PRIOR + independent * (1.0 - share);
    let index = 100.0 * alpha / (alpha + beta);
    let evidence = match all {
        0.0 => Sufficiency::None,
        _ if independent < ENOUGH_EVIDENCE || words < ENOUGH_WORDS => Sufficiency::Thin,
        _ => Sufficiency::Enough,
    };
    Balance {
        index,
        low: quantile(alpha, beta, 0.05).min(index),
        high: quantile(alpha, beta, 0.95).max(index),
        evidence,
    }
}

/// A quantile of a Beta distribution in percent.
fn quantile(alpha: f64, beta: f64, probability: f64) -> f64 {
    // Both parameters are finite and at least PRIOR, so the distribution exists.
    Beta::new(alpha, beta).map_or(50.0, |beta| 100.0 * beta.inverse_cdf(probability))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(list: &[(&str, usize, f64)]) -> Vec<(Behaviour, f64)> {
        let named = |&(id, times, score): &(&str, usize, f64)| {
            let behaviour = Behaviour::from_id(id).expect("a behaviour");
            std::iter::repeat_n((behaviour, score), times)
        };
        list.iter().flat_map(named).collect()
    }

    fn index(list: &[(&str, usize, f64)]) -> Balance {
        balance(found(list).into_iter(), 2000)
    }

    #[track_caller]
    fn assert_near(balance: Balance, expected: [f64; 3]) {
        let Balance { index, low, high, .. } = balance;
        for (got, want) in [index, low, high].into_iter().zip(expected) {
            assert!((got - want).abs() < 1e-6, "{balance:?} is not {expected:?}");
        }
    }

    #[test]
    fn index_and_interval_are_those_computed_elsewhere() {
        // Values by mpmath at 30 digits, bisecting its regularized incomplete beta function.
        assert_near(index(&[]), [50.0, 13.535_036_217, 86.464_963_783]);
        assert_near(index(&[("celebrate", 1, 1.0)]), [60.0, 24.860_462_573, 90.238_853_711]);
        assert_near(
            index(&[("celebrate", 10, 1.0)]),
            [73.584_905_660, 45.464_788_890, 94.293_932_375],
        );
        let mixed = index(&[
            ("pressure", 1, 1.0),
            ("imposing", 1, 1.0),
            ("celebrate", 1, 1.0),
            ("experiment", 1, 1.0),
            ("set-example", 1, 1.0),
            ("clarify-values", 1, 1.0),
            ("envision-future", 1, 1.0),
            ("enlist-others", 1, 1.0),
        ]);
        assert_near(mixed, [66.666_666_667, 43.562_581_171, 86.492_452_708]);
    }

    #[test]
    fn ten_repeats_of_one_tic_count_for_less_than_ten_different_things() {
        let tic = index(&[("buzzwords", 8, 1.0)]);
        let all: Vec<_> = ["funnel", "shut-down", "buzzwords", "framing", "knowing-the-way"]
            .into_iter()
            .chain(["telling", "transaction", "swaying"])
            .map(|id| (id, 1, 1.0))
            .collect();
        assert!(tic.index > index(&all).index + 5.0);
        assert!(tic.high - tic.low > index(&all).high - index(&all).low);
        assert_eq!(tic.evidence, Sufficiency::Thin);
        assert_eq!(index(&all).evidence, Sufficiency::Enough);
    }

    #[test]
    fn evidence_is_none_thin_or_enough_by_the_stated_rules() {
        assert_eq!(index(&[]).evidence, Sufficiency::None);
        assert_eq!(index(&[("celebrate", 1, 0.4)]).evidence, Sufficiency::Thin);
        let four = [("celebrate", 2, 1.0), ("pressure", 2, 1.0), ("imposing", 1, 1.0)];
        assert_eq!(index(&four).evidence, Sufficiency::Enough);
        assert_eq!(balance(found(&four).into_iter(), 199).evidence, Sufficiency::Thin);
    }

    #[test]
    fn a_call_twice_as_long_with_twice_of_everything_stays_on_its_side_and_gets_surer() {
        let short = index(&[("pressure", 2, 0.9), ("experiment", 4, 0.9)]);
        let long = index(&[("pressure", 20, 0.9), ("experiment", 40, 0.9)]);
        assert!(long.index > short.index && long.index < 67.0);
        assert!(long.high - long.low < short.high - short.low);
    }

    fn any_findings() -> impl Strategy<Value = Vec<(Behaviour, f64)>> {
        let behaviours: Vec<_> = Behaviour::all().collect();
        prop::collection::vec((prop::sample::select(behaviours), 0.0..=1.0), 0..120)
    }

    proptest! {
        #[test]
        fn the_index_lies_in_its_interval(findings in any_findings()) {
            let b = balance(findings.into_iter(), 1000);
            prop_assert!(0.0 < b.low && b.low <= b.index && b.index <= b.high && b.high < 100.0);
        }

        #[test]
        fn one_more_finding_never_moves_the_index_the_wrong_way_from_even(score in 0.01..=1.0) {
            let up = index(&[("celebrate", 1, score)]).index;
            let down = index(&[("pressure", 1, score)]).index;
            prop_assert!(50.0 < up && up <= 60.0 && (up + down - 100.0).abs() < 1e-9);
        }

        #[test]
        fn the_order_of_findings_does_not_matter(findings in any_findings()) {
            let forward = balance(findings.iter().copied(), 1000);
            let backward = balance(findings.iter().rev().copied(), 1000);
            prop_assert!((forward.index - backward.index).abs() < 1e-9);
        }
    }
}
