//! Amazon Bedrock Data Automation: `audio_segments[]` with milliseconds, speaker's and channel's label.

use serde::Deserialize;

use super::json::{self, Id, from_millis};
use super::phrases::{Phrase, Phrases};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "aws-bda-json",
    about: "Amazon Bedrock Data Automation, standard output of audio (JSON)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    // The items come first and may fill all that is looked at.
    let has_parts = has("\"audio_segments\"") || has("\"audio_items\"");
    match head.first {
        Some('{') if has_parts && has("\"start_timestamp_millis\"") => 93,
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root {
    audio_segments: Vec<Segment>,
}

#[derive(Deserialize)]
struct Segment {
    text: Option<String>,
    speaker: Option<Speaker>,
    channel: Option<Channel>,
    start_timestamp_millis: Option<f64>,
    end_timestamp_millis: Option<f64>,
}

#[derive(Deserialize)]
struct Speaker {
    speaker_label: Option<Id>,
}

#[derive(Deserialize)]
struct Channel {
    channel_label: Option<Id>,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let root: Root = json::parse(&source.text)?;
    let mut phrases = Phrases::default();
    for segment in root.audio_segments {
        let (start, end) = (segment.start_timestamp_millis, segment.end_timestamp_millis);
        phrases.add(Phrase {
            channel: segment.channel.and_then(|channel| channel.channel_label),
            speaker: segment.speaker.and_then(|speaker| speaker.speaker_label),
            times: (from_millis(start), from_millis(end)),
            text: segment.text.unwrap_or_default(),
        });
    }
    Ok(phrases.into_pieces().finish(FORMAT.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn segments_have_labels_of_speaker_and_channel() {
        let text = r#"{"metadata": {}, "audio_items": [{"content": "Hi", "start_timestamp_millis": 40}], "audio_segments": [
            {"start_timestamp_millis": 40, "end_timestamp_millis": 900, "type": "TRANSCRIPT", "text": "Hi.",
             "speaker": {"speaker_label": "spk_1"}, "channel": {"channel_label": "ch_1"}, "audio_item_indices": [0]},
            {"start_timestamp_millis": 1200, "end_timestamp_millis": 1500, "text": "Yes.",
             "speaker": {"speaker_label": "spk_0"}, "channel": {"channel_label": "ch_0"}}]}"#;
        let expected = [(Some("spk_1"), Some(40), "Hi."), (Some("spk_0"), Some(1_200), "Yes.")];
        assert_eq!(said(&read_as(&FORMAT, text)), expected);
        assert_eq!(sniff(&Head::of(text)), 93);
        let (items, _) = text.split_once("\"audio_segments\"").expect("has it");
        assert_eq!(sniff(&Head::of(items)), 93);
    }
}
