//! How good and how fast a detector is, measured on labelled utterances.
//!
//! An [`Evaluation`] reads rows, lets every labeller label them, and keeps of each row only what the
//! figures need. [`Evaluation::finish`] turns that into an [`EvalReport`], which [`table()`] shows and
//! [`changes`] sets against an older one. The formulas and their sources are in `metrics`.
//!
//! # What counts as what
//!
//! - A row with `labels` is scored by behaviour and by pole, a row with `poles` only by pole, a row
//!   with neither not at all: such *unlabelled* rows give findings per 1,000 words. A finding is a
//!   behaviour in a row, a word is what white space parts.
//! - AUROC, average precision and calibration of a target look at the rows whose speaker is judged on
//!   its axis; the others cannot be labelled with it. A pole's score is the highest of its behaviours'.
//! - A *neutral* row is one whose truth is empty and whose `kind` is not `trap`; it is flagged when
//!   anything is seen in it. A *trap* row has `kind` `trap`. It may carry a true label of another
//!   behaviour, so it counts as flagged when something is seen in it that is not true; how many have
//!   any label at all is given beside that. Both shares are given over all rows and over those whose
//!   speaker is judged, since the words of a buyer or a member are never flagged.
//! - Calibration pools all judged behaviours of all rows with `labels`; most scores lie in the lowest
//!   bin, so that the bins say more than the one error.

mod bootstrap;
mod compare;
mod evaluation;
mod figures;
mod metrics;
mod mistakes;
mod report;
mod table;
mod target;

pub use compare::{Change, CompareError, Comparison, changes};
pub use evaluation::{EvalError, Evaluation, Options};
pub use metrics::Ranking;
pub use report::{
    Alarm, Breakdown, Calibration, CalibrationBin, DetectorReport, EvalReport, Figure, Group,
    KindRecall, Level, Named, Ordinary, RowCounts, ScoreReport, Shares, Speed, TargetReport,
    TrapAlarm,
};
pub use table::{comparison_table, table};
pub use target::{ScoreName, Target, Targets};

/// The schema name that reports carry.
pub const SCHEMA: &str = "unsell.eval/1";

/// How many bootstrap resamples are drawn unless told otherwise.
pub const RESAMPLES: u32 = 1000;
