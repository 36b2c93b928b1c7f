//! The names of those who speak, also where they are said.
//!
//! A name is found by its words: the whole of it or any part, whatever its case and its accents. A part
//! that is an ordinary word too (`Will`, `Price`, `May`) is a name only where it has a capital that its
//! sentence does not ask for, or where someone is spoken to. Whoever is spoken of and never speaks is
//! not known by name, and stays.

use rustc_hash::{FxHashMap, FxHashSet};

use super::meant::{Case, is_meant};
use super::nick;
use super::words::{TITLES, Weight, Word, is_capital, is_function, weight, words};
use super::{Found, Kind, Spans};

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

/// Of those who share a word of their names, how many are looked at: of two already, none is named.
const SHARED: usize = 64;

/// The most letters of a name that is spelled.
const LETTERS: usize = 30;

/// The fewest letters of a sound by which a name is known in other letters.
const SOUNDS: usize = 4;

/// Everyone who speaks.
#[derive(Debug)]
pub(super) struct Cast {
    people: Vec<Person>,
    /// By name, their place.
    by_name: FxHashMap<String, usize>,
    /// By word of a name, those who have it.
    by_word: FxHashMap<String, Vec<usize>>,
    /// By a form of a name that is made by rule, those who may be called so.
    by_form: FxHashMap<String, Vec<usize>>,
    /// By how a name sounds, those who have it.
    by_sound: FxHashMap<String, Vec<usize>>,
    /// The words by which someone is called and not only known: given names and their short forms.
    given: FxHashSet<String>,
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

impl Cast {
    pub(super) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut cast = Cast {
            people: Vec::new(),
            by_name: FxHashMap::default(),
            by_word: FxHashMap::default(),
            by_form: FxHashMap::default(),
            by_sound: FxHashMap::default(),
            given: FxHashSet::default(),
            unspaced: Vec::new(),
        };
        for name in names {
            let person = cast.people.len();
            if *cast.by_name.entry(name.to_owned()).or_insert(person) != person {
                continue;
            }
            let words = name_words(name);
            cast.learn(person, name, &words);
            let unspaced = name.split_whitespace().filter(|part| is_unspaced(part));
            let whole = is_unspaced(&name.replace(' ', "")).then(|| name.replace(' ', ""));
            let parts: Vec<_> = unspaced.map(str::to_owned).chain(whole).collect();
            cast.unspaced.extend(parts.into_iter().map(|part| (part, person)));
            cast.people.push(Person { name: name.to_owned(), words });
        }
        cast.unspaced.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
        cast
    }

    /// Every word by which someone may be called.
    fn learn(&mut self, person: usize, name: &str, words: &[String]) {
        let put = |forms: &mut FxHashMap<String, Vec<usize>>, word: String| {
            let theirs = forms.entry(word).or_default();
            if theirs.last() != Some(&person) {
                theirs.push(person);
            }
        };
        // `Reyes, Luis` has the given name behind the comma.
        let is_turned = name.contains(',');
        for (at, word) in words.iter().enumerate() {
            put(&mut self.by_word, word.clone());
            put(&mut self.by_form, format!("{word}s"));
            put(&mut self.by_sound, nick::sound(word));
            if word.ends_with(['s', 'x', 'z', 'h']) {
                put(&mut self.by_form, format!("{word}es"));
            }
            if !word.is_ascii() {
                nick::made(word).into_iter().for_each(|form| put(&mut self.by_form, form));
            }
            let is_given = at == 0 || is_turned || at + 1 < words.len();
            if !is_given || weight(word) == Weight::Part {
                continue;
            }
            self.given.insert(word.clone());
            for short in nick::known(word) {
                self.given.insert((*short).to_owned());
                put(&mut self.by_word, (*short).to_owned());
            }
            for form in nick::made(word) {
                put(&mut self.by_form, form);
            }
        }
        let parts = name.split_whitespace().map(nick::transcribed).collect::<Vec<_>>().join(" ");
        for word in name_words(&parts) {
            put(&mut self.by_word, word);
        }
        // `O'Brien` is heard as one word, and so is `Anne-Marie`.
        for pair in words.windows(2) {
            put(&mut self.by_form, pair.concat());
        }
        for from in 0..words.len().saturating_sub(2).min(8) {
            put(&mut self.by_form, words[from..].concat());
        }
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
            let named = self.name_at(text, &words, at, case);
            let named = named.or_else(|| self.form_at(text, &words, at, case));
            match named.or_else(|| self.spelled_at(text, &words, at)) {
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
                Weight::Ordinary => {
                    let is_given = self.given.contains(&word.folded);
                    is_meant(text, words, at, case, is_given)
                }
                Weight::Part => false,
            },
            _ => {
                let is =
                    |wanted: Weight| name.iter().filter(|w| weight(&w.folded) == wanted).count();
                let capital = is_capital(&text[name[0].bytes.clone()]);
                let begins = !is_function(&name[0].folded) && case == Case::Plain;
                is(Weight::Name) > 0
                    || (is(Weight::Ordinary) > 1 && (begins || (capital && case == Case::Mixed)))
            }
        };
        if !is_name {
            return None;
        }
        let whose = runs.iter().filter(|(last, _)| *last == longest).map(|(_, person)| *person);
        Some((longest, instead(whose)))
    }

    /// A form of a name that is made by rule: it has a capital, unless there is none at all.
    fn form_at(
        &self,
        text: &str,
        words: &[Word],
        at: usize,
        case: Case,
    ) -> Option<(usize, String)> {
        let word = &words[at];
        let sounds = || {
            let sound = nick::sound(&word.folded);
            self.by_sound.get(&sound).filter(|_| sound.len() >= SOUNDS)
        };
        let theirs = self.by_form.get(&word.folded).or_else(sounds)?;
        let shown = &text[word.bytes.clone()];
        let is_name = match weight(&word.folded) {
            Weight::Name => case == Case::Plain || shown.starts_with(char::is_uppercase),
            Weight::Ordinary => {
                case == Case::Mixed && is_capital(shown) && is_meant(text, words, at, case, false)
            }
            Weight::Part => false,
        };
        is_name.then(|| (at, instead(theirs.iter().copied())))
    }

    /// A name that is said letter by letter: `r e y e s`, `R-E-Y-E-S`.
    fn spelled_at(&self, text: &str, words: &[Word], at: usize) -> Option<(usize, String)> {
        let is_letter = |word: &Word| word.folded.chars().count() == 1;
        let begins = !at.checked_sub(1).is_some_and(|last| is_letter(&words[last]));
        if !begins || !is_letter(&words[at]) {
            return None;
        }
        let mut spelled = words[at].folded.clone();
        let mut told = None;
        for (last, pair) in words[at..].windows(2).take(LETTERS).enumerate() {
            let gap = text[pair[0].bytes.end..pair[1].bytes.start].trim();
            if !is_letter(&pair[1]) || !matches!(gap, "" | "-" | "." | "," | "–") {
                break;
            }
            spelled += &pair[1].folded;
            if let Some(theirs) = self.by_word.get(&spelled).filter(|_| spelled.len() > 2) {
                told = Some((at + last + 1, instead(theirs.iter().copied())));
            }
        }
        told
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

/// What stands in the place of a name: several people have it, and none of them may be made to be another.
fn instead(whose: impl IntoIterator<Item = usize>) -> String {
    let mut whose = whose.into_iter();
    match (whose.next(), whose.next()) {
        (Some(person), None) => pseudonym(person),
        _ => format!("[{}]", Kind::Name.id()),
    }
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
