//! CHAT, the format of TalkBank and CHILDES: `*ANA:<tab>words .`, with a bullet of milliseconds at the
//! end and a notation for all that is heard beside words.
//!
//! What was said stays, also where the speaker takes it back; the notation goes: pauses, events,
//! comments, words that were not said or not understood. Tiers that begin with `%` are about an
//! utterance and no part of it.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::clock::resolution;
use super::lines::lines;
use super::{Confidence, Format, Head, ReadError, counted};
use crate::transcript::{
    Fragment, Kind, LineIndex, Millis, Source, Timing, Transcript, TranscriptBuilder,
};

/// The format.
pub static FORMAT: Format = Format {
    id: "chat-cha",
    about: "CHAT transcripts of TalkBank and CHILDES (`.cha`), with or without times",
    sniff,
    read,
};

/// What encloses the times of an utterance.
const BULLET: u8 = 0x15;

/// The longest mark in brackets, in bytes; it keeps the work linear.
const LONGEST_MARK: usize = 1024;

/// What stands for speech that was not understood or not written down.
const NOT_WRITTEN: [&str; 5] = ["xxx", "yyy", "www", "xx", "yy"];

/// Marks of tone, stress, length and overlap inside words, and of satellites beside them.
const INNER_MARKS: &str = "():^\u{2191}\u{2193}\u{2192}\u{2197}\u{2198}\u{21D7}\u{21D8}\u{2C8}\u{2CC}\u{2308}\u{2309}\
                           \u{230A}\u{230B}\u{2206}\u{2207}\u{B0}\u{2581}\u{2594}\u{263A}\u{204E}\u{2248}\u{224B}\
                           \u{2021}\u{201E}";

fn sniff(head: &Head) -> Confidence {
    if !head.has_line_from("*") {
        return 0;
    }
    let mut tiers = lines(head.text).filter(|line| is_main_tier(&head.text[line.clone()])).take(2);
    let has_headers = ["@Begin", "@UTF8", "@Participants:"].iter().any(|h| head.text.contains(h));
    match (head.first, tiers.by_ref().count()) {
        (Some('@'), 1..) if has_headers => 97,
        (_, 2) => 85,
        _ => 0,
    }
}

/// Whether a line is like `*ANA:<tab>…`.
fn is_main_tier(line: &str) -> bool {
    let code = line.strip_prefix('*').and_then(|rest| rest.split_once(":\t"));
    let may_be_in_code =
        |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit() || b"_-+'".contains(&b);
    code.is_some_and(|(code, _)| (1..=16).contains(&code.len()) && code.bytes().all(may_be_in_code))
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let mut reader = Reader { text, ..Reader::default() };
    let mut entry: Option<Range<usize>> = None;
    for line in lines(text) {
        match &mut entry {
            // A line that begins with white space goes on with what is above it.
            Some(entry) if text[line.clone()].starts_with(['\t', ' ']) => entry.end = line.end,
            _ => {
                if let Some(entry) = entry.replace(line) {
                    reader.take(entry);
                }
            }
        }
    }
    if let Some(entry) = entry {
        reader.take(entry);
    }
    Ok(reader.finish())
}

/// Collects utterances from headers and tiers.
#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    builder: TranscriptBuilder,
    names: FxHashMap<&'a str, String>,
    timed: usize,
    untimed: usize,
    strays: usize,
    first_stray: usize,
}

impl<'a> Reader<'a> {
    fn take(&mut self, entry: Range<usize>) {
        let line = &self.text[entry.clone()];
        match line.chars().next() {
            Some('@') => self.header(line),
            Some('*') if line.contains(':') => self.utterance(entry),
            Some('%') | None => {}
            Some(_) if line.trim().is_empty() => {}
            Some(_) => {
                if self.strays == 0 {
                    self.first_stray = entry.start;
                }
                self.strays += 1;
            }
        }
    }

    /// Takes the names of speakers: `ANA Ana_Lima Mother`, or a code and a role.
    fn header(&mut self, line: &'a str) {
        let Some(all) = line.strip_prefix("@Participants:") else { return };
        for one in all.split(',') {
            let mut words = one.split_whitespace();
            if let (Some(code), Some(name)) = (words.next(), words.next()) {
                let name = name.replace('_', " ");
                let is_taken = self.names.values().any(|other| *other == name);
                self.names.insert(code, if is_taken { code.to_owned() } else { name });
            }
        }
    }

    fn utterance(&mut self, entry: Range<usize>) {
        let text = self.text;
        let colon = text[entry.clone()].find(':').unwrap_or_default();
        let code = text[entry.start + 1..entry.start + colon].trim();
        let speaker = match self.names.get(code) {
            Some(name) => self.builder.speaker_with_id(name, Some(code)),
            None => self.builder.speaker(code),
        };
        let said = Said::of(text, entry.start + colon + 1..entry.end);
        let timing = Timing::new(said.times.map(|times| times.0), said.times.map(|times| times.1));
        if said.fragment.text().trim().is_empty() {
            return;
        }
        self.timed += usize::from(timing.start.is_some());
        self.untimed += usize::from(timing.start.is_none());
        self.builder.say(speaker, timing, &said.fragment);
    }

    fn finish(mut self) -> Transcript {
        if self.timed > 0 && self.untimed > 0 {
            let utterances = counted(self.untimed, "utterance");
            self.builder.warn(format!("no time in {utterances}"));
        }
        if self.strays > 0 {
            let (line, _) = LineIndex::new(self.text).locate(self.first_stray);
            let strays = counted(self.strays, "line");
            self.builder
                .warn(format!("left out: {strays} neither header nor tier, first on line {line}"));
        }
        self.builder.finish(FORMAT.id, Kind::Speech, resolution(self.timed > 0, true))
    }
}

/// What was said in an utterance, the notation undone.
#[derive(Default)]
struct Said {
    fragment: Fragment,
    times: Option<(Millis, Millis)>,
}

impl Said {
    fn of(text: &str, range: Range<usize>) -> Said {
        let mut said = Said::default();
        let mut at = range.start;
        while at < range.end {
            let rest = &text[at..range.end];
            at += match rest.as_bytes()[0] {
                BULLET => said.bullet(rest),
                b'[' => enclosed(rest, b']').map_or(1, str::len),
                b'<' | b'>' => 1,
                _ if rest.starts_with(char::is_whitespace) => rest.len() - rest.trim_start().len(),
                _ => {
                    let ends = |c: char| c.is_whitespace() || "[<>\u{15}".contains(c);
                    let length = rest.find(ends).unwrap_or(rest.len());
                    said.token(text, at..at + length);
                    length
                }
            };
        }
        said
    }

    /// Takes the times of a bullet, and gives its length. Older ones name the recording before them.
    fn bullet(&mut self, rest: &str) -> usize {
        let Some(bullet) = enclosed(rest, BULLET) else { return 1 };
        let mut numbers = bullet[1..bullet.len() - 1].rsplit('_').map(str::parse::<i64>);
        if let (Some(Ok(end)), Some(Ok(start))) = (numbers.next(), numbers.next()) {
            let start = self.times.map_or(Millis(start), |times| times.0);
            self.times = Some((start, Millis(end)));
        }
        bullet.len()
    }

    /// Adds a word or a mark that stands between white space.
    fn token(&mut self, text: &str, range: Range<usize>) {
        let token = &text[range.clone()];
        let is_pause = token.starts_with('(')
            && token.bytes().all(|byte| byte.is_ascii_digit() || b"():.".contains(&byte));
        let is_left_out = token == "0"
            || token.strip_prefix('0').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
        if token.starts_with('+') {
            // Of the marks for how an utterance ends, only that it asks can be heard.
            if let Some(mark) = token.find('?') {
                self.fragment.push_slice(text, range.start + mark..range.start + mark + 1);
            }
        } else if let Some(filler) = token.strip_prefix("&-") {
            self.word(text, range.end - filler.len()..range.end);
        } else if !is_pause
            && !is_left_out
            && !token.starts_with(['&', '#'])
            && !NOT_WRITTEN.contains(&token)
        {
            self.word(text, range);
        }
    }

    /// Adds a word without the marks inside it. Punctuation stands on its own in CHAT and goes back
    /// to the word before.
    fn word(&mut self, text: &str, range: Range<usize>) {
        let word = &text[range.clone()];
        if !word.starts_with(['.', '?', '!', ',', ';']) {
            self.fragment.push_decoded(" ", range.start);
        }
        let mut copied = range.start;
        for (offset, c) in word.char_indices() {
            let at = range.start + offset;
            // `@` and letters tell what kind of word it is.
            let ends = c == '@' && offset > 0;
            let joins = c == '_' || c == '+';
            if !ends && !joins && !INNER_MARKS.contains(c) {
                continue;
            }
            self.fragment.push_slice(text, copied..at);
            copied = at + c.len_utf8();
            if joins {
                self.fragment.push_decoded(" ", at);
            }
            if ends {
                return;
            }
        }
        self.fragment.push_slice(text, copied..range.end);
    }
}

/// The mark with which a text begins, up to and with the byte that closes it.
fn enclosed(text: &str, close: u8) -> Option<&str> {
    let head = &text.as_bytes()[..text.len().min(LONGEST_MARK)];
    let length = memchr::memchr(close, head.get(1..)?)? + 2;
    text.get(..length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    fn words(utterance: &str) -> String {
        let read = read_as(&FORMAT, &format!("*ANA:\t{utterance}\n"));
        read.turns.first().map_or_else(String::new, |turn| turn.text.clone())
    }

    #[test]
    fn names_times_and_lines_that_go_on() {
        let text = "@UTF8\n@Begin\n@Participants:\tANA Ana_Lima Teacher, BO Student,\n\tCY Student\n\
                    *ANA:\tso we begin\n\there . \u{15}0_1850\u{15}\n%mor:\tadv|so\n\tpro|we\n\
                    *BO:\tyes . \u{15}%snd:\"call\"_1900_2200\u{15}\n*CY:\tno .\n*DI:\twell +...\nstray\n@End\n";
        assert!(sniff(&Head::of(text)) > 90);
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana Lima"), Some(0), "so we begin here."),
            (Some("Student"), Some(1_900), "yes."),
            (Some("CY"), None, "no."),
            (Some("DI"), None, "well"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.speakers[0].id.as_deref(), Some("ANA"));
        assert_eq!(read.turns[1].end(), Some(Millis(2_200)));
        let warnings = [
            "no time in 2 utterances",
            "left out: 1 line neither header nor tier, first on line 12",
        ];
        assert_eq!(read.warnings, warnings);
    }

    #[test]
    fn what_was_said_stays_and_the_notation_goes() {
        for (written, heard) in [
            ("&-um I would [/] I would (.) like to wait .", "um I would I would like to wait."),
            ("<on the table> [//] (1.5) on (th)at one [= a chair] ?", "on the table on that one?"),
            ("xxx how_about 0v you &=laughs &+fr then , Eve ?", "how about you then, Eve?"),
            ("gumma@c no:: +//?", "gumma no?"),
            ("gonna [: going to] [* m] (...) go [+ IMP] !", "gonna go!"),
            (
                "oh \u{2021} \u{201C}I\u{201D} did \u{201E} Eve +\"/.",
                "oh \u{201C}I\u{201D} did Eve",
            ),
            ("0 . [unclosed \u{15}12", ". unclosed 12"),
            ("#long black+board &uh word", "black board word"),
        ] {
            assert_eq!(words(written), heard, "{written}");
        }
    }

    #[test]
    fn markdown_and_mentions_are_no_transcript() {
        assert_eq!(sniff(&Head::of("* one: two\n* three: four\n")), 0);
        assert_eq!(sniff(&Head::of("*menu.font:\tfixed\n*menu.color:\tred\n")), 0);
        assert_eq!(sniff(&Head::of("@ana @UTF8 are you there?\n")), 0);
    }
}
