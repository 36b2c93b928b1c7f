//! The lexicon and the classifier as one detector.
//!
//! A window of a turn goes through both; for each behaviour a logistic stacker makes one probability
//! of what they say. A rule that matched speaks for the behaviour; one that its context rejected, as
//! in a negation or someone else's words, may speak against it, never for it. Findings carry what either of the two
//! saw, so that it shows where they disagree.

use std::ops::Range;
use std::sync::Arc;

use crate::classifier::calibration::logistic;
use crate::classifier::folder::Heads;
use crate::classifier::{Classifier, Heard};
use crate::detector::Detector;
use crate::finding::{Evidence, Finding};
use crate::labels::{Labeller, Labelling, Said};
use crate::lexicon::{Cue, Lexicon, Scored, UtteranceHeard};
use crate::taxonomy::{Behaviour, Role};
use crate::text::{Document, Window};
use crate::transcript::Transcript;

/// Lexicon and classifier together.
pub struct Both {
    lexicon: Arc<Lexicon>,
    classifier: Arc<Classifier>,
}

impl Both {
    /// The two as one.
    pub fn new(lexicon: Arc<Lexicon>, classifier: Arc<Classifier>) -> Both {
        Both { lexicon, classifier }
    }

    /// The fused probability of a behaviour, and whether it is enough in this role.
    fn judge(&self, behaviour: Behaviour, role: Role, log_odds: f32, cue: Cue) -> (f32, bool) {
        let heads = self.classifier.heads();
        let score = heads.fusion.probability(log_odds, cue);
        (score, score >= heads.behaviours[behaviour.index()].both.of(role))
    }

    /// The findings of one behaviour in one window: one for each utterance in which a rule matched, or
    /// if none did, one that is yet to be located.
    fn found<'a>(
        &self,
        heard: &'a Heard,
        behaviour: Behaviour,
        window: &'a [UtteranceHeard],
    ) -> Option<Found<'a>> {
        let at = behaviour.index();
        let matches: Vec<&Scored> = window
            .iter()
            .flat_map(|utterance| &utterance.scored)
            .filter(|scored| scored.behaviour == behaviour)
            .collect();
        let cue = Cue {
            score: matches.iter().map(|scored| scored.score).reduce(f32::max),
            rejected: window.iter().any(|utterance| utterance.rejected.contains(&behaviour)),
        };
        let (score, enough) = self.judge(behaviour, heard.role, heard.log_odds[at], cue);
        let judged = heard.role.judged_on(behaviour.axis());
        (judged && enough).then_some(Found { heard, behaviour, score, matches })
    }
}

struct Found<'a> {
    heard: &'a Heard,
    behaviour: Behaviour,
    score: f32,
    matches: Vec<&'a Scored>,
}

/// What a finding rests on: the rules that matched, and the classifier where it would have found the
/// behaviour alone. Where neither would, the classifier's probability is all there is.
fn evidence(
    heads: &Heads,
    behaviour: Behaviour,
    role: Role,
    score: f32,
    rules: &mut Vec<Evidence>,
) {
    let alone = heads.behaviours[behaviour.index()].classifier.threshold.of(role);
    if rules.is_empty() || score >= alone {
        rules.push(Evidence::Classifier { score });
    }
}

impl Found<'_> {
    fn finding(&self, heads: &Heads, span: Range<usize>, by: Option<&Scored>) -> Finding {
        let mut evidence = by.map_or(Vec::new(), |scored| scored.evidence.clone());
        let score = logistic(self.heard.log_odds[self.behaviour.index()]);
        self::evidence(heads, self.behaviour, self.heard.role, score, &mut evidence);
        Finding {
            turn: self.heard.turn,
            span,
            behaviour: self.behaviour,
            score: self.score,
            evidence,
            instead: by.map_or(String::new(), |scored| scored.instead.clone()),
            taken_back: None,
        }
    }
}

impl Detector for Both {
    fn detect(&self, transcript: &Transcript, document: &Document, roles: &[Role]) -> Vec<Finding> {
        let heads = self.classifier.heads();
        let words = self.lexicon.hear(transcript, document, roles);
        let words_of = |turn: usize, window: &Window| {
            let first = document.turns[turn].utterances.start as usize;
            &words[first..][window.utterances.clone()]
        };
        // Where a rule spoke, the network is asked whatever the words look like.
        let heard = self.classifier.hear(transcript, document, roles, |turn, window| {
            let mut words = words_of(turn, window).iter();
            words.any(|heard| !heard.scored.is_empty() || !heard.rejected.is_empty())
        });
        let found: Vec<_> = heard
            .iter()
            .flat_map(|heard| {
                let window = words_of(heard.turn, &heard.window);
                Behaviour::all().filter_map(|behaviour| self.found(heard, behaviour, window))
            })
            .collect();
        let unplaced: Vec<_> = found.iter().filter(|found| found.matches.is_empty()).collect();
        let wanted: Vec<_> = unplaced.iter().map(|found| (found.heard, found.behaviour)).collect();
        let spans = self.classifier.locate(transcript, document, &wanted);
        let placed = found.iter().flat_map(|found| {
            let place = |scored: &&Scored| found.finding(heads, scored.span.clone(), Some(scored));
            found.matches.iter().map(place)
        });
        let located =
            unplaced.iter().zip(spans).map(|(found, span)| found.finding(heads, span, None));
        placed.chain(located).collect()
    }
}

impl Labeller for Both {
    fn name(&self) -> &str {
        "both"
    }

    fn label(&self, said: &[Said]) -> Vec<Labelling> {
        let words = self.lexicon.label(said);
        let cues = self.lexicon.cues_of(said);
        let heard = self.classifier.log_odds(said);
        let all = said.iter().zip(words).zip(cues).zip(heard);
        all.map(|(((said, words), cues), log_odds)| {
            let mut labelling = Labelling::default();
            for behaviour in Behaviour::all() {
                let at = behaviour.index();
                let (score, enough) = self.judge(behaviour, said.role, log_odds[at], cues[at]);
                labelling.scores[at] = score;
                if enough {
                    labelling.labels.push(behaviour);
                    let rules = words.evidence.iter().filter(|(of, _)| *of == behaviour);
                    let mut seen: Vec<_> = rules.map(|(_, rule)| rule.clone()).collect();
                    let score = logistic(log_odds[at]);
                    evidence(self.classifier.heads(), behaviour, said.role, score, &mut seen);
                    labelling.evidence.extend(seen.into_iter().map(|seen| (behaviour, seen)));
                }
            }
            labelling.judged(said.role)
        })
        .collect()
    }
}
