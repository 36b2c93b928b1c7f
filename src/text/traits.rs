//! What the small words of English are to the cutting of speech: which fill, join, open or ask.
//!
//! The lists stand with the modules that use them. Here they become one table, so that a token is
//! looked up once, when it is made, and every later question is a test of a bit.

use std::sync::LazyLock;

use rustc_hash::FxHashMap;

use super::{forms, mood, noise, utterances};

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

    pub(super) fn has(self, trait_: Traits) -> bool {
        self.0 & trait_.0 != 0
    }
}

static TABLE: LazyLock<FxHashMap<&'static str, Traits>> = LazyLock::new(|| {
    let mut table = FxHashMap::<&str, Traits>::default();
    let lists: [(&[&'static str], Traits); 15] = [
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
    ];
    for (words, trait_) in lists {
        for word in words {
            table.entry(word).or_default().0 |= trait_.0;
        }
    }
    table
});

/// The traits of the replaced forms, by index.
static OF_FORMS: LazyLock<Vec<Traits>> =
    LazyLock::new(|| (0..forms::COUNT).map(|form| of_word(forms::text_of(form as u16))).collect());

/// The traits of a word in its normal form.
pub(super) fn of_word(word: &str) -> Traits {
    // No word of the lists is longer.
    if word.len() > 13 { Traits::default() } else { TABLE.get(word).copied().unwrap_or_default() }
}

/// The traits of a replaced form.
pub(super) fn of_form(form: u16) -> Traits {
    OF_FORMS.get(usize::from(form)).copied().unwrap_or_default()
}
