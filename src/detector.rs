//! What a detector is: the one seam between finding behaviours and scoring them.
//!
//! The lexicon and the classifier both stand behind this trait, so that the engine, the scores and
//! the reports need not know which of them saw something.

use crate::finding::Finding;
use crate::taxonomy::Role;
use crate::text::Document;
use crate::transcript::{SpeakerId, Transcript};

/// Finds behaviours in a transcript.
pub trait Detector: Send + Sync {
    /// The findings in a transcript, in any order. `roles` holds the role of each speaker and, as
    /// one more at its end, the role of text without a speaker; [`role_of`] reads it. Only words
    /// of people whose role is judged on a behaviour's axis give findings.
    fn detect(&self, transcript: &Transcript, document: &Document, roles: &[Role]) -> Vec<Finding>;
}

impl<T: Detector + ?Sized> Detector for std::sync::Arc<T> {
    fn detect(&self, transcript: &Transcript, document: &Document, roles: &[Role]) -> Vec<Finding> {
        (**self).detect(transcript, document, roles)
    }
}

/// The role in which a turn's words were said; see [`Detector::detect`] for the shape of `roles`.
pub fn role_of(roles: &[Role], speaker: Option<SpeakerId>) -> Role {
    let role = match speaker {
        Some(SpeakerId(at)) => roles.get(at as usize),
        None => roles.last(),
    };
    role.copied().unwrap_or_default()
}
