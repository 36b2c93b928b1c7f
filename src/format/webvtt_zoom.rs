//! Zoom's WebVTT: numbered cues, `Name: text`, and cues in which no one is named.

use super::cues::read_named;
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{Source, Transcript};

/// The format.
pub static FORMAT: Format = Format {
    id: "webvtt-zoom",
    about: "Zoom cloud recording transcript (WebVTT with `Name: text` cues)",
    sniff,
    read,
};

fn sniff(head: &Head) -> Confidence {
    let look = head.look();
    match look {
        _ if look.names == 0 || look.commas > 0 => 0,
        _ if look.has_header && look.names * 4 >= look.cues => 90,
        _ if look.names * 4 >= look.cues => 70,
        _ => 30,
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
    fn names_are_split_off_and_unnamed_cues_are_no_ones() {
        let text = "WEBVTT\r\n\r\n1\r\n00:00:01.000 --> 00:00:02.500\r\nAna Lima: Hello, see 10:30.\r\n\r\n\
                    2\r\n00:00:03.000 --> 00:00:04.000\r\nAna Lima: R&amp;D first\r\n\r\n\
                    3\r\n00:07:03.000 --> 00:07:04.000\r\nand that\r\n\r\n";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana Lima"), Some(1_000), "Hello, see 10:30. R&D first"),
            (None, Some(423_000), "and that"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[0].end().map(|end| end.0), Some(4_000));
        assert_eq!(read.time_resolution.id(), "ms");
        assert_eq!(read.warnings, ["1 of 3 cues name no speaker"]);
    }

    #[test]
    fn a_bad_time_is_dropped_with_a_warning_that_names_its_line() {
        let text =
            "WEBVTT\n\n1\n00:00:01.000 --> 00:00:02.500\nAna: a\n\n2\n00:99:99.000 --> 0\nBo: b\n";
        let read = read_as(&FORMAT, text);
        assert_eq!(said(&read), [(Some("Ana"), Some(1_000), "a"), (Some("Bo"), None, "b")]);
        assert!(read.warnings[0].contains("first on line 8"), "{:?}", read.warnings);
    }
}
