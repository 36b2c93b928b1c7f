//! The forms of a lemma: `~sign` is sign, signs, signed, signing.
//!
//! Regular English spelling is a handful of rules; what does not follow them stands in
//! `lexicons/shared/inflections.toml`. A form too many does no harm, since it only widens what a rule
//! accepts to words that nobody says, so doubtful doublings are given both ways.

use std::collections::BTreeMap;

/// Irregular forms by lemma. A lemma listed here gets no regular `-ed`.
pub(super) type Irregular = BTreeMap<String, Vec<String>>;

/// All forms of a lemma, itself first.
pub(super) fn forms(lemma: &str, irregular: &Irregular) -> Vec<String> {
    let mut all = vec![lemma.to_owned(), with_s(lemma)];
    if let Some(forms) = irregular.get(lemma) {
        all.extend(forms.iter().cloned());
    } else {
        all.extend(with_vowel_ending(lemma, "ed"));
    }
    all.extend(with_vowel_ending(lemma, "ing"));
    all.sort();
    all.dedup();
    all
}

fn is_vowel(byte: u8) -> bool {
    matches!(byte, b'a' | b'e' | b'i' | b'o' | b'u')
}

fn ends_in_consonant_y(lemma: &str) -> bool {
    matches!(lemma.as_bytes(), [.., before, b'y'] if !is_vowel(*before))
}

fn with_s(lemma: &str) -> String {
    if ends_in_consonant_y(lemma) {
        return format!("{}ies", &lemma[..lemma.len() - 1]);
    }
    let hisses = ["s", "x", "z", "ch", "sh"].iter().any(|ending| lemma.ends_with(ending));
    if hisses || lemma.ends_with("go") || lemma.ends_with("do") {
        format!("{lemma}es")
    } else {
        format!("{lemma}s")
    }
}

fn with_vowel_ending(lemma: &str, ending: &str) -> Vec<String> {
    let cut = |by: usize| &lemma[..lemma.len() - by];
    if let (true, "ed") = (ends_in_consonant_y(lemma), ending) {
        return vec![format!("{}ied", cut(1))];
    }
    if lemma.ends_with("ie") && ending == "ing" {
        return vec![format!("{}ying", cut(2))];
    }
    if lemma.ends_with('e') && (ending == "ed" || !lemma.ends_with("ee")) {
        return vec![format!("{}{ending}", cut(1))];
    }
    let mut forms = vec![format!("{lemma}{ending}")];
    if let [.., a, b, c] = lemma.as_bytes()
        && !is_vowel(*a)
        && is_vowel(*b)
        && !is_vowel(*c)
        && !matches!(c, b'w' | b'x' | b'y')
    {
        forms.push(format!("{lemma}{}{ending}", char::from(*c)));
    }
    forms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regular_and_irregular_lemmas_get_their_forms() {
        let irregular = Irregular::from([("go".to_owned(), vec!["went".into(), "gone".into()])]);
        let has = |lemma: &str, expected: &[&str]| {
            let forms = forms(lemma, &irregular);
            for form in expected {
                assert!(forms.iter().any(|f| f == form), "{lemma}: {forms:?} lacks {form}");
            }
        };
        has("sign", &["sign", "signs", "signed", "signing"]);
        has("decide", &["decides", "decided", "deciding"]);
        has("try", &["tries", "tried", "trying"]);
        has("push", &["pushes", "pushed", "pushing"]);
        has("commit", &["committed", "committing"]);
        has("tie", &["ties", "tied", "tying"]);
        has("agree", &["agrees", "agreeing"]);
        has("go", &["goes", "went", "gone", "going"]);
        assert!(!forms("go", &irregular).contains(&"goed".to_owned()));
    }
}
