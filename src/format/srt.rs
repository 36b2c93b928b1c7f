//! SubRip: numbered cues with commas in their times; a cue may be a turn of minutes.

use super::cues::read_named;
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "srt",
    about: "SubRip captions (`.srt`), with `Name: text` or `[Speaker 1] text`",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let look = head.look();
    match look {
        _ if look.has_header || look.cues == 0 => 0,
        _ if look.commas * 2 > look.cues => 95,
        // Some converters write full stops; the numbers still tell.
        _ if look.numbered == look.cues => 75,
        _ => 0,
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    Ok(read_named(source, FORMAT.id, |_| None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn names_stand_before_a_colon_or_in_brackets() {
        let text = "1\n00:00:01,500 --> 00:00:02,000\nAna: hi\nyou\n\n2\n00:00:03,000 --> 00:02:59,000\n\
                    [Speaker 1] <i>well</i>\n\n3\n00:03:00,000 --> 00:03:01,000\n[Music]\n";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana"), Some(1_500), "hi you"),
            (Some("Speaker 1"), Some(3_000), "well"),
            (None, Some(180_000), "[Music]"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[1].end().map(|end| end.0), Some(179_000));
        assert!(sniff(&Head::of(text)) > 90);
        assert!(sniff(&Head::of("1\n00:00:01.000 --> 00:00:02.000\nhi\n")) > 70);
    }
}
