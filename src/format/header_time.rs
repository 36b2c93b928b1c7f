//! Texts in which a header line with a time opens each turn: Otter's `Name  1:29`, Riverside's
//! `Name (01:29.500)`, Fathom's `1:29 - Name (Company)`, and headers that are only a time.

use std::ops::Range;

use super::clock::{Clock, resolution};
use super::lines::{lines, trimmed};
use super::{Confidence, Format, Head, ReadError, counted, is_footer, names};
use crate::transcript::{Fragment, Kind, Source, Timing, Transcript, TranscriptBuilder};

/// The format.
pub static FORMAT: Format = Format {
    id: "header-time",
    about: "Text with a header line for each turn: Otter, Riverside, Fathom (`Name  1:29`, `Name (01:29.5)`)",
    sniff,
    read,
};

/// The longest header, in bytes: a name and a time.
const LONGEST: usize = 120;

/// A header line.
struct Header {
    /// The name; `None` where it has only a time.
    name: Option<Range<usize>>,
    clock: Clock,
}

/// Reads a line as a header. Otter sets white space of two columns or more before the time, others
/// parentheses; both name their speakers in any case.
fn header(text: &str, line: Range<usize>) -> Option<Header> {
    let line = trimmed(text, line);
    let header = &text[line.clone()];
    if header.len() > LONGEST || !header.bytes().any(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if let Some(clock) = Clock::parse(header) {
        return Some(Header { name: None, clock });
    }
    if let Some((time, rest)) = header.split_once(" - ")
        && let Some(clock) = Clock::parse(time.trim())
    {
        // The company after the name is no part of it.
        let name = rest.split_once(" (").map_or(rest, |(name, _)| name);
        let start = line.end - rest.len();
        return is_speaker(name).then(|| Header { name: Some(start..start + name.len()), clock });
    }
    let (name, time) = match header.strip_suffix([')', ']']) {
        Some(inner) => inner.rsplit_once(['(', '['])?,
        None => {
            let (name, time) = header.rsplit_once(char::is_whitespace)?;
            let is_apart = name.ends_with(char::is_whitespace) || header.contains('\t');
            if !is_apart {
                return None;
            }
            (name, time)
        }
    };
    let clock = Clock::parse(time)?;
    is_speaker(name)
        .then(|| Header { name: Some(trimmed(text, line.start..line.start + name.len())), clock })
}

/// A line with nothing but a time beside it is a header unless its words are a sentence or a label.
fn is_speaker(name: &str) -> bool {
    let name = name.trim();
    let is_lower_case_name = name.split_whitespace().count() <= 2
        && name.chars().all(|c| c.is_alphanumeric() || " .'_-".contains(c))
        && names::is_name(&capitalized(name));
    names::is_name(name) || is_lower_case_name
}

fn capitalized(name: &str) -> String {
    let words = name.split_whitespace().map(|word| {
        let mut chars = word.chars();
        let first = chars.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        first + chars.as_str()
    });
    words.collect::<Vec<_>>().join(" ")
}

fn sniff(head: &Head) -> Confidence {
    let (mut headers, mut with_body, mut others) = (0, 0, 0);
    let mut after_header = false;
    for line in lines(head.text).filter(|line| !head.text[line.clone()].trim().is_empty()) {
        let is_header = header(head.text, line).is_some();
        headers += usize::from(is_header);
        others += usize::from(!is_header);
        with_body += usize::from(after_header && !is_header);
        after_header = is_header;
    }
    match with_body {
        0 => 0,
        _ if with_body * 2 < headers => 0,
        1 if others <= 3 => 50,
        1 => 0,
        _ if with_body * 20 >= others => 88,
        _ => 40,
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let mut builder = TranscriptBuilder::new();
    let mut turn = None;
    let (mut is_fine, mut left_out) = (false, 0);
    for line in lines(text) {
        if text[line.clone()].trim().is_empty() {
            continue;
        }
        if let Some(Header { name, clock }) = header(text, line.clone()) {
            is_fine |= clock.is_fine;
            let speaker = name.and_then(|name| builder.speaker(&text[name]));
            turn = Some((speaker, Timing::new(Some(clock.at), None)));
            continue;
        }
        match &mut turn {
            None => left_out += 1,
            Some(_) if is_footer(&text[line.clone()]) => {}
            Some((speaker, timing)) => {
                builder.say(*speaker, *timing, &Fragment::slice(text, line));
                // Only the first paragraph of a turn is timed.
                *timing = Timing::default();
            }
        }
    }
    if left_out > 0 {
        builder.warn(format!("left out: {} before the first header", counted(left_out, "line")));
    }
    let has_times = turn.is_some();
    Ok(builder.finish(FORMAT.id, Kind::Speech, resolution(has_times, is_fine)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn otter_with_title_footer_and_an_unknown_speaker() {
        let text = "Weekly call\n\nAna Lima  1:29  \nOne thing.\n\nAnd another at 10:30.\n\n\
                    Unknown Speaker  2:57  \nYes.\n\nbo  1:02:26\nRight\n\nTranscribed by https://otter.example\n";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana Lima"), Some(89_000), "One thing. And another at 10:30."),
            (Some("Unknown Speaker"), Some(177_000), "Yes."),
            (Some("bo"), Some(3_746_000), "Right"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.time_resolution.id(), "s");
    }

    #[test]
    fn parentheses_fractions_and_headers_of_other_shapes() {
        let read =
            read_as(&FORMAT, "Ana (00:03.608)\nHi.\n\nBo (01:00:14.39)\nWell (10:30) is late.\n");
        let expected = [
            (Some("Ana"), Some(3_608), "Hi."),
            (Some("Bo"), Some(3_614_390), "Well (10:30) is late."),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.time_resolution.id(), "ms");
        let fathom = read_as(&FORMAT, "0:05 - Dana Ruiz (Acme)\n  So.\n\n0:55 - Sam Oh\n  Yes.\n");
        let expected =
            [(Some("Dana Ruiz"), Some(5_000), "So."), (Some("Sam Oh"), Some(55_000), "Yes.")];
        assert_eq!(said(&fathom), expected);
    }

    #[test]
    fn headers_may_be_only_a_time() {
        let read = read_as(&FORMAT, "0:01  \nWhen I was young.\n\n0:15\nIt was bad.\n");
        assert_eq!(said(&read), [(None, Some(1_000), "When I was young. It was bad.")]);
        assert_eq!(read.turns[0].time_at(20).map(|at| at.0), Some(15_000));
    }

    #[test]
    fn an_agenda_with_times_is_no_transcript() {
        let confidence = |text| sniff(&Head::of(text));
        assert_eq!(confidence("Agenda (10:30)\nWe meet.\nNotes (11:00)\nAll go.\n"), 0);
        assert_eq!(confidence("We meet at 10:30\nand leave at 11:00\n"), 0);
    }
}
