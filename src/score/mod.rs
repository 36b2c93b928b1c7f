//! From findings to figures: rates against an ideal, an index per axis, the shape of the talk.
//!
//! Buyers rated how *often* a behaviour was met, so the first figure is a rate. The poles are
//! scored apart and then set against each other by an index that says how sure it is. Formulas,
//! rules and assumptions are argued in `docs/scoring.md`.

pub mod conversation;
pub mod index;
pub mod parts;
pub mod rates;
pub mod targets;

use crate::finding::Finding;
use crate::taxonomy::Axis;

pub use conversation::{Figure, Quality};
pub use index::{Balance, Sufficiency};
pub use parts::{Part, Parts};
pub use rates::{BehaviourRate, Exposure, GroupRate, PoleRate, Rates};
pub use targets::Targets;

/// How one person, or everyone judged together, comes out on an axis.
#[derive(Debug, Clone, PartialEq)]
pub struct AxisScore {
    /// The index with its interval.
    pub balance: Balance,
    /// Counts and rates.
    pub rates: Rates,
}

/// Scores the findings of one axis; findings of the other are left out. `exposure` is how much
/// was said by the people whose findings these are.
pub fn score<'a>(
    axis: Axis,
    findings: impl Iterator<Item = &'a Finding> + Clone,
    exposure: Exposure,
    targets: &Targets,
) -> AxisScore {
    let of_axis = findings.filter(|finding| finding.behaviour.axis() == axis);
    AxisScore {
        balance: index::balance(
            of_axis.clone().map(|finding| (finding.behaviour, finding.weight())),
            exposure.words,
        ),
        rates: rates::rates(axis, of_axis.map(|finding| finding.behaviour), exposure, targets),
    }
}
