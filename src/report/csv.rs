//! Two tables for spreadsheets: a row for each transcript, and one for each finding.
//!
//! A cell that a spreadsheet would take for a formula could act on the reader's machine, so text
//! that starts like one gets an apostrophe in front. Numbers are written by this program and stay
//! numbers, also below 0.

use std::io;

use super::model::{AxisReport, PoleCount, Report};
use super::{Layout, Table, Writer, clean};
use crate::taxonomy::{Axis, Pole};

pub(super) static CSV: Writer = Writer {
    id: "csv",
    about: "transcripts.csv and findings.csv for spreadsheets; needs --out",
    extension: "csv",
    styled: false,
    layout: Layout::Tables(&[
        Table {
            file: "transcripts.csv",
            columns: &TRANSCRIPT_COLUMNS,
            rows: write_transcript,
            header: |out| write_row(out, TRANSCRIPT_COLUMNS.map(str::to_owned)),
        },
        Table {
            file: "findings.csv",
            columns: &FINDING_COLUMNS,
            rows: write_findings,
            header: |out| write_row(out, FINDING_COLUMNS.map(str::to_owned)),
        },
    ]),
};

const TRANSCRIPT_COLUMNS: [&str; 24] = [
    "path",
    "format",
    "time_resolution",
    "speakers",
    "turns",
    "words",
    "selling_index",
    "selling_low",
    "selling_high",
    "selling_evidence",
    "pushy_count",
    "pushy_per_1000_words",
    "leadership_count",
    "leadership_per_1000_words",
    "leading_index",
    "leading_low",
    "leading_high",
    "leading_evidence",
    "buy_in_count",
    "buy_in_per_1000_words",
    "ownership_count",
    "ownership_per_1000_words",
    "selling_words",
    "leading_words",
];

const FINDING_COLUMNS: [&str; 15] = [
    "path",
    "turn",
    "line",
    "col",
    "time",
    "speaker",
    "axis",
    "pole",
    "behaviour",
    "score",
    "quote",
    "instead",
    "rules",
    "classifier_score",
    "taken_back",
];

fn write_transcript(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let spoken: u64 = report.speakers.iter().map(|speaker| speaker.words).sum();
    let words = spoken + report.unattributed.map_or(0, |text| text.words);
    let mut row = vec![
        guarded(&report.source.path),
        report.source.format.to_owned(),
        report.source.time_resolution.to_owned(),
        report.speakers.len().to_string(),
        report.turns.len().to_string(),
        words.to_string(),
    ];
    for axis in Axis::ALL {
        row.extend(axis_cells(axis, report.scores.get(axis)));
    }
    let words = |axis| optional(report.scores.get(axis).map(|_| report.judged_words(axis)));
    row.extend(Axis::ALL.map(words));
    write_row(out, row)
}

/// An axis that was not judged has empty cells.
fn axis_cells(axis: Axis, score: Option<&AxisReport>) -> Vec<String> {
    let number =
        |read: fn(&AxisReport) -> f64| score.map_or(String::new(), |s| read(s).to_string());
    let mut cells = vec![
        number(|score| score.index),
        number(|score| score.low),
        number(|score| score.high),
        score.map_or(String::new(), |score| score.evidence.id().to_owned()),
    ];
    for pole in [axis.drains(), axis.builds()].map(Pole::id) {
        let count: Option<&PoleCount> = score.and_then(|score| score.poles.get(pole));
        cells.push(count.map_or(String::new(), |count| count.count.to_string()));
        cells.push(count.map_or(String::new(), |count| count.per_1000_words.to_string()));
    }
    cells
}

fn write_findings(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    for finding in &report.findings {
        let row = [
            guarded(&report.source.path),
            finding.turn.to_string(),
            optional(finding.line),
            optional(finding.col),
            optional(finding.time),
            guarded(finding.speaker.as_deref().unwrap_or_default()),
            finding.axis.to_owned(),
            finding.pole.to_owned(),
            finding.behaviour.to_owned(),
            finding.score.to_string(),
            guarded(&finding.quote),
            guarded(&finding.instead),
            guarded(&finding.rules().collect::<Vec<_>>().join(" ")),
            optional(finding.classifier_score()),
            guarded(finding.taken_back.as_ref().map_or("", |taken| taken.quote.as_str())),
        ];
        write_row(out, row)?;
    }
    Ok(())
}

/// A number, or nothing.
pub(crate) fn optional(number: Option<impl ToString>) -> String {
    number.map_or(String::new(), |number| number.to_string())
}

/// What makes a formula of a cell, also in the width of East Asian letters.
const FORMULA: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];

/// Text that no spreadsheet takes for a formula and that drives no terminal.
pub(crate) fn guarded(text: &str) -> String {
    let text = clean(text);
    if text.trim_start().starts_with(FORMULA) { format!("'{text}") } else { text }
}

/// Writes a row; text that is not this program's own comes [`guarded`].
pub(crate) fn write_row(
    out: &mut dyn io::Write,
    cells: impl IntoIterator<Item = String>,
) -> io::Result<()> {
    let mut writer = csv::Writer::from_writer(out);
    writer.write_record(cells.into_iter().map(String::into_bytes))?;
    writer.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn rows(write: super::super::WriteReport, report: &Report) -> Vec<Vec<String>> {
        let mut bytes = Vec::new();
        write(report, &mut bytes).expect("writing to memory works");
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(&*bytes);
        let records = reader.records().map(|record| record.expect("a record"));
        records.map(|record| record.iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn rows_are_as_wide_as_their_header() {
        let report = sample::call();
        let row = &rows(write_transcript, &report)[0];
        assert_eq!(row.len(), TRANSCRIPT_COLUMNS.len());
        // The seller's words alone, on the one axis that is judged.
        assert_eq!(row[22..], ["96", ""]);
        let findings = rows(write_findings, &report);
        assert_eq!(findings.len(), report.findings.len());
        assert!(findings.iter().all(|row| row.len() == FINDING_COLUMNS.len()));
    }

    #[test]
    fn text_that_starts_like_a_formula_is_disarmed_and_numbers_are_not() {
        let mut report = sample::call();
        report.findings.truncate(1);
        report.findings[0].quote = "=HYPERLINK(\"http://example.invalid\")".into();
        report.findings[0].speaker = Some("@SUM(A1)".into());
        report.findings[0].time = Some(-1.5);
        report.source.path = "-notes, \"mine\".md".into();
        let row = &rows(write_findings, &report)[0];
        assert_eq!(row[0], "'-notes, \"mine\".md");
        assert_eq!(row[4], "-1.5");
        assert_eq!(row[5], "'@SUM(A1)");
        assert!(row[10].starts_with("'=HYPERLINK"));
        for start in ["+", "-", "＝", " ="] {
            assert_eq!(guarded(&format!("{start}1")), format!("'{start}1"));
        }
        assert_eq!(guarded("\t=1\u{1b}[2J\u{202e}"), "' =1[2J");
        assert_eq!(guarded("1-2"), "1-2");
    }
}
