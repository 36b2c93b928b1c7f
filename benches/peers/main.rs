//! What the Python runners beside this file need from the Rust side: talk, rules and phrases as files,
//! and the peers and stages that are Rust.
//!
//! ```text
//! cargo bench --bench peers -- folder COUNT BYTES DIR    transcripts, a file each
//! cargo bench --bench peers -- rules COUNT DIR           a package that makes so many rules
//! cargo bench --bench peers -- phrases FILE              `rule<tab>phrase` lines
//! cargo bench --bench peers -- measure TEXT PHRASES      names and seconds, a JSON object a line
//! ```

#![allow(clippy::print_stdout, reason = "what it measures is read from there")]

#[path = "../common/mod.rs"]
mod common;
mod measure;

use std::fs;
use std::path::Path;

use common::{phrases, rules, talk};

fn main() {
    // Cargo adds `--bench`.
    let arguments: Vec<String> = std::env::args().skip(1).filter(|a| a != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<usize>().expect("a number");
    match *arguments.as_slice() {
        ["folder", count, bytes, folder] => {
            fs::create_dir_all(folder).expect("a folder");
            for at in 0..number(count) {
                let path = Path::new(folder).join(format!("{at:05}.txt"));
                fs::write(path, talk::transcript(at, number(bytes))).expect("is written");
            }
        }
        ["rules", count, folder] => package(number(count), Path::new(folder)),
        ["phrases", file] => {
            let phrases = phrases::built_in();
            let lines: String = phrases
                .iter()
                .map(|phrase| format!("{}\t{}\n", phrase.rule, phrase.words))
                .collect();
            fs::write(file, lines).expect("is written");
        }
        ["measure", text, phrases] => measure::all(Path::new(text), Path::new(phrases)),
        // `cargo bench` runs every bench; the runners run this one.
        _ => println!("see benches/README.md: benches/peers/run"),
    }
}

fn package(count: usize, folder: &Path) {
    fs::create_dir_all(folder).expect("a folder");
    for file in rules::files(count) {
        fs::write(folder.join(file.path), file.text).expect("is written");
    }
    let manifest = format!(
        "name = \"rules-{count}\"\nversion = \"1.0.0\"\nlicence = \"none\"\nrules = [\"*.toml\"]\n"
    );
    fs::write(folder.join("package.toml"), manifest).expect("is written");
}
