//! JSON for other programs: one indented object.

use std::io::{self, Write};

use super::{Layout, Report, Writer};

pub(super) static JSON: Writer = Writer {
    id: "json",
    about: "one object with everything, for programs (see docs/report.schema.json)",
    extension: "json",
    styled: false,
    layout: Layout::Single(write),
};

fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    // Every bracket and comma is a write of its own.
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, report)?;
    out.write_all(b"\n")?;
    out.flush()
}
