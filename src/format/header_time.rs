//! Texts in which a header line with a time opens each turn: Otter's `Name  1:29`, Riverside's
//! `Name (01:29.500)`, Fathom's `1:29 - Name (Company)` as text, Markdown and RTF, the `Name   0:04` or
//! `Name 0:0:4.0 --> 0:0:6.5` of Teams' Word files, `Name 0 minutes 4 seconds` of its page, the `Name  9:12 AM` or
//! `[9:12 AM] Name` of chats, and headers that are only a time, below a line with the name or without one.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::clock::{Clock, Stamp, Stamps, Style};
use super::lines::{lines, trimmed};
use super::{Confidence, Format, Head, ReadError, counted, is_footer, names};
use crate::transcript::{Fragment, Kind, Source, Timing, Transcript, TranscriptBuilder};

/// The format.
pub static FORMAT: Format = Format {
    id: "header-time",
    about: "Text with a header for each turn: Otter, Riverside, Fathom, Teams, chats (`Name  1:29`, `Name (01:29.5)`)",
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
    start: Stamp,
    end: Option<Clock>,
    /// Whether its time links to the recording, as in no other text.
    is_link: bool,
    /// Whether nothing but one blank is between name and time, as in any sentence that ends in a time.
    is_tight: bool,
}

impl Header {
    fn new(name: Option<Range<usize>>, start: Stamp) -> Self {
        Header { name, start, end: None, is_link: false, is_tight: false }
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
    let may_close = last.is_ascii_digit() || b")]mMs".contains(&last);
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
    if let Some(stamp) = Stamp::parse(header) {
        return Some(Header::new(None, stamp));
    }
    let named = |name: Range<usize>, start| {
        is_speaker(&text[name.clone()]).then(|| Header::new(Some(trimmed(text, name)), start))
    };
    let before = |name: &str| line.start..line.start + name.len();
    if let Some((time, name)) = header.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let start = Stamp::parse(time).filter(|stamp| stamp.is_of_day())?;
        return named(line.end - name.len()..line.end, start);
    }
    if let Some((front, end)) = header.split_once("-->") {
        let (name, start) = front.trim_end().rsplit_once(char::is_whitespace)?;
        let (start, end) = (Stamp::parse(start)?, Clock::parse(end.trim())?);
        return Some(Header { end: Some(end), ..named(before(name), start)? });
    }
    if let Some(inner) = header.strip_suffix([')', ']']) {
        let (name, time) = inner.rsplit_once(['(', '['])?;
        return named(before(name), Stamp::parse(time)?);
    }
    let (name, start) = Stamp::at_end(header)?;
    let is_apart = name.trim_end().len() + 1 < name.len() || header.contains('\t');
    let is_tight = !is_apart;
    if is_tight && start.style == Style::Digits {
        return None;
    }
    Some(Header { is_tight, ..named(before(name), start)? })
}

/// Reads Fathom's headers: `1:29 - Name (Company)`, `@1:29 - Name` where a link was lost on the way, and
/// `[@1:29](https://...) - **Name (Company)**`. The company after the name is no part of it.
fn time_first(text: &str, line: Range<usize>) -> Option<Header> {
    let header = &text[line.clone()];
    let inner = header.trim_start_matches(['*', '[', '@']);
    let is_link = header[..header.len() - inner.len()].contains('@');
    let (time, rest) = inner.split_at(inner.find(|c: char| !c.is_ascii_digit() && c != ':')?);
    let clock = Clock::parse(time)?;
    let start = Stamp { clock, style: Style::Digits };
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
    let at = line.end - after.len() + after.find(name)?;
    let name = (!name.is_empty()).then_some(at..at + name.len());
    Some(Header { is_link, ..Header::new(name, start) })
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

/// How the headers of a text name their speakers.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Layout {
    /// Beside the time since the recording began; a time alone is of someone unknown.
    Beside,
    /// On the line above the time.
    Above,
    /// Beside a time of day, perhaps one blank from it; a time alone is of who wrote before.
    OfDay { is_tight: bool },
}

/// A header, or a line of what was said below it.
enum Piece {
    Header(Header),
    Said(Range<usize>),
}

impl Layout {
    /// `None` for a text without headers of any kind.
    fn of(text: &str) -> Option<Layout> {
        let (mut above, mut wide, mut tight) = (Seen::default(), Seen::default(), Seen::default());
        let mut others = 0;
        // The line before, and how many there were since the last header.
        let (mut before, mut since) = (None, 2);
        for line in filled(text) {
            let Some(found) = header(text, line.clone()) else {
                (before, since) = (Some(line), since + 1);
                continue;
            };
            // Between two headers stand what was said and the name of who speaks next.
            let name = before.take().filter(|_| since > 1).map(|line| text[line].trim());
            match &found.name {
                Some(name) if found.start.is_of_day() => {
                    let seen = if found.is_tight { &mut tight } else { &mut wide };
                    seen.add(Some(&text[name.clone()]), &found);
                }
                Some(_) => others += 1,
                None if since > 0 => above.add(name.filter(|name| may_stand_alone(name)), &found),
                None => {}
            }
            since = 0;
        }
        match others + wide.count + tight.count {
            0 if above.count == 0 => None,
            inline if above.count > inline && above.are_people() => Some(Layout::Above),
            _ if wide.count > others && wide.are_people() => {
                Some(Layout::OfDay { is_tight: false })
            }
            _ if tight.count > others && tight.come_back() => {
                Some(Layout::OfDay { is_tight: true })
            }
            _ => Some(Layout::Beside),
        }
    }

    /// Whether a line that reads as a header is one in this layout.
    fn has(self, header: &Header) -> bool {
        let is_alone = header.name.is_none();
        match (self, header.start.style) {
            (Layout::Beside, Style::Words) => !is_alone,
            (Layout::Above, _) if is_alone => true,
            (Layout::Beside | Layout::Above, style) => style == Style::Digits,
            (Layout::OfDay { is_tight }, Style::OfDay { .. }) => {
                is_alone || header.is_tight == is_tight
            }
            (Layout::OfDay { .. }, _) => is_alone,
        }
    }

    /// Hands over the pieces of a text in order.
    fn pieces(self, text: &str, mut take: impl FnMut(Piece)) {
        let (mut held, mut is_below, mut writer) = (None, false, None);
        for line in filled(text) {
            let Some(mut found) = header(text, line.clone()).filter(|found| self.has(found)) else {
                held.replace(line).map(Piece::Said).into_iter().for_each(&mut take);
                is_below = false;
                continue;
            };
            if found.name.is_none() {
                match self {
                    Layout::Beside => {}
                    // The same time once more, in words and in digits.
                    Layout::Above if is_below => continue,
                    Layout::Above => {
                        let name = held.take_if(|line| may_stand_alone(text[line.clone()].trim()));
                        found.name = name.map(|line| trimmed(text, line));
                    }
                    // Without its half of the day.
                    Layout::OfDay { .. } if !found.start.is_of_day() => continue,
                    Layout::OfDay { .. } => found.name = writer.clone(),
                }
            }
            held.take().map(Piece::Said).into_iter().for_each(&mut take);
            writer.clone_from(&found.name);
            is_below = true;
            take(Piece::Header(found));
        }
        held.map(Piece::Said).into_iter().for_each(take);
    }
}

/// Headers of one kind, seen together.
#[derive(Default)]
struct Seen<'a> {
    count: usize,
    names: Vec<&'a str>,
    /// Whether some time is no round number.
    is_odd: bool,
}

impl<'a> Seen<'a> {
    fn add(&mut self, name: Option<&'a str>, header: &Header) {
        self.count += 1;
        self.names.extend(name);
        self.is_odd |= !header.start.is_round();
    }

    /// Whether those whom they name speak again, as people do, but not the items of a schedule.
    fn come_back(&self) -> bool {
        let mut times: FxHashMap<&str, usize> = FxHashMap::default();
        self.names.iter().for_each(|name| *times.entry(name).or_default() += 1);
        let again: usize = times.values().filter(|times| **times > 1).sum();
        self.count > 1 && again * 2 >= self.names.len()
    }

    /// Whether nearly all have a name, and those are people. In a short talk each may speak once, at times that
    /// nobody planned.
    fn are_people(&self) -> bool {
        let is_unplanned = || self.is_odd && self.names.iter().all(|name| names::is_name(name));
        self.names.len() * 10 >= self.count * 9
            && (self.come_back() || self.count > 1 && is_unplanned())
    }
}

/// Whether a line could be the name of who speaks below it, and not the end of what was said above.
fn may_stand_alone(line: &str) -> bool {
    is_speaker(line) && !line.ends_with(['.', ',', '\u{2026}'])
}

/// The lines with something in them.
fn filled(text: &str) -> impl Iterator<Item = Range<usize>> {
    lines(text).filter(|line| !text[line.clone()].trim().is_empty())
}

fn sniff(head: &Head) -> Confidence {
    let Some(layout) = Layout::of(head.text) else { return 0 };
    let (mut headers, mut with_body, mut others, mut links) = (0, 0, 0, 0);
    let mut after_header = false;
    layout.pieces(head.text, |piece| {
        let is_header = matches!(piece, Piece::Header(_));
        links += usize::from(matches!(piece, Piece::Header(header) if header.is_link));
        headers += usize::from(is_header);
        others += usize::from(!is_header);
        with_body += usize::from(after_header && !is_header);
        after_header = is_header;
    });
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
    let mut stamps = Stamps::default();
    let mut turn = None;
    let (mut left_out, mut asides) = (0, 0);
    let layout = Layout::of(text).unwrap_or(Layout::Beside);
    layout.pieces(text, |piece| match (piece, &mut turn) {
        (Piece::Header(Header { name, start, end, .. }), turn) => {
            let speaker = name.and_then(|name| builder.speaker(&text[name]));
            let timing = Timing::new(Some(stamps.time(start)), end.map(|end| end.at));
            *turn = Some((speaker, timing));
        }
        (Piece::Said(_), None) => left_out += 1,
        (Piece::Said(line), Some(_)) if is_footer(&text[line.clone()]) => {}
        (Piece::Said(line), Some((speaker, timing))) => {
            let (said, has_aside) = without_aside(text, line);
            asides += usize::from(has_aside);
            if !said.is_empty() {
                builder.say(*speaker, *timing, &Fragment::slice(text, said));
                // Only the first paragraph of a turn is timed.
                *timing = Timing::default();
            }
        }
    });
    if left_out > 0 {
        builder.warn(format!("left out: {} before the first header", counted(left_out, "line")));
    }
    if asides > 0 {
        let remarks = counted(asides, "remark");
        builder.warn(format!("left out: {remarks} set into the talk (action items, highlights)"));
    }
    Ok(builder.finish(FORMAT.id, Kind::Speech, stamps.resolution()))
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
    fn names_may_stand_above_their_times() {
        let expected = [
            (Some("Ana Lima"), Some(3_000), "Well, we go. On Friday"),
            (Some("Bo"), Some(9_000), "No."),
            (Some("Ana Lima"), Some(75_000), "Why not"),
        ];
        let digits = "Sync\n\nAna Lima\n0:03\nWell, we go.\nOn Friday\nBo\n0:09\nNo.\n\nAna Lima\n\n1:15\nWhy not\n";
        let words =
            digits.replace("0:03", "0 minutes 3 seconds").replace("0:09", "0 minutes 9 seconds");
        let words = words.replace("1:15", "1 minute 15 seconds");
        let both = digits
            .replace("0:03", "0 minutes 3 seconds\n0:03")
            .replace("0:09", "0 minutes 9 seconds\n0:09");
        for text in [digits, &words, &both] {
            assert!(sniff(&Head::of(text)) > 80, "{text}");
            let read = read_as(&FORMAT, text);
            assert_eq!(said(&read), expected, "{text}");
            assert_eq!(read.warnings, ["left out: 1 line before the first header"]);
        }
        let beside = "Ana 0 minutes 3 seconds\nWell.\nBo 0 minutes 9 seconds\nNo.\n";
        assert!(sniff(&Head::of(beside)) > 80);
        assert_eq!(said(&read_as(&FORMAT, beside))[1], (Some("Bo"), Some(9_000), "No."));
    }

    #[test]
    fn what_stands_above_a_time_is_no_name_where_nothing_else_was_said() {
        // What was said may look like a name, but then nothing was said below the time before.
        let text = "0:01\nOkay then\n0:05\nThanks\n0:09\nThanks\n0:12\nSure\n";
        assert_eq!(read_as(&FORMAT, text).speakers.len(), 0);
        let text = "Talk\n0:01\nwhen I was young\nI ran\n0:15\nI fell\nBad\n0:22\nand so on\n";
        assert_eq!(read_as(&FORMAT, text).speakers.len(), 0);
    }

    #[test]
    fn chats_tell_the_time_of_day() {
        let expected = [
            (Some("Ana Lima"), Some(0), "Shall we? I mean it."),
            (Some("Bo"), Some(120_000), "I was up at 9:12 AM or so. No."),
            (Some("Ana Lima"), Some(10_860_000), "Why not?"),
        ];
        let chat = "Ana Lima  11:12 AM\nShall we?\n11:13 AM\nI mean it.\n\nBo  11:14 AM\nI was up at 9:12 AM\nor so.\n11:15\nNo.\n\nAna Lima  2:13 PM\nWhy not?\n";
        for shape in ["[TIME] NAME", "NAME  [TIME]", "NAME TIME", "NAME\tTIME", "NAME  TIME"] {
            let line = |line: &str| match line.split_once("  ") {
                Some((name, time)) => shape.replace("NAME", name).replace("TIME", time) + "\n",
                None => format!("{line}\n"),
            };
            let text = &chat.lines().map(line).collect::<String>();
            assert!(sniff(&Head::of(text)) > 80, "{text}");
            let read = read_as(&FORMAT, text);
            assert_eq!(said(&read), expected, "{text}");
            assert_eq!(read.time_resolution.id(), "5min");
        }
        let read = read_as(&FORMAT, &chat.replace("I was up at", "At"));
        assert_eq!(said(&read)[1], (Some("Bo"), Some(120_000), "At 9:12 AM or so. No."));
        let above = "Ana Lima\n11:12:30 AM\nShall we?\nBo\n11:12:31 AM\nNo\n";
        assert!(sniff(&Head::of(above)) > 80);
        let read = read_as(&FORMAT, above);
        assert_eq!(said(&read)[1], (Some("Bo"), Some(1_000), "No"));
        assert_eq!(read.time_resolution.id(), "s");
    }

    #[test]
    fn a_schedule_a_diary_and_errands_are_no_chat() {
        for text in [
            "Registration  9:00 AM\nCoffee and badges.\nKeynote  10:30 AM\nBig hall.\nLunch  1:00 PM\nDownstairs.\n",
            "Registration\n9:00 AM\nCoffee and badges.\nKeynote\n10:30 AM\nBig hall.\n",
            "Plank\n1 minute 30 seconds\nRest well.\nBridge\n1 minute 30 seconds\nRest again.\n",
            "9:12 AM\nWoke up\nWell\n10:41 AM\nWalked the dog\n",
            "Monday\n9:12 AM\nWoke up\n10:41 AM\nWalked the dog\n",
            "Dentist 9:12 AM\nBring the card.\nTrain 2:37 PM\nPlatform three.\n",
            "Dentist 9:12 AM\nBring the card.\n",
            "We saw each other at 9:12 AM\nand went.\nThey left at 10:13 AM\nor so.\n",
        ] {
            assert_eq!(sniff(&Head::of(text)), 0, "{text}");
        }
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
