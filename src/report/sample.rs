//! Reports for the writers' tests, made the way real ones are made, with a detector that knows
//! its phrases by heart.

use crate::detector::{Detector, role_of};
use crate::engine::{AnalyzeOptions, Engine};
use crate::finding::{Evidence, Finding};
use crate::taxonomy::{Behaviour, Role};
use crate::text::Document;
use crate::transcript::{
    Fragment, Kind, Millis, Source, TimeResolution, Timing, Transcript, TranscriptBuilder,
};

use super::Report;

/// Finds phrases: the behaviour, its score, the words, what to say instead.
pub(crate) struct Phrases(pub Vec<(&'static str, f32, &'static str, &'static str)>);

impl Detector for Phrases {
    fn detect(&self, transcript: &Transcript, _: &Document, roles: &[Role]) -> Vec<Finding> {
        let mut findings = Vec::new();
        for (turn, said) in transcript.turns.iter().enumerate() {
            for (id, score, phrase, instead) in &self.0 {
                let behaviour = Behaviour::from_id(id).expect("a behaviour");
                let judged = role_of(roles, said.speaker).judged_on(behaviour.axis());
                for (at, _) in said.text.match_indices(phrase).filter(|_| judged) {
                    findings.push(Finding {
                        turn,
                        span: at..at + phrase.len(),
                        behaviour,
                        score: *score,
                        evidence: vec![Evidence::Lexicon {
                            rule: format!("{id}.sample"),
                            weight: *score,
                        }],
                        instead: (*instead).to_owned(),
                        taken_back: None,
                    });
                }
            }
        }
        findings
    }
}

/// The phrases of the samples.
pub(crate) fn phrases() -> Phrases {
    Phrases(vec![
        (
            "price-push",
            0.94,
            "What if I knock another fifteen percent off right now?",
            "Hold the price and ask what the hesitation is about.",
        ),
        (
            "pressure",
            0.91,
            "If we can't get ink on this by Friday the number goes away.",
            "Ask when a decision would suit them, and work back from their date.",
        ),
        (
            "dismissing",
            0.8,
            "That's not really an issue, everybody says that at first.",
            "Take the worry up: what would have to be true for it to go away?",
        ),
        ("strengthen-others", 0.9, "There's no rush on my side.", ""),
        ("experiment", 0.88, "Let's try it with one branch for two weeks", ""),
        ("set-example", 0.85, "that's on me", ""),
        ("clarify-values", 0.8, "what has to be true for this to feel right to your team?", ""),
        ("shut-down", 0.9, "Let's not relitigate this.", "Ask what still bothers people."),
        ("swaying", 0.85, "get the engineers bought in before Thursday", "Ask what they want."),
        ("shared-ownership", 0.9, "team picks approach", ""),
    ])
}

/// A source of that name.
pub(crate) fn source(name: &str, text: &str) -> Source {
    let (sha256, warnings) = ("0".repeat(64), Vec::new());
    let text = text.to_owned();
    Source { name: name.to_owned(), text, is_unwrapped: false, sha256, warnings }
}

const CALL: &str = "\
Dana Reyes|Hi Sam, good to see you. I told you Tuesday and it slipped; that's on me, here it is.
Sam Ortiz|Thanks. We did look at it, and the branch managers worry about the night shift.
Dana Reyes|That's not really an issue, everybody says that at first. What if I knock another fifteen percent off right now?
Sam Ortiz|It is not about the price. It is about whether people will use it at two in the morning.
Dana Reyes|Fair. Before any product talk: what has to be true for this to feel right to your team?
Sam Ortiz|They would have to see it work in one place before anyone tells them it works.
Dana Reyes|Let's try it with one branch for two weeks, and stop if it doesn't help. There's no rush on my side.
Sam Ortiz|Good. Could you send that as a one-page plan?
Dana Reyes|I will. One more thing. If we can't get ink on this by Friday the number goes away.
Sam Ortiz|Then it goes away. I have to talk to the night team first.";

/// A call in which a seller does both, in milliseconds.
pub(crate) fn call_transcript() -> (Source, Transcript) {
    let source = source("calls/ortiz-second-call.vtt", CALL);
    let mut builder = TranscriptBuilder::new();
    let (mut line_start, mut clock) = (0, 2_000);
    for line in CALL.split('\n') {
        let name_end = line.find('|').unwrap_or(0);
        let speaker = builder.speaker(&line[..name_end]);
        let words = line.split(' ').count() as i64;
        let timing = Timing::new(Some(Millis(clock)), Some(Millis(clock + words * 400)));
        let text = line_start + name_end + 1..line_start + line.len();
        builder.say(speaker, timing, &Fragment::slice(CALL, text));
        clock += words * 400 + 700;
        line_start += line.len() + 1;
    }
    (source, builder.finish("webvtt-zoom", Kind::Speech, TimeResolution::Millis))
}

/// An engine with the samples' detector.
pub(crate) fn engine() -> Engine {
    let engine = Engine::builder().detector(phrases());
    engine.build().expect("the compiled-in data is valid")
}

/// The options with these roles.
pub(crate) fn options(roles: &[&str]) -> AnalyzeOptions {
    let mut options = AnalyzeOptions::default();
    for spec in roles {
        options.roles.give_spec(spec).expect("a valid role");
    }
    options
}

/// The report of a call with both roles given.
pub(crate) fn call() -> Report {
    let (source, transcript) = call_transcript();
    engine().judge(&source, transcript, &options(&["dana reyes=seller", "sam ortiz=buyer"]))
}

/// The report of a note without speakers or times.
pub(crate) fn note() -> Report {
    const TEXT: &str = "Rollout notes\nLet's not relitigate this.\nWe have to get the engineers \
                        bought in before Thursday.\nDana to own rollout; team picks approach.";
    let mut builder = TranscriptBuilder::new();
    let mut at = 0;
    for line in TEXT.split('\n') {
        builder.block(None, &Fragment::slice(TEXT, at..at + line.len()));
        at += line.len() + 1;
    }
    let transcript = builder.finish("markdown", Kind::Notes, TimeResolution::None);
    engine().judge(&source("notes/rollout.md", TEXT), transcript, &AnalyzeOptions::default())
}

/// The report of a call in which nothing was found and nobody's role is known.
pub(crate) fn quiet() -> Report {
    let mut builder = TranscriptBuilder::new();
    for (name, text) in [("Ida", "The meeting is at ten."), ("Ole", "Ten it is, in room four.")] {
        let speaker = builder.speaker(name);
        builder.say(speaker, Timing::default(), &Fragment::unplaced(text));
    }
    let transcript = builder.finish("gong", Kind::Speech, TimeResolution::None);
    engine().judge(&source("quiet.json", ""), transcript, &AnalyzeOptions::default())
}
