//! How one figure of a person went over their calls: a line for each period, 80 columns wide.

use std::io::{self, Write};

use super::show::{days, heading, shown_as};
use super::{Call, Estimate, Part, Records, mean_index, rate};
use crate::report::clean;
use crate::report::layout::{BOLD, DIM, WIDTH, grouped, interval_bar, paint, shorten, wrap};
use crate::taxonomy::{Axis, Behaviour};

/// What is followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The index of an axis.
    Axis(Axis),
    /// How often a behaviour is heard.
    Behaviour(Behaviour),
}

impl What {
    /// The axis on which it is judged.
    pub fn axis(self) -> Axis {
        match self {
            What::Axis(axis) => axis,
            What::Behaviour(behaviour) => behaviour.axis(),
        }
    }

    /// The figure over some of a person's calls; `None` where there is nothing to go by.
    fn estimate(self, parts: &[&Part]) -> Option<Estimate> {
        match self {
            What::Axis(_) => {
                let indices: Vec<_> = parts.iter().map(|part| part.index).collect();
                mean_index(&indices)
            }
            What::Behaviour(behaviour) => {
                let counts = parts.iter().filter_map(|part| part.counts.get(behaviour.id()));
                rate(counts.sum(), parts.iter().map(|part| part.words).sum())
            }
        }
    }

    fn digits(self) -> usize {
        match self {
            What::Axis(_) => 0,
            What::Behaviour(_) => 1,
        }
    }
}

/// What makes a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// Every call.
    Call,
    /// The calls of a month.
    Month,
    /// The calls of three months.
    Quarter,
}

/// Up to so many calls are shown one by one, unless something else is asked for.
const ONE_BY_ONE: usize = 15;
/// Cells of an interval.
const CELLS: usize = 29;
/// Columns for how many calls and words, or for the name of the one call.
const ABOUT: usize = 15;

impl Period {
    fn key(self, at: usize, call: &Call) -> String {
        let day = call.day();
        match self {
            Period::Call => at.to_string(),
            Period::Month => day.get(..7).unwrap_or(day).to_owned(),
            Period::Quarter => {
                let month: usize = day.get(5..7).and_then(|m| m.parse().ok()).unwrap_or(1);
                format!("{}-Q{}", day.get(..4).unwrap_or(day), month.saturating_sub(1) / 3 + 1)
            }
        }
    }

    fn name(self) -> &'static str {
        match self {
            Period::Call => "call",
            Period::Month => "month",
            Period::Quarter => "quarter",
        }
    }
}

/// Writes the trend of a person, who must be among [`Records::people`].
pub fn trend(
    records: &Records,
    person: &str,
    what: What,
    period: Option<Period>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let axis = what.axis();
    let parts: Vec<&Part> = records
        .parts
        .iter()
        .filter(|part| part.person == person && part.axis == axis.id())
        .collect();
    let followed = match what {
        What::Axis(axis) => {
            format!("0 all {}, 100 all {}", axis.drains().id(), axis.builds().id())
        }
        What::Behaviour(behaviour) => behaviour.meaning().to_owned(),
    };
    let name = match what {
        What::Axis(axis) => axis.id(),
        What::Behaviour(behaviour) => behaviour.id(),
    };
    heading(person, &format!("{name}: {followed}"), out)?;
    let Some(all) = what.estimate(&parts) else {
        return writeln!(out, "{} is judged on {} in no call.", shown_as(person), axis.id());
    };
    let calls = distinct(&parts);
    let few = if calls <= ONE_BY_ONE { Period::Call } else { Period::Month };
    let period = period.unwrap_or(few);
    let mut groups: Vec<(String, Vec<&Part>)> = Vec::new();
    for part in &parts {
        let key = period.key(part.call, records.call(part.call));
        match groups.last_mut() {
            Some((last, group)) if *last == key => group.push(part),
            _ => groups.push((key, vec![part])),
        }
    }
    let rows: Vec<_> = groups
        .into_iter()
        .filter_map(|(key, group)| Some((key, what.estimate(&group)?, group)))
        .collect();
    let top = match what {
        What::Axis(_) => 100.0,
        What::Behaviour(_) => {
            rows.iter().map(|(_, row, _)| row.high).fold(all.high, f64::max).max(1.0).ceil()
        }
    };
    let figure = if matches!(what, What::Axis(_)) { "index" } else { "rate" };
    let about = match period {
        Period::Call => "file".to_owned(),
        _ => format!("{:>5} {:>9}", "calls", "words"),
    };
    let scale = format!("{:<w$}{top:>w$.0}", 0, w = CELLS / 2);
    let title =
        format!("{:<11} {about:<ABOUT$} {figure:>6}  {:<13} {scale}", period.name(), "90 %");
    writeln!(out, "{}", paint(BOLD, title.trim_end()))?;
    let mut line = |label: &str, group: &[&Part], row: &Estimate, by_file: bool| {
        let about = match (by_file, group) {
            (true, [first, ..]) => file_name(records.call(first.call)),
            _ => counts(group),
        };
        let ends = [row.low, row.value, row.high].map(|end| end / top);
        let bar = interval_bar(ends, CELLS, matches!(what, What::Axis(_)));
        let digits = what.digits();
        let interval = format!("{:.digits$} to {:.digits$}", row.low, row.high);
        writeln!(out, "{label:<11} {about} {:>6.digits$}  {interval:<13} {bar}", row.value)
    };
    let mut guessed = false;
    for (key, row, group) in &rows {
        let is_guess = group.iter().any(|part| records.call(part.call).held.is_none());
        guessed |= is_guess;
        let mark = if is_guess { "~" } else { "" };
        let label = match (period, group.as_slice()) {
            (Period::Call, [first, ..]) => clean(records.call(first.call).day()),
            _ => clean(key),
        };
        line(&shorten(&format!("{mark}{label}"), 11), group, row, period == Period::Call)?;
    }
    if rows.len() > 1 {
        line("all", &parts, &all, false)?;
    }
    let mut notes = vec![match what {
        What::Axis(_) => {
            "Over several calls the index is their mean, the surer call counting for more; \
                          calls that disagree widen its interval."
        }
        What::Behaviour(_) => {
            "Rates are per 1,000 words; their interval is that of a count, as if findings came one by one."
        }
    }];
    if guessed {
        notes.push("~ the day of the analysis: no name of a file or folder tells the call's own.");
    }
    writeln!(out)?;
    for text in notes.iter().flat_map(|note| wrap(note, WIDTH)) {
        writeln!(out, "{}", paint(DIM, text))?;
    }
    writeln!(out, "{}", paint(DIM, format!("{}.", days(records, &parts))))
}

/// How many calls these are of.
pub(super) fn distinct(parts: &[&Part]) -> usize {
    let mut calls: Vec<_> = parts.iter().map(|part| part.call).collect();
    calls.dedup();
    calls.len()
}

fn counts(parts: &[&Part]) -> String {
    let words: u64 = parts.iter().map(|part| part.words).sum();
    format!("{:>5} {:>9}", distinct(parts), grouped(words))
}

/// The end of the path, in as many columns as there are.
fn file_name(call: &Call) -> String {
    let name = clean(call.path.rsplit(['/', '\\']).next().unwrap_or_default());
    let short = shorten(&name, ABOUT);
    let space = ABOUT.saturating_sub(crate::report::layout::columns(&short));
    format!("{short}{:space$}", "")
}
