//! The lexicon: rules that hear known wordings of the behaviours, and the engine that runs them.
//!
//! Rules are data: one TOML file a behaviour under `lexicons/`, compiled into the program, in a
//! one-line [pattern language](pattern). Every match carries its context (negation, reported speech and
//! the like, also data); a match that a context rejects is kept for `explain`, never silently gone.

mod automaton;
mod context;
mod examples;
mod explain;
mod glushkov;
mod hearing;
mod inflect;
mod load;
pub mod package;
pub mod pattern;
mod retraction;
mod scan;
mod schema;
mod stored;
#[cfg(test)]
mod tests;
mod triggers;
mod vocabulary;
mod when;
pub mod wording;

use std::cell::OnceCell;
use std::ops::Range;
use std::sync::OnceLock;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use crate::detector::{Detector, role_of};
use crate::finding::{Evidence, Finding};
use crate::labels::{Labeller, Labelling, Said};
use crate::taxonomy::{Behaviour, Role};
use crate::text::{Document, Token, Utterance};
use crate::transcript::Transcript;
use automaton::Automaton;
pub use examples::{Failure, Mutant, TestReport};
pub use explain::{Explanation, RuleTrace};
pub use load::LexiconFile;
use scan::Scanner;
use schema::StopsAt;
pub use schema::{Context, MoodCondition, Policy, Reaches, RoleCondition};
use triggers::{Openings, Triggers};
use vocabulary::{Vocabulary, WordId};
use when::{Place, Places, When};

/// The score that a behaviour needs to be found in what someone in this role says.
///
/// A false alarm costs more trust than a miss, so even odds are not enough: at 0.7 the tuning authors'
/// false alarms are half of what they are at 0.5, for a tenth of the recall. Where the role is not known,
/// most of what is said is ordinary talk, in which every behaviour is several times rarer, so the same
/// wording is less to go by and more is asked of it.
pub fn threshold(role: Role) -> f32 {
    match role {
        Role::Unknown => 0.8,
        _ => 0.7,
    }
}

/// What is said of a behaviour that no rule sees: about how often an utterance of judged speech has
/// it all the same.
pub const SILENT: f32 = 0.02;

/// A rule, compiled; what lists and reports show of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Rule {
    /// `behaviour.name`, stable.
    pub id: String,
    /// What it finds.
    pub behaviour: Behaviour,
    /// Why this wording shows the behaviour.
    pub why: String,
    /// How often a match is right, from 0 to 1.
    pub weight: f32,
    /// What to say instead; empty for behaviours that build.
    pub instead: String,
    /// The patterns, as written.
    pub patterns: Vec<String>,
    /// The `unless` patterns, as written.
    pub unless: Vec<String>,
    /// The `needs` patterns, as written.
    pub needs: Vec<String>,
    /// The `prev-unless` patterns, as written.
    pub prev_unless: Vec<String>,
    /// The `prev-needs` patterns, as written.
    pub prev_needs: Vec<String>,
    /// The file that it comes from.
    pub path: String,
    /// Utterances that it must hear.
    pub hits: Vec<String>,
    /// Utterances that it must not.
    pub misses: Vec<String>,
    /// What it takes back; empty for rules that find.
    pub takes_back: Vec<Behaviour>,
    conditions: Conditions,
}

impl Rule {
    /// What else must hold beside the patterns, a phrase each, for people.
    pub fn conditions(&self) -> Vec<String> {
        let Conditions { mood, role, when, reaches, policies } = &self.conditions;
        let mut all = Vec::new();
        match (self.takes_back.as_slice(), reaches) {
            ([], _) => {}
            (_, Reaches::Near) => all.push("what the speaker just said".to_owned()),
            (_, Reaches::Call) => all.push("all that the speaker said before".to_owned()),
        }
        all.extend(when.map(When::describe));
        match mood {
            Some(MoodCondition::Statement) => all.push("no question".to_owned()),
            Some(MoodCondition::Question) => all.push("a question".to_owned()),
            Some(MoodCondition::OpenQuestion) => all.push("an open question".to_owned()),
            None => {}
        }
        if *role == Some(RoleCondition::Known) {
            all.push("the speaker's role is known".to_owned());
        }
        for context in Context::ALL {
            match policies[context as usize] {
                Policy::Reject => {}
                Policy::Allow => all.push(format!("also where {}", context.id())),
                Policy::Require => all.push(format!("only where {}", context.id())),
            }
        }
        all
    }
}

/// The conditions of a rule beyond its patterns.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Conditions {
    mood: Option<MoodCondition>,
    role: Option<RoleCondition>,
    when: Option<When>,
    reaches: Reaches,
    policies: [Policy; Context::ALL.len()],
}

/// The role of a pattern in its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
enum Part {
    /// What the rule looks for.
    Any,
    Unless,
    Needs,
    PrevUnless,
    PrevNeeds,
}

/// The patterns of a rule: where those of each part begin among all, and where the last end.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct RulePatterns([u32; 6]);

impl RulePatterns {
    fn of(self, part: Part) -> Range<u32> {
        self.0[part as usize]..self.0[part as usize + 1]
    }
}

/// Where a cue stands to what it rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum CueSide {
    Before,
    After,
    Pseudo,
    Until,
}

/// Whose pattern it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
enum Owner {
    Rule(u32, Part),
    Cue(Context, CueSide),
    OwnSpeech,
}

impl Owner {
    fn rule(self) -> Option<usize> {
        match self {
            Owner::Rule(rule, _) => Some(rule as usize),
            Owner::Cue(..) | Owner::OwnSpeech => None,
        }
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct CompiledPattern {
    automaton: Automaton,
    owner: Owner,
}

#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
struct Reach {
    within: usize,
    stops_at: StopsAt,
}

/// A compiled set of rules. Cheap to share between threads; never changes once made.
#[derive(Debug, Clone)]
pub struct Lexicon {
    rules: Vec<Rule>,
    /// Those of one rule side by side in the order of [`Part`], those of the contexts last.
    patterns: Vec<CompiledPattern>,
    patterns_of: Vec<RulePatterns>,
    vocabulary: Vocabulary,
    /// What rules look for, and what contexts do.
    rule_triggers: Triggers,
    cue_triggers: Triggers,
    lead_ins: Vec<WordId>,
    contexts: [Reach; Context::ALL.len()],
    /// What to say instead of each behaviour, where its rules know nothing better.
    instead: Vec<String>,
    hash: String,
    /// What it was compiled from; that of a stored one is read when somebody asks.
    parts: OnceLock<load::Parts>,
    /// The rules that take findings back, on their own.
    retractions: Option<Box<Lexicon>>,
    /// What starts any rule, and what one that reaches the whole call; made when somebody asks.
    openings: OnceLock<[Openings; 2]>,
}

impl Lexicon {
    /// All rules, in the order of the taxonomy and then of their files.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The rules that take findings back.
    pub fn retractions(&self) -> &[Rule] {
        self.retractions.as_ref().map_or(&[], |lexicon| lexicon.rules())
    }

    fn automaton(&self, pattern: u32) -> &Automaton {
        &self.patterns[pattern as usize].automaton
    }

    /// The rule with this identifier.
    pub fn rule(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().chain(self.retractions()).find(|rule| rule.id == id)
    }

    /// SHA-256 over all files that the lexicon was made of, in hex.
    pub fn hash(&self) -> &str {
        &self.hash
    }

    /// Whether a rule that reaches so far may match among these tokens.
    fn may_match(&self, tokens: &[Token], reaches: Reaches) -> bool {
        let make = |least: Reaches| {
            let of = |pattern: u32| {
                let rule = self.patterns[pattern as usize].owner.rule();
                rule.is_some_and(|rule| self.rules[rule].conditions.reaches >= least)
            };
            self.rule_triggers.openings(&self.vocabulary, of)
        };
        let openings = self.openings.get_or_init(|| [Reaches::Near, Reaches::Call].map(make));
        tokens.iter().any(|token| openings[reaches as usize].may_have(token))
    }

    fn parts(&self) -> &load::Parts {
        self.parts.get_or_init(|| {
            let [rules, retractions] = load::builtin_parts();
            if self.retractions.is_some() { rules } else { retractions }
        })
    }

    /// What the rules say of each utterance of a document, in order. `roles` is as in
    /// [`Detector::detect`].
    pub fn hear(
        &self,
        transcript: &Transcript,
        document: &Document,
        roles: &[Role],
    ) -> Vec<UtteranceHeard> {
        let mut all = Vec::with_capacity(document.utterances.len());
        self.scan(transcript, document, roles, |_, _, hits, verdicts| {
            let rejected = hits.iter().filter(|hit| hit.rejected.is_some());
            all.push(UtteranceHeard {
                rejected: rejected.map(|hit| self.rules[hit.rule].behaviour).collect(),
                scored: verdicts.into_iter().map(|verdict| self.tell(verdict)).collect(),
            });
        });
        all
    }

    /// Goes through all utterances in order, and hands each on with its hits and what they come to. What people
    /// say who are not judged is passed over.
    fn scan(
        &self,
        transcript: &Transcript,
        document: &Document,
        roles: &[Role],
        mut with: impl FnMut(Role, &Utterance, &[scan::Hit], Vec<Verdict>),
    ) {
        let text = |turn: usize| transcript.turns[turn].text.as_str();
        let mut scanner = Scanner::new(self, document, text);
        let places = OnceCell::new();
        let place_of = |utterance: &Utterance| {
            let places = places.get_or_init(|| Places::new(transcript, document));
            places.of(transcript, utterance)
        };
        for (at, turn) in transcript.turns.iter().enumerate() {
            let role = role_of(roles, turn.speaker);
            for utterance in document.utterances_of(at) {
                let hits = if role.judged() { scanner.scan(utterance) } else { Vec::new() };
                let place = || Some(place_of(utterance));
                let verdicts = self.judge(&hits, role, place);
                with(role, utterance, &hits, verdicts);
            }
        }
    }

    /// What to say instead of a behaviour; empty for those that build.
    pub fn instead(&self, behaviour: Behaviour) -> &str {
        &self.instead[behaviour.index()]
    }

    /// What the rules say of a single text, given what was said just before: for each behaviour with
    /// any evidence its score and evidence, whether or not it reaches the [`threshold`] and
    /// whatever the role is judged on. A text of several utterances has what any of them has.
    pub fn score_text(&self, role: Role, prev: &str, text: &str) -> Vec<Scored> {
        let mut best: Vec<Scored> = Vec::new();
        for (_, hits) in self.exchange(prev, text, &Document::of_turns([prev, text])) {
            for verdict in self.judge(&hits, role, || None) {
                let scored = self.tell(verdict);
                match best.iter_mut().find(|other| other.behaviour == scored.behaviour) {
                    Some(other) if other.score < scored.score => *other = scored,
                    Some(_) => {}
                    None => best.push(scored),
                }
            }
        }
        best.sort_by_key(|scored| scored.behaviour);
        best
    }

    /// What the rules say of each behaviour in a text, in short; see [`Lexicon::score_text`].
    pub fn cues(&self, Said { role, prev, text }: Said) -> [Cue; Behaviour::COUNT] {
        let mut cues = [Cue::default(); Behaviour::COUNT];
        for (_, hits) in self.exchange(prev, text, &Document::of_turns([prev, text])) {
            self.cue(&hits, role, &mut cues);
        }
        cues
    }

    /// The [`Lexicon::cues`] of many texts.
    pub fn cues_of(&self, said: &[Said]) -> Vec<[Cue; Behaviour::COUNT]> {
        said.par_iter().map(|said| self.cues(*said)).collect()
    }

    /// Adds the cues of one utterance's hits.
    fn cue(&self, hits: &[scan::Hit], role: Role, cues: &mut [Cue; Behaviour::COUNT]) {
        for hit in hits.iter().filter(|hit| hit.rejected.is_some()) {
            cues[self.rules[hit.rule].behaviour.index()].rejected = true;
        }
        for Verdict { behaviour, score, .. } in self.judge(hits, role, || None) {
            let cue = &mut cues[behaviour.index()];
            cue.score = Some(cue.score.map_or(score, |other| other.max(score)));
        }
    }

    /// The hits in each utterance of `text`, which answers `prev`; `document` holds the two.
    fn exchange<'d>(
        &self,
        prev: &str,
        text: &str,
        document: &'d Document,
    ) -> Vec<(&'d Utterance, Vec<scan::Hit>)> {
        let text = |turn: usize| if turn == 0 { prev } else { text };
        let mut scanner = Scanner::new(self, document, text);
        let answers = document.utterances_of(1).iter();
        answers.map(|utterance| (utterance, scanner.scan(utterance))).collect()
    }

    /// Joins the hits of one utterance to one verdict for each behaviour, by place. The rules are taken as
    /// independent witnesses: each leaves a doubt of one minus its weight. The strongest come first, so that
    /// the order in which rules were read does not show.
    fn judge(
        &self,
        hits: &[scan::Hit],
        role: Role,
        place: impl Fn() -> Option<Place>,
    ) -> Vec<Verdict> {
        let mut all: Vec<Verdict> = Vec::new();
        let mut hits: Vec<_> = hits.iter().filter(|hit| hit.rejected.is_none()).collect();
        hits.sort_by(|a, b| {
            let (a, b) = (&self.rules[a.rule], &self.rules[b.rule]);
            b.weight.total_cmp(&a.weight).then_with(|| a.id.cmp(&b.id))
        });
        for hit in hits {
            let rule = &self.rules[hit.rule];
            let Conditions { role: wanted, when, .. } = &rule.conditions;
            let role_fits = *wanted != Some(RoleCondition::Known) || role != Role::Unknown;
            if !role_fits || when.is_some_and(|when| !when.holds(place().as_ref())) {
                continue;
            }
            match all.iter_mut().find(|verdict| verdict.behaviour == rule.behaviour) {
                Some(verdict) => {
                    verdict.score = 1.0 - (1.0 - verdict.score) * (1.0 - rule.weight);
                    verdict.rules.push(hit.rule);
                }
                None => all.push(Verdict {
                    behaviour: rule.behaviour,
                    score: rule.weight,
                    span: hit.span.clone(),
                    rules: vec![hit.rule],
                }),
            }
        }
        all.sort_by_key(|verdict| (verdict.span.start, verdict.behaviour));
        all
    }

    /// A verdict in the words of its rules.
    fn tell(&self, verdict: Verdict) -> Scored {
        let Verdict { behaviour, score, span, rules } = verdict;
        let rules = || rules.iter().map(|rule| &self.rules[*rule]);
        let evidence = rules()
            .map(|Rule { id, weight, .. }| Evidence::Lexicon { rule: id.clone(), weight: *weight });
        let instead = rules().next().map(|rule| rule.instead.clone()).unwrap_or_default();
        Scored { behaviour, score, span, evidence: evidence.collect(), instead }
    }
}

/// What the hits in an utterance come to for one behaviour.
struct Verdict {
    behaviour: Behaviour,
    score: f32,
    /// What the strongest rule matched.
    span: Range<usize>,
    /// The strongest first.
    rules: Vec<usize>,
}

impl Detector for Lexicon {
    fn detect(&self, transcript: &Transcript, document: &Document, roles: &[Role]) -> Vec<Finding> {
        let mut findings = Vec::new();
        self.scan(transcript, document, roles, |role, utterance, _, verdicts| {
            let turn = utterance.turn as usize;
            let found = verdicts.into_iter().filter(|verdict| {
                verdict.score >= threshold(role) && role.judged_on(verdict.behaviour.axis())
            });
            findings.extend(found.map(|verdict| {
                let Scored { behaviour, score, span, evidence, instead } = self.tell(verdict);
                Finding { turn, span, behaviour, score, evidence, instead, taken_back: None }
            }));
        });
        findings
    }
}

impl Labeller for Lexicon {
    fn name(&self) -> &str {
        "lexicon"
    }

    fn label(&self, said: &[Said]) -> Vec<Labelling> {
        said.par_iter().map(|said| self.label_one(*said).judged(said.role)).collect()
    }
}

impl Lexicon {
    fn label_one(&self, Said { role, prev, text }: Said) -> Labelling {
        let mut labelling =
            Labelling { scores: [SILENT; Behaviour::COUNT], ..Labelling::default() };
        for scored in self.score_text(role, prev, text) {
            labelling.scores[scored.behaviour.index()] = scored.score;
            if scored.score >= threshold(role) {
                labelling.labels.push(scored.behaviour);
            }
            let evidence = scored.evidence.into_iter();
            labelling.evidence.extend(evidence.map(|evidence| (scored.behaviour, evidence)));
        }
        labelling
    }
}

/// What the rules say of one utterance.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct UtteranceHeard {
    /// The behaviours that rules matched, whether or not that is enough.
    pub scored: Vec<Scored>,
    /// The behaviours of rules that matched and that their context rejects.
    pub rejected: Vec<Behaviour>,
}

/// What the rules say of one behaviour in a text, in short.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Cue {
    /// The score of the rules that matched.
    pub score: Option<f32>,
    /// Whether a rule matched that its context, a negation or someone else's words, rejects.
    pub rejected: bool,
}

/// What the rules say of one behaviour in one utterance.
#[derive(Debug, Clone, PartialEq)]
pub struct Scored {
    /// The behaviour.
    pub behaviour: Behaviour,
    /// How sure, from 0 to 1.
    pub score: f32,
    /// Bytes in the text: what the strongest rule matched.
    pub span: Range<usize>,
    /// The rules that saw it.
    pub evidence: Vec<Evidence>,
    /// What to say instead, as the strongest rule has it.
    pub instead: String,
}
