//! Who is who: how every speaker of a transcript gets a role.
//!
//! A role decides on which axis a speaker is judged. What the user says goes first ([`book`]), then
//! what the format knows, then what the talk itself tells ([`infer`], from how people of each role
//! speak: [`voice`]). What none of them tells stays unknown and is judged on both axes, which the
//! report says.

pub mod book;
pub mod fit;
pub mod infer;
pub mod voice;

pub use book::{Origin, RoleBook, RoleEntry, fold};

use crate::taxonomy::Role;

/// Where a speaker's role is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum RoleSource {
    /// The user said so.
    Given,
    /// The format says so.
    Format,
    /// Worked out from what was said.
    Inferred,
    /// Not known.
    Unknown,
}

impl RoleSource {
    /// The identifier used in reports.
    pub fn id(self) -> &'static str {
        match self {
            RoleSource::Given => "given",
            RoleSource::Format => "format",
            RoleSource::Inferred => "inferred",
            RoleSource::Unknown => "unknown",
        }
    }
}

/// A role, and how it is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assigned {
    /// The role.
    pub role: Role,
    /// Where it is known from.
    pub source: RoleSource,
    /// How sure an inferred role is, from 0 to 1; `None` for the others.
    pub confidence: Option<f64>,
}

impl Assigned {
    /// No role.
    pub const UNKNOWN: Assigned =
        Assigned { role: Role::Unknown, source: RoleSource::Unknown, confidence: None };

    /// A role that someone or something states.
    pub fn new(role: Role, source: RoleSource) -> Self {
        Assigned { role, source, confidence: None }
    }
}
