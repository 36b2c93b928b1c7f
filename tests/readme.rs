//! Holds the README to the program: the output that it shows is the program's own.
#![cfg(feature = "classifier")]

use std::fs;
use std::path::Path;

use assert_cmd::Command;

/// Refreshes the shown output instead of checking it: `UPDATE_README=1 cargo test --test readme`.
const UPDATE: &str = "UPDATE_README";

fn readme() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md");
    let text = fs::read_to_string(&path).expect("README.md");
    (path, text)
}

fn run(arguments: &str) -> String {
    let output = Command::cargo_bin("unsell")
        .expect("the program")
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env("COLUMNS", "80")
        .args(arguments.split_whitespace())
        .output()
        .expect("a run");
    assert!(output.status.success(), "{arguments}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn the_output_shown_is_the_programs_own() {
    let (path, text) = readme();
    let mut fresh = String::new();
    let mut rest = text.as_str();
    let mut shown = 0;
    while let Some((before, after)) = rest.split_once("<!-- output: ") {
        let (arguments, after) = after.split_once(" -->\n```text\n").expect("a block of text");
        let (_, after) = after.split_once("```\n").expect("the end of the block");
        fresh.push_str(&format!(
            "{before}<!-- output: {arguments} -->\n```text\n{}```\n",
            run(arguments)
        ));
        rest = after;
        shown += 1;
    }
    fresh.push_str(rest);
    assert!(shown > 0, "the README shows some output");
    if std::env::var_os(UPDATE).is_some() {
        fs::write(&path, fresh).expect("the README can be written");
        return;
    }
    let same = fresh == text;
    assert!(same, "the README shows old output; {UPDATE}=1 cargo test --test readme refreshes it");
}

#[test]
fn the_first_command_reports_on_every_example() {
    let (_, text) = readme();
    let (_, command) =
        text.split_once("<!-- run command -->`cargo run --release -- ").expect("a run command");
    let (arguments, _) = command.split_once('`').expect("the end of the command");
    let output = run(arguments);
    let examples =
        fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples")).expect("examples");
    let mut reported = 0;
    for example in examples {
        let example = example.expect("an example");
        let name = example.file_name().into_string().expect("a plain name");
        if example.path().is_file() && name != "README.md" && name != "roles.toml" {
            assert!(output.contains(&format!("examples/{name}")), "{name} has no report");
            reported += 1;
        }
    }
    assert!(reported >= 6);
    assert!(output.contains(&format!("{reported} done, 0 failed")), "{output}");
}
