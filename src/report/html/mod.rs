//! Pages to look at: one for each transcript, and one that leads to all of them.
//!
//! A page is one file that needs nothing else and reaches nothing: styles, script and drawings are in
//! it, and a content policy names the hashes of the only script and style that may run, so that not
//! even a hole in the escaping would let a transcript's words act. What is drawn is prepared here as
//! numbers and drawn by the templates.

use std::io;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, Output, State, Value, context};
use sha2::{Digest, Sha256};

use super::{Layout, Pages, Writer, clean};

mod call;
mod index;
mod people;
mod plan;
mod timeline;
mod transcript;
mod trend;

#[cfg(test)]
mod tests;

pub(super) static HTML: Writer = Writer {
    id: "html",
    about: "a page to look at, print and click through; with --out an index of all calls too",
    extension: "html",
    styled: false,
    layout: Layout::Pages(Pages {
        page: call::write,
        index: "index.html",
        write_index: index::write,
    }),
};

const STYLE: &str = include_str!("style.css");
const COMMON: &str = include_str!("common.js");

/// The template files by name; `.html` turns their escaping on.
const TEMPLATES: [(&str, &str); 6] = [
    ("page.html", include_str!("page.html.jinja")),
    ("call.html", include_str!("call.html.jinja")),
    ("timeline.html", include_str!("timeline.html.jinja")),
    ("parts.html", include_str!("parts.html.jinja")),
    ("subject.html", include_str!("subject.html.jinja")),
    ("index.html", include_str!("index.html.jinja")),
];

/// Fills a template and puts the frame of every page around it.
fn render(template: &str, script: &str, view: Value) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    environment.set_syntax(syntax.build()?);
    environment.set_formatter(cleaning);
    for (name, source) in TEMPLATES {
        environment.add_template(name, source)?;
    }
    let script = format!("{COMMON}\n{script}");
    environment.get_template(template)?.render(context! {
        policy => Value::from_safe_string(policy(&script)),
        style => Value::from_safe_string(STYLE.to_owned()),
        script => Value::from_safe_string(script),
        version => env!("CARGO_PKG_VERSION"),
        ..view
    })
}

/// Nothing may be fetched, and nothing runs but the page's own script and style.
fn policy(script: &str) -> String {
    let hash = |text: &str| STANDARD.encode(Sha256::digest(text.as_bytes()));
    format!(
        "default-src 'none'; script-src 'sha256-{}'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'",
        hash(script),
        hash(STYLE)
    )
}

/// Cleans and escapes every text that is not the program's own.
fn cleaning(
    out: &mut Output<'_>,
    state: &mut State<'_, '_>,
    value: &Value,
) -> Result<(), minijinja::Error> {
    match value.as_str() {
        Some(text) if !value.is_safe() => {
            minijinja::escape_formatter(out, state, &Value::from(clean(text)))
        }
        _ => minijinja::escape_formatter(out, state, value),
    }
}

fn write_all(text: Result<String, minijinja::Error>, out: &mut dyn io::Write) -> io::Result<()> {
    out.write_all(text.map_err(io::Error::other)?.as_bytes())
}

/// A coordinate, with as many digits as an eye can tell.
fn at(value: f64) -> f64 {
    (value * 10.0).round() / 10.0
}
