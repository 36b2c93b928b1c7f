//! The rules as plain phrases, for peers that look for nothing else.
//!
//! One phrase a pattern: its first way through (first alternatives, nothing optional, lemmas as they
//! stand), cut at gaps and at places for any word or number; the longest piece. That is far less than
//! the rules hear, so whoever looks for these phrases only is given an easy task.

use std::collections::{BTreeSet, HashSet};

use toml::{Table, Value};

use super::rules::BUILT_IN;

/// A phrase and the rule that it stands for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Phrase {
    /// The rule.
    pub rule: String,
    /// Words in lower case, a blank between them.
    pub words: String,
}

/// Shorter phrases, in bytes, would be found in every line.
const LEAST: usize = 4;

/// The phrases of the built-in rules, each once.
pub fn built_in() -> Vec<Phrase> {
    let mut met = HashSet::new();
    let mut phrases = Vec::new();
    for file in BUILT_IN.iter() {
        for rule in file.rules() {
            let id = format!("{}.{}", file.behaviour, rule["id"].as_str().expect("an id"));
            let patterns = rule["any"].as_array().into_iter().flatten().filter_map(Value::as_str);
            let own: BTreeSet<_> = patterns.map(|pattern| longest(pattern, &file.table)).collect();
            for words in own.into_iter().filter(|words| words.len() >= LEAST) {
                if met.insert(words.clone()) {
                    phrases.push(Phrase { rule: id.clone(), words });
                }
            }
        }
    }
    phrases
}

fn longest(pattern: &str, table: &Table) -> String {
    let mut way = Way { pieces: vec![Vec::new()], table, depth: 0 };
    way.walk(pattern);
    let pieces = way.pieces.into_iter().map(|words| words.join(" "));
    pieces.max_by_key(String::len).unwrap_or_default()
}

/// The first way through a pattern.
struct Way<'a> {
    pieces: Vec<Vec<String>>,
    table: &'a Table,
    depth: usize,
}

impl Way<'_> {
    fn walk(&mut self, pattern: &str) {
        let mut rest = pattern;
        self.alternatives(&mut rest);
    }

    /// Goes through the first alternative and steps over the others.
    fn alternatives(&mut self, rest: &mut &str) {
        self.sequence(rest);
        while let Some(after) = rest.strip_prefix('|') {
            *rest = after;
            let before = self.pieces.clone();
            self.sequence(rest);
            self.pieces = before;
        }
    }

    fn sequence(&mut self, rest: &mut &str) {
        loop {
            *rest = rest.trim_start_matches([' ', '^', '$', '~']);
            let Some(first) = rest.chars().next().filter(|c| !"|)".contains(*c)) else { return };
            let before = self.pieces.clone();
            self.item(first, rest);
            if let Some(after) = rest.strip_prefix('?') {
                *rest = after;
                self.pieces = before;
            }
            *rest = rest.strip_prefix('+').unwrap_or(rest);
        }
    }

    fn item(&mut self, first: char, rest: &mut &str) {
        let take = |rest: &mut &str, end: usize| {
            let (taken, after) = rest.split_at(end.min(rest.len()));
            *rest = after;
            taken.to_owned()
        };
        match first {
            '(' => {
                *rest = &rest[1..];
                self.alternatives(rest);
                *rest = rest.strip_prefix(')').unwrap_or(rest);
            }
            '{' => {
                let end = rest.find('}').map_or(rest.len(), |end| end + 1);
                let name = take(rest, end);
                self.set(name.trim_matches(['{', '}']));
            }
            '<' => {
                let end = rest.find('>').map_or(rest.len(), |end| end + 1);
                take(rest, end);
                self.cut();
            }
            '_' | '.' => {
                let is_gap = |c: char| c == '_' || c == '.' || c.is_ascii_digit();
                let end = rest.find(|c| !is_gap(c)).unwrap_or(rest.len());
                take(rest, end);
                self.cut();
            }
            _ => {
                let end = rest.find([' ', '(', ')', '|', '?', '+', '{', '<', '$']);
                let word = take(rest, end.unwrap_or(rest.len()).max(first.len_utf8()));
                if let Some(piece) = self.pieces.last_mut() {
                    piece.push(word.to_lowercase());
                }
            }
        }
    }

    /// The first entry of a set; those that all files share have days of the week.
    fn set(&mut self, name: &str) {
        let entry = self.table.get("sets").and_then(|sets| sets.get(name)?.get(0)?.as_str());
        self.depth += 1;
        if self.depth < 8 {
            self.walk(entry.unwrap_or("monday"));
        }
        self.depth -= 1;
    }

    fn cut(&mut self) {
        self.pieces.push(Vec::new());
    }
}
