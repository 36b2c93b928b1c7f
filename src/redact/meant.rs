//! Whether a word that is a name and an ordinary word too is meant as a name where it stands.

use super::words::{TITLES, Word, is_capital, is_function};

/// Months that are also names.
const MONTHS: [&str; 5] = ["april", "august", "june", "may", "march"];

const BEFORE_MONTHS: [&str; 18] = [
    "by", "during", "early", "end", "for", "from", "in", "last", "late", "mid", "next", "of",
    "since", "this", "through", "to", "until", "after",
];

/// Words behind which someone is spoken to or named.
#[rustfmt::skip]
const GREETINGS: &[&str] = &[
    "afternoon", "bye", "cheers", "dear", "evening", "goodbye", "hello", "hey", "hi", "morning", "thanks", "welcome",
];

/// What people do and other things do not.
#[rustfmt::skip]
const DOINGS: &[&str] = &[
    "agreed", "asked", "here", "please", "asks", "called", "emailed", "knows", "mentioned", "promised", "raised", "said", "says", "sent",
    "speaking", "suggested", "thinks", "thought", "told", "wanted", "wants", "wrote",
];

/// Names that are verbs and no things, and words behind which no verb stands.
const VERBS: [&str; 5] = ["drew", "pat", "rob", "sue", "will"];
const BEFORE_PEOPLE: [&str; 8] = ["ask", "asked", "for", "from", "tell", "to", "told", "with"];

/// Words behind a verb that someone asks with: `ask will it work`.
const SUBJECTS: [&str; 14] =
    ["a", "he", "i", "it", "our", "she", "that", "the", "their", "they", "this", "us", "we", "you"];

/// What is said next to someone who is called.
const TO_SOMEONE: [&str; 10] =
    ["are", "can", "could", "did", "do", "have", "please", "thanks", "would", "you"];

/// Words behind which someone is named, and hardly anything else.
const ASKING: [&str; 7] = ["ask", "asked", "asking", "tell", "told", "telling", "thank"];

/// Names that are verbs of those who are spoken of behind them.
const WISHES: [&str; 3] = ["hope", "will", "may"];

/// Words behind which something is a thing, whatever follows.
const ARTICLES: [&str; 13] =
    ["a", "an", "the", "this", "that", "my", "your", "his", "her", "our", "their", "no", "some"];

/// What stands behind someone who does something.
#[rustfmt::skip]
const AUXILIARIES: &[&str] = &[
    "is", "was", "has", "had", "does", "did", "can", "could", "will", "would", "should", "isn", "wasn", "hasn", "doesn",
    "didn", "and", "or", "from", "here", "just", "also", "already", "never", "got", "isnt", "wasnt", "hasnt", "doesnt", "didnt",
    "ll", "wont", "cant", "gave", "took", "went", "came", "put", "made", "needs", "gets", "goes", "comes", "keeps",
];

/// Words behind which a word is a thing or is done, and no one's name.
#[rustfmt::skip]
const BEFORE_THINGS: &[&str] = &[
    "a", "an", "the", "this", "that", "these", "those", "my", "your", "his", "her", "its", "our", "their", "no", "some", "any",
    "each", "every", "what", "which", "how", "of", "to", "should", "would", "could", "can", "will", "must", "may", "might", "i",
    "we", "you", "they", "it", "he", "she", "who", "dont", "t", "not", "very", "too", "more", "most", "much", "less", "really", "be",
    "been", "being", "is", "are", "was", "were", "in", "on", "into", "by", "per", "one", "two", "three", "good", "best", "same", "new",
    "old", "big", "first", "last", "next", "other", "another", "full", "all", "lets", "ll", "d", "at", "never", "always", "just",
    "please", "high", "low", "have", "has", "had", "have", "has", "had", "as", "than", "own", "without", "s", "its", "im", "youre", "theyre", "it's", "quite", "pretty", "rather",
];

/// Words behind which something is done to what follows.
#[rustfmt::skip]
const BEHIND_VERBS: &[&str] = &[
    "it", "that", "this", "these", "those", "the", "a", "an", "them", "him", "her", "me", "us", "my", "your", "our", "their",
    "his", "its", "not", "of", "up", "out", "down", "off", "everything", "all", "as", "by", "again",
];

/// Whether capitals tell anything in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// They do.
    Mixed,
    /// All letters are of one case, or all words have a capital.
    Plain,
}

impl Case {
    pub fn of(text: &str) -> Case {
        let has_lower = text.contains(char::is_lowercase);
        // Recognisers that know no capitals know `I`, and those of short forms.
        let mut parts = text.split(|c: char| !c.is_alphabetic());
        let has_upper = parts
            .any(|word| word.starts_with(char::is_uppercase) && word.contains(char::is_lowercase));
        let letters = |word: &&str| word.starts_with(char::is_alphabetic);
        let count = text.split_whitespace().filter(letters).count();
        let capitals =
            text.split_whitespace().filter(|word| word.starts_with(char::is_uppercase)).count();
        match has_lower && has_upper && !(count > 3 && capitals * 5 > count * 4) {
            true => Case::Mixed,
            false => Case::Plain,
        }
    }
}

/// Whether a word that is ordinary too is someone's name where it stands.
pub(super) fn is_meant(text: &str, words: &[Word], at: usize, case: Case, is_given: bool) -> bool {
    let word = &words[at];
    let (before, after) = (&text[..word.bytes.start], &text[word.bytes.end..]);
    let last = at.checked_sub(1).map_or("", |last| words[last].folded.as_str());
    let next = words.get(at + 1).map_or("", |next| next.folded.as_str());
    let gap =
        at.checked_sub(1).map_or(before, |last| &text[words[last].bytes.end..word.bytes.start]);
    if TITLES.contains(&last) && matches!(gap, " " | ". ") {
        return true;
    }
    let ends = after.trim_start().is_empty()
        || after.starts_with([',', '.', '?', '!', ';', ':', '\u{2014}']);
    let is_greeted = match last {
        "you" => at > 1 && words[at - 2].folded == "thank",
        "is" | "s" => at > 1 && words[at - 2].folded == "name",
        last => GREETINGS.contains(&last),
    };
    if is_greeted && matches!(gap, " " | ", ") && ends {
        return true;
    }
    let is_object =
        VERBS.contains(&word.folded.as_str()) && BEFORE_PEOPLE.contains(&last) && gap == " ";
    if is_object && !SUBJECTS.contains(&next) {
        return true;
    }
    let acts = DOINGS.contains(&next) || (is_given && is_auxiliary(&word.folded, next));
    let owns = next == "s" && after.starts_with(['\'', '’']);
    let is_month = MONTHS.contains(&word.folded.as_str());
    let in_month = is_month
        && (BEFORE_MONTHS.contains(&last) || next.starts_with(|c: char| c.is_ascii_digit()));
    if is_given
        && ASKING.contains(&last)
        && gap == " "
        && !(is_function(&word.folded) && SUBJECTS.contains(&next))
    {
        return true;
    }
    if case == Case::Plain {
        // Without any capital nothing speaks against a name but its neighbours.
        let is_greeted = is_greeted && matches!(gap, " " | ", ");
        let is_done = BEHIND_VERBS.contains(&next)
            || (WISHES.contains(&word.folded.as_str()) && SUBJECTS.contains(&next));
        let is_thing = gap == " " && BEFORE_THINGS.contains(&last);
        let is_kind = gap == " " && ARTICLES.contains(&last);
        return match is_function(&word.folded) {
            _ if in_month => false,
            true => acts || owns || (is_greeted && !SUBJECTS.contains(&next)),
            false if is_greeted || (acts && !is_kind) => true,
            false => {
                is_given
                    && ((owns && !is_kind) || !(is_thing || (is_done && after.starts_with(' '))))
            }
        };
    }
    if !is_capital(&text[word.bytes.clone()]) {
        return false;
    }
    if in_month {
        return false;
    }
    let opened =
        before.trim_end_matches([' ', '"', '“', '‘', '(', '*', '_', '[', '-', '–', '—', '\u{a0}']);
    let begins = opened.is_empty() || opened.ends_with(['.', '?', '!', '…', ':', '>', '|', '#']);
    if !begins {
        return true;
    }
    let is_alone = words[at + 1..].is_empty() || after.starts_with(['.', '?', '!']);
    let is_called = after.starts_with([',', '—'])
        || after.starts_with(" -")
        || after.starts_with(" –")
        || is_alone;
    (is_called && (!is_month || TO_SOMEONE.contains(&next)))
        || (owns && !is_month)
        || acts
        || (is_given
            && !is_month
            && !is_function(&word.folded)
            && !BEHIND_VERBS.contains(&next)
            && next.ends_with("ed"))
}

/// Whether a word behind a name is what people, and not words of its kind, go on with.
fn is_auxiliary(word: &str, next: &str) -> bool {
    let is = AUXILIARIES.contains(&next);
    match word {
        "so" | "an" | "no" | "how" | "who" | "that" | "this" | "it" | "he" | "she" | "here"
        | "there" | "well" => false,
        "will" | "may" | "can" | "must" => is && next != "be",
        _ => is && !is_function(word),
    }
}
