//! What rules hear and what they do not, engine feature by engine feature.

use super::hearing::Turn;
use super::triggers::Search;
use super::*;
use crate::taxonomy::Axis;
use crate::transcript::{Fragment, Kind, TimeResolution, Timing, TranscriptBuilder};

fn lexicon(toml: &str) -> Lexicon {
    try_lexicon(toml).unwrap_or_else(|error| panic!("{error}"))
}

fn try_lexicon(toml: &str) -> Result<Lexicon, crate::data_file::DataError> {
    let text = format!("disable = [{}]\n{toml}", all_of_the_built_in_rules());
    Lexicon::with_files(&[LexiconFile { path: "my.toml".into(), text }])
}

/// So that tests see their own rules only.
fn all_of_the_built_in_rules() -> String {
    let builtin = Lexicon::builtin().unwrap_or_else(|error| panic!("{error}"));
    let mut behaviours: Vec<_> =
        builtin.rules().iter().map(|rule| format!("\"{}.*\"", rule.behaviour)).collect();
    behaviours.dedup();
    behaviours.join(", ")
}

/// A lexicon of one rule for `pressure` with these patterns and this further line.
fn one(patterns: &[&str], more: &str) -> Lexicon {
    lexicon(&format!(
        "behaviour = \"pressure\"\n[[rule]]\nid = \"r\"\nwhy = \"w\"\nweight = 0.9\nany = {patterns:?}\n{more}\n"
    ))
}

fn quote<'a>(lexicon: &Lexicon, text: &'a str) -> Option<&'a str> {
    quote_after(lexicon, "", text)
}

fn quote_after<'a>(lexicon: &Lexicon, prev: &str, text: &'a str) -> Option<&'a str> {
    let scored = lexicon.score_text(Role::Seller, prev, text);
    scored.first().map(|scored| &text[scored.span.clone()])
}

#[test]
fn words_match_in_any_spelling_of_speech() {
    let rule = one(&["you don't want to miss it"], "");
    for text in [
        "You don’t want to miss it!",
        "you dont wanna um wanna miss it",
        "YOU DO NOT WANT TO MISS IT",
    ] {
        assert_eq!(quote(&rule, text), Some(text.trim_end_matches('!')), "{text}");
    }
    assert_eq!(quote(&rule, "you want to miss it"), None);
}

#[test]
fn words_that_lost_their_apostrophe_match_the_full_form_only_where_a_rule_asks_for_it() {
    let rule = one(&["we're closing it"], "");
    assert!(quote(&rule, "were closing it at five").is_some());
    assert!(quote(&rule, "we are closing it").is_some());
    let rule = one(&["were closing it"], "");
    assert!(quote(&rule, "we're closing it").is_none());
}

#[test]
fn gaps_options_repeats_and_lemmas_match_within_their_bounds() {
    let gap = one(&["sign .. today"], "");
    assert!(quote(&gap, "sign it for me today").is_some());
    assert!(quote(&gap, "sign it for me please today").is_none());
    let optional = one(&["sign (it|that thing)? today"], "");
    assert_eq!(quote(&optional, "please sign that thing today ok"), Some("sign that thing today"));
    assert!(quote(&optional, "sign everything today").is_none());
    let repeat = one(&["last <digits>+ left"], "");
    assert!(quote(&repeat, "last 4 left").is_some());
    assert!(quote(&repeat, "last 1 2 3 4 left").is_some());
    assert!(quote(&repeat, "last 1 2 3 4 5 left").is_none());
    let lemma = one(&["~decide now"], "");
    assert!(quote(&lemma, "deciding now").is_some());
    assert!(quote(&lemma, "decision now").is_none());
}

#[test]
fn the_longest_match_is_reported() {
    let rule = one(&["really? sign ..2 (today|now)"], "");
    assert_eq!(quote(&rule, "you really sign now today then"), Some("really sign now today"));
}

#[test]
fn a_match_within_a_contraction_is_reported_as_the_whole_word() {
    let rule = one(&["not wait"], "");
    assert_eq!(quote(&rule, "You can't wait."), Some("can't wait"));
    let rule = one(&["what you"], "");
    assert_eq!(quote(&rule, "That's what you're after."), Some("what you're"));
}

#[test]
fn anchors_hold_at_clause_starts_after_lead_ins_and_at_clause_ends() {
    let start = one(&["^ sign it"], "");
    for text in ["Sign it.", "okay so sign it", "I'm ready, sign it", "Um, well, sign it"] {
        assert!(quote(&start, text).is_some(), "{text}");
    }
    assert!(quote(&start, "you should sign it").is_none());
    let end = one(&["sign it $"], "");
    assert!(quote(&end, "you should sign it, then").is_some());
    assert!(quote(&end, "you should sign it then").is_none());
}

#[test]
fn classes_go_by_shape() {
    let money = one(&["<money> off"], "");
    assert!(quote(&money, "I'll take $50 off").is_some());
    assert!(quote(&money, "I'll take 50 off").is_none());
    let percent = one(&["<percent> off"], "");
    assert!(quote(&percent, "15% off").is_some());
    let clock = one(&["by <clock>"], "");
    assert!(quote(&clock, "by 5:30 and by 5pm").is_some());
    let name = one(&["told <name>"], "");
    assert!(quote(&name, "I told Ines").is_some());
    assert!(quote(&name, "I told everyone").is_none());
    assert!(quote(&name, "I told Tuesday's shift").is_none());
}

#[test]
fn sets_nest_in_any_order_and_a_circle_is_an_error() {
    let sets = "behaviour = \"pressure\"\n[sets]\na = [\"very {z}\"]\nz = [\"soon\", \"quickly\"]\n[[rule]]\nid = \"r\"\nwhy = \"w\"\nweight = 0.9\nany = [\"decide {a}\"]\n";
    assert!(quote(&lexicon(sets), "decide very quickly").is_some());
    let circle = sets.replace("\"soon\"", "\"{a}\"");
    let error = try_lexicon(&circle).expect_err("a circle");
    assert!(error.message.contains("no set is called"), "{error}");
}

#[test]
fn conditions_reject_and_require() {
    let unless = one(&["by friday"], "unless = [\"you said\"]");
    assert!(quote(&unless, "I need it by Friday").is_some());
    assert!(quote(&unless, "You said you need it by Friday").is_none());
    let needs = one(&["by friday"], "needs = [\"~sign\"]");
    assert!(quote(&needs, "it ships by Friday").is_none());
    assert!(quote(&needs, "you must be signed by Friday").is_some());
    let question = one(&["by friday"], "mood = \"question\"");
    assert!(quote(&question, "Can we sign by Friday?").is_some());
    assert!(quote(&question, "We sign by Friday.").is_none());
    let before = one(&["<percent> off"], "prev-unless = [\"discount\"]");
    assert!(quote_after(&before, "Is there a discount?", "You get 10% off.").is_none());
    assert!(quote_after(&before, "I'm not sure.", "You get 10% off.").is_some());
    let after = one(&["<percent> off"], "prev-needs = [\"not sure\"]");
    assert!(quote_after(&after, "I'm not sure.", "You get 10% off.").is_some());
    assert!(quote(&after, "You get 10% off.").is_none());
}

#[test]
fn contexts_are_rejected_unless_the_rule_says_otherwise() {
    let plain = one(&["sign today"], "");
    for text in [
        "You don't have to sign today",
        "There is no need to sign today",
        "He said to just sign today",
        "The last vendor told us sign today or lose it",
        "If someone told you to sign today, walk away",
        "Do you feel you have to sign today",
        "The phrase sign today is not in our scripts",
        "The poster read \"sign today and save\"",
    ] {
        assert_eq!(quote(&plain, text), None, "{text}");
    }
    for text in
        ["You should not wait, sign today", "I said \"sign today\" and I mean it", "No, sign today"]
    {
        assert!(quote(&plain, text).is_some(), "{text}");
    }
    let allowed = one(&["sign today"], "negated = \"allow\"");
    assert!(quote(&allowed, "You don't have to sign today").is_some());
    let required = one(&["sign today"], "negated = \"require\"");
    assert!(quote(&required, "Sign today").is_none());
    assert!(quote(&required, "You don't have to sign today").is_some());
}

#[test]
fn weak_cues_count_together_and_the_role_decides_who_is_judged() {
    let weak = lexicon(
        "behaviour = \"pressure\"\n\
         [[rule]]\nid = \"a\"\nwhy = \"w\"\nweight = 0.5\nany = [\"hurry\"]\n\
         [[rule]]\nid = \"b\"\nwhy = \"w\"\nweight = 0.5\nany = [\"friday\"]\n",
    );
    let score =
        |role, text| weak.score_text(role, "", text).first().map_or(0.0, |scored| scored.score);
    let found = |role, text| weak.label(&[Said { role, prev: "", text }])[0].labels.len();
    assert_eq!(found(Role::Seller, "hurry"), 0);
    assert_eq!(found(Role::Seller, "hurry, friday"), 1);
    assert_eq!(found(Role::Unknown, "hurry, friday"), 0, "more is asked where the role is unknown");
    assert!((score(Role::Seller, "hurry, friday") - 0.75).abs() < 1e-6);
    assert_eq!(found(Role::Buyer, "hurry, friday") + found(Role::Leader, "hurry, friday"), 0);
    let known = one(&["sign today"], "role = \"known\"");
    assert!(known.score_text(Role::Unknown, "", "sign today").is_empty());
    assert!(
        Role::Seller.judged_on(Axis::Selling)
            && !known.score_text(Role::Seller, "", "sign today").is_empty()
    );
}

#[test]
fn later_files_add_override_and_disable() {
    let base = "behaviour = \"pressure\"\n[[rule]]\nid = \"a\"\nwhy = \"first\"\nweight = 0.9\nany = [\"hurry\"]\n";
    let over = base.replace("first", "second").replace("hurry", "rush");
    let file = |text: &str, path: &str| LexiconFile { path: path.into(), text: text.into() };
    let both =
        Lexicon::with_files(&[file(base, "1.toml"), file(&over, "2.toml")]).expect("two files");
    assert_eq!(both.rule("pressure.a").map(|rule| rule.why.as_str()), Some("second"));
    let none =
        Lexicon::with_files(&[file(base, "1.toml"), file("disable = [\"pressure.a\"]", "2.toml")])
            .expect("two");
    assert!(none.rule("pressure.a").is_none());
    let wrong =
        Lexicon::with_files(&[file(base, "1.toml"), file("disable = [\"pressure.aa\"]", "2.toml")]);
    let error = wrong.expect_err("an unknown rule");
    assert_eq!((error.path.as_str(), error.line, error.column), ("2.toml", 1, 12));
    assert!(error.to_string().contains("did you mean `pressure.a`?"), "{error}");
    assert_ne!(both.hash(), none.hash());
}

#[test]
fn faults_in_patterns_are_shown_under_a_caret_with_what_is_valid() {
    let fault = |pattern: &str| {
        let toml = format!(
            "behaviour = \"pressure\"\n[sets]\nclosers = [\"sign\"]\n[[rule]]\nid = \"r\"\nwhy = \"w\"\nweight = 0.9\nany = [\"{pattern}\"]\n"
        );
        let error = try_lexicon(&toml).expect_err(pattern);
        assert_eq!(error.line, 9, "{error}");
        (error.column, error.to_string())
    };
    let (column, shown) = fault("please {closer} it");
    assert_eq!(column, 16);
    assert!(shown.contains("did you mean {closers}?") && shown.contains("^^^^^^^^"), "{shown}");
    assert!(fault("<mony> off").1.contains("money"));
    assert!(fault("(a|b").1.contains("never closed"));
    assert!(fault("a) b").1.contains("unmatched"));
    assert!(fault("a||b").1.contains("nothing stands here"));
    assert!(fault("a ..40 b").1.contains("1 to 12"));
    assert!(fault("a, b").1.contains("does not belong"));
    assert!(fault("a - b").1.contains("does not belong"));
    assert!(fault("a\u{a0}\u{3000}, b").1.contains("does not belong"));
    assert!(fault("a? (b|c)?").1.contains("optional"));
    assert!(fault("go (now|days?)").1.contains("may be nothing"));
    assert!(fault("_ _").1.contains("no word or class"));
    assert!(fault(&"(a|b c) ".repeat(60)).1.contains("split it"));
    assert!(fault(&"(".repeat(40)).1.contains("nested too deep"));
}

#[test]
fn a_missing_or_misspelt_key_is_an_error_with_its_place() {
    let error = try_lexicon(
        "behaviour = \"presure\"\n[[rule]]\nid = \"r\"\nwhy = \"w\"\nweight = 0.5\nany = [\"a\"]\n",
    );
    assert!(error.expect_err("a typo").to_string().contains("did you mean `pressure`?"));
    let error = try_lexicon(
        "behaviour = \"pressure\"\n[[rule]]\nid = \"r\"\nwhy = \"w\"\nwieght = 0.5\nany = [\"a\"]\n",
    );
    let error = error.expect_err("a typo");
    assert_eq!((error.line, error.column), (6, 1));
    assert!(error.to_string().contains("did you mean `weight`?"), "{error}");
    let error = try_lexicon(
        "behaviour = \"pressure\"\n[[rule]]\nid = \"r\"\nwhy = \"w\"\nweight = 1.5\nany = [\"a\"]\n",
    );
    assert!(error.expect_err("too heavy").message.contains("at most 1"));
}

#[test]
fn what_the_triggers_find_is_what_trying_everything_finds() {
    let lexicon = Lexicon::builtin().unwrap_or_else(|error| panic!("{error}"));
    let mut search = Search::default();
    for example in lexicon.rules().iter().flat_map(|rule| rule.hits.iter().chain(&rule.misses)) {
        let document = Document::of_text(example);
        let mut turn = Turn::default();
        for utterance in &document.utterances {
            let heard = turn.hear(&lexicon, example, &document, utterance).heard;
            let automaton = |pattern| lexicon.automaton(pattern);
            let found = lexicon.rule_triggers.find(heard, automaton, &mut search);
            let mut expected = Vec::new();
            for (at, pattern) in lexicon.patterns.iter().enumerate() {
                if !matches!(pattern.owner, Owner::Rule(_, Part::Any)) {
                    continue;
                }
                let mut all = pattern.automaton.all(heard);
                all.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
                all.dedup_by_key(|range| range.start);
                expected.extend(all.into_iter().map(|range| (at, range)));
            }
            let found: Vec<_> = found
                .iter()
                .map(|m| (m.pattern as usize, m.start as usize..m.end as usize))
                .collect();
            assert_eq!(found, expected, "{example}");
        }
    }
}

#[test]
fn what_someone_says_who_is_not_judged_is_heard_by_the_answer_alone() {
    let rule = one(&["<percent> off"], "prev-needs = [\"not sure\"]");
    let mut builder = TranscriptBuilder::new();
    let [ana, bo] = ["Ana", "Bo"].map(|name| builder.speaker(name));
    for (who, text) in [
        (bo, "I am not sure. I wanted 20% off."),
        (ana, "Fine, 10% off."),
        (bo, "Not sure. 15% off."),
        (ana, "Well."),
        (bo, "Hm."),
        (ana, "Then 5% off."),
    ] {
        builder.say(who, Timing::default(), &Fragment::unplaced(text));
    }
    let call = builder.finish("test", Kind::Speech, TimeResolution::None);
    let document = Document::new(&call);
    let roles = [Role::Seller, Role::Buyer, Role::Unknown];
    let found = rule.detect(&call, &document, &roles);
    let found = found.iter().map(|finding| &call.turns[finding.turn].text[finding.span.clone()]);
    assert_eq!(found.collect::<Vec<_>>(), ["10% off"]);
}

#[test]
fn no_rule_matches_without_a_token_that_opens_one() {
    let lexicon = Lexicon::builtin().unwrap_or_else(|error| panic!("{error}"));
    for lexicon in [&lexicon, lexicon.retractions.as_deref().expect("rules that take back")] {
        for example in lexicon.rules().iter().flat_map(|rule| &rule.hits) {
            let document = Document::of_text(example);
            assert!(lexicon.may_match(&document.tokens, Reaches::Near), "{example}");
        }
    }
    let money = one(&["<money>"], "");
    assert!(money.may_match(&Document::of_text("For $40.").tokens, Reaches::Near));
    assert!(!money.may_match(&Document::of_text("for nothing").tokens, Reaches::Near));
}
