//! The formulas, free of everything about talk.
//!
//! Every figure is a function of *weights*, how often each row counts. All ones give the figure
//! itself, the draws of a bootstrap resample give a resampled one, and zeros for the rows outside a
//! group give the group's; so each formula is written once.
//!
//! - Precision, recall and F1: van Rijsbergen, *Information Retrieval*, 2nd ed. (1979), ch. 7.
//!   Without a denominator they are undefined (`None`), never a made-up 0 or 1.
//! - Micro averages add the counts of all targets; macro averages take the mean over the targets
//!   that occur in the truth, an undefined precision counting 0 there (Manning, Raghavan and Schütze,
//!   *Introduction to Information Retrieval* (2008), ch. 13.6). False alarms of a target that never
//!   occurs show in the micro average and not in the macro one.
//! - AUROC: the chance that a positive row scores above a negative one, a tie counting one half; this
//!   is the Mann–Whitney statistic with mid-ranks (Hanley and McNeil, *Radiology* 143 (1982)).
//! - Average precision: the sum over score levels, from the top, of precision times the recall gained
//!   there, with no interpolation; rows of one score enter together.
//! - Expected calibration error: mean distance between score and observed share over ten bins of
//!   equal width, weighted by the rows in each (Naeini, Cooper and Hauskrecht, AAAI 2015).

/// How often a target was rightly seen, wrongly seen and missed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Seen and there.
    pub correct: u64,
    /// Seen and not there.
    pub false_alarms: u64,
    /// There and not seen.
    pub missed: u64,
}

impl Counts {
    /// How often it is there.
    pub fn support(self) -> u64 {
        self.correct + self.missed
    }

    /// How often it was seen.
    pub fn predicted(self) -> u64 {
        self.correct + self.false_alarms
    }

    /// The share of what was seen that is there.
    pub fn precision(self) -> Option<f64> {
        ratio(self.correct, self.predicted())
    }

    /// The share of what is there that was seen.
    pub fn recall(self) -> Option<f64> {
        ratio(self.correct, self.support())
    }

    /// The harmonic mean of precision and recall, as `2tp / (2tp + fp + fn)`.
    pub fn f1(self) -> Option<f64> {
        ratio(2 * self.correct, 2 * self.correct + self.false_alarms + self.missed)
    }
}

impl std::ops::Add for Counts {
    type Output = Counts;

    fn add(self, other: Counts) -> Counts {
        Counts {
            correct: self.correct + other.correct,
            false_alarms: self.false_alarms + other.false_alarms,
            missed: self.missed + other.missed,
        }
    }
}

/// The micro average of a measure: the measure of the added counts.
pub fn micro(counts: &[Counts], measure: fn(Counts) -> Option<f64>) -> Option<f64> {
    measure(counts.iter().fold(Counts::default(), |sum, one| sum + *one))
}

/// The macro average of a measure over the targets that occur; `None` where none does.
pub fn macro_average(counts: &[Counts], measure: fn(Counts) -> Option<f64>) -> Option<f64> {
    let occurring = counts.iter().filter(|one| one.support() > 0);
    let (sum, number) = occurring
        .map(|one| measure(*one).unwrap_or(0.0))
        .fold((0.0, 0.0), |(sum, number), value| (sum + value, number + 1.0));
    (number > 0.0).then(|| sum / number)
}

/// The share `part / whole`; `None` of nothing.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// Rows from the highest score to the lowest. Sorted once, then read under any weights.
#[derive(Debug, Clone)]
pub struct Ranking {
    ranked: Vec<Ranked>,
}

#[derive(Debug, Clone, Copy)]
struct Ranked {
    row: u32,
    positive: bool,
    /// Whether the row before has the same score.
    tied: bool,
}

impl Ranking {
    /// Ranks rows given as (index into the weights, score, whether positive).
    pub fn new(rows: impl IntoIterator<Item = (u32, f64, bool)>) -> Ranking {
        let mut rows: Vec<_> = rows.into_iter().collect();
        rows.sort_by(|a, b| b.1.total_cmp(&a.1));
        let mut last = None;
        let ranked = rows
            .into_iter()
            .map(|(row, score, positive)| {
                let tied = last == Some(score);
                last = Some(score);
                Ranked { row, positive, tied }
            })
            .collect();
        Ranking { ranked }
    }

    /// How many rows are positive and how many negative, each counted once.
    pub fn sides(&self) -> (u64, u64) {
        let positives = self.ranked.iter().filter(|ranked| ranked.positive).count();
        (positives as u64, (self.ranked.len() - positives) as u64)
    }

    /// The area under the ROC curve; `None` unless both sides have weight.
    pub fn auroc(&self, weights: &[u32]) -> Option<f64> {
        let (mut area, mut above) = (0.0, 0.0);
        let (positives, negatives) = self.each_level(weights, |positives, negatives| {
            area += negatives * (above + positives / 2.0);
            above += positives;
        });
        (positives > 0.0 && negatives > 0.0).then(|| area / (positives * negatives))
    }

    /// The average precision; `None` unless a positive row has weight.
    pub fn average_precision(&self, weights: &[u32]) -> Option<f64> {
        let (mut sum, mut found, mut seen) = (0.0, 0.0, 0.0);
        let (all, _) = self.each_level(weights, |positives, negatives| {
            found += positives;
            seen += positives + negatives;
            if seen > 0.0 {
                sum += positives * found / seen;
            }
        });
        (all > 0.0).then(|| sum / all)
    }

    /// Hands the weights of the positives and negatives at each score to `level`, from the top;
    /// returns their totals.
    fn each_level(&self, weights: &[u32], mut level: impl FnMut(f64, f64)) -> (f64, f64) {
        let (mut here, mut total) = ([0.0; 2], [0.0; 2]);
        for ranked in &self.ranked {
            if !ranked.tied {
                level(here[0], here[1]);
                here = [0.0; 2];
            }
            let weight = f64::from(weights.get(ranked.row as usize).copied().unwrap_or(0));
            let side = usize::from(!ranked.positive);
            here[side] += weight;
            total[side] += weight;
        }
        level(here[0], here[1]);
        (total[0], total[1])
    }
}

/// A bin of scores, and what came of them.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Bin {
    /// Scores in it.
    pub count: u64,
    /// Their sum.
    pub sum: f64,
    /// How many of them were right.
    pub positives: u64,
}

/// Ten bins of equal width over 0 to 1; a score on a border falls into the upper bin, 1 into the last.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Reliability {
    /// The bins, ascending.
    pub bins: [Bin; Reliability::BINS],
}

impl Reliability {
    /// The number of bins.
    pub const BINS: usize = 10;

    /// Takes a score and whether what it speaks of was there.
    pub fn add(&mut self, score: f64, positive: bool) {
        // The cast keeps to the range: below 0 and not-a-number become 0.
        let at = ((score * Self::BINS as f64) as usize).min(Self::BINS - 1);
        let bin = &mut self.bins[at];
        bin.count += 1;
        bin.sum += score;
        bin.positives += u64::from(positive);
    }

    /// The expected calibration error; `None` without scores.
    pub fn error(&self) -> Option<f64> {
        let count: u64 = self.bins.iter().map(|bin| bin.count).sum();
        let distance: f64 =
            self.bins.iter().map(|bin| (bin.sum - bin.positives as f64).abs()).sum();
        (count > 0).then(|| distance / count as f64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TRUTH: [bool; 12] =
        [true, false, true, true, false, false, true, false, false, true, false, false];
    const SCORES: [f64; 12] = [0.9, 0.8, 0.8, 0.7, 0.55, 0.5, 0.5, 0.5, 0.3, 0.2, 0.1, 0.0];

    fn ranking(scores: &[f64], truth: &[bool]) -> Ranking {
        let rows = scores.iter().zip(truth).enumerate();
        Ranking::new(rows.map(|(row, (score, positive))| (row as u32, *score, *positive)))
    }

    fn near(value: Option<f64>, expected: f64) {
        let value = value.expect("the figure is defined");
        assert!((value - expected).abs() < 1e-12, "{value} is not {expected}");
    }

    #[test]
    fn ranking_figures_are_those_of_scikit_learn() {
        let ranking = ranking(&SCORES, &TRUTH);
        let ones = [1; 12];
        near(ranking.auroc(&ones), 0.7285714285714285); // roc_auc_score(y, s)
        near(ranking.average_precision(&ones), 0.6833333333333333); // average_precision_score(y, s)
        assert_eq!(ranking.sides(), (5, 7));
    }

    #[test]
    fn weighted_ranking_figures_are_those_of_scikit_learn() {
        let ranking = ranking(&SCORES, &TRUTH);
        let weights = [2, 1, 0, 3, 1, 1, 1, 2, 0, 1, 1, 2];
        // The same functions with sample_weight=w.
        near(ranking.auroc(&weights), 0.7946428571428572);
        near(ranking.average_precision(&weights), 0.8041125541125542);
    }

    #[test]
    fn counts_and_averages_are_those_of_scikit_learn() {
        // precision_recall_fscore_support(T, P, average=…, zero_division=0) of an 8 × 4 case; the
        // macro average with labels=[0, 1, 2], the fourth never occurring.
        let of = |correct, false_alarms, missed| Counts { correct, false_alarms, missed };
        let counts = [of(3, 1, 1), of(2, 1, 1), of(0, 0, 2), of(0, 1, 0)];
        near(counts[0].precision(), 0.75);
        near(counts[1].f1(), 2.0 / 3.0);
        near(micro(&counts, Counts::precision), 0.625);
        near(micro(&counts, Counts::recall), 0.5555555555555556);
        near(micro(&counts, Counts::f1), 0.5882352941176471);
        near(macro_average(&counts, Counts::precision), 0.47222222222222215);
        near(macro_average(&counts, Counts::f1), 0.47222222222222215);
    }

    #[test]
    fn what_has_no_denominator_is_undefined() {
        let none = Counts::default();
        assert_eq!((none.precision(), none.recall(), none.f1()), (None, None, None));
        assert_eq!(macro_average(&[none], Counts::f1), None);
        let one_sided = ranking(&[0.1, 0.2], &[true, true]);
        assert_eq!(one_sided.auroc(&[1, 1]), None);
        assert_eq!(ranking(&[0.1], &[false]).average_precision(&[1]), None);
        assert_eq!(Reliability::default().error(), None);
    }

    #[test]
    fn the_calibration_error_is_that_of_scikit_learn() {
        // sum(n / len(s) * abs(pt - pp)) with pt, pp = calibration_curve(y, s, n_bins=10) and n from
        // numpy.histogram(s, bins=10, range=(0, 1)).
        let scores = [0.91, 0.83, 0.86, 0.72, 0.55, 0.51, 0.51, 0.51, 0.33, 0.24, 0.12, 0.03];
        let mut reliability = Reliability::default();
        for (score, positive) in scores.into_iter().zip(TRUTH) {
            reliability.add(score, positive);
        }
        near(reliability.error(), 0.2816666666666666);
        assert_eq!(reliability.bins[5].count, 4);
    }

    #[test]
    fn scores_out_of_range_stay_in_the_outer_bins() {
        let mut reliability = Reliability::default();
        for score in [-1.0, 0.0, 1.0, 7.0] {
            reliability.add(score, true);
        }
        assert_eq!((reliability.bins[0].count, reliability.bins[9].count), (2, 2));
    }

    prop_compose! {
        /// Scores on a coarse grid, so that ties are common, with truth and weights.
        fn case()(rows in prop::collection::vec((0..20i32, any::<bool>(), 0..4u32), 1..60))
            -> (Vec<f64>, Vec<bool>, Vec<u32>) {
            let scores = rows.iter().map(|row| f64::from(row.0) / 20.0).collect();
            let truth = rows.iter().map(|row| row.1).collect();
            (scores, truth, rows.iter().map(|row| row.2).collect())
        }
    }

    proptest! {
        #[test]
        fn only_the_order_of_the_scores_matters((scores, truth, weights) in case()) {
            let stretched: Vec<f64> = scores.iter().map(|score| (3.0 * score).exp() - 9.0).collect();
            let (plain, other) = (ranking(&scores, &truth), ranking(&stretched, &truth));
            prop_assert_eq!(plain.auroc(&weights), other.auroc(&weights));
            prop_assert_eq!(plain.average_precision(&weights), other.average_precision(&weights));
        }

        #[test]
        fn turning_the_scores_around_turns_the_auroc_around((scores, truth, weights) in case()) {
            let turned: Vec<f64> = scores.iter().map(|score| -score).collect();
            let there = ranking(&scores, &truth).auroc(&weights);
            let back = ranking(&turned, &truth).auroc(&weights);
            match (there, back) {
                (Some(there), Some(back)) => prop_assert!((there + back - 1.0).abs() < 1e-9),
                sides => prop_assert_eq!(sides, (None, None)),
            }
        }

        #[test]
        fn a_weight_is_as_many_rows((scores, truth, weights) in case()) {
            let mut repeated = (Vec::new(), Vec::new());
            for (at, weight) in weights.iter().enumerate() {
                for _ in 0..*weight {
                    repeated.0.push(scores[at]);
                    repeated.1.push(truth[at]);
                }
            }
            let ones = vec![1; repeated.0.len()];
            let (weighted, spelled) = (ranking(&scores, &truth), ranking(&repeated.0, &repeated.1));
            prop_assert_eq!(weighted.auroc(&weights), spelled.auroc(&ones));
        }

        #[test]
        fn f1_lies_between_precision_and_recall(correct in 0..50u64, false_alarms in 0..50u64, missed in 0..50u64) {
            let counts = Counts { correct, false_alarms, missed };
            for share in [counts.precision(), counts.recall(), counts.f1()].into_iter().flatten() {
                prop_assert!((0.0..=1.0).contains(&share));
            }
            if let (Some(p), Some(r), Some(f)) = (counts.precision(), counts.recall(), counts.f1()) {
                prop_assert!(p.min(r) - 1e-12 <= f && f <= p.max(r) + 1e-12);
            }
        }
    }
}
