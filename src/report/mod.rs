//! Reports: one model, and one file per way of writing it.
//!
//! A writer is a [`Writer`] constant in its own file and one word in [`WRITERS`]; help, endings and
//! documentation iterate the registry. All of them see the same [`Report`], so none can know more
//! than another.

use std::io;

mod build;
pub mod collection;
pub(crate) mod csv;
mod figures;
mod html;
mod json;
mod jsonl;
pub(crate) mod layout;
pub(crate) mod markdown;
pub mod model;
mod parquet;
pub mod practice;
mod terminal;

#[cfg(test)]
pub(crate) mod sample;

pub use crate::snippet::clean;
pub use build::{Judgement, build};
pub(crate) use layout::{counted, rate, shorten, wrap};
pub use model::Report;

/// A way of writing reports.
pub struct Writer {
    /// The identifier, for `--format`.
    pub id: &'static str,
    /// One line for help.
    pub about: &'static str,
    /// What its files end in, without the dot.
    pub extension: &'static str,
    /// Whether it writes terminal styles, to be stripped where there is no terminal.
    pub styled: bool,
    /// How the reports of several transcripts go together.
    pub layout: Layout,
}

/// Writes one report.
pub type WriteReport = fn(&Report, &mut dyn io::Write) -> io::Result<()>;

/// How the reports of several transcripts go together.
pub enum Layout {
    /// Each report is a document of its own; another cannot follow it in one stream.
    Single(WriteReport),
    /// Reports may follow each other in one stream.
    Stream(WriteReport),
    /// Reports are rows of tables, each of which is a file.
    Tables(&'static [Table]),
    /// Reports are rows of tables whose columns have types, which the writer of such tables knows.
    Columns,
    /// Each report is a page, and in a folder one more page leads to all of them.
    Pages(Pages),
}

/// Pages that lead to each other.
pub struct Pages {
    /// Writes the page of one report; it may be told where the page is that leads to all.
    pub page: fn(&Report, Option<&str>, &mut dyn io::Write) -> io::Result<()>,
    /// The name of that page's file.
    pub index: &'static str,
    /// Writes it.
    pub write_index: fn(&collection::Collection, &mut dyn io::Write) -> io::Result<()>,
}

/// A file of rows to which every report adds some.
pub struct Table {
    /// The file's name.
    pub file: &'static str,
    /// The names of its columns.
    pub columns: &'static [&'static str],
    /// Writes a report's rows.
    pub rows: WriteReport,
    /// Writes the line with the names of the columns.
    pub header: fn(&mut dyn io::Write) -> io::Result<()>,
}

/// The writers, in the order in which help lists them.
pub static WRITERS: &[&Writer] = &[
    &terminal::TERMINAL,
    &json::JSON,
    &jsonl::JSONL,
    &markdown::MARKDOWN,
    &html::HTML,
    &csv::CSV,
    &parquet::PARQUET,
];

/// The writer with this identifier.
pub fn by_id(id: &str) -> Option<&'static Writer> {
    WRITERS.iter().copied().find(|writer| writer.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::transcript::{Fragment, Kind, TimeResolution, Timing, TranscriptBuilder};
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthChar;

    fn written(report: &Report) -> Vec<(&'static str, String)> {
        let mut texts = Vec::new();
        for writer in WRITERS {
            let parts: Vec<WriteReport> = match &writer.layout {
                Layout::Single(write) | Layout::Stream(write) => vec![*write],
                Layout::Tables(tables) => tables.iter().map(|table| table.rows).collect(),
                Layout::Columns => Vec::new(),
                Layout::Pages(_) => vec![|report, out| match &html::HTML.layout {
                    Layout::Pages(pages) => (pages.page)(report, None, out),
                    _ => Ok(()),
                }],
            };
            for write in parts {
                let mut bytes = Vec::new();
                write(report, &mut bytes).expect("writing to memory works");
                texts.push((writer.id, String::from_utf8(bytes).expect("reports are UTF-8")));
            }
        }
        texts
    }

    proptest! {
        #[test]
        fn whatever_is_said_every_writer_writes_it(
            name in "\\PC{1,30}",
            before in any::<String>(),
            after in any::<String>(),
        ) {
            let mut builder = TranscriptBuilder::new();
            let speaker = builder.speaker(&name);
            let said = Fragment::unplaced(format!("{before}that's on me{after}"));
            builder.say(speaker, Timing::default(), &said);
            let transcript = builder.finish("test", Kind::Speech, TimeResolution::None);
            let source = sample::source(&name, "");
            let report = sample::engine().judge(&source, transcript, &sample::options(&[]));
            for (id, text) in written(&report) {
                let quotes = matches!(id, "json" | "jsonl" | "markdown");
                prop_assert!(!quotes || text.contains("on me"), "{}: {}", id, text);
                if id == "terminal" {
                    let plain = anstream::adapter::strip_str(&text).to_string();
                    for line in plain.lines() {
                        let wide: usize = line.chars().filter_map(UnicodeWidthChar::width).sum();
                        prop_assert!(wide <= 80, "{} columns: {}", wide, line);
                        prop_assert!(!line.contains(char::is_control));
                    }
                }
            }
        }
    }

    #[test]
    fn every_writer_is_found_by_its_id_and_no_id_or_ending_is_used_twice() {
        let mut endings: Vec<_> = WRITERS.iter().map(|writer| writer.extension).collect();
        endings.sort_unstable();
        endings.dedup();
        assert_eq!(endings.len(), WRITERS.len());
        for writer in WRITERS {
            assert!(by_id(writer.id).is_some_and(|found| found.id == writer.id));
        }
    }
}
