//! Logistic regression with a few weights, by Newton's method.

use nalgebra::{SMatrix, SVector};

/// A point to fit: its values, and whether the thing is there.
pub(super) type Point<const N: usize> = ([f32; N], bool);

/// The weights that make the points most likely, each pulled towards its `prior` with its strength of `pull`:
/// as much as that many points that each hold a quarter of a bit of surprise.
pub(super) fn fit<const N: usize>(
    points: &[Point<N>],
    prior: [f32; N],
    pull: [f64; N],
) -> [f32; N] {
    let prior = SVector::<f64, N>::from_iterator(prior.map(f64::from));
    let pull = SVector::<f64, N>::from(pull);
    let mut weights = prior;
    for _ in 0..50 {
        let mut gradient = (weights - prior).component_mul(&pull);
        let mut curvature = SMatrix::<f64, N, N>::from_diagonal(&pull.map(|one| one.max(1e-6)));
        for (values, there) in points {
            let values = SVector::<f64, N>::from_iterator(values.map(f64::from));
            let p = 1.0 / (1.0 + (-weights.dot(&values)).exp());
            gradient += values * (p - f64::from(u8::from(*there)));
            curvature += values * values.transpose() * (p * (1.0 - p));
        }
        let Some(solved) = curvature.cholesky() else { break };
        let mut step = solved.solve(&gradient);
        // A far step may overshoot where the likelihood is flat.
        let length = step.norm();
        if length > 2.0 {
            step *= 2.0 / length;
        }
        weights -= step;
        if length < 1e-8 {
            break;
        }
    }
    weights.map(|weight| weight as f32).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_finds_the_weights_that_made_the_points() {
        let mut rng = fastrand::Rng::with_seed(4);
        let points: Vec<Point<2>> = (0..40_000)
            .map(|_| {
                let x = rng.f32() * 8.0 - 4.0;
                ([x, 1.0], rng.f32() < 1.0 / (1.0 + (-(0.7 * x - 1.2)).exp()))
            })
            .collect();
        let [slope, shift] = fit(&points, [1.0, 0.0], [1e-3; 2]);
        assert!((slope - 0.7).abs() < 0.03 && (shift + 1.2).abs() < 0.05, "{slope} {shift}");
    }

    #[test]
    fn few_points_stay_near_the_prior_and_separable_ones_stay_finite() {
        let points = [([2.0, 1.0], true), ([-2.0, 1.0], false)];
        let near = fit(&points, [1.0, 0.0], [50.0; 2]);
        assert!((near[0] - 1.0).abs() < 0.05 && near[1].abs() < 0.05, "{near:?}");
        assert!(fit(&points, [1.0, 0.0], [0.01; 2]).iter().all(|weight| weight.is_finite()));
        let held = fit(&points, [1.0, 0.5], [0.01, 1e6]);
        assert!(held[0] > 1.5 && (held[1] - 0.5).abs() < 0.01, "{held:?}");
        assert_eq!(fit::<1>(&[], [0.5], [1.0]), [0.5]);
    }
}
