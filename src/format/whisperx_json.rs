//! WhisperX and its kin: `segments[]` with start and end in seconds, text, and a speaker's label.

use serde::Deserialize;

use super::json::{self, Id, Pieces};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Millis, Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "whisperx-json",
    about: "WhisperX and other Whisper output with `segments` (JSON)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.text.contains(key);
    let has_pieces = has("\"start\"") && has("\"end\"") && has("\"text\"");
    match head.first {
        Some('{') if has("\"segments\"") && has_pieces && !has("\"audio_segments\"") => {
            if has("\"speaker\"") { 90 } else { 75 }
        }
        Some('[') if has_pieces && has("\"speaker\"") => 70,
        // The text of the whole may come first, longer than what is looked at.
        Some('{')
            if head
                .text
                .trim_start_matches(['{', ' ', '\n', '\r', '\t'])
                .starts_with("\"text\":") =>
        {
            40
        }
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root {
    segments: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    start: Option<f64>,
    end: Option<f64>,
    text: Option<String>,
    speaker: Option<Id>,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let segments = if source.text.trim_start().starts_with('[') {
        json::parse::<Vec<Segment>>(&source.text)?
    } else {
        json::parse::<Root>(&source.text)?.segments
    };
    let mut pieces = Pieces::default();
    for segment in segments {
        let speaker = segment.speaker.and_then(|id| pieces.builder.speaker(&id.text()));
        let at = |seconds: Option<f64>| seconds.and_then(Millis::from_seconds);
        pieces.say(speaker, (at(segment.start), at(segment.end)), segment.text.as_deref());
    }
    Ok(pieces.finish(FORMAT.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn segments_of_one_speaker_are_one_turn() {
        let text = r#"{"language": "en", "segments": [
            {"start": 0.5, "end": 1.25, "text": " Hi", "speaker": "SPEAKER_00", "words": [{"word": " Hi", "start": null}]},
            {"start": 1.5, "end": 1.75, "text": " there.", "speaker": "SPEAKER_00"},
            {"start": 1e99, "end": 3, "text": " Yes."}]}"#;
        let read = read_as(&FORMAT, text);
        let expected = [(Some("SPEAKER_00"), Some(500), "Hi there."), (None, None, "Yes.")];
        assert_eq!(said(&read), expected);
        assert_eq!(read.warnings, ["no usable start time in 1 piece"]);
        let list = r#"[{"start": 1, "end": 2, "text": "So", "speaker": "A"}]"#;
        assert_eq!(said(&read_as(&FORMAT, list)), [(Some("A"), Some(1_000), "So")]);
    }
}
