//! Labelled utterances: the one shape in which sentences meet labels.
//!
//! The same JSON line feeds `label`, `eval` and the training of a classifier, so its reading, its
//! role rules and its errors live here once. A [`Row`] is such a line, [`Lines`] reads a stream of
//! them in bounded memory, a [`Labeller`] is whatever can label them, and [`label_stream`] puts the
//! three together.

mod labeller;
mod reader;
mod row;
mod stream;

pub use labeller::{Labeller, Labelling, Said};
pub use reader::{Line, Lines, MAX_LINE_BYTES};
pub(crate) use row::{NEUTRAL, explain};
pub use row::{Parsed, Row, UnknownRoles};
pub(crate) use stream::EvidenceLine;
pub use stream::{StreamError, StreamSummary, label_stream};
