//! Annotations that continuous integration of GitHub shows beside a line.

use std::io::{self, Write};

/// How loud an annotation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Something to know.
    Notice,
    /// Something to look at.
    Warning,
    /// Something that makes the run fail.
    Error,
}

/// One annotation.
#[derive(Debug)]
pub struct Annotation<'a> {
    pub level: Level,
    pub path: &'a str,
    /// Line and column, from 1.
    pub place: Option<(usize, usize)>,
    /// Line and column just behind.
    pub end: Option<(usize, usize)>,
    pub title: Option<&'a str>,
    pub message: &'a str,
}

impl Annotation<'_> {
    /// Writes it as a workflow command.
    pub fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        let level = match self.level {
            Level::Notice => "notice",
            Level::Warning => "warning",
            Level::Error => "error",
        };
        write!(out, "::{level} file={}", escaped(self.path, true))?;
        if let Some((line, column)) = self.place {
            write!(out, ",line={line},col={column}")?;
        }
        // A last column is for a single line only.
        if let (Some((line, _)), Some((last, column))) = (self.place, self.end)
            && line == last
        {
            write!(out, ",endColumn={}", column.saturating_sub(1))?;
        }
        if let Some(title) = self.title {
            write!(out, ",title={}", escaped(title, true))?;
        }
        writeln!(out, "::{}", escaped(self.message, false))
    }
}

/// Text inside an annotation, where `%` and line ends have a meaning, and in a property `:` and `,` too.
fn escaped(text: &str, property: bool) -> String {
    let text = text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    if property { text.replace(':', "%3A").replace(',', "%2C") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn annotations_cannot_be_broken_out_of() {
        assert_eq!(escaped("a:b,c\n::error::%", true), "a%3Ab%2Cc%0A%3A%3Aerror%3A%3A%25");
        assert_eq!(escaped("50 %, a:b", false), "50 %25, a:b");
    }

    #[test]
    fn an_annotation_has_its_place() {
        let mut out = Vec::new();
        let annotation = Annotation {
            level: Level::Warning,
            path: "a,b.md",
            place: Some((4, 10)),
            end: Some((4, 22)),
            title: Some("unsell: telling"),
            message: "50 %",
        };
        annotation.write(&mut out).expect("writing to memory works");
        let expected =
            "::warning file=a%2Cb.md,line=4,col=10,endColumn=21,title=unsell%3A telling::50 %25\n";
        assert_eq!(String::from_utf8_lossy(&out), expected);
    }
}
