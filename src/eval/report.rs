//! The figures of a run, as JSON and the tables show them.

use serde::{Serialize, Serializer};

use super::evaluation::{EvalError, Evaluation, Seat};
use super::figures::{AlarmTally, Figures, Key, Measure, Over, Rankings, Tally, Tier};
use super::metrics::{Counts, Reliability};
use super::{SCHEMA, ScoreName, Target};
use crate::taxonomy::Pole;

/// A figure with its 95 % bootstrap interval.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Figure {
    /// The figure; `None` where it is undefined, such as the precision of what was never seen.
    pub value: Option<f64>,
    /// The lower end, where intervals were asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub low: Option<f64>,
    /// The upper end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub high: Option<f64>,
}

impl Figure {
    /// Rounded to six places, beyond which nothing is known.
    pub(super) fn new(value: Option<f64>, interval: Option<(f64, f64)>) -> Figure {
        Figure {
            value: value.map(round),
            low: interval.map(|(low, _)| round(low)),
            high: interval.map(|(_, high)| round(high)),
        }
    }
}

fn round(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Named things in an order that means something; a JSON object.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Named<T>(pub Vec<(String, T)>);

impl<T> Named<T> {
    /// The one of this name.
    pub fn get(&self, name: &str) -> Option<&T> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl<T: Serialize> Serialize for Named<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

/// What `unsell eval` found.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct EvalReport {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The version of the program.
    pub version: &'static str,
    /// What was measured on.
    pub rows: RowCounts,
    /// The threads that labelled.
    pub threads: usize,
    /// The most memory that the whole process has held, in bytes, where the system tells.
    pub peak_memory_bytes: Option<u64>,
    /// The figures of each labeller.
    pub detectors: Named<DetectorReport>,
}

/// How many rows there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct RowCounts {
    /// All that could be read.
    pub total: u64,
    /// With `labels`.
    pub labelled: u64,
    /// With `poles` only.
    pub poles_only: u64,
    /// With neither.
    pub unlabelled: u64,
    /// Lines that could not be read.
    pub bad: u64,
}

/// How good and fast a labeller is.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DetectorReport {
    /// How fast.
    pub speed: Speed,
    /// The score that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub score: Option<ScoreReport>,
    /// Over rows with `labels`.
    pub behaviours: Level,
    /// Over rows with `labels` or `poles`.
    pub poles: Level,
    /// On rows with nothing in them.
    pub neutral: Alarm,
    /// On rows made to mislead.
    pub trap: TrapAlarm,
    /// The share of the labels found, by the rows' `kind`.
    pub recall_by_kind: Named<KindRecall>,
    /// Scores against what came of them.
    pub calibration: Calibration,
    /// On rows that nobody has labelled.
    pub ordinary: Ordinary,
    /// The main figures by the values of a field.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<Breakdown>,
}

/// Labelling alone, on the wall clock.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Speed {
    /// Seconds.
    pub seconds: f64,
    /// Rows a second; `None` where it was too fast to measure.
    pub utterances_per_second: Option<f64>,
}

/// How well a score puts positive rows above negative ones.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScoreReport {
    /// The behaviour, pole or axis.
    pub name: &'static str,
    /// Positive rows.
    pub positives: u64,
    /// Negative rows.
    pub negatives: u64,
    /// Area under the ROC curve.
    pub auroc: Figure,
    /// Average precision.
    pub average_precision: Figure,
}

/// Precision, recall and F1.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Shares {
    /// The share of what was seen that is there.
    pub precision: Figure,
    /// The share of what is there that was seen.
    pub recall: Figure,
    /// Their harmonic mean.
    pub f1: Figure,
}

/// All behaviours, or all poles.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Level {
    /// Over the added counts.
    pub micro: Shares,
    /// The mean over those that occur.
    #[serde(rename = "macro")]
    pub macro_average: Shares,
    /// Each.
    pub each: Named<TargetReport>,
}

/// One behaviour or pole.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TargetReport {
    /// Rows in which it is.
    pub support: u64,
    /// Rows in which it was seen.
    pub predicted: u64,
    /// Rows in which both.
    pub correct: u64,
    /// Precision, recall, F1.
    #[serde(flatten)]
    pub shares: Shares,
    /// Area under the ROC curve.
    pub auroc: Figure,
    /// Average precision.
    pub average_precision: Figure,
}

/// False alarms on neutral rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Alarm {
    /// All such rows.
    pub rows: u64,
    /// Those whose speaker is judged.
    pub judged: u64,
    /// Those in which something untrue was seen.
    pub flagged: u64,
    /// `flagged / rows`.
    pub share: Figure,
    /// `flagged / judged`.
    pub share_of_judged: Figure,
}

/// False alarms on trap rows.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TrapAlarm {
    /// As on neutral rows.
    #[serde(flatten)]
    pub alarm: Alarm,
    /// Rows in which anything was seen, true or not.
    pub labelled: u64,
    /// `labelled / rows`.
    pub share_labelled: Figure,
}

/// The labels of the rows of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct KindRecall {
    /// Labels of behaviours in them.
    pub labels: u64,
    /// The share of these that was seen.
    pub behaviours: Figure,
    /// The share of their poles that was seen.
    pub poles: Figure,
}

/// Scores against what came of them, over all judged behaviours of all rows with `labels`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Calibration {
    /// The expected calibration error.
    pub error: Figure,
    /// The reliability table.
    pub bins: Vec<CalibrationBin>,
}

/// A line of the reliability table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Where it starts.
    pub from: f64,
    /// Where it ends.
    pub to: f64,
    /// Scores in it.
    pub count: u64,
    /// Their mean.
    pub mean_score: Option<f64>,
    /// The share of them that was right.
    pub observed: Option<f64>,
}

/// Findings on talk that nobody has labelled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Ordinary {
    /// Rows without labels and poles.
    pub rows: u64,
    /// Their words.
    pub words: u64,
    /// Findings in them.
    pub findings: Named<u64>,
    /// Findings per 1,000 words.
    pub per_1000_words: Named<Figure>,
}

/// The main figures by the values of a field.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Breakdown {
    /// The field.
    pub field: String,
    /// Its values, sorted.
    pub groups: Named<Group>,
}

/// The main figures of some rows, without intervals.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// How many rows.
    pub rows: u64,
    /// Labels of behaviours in them.
    pub labels: u64,
    /// Micro averages over behaviours.
    pub behaviours: Shares,
    /// Micro averages over poles.
    pub poles: Shares,
    /// False alarms on neutral rows.
    pub neutral: Alarm,
    /// False alarms on trap rows.
    pub trap: TrapAlarm,
    /// Findings where nobody has labelled.
    pub ordinary: Ordinary,
}

/// Computes the report of an evaluation.
pub(super) fn build(evaluation: Evaluation<'_>, resamples: u32) -> Result<EvalReport, EvalError> {
    let items = &evaluation.items;
    if items.is_empty() {
        return Err(EvalError::NoRows);
    }
    let poles_only = |known: super::Targets| !known.is_empty() && known == super::Targets::POLES;
    let total = items.len() as u64;
    let unlabelled = items.iter().filter(|item| item.known.is_empty()).count() as u64;
    let poles_only = items.iter().filter(|item| poles_only(item.known)).count() as u64;
    let labelled = total - unlabelled - poles_only;
    let rows = RowCounts { total, labelled, poles_only, unlabelled, bad: evaluation.bad() };
    let detectors = evaluation
        .seats
        .iter()
        .map(|seat| {
            let report = detector(&evaluation, seat, resamples)?;
            Ok((seat.labeller.name().to_owned(), report))
        })
        .collect::<Result<_, EvalError>>()?;
    Ok(EvalReport {
        schema: SCHEMA,
        version: env!("CARGO_PKG_VERSION"),
        rows,
        threads: rayon::current_num_threads(),
        peak_memory_bytes: None,
        detectors: Named(detectors),
    })
}

fn detector(
    evaluation: &Evaluation<'_>,
    seat: &Seat<'_>,
    resamples: u32,
) -> Result<DetectorReport, EvalError> {
    let (items, predictions) = (&evaluation.items[..], &seat.predictions[..]);
    let kinds = evaluation.kinds.len();
    let rankings = Rankings::new(items, predictions, evaluation.options.score);
    if let (Some(name), Some(ranking)) = (evaluation.options.score, &rankings.score) {
        let (positives, negatives) = ranking.sides();
        if positives == 0 || negatives == 0 {
            return Err(EvalError::OneSided { name: name.id(), positives, negatives });
        }
    }
    let figures = Figures::of_all(items, predictions, kinds, &rankings, resamples);
    let tally = Tally::over(items, predictions, kinds, &vec![1; items.len()]);
    let recall_by_kind = evaluation
        .kinds
        .sorted()
        .map(|(name, at)| (name, at, tally.kinds[at][0].support()))
        .filter(|(_, at, _)| tally.kinds[*at][1].support() > 0)
        .map(|(name, at, labels)| {
            let behaviours = figures.get(Key::KindRecall(at, Tier::Behaviours));
            let poles = figures.get(Key::KindRecall(at, Tier::Poles));
            (name.to_owned(), KindRecall { labels, behaviours, poles })
        })
        .collect();
    Ok(DetectorReport {
        speed: speed(seat),
        score: evaluation.options.score.map(|name| score(name, &rankings, &figures)),
        behaviours: level(Tier::Behaviours, &tally, &figures),
        poles: level(Tier::Poles, &tally, &figures),
        neutral: neutral(&tally, &figures),
        trap: trap(&tally, &figures),
        recall_by_kind: Named(recall_by_kind),
        calibration: calibration(evaluation, seat),
        ordinary: ordinary(&tally, &figures),
        by: breakdown(evaluation, seat),
    })
}

fn speed(seat: &Seat<'_>) -> Speed {
    let seconds = seat.time.as_secs_f64();
    let rate = seat.predictions.len() as f64 / seconds;
    Speed { seconds: round(seconds), utterances_per_second: rate.is_finite().then(|| rate.round()) }
}

fn score(name: ScoreName, rankings: &Rankings, figures: &Figures) -> ScoreReport {
    let (positives, negatives) = rankings.score.as_ref().map_or((0, 0), |ranking| ranking.sides());
    ScoreReport {
        name: name.id(),
        positives,
        negatives,
        auroc: figures.get(Key::ScoreAuroc),
        average_precision: figures.get(Key::ScoreAveragePrecision),
    }
}

fn shares(over: Over, figures: &Figures) -> Shares {
    let get = |measure| figures.get(Key::Share(measure, over));
    Shares {
        precision: get(Measure::Precision),
        recall: get(Measure::Recall),
        f1: get(Measure::F1),
    }
}

fn level(tier: Tier, tally: &Tally, figures: &Figures) -> Level {
    let each = tier
        .each()
        .zip(tally.counts_of(tier))
        .map(|(target, counts)| (target.id().to_owned(), target_report(target, *counts, figures)));
    Level {
        micro: shares(Over::Micro(tier), figures),
        macro_average: shares(Over::Macro(tier), figures),
        each: Named(each.collect()),
    }
}

fn target_report(target: Target, counts: Counts, figures: &Figures) -> TargetReport {
    TargetReport {
        support: counts.support(),
        predicted: counts.predicted(),
        correct: counts.correct,
        shares: shares(Over::One(target), figures),
        auroc: figures.get(Key::Auroc(target)),
        average_precision: figures.get(Key::AveragePrecision(target)),
    }
}

fn neutral(tally: &Tally, figures: &Figures) -> Alarm {
    let AlarmTally { rows, judged, flagged, .. } = tally.neutral;
    let share = figures.get(Key::NeutralFlagged);
    Alarm {
        rows,
        judged,
        flagged,
        share,
        share_of_judged: figures.get(Key::NeutralFlaggedOfJudged),
    }
}

fn trap(tally: &Tally, figures: &Figures) -> TrapAlarm {
    let AlarmTally { rows, judged, flagged, labelled } = tally.trap;
    let share = figures.get(Key::TrapFlagged);
    let share_of_judged = figures.get(Key::TrapFlaggedOfJudged);
    TrapAlarm {
        alarm: Alarm { rows, judged, flagged, share, share_of_judged },
        labelled,
        share_labelled: figures.get(Key::TrapLabelled),
    }
}

fn ordinary(tally: &Tally, figures: &Figures) -> Ordinary {
    let rate = |pole: Pole| (pole.id().to_owned(), figures.get(Key::PerThousandWords(pole)));
    let findings = Pole::ALL.iter().zip(tally.findings);
    Ordinary {
        rows: tally.unlabelled,
        words: tally.words,
        findings: Named(findings.map(|(pole, count)| (pole.id().to_owned(), count)).collect()),
        per_1000_words: Named(Pole::ALL.map(rate).into()),
    }
}

fn calibration(evaluation: &Evaluation<'_>, seat: &Seat<'_>) -> Calibration {
    let mut reliability = Reliability::default();
    for (item, prediction) in evaluation.items.iter().zip(&seat.predictions) {
        for target in Tier::Behaviours.each() {
            if item.known.and(item.judged).contains(target) {
                reliability.add(target.score(&prediction.scores), item.truth.contains(target));
            }
        }
    }
    let width = 1.0 / Reliability::BINS as f64;
    let bins = reliability.bins.iter().enumerate().map(|(at, bin)| {
        let share = |part: f64| (bin.count > 0).then(|| round(part / bin.count as f64));
        CalibrationBin {
            from: round(at as f64 * width),
            to: round((at + 1) as f64 * width),
            count: bin.count,
            mean_score: share(bin.sum),
            observed: share(bin.positives as f64),
        }
    });
    Calibration { error: Figure::new(reliability.error(), None), bins: bins.collect() }
}

fn breakdown(evaluation: &Evaluation<'_>, seat: &Seat<'_>) -> Option<Breakdown> {
    let field = evaluation.options.by.clone()?;
    let groups = evaluation.groups.sorted().map(|(name, at)| {
        let weights: Vec<u32> =
            evaluation.items.iter().map(|item| u32::from(item.group == at)).collect();
        let kinds = evaluation.kinds.len();
        let tally = Tally::over(&evaluation.items, &seat.predictions, kinds, &weights);
        let figures = Figures::of_tally(&tally);
        let labels = tally.counts_of(Tier::Behaviours).iter().map(|counts| counts.support()).sum();
        let group = Group {
            rows: weights.iter().map(|weight| u64::from(*weight)).sum(),
            labels,
            behaviours: shares(Over::Micro(Tier::Behaviours), &figures),
            poles: shares(Over::Micro(Tier::Poles), &figures),
            neutral: neutral(&tally, &figures),
            trap: trap(&tally, &figures),
            ordinary: ordinary(&tally, &figures),
        };
        (name.to_owned(), group)
    });
    Some(Breakdown { field, groups: Named(groups.collect()) })
}
