//! Whisper and its kin (WhisperX, whisper-timestamped, OpenAI's own, diarized or not): `segments[]`
//! with start and end in seconds, text, and perhaps a speaker's label.

use serde::Deserialize;

use super::json::{self, Id, Pieces, Seconds};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "whisperx-json",
    about: "Whisper, WhisperX, whisper-timestamped, OpenAI diarized: JSON with `segments`",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    let has_pieces = has("\"start\"") && has("\"end\"") && has("\"text\"");
    match head.first {
        Some('{') if has("\"segments\"") && has_pieces && !has("\"audio_segments\"") => {
            if has("\"speaker\"") { 90 } else { 75 }
        }
        Some('[') if has_pieces && has("\"speaker\"") => 70,
        // The text of the whole comes first and may be longer than what is looked at.
        Some('{') if begins_with_text(head.text) => 40,
        _ => 0,
    }
}

/// Whether the text of the whole is the first field, or comes after OpenAI's first ones.
fn begins_with_text(head: &str) -> bool {
    let first = head.trim_start_matches(['{', ' ', '\n', '\r', '\t']);
    first.starts_with("\"text\":") || (first.starts_with("\"task\":") && head.contains("\"text\":"))
}

#[derive(Deserialize)]
struct Root {
    segments: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    #[serde(default)]
    start: Seconds,
    #[serde(default)]
    end: Seconds,
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
        let speaker = segment.speaker.and_then(|id| pieces.speaker(&id));
        pieces.say(speaker, (segment.start.0, segment.end.0), segment.text.as_deref());
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

    #[test]
    fn the_text_of_the_whole_may_fill_what_is_looked_at() {
        let long = "word ".repeat(20_000);
        for text in [
            format!("{{\n  \"text\": \"{long}\",\n  \"segments\": []\n}}"),
            format!("{{\"task\": \"transcribe\", \"duration\": 9, \"text\": \"{long}\"}}"),
        ] {
            assert_eq!(sniff(&Head::of(&text)), 40);
        }
    }
}
