//! Every figure by its key, as a function of row weights.

use std::collections::BTreeMap;

use super::bootstrap;
use super::evaluation::{Item, Prediction};
use super::metrics::{Counts, Ranking, macro_average, micro, ratio};
use super::report::Figure;
use super::{ScoreName, Target, Targets};
use crate::taxonomy::{Behaviour, Pole};

/// The behaviours or the poles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Tier {
    Behaviours,
    Poles,
}

impl Tier {
    pub const ALL: [Tier; 2] = [Tier::Behaviours, Tier::Poles];

    /// Its targets, in order.
    pub fn each(self) -> impl Iterator<Item = Target> {
        Target::all().filter(move |target| self.targets().contains(*target))
    }

    fn targets(self) -> Targets {
        match self {
            Tier::Behaviours => Targets::BEHAVIOURS,
            Tier::Poles => Targets::POLES,
        }
    }
}

/// What precision, recall or F1 is taken over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Over {
    One(Target),
    Micro(Tier),
    Macro(Tier),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Measure {
    Precision,
    Recall,
    F1,
}

impl Measure {
    fn of(self) -> fn(Counts) -> Option<f64> {
        match self {
            Measure::Precision => Counts::precision,
            Measure::Recall => Counts::recall,
            Measure::F1 => Counts::f1,
        }
    }
}

/// A figure that has an interval.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Key {
    Share(Measure, Over),
    Auroc(Target),
    AveragePrecision(Target),
    ScoreAuroc,
    ScoreAveragePrecision,
    NeutralFlagged,
    NeutralFlaggedOfJudged,
    TrapFlagged,
    TrapFlaggedOfJudged,
    TrapLabelled,
    KindRecall(usize, Tier),
    PerThousandWords(Pole),
}

impl Key {
    /// All figures of a group of rows that need no ranking.
    pub fn counted(kinds: usize) -> Vec<Key> {
        let tiers = Tier::ALL.into_iter().flat_map(|tier| [Over::Micro(tier), Over::Macro(tier)]);
        let mut keys: Vec<Key> = Target::all()
            .map(Over::One)
            .chain(tiers)
            .flat_map(|over| {
                [Measure::Precision, Measure::Recall, Measure::F1]
                    .map(|measure| Key::Share(measure, over))
            })
            .collect();
        keys.extend([
            Key::NeutralFlagged,
            Key::NeutralFlaggedOfJudged,
            Key::TrapFlagged,
            Key::TrapFlaggedOfJudged,
            Key::TrapLabelled,
        ]);
        keys.extend((0..kinds).flat_map(|kind| Tier::ALL.map(|tier| Key::KindRecall(kind, tier))));
        keys.extend(Pole::ALL.map(Key::PerThousandWords));
        keys
    }

    /// The figures that need a ranking.
    pub fn ranked(score: bool) -> Vec<Key> {
        let mut keys: Vec<Key> =
            Target::all().flat_map(|t| [Key::Auroc(t), Key::AveragePrecision(t)]).collect();
        if score {
            keys.extend([Key::ScoreAuroc, Key::ScoreAveragePrecision]);
        }
        keys
    }
}

/// Rows counted, and those of them that were flagged.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct AlarmTally {
    pub rows: u64,
    pub judged: u64,
    pub flagged: u64,
    pub labelled: u64,
}

/// All counts of some rows under some weights.
#[derive(Debug, Clone)]
pub(super) struct Tally {
    pub counts: [Counts; Target::COUNT],
    pub neutral: AlarmTally,
    pub trap: AlarmTally,
    /// By kind: the labels found and missed, of behaviours and of poles.
    pub kinds: Vec<[Counts; 2]>,
    pub unlabelled: u64,
    pub words: u64,
    /// Findings in unlabelled rows, by pole.
    pub findings: [u64; 4],
}

impl Tally {
    pub fn over(
        items: &[Item],
        predictions: &[Prediction],
        kinds: usize,
        weights: &[u32],
    ) -> Tally {
        let mut tally = Tally {
            counts: [Counts::default(); Target::COUNT],
            neutral: AlarmTally::default(),
            trap: AlarmTally::default(),
            kinds: vec![[Counts::default(); 2]; kinds],
            unlabelled: 0,
            words: 0,
            findings: [0; 4],
        };
        for ((item, prediction), weight) in items.iter().zip(predictions).zip(weights) {
            if *weight > 0 {
                tally.add(item, prediction.seen, u64::from(*weight));
            }
        }
        tally
    }

    fn add(&mut self, item: &Item, seen: Targets, weight: u64) {
        let seen_known = seen.and(item.known);
        let wrong = seen_known.without(item.truth);
        let missed = item.truth.without(seen_known);
        let correct = seen_known.and(item.truth);
        for at in correct.indices() {
            self.counts[at].correct += weight;
        }
        for at in wrong.indices() {
            self.counts[at].false_alarms += weight;
        }
        for at in missed.indices() {
            self.counts[at].missed += weight;
        }
        if let Some(tiers) = self.kinds.get_mut(item.kind) {
            for (tier, counts) in Tier::ALL.into_iter().zip(tiers) {
                counts.correct += weight * correct.and(tier.targets()).len();
                counts.missed += weight * missed.and(tier.targets()).len();
            }
        }
        let alarm = AlarmTally {
            rows: weight,
            judged: if item.judged.is_empty() { 0 } else { weight },
            flagged: if wrong.is_empty() { 0 } else { weight },
            labelled: if seen.is_empty() { 0 } else { weight },
        };
        if item.is_neutral() {
            self.neutral.add(alarm);
        } else if item.is_trap() {
            self.trap.add(alarm);
        } else if item.known.is_empty() {
            self.unlabelled += weight;
            self.words += weight * item.words;
            for behaviour in Behaviour::all() {
                if seen.contains(Target::Behaviour(behaviour)) {
                    self.findings[behaviour.pole() as usize] += weight;
                }
            }
        }
    }

    pub fn counts_of(&self, tier: Tier) -> &[Counts] {
        let (behaviours, poles) = self.counts.split_at(Behaviour::COUNT);
        match tier {
            Tier::Behaviours => behaviours,
            Tier::Poles => poles,
        }
    }

    /// The figure, unless it needs a ranking.
    pub fn value(&self, key: Key) -> Option<f64> {
        match key {
            Key::Share(measure, Over::One(target)) => measure.of()(self.counts[target.index()]),
            Key::Share(measure, Over::Micro(tier)) => micro(self.counts_of(tier), measure.of()),
            Key::Share(measure, Over::Macro(tier)) => {
                macro_average(self.counts_of(tier), measure.of())
            }
            Key::NeutralFlagged => ratio(self.neutral.flagged, self.neutral.rows),
            Key::NeutralFlaggedOfJudged => ratio(self.neutral.flagged, self.neutral.judged),
            Key::TrapFlagged => ratio(self.trap.flagged, self.trap.rows),
            Key::TrapFlaggedOfJudged => ratio(self.trap.flagged, self.trap.judged),
            Key::TrapLabelled => ratio(self.trap.labelled, self.trap.rows),
            Key::KindRecall(kind, tier) => self.kinds.get(kind)?[tier as usize].recall(),
            Key::PerThousandWords(pole) => {
                Some(1000.0 * ratio(self.findings[pole as usize], self.words)?)
            }
            Key::Auroc(_)
            | Key::AveragePrecision(_)
            | Key::ScoreAuroc
            | Key::ScoreAveragePrecision => None,
        }
    }
}

impl AlarmTally {
    fn add(&mut self, other: AlarmTally) {
        self.rows += other.rows;
        self.judged += other.judged;
        self.flagged += other.flagged;
        self.labelled += other.labelled;
    }
}

/// The rows of each target by its score, and those of `--score`.
pub(super) struct Rankings {
    targets: Vec<Ranking>,
    pub score: Option<Ranking>,
}

impl Rankings {
    pub fn new(items: &[Item], predictions: &[Prediction], score: Option<ScoreName>) -> Rankings {
        let rows = || (0u32..).zip(items).zip(predictions);
        let of_target = |target: Target| {
            Ranking::new(
                rows().filter(|((_, item), _)| item.known.and(item.judged).contains(target)).map(
                    |((row, item), prediction)| {
                        (row, target.score(&prediction.scores), item.truth.contains(target))
                    },
                ),
            )
        };
        let given = items.iter().any(|item| item.positive.is_some());
        let of_score = |score: ScoreName| {
            Ranking::new(rows().filter_map(|((row, item), prediction)| {
                let positive = if given { item.positive } else { implied(score, item) };
                Some((row, score.of(&prediction.scores), positive?))
            }))
        };
        Rankings { targets: Target::all().map(of_target).collect(), score: score.map(of_score) }
    }

    /// The figure, if it needs a ranking.
    fn value(&self, key: Key, weights: &[u32]) -> Option<f64> {
        match key {
            Key::Auroc(target) => self.targets.get(target.index())?.auroc(weights),
            Key::AveragePrecision(target) => {
                self.targets.get(target.index())?.average_precision(weights)
            }
            Key::ScoreAuroc => self.score.as_ref()?.auroc(weights),
            Key::ScoreAveragePrecision => self.score.as_ref()?.average_precision(weights),
            _ => None,
        }
    }
}

/// Which side of a score a row is on by its labels or poles, where no row says so itself: a target is
/// there or not; of an axis one of the poles is there, and rows with both or neither take no side.
fn implied(score: ScoreName, item: &Item) -> Option<bool> {
    let there = |target| item.known.contains(target).then(|| item.truth.contains(target));
    match score {
        ScoreName::Target(target) => there(target),
        ScoreName::Axis(axis) => {
            let builds = there(Target::Pole(axis.builds()))?;
            let drains = there(Target::Pole(axis.drains()))?;
            (builds != drains).then_some(builds)
        }
    }
}

/// The figures of some rows.
pub(super) struct Figures(BTreeMap<Key, Figure>);

impl Figures {
    /// Those of all rows, rankings included, with intervals.
    pub fn of_all(
        items: &[Item],
        predictions: &[Prediction],
        kinds: usize,
        rankings: &Rankings,
        resamples: u32,
    ) -> Figures {
        let mut keys = Key::counted(kinds);
        keys.extend(Key::ranked(rankings.score.is_some()));
        let values = |weights: &[u32]| -> Vec<Option<f64>> {
            let tally = Tally::over(items, predictions, kinds, weights);
            keys.iter()
                .map(|key| tally.value(*key).or_else(|| rankings.value(*key, weights)))
                .collect()
        };
        let exact = values(&vec![1; items.len()]);
        let intervals = bootstrap::intervals(items.len(), resamples, values);
        let figures = exact.into_iter().zip(intervals).map(|(value, interval)| {
            Figure::new(value, if value.is_some() { interval } else { None })
        });
        Figures(keys.iter().copied().zip(figures).collect())
    }

    /// Those of a group of rows, counted already: no rankings, no intervals.
    pub fn of_tally(tally: &Tally) -> Figures {
        let keys = Key::counted(tally.kinds.len());
        Figures(keys.into_iter().map(|key| (key, Figure::new(tally.value(key), None))).collect())
    }

    /// The figure; one that was not computed is undefined.
    pub fn get(&self, key: Key) -> Figure {
        self.0.get(&key).copied().unwrap_or_default()
    }
}
