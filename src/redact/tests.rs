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
fn a_name_without_a_letter_is_nobody_s() {
    for name in ["", " ", "\u{301}", "\u{301} \u{300}", "-", "...", "\u{300}<\u{300}@x.example>"] {
        assert_eq!(
            redacted(&[name, "Dana Reyes"], "a\u{301} \u{301} b, Dana"),
            "a\u{301} \u{301} b, Speaker B"
        );
    }
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

/// Redacts each text and holds it to what is left.
fn hold(speakers: &[&str], texts: &[(&str, &str)]) {
    for (text, left) in texts {
        assert_eq!(redacted(speakers, text), *left, "{text}");
    }
}

#[test]
fn people_are_known_by_short_forms_of_their_names() {
    let speakers = ["Robert Kowalski", "Alexandra O'Brien", "Nguyễn Thị Hoa", "Jürgen Groß"];
    hold(
        &speakers,
        &[
            ("Robbie! Bob?", "Speaker A! Speaker A?"),
            ("so rob and alex said no", "so Speaker A and Speaker B said no"),
            ("the Kowalskis and obrien", "the Speaker A and obrien"),
            ("the kowalskis and obrien", "the Speaker A and Speaker B"),
            ("hoa nguyen, juergen gross", "Speaker C, Speaker D"),
            ("k o w a l s k i", "Speaker A"),
            ("Robots rob all banks.", "Robots rob all banks."),
        ],
    );
    hold(&["Catherine Lee"], &[("katherine is here", "Speaker A is here")]);
}

#[test]
fn a_name_that_is_a_word_is_one_where_no_capital_tells_unless_its_neighbours_do() {
    hold(
        &["Mark Price", "Will Stone"],
        &[
            ("i think mark is late", "i think Speaker A is late"),
            ("mark it and ask what the price is", "mark it and ask what the price is"),
            ("will you come, it will rain", "will you come, it will rain"),
            ("will is on mute", "Speaker B is on mute"),
            ("hi will can you hear me", "hi Speaker B can you hear me"),
            ("thanks mark I will call", "thanks Speaker A I will call"),
        ],
    );
}

#[test]
fn addresses_are_found_as_they_are_spelled() {
    hold(
        &[],
        &[
            ("bella ninety two at post dot example, yes", "[email], yes"),
            ("that's hill, all one word, at big barn dot org", "that's [email]"),
            ("it's s as in sam, o at hay dot c o m", "it's [email]"),
            ("ana punto gil guion bajo uno arroba correo punto es", "[email]"),
            ("mail k dot o'hara at castor dot net", "mail [email]"),
            ("the same, so at castor dot com", "the same, so [email]"),
            ("dana at gmail", "[email]"),
            ("one at a time dot the i's", "one at a time dot the i's"),
            ("h t t p s colon slash slash a dot hay barn dot io slash x", "[link]"),
            ("go to hay barn dot com slash help", "go to [link]"),
        ],
    );
}

#[test]
fn numbers_are_found_as_they_are_said() {
    hold(
        &[],
        &[
            ("six oh two... hang on... triple five, oh one eleven", "[phone]"),
            ("it's 6 0 2 5 5 5 0 1 1 8", "it's [phone]"),
            ("415 um 555 uh 0133, extension 12", "[phone]"),
            ("null eins sieben eins fünf zweiundvierzig dreizehn", "[phone]"),
            ("zéro six quatre-vingt-dix-huit soixante-dix douze onze", "[phone]"),
            ("nueve uno cinco treinta y dos cero cero", "[phone]"),
            (
                "forty two forty two, right, forty two forty two, forty two forty two, uh, forty two forty two",
                "[card]",
            ),
            ("4111, 1111, 1111, 1111", "[card]"),
            ("the card ending in 4242", "the card ending in 4242"),
            ("k l seven seven four one nine", "[account]"),
            ("the booking reference is ZT5Q9M", "the booking reference is [account]"),
            ("part number 620-118-4400", "part number 620-118-4400"),
            (
                "ten thirty, eleven fifteen and twelve forty five",
                "ten thirty, eleven fifteen and twelve forty five",
            ),
            ("120, 340, um, 560 and 7800", "120, 340, um, 560 and 7800"),
            ("five ten fifteen twenty twenty five", "five ten fifteen twenty twenty five"),
        ],
    );
}

proptest! {
    #[test]
    fn what_is_found_lies_in_order_on_characters_and_is_gone(
        text in "(\\PC|Dana|Reyes|will| |[0-9 .@/()+-]{1,9}|call me at |x@y.example|four five | dot |quatre vingt |twenty |double | at |k l |um, |www dot ){0,40}",
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
