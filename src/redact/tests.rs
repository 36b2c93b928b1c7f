use proptest::prelude::*;

use super::*;
use crate::report::sample;

fn redacted(speakers: &[&str], text: &str) -> String {
    Redactor::new(speakers.iter().copied()).redact(text).text
}

fn shown(text: &str) -> String {
    redacted(&["Dana Reyes", "Will Ortiz"], text)
}

#[test]
fn a_person_has_one_pseudonym_by_every_part_of_the_name() {
    assert_eq!(
        shown("Dana Reyes, Reyes and DANA: reyes's plan, dana’s."),
        "Speaker A, Speaker A and Speaker A: Speaker A's plan, Speaker A’s."
    );
    assert_eq!(
        shown("The Danas, danas, dananas. Ask Dana. Reyes agreed."),
        "The Speaker A, danas, dananas. Ask Speaker A. Speaker A agreed."
    );
    assert_eq!(redacted(&["Zoë O'Neil"], "zoe o'neil and O’Neil"), "Speaker A and Speaker A");
}

#[test]
fn a_name_that_is_a_word_is_one_only_where_it_is_meant() {
    for (text, is) in [
        ("Will you come?", "Will you come?"),
        ("I think will power helps, and it will.", "I think will power helps, and it will."),
        ("So Will comes.", "So Speaker B comes."),
        ("Will, you come.", "Speaker B, you come."),
        ("thanks will", "thanks Speaker B"),
        ("WILL YOU COME", "WILL YOU COME"),
        ("will ortiz comes", "Speaker B comes"),
    ] {
        assert_eq!(shown(text), is);
    }
}

#[test]
fn a_name_of_several_is_made_no_ones() {
    let family = ["Dana Reyes", "Luis Reyes"];
    assert_eq!(redacted(&family, "Luis Reyes and Ms. Reyes"), "Speaker B and Ms. [name]");
}

#[test]
fn labels_and_companies_are_not_looked_for() {
    assert_eq!(
        redacted(&["Speaker 1", "Agent"], "One agent, one speaker."),
        "One agent, one speaker."
    );
    assert_eq!(redacted(&["Ana Lima (Castor)"], "Ana of Castor"), "Speaker A of Castor");
}

#[test]
fn the_twenty_seventh_speaker_is_speaker_aa() {
    let names: Vec<_> = (0..800).map(|at| format!("n{at}")).collect();
    let redactor = Redactor::new(names.iter().map(String::as_str));
    let of = |at: usize| redactor.pseudonym(&names[at]);
    assert_eq!(
        [of(0), of(25), of(26), of(702)],
        ["Speaker A", "Speaker Z", "Speaker AA", "Speaker AAA"]
    );
}

#[test]
fn spans_go_with_their_words_and_take_in_what_they_touch() {
    let text = "é Dana Reyes zibbles, mail d@x.example now";
    let redactor = Redactor::new(["Dana Reyes"]);
    let redacted = redactor.redact(text);
    assert_eq!(redacted.text, "é Speaker A zibbles, mail [email] now");
    let moved = |words: &str| {
        let start = text[..text.find(words).expect("the words")].chars().count();
        let [from, to] = redacted.span([start, start + words.chars().count()]);
        redacted.text.chars().skip(from).take(to - from).collect::<String>()
    };
    for (before, after) in [
        ("é", "é"),
        ("zibbles", "zibbles"),
        ("now", "now"),
        ("Reyes zibbles", "Speaker A zibbles"),
        ("é Dana", "é Speaker A"),
        ("mail d", "mail [email]"),
        ("Dana Reyes", "Speaker A"),
        ("ana", "Speaker A"),
        (text, &redacted.text),
    ] {
        assert_eq!(moved(before), after, "{before}");
    }
}

#[test]
fn figures_and_places_are_those_of_the_report_as_it_was() {
    let before = sample::call();
    let mut after = before.clone();
    redact(&mut after);
    assert_eq!(after.scores, before.scores);
    assert_eq!(after.findings.len(), before.findings.len());
    for (new, old) in after.findings.iter().zip(&before.findings) {
        assert_eq!((new.line, new.col, new.time), (old.line, old.col, old.time));
        let said: String = after.turns[new.turn]
            .text
            .chars()
            .skip(new.span[0])
            .take(new.span[1] - new.span[0])
            .collect();
        assert_eq!(said, new.quote);
    }
    let json = serde_json::to_string(&after).expect("JSON");
    assert!(!json.contains("Dana") && !json.contains("Sam"), "{json}");
}

#[test]
fn a_report_without_text_has_no_word_of_it() {
    let mut report = sample::call();
    report.warnings.push("Dana Reyes seller (92 %: “how much”, “my husband”)".into());
    let before = report.clone();
    without_text(&mut report);
    assert!(report.turns.iter().all(|turn| turn.text.is_empty()));
    assert!(report.findings.iter().all(|finding| finding.quote.is_empty()));
    assert!(
        report.warnings.contains(&"Speaker A seller (92 %)".to_owned()),
        "{:?}",
        report.warnings
    );
    let spans = |report: &crate::report::Report| -> Vec<_> {
        report.findings.iter().map(|finding| finding.span).collect()
    };
    assert_eq!(spans(&report), spans(&before));
}

proptest! {
    #[test]
    fn what_is_found_lies_in_order_on_characters_and_is_gone(
        text in "(\\PC|Dana|Reyes|will| |[0-9 .@/()+-]{1,9}|call me at |x@y.example|four five ){0,40}",
        names in proptest::collection::vec("\\PC{0,12}|Dana Reyes|Will|J. van Dyk", 0..4),
    ) {
        let redactor = Redactor::new(names.iter().map(String::as_str));
        let found = redactor.find(&text);
        let mut end = 0;
        for one in &found {
            prop_assert!(one.bytes.start >= end && one.bytes.end > one.bytes.start);
            prop_assert!(text.get(one.bytes.clone()).is_some());
            end = one.bytes.end;
        }
        let redacted = redactor.redact(&text);
        let all = text.chars().count();
        let moved = redacted.span([0, all]);
        prop_assert_eq!(moved, [0, redacted.text.chars().count()]);
        redactor.message(&text);
    }
}
