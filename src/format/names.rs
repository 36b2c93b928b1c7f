//! What a speaker's name looks like at the start of a line, and what only looks like one.

use std::ops::Range;

use super::lines::trimmed;

/// First words of labels that structure a text. No one is called so.
const STRUCTURE: &[&str] = &[
    "action",
    "actions",
    "agenda",
    "announcement",
    "announcements",
    "assigned",
    "attachment",
    "attendees",
    "attending",
    "background",
    "bcc",
    "blocker",
    "blockers",
    "cc",
    "chapter",
    "conclusion",
    "context",
    "date",
    "deadline",
    "decision",
    "decisions",
    "discussion",
    "due",
    "duration",
    "example",
    "fyi",
    "goal",
    "goals",
    "important",
    "invitees",
    "issue",
    "issues",
    "item",
    "items",
    "language",
    "link",
    "links",
    "location",
    "meeting",
    "minutes",
    "next",
    "note",
    "notes",
    "objective",
    "objectives",
    "outcome",
    "outcomes",
    "overview",
    "owner",
    "part",
    "participants",
    "people",
    "place",
    "present",
    "priority",
    "ps",
    "purpose",
    "question",
    "questions",
    "re",
    "recap",
    "recording",
    "regards",
    "regrets",
    "result",
    "results",
    "risk",
    "risks",
    "section",
    "sent",
    "source",
    "status",
    "step",
    "steps",
    "subject",
    "summary",
    "takeaway",
    "takeaways",
    "task",
    "tasks",
    "time",
    "title",
    "todo",
    "todos",
    "topic",
    "topics",
    "transcript",
    "update",
    "updates",
    "venue",
    "warning",
    "when",
    "where",
    "why",
];

/// Whole labels of which the first word alone could be a name or a part of one.
const PHRASES: &[&str] = &[
    "follow up",
    "follow ups",
    "follow-up",
    "follow-ups",
    "from",
    "key points",
    "key takeaways",
    "open questions",
    "parking lot",
    "to",
    "to do",
    "to dos",
    "to-do",
    "to-dos",
    "wins",
];

/// Words with which people open a sentence before a colon.
const OPENERS: &[&str] = &[
    "actually",
    "again",
    "also",
    "and",
    "answer",
    "basically",
    "because",
    "but",
    "finally",
    "first",
    "fourth",
    "hence",
    "here",
    "honestly",
    "i",
    "is",
    "it",
    "its",
    "like",
    "listen",
    "look",
    "mind",
    "now",
    "okay",
    "ok",
    "one",
    "or",
    "plus",
    "remember",
    "right",
    "second",
    "see",
    "so",
    "still",
    "that",
    "the",
    "then",
    "therefore",
    "there",
    "these",
    "think",
    "third",
    "this",
    "those",
    "three",
    "two",
    "wait",
    "we",
    "well",
    "what",
    "which",
    "yes",
    "no",
    "you",
    "http",
    "https",
];

/// Names that recognizers and exports write in lower case.
const GENERIC: &[&str] = &[
    "agent",
    "buyer",
    "caller",
    "client",
    "customer",
    "guest",
    "host",
    "interviewee",
    "interviewer",
    "leader",
    "manager",
    "me",
    "moderator",
    "participant",
    "prospect",
    "rep",
    "seller",
    "speaker",
    "spk",
    "them",
    "unknown",
];

/// Small words inside names.
const PARTICLES: &[&str] = &[
    "al", "bin", "da", "de", "del", "della", "den", "der", "di", "du", "el", "la", "le", "of",
    "speaker", "ten", "van", "von", "y",
];

/// What stands in brackets for a sound.
const SOUNDS: &[&str] = &[
    "applause",
    "background",
    "beep",
    "blank_audio",
    "cough",
    "coughs",
    "crosstalk",
    "inaudible",
    "indistinct",
    "laughing",
    "laughs",
    "laughter",
    "music",
    "noise",
    "pause",
    "silence",
    "sighs",
    "unintelligible",
];

/// The longest name that is looked for, in bytes.
const LONGEST: usize = 64;

/// Whether this could be what a transcript calls a speaker: at most three words or so, each with a
/// capital, a digit or a script that has no capitals; no label and no opening of a sentence. A company
/// in parentheses after the name does not count.
pub(super) fn is_name(text: &str) -> bool {
    let text = text.trim();
    if text.len() > LONGEST || !text.starts_with(|c: char| c.is_alphabetic()) {
        return false;
    }
    let name = match text.find(['(', '[']) {
        Some(at) if text.ends_with([')', ']']) => text[..at].trim_end(),
        Some(_) => return false,
        None => text,
    };
    if name.is_empty()
        || name.contains(['?', '!', ';', '"', '=', '<', '>', '{', '}', '/', '\\', '|'])
    {
        return false;
    }
    let lower = name.to_lowercase();
    let first = lower.split([' ', ',']).next().unwrap_or_default();
    if STRUCTURE.contains(&first) || OPENERS.contains(&first) || PHRASES.contains(&lower.as_str()) {
        return false;
    }
    let stem = first.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-');
    let is_generic = GENERIC.contains(&stem);
    let mut full_words = 0;
    for word in name.split_whitespace() {
        let is_particle = PARTICLES.contains(&word);
        if !is_particle && !is_generic && word.starts_with(char::is_lowercase) {
            return false;
        }
        full_words += usize::from(!is_particle);
    }
    (1..=4).contains(&full_words)
}

/// A line that begins with a name and a colon: where the name stands, and where the text begins.
/// The colon ends the name only before white space or the line's end, so no time and no address
/// is cut. The name may be bold, as in `**Ana:** text`.
pub(super) fn prefix(source: &str, line: Range<usize>) -> Option<(Range<usize>, usize)> {
    let text = &source[line.clone()];
    let head = &text[..text.floor_char_boundary(LONGEST + 8)];
    let colon = head.find([':', '\u{FF1A}'])?;
    let mark_end = colon + head[colon..].chars().next().map_or(1, char::len_utf8);
    let (name, after) = match head.trim_start().strip_prefix("**") {
        Some(_) => {
            let start = head.find("**")? + 2;
            if head[mark_end..].starts_with("**") {
                (start..colon, mark_end + 2)
            } else {
                (start..start + head.get(start..colon)?.strip_suffix("**")?.len(), mark_end)
            }
        }
        None => (0..colon, mark_end),
    };
    let is_wide = mark_end - colon > 1;
    if !is_wide && text[after..].starts_with(|c: char| !c.is_whitespace()) {
        return None;
    }
    let name = trimmed(source, line.start + name.start..line.start + name.end);
    is_name(&source[name.clone()]).then(|| (name, line.start + after))
}

/// A line that begins with a name in brackets, as in `[Speaker 1] text`; a colon may follow.
pub(super) fn bracketed(source: &str, line: Range<usize>) -> Option<(Range<usize>, usize)> {
    let text = &source[line.clone()];
    let head = &text[..text.floor_char_boundary(LONGEST + 8)];
    let start = head.find(|c: char| !c.is_whitespace())?;
    let inner = head[start..].strip_prefix('[')?;
    let length = inner.find(']')?;
    let name = &inner[..length];
    if !is_name(name) || SOUNDS.contains(&name.to_lowercase().split(' ').next().unwrap_or_default())
    {
        return None;
    }
    let name = line.start + start + 1..line.start + start + 1 + length;
    let after = &source[name.end + 1..line.end];
    let colon = after.len() - after.strip_prefix(':').unwrap_or(after).len();
    Some((name.clone(), name.end + 1 + colon))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_labels_times_and_sentences() {
        for name in [
            "Ana",
            "Ana Lima",
            "Dr. Mia van der Berg",
            "Speaker 2",
            "spk_0",
            "Unknown Speaker",
            "JDD",
            "Dana Ruiz (Acme Interiors)",
            "O'Neil",
            "李雷",
            "Jean-Luc P.",
            "SPEAKER_01",
            "speaker 1",
        ] {
            assert!(is_name(name), "{name}");
        }
        for label in [
            "Agenda",
            "Action items",
            "NOTE",
            "Decision 2",
            "Date",
            "Attendees",
            "Re",
            "Subject",
            "Next steps",
            "10:30 Meeting",
            "10",
            "So here's the thing",
            "The rule is",
            "Look",
            "https",
            "One Two Three Four Five",
            "",
            "what it said",
            "Why?",
            "Key takeaways",
            "From",
        ] {
            assert!(!is_name(label), "{label}");
        }
    }

    #[test]
    fn a_prefix_ends_at_a_colon_before_white_space() {
        let split = |line: &'static str| {
            prefix(line, 0..line.len()).map(|(name, text)| (&line[name], line[text..].trim()))
        };
        assert_eq!(split("Ana: see 10:30"), Some(("Ana", "see 10:30")));
        assert_eq!(split("  Ana Lima :  hi"), Some(("Ana Lima", "hi")));
        assert_eq!(split("Ana:"), Some(("Ana", "")));
        assert_eq!(split("**Ana:** hi"), Some(("Ana", "hi")));
        assert_eq!(split("**Ana Lima**: hi"), Some(("Ana Lima", "hi")));
        assert_eq!(split("李雷：你好"), Some(("李雷", "你好")));
        for line in [
            "10:30 Meeting: start",
            "https://example.test",
            "Ana:hi",
            "Agenda: money",
            "**Ana hi: x",
        ] {
            assert_eq!(split(line), None, "{line}");
        }
    }

    #[test]
    fn brackets_hold_a_name_or_a_sound() {
        let split = |line: &'static str| {
            bracketed(line, 0..line.len()).map(|(name, text)| (&line[name], line[text..].trim()))
        };
        assert_eq!(split("[Speaker 1] hi"), Some(("Speaker 1", "hi")));
        assert_eq!(split("[Ana]: hi"), Some(("Ana", "hi")));
        assert_eq!(split("[Music] la"), None);
        assert_eq!(split("[unclosed"), None);
    }
}
