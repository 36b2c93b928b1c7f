//! Findings as SARIF 2.1.0, which code scanning and editors read.

use std::path::{Component, Path};

use serde_json::{Value, json};

use crate::lexicon::Lexicon;
use crate::taxonomy::Behaviour;

use super::{Found, Round};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// A log of one run.
pub fn log(all: &[Found], round: &Round, guide: Option<&Lexicon>) -> Value {
    let draining: Vec<_> = Behaviour::all().filter(|b| b.pole().drains()).collect();
    let results: Vec<_> = all.iter().map(|found| result(found, &draining)).collect();
    let rules: Vec<_> = draining.iter().map(|behaviour| rule(*behaviour, guide)).collect();
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "unsell",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [{"executionSuccessful": !round.some_failed}],
            "results": results,
        }],
    })
}

fn rule(behaviour: Behaviour, guide: Option<&Lexicon>) -> Value {
    let help = guide.map_or("", |guide| guide.instead(behaviour));
    let help = if help.is_empty() { behaviour.meaning() } else { help };
    json!({
        "id": behaviour.id(),
        "name": pascal_case(behaviour.id()),
        "shortDescription": {"text": format!("The writer {}.", behaviour.meaning())},
        "help": {"text": format!("Instead: {help}")},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": [behaviour.axis().id(), behaviour.pole().id()]},
    })
}

fn result(found: &Found, draining: &[Behaviour]) -> Value {
    let Found { path, finding, fails, words, .. } = found;
    let mut location = json!({"artifactLocation": {"uri": uri(path)}});
    if let Some((line, column)) = found.place() {
        let mut region = json!({
            "startLine": line, "startColumn": column, "snippet": {"text": finding.quote},
        });
        if let Some((line, column)) = finding.end {
            region["endLine"] = line.into();
            region["endColumn"] = column.into();
        }
        location["region"] = region;
    }
    json!({
        "ruleId": finding.behaviour,
        "ruleIndex": draining.iter().position(|behaviour| behaviour.id() == finding.behaviour),
        "level": if *fails { "error" } else { "warning" },
        "message": {"text": found.full_message()},
        "locations": [{"physicalLocation": location}],
        "partialFingerprints": {"unsellWords/v1": format!("{}:{words}", finding.behaviour)},
        "properties": {"score": finding.score, "pole": finding.pole, "turn": finding.turn},
    })
}

/// `shut-down` as SARIF wants names: `ShutDown`.
fn pascal_case(id: &str) -> String {
    let capital = |word: &str| {
        let mut chars = word.chars();
        chars.next().map(|first| first.to_ascii_uppercase().to_string() + chars.as_str())
    };
    id.split('-').filter_map(capital).collect()
}

/// A path as a URI: relative where it is relative, with `/` and everything unusual escaped.
fn uri(path: &str) -> String {
    let mut uri = String::new();
    if Path::new(path).is_absolute() {
        uri.push_str("file://");
    }
    for part in Path::new(path).components() {
        match part {
            Component::RootDir => uri.push('/'),
            Component::CurDir => {}
            part => {
                if !uri.is_empty() && !uri.ends_with('/') {
                    uri.push('/');
                }
                for byte in part.as_os_str().to_string_lossy().bytes() {
                    match byte {
                        b'-' | b'.' | b'_' | b'~' => uri.push(char::from(byte)),
                        byte if byte.is_ascii_alphanumeric() => uri.push(char::from(byte)),
                        byte => uri.push_str(&format!("%{byte:02X}")),
                    }
                }
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_paths_are_written_as_sarif_wants_them() {
        assert_eq!(pascal_case("knowing-the-way"), "KnowingTheWay");
        assert_eq!(uri("notes/week 9.md"), "notes/week%209.md");
        assert_eq!(uri("./a/../é.md"), "a/../%C3%A9.md");
        #[cfg(unix)]
        assert_eq!(uri("/tmp/a#b.md"), "file:///tmp/a%23b.md");
    }
}
