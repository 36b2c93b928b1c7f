//! Other WebVTT: the speaker as the cue's identifier, in a comment, or nowhere.

use rustc_hash::FxHashMap;

use super::cues::{cues, read_named};
use super::{Confidence, Format, Head, ReadError, names};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "webvtt",
    about: "Any other WebVTT, the speaker in the cue's identifier, in a NOTE or nowhere",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let look = head.look();
    if look.has_header { 60 } else { 0 }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let repeated = repeated_names(text);
    Ok(read_named(source, FORMAT.id, |cue| {
        let note = cue.note.clone().map(|note| text[note].trim());
        let id = cue.id.clone().map(|id| text[id].trim());
        let is_speaker = |name: &&str| is_full_name(name) || repeated.contains_key(name);
        note.filter(|note| is_full_name(note)).or(id.filter(is_speaker))
    }))
}

/// A comment may be anything, and so may an identifier: only a name of several words is taken.
fn is_full_name(text: &str) -> bool {
    names::is_name(text) && !text.contains(['-', '_']) && text.contains(' ')
}

/// Identifiers that are names, since they come back: an identifier proper is its cue's alone. Where
/// all of them look like names, someone may also speak only once.
fn repeated_names(text: &str) -> FxHashMap<&str, usize> {
    let mut met: FxHashMap<&str, usize> = FxHashMap::default();
    let mut all_are_names = true;
    for id in cues(text).filter_map(|cue| cue.id).map(|id| text[id].trim()) {
        if names::is_name(id) {
            *met.entry(id).or_default() += 1;
        } else {
            all_are_names = false;
        }
    }
    let comes_back = met.values().any(|count| *count > 1);
    met.retain(|_, count| *count > 1 || all_are_names && comes_back);
    met
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
    fn one_word_in_an_identifier_is_a_name_if_it_comes_back() {
        let text = "WEBVTT\n\nAna\n00:02.000 --> 00:03.000\nHey\n\nBo\n00:04.000 --> 00:05.000\nHi\n\n\
                    Ana\n00:06.000 --> 00:07.000\nBye\n";
        let expected = [
            (Some("Ana"), Some(2_000), "Hey"),
            (Some("Bo"), Some(4_000), "Hi"),
            (Some("Ana"), Some(6_000), "Bye"),
        ];
        assert_eq!(said(&read_as(&FORMAT, text)), expected);
        let once = read_as(&FORMAT, "WEBVTT\n\nIntro\n00:02.000 --> 00:03.000\nHey\n");
        assert_eq!(said(&once), [(None, Some(2_000), "Hey")]);
    }
}
