//! The examples inside the rules, run as tests, and the mutations that must not survive them.
//!
//! An example is a text, or `what was said before || the text`. Square brackets mark the words that a
//! hit reports. `(a|b|c)` stands for one example with each of the alternatives. A mutation takes one
//! condition, pattern or set entry away; if every example still does as it should, then that part of the
//! rule is covered by nothing, and either an example is missing or the part is one too many. `role` is not among
//! them: examples are heard as from someone whose role is known.

use toml::Spanned;

use super::load::{self, Parts};
use super::schema::{Context, Policy, RuleSource};
use super::{Lexicon, Rule};
use crate::text::Document;

/// An example that does not do as it should.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The rule.
    pub rule: String,
    /// The file that it stands in.
    pub path: String,
    /// The example.
    pub example: String,
    /// What was expected and what came.
    pub problem: String,
}

/// A part of a rule that could be taken away without any example noticing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mutant {
    /// The rule, or the file for a set.
    pub rule: String,
    /// What was taken away.
    pub removed: String,
}

/// What a test of all examples found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TestReport {
    /// How many rules were tested.
    pub rules: usize,
    /// How many examples, alternatives counted one by one.
    pub examples: usize,
    /// Those that failed.
    pub failures: Vec<Failure>,
}

impl Lexicon {
    /// Runs all examples.
    pub fn test(&self) -> TestReport {
        let mut report = TestReport { rules: self.rules.len(), ..TestReport::default() };
        for (at, rule) in self.rules.iter().enumerate() {
            if rule.hits.is_empty() {
                report.failures.push(failure(rule, "", "the rule has no `hits`"));
            }
            for (written, wanted) in examples_of(rule) {
                for example in variants(written) {
                    report.examples += 1;
                    if let Some(problem) = self.problem(at, &example, wanted) {
                        report.failures.push(failure(rule, &example, &problem));
                    }
                }
            }
        }
        if let Some(retractions) = &self.retractions {
            let TestReport { rules, examples, failures } = retractions.test();
            report.rules += rules;
            report.examples += examples;
            report.failures.extend(failures);
        }
        report
    }

    /// The parts of rules that no example covers.
    pub fn survivors(&self) -> Vec<Mutant> {
        let mut survivors = Vec::new();
        let retractions = self.retractions.iter().flat_map(|lexicon| &lexicon.parts().rules);
        for placed in self.parts().rules.iter().chain(retractions) {
            for (removed, source) in mutations(&placed.source) {
                let mut mutated = placed.clone();
                mutated.source = source;
                let parts = Parts { rules: vec![mutated], ..self.parts().clone() };
                if all_pass(parts) {
                    survivors.push(Mutant { rule: placed.id(), removed });
                }
            }
        }
        survivors.extend(self.set_survivors());
        survivors
    }

    fn set_survivors(&self) -> Vec<Mutant> {
        let mut survivors = Vec::new();
        let shared = &self.parts().shared;
        for (name, entries) in &shared.set_entries {
            for at in 0..entries.len() {
                let mut mutated = (**shared).clone();
                let removed = remove_entry(&mut mutated.set_entries, name, at);
                let parts = Parts { shared: mutated.into(), ..self.parts().clone() };
                if all_pass(users_of(parts, name, None)) {
                    survivors.push(Mutant { rule: shared.sets.path.clone(), removed });
                }
            }
        }
        let mut paths: Vec<_> = self.parts().files.keys().collect();
        paths.sort();
        for path in paths {
            for (name, entries) in &self.parts().files[path].entries {
                for at in 0..entries.len() {
                    let mut files = (*self.parts().files).clone();
                    let Some(file) = files.get_mut(path) else { continue };
                    let removed = remove_entry(&mut file.entries, name, at);
                    let parts = Parts { files: files.into(), ..self.parts().clone() };
                    if all_pass(users_of(parts, name, Some(path))) {
                        survivors.push(Mutant { rule: path.clone(), removed });
                    }
                }
            }
        }
        survivors
    }

    /// What is wrong with an example of the rule at this index, if anything.
    fn problem(&self, rule: usize, example: &str, wanted: Wanted) -> Option<String> {
        let (prev, marked) = example.split_once(" || ").unwrap_or(("", example));
        let text = marked.replace(['[', ']'], "");
        let found = self.span_of(rule, prev, &text);
        match (wanted, found) {
            (Wanted::Miss, None) => None,
            (Wanted::Miss, Some(span)) => {
                Some(format!("should not be heard, but is in \"{}\"", &text[span]))
            }
            (Wanted::Hit, None) => Some("should be heard and is not".into()),
            (Wanted::Hit, Some(span)) => {
                let expected = marked
                    .find('[')
                    .zip(marked.find(']'))
                    .map(|(open, close)| &marked[open + 1..close]);
                let differs = expected.filter(|expected| *expected != &text[span.clone()]);
                differs.map(|expected| {
                    format!("should report \"{expected}\" and reports \"{}\"", &text[span])
                })
            }
        }
    }

    fn span_of(&self, rule: usize, prev: &str, text: &str) -> Option<std::ops::Range<usize>> {
        let document = Document::of_turns([prev, text]);
        let hits = self.exchange(prev, text, &document).into_iter().flat_map(|(_, hits)| hits);
        hits.filter(|hit| hit.rule == rule && hit.rejected.is_none()).map(|hit| hit.span).next()
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    Hit,
    Miss,
}

fn examples_of(rule: &Rule) -> impl Iterator<Item = (&str, Wanted)> {
    let hits = rule.hits.iter().map(|example| (example.as_str(), Wanted::Hit));
    hits.chain(rule.misses.iter().map(|example| (example.as_str(), Wanted::Miss)))
}

fn failure(rule: &Rule, example: &str, problem: &str) -> Failure {
    Failure {
        rule: rule.id.clone(),
        path: rule.path.clone(),
        example: example.to_owned(),
        problem: problem.to_owned(),
    }
}

/// An example for each alternative that it has; the n-th takes the n-th of every group.
pub(super) fn variants(example: &str) -> Vec<String> {
    let mut pieces: Vec<Vec<&str>> = Vec::new();
    let mut rest = example;
    while let Some((before, inner, after)) = next_group(rest) {
        pieces.push(vec![before]);
        pieces.push(inner.split('|').collect());
        rest = after;
    }
    pieces.push(vec![rest]);
    let count = pieces.iter().map(Vec::len).max().unwrap_or(1);
    (0..count).map(|n| pieces.iter().map(|piece| piece[n % piece.len()]).collect()).collect()
}

/// The first `(…|…)` with what stands before and after it.
fn next_group(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('(').map(|at| from + at) {
        let close = open + text[open..].find(')')?;
        let inner = &text[open + 1..close];
        if inner.contains('|') {
            return Some((&text[..open], inner, &text[close + 1..]));
        }
        from = close;
    }
    None
}

/// Whether all rules compile and all their examples do as they should.
fn all_pass(parts: Parts) -> bool {
    load::compile(parts).is_ok_and(|lexicon| lexicon.test().failures.is_empty())
}

/// Only the rules that name a set, themselves or through another set. A set that no rule uses leaves
/// none, so that all its entries count as covered by nothing.
fn users_of(mut parts: Parts, name: &str, path: Option<&str>) -> Parts {
    let mut names = vec![format!("{{{name}}}")];
    let entries = match path {
        Some(path) => parts.files.get(path).map(|file| &file.entries),
        None => Some(&parts.shared.set_entries),
    };
    let own = entries.into_iter().flatten();
    let all = own.chain(parts.files.values().flat_map(|file| &file.entries));
    let all: Vec<_> = all.collect();
    // Sets are nested a few deep at most.
    for _ in 0..3 {
        for (other, entries) in &all {
            let uses =
                entries.iter().any(|entry| names.iter().any(|name| entry.get_ref().contains(name)));
            let other = format!("{{{other}}}");
            if uses && !names.contains(&other) {
                names.push(other);
            }
        }
    }
    parts.rules.retain(|rule| {
        let source = &rule.source;
        path.is_none_or(|path| path == rule.path)
            && source
                .patterns()
                .into_iter()
                .flat_map(|(_, patterns)| patterns)
                .any(|pattern| names.iter().any(|name| pattern.get_ref().contains(name)))
    });
    parts
}

fn remove_entry(
    sets: &mut std::collections::BTreeMap<String, Vec<Spanned<String>>>,
    name: &str,
    at: usize,
) -> String {
    let entry = sets.get_mut(name).map(|entries| entries.remove(at));
    format!("`{}` of {{{name}}}", entry.map(Spanned::into_inner).unwrap_or_default())
}

/// The rule with one part less, for each part.
fn mutations(source: &RuleSource) -> Vec<(String, RuleSource)> {
    let mut all = Vec::new();
    type List = fn(&mut RuleSource) -> &mut Vec<Spanned<String>>;
    let lists: [(&str, List); 5] = [
        ("any", |source| &mut source.any),
        ("unless", |source| &mut source.unless),
        ("needs", |source| &mut source.needs),
        ("prev-unless", |source| &mut source.prev_unless),
        ("prev-needs", |source| &mut source.prev_needs),
    ];
    for (name, list) in lists {
        let count = list(&mut source.clone()).len();
        for at in 0..count {
            let mut mutated = source.clone();
            let removed = list(&mut mutated).remove(at);
            all.push((format!("`{}` of {name}", removed.get_ref()), mutated));
        }
    }
    if source.mood.is_some() {
        all.push(("mood".into(), RuleSource { mood: None, ..source.clone() }));
    }
    for context in Context::ALL {
        if source.policy(context) != Policy::Reject {
            let mut mutated = source.clone();
            *mutated.policy_mut(context) = Policy::Reject;
            all.push((context.id().into(), mutated));
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn alternatives_expand_to_one_example_each() {
        assert_eq!(variants("(a|b|c) then (x|y)"), ["a then x", "b then y", "c then x"]);
        assert_eq!(variants("plain (really)"), ["plain (really)"]);
    }
}
