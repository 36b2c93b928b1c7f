//! What the JSON formats share: errors with a place, identifiers of either type, timed pieces.
//!
//! Readers deserialize the few fields that they need and step over the rest, so that a word list of
//! many megabytes costs no memory.

use serde::Deserialize;

use super::clock::resolution;
use super::{ReadError, counted};
use crate::transcript::{Fragment, Kind, Millis, SpeakerId, Timing, Transcript, TranscriptBuilder};

/// Reads a whole text.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| {
        // Its message ends in the place, with a column in bytes; ours counts characters.
        let message = error.to_string();
        let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
        let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
        let before = line.floor_char_boundary(error.column().saturating_sub(1).min(line.len()));
        let column = line[..before].chars().count() + 1;
        let what = if error.is_data() { "not the expected JSON" } else { "not well-formed JSON" };
        ReadError::at(error.line().max(1), column, format!("{what}: {message}"))
    })
}

/// An identifier: some exports write it as a string, some as a number.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(super) enum Id {
    /// As a string.
    Text(String),
    /// As a whole number.
    Number(i64),
}

impl Id {
    /// As text.
    pub fn text(&self) -> String {
        match self {
            Id::Text(text) => text.trim().to_owned(),
            Id::Number(number) => number.to_string(),
        }
    }
}

/// A time in milliseconds, if it is a plausible one.
pub(super) fn from_millis(millis: Option<f64>) -> Option<Millis> {
    millis.and_then(|millis| Millis::from_seconds(millis / 1000.0))
}

/// Timed pieces of speech on their way into a transcript, and how many of them had no usable time.
#[derive(Default)]
pub(super) struct Pieces {
    /// Where speakers are made and warnings go.
    pub builder: TranscriptBuilder,
    timed: usize,
    untimed: usize,
}

impl Pieces {
    /// Adds a piece.
    pub fn say(
        &mut self,
        speaker: Option<SpeakerId>,
        (start, end): (Option<Millis>, Option<Millis>),
        text: Option<&str>,
    ) {
        let timing = Timing::new(start, end);
        self.timed += usize::from(timing.start.is_some());
        self.untimed += usize::from(timing.start.is_none());
        self.builder.say(speaker, timing, &Fragment::unplaced(text.unwrap_or_default()));
    }

    /// The transcript, with a warning for times that are missing or make no sense.
    pub fn finish(mut self, format: &'static str) -> Transcript {
        if self.untimed > 0 {
            let pieces = counted(self.untimed, "piece");
            self.builder.warn(format!("no usable start time in {pieces}"));
        }
        self.builder.finish(format, Kind::Speech, resolution(self.timed > 0, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_line_and_column_in_characters() {
        let error = parse::<Vec<String>>("[\n \"é\", }\n]").expect_err("is broken");
        assert_eq!((error.line, error.column), (Some(2), Some(7)));
        assert!(error.message.starts_with("not well-formed JSON"), "{}", error.message);
        let error = parse::<Vec<String>>("[1]").expect_err("is a number");
        assert!(error.message.starts_with("not the expected JSON"), "{}", error.message);
        assert!(parse::<Vec<String>>("").is_err());
    }

    #[test]
    fn absurd_times_are_none() {
        assert_eq!(from_millis(Some(1_500.0)), Some(Millis(1_500)));
        assert_eq!(from_millis(Some(1e30)), None);
    }
}
