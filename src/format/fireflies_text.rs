//! Lines of `[00:02 - 00:04] Name: text`, as Fireflies' MCP server answers: fields above and below,
//! the first line behind `Sentences:`.

use std::ops::Range;

use super::clock::{Clock, resolution};
use super::lines::{lines, trimmed};
use super::names::Cast;
use super::{Confidence, Format, Head, ReadError, counted};
use crate::transcript::{Fragment, Kind, Source, SpeakerId, Timing, Transcript, TranscriptBuilder};

/// The format.
pub static FORMAT: Format = Format {
    id: "fireflies-text",
    about: "Text of `[00:02 - 00:04] Name: text` lines, as Fireflies' MCP server answers",
    sniff,
    read,
};

/// What stands before the first timed line.
const FIELD: &str = "Sentences:";

/// A timed line.
struct Line {
    start: Clock,
    end: Clock,
    /// The name and the words.
    rest: Range<usize>,
}

fn timed(text: &str, line: Range<usize>) -> Option<Line> {
    let mut line = trimmed(text, line);
    if text[line.clone()].starts_with(FIELD) {
        line = trimmed(text, line.start + FIELD.len()..line.end);
    }
    let (times, _) = text[line.clone()].strip_prefix('[')?.split_once(']')?;
    let (start, end) = times.split_once(" - ")?;
    let (start, end) = (Clock::parse(start.trim())?, Clock::parse(end.trim())?);
    Some(Line { start, end, rest: trimmed(text, line.start + times.len() + 2..line.end) })
}

/// Who speaks in a text, as far as the timed lines tell.
fn cast(text: &str) -> Cast<'_> {
    Cast::of(text, lines(text).filter_map(|line| timed(text, line)).map(|line| line.rest))
}

fn sniff(head: &Head) -> Confidence {
    let text = head.text;
    if !head.has_line_from("[") && !text.contains(FIELD) {
        return 0;
    }
    let cast = cast(text);
    let (mut all, mut named) = (0, 0);
    let (mut is_marked, mut is_loose, mut is_mixed) = (false, false, false);
    for line in lines(text).filter(|line| !text[line.clone()].trim().is_empty()) {
        all += 1;
        if timed(text, line.clone()).is_some_and(|line| cast.prefix(text, line.rest).is_some()) {
            named += 1;
            is_marked |= text[line].starts_with(FIELD);
            is_mixed |= is_loose;
        } else if named > 0 {
            // Among timed lines this is no field: only some turns of such a text are timed.
            is_loose |= cast.prefix(text, line).is_some();
        }
    }
    if named > 0 && !is_mixed && (is_marked || named * 2 >= all) { 90 } else { 0 }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let cast = cast(text);
    let mut builder = TranscriptBuilder::new();
    let mut speaker = None;
    // Lines without a time go on with what was said, unless they are fields below it.
    let mut untimed: Vec<Range<usize>> = Vec::new();
    let (mut is_speech, mut is_fine, mut left_out) = (false, false, 0);
    for line in lines(text).filter(|line| !text[line.clone()].trim().is_empty()) {
        let Some(Line { start, end, rest }) = timed(text, line.clone()) else {
            untimed.push(line);
            continue;
        };
        if is_speech {
            go_on(&mut builder, speaker, text, &untimed);
        } else {
            left_out += untimed.len();
        }
        untimed.clear();
        is_speech = true;
        is_fine |= start.is_fine;
        let (name, said) = match cast.prefix(text, rest.clone()) {
            Some((name, at)) => (Some(name), at..rest.end),
            None => (None, rest),
        };
        speaker = name.and_then(|name| builder.speaker(&text[name]));
        let timing = Timing::new(Some(start.at), Some(end.at));
        builder.say(speaker, timing, &Fragment::slice(text, said));
    }
    let is_field = |line: &Range<usize>| cast.prefix(text, line.clone()).is_some();
    let fields = if is_speech { untimed.iter().position(is_field) } else { Some(0) };
    let (said, fields) = untimed.split_at(fields.unwrap_or(untimed.len()));
    go_on(&mut builder, speaker, text, said);
    left_out += fields.len();
    if left_out > 0 {
        builder.warn(format!("left out: {} around what was said", counted(left_out, "line")));
    }
    Ok(builder.finish(FORMAT.id, Kind::Speech, resolution(is_speech, is_fine)))
}

/// Adds lines without a time to what was said last.
fn go_on(
    builder: &mut TranscriptBuilder,
    speaker: Option<SpeakerId>,
    text: &str,
    lines: &[Range<usize>],
) {
    for line in lines {
        builder.say(speaker, Timing::default(), &Fragment::slice(text, line.clone()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn fields_around_the_sentences_are_no_speech() {
        let text = "Id: 01\nSpeakers: Ana Lima, Bo\nSentences: [00:00 - 00:01] Ana Lima: Sure.\n\
                    and more\n[00:02 - 00:04] Bo: At 10:30, so: go.\nright\nAudio Url: none\nother\n";
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana Lima"), Some(0), "Sure. and more"),
            (Some("Bo"), Some(2_000), "At 10:30, so: go. right"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.turns[1].end().map(|end| end.0), Some(4_000));
        assert_eq!(read.warnings, ["left out: 4 lines around what was said"]);
        assert_eq!(read.time_resolution.id(), "s");
        assert_eq!(sniff(&Head::of(text)), 90);
    }

    #[test]
    fn only_named_lines_with_both_times_count() {
        let confidence = |text| sniff(&Head::of(text));
        assert_eq!(confidence("[0:02 - 0:04] Bo: yes\n[01:00:05 - 01:00:07] Ana: no\n"), 90);
        for text in [
            "[0:02] Bo: yes\n",
            "[0:02 - 0:04] yes\n",
            "[see - there] Bo: yes\n",
            "[0:02 - 0:04] Bo: yes\nAna: so\n[0:05 - 0:06] Bo: no\n",
        ] {
            assert_eq!(confidence(text), 0, "{text}");
        }
    }
}
