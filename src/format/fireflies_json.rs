//! Fireflies: `sentences[]` with a speaker's name, text, and seconds as a number or a string.
//!
//! The GraphQL answer wraps the transcript in `data`; downloads hold it bare, or only its sentences,
//! whose fields have had two spellings. Dates are of the meeting and say nothing about its turns.

use serde::Deserialize;

use super::json::{self, Id, Pieces, Seconds};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "fireflies-json",
    about: "Fireflies transcript (JSON of the API or a download, with `sentences`)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    let is_named = has("\"speaker_name\"");
    let is_timed = has("\"start_time\"") || has("\"startTime\"");
    match head.first {
        Some('{') if has("\"sentences\"") && (is_named || is_timed && has("\"speaker_id\"")) => 92,
        Some('{' | '[') if is_named && is_timed && (has("\"text\"") || has("\"sentence\"")) => 80,
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root {
    data: Option<Data>,
    transcript: Option<Meeting>,
    sentences: Option<Vec<Sentence>>,
}

#[derive(Deserialize)]
struct Data {
    transcript: Option<Meeting>,
    transcripts: Option<Vec<Meeting>>,
}

#[derive(Deserialize)]
struct Meeting {
    sentences: Option<Vec<Sentence>>,
}

#[derive(Deserialize)]
struct Sentence {
    speaker_name: Option<Id>,
    speaker_id: Option<Id>,
    text: Option<String>,
    sentence: Option<String>,
    raw_text: Option<String>,
    #[serde(default, alias = "startTime")]
    start_time: Seconds,
    #[serde(default, alias = "endTime")]
    end_time: Seconds,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let mut pieces = Pieces::default();
    for sentence in sentences(&source.text)? {
        let name = sentence.speaker_name.filter(|name| !name.text().is_empty());
        let speaker = name.or(sentence.speaker_id).and_then(|id| pieces.speaker(&id));
        let text = sentence.text.or(sentence.sentence).or(sentence.raw_text);
        pieces.say(speaker, (sentence.start_time.0, sentence.end_time.0), text.as_deref());
    }
    Ok(pieces.finish(FORMAT.id))
}

/// The sentences of the one meeting, wherever they stand.
fn sentences(text: &str) -> Result<Vec<Sentence>, ReadError> {
    if text.trim_start().starts_with('[') {
        return json::parse(text);
    }
    let Root { data, transcript, sentences } = json::parse(text)?;
    let mut found: Vec<Vec<Sentence>> = sentences.into_iter().collect();
    let (one, several) = data.map_or((None, None), |data| (data.transcript, data.transcripts));
    let meetings = transcript.into_iter().chain(one).chain(several.into_iter().flatten());
    found.extend(meetings.filter_map(|meeting| meeting.sentences));
    found.retain(|sentences| !sentences.is_empty());
    if found.len() > 1 {
        let meetings = found.len();
        return Err(ReadError::new(format!("there are {meetings} meetings in this file"))
            .with_help("split it: one element of `transcripts` a file"));
    }
    match found.pop() {
        Some(sentences) => Ok(sentences),
        None => the_only_one(text),
    }
}

/// A sentence that is the whole file.
fn the_only_one(text: &str) -> Result<Vec<Sentence>, ReadError> {
    let sentence: Sentence = json::parse(text)?;
    if sentence.speaker_name.is_none() && sentence.start_time.0.is_none() {
        return Err(ReadError::new("there are no `sentences` in this JSON")
            .with_help("ask the API for `sentences { speaker_name text start_time end_time }`"));
    }
    Ok(vec![sentence])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    const SENTENCES: &str = r#"[
        {"index": 0, "speaker_name": "Ana Lima", "text": "Hi.", "raw_text": "hi", "start_time": "0", "end_time": "1.5"},
        {"index": 1, "speaker_name": null, "speaker_id": 2, "text": "Yes.", "start_time": 2.25, "end_time": 3.0}]"#;

    #[test]
    fn sentences_are_found_in_an_answer_a_download_and_a_list() {
        for text in [
            SENTENCES.to_owned(),
            format!(r#"{{"date": 1767225600000, "sentences": {SENTENCES}}}"#),
            format!(r#"{{"data": {{"transcript": {{"title": "t", "sentences": {SENTENCES}}}}}}}"#),
            format!(
                r#"{{"data": {{"transcripts": [{{"sentences": []}}, {{"sentences": {SENTENCES}}}]}}}}"#
            ),
            format!(r#"{{"transcript": {{"sentences": {SENTENCES}}}}}"#),
        ] {
            let read = read_as(&FORMAT, &text);
            let expected =
                [(Some("Ana Lima"), Some(0), "Hi."), (Some("Speaker 2"), Some(2_250), "Yes.")];
            assert_eq!(said(&read), expected, "{text}");
            assert_eq!(read.turns[0].end().map(|end| end.0), Some(1_500));
            assert!(sniff(&Head::of(&text)) >= 80, "{text}");
        }
    }

    #[test]
    fn fields_have_two_spellings() {
        let text = r#"[{"sentence": "Hi.", "startTime": "00:04", "endTime": "00:05", "speaker_name": "Ana"}]"#;
        assert_eq!(said(&read_as(&FORMAT, text)), [(Some("Ana"), Some(4_000), "Hi.")]);
        assert!(sniff(&Head::of(text)) >= 80);
    }

    #[test]
    fn no_sentences_and_two_meetings_are_refused() {
        let refusal = |text: &str| (FORMAT.read)(&source(text)).expect_err("is refused").message;
        assert!(refusal(r#"{"sentences": []}"#).contains("no `sentences`"));
        let meeting = format!(r#"{{"sentences": {SENTENCES}}}"#);
        let two = format!(r#"{{"data": {{"transcripts": [{meeting}, {meeting}]}}}}"#);
        assert!(refusal(&two).contains("2 meetings"));
    }
}
