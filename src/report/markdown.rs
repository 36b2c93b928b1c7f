//! Markdown for wikis and pull requests: the terminal's content, as headings, tables and quotes.
//!
//! The shape is a template; what comes from others is escaped, so that a transcript cannot break a
//! table, open a link or carry markup into the page.

use std::io;

use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Output, State, Value, context};

use super::layout::{back_at, counted, grouped, place, rate, strongest};
use super::model::{AxisReport, FindingReport, Report};
use super::{Layout, Writer, clean, figures};
use crate::taxonomy::{Axis, Behaviour};

pub(super) static MARKDOWN: Writer = Writer {
    id: "markdown",
    about: "a page with tables and every finding quoted",
    extension: "md",
    styled: false,
    layout: Layout::Stream(write),
};

const TEMPLATE: &str = include_str!("markdown.md.jinja");

fn write(report: &Report, out: &mut dyn io::Write) -> io::Result<()> {
    let text = render(report).map_err(io::Error::other)?;
    out.write_all(text.as_bytes())
}

/// Where Markdown templates are rendered: every value is escaped that is not marked as safe.
pub(crate) fn environment() -> Result<Environment<'static>, minijinja::Error> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.set_formatter(escaping);
    Ok(environment)
}

fn render(report: &Report) -> Result<String, minijinja::Error> {
    let mut environment = environment()?;
    environment.add_template("report", TEMPLATE)?;
    let scores: Vec<_> =
        report.scores.judged().map(|(axis, s)| axis_view(report, axis, s)).collect();
    let speakers: Vec<_> = report
        .speakers
        .iter()
        .map(|speaker| {
            context! {
                name => &speaker.name,
                role => speaker.role.id(),
                role_source => speaker.role_source.id(),
                words => grouped(speaker.words),
                turns => grouped(speaker.turns),
            }
        })
        .collect();
    environment.get_template("report")?.render(context! {
        path => &report.source.path,
        format => report.source.format,
        turns => counted(report.turns.len() as u64, "turn"),
        caveat => &report.engine.targets,
        agreement => report.agreement(),
        warnings => report.notices().map(|notice| Value::from(&*notice)).collect::<Vec<_>>(),
        speakers,
        scores,
        talk => figures::talk(report),
    })
}

fn axis_view(report: &Report, axis: Axis, score: &AxisReport) -> Value {
    let poles: Vec<_> = [axis.drains(), axis.builds()]
        .into_iter()
        .map(|pole| {
            let count = score.poles.get(pole.id());
            let findings: Vec<_> =
                strongest(report, pole.id()).into_iter().map(|f| piece(report, f)).collect();
            context! {
                id => pole.id(),
                drains => pole.drains(),
                count => count.map_or(0, |count| count.count),
                rate => rate(count.map_or(0.0, |count| count.per_1000_words)),
                findings,
            }
        })
        .collect();
    let behaviours: Vec<_> = score
        .behaviours
        .iter()
        .map(|(id, count)| {
            context! {
                id,
                meaning => Behaviour::from_id(id).map_or("", Behaviour::meaning),
                count => count.count,
                rate => rate(count.per_1000_words),
                ideal => rate(count.ideal),
                gap => if count.gap == 0.0 { "0".to_owned() } else { format!("{:+.1}", count.gap) },
            }
        })
        .collect();
    context! {
        id => axis.id(),
        index => format!("{:.0}", score.index),
        low => format!("{:.0}", score.low),
        high => format!("{:.0}", score.high),
        evidence => score.evidence.id(),
        poles,
        behaviours,
    }
}

fn piece(report: &Report, finding: &FindingReport) -> Value {
    context! {
        place => place(finding),
        speaker => &finding.speaker,
        behaviour => finding.behaviour,
        quote => &finding.quote,
        instead => &finding.instead,
        taken_back => finding.taken_back.as_ref().map(|taken| context! {
            place => back_at(taken),
            quote => &taken.quote,
        }),
        seen => finding.seen_alone_by().filter(|_| report.engine.has_both()),
    }
}

/// Escapes every value that the template does not mark as safe.
fn escaping(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => Ok(out.write_str(&escaped(text))?),
        _ => minijinja::escape_formatter(out, state, value),
    }
}

/// Text that Markdown shows as it stands.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '&' => safe.push_str("&amp;"),
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' | '$' => {
                safe.push('\\');
                safe.push(c);
            }
            c => safe.push(c),
        }
    }
    // What starts like a list, a numbered point or a ruled line would become one.
    let digits = safe.len() - safe.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let numbered = digits > 0 && safe[digits..].starts_with(['.', ')']);
    if numbered {
        safe.insert(digits, '\\');
    } else if safe.starts_with(['-', '+', '=']) {
        safe.insert(0, '\\');
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_call_and_a_note_look_as_reviewed() {
        insta::assert_snapshot!("markdown_call", render(&sample::call()).expect("renders"));
        insta::assert_snapshot!("markdown_note", render(&sample::note()).expect("renders"));
    }

    #[test]
    fn a_transcript_cannot_carry_markup_into_the_page() {
        let mut report = sample::call();
        report.source.path = "a|b.vtt".into();
        report.speakers[0].name = "[x](http://example.invalid)".into();
        report.findings[0].quote = "<script>alert(1)</script>\n# big | `code`".into();
        let text = render(&report).expect("renders");
        assert!(!text.contains("<script>") && !text.contains("[x]("));
        assert!(text.contains("a\\|b.vtt"));
        assert_eq!(escaped("1. - a"), "1\\. - a");
        assert_eq!(escaped("- a"), "\\- a");
        assert!(text.contains("\\# big \\| \\`code\\`"));
    }
}
