//! Errors in the data files that people write (lexicons, targets, roles): path, line, column, the
//! line with a caret under the fault, and what would be valid.

use std::fmt;
use std::ops::Range;

use crate::transcript::LineIndex;

/// A fault in a data file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct DataError {
    /// The file.
    pub path: String,
    /// Line, from 1.
    pub line: usize,
    /// Column in Unicode scalars, from 1.
    pub column: usize,
    /// What is wrong, as one clause.
    pub message: String,
    /// What would be valid.
    pub help: Option<String>,
    source_line: String,
    width: usize,
}

impl DataError {
    /// A fault at a byte range of a file's text.
    pub fn new(path: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let at = text.floor_char_boundary(span.start.min(text.len()));
        let (line, column) = LineIndex::new(text).locate(at);
        let source_line = text.lines().nth(line - 1).unwrap_or_default().to_owned();
        let faulty = text.get(at..span.end.min(text.len())).unwrap_or_default();
        let width = faulty.lines().next().unwrap_or_default().chars().count();
        DataError {
            path: path.to_owned(),
            line,
            column,
            message: message.into(),
            help: None,
            width: width.clamp(1, (source_line.chars().count() + 1).saturating_sub(column).max(1)),
            source_line,
        }
    }

    /// Adds what would be valid.
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// A fault that the TOML reader found: its first line is the message; a list of valid names in it
    /// becomes the help.
    pub fn from_toml(path: &str, text: &str, error: &toml::de::Error) -> Self {
        let message = error.message().lines().next().unwrap_or("not valid TOML");
        let (message, help) = match message.split_once(", expected ") {
            Some((what, valid)) if what.starts_with("unknown") => {
                let word = what.split('`').nth(1).unwrap_or_default();
                let names = valid.split('`').skip(1).step_by(2);
                let near = crate::taxonomy::nearest(word, names);
                let hint = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
                (what, Some(format!("{hint}valid here: {}", valid.trim_start_matches("one of "))))
            }
            _ => (message, None),
        };
        let mut fault = DataError::new(path, text, error.span().unwrap_or(0..0), message);
        fault.help = help;
        fault
    }
}

/// The longest line that is shown whole, in characters.
const WIDEST: usize = 100;

impl DataError {
    /// What is shown of the line, the columns before the caret, and the caret's width: the whole line,
    /// or of a long one the part around the fault.
    fn window(&self) -> (String, usize, usize) {
        let length = self.source_line.chars().count();
        if length <= WIDEST {
            return (self.source_line.clone(), self.column - 1, self.width);
        }
        let start = (self.column - 1).saturating_sub(WIDEST / 3);
        let end = (start + WIDEST).min(length);
        let inside = self.source_line.chars().skip(start).take(end - start).collect::<String>();
        let before = if start > 0 { "…" } else { "" };
        let after = if end < length { "…" } else { "" };
        let indent = self.column - 1 - start + before.chars().count();
        let width = self.width.min(end - (self.column - 1).min(end)).max(1);
        (format!("{before}{inside}{after}"), indent, width)
    }
}

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DataError { path, line, column, message, .. } = self;
        let margin = line.to_string().len();
        let (shown, indent, width) = self.window();
        writeln!(f, "{path}:{line}:{column}: {message}")?;
        writeln!(f, "{:margin$} |", "")?;
        writeln!(f, "{line} | {shown}")?;
        write!(f, "{:margin$} | {:indent$}{}", "", "", "^".repeat(width))?;
        if let Some(help) = &self.help {
            write!(f, "\n{:margin$} = {help}", "")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct File {
        #[serde(rename = "weight")]
        _weight: f32,
    }

    #[test]
    fn of_a_long_line_the_part_around_the_fault_is_shown() {
        let text = format!("any = [\"{}{{sett}}{}\"]", "left ".repeat(60), " right".repeat(60));
        let at = text.find("{sett}").expect("the fault");
        let shown = DataError::new("my.toml", &text, at..at + 6, "no set").to_string();
        let lines: Vec<_> = shown.lines().collect();
        assert!(lines[2].chars().count() < 115, "{shown}");
        let caret = lines[3].chars().position(|c| c == '^').expect("a caret");
        assert_eq!(lines[2].chars().skip(caret).take(6).collect::<String>(), "{sett}");
        assert_eq!(lines[3].matches('^').count(), 6);
    }

    #[test]
    fn an_unknown_key_is_shown_with_caret_and_suggestion() {
        let text = "wieght = 0.5\n";
        let error = toml::from_str::<File>(text).expect_err("a misspelt key");
        let shown = DataError::from_toml("my.toml", text, &error).to_string();
        assert_eq!(
            shown,
            "my.toml:1:1: unknown field `wieght`\n  |\n1 | wieght = 0.5\n  | ^^^^^^\n  = did you mean `weight`? valid here: `weight`"
        );
    }
}
