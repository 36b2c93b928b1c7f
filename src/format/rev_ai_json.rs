//! Rev AI: `monologues[]` of elements, words with seconds and marks that carry the spaces.

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::json::{self, Id, Seconds};
use super::phrases::{Phrase, Phrases};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "rev-ai-json",
    about: "Rev and Rev AI transcript (JSON with `monologues`)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    match head.first {
        Some('{') if has("\"monologues\"") && has("\"elements\"") => 93,
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root {
    monologues: Vec<Monologue>,
    speakers: Option<Vec<Named>>,
}

/// A speaker whom people have named, in a list beside the monologues.
#[derive(Deserialize)]
struct Named {
    id: Option<Id>,
    name: Option<Id>,
}

#[derive(Deserialize)]
struct Monologue {
    speaker: Option<Id>,
    speaker_info: Option<SpeakerInfo>,
    elements: Option<Vec<Element>>,
}

#[derive(Deserialize)]
struct SpeakerInfo {
    display_name: Option<Id>,
}

#[derive(Deserialize)]
struct Element {
    value: Option<String>,
    #[serde(default, alias = "timestamp")]
    ts: Seconds,
    #[serde(default, alias = "end_timestamp")]
    end_ts: Seconds,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let root: Root = json::parse(&source.text)?;
    let named: FxHashMap<Id, Id> = root
        .speakers
        .unwrap_or_default()
        .into_iter()
        .filter_map(|speaker| Some((speaker.id?, speaker.name?)))
        .collect();
    let mut phrases = Phrases::default();
    for monologue in root.monologues {
        let number = monologue.speaker;
        let listed = number.as_ref().and_then(|id| named.get(id)).cloned();
        let shown = monologue.speaker_info.and_then(|info| info.display_name).or(listed);
        let speaker = shown.filter(|name| !name.text().is_empty()).or(number);
        let mut is_apart = true;
        for element in monologue.elements.unwrap_or_default() {
            let value = element.value.unwrap_or_default();
            is_apart |= value.starts_with(char::is_whitespace);
            let phrase = Phrase {
                channel: None,
                speaker: speaker.clone(),
                times: (element.ts.0, element.end_ts.0),
                text: value.trim().to_owned(),
            };
            if phrase.text.is_empty() {
                continue;
            }
            if is_apart {
                phrases.word(phrase)
            } else {
                phrases.mark(phrase)
            }
            is_apart = value.ends_with(char::is_whitespace);
        }
    }
    Ok(phrases.into_pieces().finish(FORMAT.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn marks_carry_the_spaces() {
        let text = r#"{"monologues": [
            {"speaker": 0, "elements": [
                {"type": "text", "value": "Well", "ts": 0.5, "end_ts": 0.9, "confidence": 1}, {"type": "punct", "value": ", "},
                {"type": "text", "value": "half", "ts": 1.0, "end_ts": 1.2}, {"type": "punct", "value": "-"},
                {"type": "text", "value": "day", "ts": 1.2, "end_ts": 1.4}, {"type": "punct", "value": "."},
                {"type": "punct", "value": " "}, {"type": "unknown", "value": "<laugh>"}]},
            {"speaker": 1, "elements": [{"type": "text", "value": "Yes", "ts": 2, "end_ts": 2.2}]}]}"#;
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Speaker 0"), Some(500), "Well, half-day. <laugh>"),
            (Some("Speaker 1"), Some(2_000), "Yes"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[0].end().map(|end| end.0), Some(1_400));
        assert_eq!(sniff(&Head::of(text)), 93);
    }

    #[test]
    fn speakers_may_be_named_in_two_places() {
        let text = r#"{"speakers": [{"id": 2, "name": "Ana Lima"}], "monologues": [
            {"speaker": 2, "elements": [{"type": "text", "value": "Hi.", "timestamp": "00:00:01,500", "end_timestamp": "00:00:02,000"}]},
            {"speaker": 3, "speaker_info": {"id": "x", "display_name": "Bo"}, "elements": [{"type": "text", "value": "Yes.", "ts": 3}]}]}"#;
        let expected = [(Some("Ana Lima"), Some(1_500), "Hi."), (Some("Bo"), Some(3_000), "Yes.")];
        assert_eq!(said(&read_as(&FORMAT, text)), expected);
    }
}
