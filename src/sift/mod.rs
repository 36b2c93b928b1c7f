//! Which findings are kept: those sure enough, and not set aside by the settings or by a mark in the
//! note itself ([`marks`]).

pub mod marks;

use std::fmt;

use crate::finding::Finding;
use crate::taxonomy::{Behaviour, Pole, nearest};

/// A behaviour, or all of a pole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// One behaviour.
    Behaviour(Behaviour),
    /// Every behaviour of a pole.
    Pole(Pole),
}

impl What {
    /// Reads the identifier of a behaviour or a pole.
    ///
    /// # Errors
    ///
    /// A message with the nearest word that is one.
    pub fn from_id(id: &str) -> Result<What, String> {
        let behaviour = Behaviour::from_id(id).map(What::Behaviour);
        behaviour.or_else(|| Pole::from_id(id).map(What::Pole)).ok_or_else(|| {
            let poles = Pole::ALL.into_iter().map(Pole::id);
            match nearest(id, poles.chain(Behaviour::all().map(Behaviour::id))) {
                Some(near) => {
                    format!("no behaviour or pole is called `{id}`; did you mean `{near}`?")
                }
                None => format!(
                    "no behaviour or pole is called `{id}`; `unsell rules list` names the behaviours"
                ),
            }
        })
    }

    /// Whether it means this behaviour.
    pub fn means(self, behaviour: Behaviour) -> bool {
        match self {
            What::Behaviour(this) => this == behaviour,
            What::Pole(pole) => behaviour.pole() == pole,
        }
    }
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            What::Behaviour(behaviour) => behaviour.id(),
            What::Pole(pole) => pole.id(),
        })
    }
}

/// What the settings set aside.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SetAside {
    /// Findings of any of these; of all where there are none.
    pub behaviours: Vec<What>,
    /// Only where the finding's words hold one of these, in any case; anywhere where there are none.
    pub words: Vec<String>,
}

impl SetAside {
    fn covers(&self, behaviour: Behaviour, quote: &str) -> bool {
        let quote = quote.to_lowercase();
        (self.behaviours.is_empty() || self.behaviours.iter().any(|what| what.means(behaviour)))
            && (self.words.is_empty()
                || self.words.iter().any(|words| quote.contains(&words.to_lowercase())))
    }
}

/// What the settings keep of what was found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sieve {
    /// The least that findings must be sure; a behaviour's own goes before its pole's.
    pub thresholds: Vec<(What, f64)>,
    /// What is set aside.
    pub set_aside: Vec<SetAside>,
}

impl Sieve {
    /// Whether a finding is sure enough.
    pub fn is_sure(&self, finding: &Finding) -> bool {
        let of = |wanted: What| self.thresholds.iter().rfind(|(what, _)| *what == wanted);
        let behaviour = finding.behaviour;
        let least = of(What::Behaviour(behaviour)).or_else(|| of(What::Pole(behaviour.pole())));
        // Reports round to four digits, and so does whoever writes a threshold.
        least.is_none_or(|(_, least)| f64::from(finding.score) + 5e-5 >= *least)
    }

    /// Whether a finding in these words is set aside.
    pub fn sets_aside(&self, finding: &Finding, quote: &str) -> bool {
        self.set_aside.iter().any(|aside| aside.covers(finding.behaviour, quote))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(id: &str, score: f32) -> Finding {
        Finding {
            turn: 0,
            span: 0..4,
            behaviour: Behaviour::from_id(id).expect("a behaviour"),
            score,
            evidence: Vec::new(),
            instead: String::new(),
            taken_back: None,
        }
    }

    #[test]
    fn a_behaviours_own_threshold_goes_before_its_poles() {
        let what = |id| What::from_id(id).expect("an identifier");
        let thresholds = vec![(what("pressure"), 0.75), (what("pushy"), 0.9)];
        let sieve = Sieve { thresholds, ..Sieve::default() };
        assert!(sieve.is_sure(&finding("pressure", 0.75)));
        assert!(!sieve.is_sure(&finding("pressure", 0.74)));
        assert!(!sieve.is_sure(&finding("imposing", 0.89)));
        assert!(sieve.is_sure(&finding("imposing", 0.9)));
        assert!(sieve.is_sure(&finding("telling", 0.1)));
    }

    #[test]
    fn what_is_set_aside_is_so_by_behaviour_and_words() {
        let behaviours = vec![What::from_id("buzzwords").expect("an identifier")];
        let aside = SetAside { behaviours, words: vec!["Best in Class".into()] };
        let sieve = Sieve { set_aside: vec![aside], ..Sieve::default() };
        assert!(sieve.sets_aside(&finding("buzzwords", 0.9), "our best in class prize"));
        assert!(!sieve.sets_aside(&finding("buzzwords", 0.9), "synergy"));
        assert!(!sieve.sets_aside(&finding("telling", 0.9), "best in class"));
    }

    #[test]
    fn a_misspelt_word_gets_a_suggestion() {
        assert!(What::from_id("presure").is_err_and(|m| m.ends_with("did you mean `pressure`?")));
        assert!(What::from_id("buyin").is_err_and(|m| m.ends_with("did you mean `buy-in`?")));
        assert!(What::from_id("xyz").is_err_and(|m| m.contains("rules list")));
    }
}
