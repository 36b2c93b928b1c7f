//! How good the built-in rules are, as `eval` measured them on authors from whom no rule was written.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What measured them.
pub const COMMAND: &str = "unsell eval models/corpus/{s4,l4,c1,c3}.jsonl --detector lexicon --json";

const MEASURED: &str = include_str!("../../docs/behaviours/measured.json");

/// The figures of each behaviour.
#[derive(Debug, Clone, Deserialize)]
pub struct Measured {
    /// The rows measured on.
    pub rows: Rows,
    detectors: BTreeMap<String, Detector>,
}

/// How many rows there were.
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct Rows {
    /// With labels.
    pub labelled: u64,
}

#[derive(Debug, Clone, Deserialize)]
struct Detector {
    behaviours: Level,
}

#[derive(Debug, Clone, Deserialize)]
struct Level {
    each: BTreeMap<String, Quality>,
}

/// How good the rules of a behaviour are.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Quality {
    /// Rows in which it is.
    pub support: u64,
    /// Rows in which it was found.
    pub predicted: u64,
    /// Rows in which both.
    pub correct: u64,
    /// The share of what was found that is there.
    pub precision: Share,
    /// The share of what is there that was found.
    pub recall: Share,
}

/// A share with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize)]
pub struct Share {
    /// From 0 to 1; `None` where nothing tells it.
    pub value: Option<f64>,
    /// The lower end.
    pub low: Option<f64>,
    /// The upper end.
    pub high: Option<f64>,
}

impl Share {
    /// For people: `92 % (88 to 95)`.
    pub fn percent(&self) -> String {
        let percent = |share: f64| format!("{:.0}", 100.0 * share);
        match (self.value, self.low.zip(self.high)) {
            (None, _) => "not known".to_owned(),
            (Some(value), None) => format!("{} %", percent(value)),
            (Some(value), Some((low, high))) => {
                format!("{} % ({} to {})", percent(value), percent(low), percent(high))
            }
        }
    }
}

impl Measured {
    /// The figures that are compiled in.
    pub fn builtin() -> Result<Self, serde_json::Error> {
        Self::from_json(MEASURED)
    }

    /// The figures of a run of `eval --json`.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(text)
    }

    /// How good the lexicon is for a behaviour.
    pub fn quality(&self, behaviour: &str) -> Option<&Quality> {
        self.detectors.get("lexicon")?.behaviours.each.get(behaviour)
    }
}
