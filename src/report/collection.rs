//! What is kept of many reports: a summary of each call and the best moments of all.
//!
//! A report holds all that was said; of thousands only what an index shows is kept, so that memory
//! grows with the number of calls and not with their length.

use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::score::Sufficiency;
use crate::taxonomy::{Axis, Behaviour, Role};

use super::clean;
use super::layout::{QUOTE_END, QUOTE_START, excerpt, place, shorten};
use super::model::{AxisReport, FindingReport, Report};
use super::practice;

/// Good moments kept of each behaviour that builds, and how many of them may be one person's.
const MOMENTS: usize = 5;
const OF_ONE: usize = 2;

/// Names and quotes longer than this are cut.
const NAME: usize = 80;
const QUOTE: usize = 400;
/// How much of its sentence is kept on either side of a quote, in characters.
const AROUND: usize = 120;

/// Many calls.
#[derive(Debug, Clone, Default)]
pub struct Collection {
    /// The calls, in the order given.
    pub calls: Vec<Call>,
    /// Why the others could not be read.
    pub failed: Vec<String>,
    /// The best moments of each behaviour that builds, the surest first.
    pub moments: BTreeMap<Behaviour, Vec<Moment>>,
    /// What to say instead of each behaviour that drains, where any was found.
    pub advice: BTreeMap<Behaviour, String>,
    /// What every place that shows an ideal says of it.
    pub targets: String,
    /// The ideal rate of each behaviour.
    pub ideals: BTreeMap<Behaviour, f64>,
}

/// What is kept of one report.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// The path as it was given.
    pub path: String,
    /// Where its own page is, seen from the index.
    pub link: String,
    /// The folder that it lies in.
    pub folder: String,
    /// The day, where the path tells it.
    pub date: Option<Date>,
    /// Words of all.
    pub words: u64,
    /// Length in seconds, where times tell it.
    pub seconds: Option<f64>,
    /// How everyone judged comes out together.
    pub scores: Vec<Summary>,
    /// Those who were judged.
    pub people: Vec<Person>,
    /// What building moments it has, the best of each behaviour.
    moments: Vec<Moment>,
    advice: BTreeMap<Behaviour, String>,
    targets: String,
    ideals: BTreeMap<Behaviour, f64>,
}

/// Someone judged in a call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Person {
    /// The name.
    pub name: String,
    /// The role.
    pub role: Role,
    /// How they come out on each axis on which they are judged.
    pub scores: Vec<Summary>,
}

/// An axis of a call or of one person in it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Summary {
    /// The axis.
    pub axis: Axis,
    /// The index.
    pub index: f64,
    /// Lower end of its 90 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Whether it rests on enough.
    pub evidence: Sufficiency,
    /// Words of those judged.
    pub words: u64,
    /// What was found: how often, and the scores added up.
    pub found: Vec<(Behaviour, u64, f64)>,
}

/// A good moment to learn from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Moment {
    /// What it shows.
    pub behaviour: Behaviour,
    /// How sure.
    pub score: f64,
    /// Who said it.
    pub speaker: Option<String>,
    /// Where it is, seen from the index.
    pub link: String,
    /// When or where it was said.
    pub place: String,
    /// The path of the call.
    pub path: String,
    /// The sentence before the words, the words, and after.
    pub quote: [String; 3],
}

impl Call {
    /// Keeps what an index needs of a report whose page is at `link`.
    pub fn new(report: &Report, link: String) -> Call {
        let path = clean(&report.source.path);
        let folder = path.rsplit_once(['/', '\\']).map_or("", |(folder, _)| folder).to_owned();
        let of = |finding: &&FindingReport, axis: Axis| finding.axis == axis.id();
        let scores = report
            .scores
            .judged()
            .map(|(axis, score)| {
                let words = report.judged_words(axis);
                Summary::new(axis, score, words, report.findings.iter().filter(|f| of(f, axis)))
            })
            .collect();
        let mut findings_of: HashMap<&str, Vec<&FindingReport>> = HashMap::new();
        for finding in &report.findings {
            findings_of.entry(finding.speaker.as_deref().unwrap_or("")).or_default().push(finding);
        }
        let people = report.speakers.iter().filter(|s| s.scores.judged().next().is_some());
        let people = people
            .map(|speaker| {
                let own = findings_of.get(speaker.name.as_str()).map_or(&[][..], Vec::as_slice);
                let summary = |(axis, score): (Axis, &AxisReport)| {
                    let findings = own.iter().copied().filter(|f| of(f, axis));
                    Summary::new(axis, score, speaker.words, findings)
                };
                Person {
                    name: shorten(&clean(&report.person(&speaker.name)), NAME),
                    role: speaker.role,
                    scores: speaker.scores.judged().map(summary).collect(),
                }
            })
            .collect();
        let ideals = report.scores.judged().flat_map(|(_, score)| {
            let known = score.behaviours.iter();
            known.filter_map(|(id, count)| Some((Behaviour::from_id(id)?, count.ideal)))
        });
        Call {
            date: date_in(&path),
            words: report.turns.iter().map(|turn| turn.shape.words).sum(),
            seconds: report.length(),
            scores,
            people,
            moments: moments(report, &link, &path),
            advice: advice(report),
            targets: report.engine.targets.clone(),
            ideals: ideals.collect(),
            folder,
            path,
            link,
        }
    }
}

/// What to say instead, of each behaviour the first.
fn advice(report: &Report) -> BTreeMap<Behaviour, String> {
    let mut advice = BTreeMap::new();
    for finding in report.findings.iter().filter(|finding| !finding.instead.is_empty()) {
        if let Some(behaviour) = Behaviour::from_id(finding.behaviour) {
            advice.entry(behaviour).or_insert_with(|| finding.instead.clone());
        }
    }
    advice
}

impl Summary {
    fn new<'a>(
        axis: Axis,
        score: &AxisReport,
        words: u64,
        findings: impl Iterator<Item = &'a FindingReport>,
    ) -> Summary {
        let standings = practice::standings(score, findings);
        let found = standings.iter().filter(|standing| standing.count > 0);
        Summary {
            axis,
            index: score.index,
            low: score.low,
            high: score.high,
            evidence: score.evidence,
            words,
            found: found.map(|s| (s.behaviour, s.count, s.weight)).collect(),
        }
    }

    /// Findings of one side per 1,000 words.
    pub fn rate(&self, drains: bool) -> f64 {
        let of_side = self.found.iter().filter(|(b, ..)| b.pole().drains() == drains);
        let count: u64 = of_side.map(|(_, count, _)| count).sum();
        if self.words == 0 { 0.0 } else { count as f64 * 1000.0 / self.words as f64 }
    }
}

/// The surest moment of each behaviour that builds, of those that nobody took back.
fn moments(report: &Report, link: &str, path: &str) -> Vec<Moment> {
    let mut best: Vec<Option<(usize, &FindingReport)>> = vec![None; Behaviour::COUNT];
    for (number, finding) in report.findings.iter().enumerate() {
        let Some(behaviour) = Behaviour::from_id(finding.behaviour) else { continue };
        let place = &mut best[behaviour.index()];
        let better = place.is_none_or(|(_, best)| finding.score > best.score);
        let teaches = finding.taken_back.is_none() && !finding.quote.is_empty();
        if !finding.drains() && teaches && better {
            *place = Some((number, finding));
        }
    }
    let moment = |(behaviour, found): (Behaviour, Option<(usize, &FindingReport)>)| {
        let (number, finding) = found?;
        let text = excerpt(report, finding, AROUND);
        let (before, rest) = text.split_once(QUOTE_START)?;
        let (words, after) = rest.split_once(QUOTE_END)?;
        Some(Moment {
            behaviour,
            score: finding.score,
            speaker: finding
                .speaker
                .as_ref()
                .map(|name| shorten(&clean(&report.person(name)), NAME)),
            link: format!("{link}#m{number}"),
            place: place(finding),
            path: path.to_owned(),
            quote: [before, words, after].map(|part| shorten(part, QUOTE)),
        })
    };
    Behaviour::all().zip(best).filter_map(moment).collect()
}

impl Collection {
    /// Adds a call.
    pub fn add(&mut self, mut call: Call) {
        for moment in std::mem::take(&mut call.moments) {
            self.keep(moment);
        }
        if self.targets.is_empty() {
            self.targets = std::mem::take(&mut call.targets);
        }
        for (behaviour, ideal) in std::mem::take(&mut call.ideals) {
            self.ideals.entry(behaviour).or_insert(ideal);
        }
        for (behaviour, instead) in std::mem::take(&mut call.advice) {
            self.advice.entry(behaviour).or_insert(instead);
        }
        self.calls.push(call);
    }

    /// Keeps a moment if it is among the best of its behaviour. Words learnt by heart count once.
    fn keep(&mut self, moment: Moment) {
        let kept = self.moments.entry(moment.behaviour).or_default();
        let at = kept.partition_point(|other| other.score >= moment.score);
        kept.insert(at, moment);
        let mut chosen: Vec<Moment> = Vec::with_capacity(MOMENTS);
        for moment in kept.drain(..) {
            let repeats = chosen.iter().any(|other| other.quote[1] == moment.quote[1]);
            let theirs = chosen.iter().filter(|other| other.speaker == moment.speaker).count();
            if !repeats && theirs < OF_ONE && chosen.len() < MOMENTS {
                chosen.push(moment);
            }
        }
        *kept = chosen;
    }
}

/// The last day in a path, as people write it in file names: `2031-05-14`, `2031_05_14`, `20310514`.
fn date_in(path: &str) -> Option<Date> {
    let bytes = path.as_bytes();
    let is_digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let number = |from: usize, length: usize| path.get(from..from + length)?.parse::<i16>().ok();
    (0..bytes.len()).rev().find_map(|at| {
        let starts = is_digit(at) && (at == 0 || !is_digit(at - 1));
        if !starts || !(at..at + 4).all(is_digit) {
            return None;
        }
        let gap = usize::from(bytes.get(at + 4).is_some_and(|c| b"-_.".contains(c)));
        let (month, day) = (at + 4 + gap, at + 6 + 2 * gap);
        let whole = (month..month + 2).chain(day..day + 2).all(is_digit) && !is_digit(day + 2);
        let even = gap == 0 || bytes.get(at + 4) == bytes.get(at + 7);
        if !whole || !even {
            return None;
        }
        let (year, month, day) = (number(at, 4)?, number(month, 2)?, number(day, 2)?);
        let plausible = (1970..2100).contains(&year);
        plausible.then(|| Date::new(year, month as i8, day as i8).ok()).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn days_are_read_from_paths_and_other_numbers_are_not() {
        let day = |path: &str| date_in(path).map(|date| date.to_string());
        assert_eq!(day("calls/2031-05-14 Ortiz.vtt").as_deref(), Some("2031-05-14"));
        assert_eq!(day("a/20310514-x.vtt").as_deref(), Some("2031-05-14"));
        assert_eq!(day("2030-01-01/call_2031_05_14.txt").as_deref(), Some("2031-05-14"));
        for other in ["call-20311399", "id-1234567890", "2031-05", "2031-05_14", "", "0000-01-01"] {
            assert_eq!(day(other), None, "{other}");
        }
    }

    #[test]
    fn a_call_keeps_its_figures_and_not_its_words() {
        let report = sample::call();
        let call = Call::new(&report, "calls/a.html".into());
        let score = report.scores.selling.as_ref().expect("judged");
        assert_eq!((call.scores[0].index, call.folder.as_str()), (score.index, "calls"));
        assert_eq!(call.people.len(), 1);
        assert_eq!(call.people[0].scores[0].words, report.speakers[0].words);
        let per_1000 = score.poles.get("pushy").expect("a pole").per_1000_words;
        assert!((call.scores[0].rate(true) - per_1000).abs() < 1e-3);
    }

    #[test]
    fn the_best_moments_stay_and_no_one_has_them_all() {
        let report = sample::call();
        let mut calls = Collection::default();
        for at in 0..20 {
            let mut call = Call::new(&report, format!("c{at}.html"));
            for moment in &mut call.moments {
                moment.score = 0.7 + 0.01 * f64::from(at);
                moment.speaker = Some(format!("Person {}", at / 4));
                moment.quote[1] = format!("words {at}");
            }
            calls.add(call);
        }
        let kept = &calls.moments[&Behaviour::from_id("experiment").expect("a behaviour")];
        assert_eq!(kept.len(), MOMENTS);
        assert!((kept[0].score - 0.89).abs() < 1e-9);
        let mine = |name: &str| kept.iter().filter(|m| m.speaker.as_deref() == Some(name)).count();
        assert_eq!((mine("Person 4"), mine("Person 3"), mine("Person 2")), (2, 2, 1));
    }

    #[test]
    fn the_same_words_are_kept_once() {
        let mut calls = Collection::default();
        for link in ["a.html", "b.html"] {
            calls.add(Call::new(&sample::call(), link.into()));
        }
        let kept: Vec<_> = calls.moments.values().flatten().collect();
        assert_eq!(kept.len(), calls.moments.len());
        assert!(kept.iter().all(|moment| moment.link.starts_with("a.html")));
    }

    #[test]
    fn a_moment_that_was_taken_back_is_none_to_learn_from() {
        let mut report = sample::call();
        for finding in &mut report.findings {
            finding.taken_back = Some(super::super::model::TakenBackReport {
                weight: 0.9,
                turn: 0,
                span: [0, 0],
                quote: String::new(),
                line: None,
                time: None,
            });
        }
        assert!(Call::new(&report, String::new()).moments.is_empty());
    }
}
