//! The built-in lexicon as it was compiled before, since compiling it takes most of the program's start.
//!
//! `lexicons/compiled.bin` is made from the other files of its folder by a test, which also holds it to
//! them. Where it was made from others, as while someone works on a rule, they are compiled as any are.

use std::hash::Hasher;
use std::sync::OnceLock;

use include_dir::Dir;
use rustc_hash::FxHasher;
use serde::{Deserialize, Deserializer};

use super::load::{BUILT_IN, Parts};
use super::triggers::Openings;
use super::triggers::Triggers;
use super::vocabulary::{Vocabulary, WordId};
use super::{CompiledPattern, Context, Lexicon, Reach, Rule, RulePatterns};

/// What is stored of a lexicon: all but what it was compiled from.
#[derive(Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(remote = "Lexicon")]
struct Fields {
    rules: Vec<Rule>,
    patterns: Vec<CompiledPattern>,
    patterns_of: Vec<RulePatterns>,
    vocabulary: Vocabulary,
    rule_triggers: Triggers,
    cue_triggers: Triggers,
    lead_ins: Vec<WordId>,
    contexts: [Reach; Context::ALL.len()],
    instead: Vec<String>,
    hash: String,
    #[serde(skip)]
    parts: OnceLock<Parts>,
    #[serde(deserialize_with = "read_within")]
    #[cfg_attr(test, serde(serialize_with = "tests::write_within"))]
    retractions: Option<Box<Lexicon>>,
    #[serde(skip)]
    openings: OnceLock<[Openings; 2]>,
}

/// A lexicon as it is stored.
#[derive(Deserialize)]
struct Stored(#[serde(with = "Fields")] Lexicon);

fn read_within<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Box<Lexicon>>, D::Error> {
    Ok(Option::deserialize(from)?.map(|Stored(lexicon)| Box::new(lexicon)))
}

/// The name of the file.
const FILE: &str = "compiled.bin";

/// What the files are known by, so that those of another day are told: no defence against ill will, which
/// cannot reach what is compiled into the program.
fn key(folder: &Dir) -> u64 {
    let mut files: Vec<_> = folder.files().chain(folder.dirs().flat_map(Dir::files)).collect();
    files.sort_by_key(|file| file.path());
    let mut hasher = FxHasher::default();
    for file in files.into_iter().filter(|file| !file.path().ends_with(FILE)) {
        hasher.write(file.path().as_os_str().as_encoded_bytes());
        hasher.write(file.contents());
    }
    hasher.finish()
}

/// The stored lexicon, where it is of the files that are there.
pub(super) fn builtin() -> Option<Lexicon> {
    let stored = BUILT_IN.get_file(FILE)?.contents();
    let (made_of, lexicon) = stored.split_first_chunk()?;
    if u64::from_le_bytes(*made_of) != key(&BUILT_IN) {
        return None;
    }
    postcard::from_bytes(lexicon).ok().map(|Stored(lexicon)| lexicon)
}

#[cfg(test)]
mod tests {
    use serde::{Serialize, Serializer};

    use super::super::load::builtin_rule_files;
    use super::*;

    /// A lexicon that is to be stored.
    #[derive(Serialize)]
    struct Storing<'a>(#[serde(with = "Fields")] &'a Lexicon);

    pub(super) fn write_within<S: Serializer>(
        lexicon: &Option<Box<Lexicon>>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        lexicon.as_deref().map(Storing).serialize(to)
    }

    /// `UPDATE_LEXICON=1 cargo test --no-default-features --lib stored` makes the file.
    #[test]
    fn the_stored_lexicon_is_that_of_the_files() {
        let lexicon = Lexicon::of(builtin_rule_files()).expect("the built-in files hold");
        let mut fresh = key(&BUILT_IN).to_le_bytes().to_vec();
        fresh.extend(postcard::to_allocvec(&Storing(&lexicon)).expect("memory takes all"));
        if std::env::var_os("UPDATE_LEXICON").is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/lexicons/compiled.bin");
            std::fs::write(path, &fresh).expect("a file of the project");
            return;
        }
        let stored = BUILT_IN.get_file(FILE).map(|file| file.contents());
        assert!(
            stored == Some(&fresh[..]),
            "lexicons/{FILE} is not of these rules, or of this code; make it anew:\n\
             UPDATE_LEXICON=1 cargo test --no-default-features --lib stored"
        );
        assert!(builtin().is_some());
    }
}
