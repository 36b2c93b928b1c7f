//! What a speaker's name looks like at the start of a line, and what only looks like one.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::lines::trimmed;

/// First words of labels that structure a text. No one is called so.
#[rustfmt::skip]
const STRUCTURE: &[&str] = &[
    "action", "actions", "agenda", "announcement", "announcements", "arguments", "assigned",
    "attachment", "attendees", "attending", "background", "bcc", "blocker", "blockers", "cc",
    "chapter", "classifier", "command", "commands", "comment", "comments", "conclusion", "cons",
    "context", "copyright", "date", "day", "deadline", "decision", "decisions", "discussion",
    "due", "duration", "effort", "error", "errors", "example", "files", "format", "fyi", "goal",
    "goals", "impact", "important", "info", "invitees", "issue", "issues", "item", "items",
    "language", "license", "link", "links", "location", "meeting", "minutes", "next", "note",
    "notes", "objective", "objectives", "option", "options", "outcome", "outcomes", "overview",
    "owner", "package", "part", "participants", "people", "phase", "place", "present",
    "priority", "problem", "pros", "ps", "purpose", "question", "questions", "re", "recap",
    "recording", "regards", "regrets", "result", "results", "risk", "risks", "scenario",
    "section", "sent", "solution", "source", "status", "step", "steps", "subject", "summary",
    "takeaway", "takeaways", "task", "tasks", "time", "title", "todo", "todos", "topic",
    "topics", "transcript", "update", "updates", "usage", "venue", "version", "warning", "week",
    "when", "where", "why",
];

/// Whole labels of which the first word alone could be a name or a part of one.
#[rustfmt::skip]
const PHRASES: &[&str] = &[
    "follow up", "follow ups", "follow-up", "follow-ups", "from", "key points", "key takeaways",
    "open questions", "parking lot", "to", "to do", "to dos", "to-do", "to-dos", "wins",
];

/// Words with which people open a sentence before a colon.
#[rustfmt::skip]
const OPENERS: &[&str] = &[
    "actually", "again", "also", "and", "answer", "basically", "because", "but", "finally",
    "first", "fourth", "hence", "here", "honestly", "http", "https", "i", "is", "it", "its",
    "like", "listen", "look", "mind", "no", "now", "ok", "okay", "one", "or", "plus",
    "remember", "right", "second", "see", "so", "still", "that", "the", "then", "there",
    "therefore", "these", "think", "third", "this", "those", "three", "two", "wait", "we",
    "well", "what", "which", "yes", "you",
];

/// Names that recognizers and exports write in lower case.
#[rustfmt::skip]
const GENERIC: &[&str] = &[
    "agent", "assistant", "boss", "buyer", "caller", "client", "colleague", "customer",
    "doctor", "employee", "guest", "host", "interviewee", "interviewer", "leader", "manager",
    "me", "member", "moderator", "participant", "patient", "prospect", "rep", "sales",
    "salesperson", "seller", "speaker", "spk", "student", "teacher", "them", "unknown", "user",
];

/// Small words inside names.
#[rustfmt::skip]
const PARTICLES: &[&str] = &[
    "al", "bin", "da", "de", "del", "della", "den", "der", "di", "du", "el", "la", "le", "of",
    "speaker", "ten", "van", "von", "y",
];

/// What stands in brackets for a sound.
#[rustfmt::skip]
const SOUNDS: &[&str] = &[
    "applause", "background", "beep", "blank_audio", "cough", "coughs", "crosstalk",
    "inaudible", "indistinct", "laughing", "laughs", "laughter", "music", "noise", "pause",
    "sighs", "silence", "unintelligible",
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
        || name.contains(['?', '!', ';', ':', '"', '=', '<', '>', '{', '}', '/', '\\', '|'])
    {
        return false;
    }
    let lower = name.to_lowercase();
    if is_label(&lower) {
        return false;
    }
    let first = first_word(&lower);
    let stem = first.trim_end_matches(|c: char| c.is_ascii_digit() || c == '_' || c == '-');
    let is_generic = GENERIC.contains(&stem);
    let mut full_words = 0;
    for (at, word) in name.split_whitespace().enumerate() {
        let is_particle = PARTICLES.contains(&word);
        let may_be_lower = is_particle || is_generic && (at == 0 || word.len() == 1);
        if !may_be_lower && word.starts_with(char::is_lowercase) {
            return false;
        }
        full_words += usize::from(!is_particle);
    }
    (1..=4).contains(&full_words)
}

/// Whether a name is that of a shared screen, such as `Ana Lima's Presentation`: what is heard under it
/// is a recording or a room, and no one person.
pub(super) fn is_presentation(name: &str) -> bool {
    ["'s", "\u{2019}s"].iter().any(|owner| {
        name.strip_suffix("Presentation").is_some_and(|rest| rest.trim_end().ends_with(owner))
    })
}

/// Whether lower-case words before a colon are a label or open a sentence.
fn is_label(lower: &str) -> bool {
    let first = first_word(lower);
    STRUCTURE.contains(&first) || OPENERS.contains(&first) || PHRASES.contains(&lower)
}

fn first_word(lower: &str) -> &str {
    lower.split([' ', ',']).next().unwrap_or_default()
}

/// Whether this could be a display name of any shape, such as `jsmith`, `ana lima` or `Ana | Acme`:
/// too little to go by in one line, but not where it comes back all over a file.
fn is_display_name(text: &str) -> bool {
    let text = text.trim();
    text.len() <= 40
        && text.starts_with(char::is_alphanumeric)
        && text.contains(char::is_alphabetic)
        && !text.contains(['?', '!', ';', '"', '<', '>', '{', '}'])
        && text.split_whitespace().count() <= 5
        && !is_label(&text.to_lowercase())
}

/// Those who speak in a file under names that only their coming back proves.
#[derive(Debug, Default)]
pub(super) struct Cast<'a>(FxHashMap<&'a str, usize>);

impl<'a> Cast<'a> {
    /// From the lines in which a name may come first. Most of them must have one, and the names must
    /// come back; in a file that has one in nearly every line, someone may also speak only once.
    pub fn of(text: &'a str, lines: impl Iterator<Item = Range<usize>>) -> Self {
        let mut heard: FxHashMap<&str, usize> = FxHashMap::default();
        let (mut all, mut named) = (0, 0);
        for line in lines {
            all += 1;
            if let Some((name, _)) =
                prefix_by(text, line, |name| heard.contains_key(name) || is_display_name(name))
            {
                named += 1;
                *heard.entry(&text[name]).or_default() += 1;
            }
        }
        if named * 10 < all * 6 || heard.len() * 3 > named * 2 {
            return Cast::default();
        }
        let at_least = if named * 10 >= all * 9 { 1 } else { 2 };
        heard.retain(|_, count| *count >= at_least);
        Cast(heard)
    }

    /// A line that begins with a name and a colon, be it a plain name or one of the cast.
    pub fn prefix(&self, source: &str, line: Range<usize>) -> Option<(Range<usize>, usize)> {
        prefix_by(source, line, |name| self.0.contains_key(name) || is_name(name))
    }
}

/// Where the first colon stands, be it narrow or wide.
fn colon(text: &str) -> Option<usize> {
    const WIDE: char = '\u{FF1A}';
    memchr::memchr2_iter(b':', 0xEF, text.as_bytes())
        .find(|at| text[*at..].starts_with([':', WIDE]))
}

/// A line that begins with a name and a colon: where the name stands, and where the text begins.
/// The colon ends the name only before white space or the line's end, so no time and no address
/// is cut. The name may be bold, as in `**Ana:** text`.
fn prefix_by(
    source: &str,
    line: Range<usize>,
    is_name: impl Fn(&str) -> bool,
) -> Option<(Range<usize>, usize)> {
    let text = &source[line.clone()];
    let head = &text[..text.floor_char_boundary(LONGEST + 8)];
    let colon = colon(head)?;
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
            "manager said so",
            "Key takeaways",
            "From",
        ] {
            assert!(!is_name(label), "{label}");
        }
    }

    #[test]
    fn a_prefix_ends_at_a_colon_before_white_space() {
        let split = |line: &'static str| {
            prefix_by(line, 0..line.len(), is_name)
                .map(|(name, text)| (&line[name], line[text..].trim()))
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
    fn names_of_any_shape_are_known_by_coming_back() {
        let all = |text: &'static str| super::super::lines::lines(text);
        let text = "ana: hi\nbo | acme: yes\nana: so the thing is: go\nana: well\nbo | acme: no\n";
        let cast = Cast::of(text, all(text));
        let named = all(text).filter(|line| cast.prefix(text, line.clone()).is_some()).count();
        assert_eq!(named, 5);
        let prose = "we had one rule: wait\nso we waited\none rule: go\nthen we went\n";
        let cast = Cast::of(prose, all(prose));
        assert!(all(prose).all(|line| cast.prefix(prose, line).is_none()));
    }

    #[test]
    fn a_shared_screen_is_no_person() {
        assert!(is_presentation("Ana Lima's Presentation"));
        assert!(is_presentation("Ana\u{2019}s Presentation"));
        assert!(!is_presentation("Presentation") && !is_presentation("Ana Lima"));
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
