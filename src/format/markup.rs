//! Undoes the markup of captions: styling tags, voice tags, entities.
//!
//! Only what is known as a tag is one, so that `I <3 this` and `2 > 1` stay as they were said.

use std::ops::Range;

use crate::transcript::Fragment;

/// Elements of WebVTT and SubRip, and a few that converters leave behind.
const TAGS: &[&str] =
    &["b", "br", "c", "em", "font", "i", "lang", "rt", "ruby", "s", "span", "strong", "u", "v"];

/// The longest tag or entity that is looked for, in bytes; it keeps the work linear.
const LONGEST_TAG: usize = 256;
const LONGEST_ENTITY: usize = 10;

/// The text of a cue, its markup undone.
#[derive(Debug, Default)]
pub(super) struct Plain {
    /// What was said.
    pub fragment: Fragment,
    /// Whom the first voice tag names.
    pub voice: Option<String>,
    /// Whether words were timed one by one, as in captions that roll.
    pub has_word_times: bool,
}

/// Undoes the markup in a range of the source.
pub(super) fn undo(source: &str, range: Range<usize>) -> Plain {
    let mut plain = Plain::default();
    let mut at = range.start;
    let mut copied = range.start;
    while let Some(found) = memchr::memchr3(b'<', b'&', b'{', &source.as_bytes()[at..range.end]) {
        at += found;
        let rest = &source[at..range.end];
        let length = if rest.starts_with('&') {
            entity(rest).map(|(decoded, length)| {
                plain.fragment.push_slice(source, copied..at);
                plain.fragment.push_decoded(decoded.encode_utf8(&mut [0; 4]), at);
                length
            })
        } else {
            tag(rest).map(|(tag, length)| {
                plain.fragment.push_slice(source, copied..at);
                match tag {
                    Tag::Voice(name) => plain.voice = plain.voice.take().or(name),
                    Tag::Time => plain.has_word_times = true,
                    Tag::Break => plain.fragment.push_decoded(" ", at),
                    Tag::Style => {}
                }
                length
            })
        };
        at += length.unwrap_or(1);
        if length.is_some() {
            copied = at;
        }
    }
    plain.fragment.push_slice(source, copied..range.end);
    plain
}

enum Tag {
    Voice(Option<String>),
    Time,
    Break,
    Style,
}

/// The tag with which a text begins, and its length.
fn tag(text: &str) -> Option<(Tag, usize)> {
    let head = &text.as_bytes()[..text.len().min(LONGEST_TAG)];
    if text.starts_with('{') {
        let end = memchr::memchr(b'}', head)?;
        return text.starts_with("{\\").then_some((Tag::Style, end + 1));
    }
    let end = memchr::memchr(b'>', head)?;
    let inner = &text[1..end];
    if super::clock::Clock::parse(inner).is_some() {
        return Some((Tag::Time, end + 1));
    }
    let element = inner.strip_prefix('/').unwrap_or(inner);
    let name_end = element.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(element.len());
    let (name, rest) = element.split_at(name_end);
    let name = name.to_ascii_lowercase();
    let may_follow = |c: char| c == '.' || c == '/' || c.is_whitespace();
    if !TAGS.contains(&name.as_str()) || !(rest.is_empty() || rest.starts_with(may_follow)) {
        return None;
    }
    let tag = match name.as_str() {
        "v" if !inner.starts_with('/') => Tag::Voice(voice(rest)),
        "br" => Tag::Break,
        _ => Tag::Style,
    };
    Some((tag, end + 1))
}

/// The name in a voice tag, after its classes.
fn voice(rest: &str) -> Option<String> {
    let (_, name) = rest.split_once(char::is_whitespace)?;
    let name = undo(name, 0..name.len()).fragment.text().trim().to_owned();
    (!name.is_empty()).then_some(name)
}

/// The entity with which a text begins, and its length.
fn entity(text: &str) -> Option<(char, usize)> {
    let head = &text.as_bytes()[..text.len().min(LONGEST_ENTITY)];
    let end = memchr::memchr(b';', head)?;
    let name = &text[1..end];
    let decoded = match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => '\u{A0}',
        "lrm" => '\u{200E}',
        "rlm" => '\u{200F}',
        _ => numbered(name.strip_prefix('#')?)?,
    };
    Some((decoded, end + 1))
}

fn numbered(number: &str) -> Option<char> {
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(code).filter(|c| *c != '\0')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        undo(text, 0..text.len()).fragment.text().to_owned()
    }

    #[test]
    fn styling_and_entities_are_undone() {
        assert_eq!(plain("We <i>really</i> need R&amp;D"), "We really need R&D");
        assert_eq!(plain("ship &lt;v2&gt;&nbsp;now"), "ship <v2>\u{A0}now");
        assert_eq!(plain("it&#39;s &#x2019;"), "it's \u{2019}");
        assert_eq!(plain("{\\an8}<font color=\"#fff\">hi</font>"), "hi");
        assert_eq!(plain("hello<00:00:00.500><c> there</c>"), "hello there");
        assert_eq!(plain("one<br/>two"), "one two");
    }

    #[test]
    fn what_is_no_markup_stays() {
        for text in
            ["I <3 this, 2 > 1", "a & b", "&unknown; x", "{curly}", "<", "&", "a <b c", "<vote>"]
        {
            assert_eq!(plain(text), text);
        }
    }

    #[test]
    fn the_first_voice_names_the_speaker() {
        let voice = |text: &str| undo(text, 0..text.len()).voice;
        assert_eq!(voice("<v.loud Ada &amp; Co>hi</v>").as_deref(), Some("Ada & Co"));
        assert_eq!(voice("<v Ana>one</v> <v Bo>two</v>").as_deref(), Some("Ana"));
        assert_eq!(voice("<v>hi</v>"), None);
    }

    #[test]
    fn words_after_an_entity_keep_their_place() {
        let text = "R&amp;D <b>now</b>";
        let plain = undo(text, 0..text.len());
        let mut builder = crate::transcript::TranscriptBuilder::new();
        builder.block(None, &plain.fragment);
        let kind = crate::transcript::Kind::Notes;
        let read = builder.finish("t", kind, crate::transcript::TimeResolution::None);
        assert_eq!(read.turns[0].source_offset(4), text.find("now"));
    }
}
