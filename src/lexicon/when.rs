//! Where in a conversation a rule holds: `first 5 minutes`, `last 10 %`.

use serde::{Deserialize, Serialize};

use crate::text::{Document, Utterance};
use crate::transcript::{Millis, Transcript};

/// A part of a conversation at one of its ends.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub(super) struct When {
    end: End,
    amount: Amount,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum End {
    First,
    Last,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Amount {
    Minutes(f64),
    Percent(f64),
}

/// What would be valid.
pub(super) const VALID: &str = "write for example \"first 5 minutes\" or \"last 10 %\"";

impl When {
    /// Reads `first 5 minutes` or `last 10 %`.
    pub(super) fn parse(text: &str) -> Option<When> {
        let spaced = text.replace('%', " %");
        let mut words = spaced.split_whitespace();
        let end = match words.next()? {
            "first" => End::First,
            "last" => End::Last,
            _ => return None,
        };
        let number: f64 = words.next()?.parse().ok()?;
        let amount = match words.next()? {
            "minute" | "minutes" | "min" if number > 0.0 => Amount::Minutes(number),
            "%" | "percent" if number > 0.0 && number <= 100.0 => Amount::Percent(number),
            _ => return None,
        };
        (words.next().is_none() && number.is_finite()).then_some(When { end, amount })
    }

    /// Whether it holds at a place. Where nothing is known of the place, or minutes are asked for and
    /// the source has no times, it does not.
    pub(super) fn holds(self, place: Option<&Place>) -> bool {
        let Some(place) = place else { return false };
        match self.amount {
            Amount::Percent(percent) => {
                let share = 100.0 * place.share;
                if self.end == End::First { share < percent } else { 100.0 - share <= percent }
            }
            Amount::Minutes(minutes) => {
                let from = if self.end == End::First { place.since } else { place.left };
                from.is_some_and(|Millis(away)| away as f64 <= minutes * 60_000.0)
            }
        }
    }

    /// For people: `the last 10 % of a conversation`.
    pub(super) fn describe(self) -> String {
        let end = if self.end == End::First { "first" } else { "last" };
        match self.amount {
            Amount::Minutes(minutes) => format!("only in the {end} {minutes} minutes"),
            Amount::Percent(percent) => format!("only in the {end} {percent} % of a conversation"),
        }
    }
}

/// Where in its conversation an utterance stands.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Place {
    /// What share of the words came before.
    share: f64,
    /// Time since the start.
    since: Option<Millis>,
    /// Time to the end.
    left: Option<Millis>,
}

/// Tells the places of a conversation.
pub(super) struct Places {
    tokens: f64,
    span: Option<(Millis, Millis)>,
}

impl Places {
    /// Measures a conversation.
    pub(super) fn new(transcript: &Transcript, document: &Document) -> Self {
        let turns = &transcript.turns;
        let start = turns.iter().filter_map(|turn| turn.start()).min();
        let end = turns.iter().filter_map(|turn| turn.end().or(turn.start())).max();
        Places { tokens: document.tokens.len().max(1) as f64, span: start.zip(end) }
    }

    /// The place of an utterance.
    pub(super) fn of(&self, transcript: &Transcript, utterance: &Utterance) -> Place {
        let turn = transcript.turns.get(utterance.turn as usize);
        let at = turn.and_then(|turn| turn.time_at(utterance.span.start as usize));
        let times = self.span.zip(at);
        Place {
            share: f64::from(utterance.tokens.start) / self.tokens,
            since: times.map(|((start, _), at)| Millis(at.0 - start.0)),
            left: times.map(|((_, end), at)| Millis(end.0 - at.0)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(share: f64, minutes: Option<(i64, i64)>) -> Place {
        let millis = |minutes: i64| Millis(minutes * 60_000);
        let (since, left) = minutes.map(|(s, l)| (millis(s), millis(l))).unzip();
        Place { share, since, left }
    }

    #[test]
    fn parts_are_read_and_hold_where_they_say() {
        let last = When::parse("last 10 %").expect("valid");
        assert_eq!(When::parse("last 10%"), Some(last));
        assert!(last.holds(Some(&place(0.95, None))) && !last.holds(Some(&place(0.5, None))));
        let first = When::parse("first 5 minutes").expect("valid");
        assert!(first.holds(Some(&place(0.5, Some((4, 40))))));
        assert!(!first.holds(Some(&place(0.0, Some((6, 40))))));
        assert_eq!(first.describe(), "only in the first 5 minutes");
    }

    #[test]
    fn without_a_place_or_times_nothing_is_known_to_hold() {
        let first = When::parse("first 5 min").expect("valid");
        assert!(!first.holds(None) && !first.holds(Some(&place(0.0, None))));
        assert!(!When::parse("first 20 %").expect("valid").holds(None));
    }

    #[test]
    fn what_is_no_part_is_refused() {
        for text in [
            "",
            "first",
            "first 5",
            "middle 5 %",
            "last 0 %",
            "last 101 %",
            "first x minutes",
            "last 5 % now",
            "first inf minutes",
        ] {
            assert_eq!(When::parse(text), None, "{text}");
        }
    }
}
