//! Plain `Name: text`, as people type it and many tools paste it.
//!
//! A colon proves little, so a text is taken for this only where names come back, and where lines
//! with names are no sprinkling in a note. What stands before the first name (a title, a list of
//! attendees, a summary made by a machine) is not speech and is left out. Under a heading that says
//! that a transcript follows, each turn may also be a list item.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::clock::{Clock, Stamp, Stamps};
use super::cues::has_arrow;
use super::lines::{lines, trimmed};
use super::names::{self, Cast};
use super::{Confidence, Format, Head, ReadError, counted, is_code, is_footer};
use crate::transcript::{
    Fragment, Kind, Source, TimeResolution, Timing, Transcript, TranscriptBuilder,
};

/// The format.
pub static FORMAT: Format =
    Format { id: "name-text", about: "Plain text, a `Name: text` line for each turn", sniff, read };

/// What a line is.
enum Line {
    Blank,
    /// A time on its own, as some exports set every five minutes.
    Time(Clock),
    /// The times of a caption, which other formats read.
    Cue,
    Named {
        name: Range<usize>,
        said: Range<usize>,
        time: Option<Stamp>,
    },
    Other,
}

/// Where speech may begin in a text, and who speaks there.
struct Speech<'a> {
    text: &'a str,
    /// After the line that says that a transcript follows, or 0 where none does.
    start: usize,
    cast: Cast<'a>,
}

impl<'a> Speech<'a> {
    /// From the lines with words.
    fn of(text: &'a str) -> Self {
        let mut speech = Speech { text, start: start(text), cast: Cast::default() };
        let said = lines(&text[speech.start..])
            .map(|line| speech.start + line.start..speech.start + line.end)
            .map(|line| speech.turn(line).1)
            .filter(|line| text[line.clone()].contains(char::is_alphabetic));
        speech.cast = Cast::of(text, said);
        speech
    }

    /// The lines in which someone may speak.
    fn lines(&self) -> impl Iterator<Item = Range<usize>> {
        let start = self.start;
        lines(&self.text[start..]).map(move |line| start + line.start..start + line.end)
    }

    fn classify(&self, line: Range<usize>) -> Line {
        let text = self.text;
        let line = trimmed(text, line);
        if line.is_empty() {
            return Line::Blank;
        }
        if has_arrow(&text[line.clone()]) {
            return Line::Cue;
        }
        let bare = ['#', '*', '(', ')', ' '];
        let time = text[line.clone()].trim_start_matches(bare).trim_end_matches(bare);
        if let Some(clock) = Clock::parse(time) {
            return Line::Time(clock);
        }
        let (time, rest) = self.turn(line);
        if let Some((name, said, time)) = time_after(text, rest.clone()) {
            return Line::Named { name, said, time: Some(time) };
        }
        match self.cast.prefix(text, rest.clone()) {
            Some((name, start)) => Line::Named { name, said: start..rest.end, time },
            None => Line::Other,
        }
    }

    /// The time before a turn, and where its name would stand.
    fn turn(&self, line: Range<usize>) -> (Option<Stamp>, Range<usize>) {
        let mut line = trimmed(self.text, line);
        if self.start > 0 {
            let said = &self.text[line.clone()];
            let item = ["- ", "* ", "\u{2022} "].iter().find(|mark| said.starts_with(**mark));
            if let Some(mark) = item {
                line = trimmed(self.text, line.start + mark.len()..line.end);
            }
        }
        leading_time(self.text, line)
    }
}

/// A time in brackets before the name: `[00:01:02] Ana: text`, `[0:02 - 0:04] Ana: text`, `[9:12 AM] Ana: text`,
/// `[5/3/26, 9:12:30 AM] Ana: text`.
fn leading_time(text: &str, line: Range<usize>) -> (Option<Stamp>, Range<usize>) {
    let inner = text[line.clone()].strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let stamp = inner.and_then(|(time, _)| {
        let time = time.rsplit_once(", ").map_or(time, |(_, time)| time);
        let until = |end| time.split(end).next().unwrap_or_default().trim_end();
        [time, until('-'), until(' ')].into_iter().find_map(Stamp::parse)
    });
    match (inner, stamp) {
        (Some((time, _)), Some(stamp)) => {
            (Some(stamp), trimmed(text, line.start + time.len() + 2..line.end))
        }
        _ => (None, line),
    }
}

/// A time in parentheses behind the name: `Ana (0:03): text`. The name, what was said, and the time.
fn time_after(text: &str, line: Range<usize>) -> Option<(Range<usize>, Range<usize>, Stamp)> {
    let (name, rest) = text[line.clone()].split_once(" (")?;
    let (time, said) = rest.split_once("):")?;
    let stamp = Stamp::parse(time)?;
    let name = trimmed(text, line.start..line.start + name.len());
    names::is_name(&text[name.clone()]).then(|| (name, line.end - said.len()..line.end, stamp))
}

/// Where speech may begin: after the last line that says nothing but "Transcript", or a title that
/// ends so. Minutes that a machine made stand above it, and they are not speech.
fn start(text: &str) -> usize {
    let says_so = |line: &Range<usize>| {
        let line = &text[trimmed(text, line.clone())];
        let words = || line.trim_matches(|c: char| !c.is_alphabetic());
        line.len() < 40 && ["Transcript", "Full transcript", "Full Transcript"].contains(&words())
            || line.len() < 200 && line.starts_with('#') && words().ends_with(" Transcript")
    };
    lines(text).filter(says_so).last().map_or(0, |line| line.end)
}

fn sniff(head: &Head) -> Confidence {
    let text = head.text;
    if is_code(text) {
        return 0;
    }
    let speech = Speech::of(text);
    let mut heard: FxHashMap<&str, usize> = FxHashMap::default();
    let (mut named, mut other, mut marked, mut indented) = (0, 0, 0, 0);
    for line in speech.lines() {
        match speech.classify(line.clone()) {
            Line::Named { name, .. } => {
                named += 1;
                indented += usize::from(text[line].starts_with([' ', '\t']));
                *heard.entry(&text[name]).or_default() += 1;
            }
            Line::Other if named == 0 => marked += usize::from(is_marked(&text[line])),
            Line::Other => {
                other += 1;
                marked += usize::from(is_marked(&text[line]));
            }
            Line::Cue => return 0,
            Line::Blank | Line::Time(_) => {}
        }
    }
    let comes_back = heard.values().any(|count| *count > 1);
    match named {
        0 | 1 => 0,
        _ if marked > named => 0,
        // Settings nest.
        _ if indented > 1 && indented * 2 > named => 0,
        2 | 3 if other == 0 && marked == 0 => 60,
        _ if !comes_back => 0,
        // One name alone is more likely a label that the lists do not know.
        _ if heard.len() == 1 && other + marked > 0 => 0,
        _ if named >= other => 80,
        _ if named * 4 >= other => 65,
        _ => 30,
    }
}

/// Whether a line is a heading, a list item or a table row.
fn is_marked(line: &str) -> bool {
    let line = line.trim_start();
    ["# ", "## ", "### ", "- ", "* ", "+ ", "| "].iter().any(|mark| line.starts_with(mark))
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let mut builder = TranscriptBuilder::new();
    let mut speaker = None;
    let (mut timing, mut below) = (Timing::default(), Timing::default());
    let (mut lone_times, mut screens) = (0, 0);
    let mut stamps = Stamps::default();
    let mut has_begun = false;
    let speech = Speech::of(text);
    let mut left_out =
        lines(&text[..speech.start]).filter(|line| !text[line.clone()].trim().is_empty()).count();
    for line in speech.lines() {
        match speech.classify(line.clone()) {
            Line::Blank | Line::Cue => {}
            Line::Time(clock) => {
                lone_times += 1;
                timing = Timing::new(Some(clock.at), None);
            }
            Line::Named { name, said, time } => {
                has_begun = true;
                let is_screen = names::is_presentation(&text[name.clone()]);
                screens += usize::from(is_screen);
                speaker = if is_screen { None } else { builder.speaker(&text[name]) };
                if let Some(stamp) = time {
                    timing = Timing::new(Some(stamps.time(stamp)), None);
                }
                // The words may stand below.
                let is_said = !text[said.clone()].trim().is_empty();
                builder.say(speaker, timing, &Fragment::slice(text, said));
                below = if is_said { Timing::default() } else { timing };
                timing = Timing::default();
            }
            Line::Other if !has_begun => left_out += 1,
            Line::Other if is_footer(&text[line.clone()]) => {}
            Line::Other => {
                builder.say(speaker, std::mem::take(&mut below), &Fragment::slice(text, line));
            }
        }
    }
    if left_out > 0 {
        builder.warn(format!("left out: {} before the first speaker", counted(left_out, "line")));
    }
    if screens > 0 {
        let lines = counted(screens, "line");
        builder.warn(format!(
            "{lines} heard from a shared screen (\"\u{2026}'s Presentation\"): no one's words"
        ));
    }
    let resolution = match stamps.resolution() {
        TimeResolution::None if lone_times > 0 => TimeResolution::FiveMinutes,
        resolution => resolution,
    };
    Ok(builder.finish(FORMAT.id, Kind::Speech, resolution))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn turns_go_on_until_the_next_name() {
        let text = "Call of May 3\n\nAna: Hello there.\n  We start at 10:30.\n\nAnd: one more thing\nBo Li: Sure.\n\
                    10:30 Meeting: no name\n\nTranscribed by SomeTool\n";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana"), None, "Hello there. We start at 10:30. And: one more thing"),
            (Some("Bo Li"), None, "Sure. 10:30 Meeting: no name"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.warnings, ["left out: 1 line before the first speaker"]);
    }

    #[test]
    fn lower_case_names_are_known_by_coming_back() {
        let text = "ana: hi so um\nbo: yes\nana: i think one thing: go\nbo: fine\n";
        assert!(sniff(&Head::of(text)) > 60);
        let read = read_as(&FORMAT, text);
        assert_eq!(said(&read)[2], (Some("ana"), None, "i think one thing: go"));
    }

    #[test]
    fn times_in_brackets_and_on_lines_of_their_own() {
        let own = read_as(&FORMAT, "[00:01:02] Ana: hi\n[0:02 - 0:04] Bo: yes\n");
        assert_eq!(
            said(&own),
            [(Some("Ana"), Some(62_000), "hi"), (Some("Bo"), Some(2_000), "yes")]
        );
        let lone = read_as(&FORMAT, "Ana: hi\nBo: yes\n\n00:05:00\n\n**Ana:** so\n");
        assert_eq!(said(&lone)[2], (Some("Ana"), Some(300_000), "so"));
        assert_eq!(lone.time_resolution, TimeResolution::FiveMinutes);
    }

    #[test]
    fn times_of_day_count_from_the_first() {
        let expected = [
            (Some("Ana"), Some(0), "hi"),
            (Some("Bo"), Some(120_000), "yes"),
            (Some("Ana"), Some(13_860_000), "so"),
        ];
        for text in [
            "[9:12 AM] Ana: hi\n[9:14 AM] Bo: yes\n[1:03 PM] Ana: so\n",
            "[9:12 AM - 9:13 AM] Ana: hi\n[9:14 AM] Bo: yes\n[1:03 PM] Ana: so\n",
            "Ana (9:12 AM): hi\nBo (9:14 AM): yes\nAna (1:03 PM): so\n",
        ] {
            let read = read_as(&FORMAT, text);
            assert_eq!(said(&read), expected, "{text}");
            assert_eq!(read.time_resolution, TimeResolution::FiveMinutes);
        }
        let dated = "[5/3/26, 9:12:30 AM] Ana: hi\n[5/3/26, 9:12:31 AM] Bo: yes\n[5/4/26, 8:12:31 AM] Ana: so\n";
        let read = read_as(&FORMAT, dated);
        assert_eq!(said(&read)[1], (Some("Bo"), Some(1_000), "yes"));
        assert_eq!(read.time_resolution, TimeResolution::Seconds);
    }

    #[test]
    fn times_may_follow_the_name() {
        let text = "Ana (0:03): hi (0:04): x\nBo Li (0:09.5): yes\nAna (0:12):\nso\nit is\nAna (Acme): hm\n";
        assert!(sniff(&Head::of(text)) > 60);
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana"), Some(3_000), "hi (0:04): x"),
            (Some("Bo Li"), Some(9_500), "yes"),
            (Some("Ana"), Some(12_000), "so it is"),
            (Some("Ana (Acme)"), None, "hm"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(
            sniff(&Head::of("Lunch (12:30): pizza\nand salad\nWalk (14:00): woods\nAll go.\n")),
            0
        );
    }

    #[test]
    fn minutes_above_the_transcript_are_no_speech() {
        let text = "Notes\n\n- [ ] Ana will go\nAna: said much\n\n\u{1F4D6} Transcript\n\n### 00:00:00\n\n\
                    **Ana:** hi\n\n**Bo:** yes\n\n**Ana:** so\n\n### **Transcription ended after 00:10:23**\n";
        assert!(sniff(&Head::of(text)) > 62);
        let read = read_as(&FORMAT, text);
        let expected =
            [(Some("Ana"), Some(0), "hi"), (Some("Bo"), None, "yes"), (Some("Ana"), None, "so")];
        assert_eq!(said(&read), expected);
    }

    #[test]
    fn turns_may_be_items_of_a_list_where_a_transcript_is_announced() {
        let text = "# Sync - May 3 - Transcript\n\n### Attendees\nAna, Bo\n\n- Ana: hi\n- Bo: yes\n- Ana: so\n- Bo:\n";
        assert!(sniff(&Head::of(text)) > 62);
        let read = read_as(&FORMAT, text);
        let expected =
            [(Some("Ana"), None, "hi"), (Some("Bo"), None, "yes"), (Some("Ana"), None, "so")];
        assert_eq!(said(&read), expected);
        assert_eq!(read.warnings, ["left out: 3 lines before the first speaker"]);
    }

    #[test]
    fn a_shared_screen_is_no_speaker() {
        let text =
            "Ana: look\nAna's Presentation: welcome to the film\nof the firm\nBo: nice\nAna: so\n";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana"), None, "look"),
            (None, None, "welcome to the film of the firm"),
            (Some("Bo"), None, "nice"),
            (Some("Ana"), None, "so"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.warnings.len(), 1);
    }

    #[test]
    fn a_note_with_names_in_it_is_no_transcript() {
        let confidence = |text| sniff(&Head::of(text));
        assert!(confidence("Ana: hi\nBo: hello\nAna: so\n") >= 60);
        assert_eq!(confidence("# Plan\n\n- Ana: drafts it\n- Bo: reads it\n"), 0);
        assert_eq!(
            confidence("Rules we have.\nRule: be kind\nRule: be on time\nThat is all.\n"),
            0
        );
        assert_eq!(confidence("Agenda: money\nDate: today\nDecision: none\n"), 0);
        assert_eq!(confidence("I thought about it.\nThen I asked Ana: why?\n"), 0);
        let settings = "on:\n  push:\n    branches: [main]\njobs:\n  test:\n    name: Test\n    runs-on: linux\n    steps:\n    \
                        name: Go\n";
        assert_eq!(confidence(settings), 0);
        let code = "impl<A, B> Pair<A, B>\nwhere\n    A: Ord,\n    B: Ord,\n{\n    fn of() {}\n}\nimpl<A> One\nwhere\nA: Ord\nB: Ord\n";
        assert_eq!(confidence(code), 0);
    }
}
