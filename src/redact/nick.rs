//! Other words that someone is called by: short and fond forms of a name, and ways to write it.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

/// English and a few other short forms that no rule makes: a name, then its forms.
static SHORT: LazyLock<FxHashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let mut forms: FxHashMap<&str, Vec<&str>> = FxHashMap::default();
    for line in include_str!("nicknames.txt").lines() {
        let mut names = line.split(' ');
        let Some(whole) = names.next() else { continue };
        for short in names {
            forms.entry(whole).or_default().push(short);
            forms.entry(short).or_default().push(whole);
        }
    }
    forms
});

/// The fewest letters of a short form that a rule makes from the beginning of a name, and from its end.
const BEGINNING: usize = 3;
const END: usize = 4;

/// The most letters of a name that has such forms.
const LONGEST: usize = 24;

/// What fond forms end in.
const FOND: [&str; 6] = ["y", "ie", "i", "ey", "o", "a"];

/// What names end in by their case in Russian.
const CASES: [&str; 13] = ["а", "у", "ю", "ом", "ем", "ым", "им", "е", "ой", "ей", "ы", "и", "я"];

/// The forms of a given name that are in use: `Bob` of `Robert`, and `Robert` of `Bob`.
pub(super) fn known(name: &str) -> &'static [&'static str] {
    SHORT.get(name).map_or(&[], Vec::as_slice)
}

/// Forms of a given name by rule: `Benj`, `Benji`, `Benny` of `Benjamin`, `Seun` of `Oluwaseun`.
pub(super) fn made(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut forms = Vec::new();
    if letters.len() > LONGEST {
        return forms;
    }
    for length in BEGINNING..=letters.len() {
        let stem: String = letters[..length].iter().collect();
        let last = letters[length - 1];
        for ending in FOND {
            // `Rob` and `Robbie`; behind a vowel nothing is put.
            let is_vowel = matches!(last, 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
            if !is_vowel {
                forms.push(format!("{stem}{ending}"));
                if length < 5 && !matches!(ending, "o" | "a") {
                    forms.push(format!("{stem}{last}{ending}"));
                }
            }
        }
        forms.push(stem);
    }
    for from in 1..letters.len().saturating_sub(END - 1) {
        forms.push(letters[from..].iter().collect());
    }
    // `Олю`, `Петровым`: a name is declined.
    let is_russian = letters.iter().all(|letter| matches!(letter, 'а'..='я' | 'ё'));
    if let Some((_, stem)) = letters.split_last().filter(|_| is_russian) {
        let stem: String = stem.iter().collect();
        for ending in CASES {
            forms.push(format!("{name}{ending}"));
            forms.push(format!("{stem}{ending}"));
        }
    }
    forms.retain(|form| form != name);
    forms
}

/// A name as it is written without the signs of its language: `Juergen` for `Jürgen`.
pub(super) fn transcribed(name: &str) -> String {
    let mut plain = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        match c {
            'ä' | 'æ' => plain.push_str("ae"),
            'ö' | 'ø' => plain.push_str("oe"),
            'ü' => plain.push_str("ue"),
            'å' => plain.push_str("aa"),
            c => plain.push(c),
        }
    }
    // `McKenzie` is heard as `MacKenzie`, and the other way round.
    if let Some(rest) = plain.strip_prefix("mac") {
        return format!("mc{rest}");
    }
    if let Some(rest) = plain.strip_prefix("mc") {
        return format!("mac{rest}");
    }
    plain
}

/// A name roughly as it sounds, that `Catherine` and `Katherine`, `Steven` and `Stephen` are one.
pub(super) fn sound(name: &str) -> String {
    let mut sound = String::with_capacity(name.len());
    let mut chars = name.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        let heard = match (c, next) {
            ('p', Some('h')) | ('v', _) => 'f',
            ('c', Some('k')) => continue,
            ('c', Some('e' | 'i' | 'y')) | ('z', _) => 's',
            ('c', Some('h')) => 'c',
            ('c' | 'q', _) => 'k',
            ('y', _) => 'i',
            // Behind a consonant it is part of it, and at the end it is silent.
            ('h', _) if sound.ends_with(['f', 't', 'r', 'k', 'g', 'd']) => continue,
            ('h' | 'e', None) => continue,
            (c, _) => c,
        };
        if !sound.ends_with(heard) {
            sound.push(heard);
        }
    }
    sound
}
