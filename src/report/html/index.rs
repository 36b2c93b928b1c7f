//! The page that leads to all calls.

use std::io;

use minijinja::{Value, context};
use serde_json::json;

use crate::report::collection::{Call, Collection, Moment, Summary};
use crate::report::layout::{clock, grouped, rate};
use crate::report::{clean, practice};
use crate::score::Sufficiency;
use crate::taxonomy::{Axis, Behaviour};

use super::people::{self, Subject};
use super::trend::{self, distribution, middle, quantile, sorted};
use super::{plan, render, write_all};

const SCRIPT: &str = include_str!("index.js");

/// People and teams that are drawn; of more, those with most calls.
const SUBJECTS: usize = 200;

/// The latest calls that a person's panel lists.
const LISTED: usize = 8;

pub(super) fn write(calls: &Collection, out: &mut dyn io::Write) -> io::Result<()> {
    write_all(page(calls), out)
}

pub(super) fn page(calls: &Collection) -> Result<String, minijinja::Error> {
    let folders = people::folders(calls);
    let has_teams = folders.iter().any(|folder| *folder != folders[0]);
    let axes: Vec<_> = Axis::ALL
        .into_iter()
        .filter(|axis| calls.calls.iter().any(|call| score(call, *axis).is_some()))
        .map(|axis| axis_view(calls, has_teams.then_some(&folders), axis))
        .collect();
    let people: std::collections::BTreeSet<_> =
        calls.calls.iter().flat_map(|call| call.people.iter().map(|person| &person.name)).collect();
    let words: u64 = calls.calls.iter().map(|call| call.words).sum();
    render(
        "index.html",
        SCRIPT,
        context! {
            title => "Calls",
            calls => grouped(calls.calls.len() as u64),
            people => grouped(people.len() as u64),
            words => grouped(words),
            failed => calls.failed.iter().map(Value::from).collect::<Vec<_>>(),
            axes,
            has_teams,
            has_days => calls.calls.iter().any(|call| call.date.is_some()),
            data => Value::from_safe_string(data(calls, &folders)),
            targets => &calls.targets,
        },
    )
}

fn score(call: &Call, axis: Axis) -> Option<&Summary> {
    call.scores.iter().find(|summary| summary.axis == axis)
}

/// The table of calls, for the script. What could end the element that it stands in is escaped.
fn data(calls: &Collection, folders: &[String]) -> String {
    let axis = |call: &Call, axis: Axis| {
        score(call, axis).map(|s| {
            let evidence = match s.evidence {
                Sufficiency::None => 0,
                Sufficiency::Thin => 1,
                Sufficiency::Enough => 2,
            };
            json!([s.index, s.low, s.high, evidence, tenth(s.rate(true)), tenth(s.rate(false))])
        })
    };
    let rows: Vec<_> = calls
        .calls
        .iter()
        .zip(folders)
        .map(|(call, folder)| {
            let judged: Vec<_> = call.people.iter().map(|person| clean(&person.name)).collect();
            json!([
                call.path,
                call.link,
                call.date.map(|date| date.to_string()),
                clean(folder),
                judged,
                call.words,
                call.seconds.map(clock),
                call.seconds,
                axis(call, Axis::Selling),
                axis(call, Axis::Leading),
            ])
        })
        .collect();
    json!(rows).to_string().replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026")
}

fn tenth(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}

fn axis_view(calls: &Collection, folders: Option<&Vec<String>>, axis: Axis) -> Value {
    let found = calls.calls.iter().filter_map(|call| score(call, axis));
    let known = found.filter(|summary| summary.evidence != Sufficiency::None);
    let indices = sorted(known.map(|summary| summary.index));
    let persons = people::persons(calls, axis);
    let teams = folders.map_or_else(Vec::new, |folders| people::teams(calls, folders, axis));
    context! {
        id => axis.id(),
        drains => axis.drains().id(),
        builds => axis.builds().id(),
        judged => calls.calls.iter().filter(|call| score(call, axis).is_some()).count(),
        all => middle(&indices),
        known => !indices.is_empty(),
        persons => subjects(calls, &persons, axis, "p"),
        more => persons.len().saturating_sub(SUBJECTS),
        teams => subjects(calls, &teams, axis, "t"),
        heat => heat(&persons, axis),
        library => library(calls, axis),
    }
}

fn subjects(calls: &Collection, all: &[Subject], axis: Axis, kind: &str) -> Vec<Value> {
    let shown = all.iter().take(SUBJECTS).enumerate();
    shown.map(|(at, subject)| subject_view(calls, all, at, subject, axis, kind)).collect()
}

fn subject_view(
    calls: &Collection,
    all: &[Subject],
    at: usize,
    subject: &Subject,
    axis: Axis,
    kind: &str,
) -> Value {
    let others = all.iter().enumerate().filter(|(other, _)| *other != at);
    let others = sorted(others.flat_map(|(_, s)| s.points.iter().map(|point| point.index)));
    let own = sorted(subject.points.iter().map(|point| point.index));
    let standings = subject.standings(calls);
    let plan = practice::plan(axis, &standings, subject.words);
    let latest = subject.points.iter().rev().take(LISTED).map(|point| {
        let call = &calls.calls[point.call];
        context! {
            path => &call.path,
            link => &call.link,
            date => call.date.map(|date| date.to_string()),
            index => format!("{:.0}", point.index),
            low => format!("{:.0}", point.low),
            high => format!("{:.0}", point.high),
        }
    });
    context! {
        key => format!("{kind}-{}-{at}", axis.id()),
        team => kind == "t",
        name => match subject.name.as_str() { "" => "(top folder)", name => name },
        axis => axis.id(),
        drains => axis.drains().id(),
        builds => axis.builds().id(),
        calls => subject.calls,
        words => grouped(subject.words),
        words_count => subject.words,
        dated => subject.dated,
        known => !own.is_empty(),
        median => quantile(&own, 0.5),
        all => middle(&own),
        drained => rate(subject.side(true)),
        built => rate(subject.side(false)),
        trend => (!own.is_empty()).then(|| trend::trend(subject, calls)),
        distribution => (!own.is_empty()).then(|| distribution(subject, &others)),
        plan => (!own.is_empty()).then(|| plan::view(&plan, |standing| {
            calls.advice.get(&standing.behaviour).map(|instead| context! { instead })
        })),
        latest => latest.collect::<Vec<_>>(),
    }
}

/// Behaviours by person: rates, and how strong each is beside the strongest of its side.
fn heat(persons: &[Subject], axis: Axis) -> Value {
    let behaviours: Vec<_> = Behaviour::all().filter(|b| b.axis() == axis).collect();
    let persons: Vec<_> = persons.iter().filter(|p| !p.points.is_empty()).take(SUBJECTS).collect();
    let most = |drains: bool| {
        let of_side = behaviours.iter().filter(|b| b.pole().drains() == drains);
        let rates = of_side.flat_map(|behaviour| persons.iter().map(|p| p.rate(*behaviour)));
        rates.fold(f64::MIN_POSITIVE, f64::max)
    };
    let most = [most(false), most(true)];
    let cell = |person: &Subject, behaviour: Behaviour| {
        let drains = behaviour.pole().drains();
        let value = person.rate(behaviour);
        let level = (4.0 * (value / most[usize::from(drains)]).sqrt()).ceil() as u32;
        context! { rate => if value == 0.0 { "·".to_owned() } else { rate(value) }, level, drains }
    };
    let rows = persons.iter().map(|person| {
        let cells: Vec<_> = behaviours.iter().map(|behaviour| cell(person, *behaviour)).collect();
        context! { name => &person.name, cells }
    });
    let head = behaviours.iter().map(|behaviour| {
        context! {
            id => behaviour.id(),
            meaning => behaviour.meaning(),
            drains => behaviour.pole().drains(),
        }
    });
    context! { head => head.collect::<Vec<_>>(), rows => rows.collect::<Vec<_>>() }
}

/// The best moments, by practice.
fn library(calls: &Collection, axis: Axis) -> Vec<Value> {
    let of = |group: &str| -> Vec<&Moment> {
        let moments = calls.moments.values().flatten();
        moments
            .filter(|m| m.behaviour.axis() == axis && m.behaviour.group() == Some(group))
            .collect()
    };
    let moment = |moment: &Moment| {
        let [before, words, after] = &moment.quote;
        context! {
            behaviour => moment.behaviour.id(),
            speaker => &moment.speaker,
            link => &moment.link,
            place => &moment.place,
            path => &moment.path,
            before,
            words,
            after,
        }
    };
    let groups = axis.groups().iter().map(|group| (group, of(group)));
    groups
        .map(|(group, found)| {
            context! { group => *group, moments => found.into_iter().map(moment).collect::<Vec<_>>() }
        })
        .collect()
}
