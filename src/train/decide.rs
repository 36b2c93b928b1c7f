//! What is decided after the weights: calibration, fusion and thresholds, all on dev examples.

use super::logistic::{self, Point};
use super::{Example, TrainError};
use crate::classifier::PerBehaviour;
use crate::classifier::calibration::{Calibration, Fusion, Threshold, logit};
use crate::classifier::folder::{HEADS_SCHEMA, Head, Heads};
use crate::classifier::input::Limits;
use crate::eval::Ranking;
use crate::lexicon::Cue;
use crate::taxonomy::{Behaviour, Pole, Role};

/// A dev example and the network's outputs for it.
pub(super) struct Scores<'a> {
    pub example: &'a Example,
    pub logits: PerBehaviour,
}

/// The mean average precision of the behaviours on written examples, and of the poles on real ones
/// (where a single behaviour has too few). Only those with so many positives count.
pub(super) fn dev_precision(scores: &[Scores]) -> (f32, Option<f32>) {
    const ENOUGH: usize = 3;
    let mean = |real: bool, targets: &[Vec<Behaviour>]| -> Option<f32> {
        let rows: Vec<_> = scores.iter().filter(|row| row.example.real == real).collect();
        let ones = vec![1; rows.len()];
        let mut precisions = Vec::new();
        for target in targets {
            let judged = rows
                .iter()
                .enumerate()
                .filter(|(_, row)| real || row.example.role.judged_on(target[0].axis()));
            let ranking = Ranking::new(judged.map(|(at, row)| {
                let score = target.iter().map(|b| row.logits[b.index()]).fold(f32::MIN, f32::max);
                let there = target.iter().any(|b| row.example.labels.contains(b));
                (at as u32, f64::from(score), there)
            }));
            if ranking.sides().0 >= ENOUGH as u64 {
                precisions.extend(ranking.average_precision(&ones));
            }
        }
        let count = precisions.len();
        (count > 0).then(|| (precisions.iter().sum::<f64>() / count as f64) as f32)
    };
    let behaviours: Vec<_> = Behaviour::all().map(|behaviour| vec![behaviour]).collect();
    let poles: Vec<Vec<_>> = Pole::ALL
        .iter()
        .map(|pole| Behaviour::all().filter(|behaviour| behaviour.pole() == *pole).collect())
        .collect();
    (mean(false, &behaviours).unwrap_or(0.0), mean(true, &poles))
}

/// How many false alarms dev examples may have at the thresholds chosen. For written ones less than is
/// promised, since other authors set other traps. Half of the words of real ones are of people who haggle and
/// persuade, so what drains may have a little more than is promised of meetings. What real talk shows in a mild form only is doubtful and no
/// false alarm, so for what builds, which people do mildly all day, a fraction of what is promised is allowed.
struct Budget {
    /// The share of written neutral rows in which anything is found.
    neutral: f32,
    /// The share of written traps in which something is found that is not there.
    traps: f32,
    /// False findings per 1,000 words of real talk, in a pole that drains and in one that builds.
    draining: f32,
    building: f32,
}

const BUDGET: Budget = Budget { neutral: 0.017, traps: 0.08, draining: 0.35, building: 0.4 };

/// Decides everything that `heads.json` holds. `cues` are what the lexicon says of each example.
///
/// # Errors
///
/// When there is no dev example to decide on.
pub(super) fn decide(
    name: &str,
    input: Limits,
    scores: &[Scores],
    cues: &[[Cue; Behaviour::COUNT]],
) -> Result<Heads, TrainError> {
    if scores.is_empty() {
        return Err(TrainError::Examples("no example has the split `dev`".to_owned()));
    }
    let mut calibrations = calibrate(scores);
    let log_odds: Vec<PerBehaviour> = scores
        .iter()
        .map(|row| {
            std::array::from_fn(|at| calibrations[at].log_odds(row.logits[at], row.example.role))
        })
        .collect();
    let fusion = fuse(scores, &log_odds, cues);
    let fused: Vec<PerBehaviour> = log_odds
        .iter()
        .zip(cues)
        .map(|(log_odds, cues)| {
            std::array::from_fn(|at| logit(fusion.probability(log_odds[at], cues[at])))
        })
        .collect();
    let alone = thresholds(scores, &log_odds);
    let both = thresholds(scores, &fused);
    for (calibration, threshold) in calibrations.iter_mut().zip(alone) {
        calibration.threshold = threshold;
    }
    let behaviours = Behaviour::all()
        .zip(calibrations)
        .zip(both)
        .map(|((id, classifier), both)| Head { id, classifier, both })
        .collect();
    Ok(Heads { schema: HEADS_SCHEMA.to_owned(), name: name.to_owned(), input, behaviours, fusion })
}

/// The rows on which a behaviour was judged, with their index.
fn judged<'s, 'a>(
    scores: &'s [Scores<'a>],
    behaviour: Behaviour,
) -> impl Iterator<Item = (usize, &'s Scores<'a>)> {
    scores.iter().enumerate().filter(move |(_, row)| {
        row.example.role.judged_on(behaviour.axis())
            && row.example.axes.contains(&behaviour.axis())
            && !row.example.doubtful.contains(&behaviour)
    })
}

/// Platt's sigmoid for each behaviour, pulled towards one for all, since each has few examples. How steep it
/// is hardly differs: in five parts of dev, each judged by what the other four say, surprise falls with every
/// doubling of that pull up to here. How common a behaviour is does differ.
fn calibrate(scores: &[Scores]) -> Vec<Calibration> {
    const PULL: [f64; 3] = [1000.0, 20.0, 20.0];
    let points = |behaviour: Behaviour| -> Vec<Point<3>> {
        judged(scores, behaviour)
            .map(|(_, row)| {
                let unknown = f32::from(u8::from(row.example.role == Role::Unknown));
                let there = row.example.labels.contains(&behaviour);
                ([row.logits[behaviour.index()], 1.0, unknown], there)
            })
            .collect()
    };
    let all: Vec<_> = Behaviour::all().flat_map(points).collect();
    let common = logistic::fit(&all, [1.0, 0.0, 0.0], [1.0; 3]);
    Behaviour::all()
        .map(|behaviour| {
            let [slope, shift, unknown] = logistic::fit(&points(behaviour), common, PULL);
            // A behaviour whose output says the opposite would be no calibration.
            let slope = slope.max(0.1);
            Calibration { slope, shift, unknown, ..Calibration::RAW }
        })
        .collect()
}

fn fuse(scores: &[Scores], log_odds: &[PerBehaviour], cues: &[[Cue; Behaviour::COUNT]]) -> Fusion {
    let mut points: Vec<Point<5>> = Vec::new();
    for behaviour in Behaviour::all() {
        for (row, scores) in judged(scores, behaviour) {
            let at = behaviour.index();
            let features = Fusion::features(log_odds[row][at], cues[row][at]);
            points.push((features, scores.example.labels.contains(&behaviour)));
        }
    }
    let [classifier, lexicon, matched, rejected, shift] =
        logistic::fit(&points, [1.0, 0.5, 0.0, 0.0, 0.0], [5.0; 5]);
    // A rejected match may count against, never for.
    Fusion { classifier, lexicon, matched, rejected: rejected.min(0.0), shift }
}

/// One threshold for all behaviours, in log odds: where F1 is best on the written examples, raised in steps
/// until the false alarms keep to the [`BUDGET`]; where the role is unknown one for each pole, at the best F0.5
/// there. A threshold for each behaviour would be chosen by a few dozen examples: chosen on one half of dev, such
/// ones find less on the other half, with more false alarms.
fn thresholds(scores: &[Scores], log_odds: &[PerBehaviour]) -> Vec<Threshold> {
    let found = |row: usize, at: usize, threshold: f32| log_odds[row][at] >= threshold;
    let alarms = |role_known: bool, threshold: f32| {
        Alarms::count(scores, role_known, |row, at| found(row, at, threshold))
    };
    let keeps = |threshold: &f32| {
        let alarms = alarms(true, *threshold);
        alarms.neutral <= BUDGET.neutral && alarms.traps <= BUDGET.traps
    };
    let best = best_f1(scores, log_odds);
    let known = (0..120).map(|step| best + step as f32 * 0.05).find(keeps).unwrap_or(best + 6.0);
    let poles: Vec<f32> = Pole::ALL
        .iter()
        .map(|pole| {
            let budget = if pole.drains() { BUDGET.draining } else { BUDGET.building };
            let within =
                |threshold: f32| alarms(false, threshold).per_1000_words[*pole as usize] <= budget;
            best_for_unknown(scores, *pole, &found, &within).unwrap_or(known)
        })
        .collect();
    let probability = crate::classifier::calibration::logistic;
    Behaviour::all()
        .map(|behaviour| Threshold {
            known: probability(known),
            unknown: probability(poles[behaviour.pole() as usize]),
        })
        .collect()
}

/// A pole's threshold where the role is unknown: at the best F0.5 of the pole in such talk that keeps `within` its
/// budget. `None` where too few such examples have the pole.
fn best_for_unknown(
    scores: &[Scores],
    pole: Pole,
    found: &dyn Fn(usize, usize, f32) -> bool,
    within: &dyn Fn(f32) -> bool,
) -> Option<f32> {
    const ENOUGH: f32 = 20.0;
    let of_pole: Vec<_> = Behaviour::all().filter(|b| b.pole() == pole).collect();
    let rows_where = |wanted: &dyn Fn(&Example) -> bool| -> Vec<(usize, bool)> {
        scores
            .iter()
            .enumerate()
            .filter(|(_, row)| wanted(row.example))
            .filter_map(|(at, row)| {
                let has = |list: &[Behaviour]| of_pole.iter().any(|b| list.contains(b));
                let there = has(&row.example.labels);
                (there || !has(&row.example.doubtful)).then_some((at, there))
            })
            .collect()
    };
    let positives = |rows: &[(usize, bool)]| rows.iter().filter(|(_, there)| *there).count() as f32;
    // Written examples are said more clearly than people talk, so they help only where those are too few.
    let mut rows = rows_where(&|example| example.real);
    if positives(&rows) < ENOUGH {
        rows = rows_where(&|example| example.real || example.role == Role::Unknown);
    }
    let positives = positives(&rows);
    if positives < ENOUGH {
        return None;
    }
    // F0.5: a false alarm costs more trust than a miss.
    let f_half = |threshold: f32| {
        let (mut right, mut seen) = (0.0_f32, 0.0_f32);
        for (row, there) in &rows {
            if of_pole.iter().any(|b| found(*row, b.index(), threshold)) {
                seen += 1.0;
                right += f32::from(u8::from(*there));
            }
        }
        1.25 * right / (seen + 0.25 * positives)
    };
    let all = (-50..=70).map(|step| step as f32 * 0.1).filter(|threshold| within(*threshold));
    all.map(|threshold| (f_half(threshold), threshold))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|best| best.1)
}

/// The log odds from which on the F1 of all behaviours together is best on the written examples.
fn best_f1(scores: &[Scores], log_odds: &[PerBehaviour]) -> f32 {
    let f1 = |threshold: f32| {
        let (mut right, mut found_or_there) = (0.0_f32, 0.0_f32);
        for behaviour in Behaviour::all() {
            for (row, scores) in judged(scores, behaviour).filter(|(_, row)| !row.example.real) {
                let seen = log_odds[row][behaviour.index()] >= threshold;
                let is = scores.example.labels.contains(&behaviour);
                right += f32::from(u8::from(seen && is));
                found_or_there += f32::from(u8::from(seen)) + f32::from(u8::from(is));
            }
        }
        2.0 * right / found_or_there.max(1.0)
    };
    let all = (-40..=40).map(|step| step as f32 * 0.1);
    all.map(|threshold| (f1(threshold), threshold))
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(0.0, |best| best.1)
}

/// False alarms on dev examples.
struct Alarms {
    neutral: f32,
    traps: f32,
    per_1000_words: [f32; Pole::ALL.len()],
}

impl Alarms {
    /// Counts what `found` finds: on written examples of known roles, or on real talk.
    fn count(scores: &[Scores], role_known: bool, found: impl Fn(usize, usize) -> bool) -> Alarms {
        let (mut neutral, mut neutral_found) = (0.0_f32, 0.0_f32);
        let (mut traps, mut traps_found) = (0.0_f32, 0.0_f32);
        let mut words = 0.0_f32;
        let mut false_findings = [0.0_f32; Pole::ALL.len()];
        for (row, scores) in scores.iter().enumerate() {
            let example = scores.example;
            let role = if example.real { Role::Unknown } else { example.role };
            let wrong = Behaviour::all().filter(|behaviour| {
                role.judged_on(behaviour.axis())
                    && found(row, behaviour.index())
                    && !example.labels.contains(behaviour)
                    && !example.doubtful.contains(behaviour)
            });
            if example.real {
                words += example.text.split_whitespace().count() as f32;
                for behaviour in wrong {
                    false_findings[behaviour.pole() as usize] += 1.0;
                }
            } else if role_known {
                let any = f32::from(u8::from(wrong.count() > 0));
                if example.trap {
                    traps += 1.0;
                    traps_found += any;
                } else if example.labels.is_empty() {
                    neutral += 1.0;
                    neutral_found += any;
                }
            }
        }
        Alarms {
            neutral: neutral_found / neutral.max(1.0),
            traps: traps_found / traps.max(1.0),
            per_1000_words: false_findings.map(|found| found / words.max(1.0) * 1000.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::taxonomy::Axis;
    use crate::train::Split;

    fn example(real: bool, labels: &[Behaviour]) -> Example {
        Example {
            role: if real { Role::Unknown } else { Role::Seller },
            prev: String::new(),
            text: "ten words of what somebody said on some old day".to_owned(),
            labels: labels.to_vec(),
            doubtful: vec![],
            axes: if real { &Axis::ALL } else { &[Axis::Selling] },
            split: Split::Dev,
            real,
            trap: false,
            taught: None,
        }
    }

    /// Examples whose outputs separate what is there from what is not, but for some noise.
    fn dev(seed: u64) -> Vec<(Example, PerBehaviour)> {
        let mut rng = fastrand::Rng::with_seed(seed);
        (0..3000)
            .map(|at| {
                let real = at % 3 == 0;
                let there: Vec<_> = Behaviour::all()
                    .filter(|behaviour| {
                        (real || behaviour.axis() == Axis::Selling)
                            && rng.f32() < if real { 0.004 } else { 0.03 }
                    })
                    .collect();
                let mut logits: PerBehaviour =
                    std::array::from_fn(|_| -5.0 + (rng.f32() + rng.f32() + rng.f32()) * 2.0);
                for behaviour in &there {
                    logits[behaviour.index()] += 3.5;
                }
                (example(real, &there), logits)
            })
            .collect()
    }

    fn heads(dev: &[(Example, PerBehaviour)], cues: &[[Cue; Behaviour::COUNT]]) -> Heads {
        let scores: Vec<_> =
            dev.iter().map(|(example, logits)| Scores { example, logits: *logits }).collect();
        decide("test", Limits::DEFAULT, &scores, cues).unwrap()
    }

    #[test]
    fn false_alarms_keep_to_the_budget() {
        let dev = dev(1);
        let heads = heads(&dev, &vec![[Cue::default(); Behaviour::COUNT]; dev.len()]);
        let (mut words, mut wrong, mut right, mut there) = (0, [0; 4], 0, 0);
        for (example, logits) in dev.iter().filter(|(example, _)| example.real) {
            words += example.text.split_whitespace().count();
            for head in &heads.behaviours {
                let p = head.classifier.probability(logits[head.id.index()], Role::Unknown);
                let found = p >= head.classifier.threshold.unknown;
                let is = example.labels.contains(&head.id);
                wrong[head.id.pole() as usize] += usize::from(found && !is);
                right += usize::from(found && is);
                there += usize::from(is);
            }
        }
        for pole in Pole::ALL {
            let budget = if pole.drains() { BUDGET.draining } else { BUDGET.building };
            assert!(wrong[pole as usize] as f32 * 1000.0 <= budget * words as f32, "{wrong:?}");
        }
        assert!(right * 4 > there, "{right} of {there} are still found");
    }

    #[test]
    fn a_lexicon_that_knows_is_believed_and_one_that_guesses_is_not() {
        let dev = dev(2);
        let cues = |knows: bool| -> Vec<_> {
            let mut rng = fastrand::Rng::with_seed(9);
            dev.iter()
                .map(|(example, _)| {
                    let mut cues = [Cue::default(); Behaviour::COUNT];
                    for behaviour in Behaviour::all() {
                        let there = example.labels.contains(&behaviour);
                        let matches = if knows { there && rng.bool() } else { rng.f32() < 0.02 };
                        cues[behaviour.index()].score = matches.then_some(0.8);
                    }
                    cues
                })
                .collect()
        };
        let with = |knows| {
            let fusion = heads(&dev, &cues(knows)).fusion;
            let at = |score| fusion.probability(-1.0, Cue { score, rejected: false });
            at(Some(0.8)) - at(None)
        };
        assert!(with(true) > 0.3, "{}", with(true));
        assert!(with(false).abs() < 0.1, "{}", with(false));
    }
}
