//! Runs all patterns over a document in one pass and weighs every match in its context.

use std::ops::Range;

use super::automaton::{Heard, Neighbours};
use super::schema::{Context, MoodCondition, Policy, StopsAt};
use super::vocabulary::{Class, classes_of};
use super::{CueSide, Lexicon, Owner, Part};
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

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Match {
    pattern: u32,
    start: u32,
    end: u32,
}

/// Scans documents; keeps its buffers from one utterance to the next.
pub(super) struct Scanner<'a> {
    lexicon: &'a Lexicon,
    heard: Vec<Heard>,
    matches: Vec<Match>,
    /// Rules with a prev pattern in the previous turn, and in the current one so far.
    before: Vec<(usize, Part)>,
    current: Vec<(usize, Part)>,
    turn: Option<u32>,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(lexicon: &'a Lexicon) -> Self {
        Scanner {
            lexicon,
            heard: Vec::new(),
            matches: Vec::new(),
            before: Vec::new(),
            current: Vec::new(),
            turn: None,
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
            self.before = std::mem::take(&mut self.current);
        }
        self.hear(text, document, utterance);
        self.find_matches();
        let (mut hits, mut seen) = (Vec::new(), Vec::new());
        if self.matches.is_empty() {
            return hits;
        }
        let scopes = self.scopes();
        // Patterns of one rule stand side by side, so its matches do too; those of cues come last.
        for matches in self.matches.chunk_by(|a, b| self.rule_of(a) == self.rule_of(b)) {
            let Some(rule) = matches.first().and_then(|m| self.rule_of(m)) else { break };
            let has = |part| matches.iter().any(|m| self.owner(m) == Owner::Rule(rule, part));
            if has(Part::Any) {
                hits.push(self.weigh(rule, matches, &scopes, utterance.mood));
            }
            let prev = [Part::PrevUnless, Part::PrevNeeds].into_iter().filter(|part| has(*part));
            seen.extend(prev.map(|part| (rule, part)));
        }
        self.current.extend(seen);
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

    /// Fills `heard` with what rules see of the utterance.
    fn hear(&mut self, text: &str, document: &Document, utterance: &Utterance) {
        self.heard.clear();
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
                    if let Some(last) = self.heard.last_mut() {
                        last.flags |= Heard::ENDS;
                    }
                }
                TokenKind::Word | TokenKind::Number => {
                    let id = self.lexicon.vocabulary.of_token(text, token);
                    let mut flags = pending & !Heard::STARTS;
                    if may_start {
                        flags |= Heard::STARTS;
                    }
                    if quoted {
                        flags |= Heard::QUOTED;
                    }
                    let classes = classes_of(text, token, self.heard.is_empty());
                    self.heard.push(Heard {
                        word: id,
                        classes,
                        flags,
                        start: token.start,
                        end: token.end,
                    });
                    may_start = may_start && self.lexicon.lead_ins.contains(&id);
                    pending = 0;
                }
            }
        }
        if let Some(last) = self.heard.last_mut() {
            last.flags |= Heard::ENDS;
        }
    }

    /// Fills `matches`, sorted by pattern and start, the longest for each.
    fn find_matches(&mut self) {
        self.matches.clear();
        let Scanner { lexicon, heard, matches, .. } = self;
        let word_at = |at: Option<usize>| {
            at.and_then(|at| heard.get(at))
                .map_or(Neighbours::EDGE, |token| Neighbours::word(token.word))
        };
        for (at, token) in heard.iter().enumerate() {
            let (before, after) = (word_at(at.checked_sub(1)), word_at(Some(at + 1)));
            let of_classes =
                Class::ALL.into_iter().filter(|class| token.classes & class.bit() != 0);
            let by_class = of_classes.flat_map(|class| lexicon.triggers.of_class(class));
            for attempt in lexicon.triggers.of_word(token.word).iter().chain(by_class) {
                if !attempt.before.meets(before) || !attempt.after.meets(after) {
                    continue;
                }
                let automaton = &lexicon.patterns[attempt.pattern as usize].automaton;
                if let Some(tokens) = automaton.match_at(heard, at, attempt.position) {
                    let (start, end) = (tokens.start as u32, tokens.end as u32);
                    matches.push(Match { pattern: attempt.pattern, start, end });
                }
            }
        }
        matches.sort_unstable_by_key(|m| (m.pattern, m.start, std::cmp::Reverse(m.end)));
        matches.dedup_by_key(|m| (m.pattern, m.start));
    }

    /// For every context, the cues with the tokens that each rules.
    fn scopes(&self) -> [Vec<(Range<usize>, Range<usize>)>; Context::ALL.len()] {
        let mut scopes: [Vec<_>; Context::ALL.len()] = Default::default();
        let cues = &self.matches[self.matches.partition_point(|m| self.rule_of(m).is_some())..];
        let of = |context: Context, side: CueSide| {
            cues.iter()
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
                let mut end = (cue.end + settings.within).min(self.heard.len());
                let until = of(context, CueSide::Until).map(|until| until.start);
                end = until.filter(|start| *start >= cue.end).fold(end, usize::min);
                let broken = (cue.end..end).find(|&at| self.heard[at].is(stop));
                scopes[context as usize].push((cue.clone(), cue.end..broken.unwrap_or(end)));
            }
            for cue in of(context, CueSide::After).filter(real) {
                let start = cue.start.saturating_sub(settings.within);
                scopes[context as usize].push((cue.clone(), start..cue.start));
            }
        }
        scopes
    }

    fn weigh(
        &self,
        rule: usize,
        matches: &[Match],
        scopes: &[Vec<(Range<usize>, Range<usize>)>; Context::ALL.len()],
        mood: Mood,
    ) -> Hit {
        let of = |part: Part| {
            matches
                .iter()
                .filter(move |m| self.owner(m) == Owner::Rule(rule, part))
                .map(|m| m.start as usize..m.end as usize)
        };
        let whole = self.utterance_rejection(
            rule,
            mood,
            of(Part::Unless).next(),
            of(Part::Needs).next().is_some(),
        );
        let mut best: Option<(Range<usize>, Option<Rejection>)> = None;
        for tokens in of(Part::Any) {
            let rejected = whole.clone().or_else(|| self.context_rejection(rule, &tokens, scopes));
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
        Hit { rule, span: self.bytes(&tokens), rejected }
    }

    fn utterance_rejection(
        &self,
        rule: usize,
        mood: Mood,
        unless: Option<Range<usize>>,
        needs: bool,
    ) -> Option<Rejection> {
        let rule_of = &self.lexicon.rules[rule];
        let before = |part| self.before.contains(&(rule, part));
        let mood_fits = match rule_of.conditions.mood {
            None => true,
            Some(MoodCondition::Statement) => mood == Mood::Statement,
            Some(MoodCondition::Question) => mood != Mood::Statement,
            Some(MoodCondition::OpenQuestion) => mood == Mood::OpenQuestion,
        };
        if let Some(unless) = unless {
            Some(Rejection::Unless(self.bytes(&unless)))
        } else if !rule_of.needs.is_empty() && !needs {
            Some(Rejection::Needs)
        } else if !mood_fits {
            Some(Rejection::Mood)
        } else if before(Part::PrevUnless) {
            Some(Rejection::PrevUnless)
        } else if !rule_of.prev_needs.is_empty() && !before(Part::PrevNeeds) {
            Some(Rejection::PrevNeeds)
        } else {
            None
        }
    }

    fn context_rejection(
        &self,
        rule: usize,
        tokens: &Range<usize>,
        scopes: &[Vec<(Range<usize>, Range<usize>)>; Context::ALL.len()],
    ) -> Option<Rejection> {
        let conditions = &self.lexicon.rules[rule].conditions;
        for context in Context::ALL {
            let cue = scopes[context as usize].iter().find(|(cue, scope)| {
                scope.contains(&tokens.start)
                    && (cue.end <= tokens.start || cue.start >= tokens.end)
            });
            let quoted = context == Context::Reported && self.is_others_quotation(tokens);
            let inside = cue.is_some() || quoted;
            match conditions.policies[context as usize] {
                Policy::Reject if inside => {
                    return Some(Rejection::In(context, cue.map(|(cue, _)| self.bytes(cue))));
                }
                Policy::Require if !inside => return Some(Rejection::NotIn(context)),
                _ => {}
            }
        }
        None
    }

    /// Whether a match stands in quotation marks that the speaker does not introduce as their own words.
    fn is_others_quotation(&self, tokens: &Range<usize>) -> bool {
        self.heard.get(tokens.start).is_some_and(|token| token.is(Heard::QUOTED))
            && !self.matches.iter().any(|m| self.owner(m) == Owner::OwnSpeech)
    }

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
