//! Zoom's saved closed captions: `[Name] 11:02:09`, then what was said. The times are of the wall
//! clock, come a little out of order, and are counted here from the first one.

use std::ops::Range;

use super::clock::{Clock, WallClock, resolution};
use super::lines::{lines, trimmed};
use super::{Confidence, Format, Head, ReadError, counted};
use crate::transcript::{Fragment, Kind, Source, Timing, Transcript, TranscriptBuilder};

/// The format.
pub static FORMAT: Format = Format {
    id: "zoom-captions",
    about: "Zoom's saved closed captions (`[Name] 11:02:09`, then the text)",
    sniff,
    read,
};

/// Reads a line as a header: whose words follow, and the time of day.
fn header(text: &str, line: Range<usize>) -> Option<(Range<usize>, Clock)> {
    let line = trimmed(text, line);
    let inner = text[line.clone()].strip_prefix('[')?;
    let (name, time) = inner.rsplit_once(']')?;
    let time = time.trim();
    let is_of_day = time.bytes().filter(|byte| *byte == b':').count() == 2;
    let clock = Clock::parse(time).filter(|_| is_of_day)?;
    Some((line.start + 1..line.start + 1 + name.len(), clock))
}

fn sniff(head: &Head) -> Confidence {
    if !head.has_line_from("[") {
        return 0;
    }
    let (mut with_body, mut others) = (0, 0);
    let mut after_header = false;
    for line in lines(head.text).filter(|line| !head.text[line.clone()].trim().is_empty()) {
        let is_header = header(head.text, line).is_some();
        with_body += usize::from(after_header && !is_header);
        others += usize::from(!is_header);
        after_header = is_header;
    }
    match with_body {
        0 => 0,
        1 => 70,
        _ if with_body * 10 >= others => 95,
        _ => 40,
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let mut builder = TranscriptBuilder::new();
    let mut wall = WallClock::default();
    let mut turn = None;
    let mut left_out = 0;
    for line in lines(text).filter(|line| !text[line.clone()].trim().is_empty()) {
        if let Some((name, clock)) = header(text, line.clone()) {
            let speaker = builder.speaker(&text[name]);
            turn = Some((speaker, Timing::new(Some(wall.since_first(clock)), None)));
        } else if let Some((speaker, timing)) = &mut turn {
            builder.say(*speaker, *timing, &Fragment::slice(text, line));
            // Only the first line of a caption is timed.
            *timing = Timing::default();
        } else {
            left_out += 1;
        }
    }
    if left_out > 0 {
        builder.warn(format!("left out: {} before the first caption", counted(left_out, "line")));
    }
    Ok(builder.finish(FORMAT.id, Kind::Speech, resolution(turn.is_some(), false)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    #[test]
    fn times_count_from_the_first_caption_and_over_midnight() {
        let text = "[Ana Lima] 23:59:58\nHow are you?\n\n[Bo [they]] 23:59:58\nFine\u{2026}\nat 10:30:00.\n\n\
                    [Ana Lima] 23:59:56\nGood.\n\n[Bo [they]] 00:00:03\n[Ana] said so.\n\n[ana] 00:00:09\nyes\n";
        assert!(sniff(&Head::of(text)) > 90);
        let read = read_as(&FORMAT, text);
        let expected = [
            (Some("Ana Lima"), Some(0), "How are you?"),
            (Some("Bo [they]"), Some(0), "Fine\u{2026} at 10:30:00."),
            (Some("Ana Lima"), Some(-2_000), "Good."),
            (Some("Bo [they]"), Some(5_000), "[Ana] said so."),
            (Some("ana"), Some(11_000), "yes"),
        ];
        assert_eq!(said(&read), expected);
        assert_eq!(read.time_resolution.id(), "s");
    }

    #[test]
    fn a_log_is_no_caption_file() {
        assert_eq!(sniff(&Head::of("[main] 11:02:09 started\n[main] 11:02:10 stopped\n")), 0);
        assert_eq!(sniff(&Head::of("[11:02:09] Ana: hi\n[11:02:10] Bo: hi\n")), 0);
    }
}
