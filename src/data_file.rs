//! Errors in the data files that people write (lexicons, targets, roles): path, line, column, the
//! line with a caret under the fault, and what would be valid.

use std::fmt;
use std::ops::Range;

use crate::snippet::underlined;
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
    /// The line with carets below the fault.
    shown: String,
}

impl DataError {
    /// A fault at a byte range of a file's text.
    pub fn new(path: &str, text: &str, span: Range<usize>, message: impl Into<String>) -> Self {
        let at = text.floor_char_boundary(span.start.min(text.len()));
        let (line, column) = LineIndex::new(text).locate(at);
        DataError {
            path: path.to_owned(),
            line,
            column,
            message: message.into(),
            help: None,
            shown: underlined(line, text, span),
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

impl fmt::Display for DataError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DataError { path, line, column, message, shown, .. } = self;
        let margin = line.to_string().len();
        writeln!(f, "{path}:{line}:{column}: {message}")?;
        writeln!(f, "{:margin$} |", "")?;
        write!(f, "{shown}")?;
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
