//! Plain writing without markup or speakers: a memo, a mail, a draft.
//!
//! It claims what nothing else claims, so it is the one that must know what it is not: a text with
//! times all over it is a transcript in a format that is not known, and is better refused.

use std::ops::Range;

use super::lines::{lines, trimmed};
use super::reported::{self, Block, BlockKind};
use super::{Confidence, FLOOR, Format, Head, ReadError, has_time, is_code};
use crate::transcript::{Fragment, Kind, Source, TimeResolution, Transcript, TranscriptBuilder};

/// The format.
pub static FORMAT: Format = Format {
    id: "prose",
    about: "Plain text without speakers: a memo, a mail, a draft",
    sniff,
    read,
};

/// A line longer than this was not wrapped by hand, so each line is a paragraph.
const WRAPPED: usize = 120;

/// The heads of a memo or a mail that are not its author's words.
const ADDRESSES: &[&str] = &["to", "from", "cc", "bcc", "date", "sent", "when"];

fn sniff(head: &Head) -> Confidence {
    if matches!(head.first, Some('{' | '<' | '@' | '\\'))
        || head.text.trim_start().starts_with("[{")
        || is_code(head.text)
    {
        return 0;
    }
    let (mut all, mut timed, mut coded) = (0, 0, 0);
    for line in lines(head.text) {
        let line = head.text[line].trim();
        if !line.is_empty() {
            all += 1;
            timed += usize::from(has_time(line));
            coded += usize::from(line.starts_with('*') && line.contains(":\t"));
        }
    }
    let (mut letters, mut visible) = (0, 0);
    for c in head.text.chars() {
        letters += usize::from(c.is_alphabetic());
        visible += usize::from(!c.is_whitespace());
    }
    let words = head.text.split_whitespace().take(2).count();
    let is_writing = words == 2 && letters * 10 >= visible * 7;
    let is_timed = timed > 1 && timed * 10 >= all;
    if is_writing && !is_timed && coded < 2 { FLOOR } else { 0 }
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let mut builder = TranscriptBuilder::new();
    let text = &source.text[..reported::own_part(&mut builder, &source.text)];
    let is_unwrapped = source.is_unwrapped || lines(text).any(|line| line.len() > WRAPPED);
    let mut blocks = Vec::new();
    let mut paragraph: Option<Range<usize>> = None;
    for line in lines(text) {
        let line = trimmed(text, line);
        let said = &text[line.clone()];
        let item = item_mark(said);
        let is_address = is_address(said);
        if said.is_empty() || is_unwrapped || item > 0 || is_label(said) {
            flush(&mut blocks, text, paragraph.take());
        }
        if said.is_empty() || said.starts_with('>') || is_address {
            continue;
        }
        let start = line.start + item;
        paragraph = Some(paragraph.map_or(start, |open| open.start)..line.end);
        if is_label(said) {
            flush(&mut blocks, text, paragraph.take());
        }
    }
    flush(&mut blocks, text, paragraph);
    reported::add_blocks(&mut builder, "", &blocks);
    Ok(builder.finish(FORMAT.id, Kind::Notes, TimeResolution::None))
}

fn flush(blocks: &mut Vec<Block>, text: &str, paragraph: Option<Range<usize>>) {
    if let Some(range) =
        paragraph.filter(|range| text[range.clone()].contains(char::is_alphanumeric))
    {
        let kind = match text[range.clone()].trim_end().ends_with(':') {
            true => BlockKind::Heading,
            false => BlockKind::Text,
        };
        blocks.push(Block { words: Fragment::slice(text, range), kind });
    }
}

/// The length of the mark with which a list item begins, or 0.
fn item_mark(line: &str) -> usize {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let mark = match line[digits..].chars().next() {
        Some('.' | ')') if (1..=3).contains(&digits) => digits + 1,
        Some(bullet @ ('-' | '*' | '\u{2022}' | '\u{2013}' | '\u{2014}')) if digits == 0 => {
            bullet.len_utf8()
        }
        _ => return 0,
    };
    let rest = &line[mark..];
    if rest.starts_with([' ', '\t']) { mark + rest.len() - rest.trim_start().len() } else { 0 }
}

/// Whether a line is one of a memo's heads, such as `Subject: …`.
fn is_label(line: &str) -> bool {
    let label = line.split_once(':').map(|(label, _)| label.trim().to_lowercase());
    label.is_some_and(|label| ["subject", "re"].contains(&label.as_str())) || is_address(line)
}

fn is_address(line: &str) -> bool {
    line.split_once(':')
        .is_some_and(|(label, _)| ADDRESSES.contains(&label.trim().to_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::read_as;

    fn blocks(text: &str) -> Vec<String> {
        read_as(&FORMAT, text).turns.into_iter().map(|turn| turn.text).collect()
    }

    #[test]
    fn a_memo_is_cut_into_paragraphs_and_items() {
        let text = "MEMO\n\nTo: All\nFrom: Ana Lima\nSubject: The move\n\nWe move\nin June.\n> old words\n\n\
                    Next:\n- pack\n  well\n2) go\n";
        let expected =
            ["MEMO", "Subject: The move", "We move in June.", "Next:", "pack well", "go"];
        assert_eq!(blocks(text), expected);
    }

    #[test]
    fn an_earlier_mail_below_is_not_its_authors() {
        let below = "From: Bo\nSent: Monday\nTo: Ana\nSubject: The cafe\n\nYou must sign.\n";
        for mark in [
            "-----Original Message-----",
            "---------- Forwarded message ---------",
            "  -------- Original Message --------",
        ] {
            let text = format!("You decide.\nAna\n{mark}\n{below}");
            let read = read_as(&FORMAT, &text);
            assert_eq!(blocks(&text), ["You decide. Ana"], "{mark}");
            assert_eq!(read.warnings, ["left out: 5 lines of an earlier mail"]);
            assert_eq!(
                blocks(&format!("{mark}\n{below}")).last().map(String::as_str),
                Some("You must sign.")
            );
        }
        let told = "We saw the\noriginal message\nand --- so ---\nleft.";
        assert_eq!(blocks(told).len(), 1);
    }

    #[test]
    fn lines_that_were_not_wrapped_are_paragraphs() {
        let long = "a word ".repeat(30);
        assert_eq!(blocks(&format!("{long}\n{long}\nshort one\n")).len(), 3);
    }

    #[test]
    fn what_is_something_else_is_not_claimed() {
        let confidence = |text: &str| sniff(&Head::of(text));
        assert!(confidence("I have decided that we move in June.") > 0);
        for text in [
            "{\"a\": \"many words are in this one here\"}",
            "<p>many words are in this one here</p>",
            "[Ana] 11:02:09\nHow are you all doing?\n\n[Bo] 11:02:12\nWell, thank you very much.\n",
            "12 34 56 78 90 11 22 33",
            "fn main() {\n    println(hello there and all);\n}\n",
            "word",
        ] {
            assert_eq!(confidence(text), 0, "{text}");
        }
    }
}
