//! What the JSON formats share: errors with a place, identifiers and times of any type, timed pieces.
//!
//! Readers deserialize the few fields that they need and step over the rest, so that a word list of
//! many megabytes costs no memory.

use serde::Deserialize;

use super::clock::{Clock, resolution};
use super::{ReadError, counted};
use crate::transcript::{Fragment, Kind, Millis, SpeakerId, Timing, Transcript, TranscriptBuilder};

/// Reads a whole text.
pub(super) fn parse<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, ReadError> {
    serde_json::from_str(text).map_err(|error| {
        let message = what(&error);
        // Its column is in bytes; ours counts characters.
        let line = text.split('\n').nth(error.line().saturating_sub(1)).unwrap_or_default();
        let before = line.floor_char_boundary(error.column().saturating_sub(1).min(line.len()));
        let column = line[..before].chars().count() + 1;
        let kind = if error.is_data() { "not the expected JSON" } else { "not well-formed JSON" };
        ReadError::at(error.line().max(1), column, format!("{kind}: {message}"))
    })
}

/// What is wrong, without the place in which the message ends, and without the text that stands there,
/// which may be what someone said.
pub(super) fn what(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let message = message.rsplit_once(" at line ").map_or(message.as_str(), |(what, _)| what);
    match message.split_once("string \"").zip(message.rsplit_once("\", expected")) {
        Some(((before, _), (_, after))) => format!("{before}a text, expected{after}"),
        None => message.to_owned(),
    }
}

/// An identifier: some exports write it as a string, some as a number.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(untagged, expecting = "expected a name or a whole number")]
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

    /// What to call a thing that has only this identifier: `Speaker 2` where it is a number.
    pub fn name(&self, thing: &str) -> String {
        let text = self.text();
        let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { format!("{thing} {text}") } else { text }
    }
}

/// A time, if it is a plausible one. Services write seconds as a number, as text (`2.3`, `2.300s`,
/// `PT2.3S`, `00:02.3`), or with the nanoseconds apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(from = "Option<Written>")]
pub(super) struct Seconds(pub Option<Millis>);

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a time in seconds")]
enum Written {
    Number(f64),
    Text(String),
    Parts { seconds: Option<Id>, nanos: Option<f64> },
}

impl From<Option<Written>> for Seconds {
    fn from(written: Option<Written>) -> Self {
        Seconds(written.and_then(|written| match written {
            Written::Number(seconds) => Millis::from_seconds(seconds),
            Written::Text(text) => written_out(text.trim()),
            Written::Parts { seconds, nanos } => {
                let whole: f64 = seconds.map_or(Ok(0.0), |id| id.text().parse()).ok()?;
                Millis::from_seconds(whole + nanos.unwrap_or_default() / 1e9)
            }
        }))
    }
}

fn written_out(text: &str) -> Option<Millis> {
    if let Ok(seconds) = text.parse() {
        return Millis::from_seconds(seconds);
    }
    let clock = Clock::parse(text).map(|clock| clock.at);
    let duration = || text.parse::<jiff::SignedDuration>().ok();
    clock.or_else(|| duration().and_then(|duration| Millis::from_seconds(duration.as_secs_f64())))
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
    /// The speaker whom an identifier means.
    pub fn speaker(&mut self, id: &Id) -> Option<SpeakerId> {
        let (text, name) = (id.text(), id.name("Speaker"));
        // Who is shown under another name can be given a role by the identifier too.
        let id = (text != name).then_some(text.as_str());
        self.builder.speaker_with_id(&name, id)
    }

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
    fn times_are_read_however_they_are_written() {
        let text = r#"[2.3, "2.3", "2.300s", "PT2.3S", "00:02.3", {"seconds": "2", "nanos": 300000000},
            2, {}, null, "soon", "", 1e99, {"seconds": "x"}]"#;
        let read: Vec<Seconds> = parse(text).expect("are times");
        let millis: Vec<_> = read.iter().map(|time| time.0.map(|at| at.0)).collect();
        let expected = [2_300, 2_300, 2_300, 2_300, 2_300, 2_300, 2_000, 0];
        assert_eq!(millis[..8], expected.map(Some));
        assert_eq!(millis[8..], [None; 5]);
        let error = parse::<Vec<Seconds>>("[true]").expect_err("is no time");
        assert!(error.message.ends_with("expected a time in seconds"), "{}", error.message);
    }

    #[test]
    fn only_numbers_are_given_a_name() {
        let name = |id: &Id| id.name("Speaker");
        assert_eq!(name(&Id::Number(0)), "Speaker 0");
        assert_eq!(name(&Id::Text(" 1 ".to_owned())), "Speaker 1");
        assert_eq!(name(&Id::Text("spk_1".to_owned())), "spk_1");
    }

    #[test]
    fn absurd_times_are_none() {
        assert_eq!(from_millis(Some(1_500.0)), Some(Millis(1_500)));
        assert_eq!(from_millis(Some(1e30)), None);
    }
}
