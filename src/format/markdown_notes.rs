//! Notes in Markdown: each heading, paragraph, list item and table row is a turn of its author's.
//!
//! Code and block quotes are not the author's speech and are left out, and so are front matter,
//! pictures and HTML. Links keep their text, emphasis its words. Blocks that report what someone else
//! said are that person's.

use std::ops::Range;

use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};

use super::lines::lines;
use super::reported::{self, Block, BlockKind};
use super::{Confidence, Format, Head, ReadError};
use crate::transcript::{
    Fragment, Kind, LineIndex, Source, TimeResolution, Transcript, TranscriptBuilder,
};

/// The format.
pub static FORMAT: Format = Format {
    id: "markdown-notes",
    about: "Meeting notes in Markdown: headings, paragraphs, lists, tasks, tables",
    sniff,
    read,
};

/// The most lines that front matter may have.
const FRONT_MATTER_LINES: usize = 400;

fn sniff(head: &Head) -> Confidence {
    let body = front_matter(head.text);
    let (mut headings, mut items, mut plain) = (0, 0, 0);
    for line in lines(&head.text[body..]) {
        let line = head.text[body + line.start..body + line.end].trim_start();
        let hashes = line.bytes().take_while(|byte| *byte == b'#').count();
        let is_item = ["- ", "* ", "+ ", "| ", "[ ] "].iter().any(|mark| line.starts_with(mark));
        if (1..=6).contains(&hashes) && line[hashes..].starts_with(' ') {
            headings += 1;
        } else if is_item || is_numbered(line) {
            items += 1;
        } else {
            plain += usize::from(!line.trim().is_empty());
        }
    }
    match (headings, items) {
        _ if body > 0 => 75,
        (1.., _) if (headings + items) * 8 >= plain => 62,
        (0, 2..) if items * 2 >= plain => 55,
        (1.., _) => 40,
        _ => 0,
    }
}

fn is_numbered(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    (1..=3).contains(&digits)
        && (line[digits..].starts_with(". ") || line[digits..].starts_with(") "))
}

/// The length of the front matter with which a text begins, or 0.
fn front_matter(text: &str) -> usize {
    let mut found = lines(text);
    let Some(fence @ ("---" | "+++")) = found.next().map(|line| text[line].trim_end()) else {
        return 0;
    };
    let mut inside = found.take(FRONT_MATTER_LINES).enumerate();
    inside
        .find(|(_, line)| {
            let line = text[line.clone()].trim_end();
            line == fence || line == "..."
        })
        .filter(|(at, _)| *at > 0)
        .map_or(0, |(_, line)| line.end)
}

fn read(source: &Source) -> Result<Transcript, ReadError> {
    let body = front_matter(&source.text);
    let mut reader = Reader::default();
    let own = reported::own_part(&mut reader.builder, &source.text[body..]);
    let text = &source.text[..body + own];
    reader.text = text;
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_WIKILINKS;
    for (event, range) in Parser::new_ext(&text[body..], options).into_offset_iter() {
        reader.take(event, body + range.start..body + range.end);
    }
    reader.flush();
    reported::add_blocks(&mut reader.builder, &text[..body], &reader.blocks);
    if let Some(at) = reader.indented_code {
        let (line, _) = LineIndex::new(text).locate(at);
        reader.builder.warn(format!("indented text was taken as code, first on line {line}"));
    }
    Ok(reader.builder.finish(FORMAT.id, Kind::Notes, TimeResolution::None))
}

/// Collects blocks from Markdown's events.
#[derive(Default)]
struct Reader<'a> {
    text: &'a str,
    builder: TranscriptBuilder,
    /// The blocks that are done.
    blocks: Vec<Block>,
    block: Fragment,
    /// What sort of block is open.
    kind: BlockKind,
    /// How many elements are open whose text is not the author's speech.
    silent: usize,
    in_table_row: bool,
    /// The bar before the next cell. It stays, so that no phrase is found across cells.
    bar: Option<usize>,
    indented_code: Option<usize>,
}

impl Reader<'_> {
    fn take(&mut self, event: Event, range: Range<usize>) {
        match event {
            Event::Start(tag) => self.open(&tag, range),
            Event::End(tag) => self.close(tag),
            _ if self.silent > 0 => {}
            Event::Text(said) => self.push(&said, range),
            Event::Code(said) => self.push(&said, range),
            Event::SoftBreak | Event::HardBreak => self.block.push_decoded("\n", range.start),
            Event::InlineHtml(html) if html.starts_with("<br") => {
                self.block.push_decoded(" ", range.start);
            }
            Event::TaskListMarker(_) => self.kind = BlockKind::Task,
            Event::Rule => self.flush(),
            _ => {}
        }
    }

    fn open(&mut self, tag: &Tag, range: Range<usize>) {
        match tag {
            Tag::CodeBlock(kind) => {
                if matches!(kind, CodeBlockKind::Indented) && self.silent == 0 {
                    self.indented_code.get_or_insert(range.start);
                }
                self.flush();
                self.silent += 1;
            }
            Tag::BlockQuote(_) | Tag::HtmlBlock => {
                self.flush();
                self.silent += 1;
            }
            Tag::Image { .. } => self.silent += 1,
            Tag::TableRow | Tag::TableHead => {
                self.flush();
                self.in_table_row = true;
            }
            Tag::TableCell if !self.block.text().is_empty() => {
                let before = self.text.get(..range.start + 1).unwrap_or_default();
                self.bar = self.bar.or(before.rfind('|'));
            }
            _ if is_inline(tag) || self.in_table_row => {}
            Tag::Heading { .. } => {
                self.flush();
                self.kind = BlockKind::Heading;
            }
            _ => self.flush(),
        }
    }

    fn close(&mut self, tag: TagEnd) {
        match tag {
            TagEnd::CodeBlock | TagEnd::BlockQuote(_) | TagEnd::HtmlBlock => {
                self.flush();
                self.silent = self.silent.saturating_sub(1);
            }
            TagEnd::Image => self.silent = self.silent.saturating_sub(1),
            TagEnd::TableRow | TagEnd::TableHead => {
                self.in_table_row = false;
                self.flush();
            }
            TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::List(_) => self.flush(),
            _ => {}
        }
    }

    /// Adds words, each in its place: inside the marks of inline code, on either side of a line end
    /// that became a space, behind an escape.
    fn push(&mut self, said: &str, range: Range<usize>) {
        if let Some(bar) = self.bar.take() {
            self.block.push_decoded(" ", bar);
            self.block.push_decoded("| ", bar);
        }
        let raw = self.text.get(range.clone()).unwrap_or_default();
        if raw == said {
            return self.block.push_decoded(said, range.start);
        }
        let mut at = 0;
        for c in said.chars() {
            let rest = raw.get(at..).unwrap_or_default();
            let skipped = if c.is_whitespace() { 0 } else { rest.find(c).unwrap_or(0) };
            self.block.push_decoded(c.encode_utf8(&mut [0; 4]), range.start + at + skipped);
            let next = raw.get(at + skipped..).and_then(|rest| rest.chars().next());
            at += skipped + next.map_or(0, char::len_utf8);
        }
    }

    fn flush(&mut self) {
        let block = std::mem::take(&mut self.block);
        self.bar = None;
        let kind = std::mem::take(&mut self.kind);
        if self.silent == 0 && block.text().contains(char::is_alphanumeric) {
            self.blocks.push(Block { words: block, kind });
        }
    }
}

fn is_inline(tag: &Tag) -> bool {
    matches!(
        tag,
        Tag::Emphasis | Tag::Strong | Tag::Strikethrough | Tag::Link { .. } | Tag::TableCell
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::testing::{read_as, said};

    fn blocks(text: &str) -> Vec<String> {
        let read = read_as(&FORMAT, text);
        assert!(said(&read).iter().all(|(speaker, time, _)| speaker.is_none() && time.is_none()));
        read.turns.into_iter().map(|turn| turn.text).collect()
    }

    #[test]
    fn every_kind_of_block_is_a_turn() {
        let text = "---\ntitle: no\n---\n\n# Plan *for* May\n\nWe wait\nfor R&amp;D.\n\n\
                    - [ ] Ana: **drafts** it\n  - nested [text](https://x.test)\n\
                    and goes on\n* `code word` stays\n\n1. one\n2. two\n\n| Who | What |\n|---|---|\n| Bo | owns it |\n";
        let expected = [
            "Plan for May",
            "We wait for R&D.",
            "Ana: drafts it",
            "nested text and goes on",
            "code word stays",
            "one",
            "two",
            "Who | What",
            "Bo | owns it",
        ];
        assert_eq!(blocks(text), expected);
    }

    #[test]
    fn what_is_not_the_authors_speech_is_left_out() {
        let text = "Before.\n\n> quoted\n> > twice\n\n```\ncode\n```\n\n    indented\n\n<div>\nhtml\n</div>\n\n\
                    ![alt](p.png) After.\n\n---\n\nLast [[link]].\n";
        assert_eq!(blocks(text), ["Before.", "After.", "Last link."]);
    }

    #[test]
    fn an_earlier_mail_below_is_left_out() {
        let text = "- we go\n- on Friday\n\n-----Original Message-----\nFrom: Bo\n\n- sign today\n";
        assert_eq!(blocks(text), ["we go", "on Friday"]);
    }

    #[test]
    fn words_keep_their_lines() {
        let text = "# Plan\r\n\r\n- **one** `two`\r\n  three\r\n";
        let read = read_as(&FORMAT, text);
        let turn = &read.turns[1];
        for word in ["one", "two", "three"] {
            let at = turn.text.find(word).expect("is there");
            assert_eq!(turn.source_offset(at), text.find(word), "{word}");
        }
    }
}
