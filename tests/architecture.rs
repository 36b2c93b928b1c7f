//! Holds the code to the map in ARCHITECTURE.md, and the files to a size that one can read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn map() -> String {
    fs::read_to_string(root().join("ARCHITECTURE.md")).expect("ARCHITECTURE.md is there")
}

/// The table of the map: each module with those that it may use.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let map = map();
    let rows = map.lines().skip_while(|line| !line.starts_with("| module |")).skip(2);
    let mut table: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in rows.take_while(|line| line.starts_with('|')) {
        let cells: Vec<_> = row.trim_matches('|').split('|').map(str::trim).collect();
        let name = cells[0].trim_matches('`').to_owned();
        let allowed = cells[2].split(", ").filter(|word| *word != "–").map(str::to_owned).collect();
        table.insert(name, allowed);
    }
    let all: BTreeSet<String> = table.keys().cloned().collect();
    for allowed in table.values_mut() {
        if allowed.remove("all") {
            *allowed = all.clone();
        } else if let Some(rest) = allowed.iter().find(|cell| cell.starts_with("all but ")).cloned()
        {
            let but: BTreeSet<_> =
                rest["all but ".len()..].split(" and ").map(str::to_owned).collect();
            *allowed = all.difference(&but).cloned().collect();
        }
    }
    table
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a folder of the project") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            files.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// The top-level module that a source file belongs to.
fn module_of(path: &Path) -> String {
    let inside = path.strip_prefix(root().join("src")).expect("a source file");
    let first = inside.iter().next().expect("a name").to_string_lossy();
    first.trim_end_matches(".rs").to_owned()
}

/// The modules of the crate that a file names, its tests left out.
fn used_by(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or(text);
    let mut used = BTreeSet::new();
    for line in code.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for (at, _) in line.match_indices("crate::") {
            let name: String = line[at + "crate::".len()..]
                .chars()
                .take_while(|c| c.is_ascii_lowercase() || *c == '_')
                .collect();
            used.insert(name);
        }
    }
    used.remove("");
    used
}

#[test]
fn modules_use_only_what_the_map_allows() {
    let table = table();
    let mut seen = BTreeSet::new();
    for path in rust_files(&root().join("src")) {
        let module = module_of(&path);
        if matches!(module.as_str(), "lib" | "main") {
            continue;
        }
        let is_test = path.file_stem().is_some_and(|stem| stem == "tests" || stem == "sample");
        let allowed =
            table.get(&module).unwrap_or_else(|| panic!("the map has no row for `{module}`"));
        seen.insert(module.clone());
        if is_test {
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file");
        for used in used_by(&text) {
            assert!(
                used == module || allowed.contains(&used),
                "{} uses `{used}`, which the map does not allow to `{module}`",
                path.display()
            );
        }
    }
    let mapped: BTreeSet<_> = table.keys().cloned().collect();
    assert_eq!(mapped, seen, "the map's modules and the code's");
}

#[test]
fn the_map_names_every_dependency() {
    let map = map();
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("Cargo.toml");
    let dependencies = manifest
        .lines()
        .skip_while(|line| *line != "[dependencies]")
        .skip(1)
        .take_while(|line| !line.starts_with('['));
    for line in dependencies.filter(|line| !line.is_empty()) {
        let name = line.split([' ', '=']).next().unwrap_or(line);
        let named = map.lines().any(|row| {
            row.starts_with('|')
                && row
                    .split('|')
                    .nth(1)
                    .is_some_and(|cell| cell.split(", ").any(|c| c.trim() == name))
        });
        assert!(named, "ARCHITECTURE.md does not say why `{name}` is there");
    }
}

#[test]
fn files_stay_readable_and_the_program_stays_thin() {
    for folder in ["src", "tests", "benches"] {
        for path in rust_files(&root().join(folder)) {
            let lines = fs::read_to_string(&path).expect("a source file").lines().count();
            assert!(lines <= 800, "{} has {lines} lines", path.display());
        }
    }
    let main = fs::read_to_string(root().join("src/main.rs")).expect("main.rs");
    assert!(main.lines().count() < 50 && main.contains("unsell::"), "main.rs uses the library");
    let map = map();
    assert!(map.lines().count() < 130, "the map fits two screens or so");
}
