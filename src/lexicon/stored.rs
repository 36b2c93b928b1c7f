//! The built-in lexicon as it was compiled before, since compiling it takes most of the program's start.
//!
//! `lexicons/compiled.bin` is made from the other files of its folder by a test, which also holds it to
//! them. Where it was made from others, as while someone works on a rule, they are compiled as any are.

use std::hash::Hasher;

use include_dir::Dir;
use rustc_hash::FxHasher;

use super::Lexicon;
use super::load::BUILT_IN;

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
    postcard::from_bytes(lexicon).ok()
}

#[cfg(test)]
mod tests {
    use super::super::load::builtin_rule_files;
    use super::*;

    /// `UPDATE_LEXICON=1 cargo test --no-default-features --lib stored` makes the file.
    #[test]
    fn the_stored_lexicon_is_that_of_the_files() {
        let lexicon = Lexicon::of(builtin_rule_files()).expect("the built-in files hold");
        let mut fresh = key(&BUILT_IN).to_le_bytes().to_vec();
        fresh.extend(postcard::to_allocvec(&lexicon).expect("memory takes all"));
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
