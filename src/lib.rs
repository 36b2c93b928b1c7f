//! unsell reads call transcripts and meeting notes and shows where the talk pushes and where it leads.

pub mod finding;
pub mod format;
pub mod source;
pub mod taxonomy;
pub mod text;
pub mod transcript;
