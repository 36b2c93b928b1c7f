//! Word documents, unpacked to lines of text.
//!
//! A paragraph, a line break inside one and a row of a table become a line each. The cells of a row
//! stand between tabs, and an item of a list gets a dash, so that readers see the structure that the
//! page shows. Pictures, text boxes, deleted words and field codes are left out.

use std::io::{Cursor, Read};

use zip::ZipArchive;

use crate::format::ReadError;
use crate::format::xml::{Piece, Pieces, Tag};

/// The most that a document may unpack to, in bytes: a day of talk with every word marked up. What goes
/// beyond it was made to fill the memory.
const UNPACKED_LIMIT: u64 = 64 * 1024 * 1024;

/// The largest container, in bytes. What is larger than this has films in it.
const CONTAINER_LIMIT: usize = 128 * 1024 * 1024;

/// What stands near the end of containers with more files than a document ever has. The number of
/// files that it claims could ask for any memory.
const ZIP64: &[u8] = b"PK\x06\x07";

/// The farthest that it can stand from the end.
const TAIL: usize = 64 * 1024 + 64;

/// The part of the container that holds the text.
const TEXT: &str = "word/document.xml";

/// Other containers, by a file in them, and what to do with each.
const OTHERS: [(&str, &str, &str); 3] = [
    ("xl/workbook.xml", "an Excel workbook", "save the sheet as CSV"),
    ("ppt/presentation.xml", "a PowerPoint presentation", "export the transcript as text"),
    ("content.xml", "an OpenDocument file", "save it as a Word document (.docx) or as plain text"),
];

/// Elements whose text is not the document's own, or is in it twice.
const SILENT: [&str; 10] = [
    "drawing",
    "pict",
    "object",
    "txbxContent",
    "Fallback",
    "del",
    "moveFrom",
    "tabs",
    "rPr",
    "sdtPr",
];

/// The text of a document.
///
/// # Errors
///
/// When the container is damaged, too large or of another kind.
pub(super) fn text(bytes: &[u8]) -> Result<String, ReadError> {
    let xml = part(bytes, UNPACKED_LIMIT)?;
    let mut document = Document::default();
    for piece in Pieces::of(&xml) {
        match piece.map_err(|error| damaged(&error.message))? {
            Piece::Open(tag) => document.open(&tag),
            Piece::Close(end) => document.close(end.name()),
            Piece::Text(words, _) => document.text(&words),
        }
    }
    Ok(document.out)
}

fn damaged(why: &str) -> ReadError {
    ReadError::new(format!("the Word document is damaged: {why}"))
        .with_help("open it in Word and save it again, or as plain text")
}

fn too_large(what: &str, limit: u64) -> ReadError {
    let limit = limit / 1024 / 1024;
    ReadError::new(format!("the Word document {what} more than {limit} MiB"))
        .with_help("split it, or save it as plain text")
}

/// The XML of the document. It is unpacked into memory only, and only as far as the limit.
fn part(bytes: &[u8], limit: u64) -> Result<String, ReadError> {
    if bytes.len() > CONTAINER_LIMIT {
        return Err(too_large("has", CONTAINER_LIMIT as u64));
    }
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    if memchr::memmem::find(tail, ZIP64).is_some() {
        return Err(damaged("it claims to hold more files than a document has"));
    }
    let mut archive =
        ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error.to_string()))?;
    if archive.index_for_name(TEXT).is_none() {
        return Err(not_word(&archive));
    }
    let file = archive.by_name(TEXT).map_err(|error| damaged(&error.to_string()))?;
    let mut xml = String::new();
    let read = file.take(limit + 1).read_to_string(&mut xml);
    if xml.len() as u64 > limit {
        return Err(too_large("unpacks to", limit));
    }
    read.map_err(|error| damaged(&error.to_string()))?;
    Ok(xml)
}

fn not_word(archive: &ZipArchive<Cursor<&[u8]>>) -> ReadError {
    let found = OTHERS.iter().find(|(file, ..)| archive.index_for_name(file).is_some());
    let (what, help) = found.map_or(
        ("a ZIP container without a Word document in it", "unpack it and give the files in it"),
        |(_, what, help)| (*what, *help),
    );
    ReadError::new(format!("it is no text but {what}")).with_help(help)
}

/// Collects lines from the elements of a document.
#[derive(Default)]
struct Document {
    out: String,
    /// The cells of the table row that is open, and the text of the last one.
    row: Vec<String>,
    cell: String,
    tables: usize,
    /// Where the paragraph that is open begins.
    paragraph: usize,
    is_item: bool,
    is_words: bool,
    /// How many elements are open whose text is left out.
    silent: usize,
}

impl Document {
    fn open(&mut self, tag: &Tag) {
        if self.silent > 0 || SILENT.contains(&tag.name()) {
            self.silent += 1;
            return;
        }
        match tag.name() {
            "t" => self.is_words = true,
            "tab" => self.target().push('\t'),
            "br" | "cr" => self.target().push('\n'),
            "noBreakHyphen" => self.target().push('-'),
            "p" => {
                self.paragraph = self.target().len();
                self.is_item = false;
            }
            "numId" => self.is_item = tag.attribute("val").is_some_and(|id| id != "0"),
            "tbl" => self.tables += 1,
            "tr" if self.tables == 1 => self.row.clear(),
            "tc" if self.tables == 1 => self.cell.clear(),
            _ => {}
        }
    }

    fn close(&mut self, name: &str) {
        if self.silent > 0 {
            self.silent -= 1;
            return;
        }
        match name {
            "t" => self.is_words = false,
            "p" => self.end_paragraph(),
            "tbl" => self.tables = self.tables.saturating_sub(1),
            "tr" if self.tables == 1 => self.end_row(),
            "tc" if self.tables == 1 => self.row.push(std::mem::take(&mut self.cell)),
            _ => {}
        }
    }

    fn text(&mut self, words: &str) {
        if self.is_words && self.silent == 0 {
            self.target().push_str(words);
        }
    }

    /// Where text goes: into the cell that is open, or straight out.
    fn target(&mut self) -> &mut String {
        if self.tables > 0 { &mut self.cell } else { &mut self.out }
    }

    fn end_paragraph(&mut self) {
        let (start, is_item) = (self.paragraph, self.is_item);
        let target = self.target();
        if is_item && !target.get(start..).unwrap_or_default().trim().is_empty() {
            target.insert_str(start, "- ");
        }
        target.push('\n');
    }

    /// Writes a row. A single cell only lays out the page: its lines stay lines. A quotation mark at
    /// the start of a cell is doubled as in any table, so that it is not taken for one around it.
    fn end_row(&mut self) {
        let row = std::mem::take(&mut self.row);
        if let [cell] = row.as_slice() {
            self.out.push_str(cell);
            return;
        }
        for (at, cell) in row.iter().enumerate() {
            if at > 0 {
                self.out.push('\t');
            }
            let flat = cell.trim().replace(['\t', '\n', '\r'], " ");
            if flat.starts_with('"') {
                self.out.push_str(&format!("\"{}\"", flat.replace('"', "\"\"")));
            } else {
                self.out.push_str(&flat);
            }
        }
        self.out.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn container(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).expect("a file");
            writer.write_all(bytes).expect("memory");
        }
        writer.finish().expect("memory").into_inner()
    }

    fn document(body: &str) -> Vec<u8> {
        let xml =
            format!("<?xml version=\"1.0\"?><w:document><w:body>{body}</w:body></w:document>");
        container(&[("[Content_Types].xml", b"<Types/>"), (TEXT, xml.as_bytes())])
    }

    fn run(words: &str) -> String {
        format!("<w:r><w:rPr><w:b/></w:rPr><w:t xml:space=\"preserve\">{words}</w:t></w:r>")
    }

    #[test]
    fn paragraphs_breaks_tabs_and_items_become_lines() {
        let body = format!(
            "<w:p><w:pPr><w:tabs><w:tab w:val=\"left\"/></w:tabs></w:pPr>{}{}<w:r><w:br/></w:r>{}</w:p><w:p/>\
             <w:p><w:pPr><w:numPr><w:numId w:val=\"3\"/></w:numPr></w:pPr>{}<w:r><w:tab/></w:r>{}</w:p>",
            run("Ana "),
            run("  0:04"),
            run("R&amp;D &#233;"),
            run("one"),
            run("two"),
        );
        assert_eq!(text(&document(&body)).as_deref(), Ok("Ana   0:04\nR&D é\n\n- one\ttwo\n"));
    }

    #[test]
    fn rows_of_tables_are_lines_with_tabs() {
        let cell = |inner: &str| format!("<w:tc><w:tcPr/>{inner}</w:tc>");
        let words = |words: &str| format!("<w:p>{}</w:p>", run(words));
        let inner = format!("<w:tbl><w:tr>{}</w:tr></w:tbl>", cell(&words("inner")));
        let body = format!(
            "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{}</w:tr></w:tbl><w:tbl><w:tr>{}</w:tr></w:tbl>{}",
            cell(&words("Who")),
            cell(&words("Text")),
            cell(&words("Ana")),
            cell(&(words("\"Go\" is") + &words("it") + &inner)),
            cell(&(words("one") + &words("two"))),
            words("end"),
        );
        let expected = "Who\tText\nAna\t\"\"\"Go\"\" is it inner\"\none\ntwo\nend\n";
        assert_eq!(text(&document(&body)).as_deref(), Ok(expected));
    }

    #[test]
    fn what_the_page_does_not_say_is_left_out() {
        let body = format!(
            "<w:p><w:del>{}</w:del><w:r><w:instrText>PAGE</w:instrText></w:r><w:r><w:drawing><a:t>x</a:t></w:drawing></w:r>\
             <mc:AlternateContent><mc:Choice>{}</mc:Choice><mc:Fallback>{}</mc:Fallback></mc:AlternateContent></w:p>",
            run("gone"),
            run("kept"),
            run("twice"),
        );
        assert_eq!(text(&document(&body)).as_deref(), Ok("kept\n"));
    }

    #[test]
    fn a_bomb_is_refused_and_so_is_what_is_damaged_or_no_document() {
        let bomb = container(&[(TEXT, &vec![b' '; 70 * 1024 * 1024])]);
        assert!(bomb.len() < 1024 * 1024);
        assert!(text(&bomb).is_err_and(|error| error.message.contains("more than 64 MiB")));
        let mut claim = document("<w:p/>");
        claim.extend(ZIP64);
        assert!(text(&claim).is_err_and(|error| error.message.contains("claims")));
        let whole = document("<w:p/>");
        for cut in [5, 40, whole.len() / 2, whole.len() - 3] {
            assert!(text(&whole[..cut]).is_err_and(|error| error.help.is_some()), "{cut}");
        }
        assert!(text(&document("<w:p></w:q>")).is_err());
        let message =
            |files: &[(&str, &[u8])]| text(&container(files)).map_err(|error| error.message);
        assert!(message(&[("xl/workbook.xml", b"")]).is_err_and(|why| why.contains("Excel")));
        assert!(message(&[("a.txt", b"Ana: hi")]).is_err_and(|why| why.contains("ZIP")));
    }
}
