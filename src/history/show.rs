//! A history in the terminal: everyone in it, or one person; 80 columns wide.

use std::io::{self, Write};

use super::trend::distinct;
use super::{Moment, NO_ONE, Part, Records, mean_index, rate};
use crate::report::clean;
use crate::report::layout::{
    BOLD, DIM, WIDTH, clock, columns, counted, grouped, interval_bar, paint, rate as rounded,
    shorten, wrap,
};
use crate::taxonomy::{Axis, Behaviour, Pole};

/// Columns for a name.
const NAME: usize = 24;
/// Cells of an interval.
const CELLS: usize = 21;
/// Moments of each pole of a person.
const MOMENTS: usize = 5;
/// How much of a quote is shown: two lines.
const QUOTE: usize = 2 * (WIDTH - INDENT) - 4;
const INDENT: usize = 13;

/// A person's name as it may be shown.
pub(super) fn shown_as(person: &str) -> String {
    let name = clean(person);
    if name.is_empty() { NO_ONE.to_owned() } else { name }
}

/// A name and what is told of them.
pub(super) fn heading(person: &str, rest: &str, out: &mut dyn Write) -> io::Result<()> {
    let name = shorten(&shown_as(person), NAME * 2);
    let rest = shorten(rest, WIDTH - columns(&name) - 3);
    writeln!(out, "{} · {rest}", paint(BOLD, name))?;
    writeln!(out, "{}", paint(DIM, "─".repeat(WIDTH)))
}

/// How many calls and from when to when.
pub(super) fn days(records: &Records, parts: &[&Part]) -> String {
    let calls = counted(distinct(parts) as u64, "call");
    let ends = parts.first().zip(parts.last());
    let days = ends.map(|(first, last)| [first, last].map(|part| records.call(part.call).day()));
    match days.map(|days| days.map(clean)) {
        Some([first, last]) if first != last => format!("{calls}, {first} to {last}"),
        Some([day, _]) => format!("{calls}, {day}"),
        None => calls,
    }
}

/// Writes a line for everyone on each axis on which they were judged.
pub fn show_all(records: &Records, out: &mut dyn Write) -> io::Result<()> {
    let people = records.people();
    let everyone: Vec<_> = records.parts.iter().collect();
    let calls = counted(records.calls.len() as u64, "call");
    if people.is_empty() {
        return writeln!(out, "{calls} in this history, and nobody is judged in any.");
    }
    writeln!(out, "{calls} in this history.")?;
    writeln!(out, "Somebody is judged in {}.", days(records, &everyone))?;
    writeln!(out)?;
    let title =
        format!("{:<NAME$} {:<7} {:>5} {:>9} {:>5}", "person", "axis", "calls", "words", "index");
    writeln!(out, "{}", paint(BOLD, title))?;
    for person in people {
        for axis in Axis::ALL {
            let parts: Vec<&Part> = of(records, person, axis);
            let indices: Vec<_> = parts.iter().map(|part| part.index).collect();
            let Some(index) = mean_index(&indices) else { continue };
            let name = shorten(&shown_as(person), NAME);
            let space = NAME - columns(&name);
            let words: u64 = parts.iter().map(|part| part.words).sum();
            let ends = [index.low, index.value, index.high].map(|end| end / 100.0);
            writeln!(
                out,
                "{name}{:space$} {:<7} {:>5} {:>9} {:>5.0}  {}",
                "",
                axis.id(),
                distinct(&parts),
                grouped(words),
                index.value,
                interval_bar(ends, CELLS, true)
            )?;
        }
    }
    Ok(())
}

fn of<'a>(records: &'a Records, person: &str, axis: Axis) -> Vec<&'a Part> {
    let theirs = |part: &&Part| part.person == person && part.axis == axis.id();
    records.parts.iter().filter(theirs).collect()
}

/// Writes what is known of a person, who must be among [`Records::people`].
pub fn show_person(records: &Records, person: &str, out: &mut dyn Write) -> io::Result<()> {
    let all: Vec<_> = records.parts.iter().filter(|part| part.person == person).collect();
    heading(person, &days(records, &all), out)?;
    let mut names: Vec<_> = all.iter().map(|part| clean(&part.name)).collect();
    names.sort_unstable();
    names.dedup();
    names.retain(|name| *name != clean(person) && !name.is_empty());
    for line in wrap(&names.join(", "), WIDTH - INDENT).iter().filter(|line| !line.is_empty()) {
        writeln!(out, "{} {line}", paint(DIM, "also called "))?;
    }
    for axis in Axis::ALL {
        let parts = of(records, person, axis);
        if !parts.is_empty() {
            on_axis(records, person, axis, &parts, out)?;
        }
    }
    Ok(())
}

fn on_axis(
    records: &Records,
    person: &str,
    axis: Axis,
    parts: &[&Part],
    out: &mut dyn Write,
) -> io::Result<()> {
    let indices: Vec<_> = parts.iter().map(|part| part.index).collect();
    let Some(index) = mean_index(&indices) else { return Ok(()) };
    let words: u64 = parts.iter().map(|part| part.words).sum();
    writeln!(
        out,
        "\n{}  {} of 100, 90 % between {:.0} and {:.0}; {}, {}",
        paint(BOLD, axis.id().to_uppercase()),
        paint(BOLD, format_args!("{:.0}", index.value)),
        index.low,
        index.high,
        counted(distinct(parts) as u64, "call"),
        counted(words, "word"),
    )?;
    for pole in [axis.drains(), axis.builds()] {
        behaviours(pole, parts, words, out)?;
    }
    for pole in [axis.drains(), axis.builds()] {
        moments(records, person, pole, out)?;
    }
    Ok(())
}

/// How often each behaviour of a pole was found.
fn behaviours(pole: Pole, parts: &[&Part], words: u64, out: &mut dyn Write) -> io::Result<()> {
    let count = |behaviour: Behaviour| -> u64 {
        parts.iter().filter_map(|part| part.counts.get(behaviour.id())).sum()
    };
    let mut found: Vec<_> = Behaviour::all()
        .filter(|behaviour| behaviour.pole() == pole)
        .map(|behaviour| (behaviour, count(behaviour)))
        .filter(|(_, count)| *count > 0)
        .collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let all: u64 = found.iter().map(|(_, count)| count).sum();
    let per = |count| rate(count, words).map_or("–".to_owned(), |rate| rounded(rate.value));
    writeln!(
        out,
        "  {} {} {:>6} per 1,000 words",
        paint(BOLD, format_args!("{:<24}", pole.id())),
        format_args!("{:>5}", grouped(all)),
        per(all)
    )?;
    for (behaviour, count) in found {
        writeln!(out, "    {:<22} {:>5} {:>6}", behaviour.id(), grouped(count), per(count))?;
    }
    Ok(())
}

/// The latest moments, of one call the surest first.
fn moments(records: &Records, person: &str, pole: Pole, out: &mut dyn Write) -> io::Result<()> {
    let of_pole = |moment: &&Moment| {
        moment.person == person
            && Behaviour::from_id(&moment.behaviour).is_some_and(|b| b.pole() == pole)
    };
    let mut found: Vec<_> = records.moments.iter().filter(of_pole).collect();
    found.sort_by(|a, b| b.call.cmp(&a.call).then(b.score.total_cmp(&a.score)));
    if found.is_empty() {
        return Ok(());
    }
    let heading = if pole.drains() { "Latest that drains" } else { "Latest that builds" };
    writeln!(out, "\n  {}", paint(BOLD, heading))?;
    for moment in found.into_iter().take(MOMENTS) {
        let call = records.call(moment.call);
        let place = match (moment.seconds, moment.line) {
            (Some(seconds), _) => format!(" {}", clock(seconds)),
            (None, Some(line)) => format!(" line {line}"),
            (None, None) => String::new(),
        };
        let rest = format!("{} · {}{place}", moment.behaviour, clean(&call.path));
        let day = shorten(&clean(call.day()), 10);
        writeln!(
            out,
            "  {} {}",
            paint(DIM, format_args!("{day:<10}")),
            shorten(&rest, WIDTH - INDENT)
        )?;
        // A history of reports without text has no quotes.
        if !moment.quote.is_empty() {
            let quote = format!("“{}”", shorten(&clean(&moment.quote), QUOTE));
            for line in wrap(&quote, WIDTH - INDENT) {
                writeln!(out, "{:INDENT$}{line}", "")?;
            }
        }
        if let Some(taken) = moment.taken_back.as_ref().filter(|taken| !taken.is_empty()) {
            let text = shorten(&clean(taken), WIDTH - INDENT - 14);
            writeln!(out, "{:INDENT$}{} “{text}”", "", paint(DIM, "taken back:"))?;
        }
    }
    Ok(())
}
