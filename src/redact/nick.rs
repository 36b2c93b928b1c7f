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
    plain
}
