//! Roles from the talk: how the weights came about, and how often they are right on whole
//! conversations of authors that they were not fitted on, with roles hidden.
//!
//! `cargo test --release --test roles -- --nocapture` prints the conversations that are not right;
//! `UPDATE_ROLES=1 cargo test --release --test roles` writes `models/roles.csv` anew.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use unsell::labels::Row;
use unsell::roles::infer::Talk;
use unsell::roles::voice::{Voices, Weight};
use unsell::roles::{Assigned, RoleBook, fit};
use unsell::taxonomy::Role;
use unsell::text::Document;
use unsell::transcript::{Fragment, Kind, TimeResolution, Timing, Transcript, TranscriptBuilder};

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/corpus")
}

fn rows(keep: impl Fn(&str) -> bool) -> Vec<Row> {
    let mut files: Vec<_> = fs::read_dir(corpus())
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "jsonl"))
        .filter(|path| keep(&path.file_stem().unwrap_or_default().to_string_lossy()))
        .collect();
    files.sort();
    let text = |path| fs::read_to_string(path).expect("a corpus file");
    let parse = |line: &str| Row::parse(line).expect("a row").row;
    files.iter().flat_map(|path| text(path).lines().map(parse).collect::<Vec<_>>()).collect()
}

fn field<'a>(row: &'a Row, name: &str) -> &'a str {
    row.extra.get(name).and_then(|value| value.as_str()).unwrap_or_default()
}

/// Who speaks just before: in the corpus of single lines, the other party.
fn other(role: Role) -> Role {
    match role {
        Role::Seller => Role::Buyer,
        Role::Buyer => Role::Seller,
        Role::Leader => Role::Member,
        Role::Member => Role::Leader,
        Role::Unknown => Role::Unknown,
    }
}

fn fitted() -> Vec<Weight> {
    // What the o authors wrote is all meaning; people in a role mostly talk plainly.
    let rows = rows(|author| !author.starts_with('o'));
    let train = || {
        rows.iter().filter(|row| field(row, "split") == "train" && field(row, "form") == "speech")
    };
    let own = train().map(|row| (row.role, row.text.as_str()));
    let before = train()
        .filter(|row| field(row, "author").starts_with(['s', 'l']))
        .map(|row| (other(row.role), row.prev.as_str()));
    fit::fit(own.chain(before))
}

#[test]
fn the_weights_are_what_the_corpus_gives() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/roles.csv");
    let fitted = fitted();
    if std::env::var_os("UPDATE_ROLES").is_some() {
        let mut writer = csv::Writer::from_path(&path).expect("a writable file");
        fitted.iter().for_each(|line| writer.serialize(line).expect("a line"));
        return writer.flush().expect("a written file");
    }
    let stored: Vec<Weight> = csv::Reader::from_path(&path)
        .expect("the weights")
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("weights");
    assert_eq!(stored.len(), fitted.len());
    for (stored, fitted) in stored.iter().zip(&fitted) {
        assert_eq!(stored.words, fitted.words);
        let near = |a: f32, b: f32| (a - b).abs() < 0.005;
        assert!(
            near(stored.selling, fitted.selling)
                && near(stored.seller, fitted.seller)
                && near(stored.leader, fitted.leader),
            "{stored:?} {fitted:?}"
        );
    }
}

/// Whole conversations: each scenario as a transcript of two voices, whose names tell nothing.
fn conversations(authors: &[&str]) -> BTreeMap<String, (Transcript, [Role; 2])> {
    let mut all: BTreeMap<String, Vec<Row>> = BTreeMap::new();
    for row in rows(|author| authors.contains(&author)) {
        if row.role != Role::Unknown && row.extra.contains_key("turn") {
            all.entry(format!("{} {}", field(&row, "author"), field(&row, "scenario")))
                .or_default()
                .push(row);
        }
    }
    let transcript = |rows: Vec<Row>| {
        let mut builder = TranscriptBuilder::new();
        let mut roles: Vec<Role> = Vec::new();
        for row in &rows {
            if !roles.contains(&row.role) {
                roles.push(row.role);
            }
            let at = roles.iter().position(|role| *role == row.role).unwrap_or_default();
            let speaker = builder.speaker(&format!("Speaker {at}"));
            builder.say(speaker, Timing::default(), &Fragment::unplaced(row.text.as_str()));
        }
        let roles: [Role; 2] = roles.try_into().ok()?;
        Some((builder.finish("test", Kind::Speech, TimeResolution::None), roles))
    };
    all.into_iter().filter_map(|(name, rows)| Some((name, transcript(rows)?))).collect()
}

struct Tally {
    right: usize,
    wrong: usize,
    abstained: usize,
}

#[expect(clippy::print_stdout, reason = "the measurement is for people to read")]
fn tally(authors: &[&str]) -> Tally {
    let voices = Voices::builtin();
    let mut tally = Tally { right: 0, wrong: 0, abstained: 0 };
    for (name, (transcript, truth)) in conversations(authors) {
        let document = Document::new(&transcript);
        let talk = Talk::new(&voices, &transcript, &document);
        let mut roles = RoleBook::default().assign(&transcript);
        talk.assign(&mut roles, None);
        for (assigned, truth) in roles.iter().zip(truth) {
            match assigned {
                Assigned { role: Role::Unknown, .. } => tally.abstained += 1,
                Assigned { role, .. } if *role == truth => tally.right += 1,
                _ => tally.wrong += 1,
            }
            if assigned.role != truth {
                println!("{name}: {} taken for {:?}", truth.id(), assigned);
            }
        }
    }
    let all = tally.right + tally.wrong + tally.abstained;
    println!(
        "{authors:?}: {} of {all} right, {} wrong, {} abstained",
        tally.right, tally.wrong, tally.abstained
    );
    tally
}

#[test]
fn roles_of_other_authors_conversations_are_right_or_left_open() {
    for authors in [["c1", "c3"], ["c2", "c4"]] {
        let Tally { right, wrong, abstained } = tally(&authors);
        let decided = (right + wrong) as f64;
        assert!(right as f64 / decided >= 0.95, "{authors:?}: {wrong} wrong");
        assert!(
            abstained as f64 / (decided + abstained as f64) <= 0.15,
            "{authors:?}: {abstained}"
        );
    }
}
