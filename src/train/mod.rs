//! `unsell train`: from a base encoder and labelled utterances to a model folder.
//!
//! [`run`] reads the [examples](Example), fits the network with candle on as many threads as the
//! processor has, keeps the weights that were best on the dev examples, both written and real, then
//! fits calibration, thresholds and fusion on those, and writes the folder. A checkpoint after every
//! tenth of the way lets a run that was stopped go on as if nothing had been.

mod augment;
mod checkpoint;
mod decide;
mod examples;
mod fit;
mod logistic;
mod objective;
mod optimizer;
mod recipe;
mod run;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::classifier::folder::ModelError;
pub use augment::Augment;
pub use examples::{Example, Split, corpus, real_talk, unjudged};
pub use fit::{Look, Progress};
pub use objective::Target;
pub use recipe::Recipe;
pub use run::{Plan, TrainReport, run, thin};

/// Why training stopped short.
#[derive(Debug, Error)]
pub enum TrainError {
    /// A file or folder could not be read or written.
    #[error("{}: {_1}", .0.display())]
    File(PathBuf, #[source] std::io::Error),
    /// A line of a file is not what it should be.
    #[error("{}:{line}: {message}", path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: u64,
        /// What is wrong.
        message: String,
    },
    /// The base or the result is no model.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// There is nothing to learn from, or nothing to choose by.
    #[error("{0}")]
    Examples(String),
    /// A checkpoint is of another run.
    #[error("{}: {message}", path.display())]
    Checkpoint {
        /// The checkpoint's folder.
        path: PathBuf,
        /// What does not fit.
        message: String,
    },
    /// candle refused.
    #[error("training: {0}")]
    Tensor(#[from] candle_core::Error),
}

impl TrainError {
    fn line(path: &Path, line: u64, message: impl Into<String>) -> TrainError {
        TrainError::Line { path: path.to_owned(), line, message: message.into() }
    }
}
