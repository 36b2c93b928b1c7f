//! Holds the corpus to its shape and its splits.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs;
use std::path::Path;

use serde_json::Value;
use unsell::taxonomy::{Behaviour, Role};

struct Line {
    id: String,
    split: String,
    text: String,
}

fn rows() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/corpus");
    let mut rows = Vec::new();
    for entry in fs::read_dir(folder).expect("the corpus") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "jsonl") {
            continue;
        }
        let author = path.file_stem().expect("a name").to_string_lossy().into_owned();
        for line in fs::read_to_string(&path).expect("a corpus file").lines() {
            rows.push((author.clone(), serde_json::from_str(line).expect("a row of JSON")));
        }
    }
    rows
}

fn text_of<'a>(row: &'a Value, key: &str) -> &'a str {
    row[key].as_str().unwrap_or_else(|| panic!("a row without `{key}`: {row}"))
}

fn lines() -> Vec<Line> {
    let of = |(_, row): (String, Value)| Line {
        id: text_of(&row, "id").to_owned(),
        split: text_of(&row, "split").to_owned(),
        text: text_of(&row, "text").to_owned(),
    };
    rows().into_iter().map(of).collect()
}

#[test]
fn every_row_has_its_shape_and_every_behaviour_its_examples() {
    let mut ids = HashSet::new();
    let mut splits: BTreeMap<String, String> = BTreeMap::new();
    let mut positives = [0usize; Behaviour::COUNT];
    for (author, row) in rows() {
        assert!(ids.insert(text_of(&row, "id").to_owned()), "{} comes twice", row["id"]);
        assert_eq!(text_of(&row, "author"), author);
        let role = Role::from_id(text_of(&row, "role")).unwrap_or_else(|| panic!("{row}"));
        assert!(
            ["direct", "oblique", "noisy", "trap", "neutral"].contains(&text_of(&row, "kind")),
            "{row}"
        );
        // Whole conversations are split by conversation, all else by author.
        let part = match author.as_str() {
            "c5" | "c6" => format!("{author}/{}", text_of(&row, "scenario")),
            _ => author,
        };
        let split = splits.entry(part).or_insert_with(|| text_of(&row, "split").to_owned());
        assert_eq!(text_of(&row, "split"), split, "a part stands in one split");
        for behaviour in behaviours(&row["labels"]) {
            assert!(role.judged_on(behaviour.axis()), "{role:?} cannot be labelled so: {row}");
            positives[behaviour.index()] += 1;
        }
        if !row["doubtful"].is_null() {
            assert!(!behaviours(&row["doubtful"]).is_empty());
        }
    }
    assert_eq!(splits.values().collect::<HashSet<_>>().len(), 3);
    for behaviour in Behaviour::all() {
        assert!(
            positives[behaviour.index()] >= 290,
            "{behaviour} has {}",
            positives[behaviour.index()]
        );
    }
}

fn behaviours(list: &Value) -> Vec<Behaviour> {
    let list = list.as_array().expect("a list of behaviours");
    list.iter().map(|id| id.as_str().and_then(Behaviour::from_id).expect("a behaviour")).collect()
}

/// The word trigrams of a text.
fn trigrams(text: &str) -> HashSet<String> {
    let lower = text.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    words.windows(3).map(|words| words.join(" ")).collect()
}

/// Pairs of lines of different splits that share at least half of their trigrams.
fn near_duplicates(lines: &[Line]) -> Vec<(String, String)> {
    let grams: Vec<_> = lines.iter().map(|line| trigrams(&line.text)).collect();
    let mut holders: HashMap<&str, Vec<usize>> = HashMap::new();
    let mut found = Vec::new();
    for (at, own) in grams.iter().enumerate() {
        let mut shared: BTreeMap<usize, usize> = BTreeMap::new();
        for gram in own {
            for &other in holders.get(gram.as_str()).map_or(&[][..], Vec::as_slice) {
                if lines[other].split != lines[at].split {
                    *shared.entry(other).or_default() += 1;
                }
            }
        }
        for (other, count) in shared {
            let all = own.union(&grams[other]).count();
            if own.len() >= 4 && grams[other].len() >= 4 && count * 2 >= all {
                found.push((lines[other].id.clone(), lines[at].id.clone()));
            }
        }
        for gram in own {
            holders.entry(gram).or_default().push(at);
        }
    }
    found
}

#[test]
fn no_line_comes_back_nearly_the_same_in_another_split() {
    assert_eq!(near_duplicates(&lines()), []);
}

#[test]
fn a_near_duplicate_would_be_seen() {
    let line = |id: &str, split: &str, text: &str| Line {
        id: id.into(),
        split: split.into(),
        text: text.into(),
    };
    let said = "we hold the gate open until the last bus has left the yard";
    let lines = [
        line("a", "train", said),
        line("b", "train", "we hold the gate open until the last bus has gone"),
        line("c", "test", "So we hold the gate open until the last bus has left the yard!"),
        line("d", "test", "the last bus left at nine"),
    ];
    let found = near_duplicates(&lines);
    assert!(found.contains(&("a".into(), "c".into())), "{found:?}");
    assert!(!found.iter().any(|(one, two)| one == "d" || two == "d"), "{found:?}");
}

#[test]
fn real_talk_is_labelled_by_id_without_its_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/real-talk");
    let (mut rows, mut splits) = (HashSet::new(), HashMap::new());
    let mut of_split: BTreeMap<String, usize> = BTreeMap::new();
    for entry in fs::read_dir(folder).expect("the labels") {
        let path = entry.expect("an entry").path();
        if path.extension().is_none_or(|ending| ending != "jsonl") {
            continue;
        }
        for line in fs::read_to_string(&path).expect("a file of labels").lines() {
            let row: Value = serde_json::from_str(line).expect("a row of JSON");
            for key in row.as_object().expect("an object").keys() {
                let known = ["id", "span", "labels", "doubtful", "split", "round", "verdicts"];
                assert!(known.contains(&key.as_str()), "{key}: words of other people stay out");
            }
            let id = text_of(&row, "id");
            assert!(rows.insert((id.to_owned(), row["span"].to_string())), "{id} comes twice");
            let labels = behaviours(&row["labels"]);
            if !row["doubtful"].is_null() {
                assert!(behaviours(&row["doubtful"]).iter().all(|b| !labels.contains(b)), "{id}");
            }
            let conversation = id.rsplit_once(':').expect("a conversation").0.to_owned();
            let split = text_of(&row, "split").to_owned();
            *of_split.entry(split.clone()).or_default() += 1;
            let first = splits.entry(conversation).or_insert_with(|| split.clone());
            assert_eq!(*first, split, "{id}: a conversation stands in one split");
        }
    }
    assert!(rows.len() >= 6000 && of_split["test"] >= 1500, "{of_split:?}");
}
