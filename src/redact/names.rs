//! The names of those who speak, also where they are said.
//!
//! A name is found by its words: the whole of it or any part, whatever its case and its accents. A part
//! that is an ordinary word too (`Will`, `Price`, `May`) is a name only where it has a capital that its
//! sentence does not ask for, or where someone is spoken to. Whoever is spoken of and never speaks is
//! not known by name, and stays.

use std::ops::Range;
use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Found, Kind, Spans};

/// Words that are also names.
static ORDINARY: LazyLock<FxHashSet<&str>> =
    LazyLock::new(|| include_str!("ordinary.txt").split_whitespace().collect());

/// Labels that stand for someone and are no one's name.
#[rustfmt::skip]
const LABELS: &[&str] = &[
    "account", "admin", "advisor", "agent", "ai", "all", "assistant", "attendee", "bot", "buyer", "caller", "candidate",
    "channel", "chair", "chat", "client", "coach", "conference", "customer", "doctor", "everyone", "executive",
    "facilitator", "guest", "host", "interviewee", "interviewer", "ipad", "iphone", "lead", "leader", "left", "manager",
    "me", "member", "moderator", "notetaker", "operator", "owner", "participant", "patient", "person", "phone", "prospect",
    "recording", "rep", "representative", "right", "room", "sales", "seller", "speaker", "spk", "staff", "student",
    "support", "system", "teacher", "team", "them", "unknown", "user", "voice", "you", "zoom",
];

/// What goes before or behind a name and is none of it.
#[rustfmt::skip]
const TITLES: &[&str] = &[
    "ceo", "cfo", "cto", "dame", "dr", "esq", "herr", "frau", "ii", "iii", "jr", "lady", "lord", "madam", "mba", "md",
    "miss", "monsieur", "madame", "mr", "mrs", "ms", "mx", "phd", "prof", "professor", "señor", "señora", "sir", "sr",
    "vp",
];

/// Parts of names that are no names alone.
#[rustfmt::skip]
const PARTICLES: &[&str] = &[
    "abu", "af", "al", "ap", "av", "ben", "bin", "bint", "da", "das", "de", "del", "della", "den", "der", "des", "di", "do",
    "dos", "du", "e", "el", "ibn", "la", "las", "le", "los", "mac", "of", "op", "san", "santa", "st", "te", "ten", "ter",
    "the", "van", "vande", "vander", "von", "y", "zu",
];

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
    "thank-you", "you",
];

/// What people do and other things do not.
#[rustfmt::skip]
const DOINGS: &[&str] = &[
    "agreed", "asked", "asks", "called", "emailed", "knows", "mentioned", "promised", "raised", "said", "says", "sent",
    "speaking", "suggested", "thinks", "thought", "told", "wanted", "wants", "wrote",
];

/// Names that are verbs and no things, and words behind which no verb stands.
const VERBS: [&str; 5] = ["drew", "pat", "rob", "sue", "will"];
const BEFORE_PEOPLE: [&str; 7] = ["ask", "asked", "for", "from", "tell", "told", "with"];

/// Words behind a verb that someone asks with: `ask will it work`.
const SUBJECTS: [&str; 14] =
    ["a", "he", "i", "it", "our", "she", "that", "the", "their", "they", "this", "us", "we", "you"];

/// What is said next to someone who is called.
const TO_SOMEONE: [&str; 10] =
    ["are", "can", "could", "did", "do", "have", "please", "thanks", "would", "you"];

/// Of those who share a word of their names, how many are looked at: of two already, none is named.
const SHARED: usize = 64;

/// Everyone who speaks.
#[derive(Debug)]
pub(super) struct Cast {
    people: Vec<Person>,
    /// By name, their place.
    by_name: FxHashMap<String, usize>,
    /// By word of a name, those who have it.
    by_word: FxHashMap<String, Vec<usize>>,
    /// Names in scripts that put no space between words, and whose they are.
    unspaced: Vec<(String, usize)>,
}

#[derive(Debug)]
struct Person {
    /// As the source has it.
    name: String,
    /// The words of it by which someone may be called, folded.
    words: Vec<String>,
}

/// A word of a text.
#[derive(Debug)]
struct Word {
    bytes: Range<usize>,
    folded: String,
}

/// How much a word tells that it is someone's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    /// It is one.
    Name,
    /// It is a word of the language too.
    Ordinary,
    /// It is only a part of one.
    Part,
}

fn weight(word: &str) -> Weight {
    match word.chars().count() {
        _ if PARTICLES.contains(&word) => Weight::Part,
        1 => Weight::Part,
        2 => Weight::Ordinary,
        _ if ORDINARY.contains(word) => Weight::Ordinary,
        _ => Weight::Name,
    }
}

impl Cast {
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut cast = Cast {
            people: Vec::new(),
            by_name: FxHashMap::default(),
            by_word: FxHashMap::default(),
            unspaced: Vec::new(),
        };
        for name in names {
            let person = cast.people.len();
            if *cast.by_name.entry(name.to_owned()).or_insert(person) != person {
                continue;
            }
            let words = name_words(name);
            for word in &words {
                let theirs = cast.by_word.entry(word.clone()).or_default();
                if theirs.last() != Some(&person) {
                    theirs.push(person);
                }
            }
            let unspaced = name.split_whitespace().filter(|part| is_unspaced(part));
            let whole = is_unspaced(&name.replace(' ', "")).then(|| name.replace(' ', ""));
            let parts: Vec<_> = unspaced.map(str::to_owned).chain(whole).collect();
            cast.unspaced.extend(parts.into_iter().map(|part| (part, person)));
            cast.people.push(Person { name: name.to_owned(), words });
        }
        cast.unspaced.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        cast
    }

    /// `Speaker A` for the first, `Speaker AA` behind `Speaker Z`.
    pub(super) fn pseudonym(&self, name: &str) -> String {
        match self.by_name.get(name) {
            Some(at) => pseudonym(*at),
            None => format!("[{}]", Kind::Name.id()),
        }
    }

    /// Names where they are said.
    pub(super) fn find(&self, text: &str, found: &mut Spans) {
        for (name, person) in &self.unspaced {
            for (at, _) in text.match_indices(name.as_str()) {
                found.add(Found {
                    kind: Kind::Name,
                    bytes: at..at + name.len(),
                    instead: pseudonym(*person),
                });
            }
        }
        if self.by_word.is_empty() {
            return;
        }
        let words = words(text);
        let case = Case::of(text);
        let (mut at, mut free) = (0, 0);
        while at < words.len() {
            match self.name_at(text, &words, at, case) {
                Some((last, instead)) => {
                    let initial = self.initial_before(text, &words, at);
                    let first = initial.filter(|first| *first >= free).unwrap_or(at);
                    let bytes = words[first].bytes.start..words[last].bytes.end;
                    found.add(Found { kind: Kind::Name, bytes, instead });
                    at = last + 1;
                    free = at;
                }
                None => at += 1,
            }
        }
    }

    /// Names as the source has them, in what the program says of it.
    pub(super) fn find_exactly(&self, text: &str, found: &mut Spans) {
        let mut longest: Vec<_> = self.people.iter().enumerate().collect();
        longest.sort_by_key(|(_, person)| std::cmp::Reverse(person.name.len()));
        for (at, person) in longest {
            for (start, _) in text.match_indices(person.name.as_str()) {
                let end = start + person.name.len();
                let goes_on = |c: char| c.is_alphanumeric();
                if !text[..start].ends_with(goes_on) && !text[end..].starts_with(goes_on) {
                    found.add(Found {
                        kind: Kind::Name,
                        bytes: start..end,
                        instead: pseudonym(at),
                    });
                }
            }
        }
        found.settle();
    }

    /// The last word of the name that begins with a word, and what stands in its place.
    fn name_at(
        &self,
        text: &str,
        words: &[Word],
        at: usize,
        case: Case,
    ) -> Option<(usize, String)> {
        let theirs = self.by_word.get(&words[at].folded)?;
        let theirs = theirs.iter().take(SHARED);
        let runs = theirs.map(|person| (self.run(*person, text, words, at), *person));
        let runs: Vec<_> = runs.collect();
        let longest = runs.iter().map(|(last, _)| *last).max()?;
        let name = &words[at..=longest];
        let is_name = match name {
            [word] => match weight(&word.folded) {
                Weight::Name => true,
                Weight::Ordinary => is_meant(text, words, at, case),
                Weight::Part => false,
            },
            _ => {
                let is =
                    |wanted: Weight| name.iter().filter(|w| weight(&w.folded) == wanted).count();
                let capital = is_capital(&text[name[0].bytes.clone()]);
                is(Weight::Name) > 0 || (is(Weight::Ordinary) > 1 && capital && case == Case::Mixed)
            }
        };
        if !is_name {
            return None;
        }
        let mut whose = runs.iter().filter(|(last, _)| *last == longest).map(|(_, person)| *person);
        let instead = match (whose.next(), whose.next()) {
            (Some(person), None) => pseudonym(person),
            // Several people have it, and none of them may be made to be another.
            _ => format!("[{}]", Kind::Name.id()),
        };
        Some((longest, instead))
    }

    /// The initial before a name whose other words begin with it: `D. Reyes`.
    fn initial_before(&self, text: &str, words: &[Word], at: usize) -> Option<usize> {
        let before = at.checked_sub(1)?;
        let (initial, word) = (&words[before], &words[at]);
        let gap = &text[initial.bytes.end..word.bytes.start];
        let is_initial = initial.folded.chars().count() == 1
            && is_capital(&text[initial.bytes.clone()])
            && matches!(gap, ". " | "." | " ");
        let has = |person: &usize| {
            let words = self.people[*person].words.iter();
            words
                .filter(|other| **other != word.folded)
                .any(|other| other.starts_with(&initial.folded))
        };
        let theirs = self.by_word.get(&word.folded)?;
        (is_initial && theirs.iter().take(SHARED).any(has)).then_some(before)
    }

    /// How far a person's name goes from a word on.
    fn run(&self, person: usize, text: &str, words: &[Word], at: usize) -> usize {
        let name = &self.people[person].words;
        let place = |word: &Word| name.iter().position(|part| *part == word.folded);
        let joins = |one: &Word, next: &Word| {
            matches!(&text[one.bytes.end..next.bytes.start], " " | "-" | "'" | "’" | "." | ". ")
        };
        let mut last = at;
        loop {
            let Some(next) = words.get(last + 1) else { return last };
            if !joins(&words[last], next) {
                return last;
            }
            let (here, there) = (place(&words[last]), place(next));
            let behind = here.zip(there).is_some_and(|(here, there)| there == here + 1);
            let is_part = |word: &Word| weight(&word.folded) == Weight::Part;
            let goes_on = match there {
                Some(_) if is_part(&words[last]) || is_part(next) => behind,
                Some(there) => {
                    words[at..=last].iter().all(|word| place(word) != Some(there))
                        && !is_sentence_end(text, &words[last], next)
                }
                None => false,
            };
            if goes_on {
                last += 1;
                continue;
            }
            // A middle initial that the source does not have.
            let initial = next.folded.chars().count() == 1 && is_capital(&text[next.bytes.clone()]);
            let after = words.get(last + 2).filter(|&after| joins(next, after));
            match after.and_then(place) {
                Some(there) if initial && here.is_some_and(|here| there == here + 1) => last += 2,
                _ => return last,
            }
        }
    }
}

/// A dot between two whole words ends a sentence; one behind an initial does not.
fn is_sentence_end(text: &str, one: &Word, next: &Word) -> bool {
    text[one.bytes.end..next.bytes.start].starts_with('.') && one.folded.chars().count() > 1
}

fn pseudonym(mut at: usize) -> String {
    let mut letters = String::new();
    loop {
        letters.insert(0, char::from(b'A' + (at % 26) as u8));
        match at / 26 {
            0 => break,
            more => at = more - 1,
        }
    }
    format!("Speaker {letters}")
}

/// The words of a speaker's name by which someone may be called: without company, address, title.
fn name_words(name: &str) -> Vec<String> {
    let address = name.split(['<', '(', '[', ' ']).find_map(|part| Some(part.split_once('@')?.0));
    let marks = ['(', '[', '<', '|', '/', '@', '\u{2013}', '\u{2014}'];
    let shown = name.split(marks).next().unwrap_or_default();
    let shown = shown.split(" - ").next().unwrap_or_default();
    // What is behind a comma is the rest of a name only where it is short.
    let shown = match shown.split_once(',') {
        Some((first, rest)) if rest.split_whitespace().count() > 2 => first,
        _ => shown,
    };
    let shown = if shown.trim().is_empty() { name } else { shown };
    let mut all: Vec<_> = words(shown).into_iter().map(|word| word.folded).collect();
    let is_told = |word: &String| {
        !word.chars().any(|c| c.is_ascii_digit())
            && !LABELS.contains(&word.as_str())
            && !TITLES.contains(&word.as_str())
    };
    all.retain(is_told);
    if let Some(address) = address {
        let parts = words(address).into_iter().map(|word| word.folded);
        let parts: Vec<_> =
            parts.filter(|part| part.len() > 2 && !all.contains(part)).filter(is_told).collect();
        all.extend(parts);
    }
    // Particles and initials alone call nobody.
    if all.iter().all(|word| weight(word) == Weight::Part) { Vec::new() } else { all }
}

/// Whether a name is of letters that have no case and stand without spaces.
fn is_unspaced(name: &str) -> bool {
    let is = |c: char| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{0e00}'..='\u{0e7f}');
    name.chars().count() > 1 && name.chars().all(is)
}

fn is_letter(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\u{300}'..='\u{36f}')
}

/// The words of a text; an apostrophe and a hyphen end one.
fn words(text: &str) -> Vec<Word> {
    let mut words = Vec::new();
    let mut start = None;
    for (at, c) in text.char_indices().chain([(text.len(), ' ')]) {
        match (start, is_letter(c)) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                words.push(Word { bytes: from..at, folded: folded(&text[from..at]) });
                start = None;
            }
            _ => {}
        }
    }
    words
}

/// A word without its case and accents.
fn folded(word: &str) -> String {
    let mut plain = String::with_capacity(word.len());
    for c in word.chars().flat_map(char::to_lowercase) {
        match c {
            '\u{300}'..='\u{36f}' => {}
            'à'..='å' | 'ā' | 'ă' | 'ą' => plain.push('a'),
            'ç' | 'ć' | 'č' => plain.push('c'),
            'ď' | 'đ' | 'ð' => plain.push('d'),
            'è'..='ë' | 'ē' | 'ę' | 'ě' => plain.push('e'),
            'ğ' => plain.push('g'),
            'ì'..='ï' | 'ī' | 'ı' => plain.push('i'),
            'ł' | 'ľ' => plain.push('l'),
            'ñ' | 'ń' | 'ň' => plain.push('n'),
            'ò'..='ö' | 'ø' | 'ō' | 'ő' => plain.push('o'),
            'ř' => plain.push('r'),
            'ś' | 'ş' | 'š' | 'ș' => plain.push('s'),
            'ť' | 'ț' | 'ţ' => plain.push('t'),
            'ù'..='ü' | 'ū' | 'ů' | 'ű' => plain.push('u'),
            'ý' | 'ÿ' => plain.push('y'),
            'ź' | 'ż' | 'ž' => plain.push('z'),
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            c => plain.push(c),
        }
    }
    plain
}

/// Whether capitals tell anything in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// They do.
    Mixed,
    /// All letters are of one case, or all words have a capital.
    Plain,
}

impl Case {
    fn of(text: &str) -> Case {
        let has_lower = text.contains(char::is_lowercase);
        let has_upper = text.contains(char::is_uppercase);
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

/// A capital and then small letters.
fn is_capital(word: &str) -> bool {
    let mut chars = word.chars();
    chars.next().is_some_and(char::is_uppercase) && chars.all(|c| !c.is_uppercase())
}

/// Whether a word that is ordinary too is someone's name where it stands.
fn is_meant(text: &str, words: &[Word], at: usize, case: Case) -> bool {
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
    if case == Case::Plain || !is_capital(&text[word.bytes.clone()]) {
        return false;
    }
    let is_month = MONTHS.contains(&word.folded.as_str());
    if is_month && (BEFORE_MONTHS.contains(&last) || next.starts_with(|c: char| c.is_ascii_digit()))
    {
        return false;
    }
    let opened =
        before.trim_end_matches([' ', '"', '“', '‘', '(', '*', '_', '[', '-', '–', '—', '\u{a0}']);
    let begins = opened.is_empty() || opened.ends_with(['.', '?', '!', '…', ':', '>', '|', '#']);
    if !begins {
        return true;
    }
    let is_alone = words[at + 1..].is_empty() || after.starts_with(['.', '?', '!']);
    let is_called = after.starts_with(',') || is_alone;
    let owns = matches!(next, "s") && after.starts_with(['\'', '’']);
    (is_called && (!is_month || TO_SOMEONE.contains(&next)))
        || (owns && !is_month)
        || DOINGS.contains(&next)
}
