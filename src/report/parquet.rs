//! Parquet: tables with columns of their own types, which `columnar` writes where that is built in.

use super::{Layout, Writer};

pub(super) static PARQUET: Writer = Writer {
    id: "parquet",
    about: "findings, scores and failures as typed tables (see docs/parquet.md); needs --out",
    extension: "parquet",
    styled: false,
    layout: Layout::Columns,
};
