//! Runs all patterns over a document in one pass and weighs every match in its context.

use std::cell::RefCell;
use std::ops::Range;

use rustc_hash::FxHashMap;

use super::automaton::{Automaton, Heard};
use super::schema::{Context, MoodCondition, Policy, StopsAt};
use super::triggers::Match;
use super::vocabulary::{Signs, classes_of};
use super::{CueSide, Lexicon, Owner, Part, Rule};
use crate::text::{Document, Mood, TokenKind, Utterance};

/// A rule that matched in an utterance, and what became of the match.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Hit {
    /// Index of the rule.
    pub(crate) rule: usize,
    /// Bytes in the turn's text.
    pub(crate) span: Range<usize>,
    /// Why the match does not count; `None` where it does.
    pub(crate) rejected: Option<Rejection>,
}

/// Why a match does not count.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Rejection {
    /// An `unless` pattern matched these bytes of the turn's text.
    Unless(Range<usize>),
    /// No `needs` pattern matched.
    Needs,
    /// A `prev-unless` pattern matched in what was said before.
    PrevUnless,
    /// No `prev-needs` pattern matched in what was said before.
    PrevNeeds,
    /// The utterance is a question, or none, as the rule does not want it.
    Mood,
    /// The match stands in a context that the rule rejects; the cue's bytes where there is a cue.
    In(Context, Option<Range<usize>>),
    /// The match does not stand in the context that the rule requires.
    NotIn(Context),
}

/// For every context, the cues with the tokens that each rules.
type Scopes = [Vec<(Range<usize>, Range<usize>)>; Context::ALL.len()];

/// What was heard in a turn.
#[derive(Default)]
struct Turn {
    tokens: Vec<Heard>,
    /// Where each utterance ends among the tokens, with the signs of all that it has.
    utterances: Vec<(usize, Signs)>,
    /// Which patterns were looked for, and whether they match.
    known: RefCell<FxHashMap<u32, bool>>,
}

impl Turn {
    fn clear(&mut self) {
        self.tokens.clear();
        self.utterances.clear();
        self.known.get_mut().clear();
    }

    /// Whether a pattern, known by its number, matches in some utterance.
    fn has(&self, pattern: u32, automaton: &Automaton) -> bool {
        let look = || {
            let mut start = 0;
            self.utterances.iter().any(|(end, signs)| {
                let tokens = &self.tokens[std::mem::replace(&mut start, *end)..*end];
                automaton.find(tokens, *signs).is_some()
            })
        };
        *self.known.borrow_mut().entry(pattern).or_insert_with(look)
    }
}

/// Scans documents; keeps its buffers from one utterance to the next.
///
/// Only what rules look for is sought everywhere. What else a rule asks, of the utterance or of the turn
/// before, and the contexts are looked at where a rule has matched.
pub(super) struct Scanner<'a> {
    lexicon: &'a Lexicon,
    /// The turn before, and the current one so far.
    before: Turn,
    current: Turn,
    turn: Option<u32>,
    matches: Vec<Match>,
    cues: Vec<Match>,
}

/// An utterance as rules see it.
#[derive(Clone, Copy)]
struct Clause<'a> {
    heard: &'a [Heard],
    signs: Signs,
    mood: Mood,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(lexicon: &'a Lexicon) -> Self {
        Scanner {
            lexicon,
            before: Turn::default(),
            current: Turn::default(),
            turn: None,
            matches: Vec::new(),
            cues: Vec::new(),
        }
    }

    /// The hits in the next utterance. Utterances come in the order of the document.
    pub(super) fn scan(
        &mut self,
        text: &str,
        document: &Document,
        utterance: &Utterance,
    ) -> Vec<Hit> {
        if self.turn != Some(utterance.turn) {
            self.turn = Some(utterance.turn);
            std::mem::swap(&mut self.before, &mut self.current);
            self.current.clear();
        }
        let start = self.current.tokens.len();
        let signs = self.hear(text, document, utterance);
        self.current.utterances.push((self.current.tokens.len(), signs));
        let lexicon = self.lexicon;
        let automaton = |pattern: u32| &lexicon.patterns[pattern as usize].automaton;
        let heard = &self.current.tokens[start..];
        lexicon.rule_triggers.find(heard, automaton, &mut self.matches);
        if self.matches.is_empty() {
            return Vec::new();
        }
        lexicon.cue_triggers.find(heard, automaton, &mut self.cues);
        let clause = Clause { heard, signs, mood: utterance.mood };
        let scopes = self.scopes(heard);
        let mut hits = Vec::new();
        // Patterns of one rule stand side by side, so its matches do too.
        for matches in self.matches.chunk_by(|a, b| self.rule_of(a) == self.rule_of(b)) {
            let Some(rule) = matches.first().and_then(|m| self.rule_of(m)) else { break };
            let whole = self.rejection(rule, clause);
            hits.push(self.weigh(rule, matches, whole, &scopes, clause));
        }
        hits
    }

    fn owner(&self, m: &Match) -> Owner {
        self.lexicon.patterns[m.pattern as usize].owner
    }

    fn rule_of(&self, m: &Match) -> Option<usize> {
        match self.owner(m) {
            Owner::Rule(rule, _) => Some(rule),
            Owner::Cue(..) | Owner::OwnSpeech => None,
        }
    }

    /// Adds what rules see of the utterance to the current turn; gives the signs of all of it.
    fn hear(&mut self, text: &str, document: &Document, utterance: &Utterance) -> Signs {
        let Scanner { lexicon, current: Turn { tokens: heard, .. }, .. } = self;
        let first = heard.len();
        let mut all = Signs::default();
        let mut pending = Heard::STARTS;
        let mut quoted = false;
        let mut may_start = true;
        for token in document.tokens_of(utterance) {
            match token.kind {
                TokenKind::Noise => {}
                TokenKind::Mark => {
                    let mark = &text[token.start as usize..token.end as usize];
                    match mark.chars().next() {
                        Some('"') => quoted = !quoted,
                        Some('\u{201c}' | '«') => quoted = true,
                        Some('\u{201d}' | '»') => quoted = false,
                        Some(',') => pending |= Heard::AFTER_COMMA,
                        Some(';' | ':' | '-' | '–' | '—' | '.' | '?' | '!' | '…' | '(' | ')') =>
                        {
                            pending |= Heard::AFTER_COMMA | Heard::AFTER_BREAK;
                        }
                        _ => continue,
                    }
                    may_start = true;
                    if let Some(last) = heard[first..].last_mut() {
                        last.flags |= Heard::ENDS;
                    }
                }
                TokenKind::Word | TokenKind::Number => {
                    let word = lexicon.vocabulary.of_token(token);
                    let mut flags = pending & !Heard::STARTS;
                    if may_start {
                        flags |= Heard::STARTS;
                    }
                    if quoted {
                        flags |= Heard::QUOTED;
                    }
                    let classes = classes_of(text, token, heard.len() == first);
                    let signs = Signs::of_word(word).and(Signs::of_classes(classes));
                    all = all.and(signs);
                    let (start, end) = (token.start, token.end);
                    heard.push(Heard { word, classes, signs, flags, start, end });
                    may_start = may_start && lexicon.lead_ins.contains(&word);
                    pending = 0;
                }
            }
        }
        if let Some(last) = heard[first..].last_mut() {
            last.flags |= Heard::ENDS;
        }
        all
    }

    /// For every context, the cues with the tokens that each rules.
    fn scopes(&self, heard: &[Heard]) -> Scopes {
        let mut scopes = Scopes::default();
        if self.cues.is_empty() {
            return scopes;
        }
        let of = |context: Context, side: CueSide| {
            self.cues
                .iter()
                .filter(move |m| self.owner(m) == Owner::Cue(context, side))
                .map(|m| m.start as usize..m.end as usize)
        };
        for context in Context::ALL {
            let settings = &self.lexicon.contexts[context as usize];
            let real = |cue: &Range<usize>| {
                !of(context, CueSide::Pseudo)
                    .any(|pseudo| pseudo.start <= cue.start && cue.end <= pseudo.end)
            };
            let stop = match settings.stops_at {
                StopsAt::Comma => Heard::AFTER_COMMA,
                StopsAt::Break => Heard::AFTER_BREAK,
            };
            for cue in of(context, CueSide::Before).filter(real) {
                let mut end = (cue.end + settings.within).min(heard.len());
                let until = of(context, CueSide::Until).map(|until| until.start);
                end = until.filter(|start| *start >= cue.end).fold(end, usize::min);
                let broken = (cue.end..end).find(|&at| heard[at].is(stop));
                scopes[context as usize].push((cue.clone(), cue.end..broken.unwrap_or(end)));
            }
            for cue in of(context, CueSide::After).filter(real) {
                let start = cue.start.saturating_sub(settings.within);
                scopes[context as usize].push((cue.clone(), start..cue.start));
            }
        }
        scopes
    }

    /// Why a rule does not hold in an utterance at all, if so: the cheapest question first.
    fn rejection(&self, rule: usize, clause: Clause) -> Option<Rejection> {
        let lexicon = self.lexicon;
        let Rule { conditions, needs, prev_needs, .. } = &lexicon.rules[rule];
        let automaton = |pattern: u32| &lexicon.patterns[pattern as usize].automaton;
        let find = |pattern: u32| automaton(pattern).find(clause.heard, clause.signs);
        let said_before = |pattern: u32| self.before.has(pattern, automaton(pattern));
        let of = |part: Part| lexicon.patterns_of[rule].of(part);
        let mood_fits = match conditions.mood {
            None => true,
            Some(MoodCondition::Statement) => clause.mood == Mood::Statement,
            Some(MoodCondition::Question) => clause.mood != Mood::Statement,
            Some(MoodCondition::OpenQuestion) => clause.mood == Mood::OpenQuestion,
        };
        if !mood_fits {
            Some(Rejection::Mood)
        } else if let Some(unless) = of(Part::Unless).find_map(find) {
            Some(Rejection::Unless(clause.bytes(&unless)))
        } else if !needs.is_empty() && !of(Part::Needs).any(|pattern| find(pattern).is_some()) {
            Some(Rejection::Needs)
        } else if of(Part::PrevUnless).any(said_before) {
            Some(Rejection::PrevUnless)
        } else if !prev_needs.is_empty() && !of(Part::PrevNeeds).any(said_before) {
            Some(Rejection::PrevNeeds)
        } else {
            None
        }
    }

    /// What becomes of a rule's matches; `whole` is what rejects all of them.
    fn weigh(
        &self,
        rule: usize,
        matches: &[Match],
        whole: Option<Rejection>,
        scopes: &Scopes,
        clause: Clause,
    ) -> Hit {
        let mut best: Option<(Range<usize>, Option<Rejection>)> = None;
        for tokens in matches.iter().map(|m| m.start as usize..m.end as usize) {
            let rejected = || self.context_rejection(rule, &tokens, scopes, clause);
            let rejected = whole.clone().or_else(rejected);
            let better = match &best {
                None => true,
                Some((_, Some(_))) => rejected.is_none(),
                Some((span, None)) => rejected.is_none() && tokens.len() > span.len(),
            };
            if better {
                best = Some((tokens, rejected));
            }
        }
        let (tokens, rejected) = best.unwrap_or((0..0, Some(Rejection::Needs)));
        Hit { rule, span: clause.bytes(&tokens), rejected }
    }

    fn context_rejection(
        &self,
        rule: usize,
        tokens: &Range<usize>,
        scopes: &Scopes,
        clause: Clause,
    ) -> Option<Rejection> {
        let conditions = &self.lexicon.rules[rule].conditions;
        for context in Context::ALL {
            let cue = scopes[context as usize].iter().find(|(cue, scope)| {
                scope.contains(&tokens.start)
                    && (cue.end <= tokens.start || cue.start >= tokens.end)
            });
            let quoted = context == Context::Reported && self.is_others_quotation(tokens, clause);
            let inside = cue.is_some() || quoted;
            match conditions.policies[context as usize] {
                Policy::Reject if inside => {
                    return Some(Rejection::In(context, cue.map(|(cue, _)| clause.bytes(cue))));
                }
                Policy::Require if !inside => return Some(Rejection::NotIn(context)),
                _ => {}
            }
        }
        None
    }

    /// Whether a match stands in quotation marks that the speaker does not introduce as their own words.
    fn is_others_quotation(&self, tokens: &Range<usize>, clause: Clause) -> bool {
        clause.heard.get(tokens.start).is_some_and(|token| token.is(Heard::QUOTED))
            && !self.cues.iter().any(|m| self.owner(m) == Owner::OwnSpeech)
    }
}

impl Clause<'_> {
    /// The bytes of the words that these tokens belong to: a contraction is reported whole.
    fn bytes(&self, tokens: &Range<usize>) -> Range<usize> {
        let touch = |left: usize, right: usize| {
            let pair = self.heard.get(left).zip(self.heard.get(right));
            pair.is_some_and(|(left, right)| left.end == right.start)
        };
        let Range { mut start, mut end } = *tokens;
        while start > 0 && touch(start - 1, start) {
            start -= 1;
        }
        while end > 0 && touch(end - 1, end) {
            end += 1;
        }
        match (self.heard.get(start), self.heard.get(end.saturating_sub(1))) {
            (Some(first), Some(last)) => first.start as usize..last.end as usize,
            _ => 0..0,
        }
    }
}
