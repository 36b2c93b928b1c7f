//! Texts in which a header line with a time opens each turn: Otter's `Name  1:29`, Riverside's
//! `Name (01:29.500)`, Fathom's `1:29 - Name (Company)` as text, Markdown and RTF, the `Name   0:04` or
//! `Name 0:0:4.0 --> 0:0:6.5` of Teams' Word files, and headers that are only a time.

use std::ops::Range;

use super::clock::{Clock, resolution};
use super::lines::{lines, trimmed};
use super::{Confidence, Format, Head, ReadError, counted, is_footer, names};
use crate::transcript::{Fragment, Kind, Source, Timing, Transcript, TranscriptBuilder};

/// The format.
pub static FORMAT: Format = Format {
    id: "header-time",
    about: "Text with a header line for each turn: Otter, Riverside, Fathom, Teams in Word (`Name  1:29`, `Name (01:29.5)`)",
    sniff,
    read,
};

/// The longest header, in bytes: a name and a time.
const LONGEST: usize = 120;

/// The longest header with a link to the recording.
const LONGEST_LINK: usize = 400;

/// A header line.
struct Header {
    /// The name; `None` where it has only a time.
    name: Option<Range<usize>>,
    start: Clock,
    end: Option<Clock>,
    /// Whether its time links to the recording, as in no other text.
    is_link: bool,
}

impl Header {
    fn new(name: Option<Range<usize>>, start: Clock) -> Self {
        Header { name, start, end: None, is_link: false }
    }
}

/// Reads a line as a header. Otter sets white space of two columns or more before the time, others
/// parentheses; both name their speakers in any case.
fn header(text: &str, line: Range<usize>) -> Option<Header> {
    let line = trimmed(text, line);
    let header = &text[line.clone()];
    let (Some(first), Some(last)) = (header.bytes().next(), header.bytes().next_back()) else {
        return None;
    };
    let may_open = first.is_ascii_digit() || b"*[@-".contains(&first);
    let may_close = last.is_ascii_digit() || b")]".contains(&last);
    if header.len() > LONGEST_LINK
        || !(may_open || may_close)
        || !header.bytes().any(|byte| byte.is_ascii_digit())
    {
        return None;
    }
    if let Some(found) = time_first(text, line.clone()) {
        return Some(found);
    }
    if header.len() > LONGEST {
        return None;
    }
    if let Some(clock) = Clock::parse(header) {
        return Some(Header::new(None, clock));
    }
    let place = |name: &str| trimmed(text, line.start..line.start + name.len());
    if let Some((before, end)) = header.split_once("-->") {
        let (name, start) = before.trim_end().rsplit_once(char::is_whitespace)?;
        let (start, end) = (Clock::parse(start)?, Clock::parse(end.trim())?);
        let named = Header { end: Some(end), ..Header::new(Some(place(name)), start) };
        return is_speaker(name).then_some(named);
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
    is_speaker(name).then(|| Header::new(Some(place(name)), clock))
}

/// Reads Fathom's headers: `1:29 - Name (Company)`, `@1:29 - Name` where a link was lost on the way, and
/// `[@1:29](https://...) - **Name (Company)**`. The company after the name is no part of it.
fn time_first(text: &str, line: Range<usize>) -> Option<Header> {
    let header = &text[line.clone()];
    let inner = header.trim_start_matches(['*', '[', '@']);
    let is_link = header[..header.len() - inner.len()].contains('@');
    let (time, rest) = inner.split_at(inner.find(|c: char| !c.is_ascii_digit() && c != ':')?);
    let clock = Clock::parse(time)?;
    let rest = rest.strip_prefix("](").map_or(Some(rest), |link| Some(link.split_once(')')?.1))?;
    let dash = rest.trim_start_matches(|c: char| c == '*' || c.is_whitespace());
    let after = dash.strip_prefix(['-', '\u{2013}'])?;
    let is_apart = rest.starts_with(' ') && after.starts_with(' ');
    if !is_link && !is_apart {
        return None;
    }
    let name = after.trim_matches(|c: char| c == '*' || c.is_whitespace());
    let name = name.split_once(" (").map_or(name, |(name, _)| name);
    if !is_link && !is_speaker(name) {
        return None;
    }
    let start = line.end - after.len() + after.find(name)?;
    let name = (!name.is_empty()).then_some(start..start + name.len());
    Some(Header { is_link, ..Header::new(name, clock) })
}

/// What was said in a line, and whether something else stands before it: Fathom sets action items and
/// highlights into the talk, each with a link to watch it, and the talk goes on after the link.
fn without_aside(text: &str, line: Range<usize>) -> (Range<usize>, bool) {
    let line = trimmed(text, line);
    let words = &text[line.clone()];
    let label = words.trim_start_matches('*').split([':', '-']).next().unwrap_or_default().trim();
    let is_label = label.len() > 3 && label.bytes().all(|b| b.is_ascii_uppercase() || b == b' ');
    let watch = if is_label { words.find("WATCH") } else { None };
    let Some(link) = watch.and_then(|at| Some(at + words[at..].find("http")?)) else {
        return (line, false);
    };
    let ends = |c: char| c.is_whitespace() || c == ')';
    let rest = words[link..].find(ends).map_or("", |end| &words[link + end..]);
    let rest = rest.trim_start_matches(|c: char| c.is_whitespace() || ")*".contains(c));
    (line.end - rest.len()..line.end, true)
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
    let (mut headers, mut with_body, mut others, mut links) = (0, 0, 0, 0);
    let mut after_header = false;
    for line in lines(head.text).filter(|line| !head.text[line.clone()].trim().is_empty()) {
        let found = header(head.text, line);
        links += usize::from(found.as_ref().is_some_and(|header| header.is_link));
        headers += usize::from(found.is_some());
        others += usize::from(found.is_none());
        with_body += usize::from(after_header && found.is_none());
        after_header = found.is_some();
    }
    match with_body {
        0 => 0,
        _ if links > 0 => 90,
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
    let (mut is_fine, mut left_out, mut asides) = (false, 0, 0);
    for line in lines(text) {
        if text[line.clone()].trim().is_empty() {
            continue;
        }
        if let Some(Header { name, start, end, .. }) = header(text, line.clone()) {
            is_fine |= start.is_fine;
            let speaker = name.and_then(|name| builder.speaker(&text[name]));
            turn = Some((speaker, Timing::new(Some(start.at), end.map(|end| end.at))));
            continue;
        }
        match &mut turn {
            None => left_out += 1,
            Some(_) if is_footer(&text[line.clone()]) => {}
            Some((speaker, timing)) => {
                let (said, has_aside) = without_aside(text, line);
                asides += usize::from(has_aside);
                if said.is_empty() {
                    continue;
                }
                builder.say(*speaker, *timing, &Fragment::slice(text, said));
                // Only the first paragraph of a turn is timed.
                *timing = Timing::default();
            }
        }
    }
    if left_out > 0 {
        builder.warn(format!("left out: {} before the first header", counted(left_out, "line")));
    }
    if asides > 0 {
        let remarks = counted(asides, "remark");
        builder.warn(format!("left out: {remarks} set into the talk (action items, highlights)"));
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
    fn fathom_as_markdown_and_where_links_were_lost() {
        let link = "https://fathom.example/share/x?timestamp=12.42";
        let text = format!(
            "# Sync\n\n## Next steps\n\n- **Ana:** go\n\n**HIGHLIGHT - [WATCH]({link})**\n\n[@0:12]({link}) - **Ana Lima (Acme \
             Interiors)**\n\nSo we begin.\n\nAnd go on.\n\n[@1:04]({link}) - **Bo**\n\nFine.\n\nACTION ITEM: Bo goes - \
             [WATCH]({link})  Really.\n"
        );
        assert!(sniff(&Head::of(&text)) > 80);
        let read = read_as(&FORMAT, &text);
        let expected = [
            (Some("Ana Lima"), Some(12_000), "So we begin. And go on."),
            (Some("Bo"), Some(64_000), "Fine. Really."),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.warnings.len(), 2);
        let lost = "Sync\n\n@0:00 -\nHello.\n\n@0:23 -Bo Li\nWell.\n  ACTION ITEM: Go - WATCH: https://x.example/1?t=3  And so.\n";
        let expected = [(None, Some(0), "Hello."), (Some("Bo Li"), Some(23_000), "Well. And so.")];
        assert_eq!(said(&read_as(&FORMAT, lost)), expected);
    }

    #[test]
    fn teams_in_word_tells_when_transcription_was_switched() {
        let text = "Sync-20260615-Meeting Transcript\nJune 15, 2026, 3:35PM\n27m 42s\n\nAna Lima started transcription\n\n\
                    Ana Lima   0:03\nHello there.\nAll of you.\n\nLi, Bo (Guest)   1:02:10\nHi.\n\nAna Lima stopped transcription\n";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana Lima"), Some(3_000), "Hello there. All of you."),
            (Some("Li, Bo (Guest)"), Some(3_730_000), "Hi."),
        ];
        assert_eq!(said(&read), expected);
        let arrows = "Ana Lima 0:0:0.0 --> 0:0:2.480\nHello.\nBo   0:0:2.5 --> 0:0:4.0\nHi.\n";
        assert!(sniff(&Head::of(arrows)) > 80);
        let read = read_as(&FORMAT, arrows);
        let expected = [(Some("Ana Lima"), Some(0), "Hello."), (Some("Bo"), Some(2_500), "Hi.")];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[1].end().map(|end| end.0), Some(4_000));
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
        let log = "Start-Date: 2026-01-05  18:22:22\nCommand: upgrade\n\nStart-Date: 2026-01-06  18:22:22\nCommand: no\n";
        assert_eq!(confidence(log), 0);
    }
}
