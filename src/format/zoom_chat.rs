//! Zoom's meeting chat: what people wrote beside a call. It is recognised so as not to pass for speech,
//! and read only by whoever names the format.

use std::ops::Range;

use super::clock::{Clock, resolution};
use super::lines::{lines, trimmed};
use super::{Confidence, Format, Head, ReadError, names};
use crate::transcript::{Fragment, Kind, Source, Timing, Transcript, TranscriptBuilder};

/// The format.
pub static FORMAT: Format = Format {
    id: "zoom-chat",
    about: "Zoom's meeting chat, which is writing: read only if named with --input-format",
    sniff,
    read,
};

/// Why a chat is not read unless it is named.
pub(super) fn refusal() -> ReadError {
    let what = "this is a meeting's chat: what people wrote beside the call, not what they said";
    ReadError::new(what).with_help(
        "give the call's transcript or its closed captions; to read the chat all the same, add \
         `--input-format zoom-chat`",
    )
}

/// A message's first line.
struct Message {
    name: Range<usize>,
    clock: Clock,
    /// Where its text begins.
    start: usize,
}

/// Reads `00:21:14<tab>Name:<tab>text` and `15:01:39 From Name to Everyone: text`.
fn message(text: &str, line: Range<usize>) -> Option<Message> {
    let line = trimmed(text, line);
    let (time, rest) = text[line.clone()].split_once(['\t', ' '])?;
    let is_of_day = time.len() == "00:00:00".len() && time.matches(':').count() == 2;
    let clock = Clock::parse(time).filter(|_| is_of_day)?;
    let at = line.end - rest.len();
    if let Some((name, said)) = rest.split_once(":\t") {
        return Some(Message { name: at..at + name.len(), clock, start: line.end - said.len() });
    }
    let from = rest.trim_start().strip_prefix("From ")?;
    let to = [" to ", " To "].iter().find_map(|word| from.find(word));
    let colon = to.unwrap_or(0) + from[to.unwrap_or(0)..].find(':')?;
    let name = &from[..to.unwrap_or(colon)];
    if to.is_none() && !names::is_name(name) {
        return None;
    }
    let at = line.end - from.len();
    Some(Message { name: at..at + name.len(), clock, start: at + colon + 1 })
}

/// Whether a line tells what was done to another message, or quotes it.
fn is_about_another(line: &str) -> bool {
    ["Replying to \"", "Reacted to \"", "Removed a "].iter().any(|start| line.starts_with(start))
}

fn sniff(head: &Head) -> Confidence {
    if !head.has_line_from("0123456789-") {
        return 0;
    }
    let (mut messages, mut others) = (0, 0);
    for line in lines(head.text).filter(|line| !head.text[line.clone()].trim().is_empty()) {
        if message(head.text, line).is_some() {
            messages += 1;
        } else {
            others += 1;
        }
    }
    match messages {
        0 => 0,
        _ if messages * 4 >= others => 94,
        _ => 0,
    }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let text = source.text.as_str();
    let mut builder = TranscriptBuilder::new();
    let mut sender = None;
    let mut timing = Timing::default();
    for line in lines(text) {
        let mut said = trimmed(text, line.clone());
        if let Some(message) = message(text, line) {
            sender = builder.speaker(&text[message.name]);
            timing = Timing::new(Some(message.clock.at), None);
            said = trimmed(text, message.start..said.end);
        }
        if sender.is_some() && !said.is_empty() && !is_about_another(&text[said.clone()]) {
            builder.say(sender, timing, &Fragment::slice(text, said));
            timing = Timing::default();
        }
    }
    Ok(builder.finish(FORMAT.id, Kind::Speech, resolution(sender.is_some(), false)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said, source};

    const CHAT: &str = "00:21:14\tAna Lima:\tHello: all\n00:22:01\tBo:\tReacted to \"Hello\" with \u{1F44D}\n\
                        00:22:09\tBo:\tHi\nand more\n";

    #[test]
    fn it_is_refused_as_writing_unless_it_is_named() {
        let error = crate::format::read(&source(CHAT), None).expect_err("is writing");
        assert!(error.message.contains("wrote"), "{error}");
        assert!(error.help.is_some_and(|help| help.contains("--input-format zoom-chat")));
        let read = crate::format::read(&source(CHAT), Some(&FORMAT)).expect("is readable");
        let expected = [
            (Some("Ana Lima"), Some(1_274_000), "Hello: all"),
            (Some("Bo"), Some(1_329_000), "Hi and more"),
        ];
        assert_eq!(said(&read), expected);
    }

    #[test]
    fn older_and_newer_logs_name_those_who_read_it() {
        let text = "15:01:39 From Ana Lima to Everyone:\n\tWhen do we go?\n15:01:45\t From Bo To Ana Lima(Direct Message) : Now\n\
                    15:01:50 From  Cy : Fine\n15:02:01 From Bo to Everyone:\n\tReplying to \"When do we go?\"\n\n\tSoon.\n";
        let expected = [
            (Some("Ana Lima"), Some(54_099_000), "When do we go?"),
            (Some("Bo"), Some(54_105_000), "Now"),
            (Some("Cy"), Some(54_110_000), "Fine"),
            (Some("Bo"), Some(54_121_000), "Soon."),
        ];
        assert_eq!(said(&read_as(&FORMAT, text)), expected);
        assert!(sniff(&Head::of(text)) > 90);
    }

    #[test]
    fn a_log_is_no_chat() {
        assert_eq!(sniff(&Head::of("00:00:01 INFO From: x\n00:00:02 From here on: y\n")), 0);
    }
}
