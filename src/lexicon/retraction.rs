//! Words that take back what was said: "scratch that, no rush at all".
//!
//! They are rules like others (`lexicons/retractions.toml`), with `takes-back` in place of something to
//! find. A finding that the same speaker takes back later stays, since it was said, and weighs less.

use rustc_hash::FxHashMap;

use super::Lexicon;
use super::scan::Scanner;
use super::schema::Reaches;
use crate::detector::role_of;
use crate::finding::{Finding, TakenBack};
use crate::taxonomy::Role;
use crate::text::Document;
use crate::transcript::Transcript;

impl Lexicon {
    /// Marks the findings that their speaker takes back later; of several such words, the first.
    /// `roles` is as in [`crate::detector::Detector::detect`].
    pub fn take_back(
        &self,
        transcript: &Transcript,
        document: &Document,
        roles: &[Role],
        findings: &mut [Finding],
    ) {
        let Some(rules) = &self.retractions else { return };
        let Some(first) = findings.iter().map(|finding| finding.turn).min() else { return };
        let mut found_in = vec![false; transcript.turns.len()];
        for finding in findings.iter() {
            if let Some(found) = found_in.get_mut(finding.turn) {
                *found = true;
            }
        }
        // The last turn of each speaker.
        let mut last = FxHashMap::default();
        let text = |turn: usize| transcript.turns[turn].text.as_str();
        let mut scanner = Scanner::new(rules, document, text);
        let turns = transcript.turns.iter().enumerate().skip(first);
        let utterances = turns.flat_map(|(turn, said)| {
            let near = last.insert(said.speaker, turn).unwrap_or(turn);
            let judged = role_of(roles, said.speaker).judged();
            let there = if judged { document.utterances_of(turn) } else { &[] };
            there.iter().map(move |utterance| (turn, near, said.speaker, utterance))
        });
        for (turn, near, speaker, utterance) in utterances {
            let reaches =
                if found_in[turn] || found_in[near] { Reaches::Near } else { Reaches::Call };
            // Few utterances have a word that such a rule hangs on.
            if !rules.may_match(document.tokens_of(utterance), reaches) {
                continue;
            }
            for hit in scanner.scan(utterance) {
                let rule = &rules.rules[hit.rule];
                if hit.rejected.is_some() {
                    continue;
                }
                let near = match rule.conditions.reaches {
                    Reaches::Call => 0,
                    Reaches::Near => near,
                };
                for finding in findings.iter_mut().filter(|finding| finding.taken_back.is_none()) {
                    let theirs = transcript.turns.get(finding.turn).map(|turn| turn.speaker);
                    let before = (finding.turn, finding.span.start) < (turn, hit.span.start);
                    if theirs == Some(speaker)
                        && before
                        && finding.turn >= near
                        && rule.takes_back.contains(&finding.behaviour)
                    {
                        let (span, weight) = (hit.span.clone(), rule.weight);
                        finding.taken_back = Some(TakenBack { turn, span, weight });
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::detector::Detector;
    use crate::transcript::{Fragment, Kind, TimeResolution, Timing, TranscriptBuilder};

    /// What stays and what is taken back of a call in which speaker 0 sells.
    fn taken(lines: &[(usize, &str)]) -> Vec<(&'static str, Option<String>)> {
        let mut builder = TranscriptBuilder::new();
        let speakers = [builder.speaker("Ana"), builder.speaker("Bo")];
        for (who, text) in lines {
            builder.say(speakers[*who], Timing::default(), &Fragment::unplaced(*text));
        }
        let call = builder.finish("test", Kind::Speech, TimeResolution::None);
        let document = Document::new(&call);
        let roles = [Role::Seller, Role::Seller, Role::Unknown];
        let lexicon = Lexicon::builtin().expect("rules");
        let mut findings = lexicon.detect(&call, &document, &roles);
        lexicon.take_back(&call, &document, &roles, &mut findings);
        let words = |taken: TakenBack| call.turns[taken.turn].text[taken.span].to_owned();
        let told = findings.into_iter().map(|f| (f.behaviour.id(), f.taken_back.map(words)));
        told.collect()
    }

    const PUSH: &str = "You need to sign today or the price goes up tomorrow.";

    #[test]
    fn a_push_is_taken_back_by_its_speaker_and_by_no_one_else() {
        let own = taken(&[
            (0, PUSH),
            (1, "Oh."),
            (0, "Sorry, scratch that. Take all the time you need."),
        ]);
        let pressure = own.iter().find(|(id, _)| *id == "pressure").expect("pressure");
        assert_eq!(pressure.1.as_deref(), Some("scratch that"));
        let other = taken(&[(0, PUSH), (1, "Scratch that."), (0, "Well.")]);
        assert!(other.iter().all(|(_, taken)| taken.is_none()), "{other:?}");
    }

    #[test]
    fn what_comes_after_is_not_taken_back() {
        let again = taken(&[(0, "Scratch that, there is no deadline."), (1, "Good."), (0, PUSH)]);
        assert!(again.iter().any(|(id, taken)| *id == "pressure" && taken.is_none()), "{again:?}");
    }

    #[test]
    fn a_correction_reaches_what_was_just_said_and_a_withdrawal_the_whole_call() {
        let far =
            [(0, PUSH), (1, "Oh."), (0, "So, the van."), (1, "Yes."), (0, "It has three seats.")];
        let with = |last: &'static str| taken(&[far.as_slice(), &[(1, "Ok."), (0, last)]].concat());
        let pressure = |found: &[(&'static str, Option<String>)]| {
            found.iter().find(|(id, _)| *id == "pressure").and_then(|(_, taken)| taken.clone())
        };
        assert_eq!(pressure(&with("Scratch that, five seats.")), None);
        assert!(pressure(&with("Forget the deadline I gave you.")).is_some());
    }
}
