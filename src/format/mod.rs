//! Transcript formats: one file each, and the registry that recognises them by content.
//!
//! A format is a [`Format`] constant in its own file and one word in [`FORMATS`]; help, sniffing and
//! documentation iterate the registry. Recognition looks at structure, never at a file's name: each
//! format says how sure it is, and the surest reads. What no format claims, or what a format reads
//! to nothing believable, is refused with the reason, since a plausible wrong report is the worst
//! outcome.

use crate::transcript::{Source, Transcript};

/// How sure a format is that a text is its own: 0 is no, 100 is beyond doubt.
pub type Confidence = u8;

/// An input format.
pub struct Format {
    /// The identifier used in reports and for `--input-format`, such as `webvtt-zoom`.
    pub id: &'static str,
    /// One line for help: whose export it is and what it looks like.
    pub about: &'static str,
    /// Judges from the head of a text.
    pub sniff: fn(&Head) -> Confidence,
    /// Reads a text.
    pub read: fn(&Source) -> Result<Transcript, ReadError>,
}

/// The formats, in the order in which help lists them.
pub static FORMATS: &[&Format] = &[];

/// What a sniffer may look at.
#[derive(Debug, Clone, Copy)]
pub struct Head<'a> {
    /// The first 64 KiB of the text, cut at a line's end where there is one.
    pub text: &'a str,
    /// The first character that is not white space.
    pub first: Option<char>,
}

impl<'a> Head<'a> {
    /// The head of a text.
    pub fn of(text: &'a str) -> Self {
        const LIMIT: usize = 64 * 1024;
        let head = if text.len() > LIMIT {
            let cut = text.floor_char_boundary(LIMIT);
            text[..cut].rfind('\n').map_or(&text[..cut], |end| &text[..end])
        } else {
            text
        };
        Head { text: head, first: head.trim_start().chars().next() }
    }
}

/// Why a text could not be read, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What is wrong, as one clause without a full stop.
    pub message: String,
    /// Line, from 1, where that is known.
    pub line: Option<usize>,
    /// Column in Unicode scalars, from 1, where that is known.
    pub column: Option<usize>,
    /// What would be valid, or what to do.
    pub help: Option<String>,
}

impl ReadError {
    /// An error about the text as a whole.
    pub fn new(message: impl Into<String>) -> Self {
        ReadError { message: message.into(), line: None, column: None, help: None }
    }

    /// An error at a place.
    pub fn at(line: usize, column: usize, message: impl Into<String>) -> Self {
        ReadError { message: message.into(), line: Some(line), column: Some(column), help: None }
    }

    /// Adds what would be valid.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

/// The format with this identifier.
pub fn by_id(id: &str) -> Option<&'static Format> {
    FORMATS.iter().copied().find(|format| format.id == id)
}

/// Reads a source, by the forced format or the surest.
pub fn read(source: &Source, forced: Option<&'static Format>) -> Result<Transcript, ReadError> {
    let head = Head::of(&source.text);
    let surest = FORMATS.iter().copied().max_by_key(|format| (format.sniff)(&head));
    let format = forced.or(surest).ok_or_else(|| ReadError::new("no format recognises it"))?;
    (format.read)(source)
}
