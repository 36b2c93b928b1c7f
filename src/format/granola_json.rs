//! Granola: its cache (JSON in a string in JSON), the API's list of segments, or an export of them.
//!
//! It records two sources, the microphone and what the computer plays (`system`), and names no one.
//! Times are of the day; they are counted from the first.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use jiff::Timestamp;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, Deserializer, MapAccess, Visitor};
use serde::{Deserialize, de};

use super::json::{self, Id, from_millis};
use super::phrases::{Phrase, Phrases};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Millis, Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "granola-json",
    about: "Granola cache, API answer or export (JSON; `microphone` and `system`)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    let is_cache =
        head.text.trim_start_matches(['{', ' ', '\n', '\r', '\t']).starts_with("\"cache\"");
    let has_sources = has("\"source\"") && (has("\"microphone\"") || has("\"system\""));
    match head.first {
        Some('{') if is_cache && (has("\\\"state\\\"") || has("\"state\"")) => 90,
        Some('{') if has("\"transcript_segments\"") => 80,
        Some('{' | '[')
            if has_sources
                && has("\"text\"")
                && (has("\"start_timestamp\"") || has("\"start_time\"")) =>
        {
            90
        }
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root {
    cache: Option<Nested<Cache>>,
    transcript: Option<Vec<Segment>>,
    transcript_segments: Option<Vec<Segment>>,
}

#[derive(Deserialize)]
struct Cache {
    state: State,
}

#[derive(Deserialize)]
struct State {
    transcripts: Option<BTreeMap<String, Option<Vec<Segment>>>>,
}

#[derive(Deserialize)]
struct Segment {
    speaker: Option<Speaker>,
    source: Option<Id>,
    text: Option<String>,
    #[serde(alias = "start_time")]
    start_timestamp: Option<String>,
    #[serde(alias = "end_time")]
    end_timestamp: Option<String>,
    /// In exports: milliseconds.
    start: Option<f64>,
    end: Option<f64>,
    /// False for what a later segment says again, better heard.
    is_final: Option<bool>,
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "expected a speaker")]
enum Speaker {
    Named(Id),
    Heard { name: Option<Id>, source: Option<Id> },
}

/// What is JSON, or a string with JSON in it.
struct Nested<T>(T);

impl<'de, T: DeserializeOwned> Deserialize<'de> for Nested<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either<T>(PhantomData<T>);
        impl<'de, T: DeserializeOwned> Visitor<'de> for Either<T> {
            type Value = T;

            fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
                f.write_str("an object or a string with one in it")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<T, E> {
                serde_json::from_str(text).map_err(|error| {
                    let (what, line, column) = (json::what(&error), error.line(), error.column());
                    E::custom(format!("in the string, line {line}, column {column}: {what}"))
                })
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<T, A::Error> {
                T::deserialize(MapAccessDeserializer::new(map))
            }
        }
        deserializer.deserialize_any(Either(PhantomData)).map(Nested)
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let mut segments = segments(&source.text)?;
    segments.retain(|segment| segment.is_final != Some(false));
    let first = segments.iter().filter_map(|segment| on_clock(&segment.start_timestamp)).min();
    let at = |time: &Option<String>, millis: Option<f64>| -> Option<Millis> {
        let since = on_clock(time).zip(first).map(|(time, first)| time.duration_since(first));
        from_millis(since.map(|since| since.as_millis() as f64).or(millis))
    };
    let mut phrases = Phrases::default();
    let mut is_by_source = false;
    for segment in segments {
        let (name, heard) = match segment.speaker {
            Some(Speaker::Named(name)) => (Some(name), None),
            Some(Speaker::Heard { name, source }) => (name, source),
            None => (None, None),
        };
        let heard = heard.or(segment.source);
        // Each source is written down on its own; time alone puts them in order.
        let channel = if name.is_none() { heard } else { None };
        is_by_source |= channel.is_some();
        phrases.add(Phrase {
            speaker: name.or_else(|| channel.clone()),
            channel,
            times: (
                at(&segment.start_timestamp, segment.start),
                at(&segment.end_timestamp, segment.end),
            ),
            text: segment.text.unwrap_or_default(),
        });
    }
    let mut pieces = phrases.into_pieces();
    if is_by_source {
        pieces.builder.warn("it tells the two ends of the call apart and not the people at each");
    }
    Ok(pieces.finish(FORMAT.id))
}

fn on_clock(time: &Option<String>) -> Option<Timestamp> {
    time.as_deref()?.trim().parse().ok()
}

/// The segments of the one meeting, wherever they stand.
fn segments(text: &str) -> Result<Vec<Segment>, ReadError> {
    if text.trim_start().starts_with('[') {
        return json::parse(text);
    }
    let root: Root = json::parse(text)?;
    let cached = root.cache.and_then(|cache| cache.0.state.transcripts).unwrap_or_default();
    let mut found: Vec<Vec<Segment>> = cached.into_values().flatten().collect();
    found.extend(root.transcript);
    found.extend(root.transcript_segments);
    found.retain(|segments| !segments.is_empty());
    if found.len() > 1 {
        let meetings = found.len();
        return Err(ReadError::new(format!("there are {meetings} meetings in this file")).with_help(
            "split it: the list under `transcripts` that belongs to one meeting is read as it is",
        ));
    }
    found.pop().ok_or_else(|| {
        ReadError::new("there is no transcript in this JSON")
            .with_help("Granola keeps only some transcripts in its cache; export the meeting's own")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    const SEGMENTS: &str = r#"[
        {"source": "microphone", "text": "Hi.", "start_timestamp": "2026-03-01T09:00:00.500Z", "end_timestamp": "2026-03-01T09:00:02Z", "is_final": true},
        {"source": "system", "text": "Yes, well.", "start_timestamp": "2026-03-01T10:00:05+01:00", "end_timestamp": null},
        {"source": "microphone", "text": "So.", "start_timestamp": "2026-03-01T09:00:03Z", "is_final": true},
        {"source": "system", "text": "Ye", "start_timestamp": "2026-03-01T09:00:04Z", "is_final": false}]"#;

    #[test]
    fn the_cache_may_hold_its_json_in_a_string() {
        let cache = format!(
            r#"{{"state": {{"documents": {{"a": {{"title": "t"}}}}, "transcripts": {{"a": {SEGMENTS}, "b": []}}}}}}"#
        );
        let quoted = serde_json::to_string(&cache).expect("is text");
        for text in [
            SEGMENTS.to_owned(),
            format!("{{\"cache\": {cache}}}"),
            format!("{{\"cache\": {quoted}}}"),
        ] {
            let read = read_as(&FORMAT, &text);
            let expected = [
                (Some("microphone"), Some(0), "Hi. So."),
                (Some("system"), Some(4_500), "Yes, well."),
            ];
            assert_eq!(said(&read), expected, "{text}");
            assert_eq!(read.warnings.len(), 1);
            assert_eq!(sniff(&Head::of(&text)), 90, "{text}");
        }
    }

    #[test]
    fn exports_and_the_api_have_speakers() {
        let export = r#"{"people": ["Ana"], "transcript_segments": [
            {"speaker": "Ana", "text": "Hi.", "start": 0, "end": 2500}]}"#;
        let read = read_as(&FORMAT, export);
        assert_eq!(said(&read), [(Some("Ana"), Some(0), "Hi.")]);
        assert!(read.warnings.is_empty());
        let api = r#"{"id": "not_1", "transcript": [{"speaker": {"source": "microphone"}, "text": "Hi.",
            "start_time": "2026-03-01T09:00:00Z", "end_time": "2026-03-01T09:00:01Z"}]}"#;
        assert_eq!(said(&read_as(&FORMAT, api)), [(Some("microphone"), Some(0), "Hi.")]);
        assert!(sniff(&Head::of(export)) > 0 && sniff(&Head::of(api)) > 0);
    }

    #[test]
    fn two_meetings_none_and_broken_strings_are_refused() {
        let refusal = |text: &str| (FORMAT.read)(&source(text)).expect_err("is refused").message;
        let two = format!(
            r#"{{"cache": {{"state": {{"transcripts": {{"a": {SEGMENTS}, "b": {SEGMENTS}}}}}}}}}"#
        );
        assert!(refusal(&two).contains("2 meetings"));
        assert!(refusal(r#"{"cache": {"state": {}}}"#).contains("no transcript"));
        let broken = refusal(r#"{"cache": "{\"state\": x}"}"#);
        assert!(broken.contains("in the string, line 1, column 11"), "{broken}");
    }
}
