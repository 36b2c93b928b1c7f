//! Rules in any number, to see what more of them cost.
//!
//! Fewer than the built-in ones are an even sample of them. More are the built-in ones and copies that
//! look for other words: each word of a rule but the most frequent is swapped for one that is said
//! about as often, by a shift within its neighbours in frequency, another shift for each copy. So a
//! copy's words come up as often as the real rule's, in patterns of the same shape. A copy matches less
//! often than a real rule, since people rarely say such things, but more rules find more: in the same
//! talk about 2.5 times as much with 3,000 as with the built-in ones.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use toml::{Table, Value};
use unsell::lexicon::{Lexicon, LexiconFile};

use super::{project, talk};

/// So many of the most frequent words stay as they are: the grammar of a pattern.
const GRAMMAR: usize = 100;
/// A word is swapped for one of so many neighbours in frequency.
const NEIGHBOURS: usize = 64;

/// The keys of a rule that hold patterns.
const PATTERNS: [&str; 5] = ["any", "unless", "needs", "prev-unless", "prev-needs"];

/// A file of built-in rules.
pub struct RuleFile {
    /// The behaviour that it finds.
    pub behaviour: String,
    /// What stands in it.
    pub table: Table,
}

impl RuleFile {
    /// Its rules.
    pub fn rules(&self) -> &[Value] {
        self.table["rule"].as_array().expect("rules")
    }
}

/// The built-in files of rules that find something, by behaviour.
pub static BUILT_IN: LazyLock<Vec<RuleFile>> = LazyLock::new(|| {
    let folder = std::fs::read_dir(project("lexicons")).expect("the lexicon");
    let mut paths: Vec<_> = folder.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let read = |path| -> Option<RuleFile> {
        let text = std::fs::read_to_string(path).expect("a file of rules");
        let table: Table = toml::from_str(&text).expect("TOML");
        let behaviour = table.get("behaviour")?.as_str()?.to_owned();
        Some(RuleFile { behaviour, table })
    };
    paths.into_iter().filter_map(read).collect()
});

/// A lexicon of so many rules.
pub fn lexicon(count: usize) -> Lexicon {
    Lexicon::with_files(&files(count)).expect("the rules compile")
}

/// What, laid over the built-in lexicon, leaves or makes so many rules.
pub fn files(count: usize) -> Vec<LexiconFile> {
    let built_in: usize = BUILT_IN.iter().map(|file| file.rules().len()).sum();
    if count < built_in {
        return vec![without(count, built_in)];
    }
    let swaps = Swaps::new();
    let mut files = Vec::new();
    let mut missing = count - built_in;
    for copy in 1.. {
        for file in BUILT_IN.iter() {
            if missing == 0 {
                return files;
            }
            let most = missing.min(file.rules().len());
            missing -= most;
            files.push(swaps.copy(file, copy, most));
        }
    }
    files
}

/// A file that takes all but an even sample of the rules away.
fn without(count: usize, built_in: usize) -> LexiconFile {
    let ids = BUILT_IN.iter().flat_map(|file| {
        let id =
            move |rule: &Value| format!("{}.{}", file.behaviour, rule["id"].as_str().expect("id"));
        file.rules().iter().map(id)
    });
    let is_kept = |at: &usize| (at + 1) * count / built_in > at * count / built_in;
    let disabled = ids.enumerate().filter(|(at, _)| !is_kept(at)).map(|(_, id)| Value::String(id));
    let table = Table::from_iter([("disable".to_owned(), Value::Array(disabled.collect()))]);
    file("sample.toml".to_owned(), &table)
}

fn file(path: String, table: &Table) -> LexiconFile {
    LexiconFile { path, text: toml::to_string(table).expect("TOML") }
}

/// Words by how often they are said.
struct Swaps {
    ranked: Vec<String>,
    ranks: BTreeMap<String, usize>,
}

impl Swaps {
    fn new() -> Self {
        let mut words = talk::words();
        for file in BUILT_IN.iter() {
            for pattern in all_patterns(&file.table) {
                each_word(&pattern, |word| {
                    words.entry(word.to_owned()).or_insert(0);
                });
            }
        }
        words.retain(|word, _| word.bytes().all(|byte| byte.is_ascii_lowercase()));
        let mut ranked: Vec<_> = words.into_iter().collect();
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let ranked: Vec<_> = ranked.into_iter().map(|(word, _)| word).collect();
        let ranks = ranked.iter().cloned().zip(0..).collect();
        Swaps { ranked, ranks }
    }

    fn swapped(&self, word: &str, copy: usize) -> &str {
        let Some(rank) = self.ranks.get(word).filter(|rank| **rank >= GRAMMAR) else { return "" };
        let start = rank - rank % NEIGHBOURS;
        let end = (start + NEIGHBOURS).min(self.ranked.len());
        let shifted = (rank - start + 7 * copy + 1) % (end - start);
        &self.ranked[start + shifted]
    }

    fn pattern(&self, pattern: &str, copy: usize) -> String {
        let mut swapped = String::new();
        let mut at = 0;
        each_word(pattern, |word| {
            let start = word.as_ptr() as usize - pattern.as_ptr() as usize;
            let other = self.swapped(word, copy);
            swapped.push_str(&pattern[at..start]);
            swapped.push_str(if other.is_empty() { word } else { other });
            at = start + word.len();
        });
        swapped.push_str(&pattern[at..]);
        swapped
    }

    /// The first so many rules of a file, looking for other words.
    fn copy(&self, original: &RuleFile, copy: usize, most: usize) -> LexiconFile {
        let mut table = original.table.clone();
        let swap = |value: &mut Value| {
            for pattern in value.as_array_mut().into_iter().flatten() {
                *pattern = Value::String(self.pattern(pattern.as_str().expect("text"), copy));
            }
        };
        if let Some(sets) = table.get_mut("sets").and_then(Value::as_table_mut) {
            sets.iter_mut().for_each(|(_, entries)| swap(entries));
        }
        let rules = table["rule"].as_array_mut().expect("rules");
        rules.truncate(most);
        for rule in rules.iter_mut().filter_map(Value::as_table_mut) {
            let id = format!("{}-copy-{copy}", rule["id"].as_str().expect("an id"));
            rule.insert("id".to_owned(), Value::String(id));
            rule.remove("hits");
            rule.remove("misses");
            let patterns = rule.iter_mut().filter(|(key, _)| PATTERNS.contains(&key.as_str()));
            patterns.for_each(|(_, patterns)| swap(patterns));
        }
        file(format!("{}-{copy}.toml", original.behaviour), &table)
    }
}

fn all_patterns(table: &Table) -> Vec<String> {
    let texts = |value: &Value| -> Vec<String> {
        let texts = value.as_array().into_iter().flatten().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    };
    let sets = table.get("sets").and_then(Value::as_table);
    let mut all: Vec<_> = sets.into_iter().flat_map(|sets| sets.values()).flat_map(texts).collect();
    for rule in table["rule"].as_array().into_iter().flatten() {
        all.extend(PATTERNS.iter().filter_map(|key| rule.get(*key)).flat_map(texts));
    }
    all
}

/// Each plain word of a pattern; names of sets and classes are none.
fn each_word<'a>(pattern: &'a str, mut see: impl FnMut(&'a str)) {
    let mut depth = 0;
    let mut start = None;
    for (at, c) in pattern.char_indices().chain([(pattern.len(), ' ')]) {
        let is_letter = c.is_alphanumeric() || c == '\'' || c == '-';
        match (is_letter, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                if depth == 0 {
                    see(&pattern[from..at]);
                }
                start = None;
            }
            _ => {}
        }
        match c {
            '{' | '<' => depth += 1,
            '}' | '>' => depth -= 1,
            _ => {}
        }
    }
}
