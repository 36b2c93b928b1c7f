//! Deepgram: `results.utterances[]` where they were asked for, else the paragraphs of each channel,
//! else its words. Seconds; speakers and channels are numbers.

use serde::Deserialize;

use super::json::{self, Id, Seconds};
use super::phrases::{Phrase, Phrases};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "deepgram-json",
    about: "Deepgram transcript (JSON with `results.channels` or `utterances`)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    let is_told = has("\"alternatives\"") || has("\"utterances\"");
    match head.first {
        Some('{') if has("\"channel_labels\"") => 0,
        Some('{') if has("\"results\"") && has("\"channels\"") && is_told => 93,
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root<T> {
    results: T,
}

#[derive(Deserialize)]
struct Phrased {
    utterances: Option<Vec<Utterance>>,
    channels: Option<Vec<Channel<Outlined>>>,
}

#[derive(Deserialize)]
struct Utterance {
    channel: Option<Id>,
    speaker: Option<Id>,
    #[serde(default)]
    start: Seconds,
    #[serde(default)]
    end: Seconds,
    transcript: Option<String>,
}

#[derive(Deserialize)]
struct Channel<T> {
    alternatives: Option<Vec<T>>,
}

#[derive(Deserialize)]
struct Outlined {
    paragraphs: Option<Paragraphs>,
}

#[derive(Deserialize)]
struct Paragraphs {
    paragraphs: Option<Vec<Paragraph>>,
}

#[derive(Deserialize)]
struct Paragraph {
    speaker: Option<Id>,
    sentences: Option<Vec<Sentence>>,
}

#[derive(Deserialize)]
struct Sentence {
    #[serde(default)]
    start: Seconds,
    #[serde(default)]
    end: Seconds,
    text: Option<String>,
}

#[derive(Deserialize)]
struct Worded {
    channels: Option<Vec<Channel<Words>>>,
}

#[derive(Deserialize)]
struct Words {
    words: Option<Vec<Word>>,
    transcript: Option<String>,
}

#[derive(Deserialize)]
struct Word {
    speaker: Option<Id>,
    #[serde(default)]
    start: Seconds,
    #[serde(default)]
    end: Seconds,
    word: Option<String>,
    punctuated_word: Option<String>,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let Root { results: Phrased { utterances, channels } } = json::parse(&source.text)?;
    let utterances = utterances.unwrap_or_default();
    let outlined = |(channel, best): (Id, Outlined)| Some((channel, best.paragraphs?.paragraphs?));
    let mut outlines: Vec<_> = best(channels).filter_map(outlined).collect();
    outlines.retain(|(_, paragraphs)| !paragraphs.is_empty());
    let mut phrases = Phrases::default();
    if !utterances.is_empty() {
        by_utterance(&mut phrases, utterances);
    } else if !outlines.is_empty() {
        for (channel, paragraphs) in outlines {
            by_sentence(&mut phrases, &channel, paragraphs);
        }
    } else {
        // Only now are the words worth their memory.
        let Root { results: Worded { channels } } = json::parse(&source.text)?;
        for (channel, best) in best(channels) {
            by_word(&mut phrases, &channel, best);
        }
    }
    Ok(phrases.into_pieces().finish(FORMAT.id))
}

/// The first alternative of each channel.
fn best<T>(channels: Option<Vec<Channel<T>>>) -> impl Iterator<Item = (Id, T)> {
    let channels = channels.unwrap_or_default().into_iter().zip(0..);
    channels.filter_map(|(channel, number)| {
        let best = channel.alternatives?.into_iter().next()?;
        Some((Id::Number(number), best))
    })
}

fn by_utterance(phrases: &mut Phrases, utterances: Vec<Utterance>) {
    for Utterance { channel, speaker, start, end, transcript } in utterances {
        let text = transcript.unwrap_or_default();
        phrases.add(Phrase { channel, speaker, times: (start.0, end.0), text });
    }
}

fn by_sentence(phrases: &mut Phrases, channel: &Id, paragraphs: Vec<Paragraph>) {
    for Paragraph { speaker, sentences } in paragraphs {
        for Sentence { start, end, text } in sentences.unwrap_or_default() {
            phrases.add(Phrase {
                channel: Some(channel.clone()),
                speaker: speaker.clone(),
                times: (start.0, end.0),
                text: text.unwrap_or_default(),
            });
        }
    }
}

fn by_word(phrases: &mut Phrases, channel: &Id, best: Words) {
    let channel = || Some(channel.clone());
    let words = best.words.unwrap_or_default();
    if words.is_empty() {
        let text = best.transcript.unwrap_or_default();
        phrases.add(Phrase { channel: channel(), speaker: None, times: (None, None), text });
    }
    for Word { speaker, start, end, word, punctuated_word } in words {
        let text = punctuated_word.or(word).unwrap_or_default();
        phrases.word(Phrase { channel: channel(), speaker, times: (start.0, end.0), text });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    fn with_channels(alternatives: &[&str]) -> String {
        let channels: Vec<_> = alternatives
            .iter()
            .map(|alternative| format!(r#"{{"alternatives": [{alternative}]}}"#))
            .collect();
        format!(
            r#"{{"metadata": {{"channels": 1}}, "results": {{"channels": [{}]}}}}"#,
            channels.join(",")
        )
    }

    #[test]
    fn utterances_of_a_speaker_are_a_turn() {
        let text = r#"{"metadata": {}, "results": {"channels": [{"alternatives": [{"transcript": "x", "words": [{"word": "x"}]}]}], "utterances": [
            {"start": 0.5, "end": 1.25, "channel": 0, "transcript": "Hi,", "words": [], "speaker": 0},
            {"start": 2, "end": 2.5, "channel": 0, "transcript": "Ana.", "speaker": 0},
            {"start": 3, "end": 3.5, "channel": 0, "transcript": "Yes.", "speaker": 1}]}}"#;
        let read = read_as(&FORMAT, text);
        let expected =
            [(Some("Speaker 0"), Some(500), "Hi, Ana."), (Some("Speaker 1"), Some(3_000), "Yes.")];
        assert_eq!(said(&read), expected);
        assert_eq!(read.speakers[0].id.as_deref(), Some("0"));
        assert_eq!(sniff(&Head::of(text)), 93);
    }

    #[test]
    fn paragraphs_serve_where_there_are_no_utterances() {
        let text = with_channels(&[
            r#"{"words": [], "paragraphs": {"transcript": "x", "paragraphs": [
            {"speaker": 0, "start": 0.5, "sentences": [{"text": "Hi.", "start": 0.5, "end": 1.0}, {"text": "So.", "start": 1.5, "end": 2}]},
            {"speaker": 1, "sentences": [{"text": "Yes.", "start": 3.0, "end": 3.5}]}]}}"#,
        ]);
        let read = read_as(&FORMAT, &text);
        let expected =
            [(Some("Speaker 0"), Some(500), "Hi. So."), (Some("Speaker 1"), Some(3_000), "Yes.")];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[0].cues.len(), 2);
    }

    #[test]
    fn words_of_two_channels_are_set_against_each_other_by_time() {
        let text = with_channels(&[
            r#"{"words": [{"word": "hi", "punctuated_word": "Hi.", "start": 0.5, "end": 0.9}, {"word": "good", "start": 4.0, "end": 4.4}]}"#,
            r#"{"words": [{"word": "yes", "start": 2.0, "end": 2.2}, {"word": "well", "start": 2.3, "end": 2.5}]}"#,
        ]);
        let expected = [
            (Some("Channel 0"), Some(500), "Hi."),
            (Some("Channel 1"), Some(2_000), "yes well"),
            (Some("Channel 0"), Some(4_000), "good"),
        ];
        assert_eq!(said(&read_as(&FORMAT, &text)), expected);
    }

    #[test]
    fn words_may_lack_speakers_and_there_may_be_no_words() {
        let words = with_channels(&[
            r#"{"words": [{"word": "hi", "start": 0.5, "end": 0.9}, {"word": "you", "start": 1, "end": 1.2}]}"#,
        ]);
        assert_eq!(said(&read_as(&FORMAT, &words)), [(None, Some(500), "hi you")]);
        let whole = with_channels(&[r#"{"transcript": "hi you"}"#]);
        assert_eq!(said(&read_as(&FORMAT, &whole)), [(None, None, "hi you")]);
    }
}
