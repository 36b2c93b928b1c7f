//! JSON Lines: the same object as JSON, one a line, so that many reports make one stream.

use std::io::{self, Write};

use super::{Layout, Report, Writer};

pub(super) static JSONL: Writer = Writer {
    id: "jsonl",
    about: "the JSON object, one a line for each transcript, in order",
    extension: "jsonl",
    styled: false,
    layout: Layout::Stream(write),
};

fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    // Every bracket and comma is a write of its own.
    let mut out = io::BufWriter::new(out);
    serde_json::to_writer(&mut out, report)?;
    out.write_all(b"\n")?;
    out.flush()
}
