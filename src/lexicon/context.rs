//! The contexts of an utterance: which of its words stand under a negation, in someone else's mouth and so on.

use std::ops::Range;

use super::hearing::{Clause, Heard};
use super::scan::Rejection;
use super::schema::{Context, Policy, StopsAt};
use super::triggers::{Match, Search};
use super::{CueSide, Lexicon, Owner};

/// The contexts of one utterance.
pub(super) struct Surroundings {
    /// For every context, the cues with the tokens that each rules.
    scopes: [Vec<(Range<usize>, Range<usize>)>; Context::ALL.len()],
    /// Whether the speaker introduces words in quotation marks as their own.
    own_speech: bool,
}

impl Surroundings {
    pub(super) fn new(lexicon: &Lexicon, heard: &[Heard], search: &mut Search) -> Self {
        let cues = lexicon.cue_triggers.find(heard, |pattern| lexicon.automaton(pattern), search);
        let owner = |m: &Match| lexicon.patterns[m.pattern as usize].owner;
        let own_speech = cues.iter().any(|m| owner(m) == Owner::OwnSpeech);
        let mut scopes: [Vec<_>; Context::ALL.len()] = Default::default();
        if cues.is_empty() {
            return Surroundings { scopes, own_speech };
        }
        let of = |context: Context, side: CueSide| {
            cues.iter()
                .filter(move |m| owner(m) == Owner::Cue(context, side))
                .map(|m| m.start as usize..m.end as usize)
        };
        for context in Context::ALL {
            let settings = &lexicon.contexts[context as usize];
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
        Surroundings { scopes, own_speech }
    }

    /// Why a match in its context does not count.
    pub(super) fn rejection(
        &self,
        policies: &[Policy; Context::ALL.len()],
        tokens: &Range<usize>,
        clause: Clause,
    ) -> Option<Rejection> {
        for context in Context::ALL {
            let cue = self.scopes[context as usize].iter().find(|(cue, scope)| {
                scope.contains(&tokens.start)
                    && (cue.end <= tokens.start || cue.start >= tokens.end)
            });
            let quoted = context == Context::Reported && self.is_others_quotation(tokens, clause);
            let inside = cue.is_some() || quoted;
            match policies[context as usize] {
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
            && !self.own_speech
    }
}
