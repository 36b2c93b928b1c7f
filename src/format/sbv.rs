//! SubViewer captions, as YouTube and Google Meet write them: two times with a comma between, then text.

use super::cues::read_named;
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "sbv",
    about: "SubViewer captions of YouTube and Meet (`.sbv`), with `Name: text` or without",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let look = head.look();
    if look.pairs > 0 && look.cues == 0 { 93 } else { 0 }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    Ok(read_named(source, FORMAT.id, |_| None))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn blank_lines_may_be_missing() {
        let text = "0:00:00.500,0:00:04.000\nAna: Hello there,\nall of you.\n0:00:04.000,0:00:08.000\n\
                    Bo: In\n1984\n0:00:08.000,0:00:09.000\n\n0:00:09.000,0:00:09.500\nBo: we met.\n";
        assert!(sniff(&Head::of(text)) > 90);
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana"), Some(500), "Hello there, all of you."),
            (Some("Bo"), Some(4_000), "In 1984 we met."),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[1].end().map(|end| end.0), Some(9_500));
    }

    #[test]
    fn a_table_of_times_is_no_caption_file() {
        assert_eq!(sniff(&Head::of("0:01,0:02,Ana,hi there\n0:02,0:03,Bo,well\n")), 0);
        assert_eq!(sniff(&Head::of("1,2\n3,4\n")), 0);
    }
}
