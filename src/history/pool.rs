//! Figures over several calls, with 90 % intervals.

use statrs::distribution::{ContinuousCDF, Gamma};

/// The 95 % quantile of the normal distribution, which ends a 90 % interval.
const Z: f64 = 1.644_853_626_951_472;

/// A figure with its 90 % interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The figure.
    pub value: f64,
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The mean of the indices of several calls, each with its interval. Calls differ also for reasons
/// other than chance, so this is a meta-analysis with random effects (DerSimonian and Laird, 1986):
/// a call counts by how sure it is, but the less so the more the calls disagree. One call is itself.
pub fn mean_index(calls: &[Estimate]) -> Option<Estimate> {
    if let [one] = calls {
        return Some(*one);
    }
    // An interval of no width would count for infinitely much.
    let variances: Vec<f64> =
        calls.iter().map(|call| ((call.high - call.low) / (2.0 * Z)).max(0.5).powi(2)).collect();
    let weighted = |between: f64| {
        let weights = variances.iter().map(|variance| 1.0 / (variance + between));
        let total: f64 = weights.clone().sum();
        let sum: f64 = weights.zip(calls).map(|(weight, call)| weight * call.value).sum();
        (sum / total, total)
    };
    let (fixed, total) = weighted(0.0);
    let spread: f64 =
        calls.iter().zip(&variances).map(|(call, v)| (call.value - fixed).powi(2) / v).sum();
    let squares: f64 = variances.iter().map(|variance| variance.powi(-2)).sum();
    let freedom = calls.len().checked_sub(1)? as f64;
    let between = ((spread - freedom) / (total - squares / total)).max(0.0);
    let (value, total) = weighted(if between.is_finite() { between } else { 0.0 });
    let reach = Z / total.sqrt();
    Some(Estimate { value, low: (value - reach).max(0.0), high: (value + reach).min(100.0) })
}

/// Findings per 1,000 words, with the exact interval of a Poisson count (Garwood, 1936). `None`
/// where nothing was said.
pub fn rate(count: u64, words: u64) -> Option<Estimate> {
    if words == 0 {
        return None;
    }
    let scale = 1000.0 / words as f64;
    let quantile = |shape: u64, share: f64| match shape {
        0 => 0.0,
        shape => Gamma::new(shape as f64, 1.0).map_or(0.0, |gamma| gamma.inverse_cdf(share)),
    };
    Some(Estimate {
        value: count as f64 * scale,
        low: quantile(count, 0.05) * scale,
        high: quantile(count + 1, 0.95) * scale,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn estimate(value: f64, reach: f64) -> Estimate {
        Estimate { value, low: value - reach, high: value + reach }
    }

    #[test]
    fn calls_that_agree_narrow_the_interval_and_calls_that_do_not_widen_it() {
        let agreeing = mean_index(&[estimate(60.0, 10.0); 4]).expect("a mean");
        assert!((agreeing.value - 60.0).abs() < 1e-9);
        assert!((agreeing.high - agreeing.value - 5.0).abs() < 1e-9);
        let differing = [40.0, 80.0, 45.0, 75.0].map(|value| estimate(value, 10.0));
        let differing = mean_index(&differing).expect("a mean");
        assert!((differing.value - 60.0).abs() < 1e-9 && differing.high - differing.low > 20.0);
        assert_eq!(mean_index(&[]), None);
    }

    #[test]
    fn a_sure_call_counts_for_more_and_one_call_is_itself() {
        let mean = mean_index(&[estimate(70.0, 5.0), estimate(60.0, 30.0)]).expect("a mean");
        assert!(mean.value > 69.0, "{mean:?}");
        let one = Estimate { value: 12.0, low: 3.0, high: 33.0 };
        assert_eq!(mean_index(&[one]), Some(one));
        let exact = mean_index(&[estimate(40.0, 0.0), estimate(60.0, 0.0)]).expect("a mean");
        assert!((exact.value - 50.0).abs() < 1e-9 && exact.low >= 0.0);
    }

    #[test]
    fn rates_have_the_exact_interval_of_a_count() {
        // Quantiles from tables of the Poisson distribution: 10 events, 5.43 to 16.96.
        let ten = rate(10, 1000).expect("words");
        assert!((ten.low - 5.425).abs() < 0.01 && (ten.high - 16.962).abs() < 0.01, "{ten:?}");
        let none = rate(0, 2000).expect("words");
        assert_eq!((none.value, none.low), (0.0, 0.0));
        assert!((none.high - 2.996 / 2.0).abs() < 0.01, "{none:?}");
        assert_eq!(rate(0, 0), None);
    }
}
