//! Holds the built-in rules to their examples, and the examples to the rules.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use unsell::lexicon::Lexicon;
use unsell::taxonomy::Behaviour;

fn lexicon() -> Lexicon {
    Lexicon::builtin().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_example_does_as_it_should() {
    let report = lexicon().test();
    for failure in &report.failures {
        println!(
            "{}: {}\n  {}\n  {}",
            failure.path, failure.rule, failure.example, failure.problem
        );
    }
    assert!(report.failures.is_empty(), "{} of {} failed", report.failures.len(), report.examples);
}

#[test]
fn no_pattern_condition_or_set_entry_can_go_unnoticed() {
    let survivors = lexicon().survivors();
    for mutant in &survivors {
        println!("{}: no example notices when {} is taken away", mutant.rule, mutant.removed);
    }
    assert!(survivors.is_empty(), "{} parts are covered by no example", survivors.len());
}

#[test]
fn every_behaviour_has_a_file_of_its_own_with_rules_and_what_drains_has_advice() {
    let lexicon = lexicon();
    for behaviour in Behaviour::all() {
        let file = format!("lexicons/{behaviour}.toml");
        let rules: Vec<_> = lexicon.rules().iter().filter(|rule| rule.path == file).collect();
        assert!(rules.len() >= 5, "{file} has {} rules", rules.len());
        for rule in rules {
            assert_eq!(rule.behaviour, behaviour, "{}", rule.id);
            assert_eq!(rule.instead.is_empty(), !behaviour.pole().drains(), "{}", rule.id);
            assert!(rule.why.ends_with('.'), "{} says why in a sentence", rule.id);
        }
    }
}

#[test]
fn no_example_is_a_line_of_the_labelled_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/corpus");
    let files = fs::read_dir(&corpus).expect("the corpus");
    let plain = |text: &str| -> String {
        let kept = text.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
        kept.flat_map(char::to_lowercase)
            .collect::<String>()
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" ")
    };
    let mut lines = BTreeMap::new();
    for file in files {
        let path = file.expect("a corpus file").path();
        if path.extension().is_none_or(|ending| ending != "jsonl") {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a corpus file");
        for row in
            text.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        {
            if let (Some(said), Some(id)) = (row["text"].as_str(), row["id"].as_str()) {
                lines.insert(plain(said), id.to_owned());
            }
        }
    }
    for rule in lexicon().rules() {
        for example in rule.hits.iter().chain(&rule.misses) {
            let text = example.split_once(" || ").map_or(example.as_str(), |(_, text)| text);
            let copied = lines.get(&plain(text)).filter(|_| text.split_whitespace().count() > 4);
            assert!(copied.is_none(), "{}: {text} is {copied:?}", rule.id);
        }
    }
}
