//! Calls gathered by who was judged in them, and by team.

use std::collections::HashMap;

use jiff::civil::Date;

use crate::report::collection::{Collection, Summary};
use crate::report::practice::Standing;
use crate::score::Sufficiency;
use crate::taxonomy::{Axis, Behaviour};

/// A person or a team on one axis, over all calls.
pub(super) struct Subject {
    /// The name.
    pub name: String,
    /// The axis.
    pub axis: Axis,
    /// Calls in which they were judged on it.
    pub calls: usize,
    /// Words in them.
    pub words: u64,
    /// The calls in which anything was found, in order.
    pub points: Vec<Point>,
    /// Whether that order is the calls' days'; else it is the order given.
    pub dated: bool,
    counts: [u64; Behaviour::COUNT],
    weights: [f64; Behaviour::COUNT],
}

/// A call of a subject.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    /// Its place in the collection.
    pub call: usize,
    /// The day, where the path tells it.
    pub date: Option<Date>,
    /// The index and its interval.
    pub index: f64,
    pub low: f64,
    pub high: f64,
    /// Whether it rests on enough.
    pub enough: bool,
}

impl Subject {
    fn new(name: &str, axis: Axis) -> Self {
        Subject {
            name: name.to_owned(),
            axis,
            calls: 0,
            words: 0,
            points: Vec::new(),
            dated: false,
            counts: [0; Behaviour::COUNT],
            weights: [0.0; Behaviour::COUNT],
        }
    }

    fn add(&mut self, call: usize, date: Option<Date>, summary: &Summary) {
        self.calls += 1;
        self.words += summary.words;
        for (behaviour, count, weight) in &summary.found {
            self.counts[behaviour.index()] += count;
            self.weights[behaviour.index()] += weight;
        }
        if summary.evidence != Sufficiency::None {
            let Summary { index, low, high, evidence, .. } = *summary;
            let enough = evidence == Sufficiency::Enough;
            self.points.push(Point { call, date, index, low, high, enough });
        }
    }

    /// Findings of a behaviour per 1,000 words.
    pub fn rate(&self, behaviour: Behaviour) -> f64 {
        self.per_1000_words(self.counts[behaviour.index()])
    }

    /// Findings of a side per 1,000 words.
    pub fn side(&self, drains: bool) -> f64 {
        let of_axis =
            Behaviour::all().filter(|b| b.axis() == self.axis && b.pole().drains() == drains);
        self.per_1000_words(of_axis.map(|behaviour| self.counts[behaviour.index()]).sum())
    }

    fn per_1000_words(&self, count: u64) -> f64 {
        if self.words == 0 { 0.0 } else { count as f64 * 1000.0 / self.words as f64 }
    }

    /// Where they stand with each behaviour.
    pub fn standings(&self, calls: &Collection) -> Vec<Standing> {
        let of_axis = Behaviour::all().filter(|behaviour| behaviour.axis() == self.axis);
        let standing = |behaviour: Behaviour| Standing {
            behaviour,
            count: self.counts[behaviour.index()],
            rate: self.rate(behaviour),
            ideal: calls.ideals.get(&behaviour).copied().unwrap_or_default(),
            weight: self.weights[behaviour.index()],
        };
        of_axis.map(standing).collect()
    }
}

/// Everyone judged, with most calls first, and of equals by name.
pub(super) fn persons(calls: &Collection, axis: Axis) -> Vec<Subject> {
    gather(calls, axis, |at| {
        let people = calls.calls[at].people.iter();
        let scores = people.flat_map(|p| p.scores.iter().map(|score| (p.name.as_str(), score)));
        scores.collect()
    })
}

/// The teams: the folders in which calls lie, below the one that all share.
pub(super) fn teams<'a>(calls: &'a Collection, names: &'a [String], axis: Axis) -> Vec<Subject> {
    gather(calls, axis, |at| {
        calls.calls[at].scores.iter().map(|score| (names[at].as_str(), score)).collect()
    })
}

/// What each call's folder is called, less what all have in common.
pub(super) fn folders(calls: &Collection) -> Vec<String> {
    let parts =
        |folder: &str| -> Vec<String> { folder.split(['/', '\\']).map(str::to_owned).collect() };
    let all: Vec<_> = calls.calls.iter().map(|call| parts(&call.folder)).collect();
    let Some(first) = all.first() else { return Vec::new() };
    let shared = all.iter().fold(first.len(), |shared, folder| {
        let same = first.iter().zip(folder).take_while(|(a, b)| a == b).count();
        shared.min(same)
    });
    all.iter().map(|folder| folder[shared..].join("/")).collect()
}

/// Gathers the summaries on an axis by the names that `of` gives to those of a call.
fn gather<'a>(
    calls: &'a Collection,
    axis: Axis,
    of: impl Fn(usize) -> Vec<(&'a str, &'a Summary)>,
) -> Vec<Subject> {
    let mut subjects: Vec<Subject> = Vec::new();
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, call) in calls.calls.iter().enumerate() {
        for (name, summary) in of(at).into_iter().filter(|(_, summary)| summary.axis == axis) {
            let place = *places.entry(name).or_insert_with_key(|name| {
                subjects.push(Subject::new(name, axis));
                subjects.len() - 1
            });
            subjects[place].add(at, call.date, summary);
        }
    }
    for subject in &mut subjects {
        subject.dated = subject.points.iter().all(|point| point.date.is_some());
        if subject.dated {
            subject.points.sort_by_key(|point| point.date);
        }
    }
    subjects.sort_by(|a, b| b.calls.cmp(&a.calls).then_with(|| a.name.cmp(&b.name)));
    subjects
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::collection::Call;
    use crate::report::sample;

    pub(in crate::report::html) fn collection(paths: &[&str]) -> Collection {
        let mut calls = Collection::default();
        for path in paths {
            let mut report = sample::call();
            report.source.path = (*path).to_owned();
            calls.add(Call::new(&report, format!("{path}.html")));
        }
        calls
    }

    #[test]
    fn people_are_joined_over_calls_and_ordered_by_day_where_all_have_one() {
        let calls = collection(&["x/2031-02-01.vtt", "x/2031-01-01.vtt"]);
        let persons = persons(&calls, Axis::Selling);
        assert_eq!((persons.len(), persons[0].calls), (1, 2));
        assert!(persons[0].dated);
        let order: Vec<_> = persons[0].points.iter().map(|point| point.call).collect();
        assert_eq!(order, [1, 0]);
        let report = sample::call();
        let rate = report
            .scores
            .selling
            .expect("judged")
            .poles
            .get("pushy")
            .expect("a pole")
            .per_1000_words;
        assert!((persons[0].side(true) - rate).abs() < 1e-3);
    }

    #[test]
    fn one_call_without_a_day_leaves_the_order_given() {
        let calls = collection(&["x/2031-02-01.vtt", "x/2031-01-01.vtt", "x/first.vtt"]);
        let persons = persons(&calls, Axis::Selling);
        assert!(!persons[0].dated);
        assert_eq!(persons[0].points[0].call, 0);
    }

    #[test]
    fn teams_are_the_folders_below_the_shared_one() {
        let calls = collection(&["calls/north/a.vtt", "calls/south/x/b.vtt", "calls/c.vtt"]);
        assert_eq!(folders(&calls), ["north", "south/x", ""]);
        assert_eq!(teams(&calls, &folders(&calls), Axis::Selling).len(), 3);
        assert_eq!(folders(&collection(&["a.vtt"])), [""]);
    }
}
