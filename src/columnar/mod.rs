//! Parquet: records of transcripts out of its files, and tables of reports into them.
//!
//! Whoever keeps calls in columns has them in one of two shapes: a row for each transcript, or a row for each
//! turn. [`Rows`] makes of either the JSON of a record as it stands on a line of a stream, so that there is one
//! way to read a record. [`Tables`] takes reports and writes three tables with columns of their own types.
//! `docs/parquet.md` describes both; a test holds it to the lists here.
//!
//! A file comes from anyone: what it says of itself is looked at before it is believed ([`Rows::open`]).

mod cells;
mod documented;
mod footer;
mod levels;
mod pages;
mod rows;
mod schema;
mod shape;
mod tables;

pub use documented::documented;
pub use footer::MAGIC;
pub use rows::{Row, Rows, is_guarded};
pub use shape::Named;
pub use tables::{Origin, Tables};

/// Why a file cannot be read or written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What is wrong.
    pub message: String,
    /// What would be right.
    pub help: Option<String>,
}

impl Fault {
    fn new(message: impl Into<String>) -> Self {
        Fault { message: message.into(), help: None }
    }

    fn with_help(self, help: impl Into<String>) -> Self {
        Fault { help: Some(help.into()), ..self }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

impl From<std::io::Error> for Fault {
    fn from(error: std::io::Error) -> Self {
        Fault::new(error.to_string())
    }
}

impl From<parquet::errors::ParquetError> for Fault {
    fn from(error: parquet::errors::ParquetError) -> Self {
        Fault::new(plain(&error.to_string()))
    }
}

impl From<arrow_schema::ArrowError> for Fault {
    fn from(error: arrow_schema::ArrowError) -> Self {
        Fault::new(plain(&error.to_string()))
    }
}

/// A message without the kinds of error that the libraries put before it, which tell nobody anything.
fn plain(message: &str) -> String {
    const KINDS: [&str; 6] =
        ["Parquet argument error: ", "Parquet error: ", "External: ", "Arrow: ", "EOF: ", "NYI: "];
    let mut plain = message;
    while let Some(rest) = KINDS.iter().find_map(|kind| plain.strip_prefix(kind)) {
        plain = rest;
    }
    plain.to_owned()
}
