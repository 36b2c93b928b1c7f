//! What training minimizes: cross entropy of every behaviour, weighted.

use crate::classifier::PerBehaviour;
use crate::classifier::calibration::logistic;

/// What the outputs for an utterance should be.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    /// The probability wanted of each behaviour: 1 where it is there, 0 where not, in between where a
    /// judge would accept either.
    pub wanted: PerBehaviour,
    /// How much each behaviour counts; 0 where nobody has judged it.
    pub weight: PerBehaviour,
}

/// The loss of one utterance's outputs and its gradient. What should be there counts `positive` times
/// as much as what should not, since it is so much rarer.
pub fn loss(logits: &PerBehaviour, target: &Target, positive: f32) -> (f32, PerBehaviour) {
    let mut total = 0.0;
    let mut gradient = *logits;
    for (at, slope) in gradient.iter_mut().enumerate() {
        let (z, wanted) = (logits[at], target.wanted[at]);
        let weight = target.weight[at] * (1.0 + (positive - 1.0) * wanted);
        // max(z, 0) − z y + ln(1 + e^−|z|) is the cross entropy, and never overflows.
        total += weight * (z.max(0.0) - z * wanted + (-z.abs()).exp().ln_1p());
        *slope = weight * (logistic(z) - wanted);
    }
    (total, gradient)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Behaviour;

    #[test]
    fn the_gradient_is_the_slope_of_the_loss() {
        let mut rng = fastrand::Rng::with_seed(1);
        let mut any = |low: f32, high: f32| -> PerBehaviour {
            std::array::from_fn(|_| low + rng.f32() * (high - low))
        };
        let logits = any(-4.0, 4.0);
        let target = Target { wanted: any(0.0, 1.0), weight: any(0.0, 1.0) };
        let (_, gradient) = loss(&logits, &target, 2.0);
        for at in 0..Behaviour::COUNT {
            let shifted = |by: f32| {
                let mut logits = logits;
                logits[at] += by;
                f64::from(loss(&logits, &target, 2.0).0)
            };
            let slope = (shifted(0.05) - shifted(-0.05)) / 0.1;
            assert!((slope - f64::from(gradient[at])).abs() < 2e-3, "{at}");
        }
    }

    #[test]
    fn what_nobody_judged_does_not_count_and_large_outputs_stay_finite() {
        let target = Target { wanted: [1.0; 33], weight: [0.0; 33] };
        assert_eq!(loss(&[3.0; 33], &target, 2.0), (0.0, [0.0; 33]));
        let (total, gradient) = loss(&[-1e4; 33], &Target { weight: [1.0; 33], ..target }, 1.0);
        assert!(total.is_finite() && gradient.iter().all(|slope| (slope + 1.0).abs() < 1e-6));
    }
}
