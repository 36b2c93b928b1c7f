//! Notes that record what others said: "Dana: wants a second quote".
//!
//! Such a line is Dana's and not the author's, and is judged, if at all, as Dana's. A word before a colon
//! is more often a label than a person, so a name must be backed: by a list of who was there, or by a
//! line that goes on as a report does, of a name that is nowhere written as a common word. A task is
//! its author's, whoever is to do it.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::counted;
use super::lines::{lines, trimmed};
use super::names::is_name;
use crate::transcript::{Fragment, TranscriptBuilder};

/// Headings and labels of lists of who was there.
const ATTENDANCE: [&str; 7] =
    ["attendees", "attending", "present", "participants", "people", "invitees", "who"];

/// How a line goes on that reports what someone said or thinks.
#[rustfmt::skip]
const REPORTS: [&str; 44] = [
    "added", "adds", "agreed", "agrees", "asked", "asking", "asks", "believes", "comments",
    "concerned", "confirmed", "confirms", "disagrees", "explained", "explains", "feels", "felt",
    "happy", "hopes", "likes", "mentioned", "mentions", "needs", "noted", "notes", "objected",
    "objects", "offered", "offers", "prefers", "proposed", "proposes", "raised", "raises",
    "reported", "reports", "said", "says", "suggested", "suggests", "thinks", "wants", "wonders",
    "worried",
];

/// First words of headings over lists of who is to do what.
const TASKS: [&str; 10] = [
    "action",
    "actions",
    "assignments",
    "follow-up",
    "follow-ups",
    "next",
    "owners",
    "tasks",
    "to-dos",
    "todo",
];

/// A piece of a note.
#[derive(Default)]
pub(super) struct Block {
    /// Its words.
    pub words: Fragment,
    /// What sort of piece it is.
    pub kind: BlockKind,
}

/// What sort of piece of a note it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum BlockKind {
    /// A paragraph, an item, a row.
    #[default]
    Text,
    /// A heading, or a label that stands alone.
    Heading,
    /// An item with a box to tick.
    Task,
}

/// What mail programs say between dashes above the mail that is answered or passed on.
const EARLIER: [&str; 2] = ["original message", "forwarded message"];

/// How many bytes of a text are its author's. Below stands an earlier mail, which is someone else's, and is warned of.
pub(super) fn own_part(builder: &mut TranscriptBuilder, text: &str) -> usize {
    let is_mark = |line: &Range<usize>| {
        let line = &text[trimmed(text, line.clone())];
        let words = line.trim_matches('-').trim();
        line.starts_with("---") && EARLIER.iter().any(|mark| words.eq_ignore_ascii_case(mark))
    };
    // A mail that was only passed on is read as that of whoever wrote it.
    let has_words = |at: usize| text[..at].contains(char::is_alphanumeric);
    let Some(mark) = lines(text).find(is_mark).filter(|mark| has_words(mark.start)) else {
        return text.len();
    };
    let count = lines(&text[mark.end..])
        .filter(|line| !text[mark.end..][line.clone()].trim().is_empty())
        .count();
    builder.warn(format!("left out: {} of an earlier mail", counted(count, "line")));
    mark.start
}

/// Adds the blocks of a note, those that report someone's words as that person's. `preamble` is what
/// stands before the note, such as its front matter.
pub(super) fn add_blocks(builder: &mut TranscriptBuilder, preamble: &str, blocks: &[Block]) {
    let present = attendance(preamble, blocks);
    let common = common_words(blocks);
    let mut tasks = false;
    for Block { words, kind } in blocks {
        if *kind == BlockKind::Heading {
            let first = words.text().split_whitespace().next().unwrap_or_default();
            let first = first.trim_end_matches(':').to_lowercase();
            tasks = TASKS.contains(&first.as_str());
        }
        let may_report = !tasks && *kind == BlockKind::Text;
        let reported = may_report.then(|| reported(words.text(), &present, &common)).flatten();
        let speaker = reported.and_then(|name| builder.speaker(name));
        builder.block(speaker, words);
    }
}

/// Whose words a block reports.
fn reported<'a>(
    text: &'a str,
    present: &FxHashSet<String>,
    common: &FxHashSet<String>,
) -> Option<&'a str> {
    let (name, rest) = text.split_once(": ")?;
    let name = name.trim();
    if !is_name(name) || name.chars().any(|c| c.is_ascii_digit()) {
        return None;
    }
    let words: Vec<String> = name.split_whitespace().map(str::to_lowercase).collect();
    if words.iter().any(|word| present.contains(word)) || present.contains(&name.to_lowercase()) {
        return Some(name);
    }
    let rest = rest.trim_start();
    let first = rest.split_whitespace().next()?.trim_matches(|c: char| !c.is_alphanumeric());
    let quoted = rest.starts_with(['"', '\u{201c}', '«']);
    let reports = quoted || REPORTS.contains(&first.to_lowercase().as_str());
    let is_person = !words.iter().any(|word| common.contains(word));
    (reports && is_person && words.len() <= 3).then_some(name)
}

/// The names, first names, last names and initials of who was there, in lower case.
fn attendance(preamble: &str, blocks: &[Block]) -> FxHashSet<String> {
    let mut present = FxHashSet::default();
    let mut listing = false;
    let lines = preamble.lines().map(|line| line.trim().trim_start_matches("- "));
    for text in lines.chain(blocks.iter().map(|block| block.words.text())) {
        let text = text.trim();
        let (label, rest) = text.split_once(':').unwrap_or((text, ""));
        let is_label = ATTENDANCE.contains(&label.trim().to_lowercase().as_str());
        if is_label {
            listing = !note_names(rest, &mut present);
        } else if listing {
            listing = rest.is_empty() && note_names(text, &mut present);
        }
    }
    present
}

/// Notes the names in a list; whether there were any.
fn note_names(list: &str, present: &mut FxHashSet<String>) -> bool {
    let mut any = false;
    for entry in list.split([',', ';', '&', '[', ']', '\n']) {
        let plain = |c: &char| c.is_alphabetic() || matches!(c, ' ' | '-' | '\'' | '.');
        let entry: String =
            entry.chars().skip_while(|c| !c.is_alphabetic()).take_while(plain).collect();
        let entry = entry.trim();
        if entry.is_empty() || !is_name(entry) {
            continue;
        }
        any = true;
        let initials: String =
            entry.split_whitespace().filter_map(|word| word.chars().next()).collect();
        if initials.chars().count() > 1 {
            present.insert(initials.to_lowercase());
        }
        present.extend(entry.split_whitespace().map(str::to_lowercase));
    }
    any
}

/// The words that somewhere stand in lower case.
fn common_words(blocks: &[Block]) -> FxHashSet<String> {
    let mut counts: FxHashMap<&str, usize> = FxHashMap::default();
    for word in
        blocks.iter().flat_map(|block| block.words.text().split(|c: char| !c.is_alphanumeric()))
    {
        if word.starts_with(char::is_lowercase) {
            *counts.entry(word).or_default() += 1;
        }
    }
    counts.into_keys().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Kind, TimeResolution};

    fn whose(preamble: &str, blocks: &[&str]) -> Vec<Option<String>> {
        let block = |text: &&str| Block {
            words: Fragment::unplaced(*text),
            kind: if text.ends_with(':') { BlockKind::Heading } else { BlockKind::Text },
        };
        let blocks: Vec<_> = blocks.iter().map(block).collect();
        let mut builder = TranscriptBuilder::new();
        add_blocks(&mut builder, preamble, &blocks);
        let note = builder.finish("test", Kind::Notes, TimeResolution::None);
        let name = |turn| note.speaker_of(turn).map(|speaker| speaker.name.clone());
        note.turns.iter().map(name).collect()
    }

    #[test]
    fn a_report_is_of_whom_it_names() {
        let blocks = [
            "Dana: wants a second quote",
            "We decided it.",
            "Ben Ito: \u{201c}too dear\u{201d}",
            "Dana: Friday",
            "Budget: wants a second look",
            "The budget is thin.",
            "Risks: raised twice",
            "Note: says who",
        ];
        let expected = [Some("Dana"), None, Some("Ben Ito"), None, None, None, None, None];
        assert_eq!(whose("", &blocks), expected.map(|name| name.map(str::to_owned)));
    }

    #[test]
    fn who_was_there_needs_no_verb() {
        let blocks = [
            "Attendees: Joan D. Drew, Ana Lima",
            "JDD: a few bugs left",
            "Ana: Friday then",
            "Friday: no one",
        ];
        let expected = [None, Some("JDD"), Some("Ana"), None];
        assert_eq!(whose("", &blocks), expected.map(|name| name.map(str::to_owned)));
        let list = ["Present", "Bo Ray (chair)", "Cy Ode @cy", "Items", "Cy: fine with it"];
        assert_eq!(whose("", &list)[4].as_deref(), Some("Cy"));
        let tasks = ["Attendees: Ana, Bo", "Next steps:", "Ana: send it", "Talk:", "Bo: too dear"];
        assert_eq!(whose("", &tasks).iter().flatten().collect::<Vec<_>>(), ["Bo"]);
        let front = whose("attendees:\n  - Di Fox\n", &["Di: fine with it"]);
        assert_eq!(front[0].as_deref(), Some("Di"));
    }
}
