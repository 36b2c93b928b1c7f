//! Small shapes that the writers for people share: clocks, wrapped lines, shortened names, intervals.

use std::fmt::Display;

use anstyle::Style;
use unicode_width::UnicodeWidthChar;

use super::clean;
use super::model::{FindingReport, Report, SpeakerReport, TakenBackReport};
use crate::score::{Figure, Quality};
pub(crate) use crate::snippet::columns;
use crate::taxonomy::Role;

/// How wide the terminal's reports are.
pub(crate) const WIDTH: usize = 80;

/// What stands out.
pub(crate) const BOLD: Style = Style::new().bold();
/// What steps back.
pub(crate) const DIM: Style = Style::new().dimmed();

/// Text in a style.
pub(crate) fn paint(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

/// A value and its interval, all from 0 to 1, on a line of cells; `middle` marks its centre.
pub(crate) fn interval_bar([low, at, high]: [f64; 3], cells: usize, middle: bool) -> String {
    let cell = |share: f64| ((share * (cells - 1) as f64).round() as usize).min(cells - 1);
    let (low, at, high) = (cell(low), cell(at), cell(high));
    let mut bar = String::new();
    for here in 0..cells {
        let within = (low..=high).contains(&here);
        bar += &match here {
            _ if here == at => paint(BOLD, "●"),
            _ if middle && here == cells / 2 => paint(DIM, "┼"),
            _ if within => "━".to_owned(),
            _ => paint(DIM, "─"),
        };
    }
    bar
}

/// Seconds as a clock: `1:05`, `1:02:03`, `-0:02`.
pub(crate) fn clock(seconds: f64) -> String {
    let whole = seconds.abs().floor() as u64;
    let sign = if seconds < 0.0 && whole > 0 { "-" } else { "" };
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    match hours {
        0 => format!("{sign}{minutes}:{seconds:02}"),
        _ => format!("{sign}{hours}:{minutes:02}:{seconds:02}"),
    }
}

/// Where a finding stands, in the best way that its source allows.
pub(super) fn place(finding: &FindingReport) -> String {
    match (finding.time, finding.line) {
        (Some(time), _) => clock(time),
        (None, Some(line)) => format!("line {line}"),
        (None, None) => format!("turn {}", finding.turn + 1),
    }
}

/// Where a finding is taken back.
pub(super) fn back_at(taken: &TakenBackReport) -> String {
    match (taken.time, taken.line) {
        (Some(time), _) => clock(time),
        (None, Some(line)) => format!("line {line}"),
        (None, None) => format!("turn {}", taken.turn + 1),
    }
}

/// A rate or an ideal, with no more digits than it deserves.
pub(crate) fn rate(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// A count with the right form of its noun.
pub(crate) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// A whole number with commas between its thousands.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A figure as people read it: `43 %`, `1:16`, `~12.5`, `–`.
pub(super) fn figure(name: &str, figure: &Figure) -> String {
    let Some(value) = figure.value else { return "–".to_owned() };
    let mark = if figure.quality == Quality::Estimated { "~" } else { "" };
    match figure.unit {
        "percent" => format!("{mark}{value:.0} %"),
        "seconds" if name == "patience" => format!("{mark}{value:.1} s"),
        "seconds" => format!("{mark}{}", clock(value)),
        "words per minute" => format!("{mark}{value:.0}"),
        _ => format!("{mark}{}", rate(value)),
    }
}

/// How people call a conversation figure, and the range that other tools have published for it.
pub(super) fn figure_label(report: &Report, name: &str) -> (&'static str, &'static str) {
    let sells = |speaker: &SpeakerReport| speaker.role == Role::Seller;
    match name {
        "talk_share" if report.speakers.iter().any(sells) => ("talk share", "sellers near 43 %"),
        "talk_share" => ("talk share", ""),
        "longest_monologue" => ("longest monologue", "under 2:30"),
        "interactivity" => ("switches per 5 min", "5 and more"),
        "patience" => ("patience", "0.6 to 1.0 s"),
        "lapses" => ("silences over 5 s", ""),
        "open_questions" => ("open questions per hour", ""),
        "closed_questions" => ("closed questions per hour", ""),
        "pace" => ("words per minute", "100 to 165"),
        "fillers" => ("fillers per 100 words", "under 4"),
        _ => ("", ""),
    }
}

/// The names of the conversation figures that at least one speaker has, in report order.
pub(super) fn known_figures(report: &Report) -> Vec<&'static str> {
    let Some(first) = report.speakers.first() else { return Vec::new() };
    let names = first.conversation.iter().map(|(name, _)| name);
    let known = |name: &&str| {
        let mut figures = report.speakers.iter().filter_map(|s| s.conversation.get(name));
        figures.any(|figure| figure.value.is_some())
    };
    names.filter(known).collect()
}

/// The findings of a pole, the surest first; of equals the earlier first.
pub(super) fn strongest<'a>(report: &'a Report, pole: &str) -> Vec<&'a FindingReport> {
    let mut findings: Vec<_> = report.findings.iter().filter(|f| f.pole == pole).collect();
    findings.sort_by(|a, b| b.score.total_cmp(&a.score));
    findings
}

/// A name that fits a narrow column: whole, or else its first word.
pub(super) fn short_name(name: &str, width: usize) -> String {
    let name = clean(name);
    if columns(&name) <= width {
        return name;
    }
    shorten(name.split_whitespace().next().unwrap_or_default(), width)
}

/// Where the words of a finding start and end in an [`excerpt`]. Cleaned text has no such marks.
pub(super) const QUOTE_START: char = '\u{1}';
/// See [`QUOTE_START`].
pub(super) const QUOTE_END: char = '\u{2}';

/// The words of a finding, marked, with the rest of their sentence around them; at most `most`
/// characters on either side. Without its sentence a quote of three words tells a reader little.
pub(super) fn excerpt(report: &Report, finding: &FindingReport, most: usize) -> String {
    let [start, end] = finding.span;
    let turn = report.turns.get(finding.turn).map_or("", |turn| turn.text.as_str());
    let from = start.saturating_sub(most);
    let around: Vec<char> = turn.chars().skip(from).take(end - from + most).collect();
    let before = around.get(..start - from).unwrap_or_default();
    let after = around.get(end - from..).unwrap_or_default();
    let ends_sentence = |c: &char| matches!(c, '.' | '?' | '!');
    let sentence = before.iter().rposition(ends_sentence).map_or(0, |at| at + 1);
    let cut = if sentence == 0 && from > 0 { "…" } else { "" };
    let before: String = before[sentence..].iter().collect();
    // A quote that ends its sentence needs nothing after it.
    let closed = finding.quote.ends_with(['.', '?', '!']);
    let stop = after.iter().position(ends_sentence).map(|at| at + 1);
    let rest = if closed { 0 } else { stop.unwrap_or(after.len()) };
    let more = !closed && stop.is_none() && after.len() == most;
    let after: String = after[..rest].iter().collect();
    format!(
        "{cut}{}{QUOTE_START}{}{QUOTE_END}{}{}",
        clean(before.trim_start()),
        clean(&finding.quote),
        clean(&after),
        if more { "…" } else { "" }
    )
}

/// Breaks text into lines of at most `width` columns, at spaces where there are any.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    let mut used = 0;
    for word in text.split_whitespace() {
        let wide = columns(word);
        if used > 0 && used + 1 + wide > width {
            lines.push(String::new());
            used = 0;
        }
        let Some(mut line) = lines.last_mut() else { break };
        if used > 0 {
            line.push(' ');
            used += 1;
        }
        for c in word.chars() {
            let wide = c.width().unwrap_or(0);
            if used + wide > width && used > 0 {
                lines.push(String::new());
                used = 0;
                line = match lines.last_mut() {
                    Some(line) => line,
                    None => break,
                };
            }
            line.push(c);
            used += wide;
        }
    }
    lines
}

/// Text cut to a width, with an ellipsis where something was left out.
pub(crate) fn shorten(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let mut short = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += c.width().unwrap_or(0);
        if used > width {
            break;
        }
        short.push(c);
    }
    short.truncate(short.trim_end().len());
    short + "…"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;
    use unicode_width::UnicodeWidthStr;

    #[test]
    fn an_excerpt_is_the_sentence_around_the_words_and_no_more() {
        let report = sample::call();
        let shown = |quote: &str, most| {
            let finding = report.findings.iter().find(|f| f.quote == quote).expect("a finding");
            let text = excerpt(&report, finding, most);
            text.replace(QUOTE_START, "<").replace(QUOTE_END, ">")
        };
        assert_eq!(
            shown("that's on me", 80),
            "I told you Tuesday and it slipped; <that's on me>, here it is."
        );
        assert_eq!(shown("that's on me", 9), "…slipped; <that's on me>, here it…");
        assert_eq!(shown("There's no rush on my side.", 80), "<There's no rush on my side.>");
    }

    #[test]
    fn a_name_that_is_too_long_is_its_first_word() {
        assert_eq!(short_name("Dana Reyes", 10), "Dana Reyes");
        assert_eq!(short_name("Kestrel Amory", 10), "Kestrel");
        assert_eq!(short_name("Wolfeschlegelstein A", 10), "Wolfeschl…");
    }

    #[test]
    fn clocks_read_as_clocks() {
        assert_eq!(clock(65.9), "1:05");
        assert_eq!(clock(3723.0), "1:02:03");
        assert_eq!(clock(-2.0), "-0:02");
        assert_eq!(clock(-0.2), "0:00");
    }

    #[test]
    fn lines_keep_their_width_also_for_words_that_have_no_space() {
        assert_eq!(wrap("one two three", 7), ["one two", "three"]);
        assert_eq!(wrap("abcdefghij k", 4), ["abcd", "efgh", "ij k"]);
        assert_eq!(wrap("", 4), [""]);
        assert!(wrap("日本語の長い文", 5).iter().all(|line| line.width() <= 5));
    }

    #[test]
    fn what_is_cut_says_so() {
        assert_eq!(shorten("one two three", 8), "one two…");
        assert_eq!(shorten("one", 3), "one");
    }

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(grouped(1_234_567), "1,234,567");
        assert_eq!(grouped(12), "12");
        assert_eq!((rate(0.5), rate(2.0), rate(11.62)), ("0.5".into(), "2".into(), "11.6".into()));
        assert_eq!(counted(1, "word"), "1 word");
    }
}
