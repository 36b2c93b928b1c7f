//! unsell reads call transcripts and meeting notes and shows where the talk pushes and where it leads.

pub mod data_file;
pub mod detector;
pub mod finding;
pub mod format;
pub mod score;
pub mod taxonomy;
pub mod text;
pub mod transcript;
