//! What is known of the small words of English: which fill, join, open or ask, and what is opened.
//!
//! The lists stand with the modules that use them. Here they become one table, so that a token is
//! looked up once, when it is made, and every later question is a test of a bit.

use std::sync::LazyLock;

use super::{ByHash, forms, hash_of, mood, noise, utterances};

/// A set of traits of a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Traits(u16);

impl Traits {
    pub(super) const FILLER: Traits = Traits(1);
    pub(super) const KNOWN_THING: Traits = Traits(1 << 1);
    pub(super) const ASKS_KNOWING: Traits = Traits(1 << 2);
    pub(super) const ABBREVIATION: Traits = Traits(1 << 3);
    pub(super) const JOINER: Traits = Traits(1 << 4);
    pub(super) const CLAUSE_HEAD: Traits = Traits(1 << 5);
    pub(super) const OPENER: Traits = Traits(1 << 6);
    pub(super) const LEAD_IN: Traits = Traits(1 << 7);
    pub(super) const AUXILIARY: Traits = Traits(1 << 8);
    pub(super) const SUBJECT: Traits = Traits(1 << 9);
    pub(super) const OPEN_WORD: Traits = Traits(1 << 10);
    pub(super) const CLOSED_WORD: Traits = Traits(1 << 11);
    pub(super) const MEASURE: Traits = Traits(1 << 12);
    pub(super) const INVITES: Traits = Traits(1 << 13);

    pub(super) const KNOWING: Traits = Traits(1 << 14);
    /// Begins with a capital; of the word as written, not of any list.
    pub(super) const CAPITAL: Traits = Traits(1 << 15);

    pub(super) fn with(self, trait_: Traits, there: bool) -> Traits {
        if there { Traits(self.0 | trait_.0) } else { self }
    }

    pub(super) fn has(self, trait_: Traits) -> bool {
        self.0 & trait_.0 != 0
    }
}

/// What is known of a word.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Known {
    pub(super) traits: Traits,
    /// Its place among the words that are opened, counted from one; zero where it is none.
    whole: u8,
}

impl Known {
    /// The parts that it is opened into.
    pub(super) fn parts(self) -> Option<&'static [forms::Part]> {
        let at = usize::from(self.whole).checked_sub(1)?;
        forms::WHOLE.get(at).map(|(_, parts)| *parts)
    }
}

/// The lists of the other modules, with what each is of.
fn lists() -> [(&'static [&'static str], Traits); 15] {
    [
        (&noise::FILLERS, Traits::FILLER),
        (&noise::KNOWING, Traits::KNOWING),
        (&noise::KNOWN_THINGS, Traits::KNOWN_THING),
        (&noise::ASKS_KNOWING, Traits::ASKS_KNOWING),
        (&utterances::ABBREVIATIONS, Traits::ABBREVIATION),
        (&utterances::JOINERS, Traits::JOINER),
        (&utterances::CLAUSE_HEADS, Traits::CLAUSE_HEAD),
        (&utterances::OPENERS, Traits::OPENER),
        (&mood::LEAD_INS, Traits::LEAD_IN),
        (&mood::AUXILIARIES, Traits::AUXILIARY),
        (&mood::SUBJECTS, Traits::SUBJECT),
        (&mood::OPEN_WORDS, Traits::OPEN_WORD),
        (&mood::CLOSED_WORDS, Traits::CLOSED_WORD),
        (&mood::MEASURES, Traits::MEASURE),
        (&mood::INVITERS, Traits::INVITES),
    ]
}

/// By the words' hashes.
static TABLE: LazyLock<ByHash<Known>> = LazyLock::new(|| {
    let listed = lists().iter().map(|(words, _)| words.len()).sum::<usize>();
    let mut table = ByHash::with_room(listed + forms::WHOLE.len());
    let known = |word| (hash_of(word), Known::default());
    for (words, trait_) in lists() {
        for (hash, new) in words.iter().copied().map(known) {
            table.get_or_insert(hash, new).traits.0 |= trait_.0;
        }
    }
    for (at, (word, _)) in (1..).zip(forms::WHOLE) {
        let (hash, new) = known(word);
        table.get_or_insert(hash, new).whole = at;
    }
    table
});

/// What is known of the word in its normal form that has this hash.
#[inline]
pub(super) fn by_hash(hash: u64) -> Known {
    TABLE.get(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_listed_word_is_known_by_its_hash() {
        let whole = forms::WHOLE.iter().map(|(word, _)| *word);
        for listed in lists().into_iter().flat_map(|(words, _)| words.iter().copied()).chain(whole)
        {
            let Known { traits, whole } = by_hash(hash_of(listed));
            assert!(traits != Traits::default() || whole != 0, "{listed}");
        }
    }
}
