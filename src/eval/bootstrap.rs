//! Intervals by resampling rows, so that a small set does not look surer than it is.
//!
//! The percentile bootstrap of Efron and Tibshirani, *An Introduction to the Bootstrap* (1993),
//! ch. 13: rows are drawn with replacement, as many as there are, the figures computed anew, and the
//! middle 95 % of them is the interval. Rows of one conversation are drawn apart although they hang
//! together, so the intervals of such sets are somewhat too narrow.

use rayon::prelude::*;

/// The share of the resamples that an interval covers.
pub const LEVEL: f64 = 0.95;

/// Fixed, so that the same rows give the same intervals.
const SEED: u64 = 0x756e_7365_6c6c;

/// Intervals of the figures that `figures` computes from row weights, in its order. A figure that is
/// undefined in some resamples is judged by the others, and has no interval when it is undefined in
/// more than half. The result does not depend on the number of threads.
pub fn intervals(
    rows: usize,
    resamples: u32,
    figures: impl Fn(&[u32]) -> Vec<Option<f64>> + Sync,
) -> Vec<Option<(f64, f64)>> {
    if rows == 0 || resamples == 0 {
        return vec![None; figures(&[]).len()];
    }
    let drawn: Vec<Vec<Option<f64>>> = (0..resamples)
        .into_par_iter()
        .map_init(
            || vec![0; rows],
            |weights, resample| {
                weights.fill(0);
                let mut random = fastrand::Rng::with_seed(SEED + u64::from(resample));
                for _ in 0..rows {
                    weights[random.usize(..rows)] += 1;
                }
                figures(weights)
            },
        )
        .collect();
    let width = drawn.first().map_or(0, Vec::len);
    (0..width)
        .map(|at| {
            let mut values: Vec<f64> =
                drawn.iter().filter_map(|figures| figures.get(at).copied().flatten()).collect();
            if values.len() * 2 < drawn.len() {
                return None;
            }
            values.sort_unstable_by(f64::total_cmp);
            let tail = (1.0 - LEVEL) / 2.0;
            Some((percentile(&values, tail)?, percentile(&values, 1.0 - tail)?))
        })
        .collect()
}

/// The value below which the share `at` of the sorted values lies, linear between neighbours.
fn percentile(sorted: &[f64], at: f64) -> Option<f64> {
    let place = at * sorted.len().checked_sub(1)? as f64;
    let low = sorted.get(place.floor() as usize)?;
    let high = sorted.get(place.ceil() as usize)?;
    Some(low + (high - low) * place.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The share of the rows that are among the first `ones`.
    fn share(ones: usize) -> impl Fn(&[u32]) -> Vec<Option<f64>> {
        move |weights| {
            let all: u32 = weights.iter().sum();
            let part: u32 = weights.iter().take(ones).sum();
            vec![(all > 0).then(|| f64::from(part) / f64::from(all)), None]
        }
    }

    #[test]
    fn the_interval_of_a_share_is_near_the_normal_one() {
        let intervals = intervals(400, 1000, share(120));
        let (low, high) = intervals[0].unwrap();
        // 0.3 ± 1.96 · sqrt(0.3 · 0.7 / 400) = 0.2551 … 0.3449
        assert!((low - 0.2551).abs() < 0.01, "{low}");
        assert!((high - 0.3449).abs() < 0.01, "{high}");
        assert_eq!(intervals[1], None, "never defined");
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| intervals(50, 200, share(20)))
        };
        assert_eq!(on(1), on(3));
    }

    #[test]
    fn without_rows_or_resamples_there_are_no_intervals() {
        assert_eq!(intervals(0, 10, share(1)), [None, None]);
        assert_eq!(intervals(10, 0, share(1)), [None, None]);
    }

    #[test]
    fn percentiles_lie_between_neighbours() {
        // numpy.percentile([1, 2, 4, 8], [2.5, 50, 97.5]) = 1.075, 3.0, 7.7
        for (at, expected) in [(0.025, 1.075), (0.5, 3.0), (0.975, 7.7)] {
            let value = percentile(&[1.0, 2.0, 4.0, 8.0], at).unwrap();
            assert!((value - expected).abs() < 1e-12);
        }
    }
}
