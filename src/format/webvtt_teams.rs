//! Teams' WebVTT: the speaker in a voice tag, or a JSON object for each cue.

use std::borrow::Cow;
use std::ops::Range;

use serde::Deserialize;

use super::cues::{CueReader, cues, has_name_lines, name_line};
use super::{Confidence, Format, Head, ReadError, markup};
use crate::transcript::{Fragment, Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "webvtt-teams",
    about: "Microsoft Teams transcript (WebVTT with `<v Name>` tags or JSON cues)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let look = head.look();
    match look {
        _ if look.cues == 0 => 0,
        _ if (look.voices + look.json) * 4 >= look.cues => 95,
        _ if look.voices + look.json > 0 => 85,
        _ if look.slashed > 0 => 80,
        _ if !look.has_header && look.commas == 0 && has_name_lines(head.text) => 85,
        // The type without speakers comes without a header, too.
        _ if !look.has_header && look.commas == 0 && look.names == 0 => 65,
        _ => 0,
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let mut reader = CueReader::new(source);
    let has_name_lines = has_name_lines(text);
    for cue in cues(text) {
        let json = json_cue(text, cue.payload.clone());
        let own_line = has_name_lines.then(|| name_line(text, cue.payload.clone())).flatten();
        let (name, said) = json.unwrap_or_else(|| match own_line {
            Some((name, start)) => {
                let said = markup::undo(text, start..cue.payload.end).fragment;
                (Some(text[name].to_owned()), said)
            }
            None => {
                let plain = markup::undo(text, cue.payload.clone());
                (plain.voice, plain.fragment)
            }
        });
        let speaker = reader.speaker(name.as_deref());
        reader.say(&cue, speaker, &said);
    }
    Ok(reader.finish(FORMAT.id))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload<'a> {
    speaker_name: Option<String>,
    #[serde(borrow)]
    spoken_text: Cow<'a, str>,
}

/// The speaker and the words of a cue that is a JSON object.
fn json_cue(text: &str, payload: Range<usize>) -> Option<(Option<String>, Fragment)> {
    let object = &text[payload.clone()];
    if !object.trim_start().starts_with('{') {
        return None;
    }
    let cue: Payload = serde_json::from_str(object).ok()?;
    let key = "\"spokenText\"";
    let after_key = object.find(key).map_or(0, |at| at + key.len());
    // The value begins after the colon and its quotation mark.
    let value = object[after_key..].find('"').map_or(0, |at| after_key + at + 1);
    let mut said = Fragment::new();
    match cue.spoken_text {
        Cow::Borrowed(words) => said.push_decoded(words, payload.start + value),
        // Pieces between escapes are found again in order; what an escape made stands at its place.
        Cow::Owned(words) => place_unescaped(&words, object, value, payload.start, &mut said),
    }
    Some((cue.speaker_name, said))
}

/// Copies unescaped words, each piece placed where it stands in the JSON string.
fn place_unescaped(words: &str, object: &str, value: usize, base: usize, said: &mut Fragment) {
    let mut at = value;
    let mut rest = words;
    while !rest.is_empty() {
        let raw = &object[at..];
        let plain = raw.find(['\\', '"']).unwrap_or(raw.len()).min(rest.len());
        let plain = rest.floor_char_boundary(plain);
        said.push_decoded(&rest[..plain], base + at);
        at += plain;
        rest = &rest[plain..];
        let Some(made) = rest.chars().next() else { break };
        said.push_decoded(made.encode_utf8(&mut [0; 4]), base + at);
        rest = &rest[made.len_utf8()..];
        at += escape_length(&object[at..], made);
    }
}

/// The length of the escape that made this character; a pair of surrogates has two.
fn escape_length(raw: &str, made: char) -> usize {
    let length = match (raw.as_bytes().get(1), made.len_utf16()) {
        (Some(b'u'), 1) => 6,
        (Some(b'u'), _) => 12,
        _ => 2,
    };
    raw.floor_char_boundary(length.min(raw.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};
    use crate::transcript::LineIndex;

    #[test]
    fn voices_with_all_their_quirks() {
        let text = "WEBVTT\r\n\r\nb0c1-22/32-0\r\n0:0:0.0 --> 0:0:5.320\r\n<v.loud Ada &amp; Co>We <i>really</i> need R&amp;D\r\n\
                    to ship&nbsp;now. <v Bo>not me</v>\r\n\r\n\
                    -00:00:01.500 --> 00:00:02.000\r\n<v Cy>I <3 this\r\n\r\n00:05.000 --> 00:06.000\r\nno one";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ada & Co"), Some(0), "We really need R&D to ship now. not me"),
            (Some("Cy"), Some(-1_500), "I <3 this"),
            (None, Some(5_000), "no one"),
        ];
        assert_eq!(said(&read), expected);
    }

    #[test]
    fn json_cues_give_speaker_and_words_in_their_place() {
        let text = "WEBVTT\n\n00:00:03.663 --> 00:00:07.903\n{\"speakerName\":\"Ana Lima\",\"spokenText\":\
                    \"She said \\\"go\\\" \\ud83d\\ude00 now\",\"spokenLanguage\":\"en-us\"}\n\n\
                    00:00:08.0 --> 00:00:09.0\n{\"speakerName\": \"Ana Lima\", \"spokenText\": \"Oh.\"}\n";
        let read = read_as(&FORMAT, text);
        assert_eq!(said(&read), [(Some("Ana Lima"), Some(3_663), "She said \"go\" 😀 now Oh.")]);
        let turn = &read.turns[0];
        let lines = LineIndex::new(text);
        for word in ["She", "go", "now", "Oh."] {
            let place = turn.source_offset(turn.text.find(word).expect("is there"));
            assert_eq!(place, text.find(word), "{word}");
            assert!(place.is_some_and(|at| lines.locate(at).0 >= 4));
        }
    }

    #[test]
    fn names_may_stand_on_lines_of_their_own() {
        let text = "0:0:0.0 --> 0:0:1.480\nAna Lima\nHello there.\n\n0:0:1.480 --> 0:0:4.0\nBo\nGlad\nto be here.\n";
        assert!(sniff(&Head::of(text)) > 80);
        let expected = [
            (Some("Ana Lima"), Some(0), "Hello there."),
            (Some("Bo"), Some(1_480), "Glad to be here."),
        ];
        assert_eq!(said(&read_as(&FORMAT, text)), expected);
    }

    #[test]
    fn a_headerless_file_without_speakers_is_known_by_its_times() {
        let text = "00:00:01.500 --> 00:00:04.000 \nHello there. \n\n00:00:04.000 --> 00:00:07.200 \nGlad. \n";
        assert!(sniff(&Head::of(text)) > 50);
        assert_eq!(said(&read_as(&FORMAT, text)), [(None, Some(1_500), "Hello there. Glad.")]);
    }
}
