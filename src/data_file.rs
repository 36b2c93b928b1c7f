//! Errors in the files that people write for the program: where, what, and what would be valid.
//!
//! A coach edits targets and roles by hand, so a slip has to point at its own place: every error
//! carries path, line and column, the line itself for a caret, and help where there is any.

use std::fmt;
use std::ops::Range;

use crate::transcript::LineIndex;

/// What is wrong in a data file, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DataError {
    /// The file, as the user named it.
    pub path: String,
    /// What is wrong, as one clause without a full stop.
    pub message: String,
    /// Where it is, where that is known.
    pub place: Option<Place>,
    /// What would be valid.
    pub help: Option<String>,
}

/// A stretch of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in Unicode scalars, from 1.
    pub column: usize,
    /// How many scalars it is long; at least 1.
    pub width: usize,
    /// The line, without its end.
    pub text: String,
}

impl DataError {
    /// An error about a file as a whole.
    pub fn new(path: &str, message: impl Into<String>) -> Self {
        DataError { path: path.to_owned(), message: message.into(), place: None, help: None }
    }

    /// An error at some bytes of the file's text.
    pub fn at(path: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let start = text.floor_char_boundary(span.start);
        let (line, column) = LineIndex::new(text).locate(start);
        let line_start = text[..start].rfind(['\n', '\r']).map_or(0, |at| at + 1);
        let rest = &text[start..];
        let line_end = start + rest.find(['\n', '\r']).unwrap_or(rest.len());
        let end = text.ceil_char_boundary(span.end).clamp(start, line_end);
        let width = text[start..end].chars().count().max(1);
        let place = Place { line, column, width, text: text[line_start..line_end].to_owned() };
        DataError { place: Some(place), ..DataError::new(path, message) }
    }

    /// An error of the TOML reader.
    pub fn toml(path: &str, text: &str, error: &toml::de::Error) -> Self {
        match error.span() {
            Some(span) => DataError::at(path, text, span, error.message()),
            None => DataError::new(path, error.message()),
        }
    }

    /// Adds what would be valid.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// `path:line:col: message`, with the line and a caret under it where the place is known.
impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(place) = &self.place else {
            return write!(f, "{}: {}", self.path, self.message);
        };
        let Place { line, column, width, text } = place;
        // A tab keeps its width under itself, so that the caret stands below what it means.
        let indent: String =
            text.chars().take(column - 1).map(|c| if c == '\t' { c } else { ' ' }).collect();
        writeln!(f, "{}:{line}:{column}: {}", self.path, self.message)?;
        writeln!(f, "  | {text}")?;
        write!(f, "  | {indent}{}", "^".repeat(*width))
    }
}

impl std::error::Error for DataError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_stands_under_the_words_that_are_wrong() {
        let text = "[a]\n\tké = 2\n";
        let start = text.find("ké").unwrap_or(0);
        let error = DataError::at("t.toml", text, start..start + 3, "no such key");
        assert_eq!(error.to_string(), "t.toml:2:2: no such key\n  | \tké = 2\n  | \t^^");
    }

    #[test]
    fn a_span_past_the_end_is_still_a_place() {
        let error = DataError::at("t.toml", "a", 5..9, "ends too soon");
        assert_eq!(error.to_string(), "t.toml:1:2: ends too soon\n  | a\n  |  ^");
    }
}
