//! From logits to probabilities that mean what they say, and from probabilities to findings.

use serde::{Deserialize, Serialize};

use crate::lexicon::Cue;
use crate::taxonomy::Role;

/// From which probability on a behaviour is found.
///
/// Where the role is not known, most of what is said is ordinary talk, in which every behaviour is
/// several times rarer than in the words of someone who is known to sell or lead; so there are two.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Threshold {
    /// For a seller or a leader.
    pub known: f32,
    /// For someone whose role is unknown.
    pub unknown: f32,
}

impl Threshold {
    /// The one for a role.
    pub fn of(self, role: Role) -> f32 {
        match role {
            Role::Unknown => self.unknown,
            _ => self.known,
        }
    }
}

/// How a logit becomes a probability (Platt, *Probabilistic Outputs for Support Vector Machines*,
/// 1999), and which is enough.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Calibration {
    /// What the logit is multiplied with.
    pub slope: f32,
    /// What is added then.
    pub shift: f32,
    /// What is added on top where the role is unknown.
    pub unknown: f32,
    /// Which probability is enough.
    pub threshold: Threshold,
}

impl Calibration {
    /// The probability as it comes out of the network.
    pub const RAW: Calibration = Calibration {
        slope: 1.0,
        shift: 0.0,
        unknown: 0.0,
        threshold: Threshold { known: 0.5, unknown: 0.5 },
    };

    /// The calibrated probability, as log odds.
    pub fn log_odds(&self, logit: f32, role: Role) -> f32 {
        let unknown = if role == Role::Unknown { self.unknown } else { 0.0 };
        self.slope * logit + self.shift + unknown
    }

    /// The calibrated probability.
    pub fn probability(&self, logit: f32, role: Role) -> f32 {
        logistic(self.log_odds(logit, role))
    }
}

/// A logistic stacker: what the two detectors say of one behaviour in one utterance becomes one
/// probability. Fitted over all behaviours at once, since each alone has too few examples.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fusion {
    /// Of the classifier's calibrated log odds.
    pub classifier: f32,
    /// Of the log odds of the lexicon's score, where a rule matched.
    pub lexicon: f32,
    /// Added where a rule matched.
    pub matched: f32,
    /// Added where a rule matched but its context, a negation or someone else's words, spoke against it.
    pub rejected: f32,
    /// Added always.
    pub shift: f32,
}

impl Fusion {
    /// The classifier alone.
    pub const CLASSIFIER: Fusion =
        Fusion { classifier: 1.0, lexicon: 0.0, matched: 0.0, rejected: 0.0, shift: 0.0 };

    /// The values that the weights are for, in the order of the fields.
    pub fn features(log_odds: f32, cue: Cue) -> [f32; 5] {
        let (lexicon, matched) = match cue.score {
            Some(score) => (logit(score), 1.0),
            None => (0.0, 0.0),
        };
        [log_odds, lexicon, matched, f32::from(u8::from(cue.rejected)), 1.0]
    }

    /// The fused probability, from the classifier's calibrated log odds and the lexicon's cue.
    pub fn probability(&self, log_odds: f32, cue: Cue) -> f32 {
        let weights = [self.classifier, self.lexicon, self.matched, self.rejected, self.shift];
        let features = Fusion::features(log_odds, cue);
        logistic(weights.iter().zip(features).map(|(weight, value)| weight * value).sum())
    }
}

/// 1 / (1 + e^−x).
pub fn logistic(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}

/// The log odds of a probability, held off the ends.
pub fn logit(p: f32) -> f32 {
    let p = p.clamp(1e-4, 1.0 - 1e-4);
    (p / (1.0 - p)).ln()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logit_undoes_logistic() {
        for x in [-6.0, -1.0, 0.0, 0.5, 4.0] {
            assert!((logit(logistic(x)) - x).abs() < 1e-3);
        }
        assert!(logit(0.0).is_finite() && logit(1.0).is_finite());
    }

    #[test]
    fn a_match_raises_and_a_rejected_one_lowers() {
        let fusion =
            Fusion { classifier: 0.9, lexicon: 0.5, matched: 1.0, rejected: -0.5, shift: -0.1 };
        let at = |score, rejected| fusion.probability(-1.0, Cue { score, rejected });
        assert!(at(Some(0.8), false) > at(None, false));
        assert!(at(None, true) < at(None, false));
    }

    #[test]
    fn an_unknown_role_has_its_own_prior_and_threshold() {
        let calibration = Calibration {
            unknown: -1.0,
            threshold: Threshold { known: 0.5, unknown: 0.7 },
            ..Calibration::RAW
        };
        assert!(
            calibration.probability(0.0, Role::Unknown)
                < calibration.probability(0.0, Role::Seller)
        );
        assert_eq!(calibration.threshold.of(Role::Unknown), 0.7);
        assert_eq!(calibration.threshold.of(Role::Leader), 0.5);
    }
}
