//! Three things to practise next and one to keep doing, chosen by gap and evidence.
//!
//! The rule is argued in `docs/scoring.md`. It works on rates, so it serves one call as well as all
//! calls of a person together.

use crate::taxonomy::{Axis, Behaviour};

use super::model::{AxisReport, FindingReport};

/// How many things to practise.
const THINGS: usize = 3;

/// How many of them may be things to do less of, so that there is always something to build.
const LESS: usize = 2;

/// Where someone stands with a behaviour.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    /// The behaviour.
    pub behaviour: Behaviour,
    /// How often it was found.
    pub count: u64,
    /// How often per 1,000 words.
    pub rate: f64,
    /// The ideal rate.
    pub ideal: f64,
    /// The scores of what was found, added up.
    pub weight: f64,
}

impl Standing {
    /// How far the rate lies on the wrong side of the ideal.
    fn gap(&self) -> f64 {
        let gap = self.ideal - self.rate;
        if self.behaviour.pole().drains() { -gap } else { gap }
    }
}

/// What to practise next, and what to keep.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Plan {
    /// At most three; what to do less of comes first.
    pub practise: Vec<Standing>,
    /// The best that is there already.
    pub keep: Option<Standing>,
}

/// The standings of those whose score and findings these are.
pub fn standings<'a>(
    score: &AxisReport,
    findings: impl Iterator<Item = &'a FindingReport>,
) -> Vec<Standing> {
    let mut weights = [0.0; Behaviour::COUNT];
    for finding in findings {
        if let Some(behaviour) = Behaviour::from_id(finding.behaviour) {
            weights[behaviour.index()] += finding.weight();
        }
    }
    let standing = |(id, count): (&str, &super::model::BehaviourCount)| {
        let behaviour = Behaviour::from_id(id)?;
        Some(Standing {
            behaviour,
            count: count.count,
            rate: count.per_1000_words,
            ideal: count.ideal,
            weight: weights[behaviour.index()],
        })
    };
    score.behaviours.iter().filter_map(standing).collect()
}

/// Chooses from the standings on an axis of someone who said so many words.
pub fn plan(axis: Axis, standings: &[Standing], words: u64) -> Plan {
    let (drains, builds): (Vec<_>, Vec<_>) =
        standings.iter().copied().partition(|standing| standing.behaviour.pole().drains());
    let less = ranked(drains.iter().filter(|s| s.count > 0 && s.gap() > 0.0), |s| {
        s.gap() * sure(s.weight)
    });
    // What was not found shows a gap only as far as there were words in which it should have been.
    let drained = |group| {
        let side = drains.iter().filter(|s| s.behaviour.group() == Some(group));
        side.map(|s| s.weight).sum::<f64>()
    };
    let more = ranked(builds.iter().filter(|s| s.gap() > 0.0), |s| {
        let gap = s.gap() * sure(s.ideal * words as f64 / 1000.0);
        // Of equal gaps, the one whose other side drains most, where the axis has such sides.
        let other =
            if axis == Axis::Leading { s.behaviour.group().map_or(0.0, drained) } else { 0.0 };
        gap * (1.0 + 0.001 * sure(other))
    });
    let more = one_a_group(more);
    let first = less.len().min(LESS).max(THINGS.saturating_sub(more.len()).min(less.len()));
    let practise = less.iter().take(first).chain(&more).take(THINGS).copied().collect();
    let found = builds.iter().filter(|standing| standing.weight > 0.0);
    Plan { practise, keep: ranked(found, |standing| standing.weight).first().copied() }
}

/// From a number of independent signs to how much to rely on them: half for one, three quarters for
/// three.
fn sure(signs: f64) -> f64 {
    signs / (signs + 1.0)
}

/// The greatest first; of equals the earlier in the taxonomy.
fn ranked<'a>(
    standings: impl Iterator<Item = &'a Standing>,
    by: impl Fn(&Standing) -> f64,
) -> Vec<Standing> {
    let mut ranked: Vec<_> = standings.copied().collect();
    ranked.sort_by(|a, b| by(b).total_cmp(&by(a)));
    ranked
}

/// Three things of one practice would be one thing.
fn one_a_group(standings: Vec<Standing>) -> Vec<Standing> {
    let mut chosen: Vec<Standing> = Vec::new();
    for standing in standings {
        if !chosen.iter().any(|other| other.behaviour.group() == standing.behaviour.group()) {
            chosen.push(standing);
        }
    }
    chosen
}

/// Words to start from, for a behaviour that builds; empty for the others, whose findings say what to
/// say instead.
pub fn try_saying(behaviour: Behaviour) -> &'static str {
    match behaviour.id() {
        "clarify-values" => "What would you not give up, whichever way this goes?",
        "set-example" => "I promised you the figures by Monday and they came late; that was mine.",
        "envision-future" => "Say it works. What does a Tuesday in spring look like for your team?",
        "enlist-others" => "What made you take this on in the first place?",
        "search-opportunities" => {
            "Two plants like yours stopped doing this step. What would you miss?"
        }
        "experiment" => {
            "Shall we try it with one team for a fortnight and drop it if it does not help?"
        }
        "foster-collaboration" => {
            "Who works with this every day, and could they be in the next talk?"
        }
        "strengthen-others" => {
            "Take the time you need. What would you want to know before you decide?"
        }
        "recognize-contributions" => "Your list of exceptions saved all of us a week. Thank you.",
        "celebrate" => {
            "First month without a late shift, and everyone on the floor had a part in it."
        }
        "diverse-options" => "I have one idea and do not trust it yet. What are two others?",
        "safe-challenge" => "Where does this break? I would rather hear it now.",
        "realness" => "I do not know how this will turn out, and it worries me.",
        "open-context" => "This is all I know, and here is the part that does not look good.",
        "finding-the-way" => "Let us try it for two weeks and see what we learn.",
        "growing-people" => "How would you go about it? You lead, and I will back you.",
        "co-creation" => "Let us write the first page together.",
        "shared-ownership" => "It is yours to decide. What do you want to stand for?",
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn standing(id: &str, count: u64, words: u64) -> Standing {
        let behaviour = Behaviour::from_id(id).expect("a behaviour");
        let ideal = if behaviour.pole().drains() { 0.0 } else { 0.5 };
        let rate = count as f64 * 1000.0 / words as f64;
        Standing { behaviour, count, rate, ideal, weight: 0.9 * count as f64 }
    }

    fn of(axis: Axis, found: &[(&str, u64)], words: u64) -> Plan {
        let standings: Vec<_> = Behaviour::all()
            .filter(|b| b.axis() == axis)
            .map(|b| {
                let count = found.iter().find(|(id, _)| *id == b.id()).map_or(0, |(_, n)| *n);
                standing(b.id(), count, words)
            })
            .collect();
        plan(axis, &standings, words)
    }

    fn ids(plan: &Plan) -> Vec<&'static str> {
        plan.practise.iter().map(|standing| standing.behaviour.id()).collect()
    }

    #[test]
    fn at_most_two_are_to_do_less_of_and_the_rest_builds() {
        let found = [("pressure", 4), ("imposing", 2), ("dismissing", 1), ("set-example", 1)];
        let plan = of(Axis::Selling, &found, 1000);
        assert_eq!(ids(&plan), ["pressure", "imposing", "clarify-values"]);
        assert_eq!(plan.keep.map(|kept| kept.behaviour.id()), Some("set-example"));
    }

    #[test]
    fn things_to_build_come_from_different_practices() {
        let plan = of(Axis::Selling, &[("clarify-values", 1)], 4000);
        let groups: Vec<_> = plan.practise.iter().map(|s| s.behaviour.group()).collect();
        assert_eq!(groups.len(), 3);
        assert!(groups[0] != groups[1] && groups[1] != groups[2] && groups[0] != groups[2]);
    }

    #[test]
    fn the_other_side_of_what_drains_is_built_first() {
        let plan = of(Axis::Leading, &[("telling", 3)], 1000);
        assert_eq!(ids(&plan)[..2], ["telling", "growing-people"]);
    }

    #[test]
    fn one_finding_weighs_less_than_the_same_gap_seen_often() {
        let short = Standing { rate: 3.0, count: 1, weight: 0.8, ..standing("pressure", 1, 1000) };
        let often = Standing { rate: 3.0, count: 9, weight: 8.0, ..standing("imposing", 9, 1000) };
        let chosen = plan(Axis::Selling, &[short, often], 1000);
        assert_eq!(ids(&chosen), ["imposing", "pressure"]);
    }

    #[test]
    fn where_all_builds_there_is_nothing_to_practise_and_nothing_found_has_nothing_to_keep() {
        let all: Vec<_> =
            Behaviour::all().filter(|b| !b.pole().drains()).map(|b| (b.id(), 3)).collect();
        assert_eq!(ids(&of(Axis::Selling, &all, 1000)), [""; 0]);
        assert_eq!(of(Axis::Selling, &[], 1000).keep, None);
    }

    #[test]
    fn a_report_gives_its_standings() {
        let report = sample::call();
        let score = report.scores.selling.as_ref().expect("judged");
        let standings = standings(score, report.findings.iter());
        let plan = plan(Axis::Selling, &standings, 100);
        assert_eq!(ids(&plan)[..2], ["price-push", "pressure"]);
        assert_eq!(plan.keep.map(|kept| kept.behaviour.id()), Some("strengthen-others"));
    }

    #[test]
    fn every_behaviour_that_builds_has_words_to_start_from() {
        for behaviour in Behaviour::all() {
            assert_eq!(try_saying(behaviour).is_empty(), behaviour.pole().drains(), "{behaviour}");
        }
    }
}
