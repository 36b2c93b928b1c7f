//! The report that a coach reads in a one-to-one: one screen, 80 columns wide.
//!
//! It goes from the whole to the particular: who was judged, where the balance lies and how sure
//! that is, what to do less and more of, then the words themselves with what to say instead.
//! Styles are written always; whoever prints strips them where there is no terminal. All text that
//! comes from others is cleaned first, so that no transcript can drive the terminal.

use std::collections::HashSet;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use comfy_table::{CellAlignment, Table, presets};
use unicode_width::UnicodeWidthStr;

use super::layout::{
    BOLD, DIM, QUOTE_END, QUOTE_START, WIDTH, back_at, clock, counted, excerpt, figure,
    figure_label, interval_bar, known_figures, paint, place, rate, short_name, shorten, strongest,
    wrap,
};
use super::model::{AxisReport, BehaviourCount, FindingReport, PartCount, Report, SpeakerReport};
use super::{Layout, Writer, clean};
use crate::roles::RoleSource;
use crate::score::{Quality, Sufficiency};
use crate::taxonomy::{Axis, Behaviour, Role};

pub(super) static TERMINAL: Writer = Writer {
    id: "terminal",
    about: "a summary to read, one screen for each transcript (the default)",
    extension: "txt",
    styled: true,
    layout: Layout::Stream(write),
};

const DRAINS_SHOWN: usize = 5;
const BUILDS_SHOWN: usize = 3;
const GAPS_SHOWN: usize = 3;
const SPEAKERS_SHOWN: usize = 3;
const SPEAKERS_NAMED: usize = 6;
/// How much of its sentence is shown on either side of a quote, in characters.
const AROUND: usize = 80;
/// A quote longer than this is cut: two lines.
const QUOTE: usize = 2 * (WIDTH - INDENT) - 4;
/// Where the text of a piece of evidence starts: after a label and the spaces around it.
const INDENT: usize = 3 + LABEL;
const LABEL: usize = 10;
/// Speakers who get a balance of their own where several are judged.
const BALANCES_SHOWN: usize = 4;
/// Cells of the balance, each two points of the index wide.
const CELLS: usize = 51;

const DRAINS: Style = AnsiColor::Yellow.on_default();
const BUILDS: Style = AnsiColor::Cyan.on_default();

fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    title(report, out)?;
    people(report, out)?;
    for (axis, score) in report.scores.judged() {
        balance(report, axis, score, out)?;
        evidence(report, axis, out)?;
    }
    conversation(report, out)?;
    notes(report, out)?;
    writeln!(out)
}

fn title(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let length = report.length().map(clock);
    let turns = counted(report.turns.len() as u64, "turn");
    let facts: Vec<_> = [Some(report.source.format.to_owned()), length, Some(turns)]
        .into_iter()
        .flatten()
        .collect();
    let facts = facts.join(" · ");
    let path = shorten(&clean(&report.source.path), WIDTH - facts.width() - 2);
    let space = WIDTH - facts.width() - path.width();
    writeln!(out, "{}{:space$}{}", paint(BOLD, path), "", paint(DIM, facts))?;
    writeln!(out, "{}", paint(DIM, "─".repeat(WIDTH)))
}

/// Who was judged, and who was only heard.
fn people(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let (judged, heard): (Vec<_>, Vec<_>) =
        report.speakers.iter().partition(|speaker| speaker.scores.judged().next().is_some());
    let mut judged: Vec<_> = judged.into_iter().map(described).collect();
    if let Some(text) = report.unattributed {
        let whose = match text.role {
            Role::Unknown => "text without a speaker, role unknown".to_owned(),
            role => format!("the author, as {}", role.id()),
        };
        let is_judged = report.scores.judged().any(|(axis, _)| text.role.judged_on(axis));
        if is_judged {
            judged.push(format!("{whose} ({})", counted(text.words, "word")));
        }
    }
    labelled("Judged", judged, out)?;
    labelled("Heard", heard.into_iter().map(described).collect(), out)?;
    labelled("Found", report.agreement().into_iter().collect(), out)
}

fn described(speaker: &SpeakerReport) -> String {
    let name = shorten(&clean(&speaker.name), 40);
    let role = match (speaker.role, speaker.role_source) {
        (Role::Unknown, _) => "role unknown".to_owned(),
        (role, RoleSource::Given) => format!("{}, as given", role.id()),
        (role, RoleSource::Format) => format!("{}, says the format", role.id()),
        (role, RoleSource::Inferred) => format!("{}, it seems", role.id()),
        (role, RoleSource::Unknown) => role.id().to_owned(),
    };
    format!("{name} ({role}; {})", counted(speaker.words, "word"))
}

fn labelled(label: &str, mut items: Vec<String>, out: &mut dyn Write) -> io::Result<()> {
    if items.is_empty() {
        return Ok(());
    }
    let more = items.len().saturating_sub(SPEAKERS_NAMED);
    items.truncate(SPEAKERS_NAMED);
    if more > 0 {
        items.push(format!("{more} more"));
    }
    for (at, line) in wrap(&items.join(", "), WIDTH - 9).into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        writeln!(out, "{} {line}", paint(DIM, format_args!("{label:<8}")))?;
    }
    Ok(())
}

fn balance(report: &Report, axis: Axis, score: &AxisReport, out: &mut dyn Write) -> io::Result<()> {
    let words = match score.evidence {
        Sufficiency::None => "no evidence: nothing was found",
        Sufficiency::Thin => "thin evidence: take it as a hint",
        Sufficiency::Enough => "enough evidence",
    };
    let AxisReport { index, low, high, .. } = score;
    writeln!(out)?;
    writeln!(
        out,
        "{}  {} of 100, 90 % between {low:.0} and {high:.0}; {words}",
        paint(BOLD, axis.id().to_uppercase()),
        paint(BOLD, format_args!("{index:.0}")),
    )?;
    let (drains, builds) = (axis.drains().id(), axis.builds().id());
    writeln!(
        out,
        "  {} {} {}",
        paint(DRAINS, format_args!("{drains:<10}")),
        bar(score),
        paint(BUILDS, builds)
    )?;
    for (pole, style) in [(axis.drains(), DRAINS), (axis.builds(), BUILDS)] {
        let Some(count) = score.poles.get(pole.id()) else { continue };
        let found = counted(count.count, "finding");
        let per = format!("{} per 1,000 words", rate(count.per_1000_words));
        let shown = paint(style, format_args!("{:<10}", pole.id()));
        writeln!(out, "  {shown} {found:<12} {per}")?;
    }
    over_time(axis, score, out)?;
    gaps(score, out)?;
    by_speaker(report, axis, out)
}

/// How the findings fall on opening, middle and closing.
fn over_time(axis: Axis, score: &AxisReport, out: &mut dyn Write) -> io::Result<()> {
    let Some(parts) = score.parts.as_ref().filter(|_| score.evidence != Sufficiency::None) else {
        return Ok(());
    };
    let count = |part: &PartCount, pole: &str| part.poles.get(pole).map_or(0, |pole| pole.count);
    let told: Vec<String> = parts
        .iter()
        .map(|(name, part)| {
            let [drains, builds] =
                [axis.drains(), axis.builds()].map(|pole| count(part, pole.id()));
            format!("{name} {drains} to {builds}")
        })
        .collect();
    writeln!(out, "  {} {}", paint(DIM, format_args!("{:<10}", "over time")), told.join(", "))
}

/// Where several people are judged, the balance of each who says most.
fn by_speaker(report: &Report, axis: Axis, out: &mut dyn Write) -> io::Result<()> {
    let scored = |speaker| {
        let speaker: &SpeakerReport = speaker;
        speaker.scores.get(axis).map(|score| (speaker, score))
    };
    let mut speakers: Vec<_> = report.speakers.iter().filter_map(scored).collect();
    let pooled = report.scores.get(axis).map(|score| score.evidence);
    if speakers.len() < 2 || pooled == Some(Sufficiency::None) {
        return Ok(());
    }
    speakers.sort_by_key(|(speaker, _)| std::cmp::Reverse(speaker.words));
    for (speaker, score) in speakers.into_iter().take(BALANCES_SHOWN) {
        let name = short_name(&speaker.name, LABEL);
        let space = LABEL - name.width();
        let verdict = format!("{:.0} ({})", score.index, score.evidence.id());
        writeln!(out, "  {name}{:space$} {} {}", "", bar(score), paint(DIM, verdict))?;
    }
    Ok(())
}

/// The index and its interval on a line from 0 to 100.
fn bar(score: &AxisReport) -> String {
    interval_bar([score.low, score.index, score.high].map(|value| value / 100.0), CELLS, true)
}

/// What lies furthest from its ideal rate, on either side.
fn gaps(score: &AxisReport, out: &mut dyn Write) -> io::Result<()> {
    let mut all: Vec<_> = score.behaviours.iter().filter(|(_, rate)| rate.gap != 0.0).collect();
    all.sort_by(|(_, a), (_, b)| b.gap.abs().total_cmp(&a.gap.abs()));
    let drains = |id: &str| Behaviour::from_id(id).is_some_and(|b| b.pole().drains());
    let less = all.iter().filter(|(id, rate)| drains(id) && rate.gap < 0.0);
    let more = all.iter().filter(|(id, rate)| !drains(id) && rate.gap > 0.0);
    let lines = [
        ("less of", DRAINS, fitting(less.copied(), WIDTH - INDENT)),
        ("more of", BUILDS, fitting(more.copied(), WIDTH - INDENT)),
    ];
    for (label, style, text) in lines.into_iter().filter(|(_, _, text)| !text.is_empty()) {
        writeln!(out, "  {} {text}", paint(style, format_args!("{label:<10}")))?;
    }
    Ok(())
}

/// As many gaps as go on one line.
fn fitting<'a>(
    gaps: impl Iterator<Item = (&'static str, &'a BehaviourCount)>,
    width: usize,
) -> String {
    let mut line = String::new();
    for (id, count) in gaps.take(GAPS_SHOWN) {
        let comma = if line.is_empty() { "" } else { ", " };
        let gap = format!("{comma}{id} {}→{}", rate(count.per_1000_words), rate(count.ideal));
        if line.width() + gap.width() > width {
            break;
        }
        line += &gap;
    }
    line
}

/// The words themselves: what drains, with what to say instead, and the best of what builds.
fn evidence(report: &Report, axis: Axis, out: &mut dyn Write) -> io::Result<()> {
    let parts = [
        (axis.drains(), DRAINS, DRAINS_SHOWN, "What drains"),
        (axis.builds(), BUILDS, BUILDS_SHOWN, "What builds"),
    ];
    let mut advised = HashSet::new();
    for (pole, style, limit, heading) in parts {
        let findings = strongest(report, pole.id());
        if findings.is_empty() {
            continue;
        }
        let of = match findings.len() {
            all if all > limit => format!(" (the {limit} strongest of {all})"),
            _ => String::new(),
        };
        writeln!(out, "\n  {}{}", paint(BOLD, heading), paint(DIM, of))?;
        for finding in findings.into_iter().take(limit) {
            piece(report, finding, style, &mut advised, out)?;
        }
    }
    Ok(())
}

fn piece(
    report: &Report,
    finding: &FindingReport,
    style: Style,
    advised: &mut HashSet<String>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let place = place(finding);
    let meaning = Behaviour::from_id(finding.behaviour).map_or("", Behaviour::meaning);
    writeln!(
        out,
        "  {} {} {}",
        paint(DIM, format_args!("{place:<10}")),
        paint(style, finding.behaviour),
        paint(DIM, shorten(meaning, WIDTH - INDENT - finding.behaviour.len() - 1)),
    )?;
    let who = short_name(finding.speaker.as_deref().unwrap_or_default(), LABEL);
    let mut quote = excerpt(report, finding, AROUND);
    if finding.quote.chars().count() > QUOTE {
        quote = shorten(&quote, QUOTE);
    }
    // A report without text has the speaker alone.
    match (finding.quote.is_empty(), who.is_empty()) {
        (false, _) => hanging(&who, &format!("“{quote}”"), out)?,
        (true, false) => hanging(&who, "", out)?,
        (true, true) => {}
    }
    if let (Some(detector), true) = (finding.seen_alone_by(), report.engine.has_both()) {
        hanging("seen by", &format!("the {detector} alone"), out)?;
    }
    if let Some(taken) = &finding.taken_back {
        let by = match taken.quote.as_str() {
            "" => String::new(),
            quote => format!(": “{}”", clean(quote)),
        };
        hanging("taken back", &format!("{}{by}", back_at(taken)), out)?;
    }
    // The same advice twice is one too often.
    if !finding.instead.is_empty() && advised.insert(finding.instead.clone()) {
        hanging("instead", &clean(&finding.instead), out)?;
    }
    Ok(())
}

/// Wrapped text with a label beside its first line.
fn hanging(label: &str, text: &str, out: &mut dyn Write) -> io::Result<()> {
    let mut quoting = false;
    for (at, line) in wrap(text, WIDTH - INDENT).into_iter().enumerate() {
        let label = if at == 0 { label } else { "" };
        let space = LABEL.saturating_sub(label.width());
        let line = emphasized(&line, &mut quoting);
        writeln!(out, "  {:space$}{} {line}", "", paint(DIM, label))?;
    }
    Ok(())
}

/// A line with the words of a finding set off; a style never runs over the line's end.
fn emphasized(line: &str, quoting: &mut bool) -> String {
    let mut text = String::new();
    if *quoting {
        text += &BOLD.render().to_string();
    }
    for c in line.chars() {
        match c {
            QUOTE_START => {
                *quoting = true;
                text += &BOLD.render().to_string();
            }
            QUOTE_END => {
                *quoting = false;
                text += &BOLD.render_reset().to_string();
            }
            c => text.push(c),
        }
    }
    if *quoting {
        text += &BOLD.render_reset().to_string();
    }
    text
}

fn conversation(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let names = known_figures(report);
    if names.is_empty() {
        return Ok(());
    }
    let mut speakers: Vec<_> = report.speakers.iter().collect();
    speakers.sort_by_key(|speaker| std::cmp::Reverse(speaker.words));
    speakers.truncate(SPEAKERS_SHOWN);
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let mut header = vec!["Conversation".to_owned()];
    header.extend(speakers.iter().map(|speaker| short_name(&speaker.name, LABEL)));
    header.push("published range".to_owned());
    table.set_header(header);
    for name in names {
        let (label, range) = figure_label(report, name);
        let mut row = vec![label.to_owned()];
        let cells = speakers.iter().map(|speaker| speaker.conversation.get(name));
        row.extend(cells.map(|found| found.map_or("–".to_owned(), |found| figure(name, found))));
        row.push(range.to_owned());
        table.add_row(row);
    }
    for at in 1..=speakers.len() {
        if let Some(column) = table.column_mut(at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    writeln!(out)?;
    for (at, line) in table.to_string().lines().enumerate() {
        let line = format!(" {}", line.trim_end());
        writeln!(out, "{}", if at == 0 { paint(BOLD, line) } else { line })?;
    }
    let mut shown = speakers.iter().flat_map(|speaker| speaker.conversation.iter());
    if shown.any(|(_, figure)| figure.quality == Quality::Estimated) {
        writeln!(out, "  {}", paint(DIM, "~ estimated; docs/scoring.md says how"))?;
    }
    Ok(())
}

fn notes(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out)?;
    for notice in report.notices() {
        for (at, line) in wrap(&clean(&notice), WIDTH - 4).into_iter().enumerate() {
            let mark = if at == 0 { "!" } else { " " };
            writeln!(out, "{} {line}", paint(DRAINS, mark))?;
        }
    }
    if report.scores.judged().next().is_some() {
        let mut caveat = clean(&report.engine.targets);
        if let Some(first) = caveat.get_mut(..1) {
            first.make_ascii_uppercase();
        }
        let text = format!("Rates per 1,000 words, now→ideal. {caveat}.");
        for line in wrap(&text, WIDTH) {
            writeln!(out, "{}", paint(DIM, line))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn plain(report: &Report) -> String {
        let mut bytes = Vec::new();
        write(report, &mut bytes).expect("writing to memory works");
        let text = String::from_utf8(bytes).expect("reports are UTF-8");
        anstream::adapter::strip_str(&text).to_string()
    }

    #[test]
    fn a_call_a_note_and_a_quiet_call_look_as_reviewed() {
        insta::assert_snapshot!("terminal_call", plain(&sample::call()));
        insta::assert_snapshot!("terminal_note", plain(&sample::note()));
        insta::assert_snapshot!("terminal_quiet", plain(&sample::quiet()));
    }

    #[test]
    fn no_line_is_wider_than_80_columns_whatever_the_names() {
        let mut report = sample::call();
        report.source.path = "very/".repeat(30);
        report.speakers[0].name = "Wolfgang ".repeat(20);
        report.speakers.push(report.speakers[0].clone());
        report.speakers[2].name = "Anselm-Theodor".into();
        report.findings[0].speaker = Some("名".repeat(50));
        report.findings[0].quote = "x".repeat(500);
        report.warnings.push("word ".repeat(60));
        for line in plain(&report).lines() {
            assert!(line.width() <= WIDTH, "{} columns: {line}", line.width());
        }
    }

    #[test]
    fn a_transcript_cannot_drive_the_terminal() {
        let mut report = sample::call();
        report.source.path = "a\u{1b}]0;title\u{7}b".into();
        report.speakers[0].name = "Dana\u{202e}".into();
        report.findings[0].quote = "\u{1b}[2Jgone\r\nnew".into();
        report.findings[0].instead = "\u{9b}31m".into();
        report.warnings.push("\u{1b}c".into());
        let mut bytes = Vec::new();
        write(&report, &mut bytes).expect("writing to memory works");
        let text = String::from_utf8(bytes).expect("reports are UTF-8");
        let stripped = anstream::adapter::strip_str(&text).to_string();
        assert!(!stripped.contains(['\u{1b}', '\u{7}', '\u{9b}', '\u{202e}', '\r']));
        // Only this program's own styles start with an escape.
        for start in text.match_indices('\u{1b}').map(|(at, _)| &text[at..]) {
            assert!(start.starts_with("\u{1b}[") && start[2..].contains('m'));
            assert!(!start.starts_with("\u{1b}[2J"));
        }
    }
}
