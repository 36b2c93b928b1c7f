//! Holds the committed pages of the behaviours, and the figures in them, to the rules.

use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;
use unsell::lexicon::Lexicon;
use unsell::pages::{Form, measured::Measured, pages};
use unsell::taxonomy::Behaviour;

/// Refreshes the figures and pages instead of checking them: run it twice, since the figures are
/// compiled in. `UPDATE_DOCS=1 cargo test --test behaviours`.
const UPDATE: &str = "UPDATE_DOCS";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/behaviours")
}

fn updating() -> bool {
    std::env::var_os(UPDATE).is_some()
}

#[test]
fn the_pages_are_those_that_the_rules_make() {
    let lexicon = Lexicon::builtin().expect("the lexicon is valid");
    let fresh = pages(&lexicon, Form::Markdown, false).expect("pages");
    let mut stale = Vec::new();
    for page in &fresh {
        let path = folder().join(&page.file);
        if updating() {
            fs::write(&path, &page.text).expect("a page can be written");
        } else if fs::read_to_string(&path).ok().as_deref() != Some(page.text.as_str()) {
            stale.push(page.file.as_str());
        }
    }
    assert!(
        stale.is_empty(),
        "{} do not show the rules; {UPDATE}=1 cargo test --test behaviours refreshes them",
        stale.join(", ")
    );
    for file in fs::read_dir(folder()).expect("the pages") {
        let name = file.expect("a file").file_name().into_string().expect("a plain name");
        let known = name == "measured.json" || fresh.iter().any(|page| page.file == name);
        assert!(known, "{name} is the page of no behaviour");
    }
}

#[test]
fn the_figures_are_those_of_the_rules() {
    let mut command = Command::cargo_bin("unsell").expect("the program");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg("eval");
    command.args(["s4", "l4", "c1", "c3"].map(|author| format!("models/corpus/{author}.jsonl")));
    let output = command.args(["--detector", "lexicon", "--json"]).output().expect("a run");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    if updating() {
        fs::write(folder().join("measured.json"), &text).expect("the figures can be written");
        return;
    }
    let fresh = Measured::from_json(&text).expect("figures");
    let shown = Measured::builtin().expect("figures");
    assert_eq!(fresh.rows.labelled, shown.rows.labelled);
    for behaviour in Behaviour::all().map(Behaviour::id) {
        let same = fresh.quality(behaviour) == shown.quality(behaviour);
        assert!(same, "{behaviour}: old figures; {UPDATE}=1 cargo test --test behaviours, twice");
    }
}
