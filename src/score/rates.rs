//! Counts and rates of what was found, against an ideal rate.

use crate::taxonomy::{Axis, Behaviour, Pole};

use super::Targets;

/// How much was said by the people judged, and in how long a call.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Exposure {
    /// Words of the people judged.
    pub words: u64,
    /// Length of the call in minutes, where there are times.
    pub minutes: Option<f64>,
}

impl Exposure {
    /// A count as a rate per 1,000 words; 0 where nothing was said.
    pub fn per_1000_words(self, count: u64) -> f64 {
        if self.words == 0 { 0.0 } else { count as f64 * 1000.0 / self.words as f64 }
    }

    /// A count as a rate per 10 minutes of the call.
    pub fn per_10_minutes(self, count: u64) -> Option<f64> {
        let minutes = self.minutes.filter(|minutes| *minutes > 0.0)?;
        Some(count as f64 * 10.0 / minutes)
    }
}

/// How often a behaviour was found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BehaviourRate {
    /// Findings.
    pub count: u64,
    /// Findings per 1,000 words of the people judged.
    pub per_1000_words: f64,
    /// Findings per 10 minutes of the call, where there are times.
    pub per_10_minutes: Option<f64>,
    /// The ideal rate per 1,000 words: an assumption.
    pub ideal: f64,
    /// `ideal - per_1000_words`: above 0 there is room for more, below 0 there is too much.
    pub gap: f64,
}

/// How often the building behaviours of a practice or a contrast were found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct GroupRate {
    /// Findings of the side that builds.
    pub count: u64,
    /// Findings of the side that drains; `None` for a practice, which has no such side.
    pub drains: Option<u64>,
    /// Building findings per 1,000 words.
    pub per_1000_words: f64,
    /// The ideal rate of the building side: an assumption.
    pub ideal: f64,
    /// `ideal - per_1000_words`.
    pub gap: f64,
}

/// How often the behaviours of a pole were found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PoleRate {
    /// Findings.
    pub count: u64,
    /// Findings per 1,000 words.
    pub per_1000_words: f64,
}

/// All counts and rates of an axis, each list in the order of the taxonomy.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// The draining pole, then the building one.
    pub poles: Vec<(Pole, PoleRate)>,
    /// The Five Practices or the eight contrasts.
    pub groups: Vec<(&'static str, GroupRate)>,
    /// Every behaviour of the axis.
    pub behaviours: Vec<(Behaviour, BehaviourRate)>,
}

/// Counts behaviours of one axis and sets them against how much was said.
pub fn rates(
    axis: Axis,
    found: impl Iterator<Item = Behaviour>,
    exposure: Exposure,
    targets: &Targets,
) -> Rates {
    let mut counts = [0_u64; Behaviour::COUNT];
    for behaviour in found {
        counts[behaviour.index()] += 1;
    }
    let count_where = |keep: &dyn Fn(Behaviour) -> bool| -> u64 {
        Behaviour::all().filter(|b| keep(*b)).map(|b| counts[b.index()]).sum()
    };
    let poles = [axis.drains(), axis.builds()].map(|pole| {
        let count = count_where(&|b| b.pole() == pole);
        (pole, PoleRate { count, per_1000_words: exposure.per_1000_words(count) })
    });
    let groups = axis.groups().iter().map(|&group| {
        let member = |b: Behaviour| b.group() == Some(group);
        let builds = |b: Behaviour| member(b) && !b.pole().drains();
        let count = count_where(&builds);
        let drains =
            (axis == Axis::Leading).then(|| count_where(&|b| member(b) && b.pole().drains()));
        let per_1000_words = exposure.per_1000_words(count);
        let ideal: f64 = Behaviour::all().filter(|b| builds(*b)).map(|b| targets.ideal(b)).sum();
        (group, GroupRate { count, drains, per_1000_words, ideal, gap: ideal - per_1000_words })
    });
    let behaviours = Behaviour::all().filter(|b| b.axis() == axis).map(|behaviour| {
        let count = counts[behaviour.index()];
        let per_1000_words = exposure.per_1000_words(count);
        let ideal = targets.ideal(behaviour);
        let rate = BehaviourRate {
            count,
            per_1000_words,
            per_10_minutes: exposure.per_10_minutes(count),
            ideal,
            gap: ideal - per_1000_words,
        };
        (behaviour, rate)
    });
    Rates { poles: poles.to_vec(), groups: groups.collect(), behaviours: behaviours.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn behaviours(ids: &[&str]) -> Vec<Behaviour> {
        ids.iter().filter_map(|id| Behaviour::from_id(id)).collect()
    }

    #[test]
    fn rates_are_those_worked_out_by_hand() {
        let targets = Targets::default_profile().expect("the profile is valid");
        let found = behaviours(&["pressure", "pressure", "experiment", "celebrate"]);
        let exposure = Exposure { words: 800, minutes: Some(16.0) };
        let rates = rates(Axis::Selling, found.into_iter(), exposure, &targets);
        assert_eq!(rates.poles[0], (Pole::Pushy, PoleRate { count: 2, per_1000_words: 2.5 }));
        assert_eq!(rates.poles[1].1.per_1000_words, 2.5);
        let (_, pressure) = rates.behaviours[0];
        assert_eq!(pressure.per_10_minutes, Some(1.25));
        assert_eq!((pressure.ideal, pressure.gap), (0.0, -2.5));
        let (name, challenge) = rates.groups[2];
        assert_eq!((name, challenge.count, challenge.drains), ("Challenge the Process", 1, None));
        // Two commitments at 0.5 each, one finding in 800 words.
        assert_eq!((challenge.ideal, challenge.gap), (1.0, -0.25));
    }

    #[test]
    fn a_contrast_counts_its_two_sides_apart() {
        let targets = Targets::default_profile().expect("the profile is valid");
        let found = behaviours(&["funnel", "funnel", "diverse-options"]);
        let exposure = Exposure { words: 1000, minutes: None };
        let rates = rates(Axis::Leading, found.into_iter(), exposure, &targets);
        let (_, options) = rates.groups[0];
        assert_eq!((options.count, options.drains), (1, Some(2)));
        assert_eq!((options.ideal, options.gap), (0.5, -0.5));
        assert!(rates.behaviours.iter().all(|(_, rate)| rate.per_10_minutes.is_none()));
    }

    #[test]
    fn nothing_said_is_no_rate_and_no_division_by_zero() {
        let exposure = Exposure { words: 0, minutes: Some(0.0) };
        assert_eq!(exposure.per_1000_words(3), 0.0);
        assert_eq!(exposure.per_10_minutes(3), None);
    }
}
