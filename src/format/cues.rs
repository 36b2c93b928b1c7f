//! Cues: the timed blocks that WebVTT, SubRip and SubViewer files are made of.
//!
//! One parser serves all of them, since real files mix their rules: unpadded and negative times,
//! commas or full stops, missing headers, missing blank lines. A line with `-->` that begins like
//! a time opens a cue, and so does one that is nothing but two times; the line before it is the cue's
//! identifier; the text goes on to an empty line or to the next cue.

use std::iter::Peekable;
use std::ops::Range;

use rustc_hash::FxHashSet;

use super::clock::{Clock, resolution};
use super::counted;
use super::lines::lines;
use super::markup::{self, Plain};
use super::names::{self, Cast};
use super::rolling::Rolling;
use crate::transcript::{
    Fragment, Kind, Millis, Source, SpeakerId, Timing, Transcript, TranscriptBuilder,
};

/// A cue.
#[derive(Debug)]
pub(super) struct Cue {
    /// The line before its times: a number, a UUID, sometimes a speaker.
    pub id: Option<Range<usize>>,
    /// The comment just before it.
    pub note: Option<Range<usize>>,
    /// Start and end as they are written.
    pub times: (Option<Clock>, Option<Clock>),
    /// Where its times stand.
    pub times_at: Range<usize>,
    /// Its text.
    pub payload: Range<usize>,
}

/// Whether a line has the arrow between two times. What closes an HTML comment is none.
pub(super) fn has_arrow(line: &str) -> bool {
    // Hardly a line of talk has such a mark, and one byte is looked for faster than three.
    memchr::memchr(b'>', line.as_bytes()).is_some()
        && line.split_once("-->").is_some_and(|(before, _)| !before.contains("<!--"))
}

/// Whether a line opens a cue: what stands before its arrow is built like a time, be it one or not.
fn opens(line: &str) -> bool {
    let line = line.trim_start();
    if !line.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return false;
    }
    line.split_once("-->").map_or_else(|| is_pair(line), |(start, _)| is_built_like_a_time(start))
}

fn is_built_like_a_time(text: &str) -> bool {
    text.contains(':') && text.bytes().all(|byte| byte.is_ascii_digit() || b":.,- ".contains(&byte))
}

/// Whether a line is two times with a comma between and nothing else, as in SubViewer files.
fn is_pair(line: &str) -> bool {
    let is_time = |text: &str| Clock::parse(text.trim()).is_some();
    line.split_once(',').is_some_and(|(start, end)| is_time(start) && is_time(end))
}

/// Iterates the cues of a text.
pub(super) struct Cues<'a, L: Iterator<Item = Range<usize>> + Clone> {
    text: &'a str,
    lines: Peekable<L>,
    /// The last line that was in no cue, if no empty line followed.
    before: Option<Range<usize>>,
    note: Option<Range<usize>>,
}

/// The cues of a text, in order. What stands outside cues (header, notes, styles) is stepped over.
pub(super) fn cues(text: &str) -> Cues<'_, impl Iterator<Item = Range<usize>> + Clone> {
    Cues { text, lines: lines(text).peekable(), before: None, note: None }
}

impl<L: Iterator<Item = Range<usize>> + Clone> Iterator for Cues<'_, L> {
    type Item = Cue;

    fn next(&mut self) -> Option<Cue> {
        loop {
            let line = self.lines.next()?;
            let text = &self.text[line.clone()];
            if opens(text) {
                return Some(self.cue(line));
            }
            if self.before.is_none() && is_aside(text) {
                self.aside(line);
            } else {
                self.before = (!text.trim().is_empty()).then_some(line);
            }
        }
    }
}

impl<L: Iterator<Item = Range<usize>> + Clone> Cues<'_, L> {
    fn cue(&mut self, line: Range<usize>) -> Cue {
        let times = times(&self.text[line.clone()]);
        let id = self.before.take();
        let mut payload = line.end..line.end;
        while let Some(next) = self.lines.peek() {
            let text = &self.text[next.clone()];
            if text.is_empty() || opens(text) {
                break;
            }
            let next = next.clone();
            self.lines.next();
            let is_next_id = is_identifier(text)
                && self.lines.peek().is_some_and(|after| {
                    let after = &self.text[after.clone()];
                    opens(after) && !is_pair(after)
                });
            if is_next_id {
                self.before = Some(next);
                break;
            }
            if payload.is_empty() {
                payload.start = next.start;
            }
            payload.end = next.end;
        }
        Cue { id, note: self.note.take(), times, times_at: line, payload }
    }

    /// Steps over a block that is no cue; keeps where a comment's first line has its text.
    fn aside(&mut self, line: Range<usize>) {
        let is_note = self.text[line.clone()].starts_with("NOTE");
        self.note = is_note.then(|| line.start + "NOTE".len()..line.end);
        while let Some(next) = self.lines.peek() {
            let text = &self.text[next.clone()];
            if text.is_empty() || opens(text) {
                break;
            }
            self.lines.next();
        }
    }
}

/// Whether a line opens a comment, a style sheet or a region.
fn is_aside(line: &str) -> bool {
    let line = line.trim_end();
    let is_note = line
        .strip_prefix("NOTE")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']));
    is_note || line == "STYLE" || line == "REGION"
}

/// Whether a line right before times, with no empty line above, is the next cue's identifier and not
/// the last words of this one.
fn is_identifier(line: &str) -> bool {
    let line = line.trim();
    let has_digit = line.bytes().any(|byte| byte.is_ascii_digit());
    has_digit && line.bytes().all(|byte| byte.is_ascii_hexdigit() || b"-/".contains(&byte))
}

/// The times of a line; `align:start` and other settings may follow.
fn times(line: &str) -> (Option<Clock>, Option<Clock>) {
    let ends = line.split_once("-->").or_else(|| line.split_once(','));
    let Some((start, end)) = ends else { return (None, None) };
    let end = end.split_whitespace().next().unwrap_or_default();
    (Clock::parse(start.trim()), Clock::parse(end))
}

/// Collects cues into a transcript and counts what has to be told about them.
pub(super) struct CueReader<'a> {
    /// The text that the cues are cut from.
    pub text: &'a str,
    /// What was read so far.
    pub builder: TranscriptBuilder,
    has_times: bool,
    is_fine: bool,
    bad_times: Tally,
    unnamed: usize,
    named: usize,
}

/// How often something was met, and where first.
#[derive(Default)]
struct Tally {
    count: usize,
    first: usize,
}

impl<'a> CueReader<'a> {
    /// Nothing read yet.
    pub fn new(source: &'a Source) -> Self {
        CueReader {
            text: &source.text,
            builder: TranscriptBuilder::new(),
            has_times: false,
            is_fine: false,
            bad_times: Tally::default(),
            unnamed: 0,
            named: 0,
        }
    }

    /// The speaker with this name.
    pub fn speaker(&mut self, name: Option<&str>) -> Option<SpeakerId> {
        name.and_then(|name| self.builder.speaker(name))
    }

    /// Adds what was said in a cue.
    pub fn say(&mut self, cue: &Cue, speaker: Option<SpeakerId>, said: &Fragment) {
        if said.text().trim().is_empty() {
            return;
        }
        match speaker {
            Some(_) => self.named += 1,
            None => self.unnamed += 1,
        }
        let (start, end) = cue.times;
        if start.is_none() || end.is_none() {
            if self.bad_times.count == 0 {
                self.bad_times.first = cue.times_at.start;
            }
            self.bad_times.count += 1;
        }
        self.has_times |= start.is_some();
        self.is_fine |= start.is_some_and(|clock| clock.is_fine);
        let at = |clock: Option<Clock>| -> Option<Millis> { clock.map(|clock| clock.at) };
        self.builder.say(speaker, Timing::new(at(start), at(end)), said);
    }

    /// The transcript.
    pub fn finish(mut self, format: &'static str) -> Transcript {
        if self.bad_times.count > 0 {
            let lines = crate::transcript::LineIndex::new(self.text);
            let (line, _) = lines.locate(self.bad_times.first);
            let cues = counted(self.bad_times.count, "cue");
            self.builder.warn(format!("no readable time in {cues}, first on line {line}"));
        }
        if self.named > 0 && self.unnamed > 0 {
            let (unnamed, all) = (self.unnamed, self.named + self.unnamed);
            self.builder.warn(format!("{unnamed} of {all} cues name no speaker"));
        }
        self.builder.finish(format, Kind::Speech, resolution(self.has_times, self.is_fine))
    }
}

/// Reads cues that name the speaker before the text, or where `outside` finds a name. A cue without
/// one is no one's: exports name the speaker in every cue that they can.
pub(super) fn read_named<'a>(
    source: &'a Source,
    format: &'static str,
    outside: impl Fn(&Cue) -> Option<&'a str>,
) -> Transcript {
    let text = source.text.as_str();
    let mut reader = CueReader::new(source);
    let cast = cast(text);
    let mut rolling = Rolling::of(text);
    for cue in cues(text) {
        let (name, mut plain) = named_text(text, cue.payload.clone(), &cast);
        if name.is_none() {
            rolling.skip_shown(text, cue.payload.clone(), &mut plain);
        }
        let speaker = reader.speaker(name.as_deref().or_else(|| outside(&cue)));
        reader.say(&cue, speaker, &plain.fragment);
    }
    reader.finish(format)
}

/// Who speaks in a file, as far as the names before the text tell.
pub(super) fn cast(text: &str) -> Cast<'_> {
    Cast::of(text, cues(text).filter_map(|cue| first_line(text, cue.payload)))
}

fn first_line(text: &str, payload: Range<usize>) -> Option<Range<usize>> {
    let line = lines(&text[payload.clone()]).find(|line| !line.is_empty())?;
    Some(payload.start + line.start..payload.start + line.end)
}

/// The speaker and the words of a cue in which a name stands before the text (`Ana: text`,
/// `[Speaker 1] text`) or in a voice tag.
pub(super) fn named_text(
    text: &str,
    payload: Range<usize>,
    cast: &Cast,
) -> (Option<String>, Plain) {
    let split = first_line(text, payload.clone())
        .and_then(|line| cast.prefix(text, line.clone()).or_else(|| names::bracketed(text, line)));
    let Some((name, start)) = split else {
        let mut plain = markup::undo(text, payload);
        return (plain.voice.take(), plain);
    };
    let name = markup::undo(text, name).fragment.text().to_owned();
    (Some(name), markup::undo(text, start..payload.end))
}

/// Whether each cue names its speaker on a line of its own above the text, as old Word exports of
/// Teams do, and the names come back.
pub(super) fn has_name_lines(text: &str) -> bool {
    let (mut all, mut names) = (0, FxHashSet::default());
    for cue in cues(text).take(200) {
        let Some((name, _)) = name_line(text, cue.payload) else { return false };
        names.insert(&text[name]);
        all += 1;
    }
    all > 1 && names.len() <= 2.max(all / 2)
}

/// The name on the first line of a cue, and where the text begins on the next.
pub(super) fn name_line(text: &str, payload: Range<usize>) -> Option<(Range<usize>, usize)> {
    let name = first_line(text, payload.clone())?;
    let has_text = !text[name.end..payload.end].trim().is_empty();
    (has_text && names::is_name(&text[name.clone()])).then(|| (name.clone(), name.end))
}

/// What a sniffer can tell from the cues at the head of a text.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Look {
    /// Whether the first line is a WebVTT header.
    pub has_header: bool,
    /// Cues whose times are two with a comma between; the rest is about the others.
    pub pairs: usize,
    /// Cues.
    pub cues: usize,
    /// Those that have a voice tag.
    pub voices: usize,
    /// Those that are JSON with a speaker's name.
    pub json: usize,
    /// Those that begin with a name.
    pub names: usize,
    /// Those with a comma in their times.
    pub commas: usize,
    /// Those whose identifier is a number.
    pub numbered: usize,
    /// Those whose identifier ends in a number after a slash, as Teams writes them.
    pub slashed: usize,
}

/// Looks at the cues at the head of a text, if there may be any.
pub(super) fn look(head: &str, may_have_cues: bool) -> Look {
    let has_header = head.trim_start().starts_with("WEBVTT");
    let mut look = Look { has_header, ..Look::default() };
    if !may_have_cues {
        return look;
    }
    let cast = cast(head);
    for cue in cues(head).take(200) {
        if is_pair(&head[cue.times_at.clone()]) {
            look.pairs += 1;
            continue;
        }
        let payload = head[cue.payload.clone()].trim_start();
        look.cues += 1;
        look.voices += usize::from(payload.contains("<v ") || payload.contains("<v."));
        look.json += usize::from(payload.starts_with('{') && payload.contains("\"spokenText\""));
        look.commas += usize::from(head[cue.times_at].contains(','));
        let id = cue.id.map_or("", |id| head[id].trim());
        look.slashed += usize::from(id.contains('/'));
        look.numbered += usize::from(!id.is_empty() && id.bytes().all(|b| b.is_ascii_digit()));
        let is_named = named_text(head, cue.payload, &cast).0.is_some();
        look.names += usize::from(is_named && !payload.contains("<v"));
    }
    look
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<(Option<&str>, Option<i64>, &str)> {
        let millis = |clock: Option<Clock>| clock.map(|clock| clock.at.0);
        cues(text)
            .map(|cue| (cue.id.map(|id| &text[id]), millis(cue.times.0), text[cue.payload].trim()))
            .collect()
    }

    #[test]
    fn headers_notes_styles_and_regions_are_stepped_over() {
        let text = "WEBVTT - x\nKind: captions\n\nNOTE one\ntwo\n\nSTYLE\n::cue { color: red }\n\n\
                    REGION\nid:a\n\nNOTEWORTHY-1\n0:0:1.0 --> 0:0:2.0 align:start\nhi\nyou\n";
        assert_eq!(found(text), [(Some("NOTEWORTHY-1"), Some(1_000), "hi\nyou")]);
    }

    #[test]
    fn missing_blank_lines_do_not_join_cues() {
        let text = "1\n00:00:01,000 --> 00:00:02,000\nhi\n2\n00:00:03,000 --> 00:00:04,000\nyou\n\
                    00:00:05,000 --> 00:00:06,000\nall";
        let expected = [
            (Some("1"), Some(1_000), "hi"),
            (Some("2"), Some(3_000), "you"),
            (None, Some(5_000), "all"),
        ];
        assert_eq!(found(text), expected);
    }

    #[test]
    fn negative_and_unreadable_times() {
        let text = "-00:00:01.500 --> 00:00:02.000\na\n\n00:99:00 --> x\nb\n\nsee --> there\n";
        assert_eq!(found(text), [(None, Some(-1_500), "a"), (None, None, "b")]);
    }

    #[test]
    fn arrows_elsewhere_open_no_cue() {
        for text in [
            "<!-- x\n-->\n",
            "error\n --> src/main.rs:3:5\n",
            "-->\n",
            "1 --> 2\n",
            "2 a:b --> c\n",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    #[test]
    fn an_empty_cue_has_no_text() {
        assert_eq!(found("1\n00:01.0 --> 00:02.0\n\nstray\n"), [(Some("1"), Some(1_000), "")]);
    }
}
