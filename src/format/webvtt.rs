//! Other WebVTT: the speaker as the cue's identifier, in a comment, or nowhere; captions that roll.

use super::cues::{Cue, CueReader, cast, cues, look, named_text};
use super::markup::{self, Plain};
use super::{Confidence, Format, Head, ReadError, lines, names};
use crate::transcript::{Fragment, Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "webvtt",
    about: "Any other WebVTT, the speaker in the cue's identifier, in a NOTE or nowhere",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let look = look(head.text);
    if look.has_header { 60 } else { 0 }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let mut reader = CueReader::new(source);
    let cast = cast(text);
    let mut rolling = Rolling::default();
    for cue in cues(text) {
        let (name, mut plain) = named_text(text, cue.payload.clone(), &cast);
        let outside = name.is_none().then(|| name_outside(text, &cue)).flatten();
        rolling.skip_repeated(text, &cue, &mut plain);
        let speaker = reader.speaker(name.as_deref().or(outside));
        reader.say(&cue, speaker, &plain.fragment);
    }
    Ok(reader.finish(FORMAT.id))
}

/// The speaker whom the comment before a cue or its identifier names.
fn name_outside<'a>(text: &'a str, cue: &Cue) -> Option<&'a str> {
    let note = cue.note.clone().map(|note| text[note].trim());
    let id = cue.id.clone().map(|id| text[id].trim());
    note.filter(|note| is_speaker(note)).or(id.filter(|id| is_speaker(id)))
}

/// A comment may be anything, and so may an identifier: only a name of several words is taken.
fn is_speaker(text: &str) -> bool {
    names::is_name(text) && !text.contains(['-', '_']) && text.contains(' ')
}

/// Captions that roll show each line twice or three times: being spoken, then above the next one.
#[derive(Default)]
struct Rolling {
    is_on: bool,
    last: String,
}

impl Rolling {
    /// Once words were timed one by one, leaves out the lines that were shown before.
    fn skip_repeated(&mut self, text: &str, cue: &Cue, plain: &mut Plain) {
        self.is_on |= plain.has_word_times;
        if !self.is_on {
            return;
        }
        let mut fresh = Fragment::new();
        for line in lines::lines(&text[cue.payload.clone()]) {
            let line = cue.payload.start + line.start..cue.payload.start + line.end;
            let shown = markup::undo(text, line.clone()).fragment;
            let shown_text = shown.text().trim();
            if shown_text.is_empty() || shown_text == self.last {
                continue;
            }
            self.last = shown_text.to_owned();
            fresh.push_decoded("\n", line.start);
            fresh.append(&shown);
        }
        plain.fragment = fresh;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn speakers_in_identifiers_and_comments() {
        let text = "WEBVTT\n\nSpeaker 1\n00:02.000 --> 00:03.000\nHey\n\nNOTE Speaker 2\n\n\
                    00:04.000 --> 00:05.000\nHi\n\nNOTE a longer remark\n\n3\n00:06.000 --> 00:07.000\nlast\n";
        let expected = [
            (Some("Speaker 1"), Some(2_000), "Hey"),
            (Some("Speaker 2"), Some(4_000), "Hi"),
            (None, Some(6_000), "last"),
        ];
        assert_eq!(said(&read_as(&FORMAT, text)), expected);
    }

    #[test]
    fn lines_of_rolling_captions_are_said_once() {
        let text = "WEBVTT\nKind: captions\n\n00:00.000 --> 00:02.500\n \nhi<00:00.500><c> there</c>\n\n\
                    00:02.500 --> 00:02.510\nhi there\n \n\n00:02.510 --> 00:05.000\nhi there\n\
                    come<00:03.000><c> in</c>\n";
        assert_eq!(said(&read_as(&FORMAT, text)), [(None, Some(0), "hi there come in")]);
    }
}
