//! Azure batch transcription: `recognizedPhrases[]`, the best reading first, times as ISO durations
//! and in ticks of 100 nanoseconds.

use serde::Deserialize;

use super::json::{self, Id, Seconds, from_millis};
use super::phrases::{Phrase, Phrases};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Millis, Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "azure-batch-json",
    about: "Azure batch transcription result (JSON with `recognizedPhrases`)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    match head.first {
        Some('{') if has("\"recognizedPhrases\"") || has("\"combinedRecognizedPhrases\"") => 93,
        _ => 0,
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Root {
    recognized_phrases: Vec<Recognized>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Recognized {
    channel: Option<Id>,
    speaker: Option<Id>,
    #[serde(default)]
    offset: Seconds,
    #[serde(default)]
    duration: Seconds,
    offset_in_ticks: Option<f64>,
    duration_in_ticks: Option<f64>,
    n_best: Option<Vec<Reading>>,
}

#[derive(Deserialize)]
struct Reading {
    speaker: Option<Id>,
    display: Option<String>,
    lexical: Option<String>,
}

const TICKS_PER_MILLI: f64 = 10_000.0;

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let root: Root = json::parse(&source.text)?;
    let time = |ticks: Option<f64>, iso: Seconds| {
        from_millis(ticks.map(|ticks| ticks / TICKS_PER_MILLI)).or(iso.0)
    };
    let mut phrases = Phrases::default();
    for phrase in root.recognized_phrases {
        // What could not be recognised has no reading.
        let best = phrase.n_best.and_then(|readings| readings.into_iter().next());
        let Some(best) = best else { continue };
        let start = time(phrase.offset_in_ticks, phrase.offset);
        let lasts = time(phrase.duration_in_ticks, phrase.duration);
        let end = start.zip(lasts).map(|(start, lasts)| Millis(start.0 + lasts.0));
        phrases.add(Phrase {
            channel: phrase.channel,
            speaker: phrase.speaker.or(best.speaker),
            times: (start, end),
            text: best.display.or(best.lexical).unwrap_or_default(),
        });
    }
    Ok(phrases.into_pieces().finish(FORMAT.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn times_are_ticks_or_iso_and_speakers_stand_in_either_place() {
        let text = r#"{"combinedRecognizedPhrases": [{"display": "x"}], "recognizedPhrases": [
            {"recognitionStatus": "Success", "channel": 0, "speaker": 1, "offset": "PT9H", "offsetInTicks": 700000.0, "durationInTicks": 15900000.0,
             "nBest": [{"display": "Hello."}, {"display": "Yellow."}]},
            {"recognitionStatus": "NoMatch", "channel": 0, "offset": "PT2S"},
            {"recognitionStatus": "Success", "channel": 0, "offset": "PT1M2.5S", "duration": "PT0.25S", "nBest": [{"speaker": 2, "lexical": "hi"}]}]}"#;
        let read = read_as(&FORMAT, text);
        let expected =
            [(Some("Speaker 1"), Some(70), "Hello."), (Some("Speaker 2"), Some(62_500), "hi")];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[0].end().map(|end| end.0), Some(1_660));
        assert_eq!(read.turns[1].end().map(|end| end.0), Some(62_750));
        assert_eq!(sniff(&Head::of(text)), 93);
    }

    #[test]
    fn channels_come_one_after_the_other_and_are_set_by_time() {
        let phrase = |channel: u8, second: u8, said: &str| {
            format!(
                r#"{{"channel": {channel}, "offset": "PT{second}S", "duration": "PT1S", "nBest": [{{"display": "{said}"}}]}}"#
            )
        };
        let text = format!(
            r#"{{"recognizedPhrases": [{}, {}, {}]}}"#,
            phrase(0, 1, "Hi."),
            phrase(0, 5, "So."),
            phrase(1, 3, "Yes.")
        );
        let expected = [
            (Some("Channel 0"), Some(1_000), "Hi."),
            (Some("Channel 1"), Some(3_000), "Yes."),
            (Some("Channel 0"), Some(5_000), "So."),
        ];
        assert_eq!(said(&read_as(&FORMAT, &text)), expected);
    }
}
