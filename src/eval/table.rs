//! The figures as tables for a terminal of 80 columns.

use std::fmt::Write;

use anstyle::Style;
use comfy_table::presets::NOTHING;
use comfy_table::{CellAlignment, Table};

use super::compare::Comparison;
use super::report::{
    Alarm, Breakdown, DetectorReport, EvalReport, Figure, Group, Level, ScoreReport, TrapAlarm,
};

const HEADING: Style = Style::new().bold();

/// The report as text. Headings are styled; whoever prints it strips that where it is not wanted.
pub fn table(report: &EvalReport) -> String {
    let mut text = String::new();
    let rows = &report.rows;
    heading(&mut text, "Rows");
    push(
        &mut text,
        &format!(
            "{} read: {} with labels, {} with poles only, {} unlabelled; {} bad lines left out",
            rows.total, rows.labelled, rows.poles_only, rows.unlabelled, rows.bad
        ),
    );
    heading(&mut text, "Summary");
    push(&mut text, &summary(report));
    for (name, detector) in &report.detectors.0 {
        if rows.labelled > 0 {
            heading(&mut text, &format!("Behaviours, {name}"));
            push(&mut text, &level(&detector.behaviours));
        }
        if rows.labelled + rows.poles_only > 0 {
            heading(&mut text, &format!("Poles, {name}"));
            push(&mut text, &level(&detector.poles));
        }
        if rows.labelled > 0 {
            heading(&mut text, &format!("Calibration, {name}"));
            push(&mut text, &calibration(detector));
        }
        if let Some(by) = &detector.by {
            heading(&mut text, &format!("By {}, {name}", by.field));
            push(&mut text, &breakdown(by));
        }
    }
    text
}

/// The differences as text.
pub fn comparison_table(comparison: &Comparison, old: &str) -> String {
    let mut text = String::new();
    heading(&mut text, &format!("Changes since {old}"));
    if !comparison.changes.is_empty() {
        let mut table = grid(&["figure", "old", "new", "change"]);
        for change in &comparison.changes {
            let sign = match change.difference {
                Some(difference) if difference > 0.0 => "+",
                _ => "",
            };
            table.add_row([
                change.figure.replace("average_precision", "AP"),
                amount(change.old),
                amount(change.new),
                format!("{sign}{}", amount(change.difference)),
            ]);
        }
        push(&mut text, &table.trim_fmt());
    }
    push(&mut text, &format!("{} figures unchanged", comparison.unchanged));
    text
}

/// One line a figure, one column a detector.
fn summary(report: &EvalReport) -> String {
    let detectors: Vec<&DetectorReport> =
        report.detectors.0.iter().map(|(_, detector)| detector).collect();
    let names = report.detectors.0.iter().map(|(name, _)| name.as_str());
    let mut table = grid(&["figure"].into_iter().chain(names).collect::<Vec<_>>());
    let mut line = |label: &str, cell: &dyn Fn(&DetectorReport) -> String| {
        let cells = detectors.iter().map(|detector| cell(detector));
        table.add_row([label.to_owned()].into_iter().chain(cells));
    };
    if let Some(ScoreReport { name, positives, negatives, .. }) =
        detectors.first().and_then(|detector| detector.score.as_ref())
    {
        let of = |figure: fn(&ScoreReport) -> Figure| {
            move |detector: &DetectorReport| {
                detector.score.as_ref().map_or_else(String::new, |score| interval(figure(score)))
            }
        };
        line(&format!("{name}: AUROC ({positives} against {negatives})"), &of(|s| s.auroc));
        line(&format!("{name}: average precision"), &of(|s| s.average_precision));
    }
    if report.rows.labelled > 0 {
        line("behaviours: precision", &|d| interval(d.behaviours.micro.precision));
        line("behaviours: recall", &|d| interval(d.behaviours.micro.recall));
        line("behaviours: F1, micro", &|d| interval(d.behaviours.micro.f1));
        line("behaviours: F1, macro", &|d| interval(d.behaviours.macro_average.f1));
    }
    if report.rows.labelled + report.rows.poles_only > 0 {
        line("poles: precision", &|d| interval(d.poles.micro.precision));
        line("poles: recall", &|d| interval(d.poles.micro.recall));
        line("poles: F1, micro", &|d| interval(d.poles.micro.f1));
        line("poles: F1, macro", &|d| interval(d.poles.macro_average.f1));
        line("neutral rows flagged", &|d| percent(d.neutral.share));
        line("  of those whose speaker is judged", &|d| percent(d.neutral.share_of_judged));
        line("trap rows flagged with what is not true", &|d| percent(d.trap.alarm.share));
        line("  of those whose speaker is judged", &|d| percent(d.trap.alarm.share_of_judged));
        line("trap rows with any label", &|d| percent(d.trap.share_labelled));
    }
    let kinds: Vec<&str> = detectors
        .first()
        .map_or_else(Vec::new, |d| d.recall_by_kind.0.iter().map(|(kind, _)| &**kind).collect());
    for kind in kinds {
        line(&format!("recall on {}: behaviours", shorten(kind)), &|d| {
            d.recall_by_kind
                .get(kind)
                .map_or_else(String::new, |recall| interval(recall.behaviours))
        });
    }
    if report.rows.labelled > 0 {
        line("expected calibration error", &|d| number(d.calibration.error.value));
    }
    if report.rows.unlabelled > 0 {
        for pole in crate::taxonomy::Pole::ALL {
            line(&format!("{pole} per 1,000 unlabelled words", pole = pole.id()), &|d| {
                d.ordinary.per_1000_words.get(pole.id()).map_or_else(String::new, |f| interval(*f))
            });
        }
    }
    line("utterances a second", &|d| {
        d.speed.utterances_per_second.map_or_else(dash, |rate| format!("{rate:.0}"))
    });
    let peak = report.peak_memory_bytes.map_or_else(dash, |bytes| format!("{} MiB", bytes >> 20));
    format!("{}\npeak memory of the run: {peak}; threads: {}", table.trim_fmt(), report.threads)
}

fn level(level: &Level) -> String {
    let mut table = grid(&["", "true", "seen", "prec.", "recall", "F1 (95 %)", "AUROC", "AP"]);
    for (name, target) in &level.each.0 {
        table.add_row([
            name.clone(),
            target.support.to_string(),
            target.predicted.to_string(),
            number(target.shares.precision.value),
            number(target.shares.recall.value),
            interval(target.shares.f1),
            number(target.auroc.value),
            number(target.average_precision.value),
        ]);
    }
    table.trim_fmt()
}

fn calibration(detector: &DetectorReport) -> String {
    let mut table = grid(&["score", "count", "mean score", "observed"]);
    for bin in &detector.calibration.bins {
        table.add_row([
            format!("{:.1}–{:.1}", bin.from, bin.to),
            bin.count.to_string(),
            number(bin.mean_score),
            number(bin.observed),
        ]);
    }
    table.trim_fmt()
}

fn breakdown(by: &Breakdown) -> String {
    let header = [
        by.field.as_str(),
        "rows",
        "labels",
        "prec.",
        "recall",
        "F1",
        "pole F1",
        "neutral",
        "trap",
    ];
    let mut table = grid(&header);
    for (name, group) in &by.groups.0 {
        let Group { behaviours, poles, neutral, trap, .. } = group;
        let Alarm { share: neutral, .. } = neutral;
        let TrapAlarm { alarm: Alarm { share: trap, .. }, .. } = trap;
        table.add_row([
            shorten(name),
            group.rows.to_string(),
            group.labels.to_string(),
            number(behaviours.precision.value),
            number(behaviours.recall.value),
            number(behaviours.f1.value),
            number(poles.f1.value),
            percent(Figure { low: None, high: None, ..*neutral }),
            percent(Figure { low: None, high: None, ..*trap }),
        ]);
    }
    table.trim_fmt()
}

/// A table without lines, its first column to the left and the others to the right.
fn grid(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(NOTHING).set_header(header.iter().copied());
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, u16::from(at + 1 < header.len())));
        if at > 0 {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn heading(text: &mut String, title: &str) {
    let gap = if text.is_empty() { "" } else { "\n" };
    // Writing to a string does not fail.
    let _ = writeln!(text, "{gap}{HEADING}{title}{HEADING:#}");
}

fn push(text: &mut String, block: &str) {
    text.push_str(block);
    text.push('\n');
}

fn dash() -> String {
    "–".to_owned()
}

fn number(value: Option<f64>) -> String {
    match value {
        None => dash(),
        Some(value) if value.abs() >= 1000.0 => format!("{value:.0}"),
        Some(value) => format!("{value:.3}"),
    }
}

/// A number that may be a count.
fn amount(value: Option<f64>) -> String {
    match value {
        Some(count) if count.fract() == 0.0 && count.abs() > 1.0 => format!("{count:.0}"),
        other => number(other),
    }
}

fn interval(figure: Figure) -> String {
    match (figure.low, figure.high) {
        (Some(low), Some(high)) => format!("{} ({low:.2}–{high:.2})", number(figure.value)),
        _ => number(figure.value),
    }
}

fn percent(figure: Figure) -> String {
    let of = |value: f64| format!("{:.1}", 100.0 * value);
    match (figure.value, figure.low, figure.high) {
        (None, ..) => dash(),
        (Some(value), Some(low), Some(high)) => {
            format!("{} % ({}–{})", of(value), of(low), of(high))
        }
        (Some(value), ..) => format!("{} %", of(value)),
    }
}

/// The name of a group comes from the file; a long one would break the table, a control character
/// the terminal.
fn shorten(name: &str) -> String {
    let clean = |c: char| if c.is_control() { ' ' } else { c };
    match name.char_indices().nth(22) {
        None => name.chars().map(clean).collect(),
        Some(_) => name.chars().map(clean).take(21).chain(['…']).collect(),
    }
}
