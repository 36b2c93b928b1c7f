//! The columns of `docs/parquet.md`: those that are read and those that are written.

use super::schema::{Kind, TABLES};
use super::shape::{KNOWN, Shape};

/// The tables of the documentation as Markdown, in order.
pub fn documented() -> String {
    let mut text = String::new();
    for (shape, title) in
        [(Shape::Transcripts, "A row for each transcript"), (Shape::Turns, "A row for each turn")]
    {
        text += &format!("### {title}\n\n| column | what it is | type |\n|---|---|---|\n");
        for known in KNOWN.iter().filter(|known| known.shapes.contains(&shape)) {
            text += &format!("| `{}` | {} | {} |\n", known.name, known.about, known.types);
        }
        text += "\n";
    }
    for table in &TABLES {
        text += &format!("### `{}.parquet`\n\n", table.name);
        text += &format!("{} (`{}`).\n\n", table.about, table.schema);
        text += "| column | type | null | what it is |\n|---|---|---|---|\n";
        for column in table.columns {
            let kind = match column.kind {
                Kind::Text => "string",
                Kind::Texts => "list of strings",
                Kind::Integer => "int64",
                Kind::Number => "double",
                Kind::Flag => "boolean",
            };
            let null = if column.nullable { "yes" } else { "" };
            text += &format!("| `{}` | {kind} | {null} | {} |\n", column.name, column.about);
        }
        text += "\n";
    }
    text
}
