//! Amazon Transcribe: `results` of words and marks, each an item; times are strings.
//!
//! Who speaks has stood in three places: the newest output sums the items up in `audio_segments`;
//! before that each item had a label; the oldest has it only in `speaker_labels`, by time. A call
//! recorded in channels may have the items of each apart, in `channel_labels`.

use serde::Deserialize;

use super::json::{self, Id, Pieces, Seconds};
use super::phrases::{Phrase, Phrases};
use super::{Confidence, Format, Head, ReadError, counted};
use crate::transcript::{Millis, Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "amazon-transcribe-json",
    about: "Amazon Transcribe job output (JSON of any generation, by speaker or channel)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let has = |key| head.has(key);
    let is_job = has("\"transcripts\"") && (has("\"jobName\"") || has("\"accountId\""));
    let is_itemized = has("\"items\"") && has("\"pronunciation\"");
    let is_split = has("\"audio_segments\"") || has("\"channel_labels\"");
    match head.first {
        Some('{') if has("\"results\"") && (is_job || is_itemized || is_split) => 93,
        _ => 0,
    }
}

#[derive(Deserialize)]
struct Root<T> {
    results: T,
}

#[derive(Deserialize)]
struct Summed {
    audio_segments: Option<Vec<AudioSegment>>,
}

#[derive(Deserialize)]
struct AudioSegment {
    transcript: Option<String>,
    speaker_label: Option<Id>,
    channel_label: Option<Id>,
    #[serde(default)]
    start_time: Seconds,
    #[serde(default)]
    end_time: Seconds,
}

#[derive(Deserialize)]
struct Itemized {
    items: Option<Vec<Item>>,
    speaker_labels: Option<SpeakerLabels>,
    channel_labels: Option<ChannelLabels>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(rename = "type")]
    kind: Option<String>,
    alternatives: Option<Vec<Alternative>>,
    speaker_label: Option<Id>,
    channel_label: Option<Id>,
    #[serde(default)]
    start_time: Seconds,
    #[serde(default)]
    end_time: Seconds,
}

#[derive(Deserialize)]
struct Alternative {
    content: Option<String>,
}

#[derive(Deserialize)]
struct ChannelLabels {
    channels: Option<Vec<Channel>>,
}

#[derive(Deserialize)]
struct Channel {
    channel_label: Option<Id>,
    items: Option<Vec<Item>>,
}

#[derive(Deserialize)]
struct SpeakerLabels {
    segments: Option<Vec<Labelled>>,
}

#[derive(Deserialize)]
struct Labelled {
    speaker_label: Option<Id>,
    #[serde(default)]
    start_time: Seconds,
    #[serde(default)]
    end_time: Seconds,
    /// Whether a word was found in it.
    #[serde(skip)]
    is_heard: bool,
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let summed: Root<Summed> = json::parse(&source.text)?;
    let pieces = match summed.results.audio_segments {
        Some(segments) if !segments.is_empty() => by_segment(segments),
        _ => by_item(json::parse::<Root<Itemized>>(&source.text)?.results)?,
    };
    Ok(pieces.finish(FORMAT.id))
}

fn by_segment(segments: Vec<AudioSegment>) -> Pieces {
    let mut phrases = Phrases::default();
    for segment in segments {
        phrases.add(Phrase {
            channel: segment.channel_label,
            speaker: segment.speaker_label,
            times: (segment.start_time.0, segment.end_time.0),
            text: segment.transcript.unwrap_or_default(),
        });
    }
    phrases.into_pieces()
}

fn by_item(results: Itemized) -> Result<Pieces, ReadError> {
    let Itemized { items, speaker_labels, channel_labels } = results;
    let mut channels = channel_labels.and_then(|labels| labels.channels).unwrap_or_default();
    if channels.is_empty() {
        channels.push(Channel { channel_label: None, items });
    }
    if channels.iter().all(|channel| channel.items.is_none()) {
        return Err(ReadError::new("there are no `items` in the `results` of this JSON"));
    }
    let mut labels = Labels::of(speaker_labels);
    let mut phrases = Phrases::default();
    for channel in channels {
        say(&mut phrases, channel, &mut labels);
    }
    let mut pieces = phrases.into_pieces();
    let silent = labels.0.iter().filter(|segment| !segment.is_heard).count();
    if silent > 0 {
        let segments = counted(labels.0.len(), "segment");
        pieces.builder.warn(format!("no words for {silent} of {segments} in `speaker_labels`"));
    }
    Ok(pieces)
}

fn say(phrases: &mut Phrases, channel: Channel, labels: &mut Labels) {
    // What opens a question or a quotation goes before the next word.
    let mut opening = String::new();
    for item in channel.items.unwrap_or_default() {
        let best = item.alternatives.and_then(|alternatives| alternatives.into_iter().next());
        let Some(content) = best.and_then(|best| best.content) else { continue };
        let is_mark = item.kind.as_deref() == Some("punctuation");
        if is_mark && content.starts_with(['¿', '¡']) {
            opening.push_str(&content);
            continue;
        }
        let label = item.start_time.0.and_then(|at| labels.at(at));
        let phrase = Phrase {
            channel: item.channel_label.or_else(|| channel.channel_label.clone()),
            speaker: item.speaker_label.or(label),
            times: (item.start_time.0, item.end_time.0),
            text: std::mem::take(&mut opening) + &content,
        };
        if is_mark { phrases.mark(phrase) } else { phrases.word(phrase) }
    }
}

/// Who speaks when, in the order of time.
struct Labels(Vec<Labelled>);

impl Labels {
    fn of(labels: Option<SpeakerLabels>) -> Labels {
        let mut segments = labels.and_then(|labels| labels.segments).unwrap_or_default();
        segments.sort_by_key(|segment| segment.start_time.0);
        Labels(segments)
    }

    fn at(&mut self, at: Millis) -> Option<Id> {
        let begun = self.0.partition_point(|segment| segment.start_time.0 <= Some(at));
        let segment = self.0[..begun].last_mut()?;
        if segment.end_time.0.is_some_and(|end| end < at) {
            return None;
        }
        segment.is_heard = true;
        segment.speaker_label.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    fn word(start: f64, word: &str, more: &str) -> String {
        format!(
            r#"{{"type": "pronunciation", "start_time": "{start}", "end_time": "{}", "alternatives": [{{"confidence": "0.9", "content": "{word}"}}]{more}}}"#,
            start + 0.2
        )
    }

    fn mark(mark: &str) -> String {
        format!(r#"{{"type": "punctuation", "alternatives": [{{"content": "{mark}"}}]}}"#)
    }

    #[test]
    fn the_oldest_output_has_speakers_only_by_time() {
        let items = [
            mark("¿"),
            word(0.5, "Well", ""),
            mark(","),
            word(0.8, "Ana", ""),
            mark("?"),
            word(2.0, "Yes", ""),
        ];
        let text = format!(
            r#"{{"jobName": "j", "results": {{"transcripts": [{{"transcript": "x"}}], "speaker_labels": {{"speakers": 2, "segments": [
                {{"start_time": "0.5", "end_time": "1.0", "speaker_label": "spk_0", "items": []}},
                {{"start_time": "2.0", "end_time": "2.2", "speaker_label": "spk_1"}},
                {{"start_time": "9.0", "end_time": "9.2", "speaker_label": "spk_1"}}]}}, "items": [{}]}}}}"#,
            items.join(",")
        );
        let read = read_as(&FORMAT, &text);
        let expected =
            [(Some("spk_0"), Some(500), "¿Well, Ana?"), (Some("spk_1"), Some(2_000), "Yes")];
        assert_eq!(said(&read), expected);
        assert_eq!(read.warnings, ["no words for 1 of 3 segments in `speaker_labels`"]);
        assert_eq!(sniff(&Head::of(&text)), 93);
    }

    #[test]
    fn items_may_have_labels() {
        let (a, b) = (r#", "speaker_label": "spk_0""#, r#", "speaker_label": "spk_1""#);
        let items = [word(0.5, "Hi", a), mark("."), word(0.9, "Yes", b), word(1.2, "well", b)];
        let text = format!(r#"{{"results": {{"items": [{}]}}}}"#, items.join(","));
        let expected = [(Some("spk_0"), Some(500), "Hi."), (Some("spk_1"), Some(900), "Yes well")];
        assert_eq!(said(&read_as(&FORMAT, &text)), expected);
    }

    #[test]
    fn the_newest_output_sums_up() {
        let text = r#"{"results": {"items": [{"type": "pronunciation"}], "audio_segments": [
            {"id": 0, "transcript": "Hi, Ana.", "start_time": "0.5", "end_time": "1.2", "speaker_label": "spk_0", "items": [0, 1]},
            {"id": 1, "transcript": "Yes.", "start_time": "1.5", "end_time": "1.9", "speaker_label": "spk_1"}]}}"#;
        let expected =
            [(Some("spk_0"), Some(500), "Hi, Ana."), (Some("spk_1"), Some(1_500), "Yes.")];
        assert_eq!(said(&read_as(&FORMAT, text)), expected);
    }

    #[test]
    fn channels_are_set_against_each_other_by_time() {
        let one = [word(0.5, "Hi", ""), mark("."), word(4.0, "Good", "")].join(",");
        let two = word(2.0, "Yes", "");
        let text = format!(
            r#"{{"results": {{"channel_labels": {{"number_of_channels": 2, "channels": [
                {{"channel_label": "ch_0", "items": [{one}]}}, {{"channel_label": "ch_1", "items": [{two}]}}]}},
                "items": [{one}, {two}]}}}}"#
        );
        let expected = [
            (Some("ch_0"), Some(500), "Hi."),
            (Some("ch_1"), Some(2_000), "Yes"),
            (Some("ch_0"), Some(4_000), "Good"),
        ];
        assert_eq!(said(&read_as(&FORMAT, &text)), expected);
        assert_eq!(sniff(&Head::of(&text)), 93);
    }

    #[test]
    fn without_items_it_is_refused() {
        let error = (FORMAT.read)(&source(r#"{"results": {}}"#)).expect_err("has no items");
        assert!(error.message.contains("no `items`"), "{error}");
    }
}
