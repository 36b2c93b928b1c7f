//! Google Speech-to-Text: `results[].alternatives[].words[]`, spelled as its JSON or as its protobuf.
//!
//! Where speakers are told apart, a last result has all words again, with their speakers; streams say
//! everything anew in each. What is said again takes the place of what was before.

use rustc_hash::FxHashMap;
use serde::Deserialize;

use super::json::{self, Id, Seconds};
use super::phrases::{Phrase, Phrases};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Millis, Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "google-stt-json",
    about: "Google Speech-to-Text results (JSON of the API or of its protobuf)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    let is_others = has("\"channels\"") || has("\"items\"") || has("\"channel_labels\"");
    let is_signed = [
        "\"words\"",
        "\"languageCode\"",
        "\"language_code\"",
        "\"resultEndTime\"",
        "\"result_end_time\"",
        "\"resultEndOffset\"",
        "\"channelTag\"",
    ]
    .iter()
    .any(|key| has(key));
    match head.first {
        Some('{') if has("\"results\"") && has("\"alternatives\"") && is_signed && !is_others => 88,
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root {
    results: Option<Vec<Heard>>,
    /// Around the results of a long-running operation.
    response: Option<Response>,
}

#[derive(Deserialize)]
struct Response {
    results: Option<Vec<Heard>>,
}

#[derive(Deserialize)]
struct Heard {
    alternatives: Option<Vec<Alternative>>,
    #[serde(alias = "channelTag")]
    channel_tag: Option<Id>,
}

#[derive(Deserialize)]
struct Alternative {
    transcript: Option<String>,
    words: Option<Vec<Word>>,
}

#[derive(Deserialize)]
struct Word {
    word: Option<String>,
    #[serde(default, alias = "startTime", alias = "startOffset", alias = "start_offset")]
    start_time: Seconds,
    #[serde(default, alias = "endTime", alias = "endOffset", alias = "end_offset")]
    end_time: Seconds,
    #[serde(alias = "speakerTag")]
    speaker_tag: Option<Id>,
    #[serde(alias = "speakerLabel")]
    speaker_label: Option<Id>,
}

impl Word {
    fn speaker(&self) -> Option<&Id> {
        let told = |id: &&Id| !["", "0"].contains(&id.text().as_str());
        let label = self.speaker_label.as_ref().filter(told);
        label.or(self.speaker_tag.as_ref().filter(told))
    }
}

/// The best of what a result heard.
struct Best {
    channel: Option<Id>,
    transcript: String,
    words: Vec<Word>,
}

impl Best {
    fn of(heard: Heard) -> Option<Best> {
        let best = heard.alternatives?.into_iter().next()?;
        let transcript = best.transcript.unwrap_or_default();
        Some(Best { channel: heard.channel_tag, transcript, words: best.words.unwrap_or_default() })
    }

    fn start(&self) -> Option<Millis> {
        self.words.iter().find_map(|word| word.start_time.0)
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let root: Root = json::parse(&source.text)?;
    let results = root.results.or(root.response.and_then(|response| response.results));
    let Some(results) = results else {
        return Err(ReadError::new("there are no `results` in this JSON"));
    };
    let results: Vec<Best> = results.into_iter().filter_map(Best::of).collect();
    let anew = told_anew(&results);
    let mut phrases = Phrases::default();
    for (at, best) in results.into_iter().enumerate() {
        if at < anew[&best.channel].0 {
            continue;
        }
        say(&mut phrases, best);
    }
    Ok(phrases.into_pieces().finish(FORMAT.id))
}

/// For each channel, with which result it is told for the last time, and when that starts.
fn told_anew(results: &[Best]) -> FxHashMap<Option<Id>, (usize, Option<Millis>)> {
    let mut anew = FxHashMap::default();
    for (at, best) in results.iter().enumerate() {
        let start = best.start();
        let told = anew.entry(best.channel.clone()).or_insert((at, start));
        let starts_over = start.zip(told.1).is_some_and(|(start, before)| start <= before);
        let is_second_telling = best.transcript.trim().is_empty() || starts_over;
        if told.0 < at && !best.words.is_empty() && is_second_telling {
            *told = (at, start);
        }
    }
    anew
}

fn say(phrases: &mut Phrases, best: Best) {
    let Best { channel, transcript, words } = best;
    if words.is_empty() {
        phrases.add(Phrase { channel, speaker: None, times: (None, None), text: transcript });
        return;
    }
    for word in words {
        phrases.word(Phrase {
            channel: channel.clone(),
            speaker: word.speaker().cloned(),
            times: (word.start_time.0, word.end_time.0),
            text: word.word.unwrap_or_default(),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    const TWO: [(Option<&str>, Option<i64>, &str); 2] =
        [(Some("Speaker 1"), Some(0), "Hi there"), (Some("Speaker 2"), Some(900), "yes")];

    #[test]
    fn the_last_result_says_all_again_with_speakers() {
        let text = r#"{"results": [
            {"alternatives": [{"transcript": "Hi there", "words": [{"startTime": "0s", "endTime": "0.300s", "word": "Hi"}, {"startTime": "0.300s", "endTime": "0.600s", "word": "there"}]}]},
            {"alternatives": [{"transcript": " yes", "words": [{"startTime": "0.900s", "endTime": "1.100s", "word": "yes"}]}], "resultEndTime": "1.200s"},
            {"alternatives": [{"words": [{"startTime": "0s", "endTime": "0.300s", "word": "Hi", "speakerTag": 1}, {"startTime": "0.300s", "endTime": "0.600s", "word": "there", "speakerTag": 1},
                {"startTime": "0.900s", "endTime": "1.100s", "word": "yes", "speakerTag": 2}]}]}]}"#;
        assert_eq!(said(&read_as(&FORMAT, text)), TWO);
        assert_eq!(sniff(&Head::of(text)), 88);
    }

    #[test]
    fn a_stream_says_all_again_in_each_result() {
        let first = r#"{"word": "Hi", "startOffset": "0s", "speakerLabel": "1", "speakerTag": 1}, {"word": "there", "startOffset": "0.3s", "speakerLabel": "1"}"#;
        let text = format!(
            r#"{{"results": [{{"alternatives": [{{"transcript": "Hi there", "words": [{first}]}}]}},
                {{"alternatives": [{{"transcript": "Hi there yes", "words": [{first}, {{"word": "yes", "startOffset": "0.9s", "speakerLabel": "2"}}]}}]}}]}}"#
        );
        assert_eq!(said(&read_as(&FORMAT, &text)), TWO);
    }

    #[test]
    fn protobuf_has_its_own_spelling_and_operations_wrap() {
        let text = r#"{"name": "1", "done": true, "response": {"results": [{"language_code": "en-us", "alternatives": [{"transcript": "Hi there yes", "words": [
            {"word": "Hi", "start_time": {}, "end_time": {"seconds": "0", "nanos": 300000000}, "speaker_tag": 1},
            {"word": "there", "start_time": {"nanos": 300000000}, "end_time": {"nanos": 600000000}, "speaker_tag": 1},
            {"word": "yes", "start_time": {"nanos": 900000000}, "end_time": {"seconds": 1}, "speaker_tag": 2}]}]}]}}"#;
        let read = read_as(&FORMAT, text);
        assert_eq!(said(&read), TWO);
        assert_eq!(read.turns[1].end().map(|end| end.0), Some(1_000));
        assert_eq!(sniff(&Head::of(text)), 88);
    }

    #[test]
    fn channels_are_speakers_and_words_may_be_missing() {
        let text = r#"{"results": [
            {"alternatives": [{"transcript": "Hi there", "confidence": 0.9}, {"transcript": "high"}], "channelTag": 1, "resultEndTime": "1s"},
            {"alternatives": [{"transcript": "yes"}], "channelTag": 2}, {"alternatives": []}]}"#;
        let expected = [(Some("Channel 1"), None, "Hi there"), (Some("Channel 2"), None, "yes")];
        let read = read_as(&FORMAT, text);
        assert_eq!(said(&read), expected);
        assert_eq!(read.warnings, ["no usable start time in 2 pieces"]);
        assert_eq!(sniff(&Head::of(text)), 88);
    }
}
