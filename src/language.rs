//! Whether a text is English at all.
//!
//! Behaviours are found by English words, so a report on a German call would show nothing and look
//! like praise. Recognizers of language misjudge lower-cased speech full of names, so a text is
//! refused only where two unlike signs agree: the letters look like another language, and the small
//! words that no English speaker does without are missing.

use std::sync::LazyLock;

use rustc_hash::FxHashSet;
use whatlang::Lang;

use crate::transcript::Transcript;

/// How much of a transcript is looked at, in bytes.
const SAMPLE: usize = 20_000;

/// Less text than this is no ground for a verdict, in letters.
const LEAST_LETTERS: usize = 120;

/// At least one word in so many is small where the text is English; in speech and notes one in three is.
const ONE_IN: usize = 10;

/// The longest of the words below, in bytes.
const LONGEST: usize = 6;

/// Frequent English words that the neighbouring languages do not share.
const FUNCTION_WORDS: [&str; 46] = [
    "the", "and", "to", "of", "you", "we", "it", "that", "is", "this", "for", "with", "have",
    "what", "but", "they", "are", "your", "our", "would", "not", "be", "from", "just", "if", "my",
    "i'm", "it's", "that's", "don't", "we're", "you're", "do", "can", "will", "was", "there",
    "how", "about", "think", "know", "yeah", "by", "at", "or", "as",
];

/// The name of the language in which a transcript clearly is, if that is not English.
pub fn foreign(transcript: &Transcript) -> Option<&'static str> {
    let mut sample = String::new();
    for turn in &transcript.turns {
        if sample.len() >= SAMPLE {
            break;
        }
        let cut = turn.text.floor_char_boundary(SAMPLE);
        sample.push_str(&turn.text[..cut]);
        sample.push('\n');
    }
    let letters = sample.chars().filter(|c| c.is_alphabetic());
    // The small words go first: they are counted in a fraction of the time that the letters take.
    if letters.take(LEAST_LETTERS).count() < LEAST_LETTERS || has_small_words(&sample) {
        return None;
    }
    let detected = whatlang::detect(&sample)?;
    let foreign = detected.lang() != Lang::Eng && detected.is_reliable();
    foreign.then(|| detected.lang().eng_name())
}

/// Whether enough of a text's words are small English ones.
fn has_small_words(text: &str) -> bool {
    let has_enough_for = |words: usize| {
        let enough = words.max(1).div_ceil(ONE_IN);
        text.split_whitespace().filter(|word| is_function_word(word)).take(enough).count() == enough
    };
    // Words have a blank between; these bytes are all that begin one, and are counted at a glance. In
    // English it is enough for more words than there are, and where it is not, words are counted.
    let at_most = 1 + text.bytes().filter(|byte| *byte <= b' ' || *byte >= 0xC2).count();
    has_enough_for(at_most) || has_enough_for(text.split_whitespace().count())
}

/// Whether a word is one of the small ones, whatever its case and the marks about it.
fn is_function_word(word: &str) -> bool {
    static WORDS: LazyLock<FxHashSet<&str>> =
        LazyLock::new(|| FUNCTION_WORDS.into_iter().collect());
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    let mut lower = [0; LONGEST];
    match lower.get_mut(..word.len()) {
        Some(lower) if word.is_ascii() => {
            lower.copy_from_slice(word.as_bytes());
            lower.make_ascii_lowercase();
            std::str::from_utf8(lower).is_ok_and(|word| WORDS.contains(word))
        }
        None if word.is_ascii() => false,
        _ => WORDS.contains(word.replace('\u{2019}', "'").to_lowercase().as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Fragment, Kind, TimeResolution, TranscriptBuilder};

    fn judged(text: &str) -> Option<&'static str> {
        let mut builder = TranscriptBuilder::new();
        builder.block(None, &Fragment::unplaced(text));
        foreign(&builder.finish("test", Kind::Notes, TimeResolution::None))
    }

    #[test]
    fn a_call_in_another_language_is_told_by_name() {
        let german = "Guten Tag, wir haben uns letzte Woche schon über das Angebot unterhalten und \
                      ich wollte fragen, ob Sie sich inzwischen entscheiden konnten. Die Kollegen \
                      aus dem Einkauf warten noch auf die Zahlen für das nächste Quartal.";
        assert_eq!(judged(german), Some("German"));
        let japanese =
            "先週お送りした提案書についてですが、ご検討いただけましたでしょうか。".repeat(6);
        assert_eq!(judged(&japanese), Some("Japanese"));
    }

    #[test]
    fn english_in_any_dress_is_english() {
        let messy = "yeah so um the thing is we gotta uh look at the numbers and then you know i \
                     think dana can send it over by friday or whatever works for your team cause \
                     we do not want to rush it";
        assert_eq!(judged(messy), None);
        let names = "Attendees: Ikaika Kealoha, Nkechi Obi, Søren Åkesson. Review of the backlog \
                     with the team; Nkechi to own rollout, Søren to draft the note for our board \
                     and share what is known about the outage.";
        assert_eq!(judged(names), None);
    }

    #[test]
    fn small_words_are_known_in_any_case_and_among_marks() {
        assert!(FUNCTION_WORDS.iter().all(|word| word.len() <= LONGEST && is_function_word(word)));
        for word in ["The", "\u{201c}You\u{2019}re", "THAT'S,", "(it\u{2019}s)"] {
            assert!(is_function_word(word), "{word}");
        }
        for word in ["Thursday", "thé", "", "\u{2026}", "théâtre"] {
            assert!(!is_function_word(word), "{word}");
        }
    }

    proptest::proptest! {
        #[test]
        fn one_word_in_ten_is_enough(text in "(the|Haus|thé|you\u{2019}re|,|[ \u{2003}]| ){0,60}") {
            let words: Vec<_> = text.split_whitespace().collect();
            let small = words.iter().filter(|word| is_function_word(word)).count();
            proptest::prop_assert_eq!(has_small_words(&text), small > 0 && small * ONE_IN >= words.len());
        }
    }

    #[test]
    fn too_little_text_is_no_ground_for_a_verdict() {
        assert_eq!(judged("Guten Tag, wir sprechen morgen."), None);
    }
}
