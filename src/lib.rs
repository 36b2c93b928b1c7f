//! unsell reads call transcripts and meeting notes and shows where the talk pushes and where it leads.

#[cfg(feature = "classifier")]
pub mod both;
#[cfg(feature = "classifier")]
pub mod classifier;
pub mod cli;
pub mod config;
pub mod data_file;
pub mod detector;
pub mod engine;
pub mod eval;
pub mod finding;
pub mod format;
pub mod labels;
pub mod language;
pub mod lexicon;
pub mod report;
pub mod roles;
pub mod score;
pub mod sift;
pub mod snippet;
pub mod source;
pub mod taxonomy;
pub mod text;
#[cfg(feature = "classifier")]
pub mod train;
pub mod transcript;
