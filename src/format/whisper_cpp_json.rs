//! whisper.cpp: `transcription[]` with offsets in milliseconds; the text has a space before each word
//! and marks of the model's own in brackets.

use serde::Deserialize;

use super::json::{self, Id, from_millis};
use super::phrases::{Phrase, Phrases};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "whisper-cpp-json",
    about: "whisper.cpp transcript (JSON of `-oj` or `-ojf`, with `transcription`)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    match head.first {
        Some('{') if has("\"transcription\"") && has("\"offsets\"") => 93,
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root {
    transcription: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    offsets: Option<Offsets>,
    text: Option<String>,
    speaker: Option<Id>,
}

#[derive(Deserialize)]
struct Offsets {
    from: Option<f64>,
    to: Option<f64>,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let root: Root = json::parse(&source.text)?;
    let begins_word = |text: &str| text.starts_with(char::is_whitespace);
    let is_spaced = root.transcription.iter().any(|segment| {
        segment.text.as_deref().is_some_and(|text| begins_word(text) && !text.trim().is_empty())
    });
    let mut phrases = Phrases::default();
    // Segments of a word or less are cut anywhere; one that goes on with a word has no space.
    let mut is_in_word = false;
    for segment in root.transcription {
        let text = spoken(segment.text.as_deref().unwrap_or_default());
        if text.trim().is_empty() {
            continue;
        }
        let goes_on = is_spaced && is_in_word && !begins_word(&text);
        is_in_word = text.ends_with(|c: char| c.is_alphanumeric() || c == '\'' || c == '-');
        let (from, to) = segment.offsets.map_or((None, None), |offsets| (offsets.from, offsets.to));
        let phrase = Phrase {
            channel: None,
            // Of a stereo recording; `?` where it could not tell.
            speaker: segment.speaker.filter(|id| id.text() != "?"),
            times: (from_millis(from), from_millis(to)),
            text,
        };
        if goes_on { phrases.mark(phrase) } else { phrases.add(phrase) }
    }
    Ok(phrases.into_pieces().finish(FORMAT.id))
}

/// The text without the model's own marks: `[BLANK_AUDIO]`, `[SPEAKER_TURN]`, `[_BEG_]`, `[_TT_42]`.
fn spoken(text: &str) -> String {
    let is_mark = |piece: &str| {
        let inner = piece.trim_start_matches('[').trim_end_matches(']');
        piece.ends_with(']')
            && (inner.starts_with('_') || ["BLANK_AUDIO", "SPEAKER_TURN"].contains(&inner))
    };
    let pieces = text.split_inclusive(']').map(|piece| {
        let mark = piece.rfind('[').filter(|at| is_mark(&piece[*at..]));
        &piece[..mark.unwrap_or(piece.len())]
    });
    pieces.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    fn transcription(segments: &[(i64, &str)]) -> String {
        let segments: Vec<_> = segments
            .iter()
            .map(|(from, text)| {
                let to = from + 500;
                format!(r#"{{"offsets": {{"from": {from}, "to": {to}}}, "text": "{text}", "tokens": [{{"text": "[_BEG_]"}}]}}"#)
            })
            .collect();
        format!(r#"{{"result": {{"language": "en"}}, "transcription": [{}]}}"#, segments.join(","))
    }

    #[test]
    fn marks_of_the_model_are_no_speech() {
        let text = transcription(&[
            (0, " [BLANK_AUDIO]"),
            (500, "[_BEG_] So [Ana] says[_TT_42]"),
            (1_000, " yes. [SPEAKER_TURN]"),
            (1_500, "[[["),
        ]);
        assert_eq!(said(&read_as(&FORMAT, &text)), [(None, Some(500), "So [Ana] says yes. [[[")]);
        assert_eq!(sniff(&Head::of(&text)), 93);
    }

    #[test]
    fn segments_of_a_word_or_less_are_put_together() {
        let text = transcription(&[
            (0, " Wel"),
            (500, "come"),
            (900, ","),
            (1_000, " it"),
            (1_500, "'s"),
            (2_000, " me."),
        ]);
        let read = read_as(&FORMAT, &text);
        assert_eq!(said(&read), [(None, Some(0), "Welcome, it's me.")]);
        // Models that write no spaces at all cut between words.
        let text = transcription(&[(0, "One thing"), (500, "and another.")]);
        assert_eq!(said(&read_as(&FORMAT, &text)), [(None, Some(0), "One thing and another.")]);
    }

    #[test]
    fn stereo_recordings_have_numbered_speakers() {
        let text = r#"{"transcription": [
            {"offsets": {"from": 0, "to": 900}, "text": " Hi.", "speaker": "0"},
            {"offsets": {"from": 900, "to": 1900}, "text": " Yes.", "speaker": "1"},
            {"offsets": {"from": 1900, "to": 2900}, "text": " Well.", "speaker": "?"}]}"#;
        let expected = [
            (Some("Speaker 0"), Some(0), "Hi."),
            (Some("Speaker 1"), Some(900), "Yes."),
            (None, Some(1_900), "Well."),
        ];
        assert_eq!(said(&read_as(&FORMAT, text)), expected);
    }
}
