//! A page for each behaviour, for people who want to know what is looked for and why: what it is, how
//! it sounds, what to say instead, every rule in plain words, and how good the rules are.
//!
//! The pages are made from the rules themselves. They are Markdown; the HTML is the same text rendered.

pub mod measured;

use minijinja::{Environment, Value, context};
use pulldown_cmark::{Options, Parser, html};

use crate::lexicon::wording::{Example, example, in_words};
use crate::lexicon::{Lexicon, Rule};
use crate::report::markdown::{environment, escaped};
use crate::taxonomy::{Behaviour, Pole};
use measured::{COMMAND, Measured, Quality};

/// A page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The file's name.
    pub file: String,
    /// The text.
    pub text: String,
}

/// How the pages are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// `README.md` and `<behaviour>.md`.
    Markdown,
    /// `index.html` and `<behaviour>.html`.
    Html,
}

impl Form {
    fn ending(self) -> &'static str {
        match self {
            Form::Markdown => "md",
            Form::Html => "html",
        }
    }

    /// The file of the list of all behaviours.
    fn index(self) -> &'static str {
        match self {
            Form::Markdown => "README.md",
            Form::Html => "index.html",
        }
    }
}

/// Why a page could not be made; a fault of this program, which its tests would see.
#[derive(Debug, thiserror::Error)]
pub enum PageError {
    /// A template.
    #[error("a page's template: {0}")]
    Template(#[from] minijinja::Error),
    /// The figures.
    #[error("the measured figures: {0}")]
    Measured(#[from] serde_json::Error),
}

/// What is behind a pole, and where that is from.
fn why(pole: Pole) -> &'static str {
    match pole {
        Pole::Pushy => {
            "Buyers resist what pushes them, and research found that sellers sell more without it."
        }
        Pole::Leadership => {
            "Buyers want to meet leaders in those who sell to them, and meet them less often than they would \
             like. Each of these behaviours can be learned and done more often; frequency is what counts."
        }
        Pole::BuyIn => {
            "Who sells a way of their own gets consent at best. People who were sold on something do not own it, \
             and give less than they could."
        }
        Pole::Ownership => {
            "People give their best where purpose, decision and result are theirs. Leading is making the room \
             in which they are."
        }
    }
}

/// The article that a pole is from.
fn source(pole: Pole) -> &'static str {
    match pole {
        Pole::Pushy | Pole::Leadership => {
            "Deb Calvert, “What If Sellers Behaved as Leaders?” (2018), after research with James Kouzes and \
             Barry Posner"
        }
        Pole::BuyIn | Pole::Ownership => {
            "“Creating better Buy-In is not Leadership. It’s Salesmanship.”"
        }
    }
}

/// The pages of all behaviours, the list first. `own_rules`: the lexicon has more than the built-in
/// rules, which the figures do not know.
pub fn pages(lexicon: &Lexicon, form: Form, own_rules: bool) -> Result<Vec<Page>, PageError> {
    let measured = Measured::builtin()?;
    let mut environment = environment()?;
    environment.add_template("behaviour", include_str!("behaviour.md.jinja"))?;
    environment.add_template("index", include_str!("index.md.jinja"))?;
    let general = context! {
        ending => form.ending(),
        index => form.index(),
        command => COMMAND,
        labelled => measured.rows.labelled,
        own_rules,
    };
    let mut pages = Vec::with_capacity(Behaviour::COUNT + 1);
    let poles: Vec<_> =
        Pole::ALL.into_iter().map(|pole| pole_view(lexicon, &measured, pole)).collect();
    let text = environment.get_template("index")?.render(context! { poles, ..general.clone() })?;
    pages.push(page(form, "Behaviours", form.index().to_owned(), text)?);
    for behaviour in Behaviour::all() {
        let view = behaviour_view(lexicon, &measured, behaviour, form);
        let text = environment
            .get_template("behaviour")?
            .render(context! { ..view, ..general.clone() })?;
        pages.push(page(form, behaviour.id(), format!("{behaviour}.{}", form.ending()), text)?);
    }
    Ok(pages)
}

fn page(form: Form, title: &str, file: String, markdown: String) -> Result<Page, PageError> {
    let text = match form {
        Form::Markdown => markdown,
        Form::Html => {
            // What comes from rules is escaped in the Markdown, so no markup of theirs gets here.
            let mut body = String::new();
            html::push_html(&mut body, Parser::new_ext(&markdown, Options::ENABLE_TABLES));
            let mut environment = Environment::new();
            environment.add_template("page.html", include_str!("page.html.jinja"))?;
            let values = context! { title, body => Value::from_safe_string(body) };
            environment.get_template("page.html")?.render(values)?
        }
    };
    Ok(Page { file, text })
}

fn pole_view(lexicon: &Lexicon, measured: &Measured, pole: Pole) -> Value {
    let behaviours: Vec<_> = Behaviour::all()
        .filter(|behaviour| behaviour.pole() == pole)
        .map(|behaviour| {
            context! {
                id => behaviour.id(),
                group => behaviour.group(),
                meaning => behaviour.meaning(),
                rules => rules_of(lexicon, behaviour).count(),
                quality => measured.quality(behaviour.id()).map(quality_view),
            }
        })
        .collect();
    context! {
        id => pole.id(),
        axis => pole.axis().id(),
        drains => pole.drains(),
        why => why(pole),
        source => source(pole),
        behaviours,
    }
}

fn quality_view(quality: &Quality) -> Value {
    context! {
        support => quality.support,
        predicted => quality.predicted,
        correct => quality.correct,
        precision => quality.precision.percent(),
        recall => quality.recall.percent(),
    }
}

fn rules_of(lexicon: &Lexicon, behaviour: Behaviour) -> impl Iterator<Item = &Rule> {
    lexicon.rules().iter().filter(move |rule| rule.behaviour == behaviour)
}

fn behaviour_view(
    lexicon: &Lexicon,
    measured: &Measured,
    behaviour: Behaviour,
    form: Form,
) -> Value {
    let rules: Vec<_> = rules_of(lexicon, behaviour).collect();
    let about = rules.first().map_or(String::new(), |rule| lexicon.about(rule));
    let mut instead: Vec<String> = Vec::new();
    for rule in rules.iter().filter(|rule| !rule.instead.is_empty()) {
        if !instead.contains(&rule.instead) {
            instead.push(rule.instead.clone());
        }
    }
    let first = |list: fn(&Rule) -> &[String]| -> Vec<Value> {
        rules
            .iter()
            .filter_map(|rule| list(rule).first())
            .map(|written| example_view(written))
            .collect()
    };
    let pole = behaviour.pole();
    context! {
        id => behaviour.id(),
        axis => behaviour.axis().id(),
        pole => pole.id(),
        group => behaviour.group(),
        drains => pole.drains(),
        meaning => behaviour.meaning(),
        about => Value::from_safe_string(linked(&about, form)),
        why => why(pole),
        source => source(pole),
        hits => first(|rule| &rule.hits),
        misses => first(|rule| &rule.misses),
        instead,
        quality => measured.quality(behaviour.id()).map(quality_view),
        rules => rules.iter().map(|rule| rule_view(rule)).collect::<Vec<_>>(),
        sets => sets(lexicon, &rules),
    }
}

fn example_view(written: &str) -> Value {
    let Example { before, text } = example(written);
    context! { before, text }
}

fn rule_view(rule: &Rule) -> Value {
    let words = |patterns: &[String]| -> Vec<String> {
        patterns.iter().map(|pattern| in_words(pattern)).collect()
    };
    context! {
        id => &rule.id,
        why => &rule.why,
        weight => format!("{:.2}", rule.weight),
        patterns => words(&rule.patterns),
        unless => words(&rule.unless),
        needs => words(&rule.needs),
        prev_unless => words(&rule.prev_unless),
        prev_needs => words(&rule.prev_needs),
        conditions => rule.conditions(),
    }
}

/// The word lists that the rules name, and those that these lists name.
fn sets(lexicon: &Lexicon, rules: &[&Rule]) -> Vec<Value> {
    let mut found: Vec<(&str, String)> = Vec::new();
    for rule in rules {
        let lists =
            [&rule.patterns, &rule.unless, &rule.needs, &rule.prev_unless, &rule.prev_needs];
        for pattern in lists.into_iter().flatten() {
            note_sets(&rule.path, pattern, &mut found);
        }
    }
    let mut views = Vec::new();
    let mut at = 0;
    while let Some((path, name)) = found.get(at).cloned() {
        let entries = lexicon.set(path, &name);
        for entry in &entries {
            note_sets(path, entry, &mut found);
        }
        let words: Vec<_> = entries.into_iter().map(in_words).collect();
        views.push(context! { name, words });
        at += 1;
    }
    views
}

/// Adds the sets that a pattern of a file names and that are not yet among those found.
fn note_sets<'a>(path: &'a str, pattern: &str, found: &mut Vec<(&'a str, String)>) {
    for part in pattern.split('{').skip(1) {
        let name = part.split('}').next().unwrap_or_default().trim();
        if !found.iter().any(|(other, known)| *other == path && known == name) {
            found.push((path, name.to_owned()));
        }
    }
}

/// Text in which the names of behaviours, in backticks, lead to their pages.
fn linked(text: &str, form: Form) -> String {
    let mut linked = String::new();
    for (at, part) in text.split('`').enumerate() {
        match Behaviour::from_id(part) {
            Some(behaviour) if at % 2 == 1 => {
                linked.push_str(&format!("[{behaviour}]({behaviour}.{})", form.ending()));
            }
            _ => linked.push_str(&escaped(part)),
        }
    }
    linked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lexicon::LexiconFile;

    #[test]
    fn every_behaviour_has_a_page_with_every_part_in_both_forms() {
        let lexicon = Lexicon::builtin().expect("the lexicon is valid");
        for form in [Form::Markdown, Form::Html] {
            let pages = pages(&lexicon, form, false).expect("pages");
            assert_eq!(pages.len(), Behaviour::COUNT + 1);
            for (page, behaviour) in pages.iter().skip(1).zip(Behaviour::all()) {
                assert_eq!(page.file, format!("{behaviour}.{}", form.ending()));
                let parts = ["Why", "Sounds like", "Is not", "Say instead", "Measured", "Rules"];
                for part in parts {
                    let wanted = part != "Say instead" || behaviour.pole().drains();
                    assert_eq!(page.text.contains(part), wanted, "{behaviour}: {part}");
                }
                for rule in rules_of(&lexicon, behaviour) {
                    let name = rule.id.split('.').nth(1).unwrap_or_default();
                    assert!(page.text.contains(name), "{}", rule.id);
                }
                assert!(page.text.contains("precision"), "{behaviour} was measured");
            }
        }
    }

    #[test]
    fn links_between_the_pages_lead_to_pages() {
        let lexicon = Lexicon::builtin().expect("the lexicon is valid");
        for form in [Form::Markdown, Form::Html] {
            let pages = pages(&lexicon, form, false).expect("pages");
            let mark = if form == Form::Markdown { "](" } else { "href=\"" };
            for page in &pages {
                for link in page.text.split(mark).skip(1) {
                    let target = link.split([')', '"']).next().unwrap_or_default();
                    assert!(pages.iter().any(|other| other.file == target), "{target}");
                }
            }
        }
    }

    #[test]
    fn rules_of_strangers_carry_no_markup_into_the_pages() {
        let text = "behaviour = \"pressure\"\ninstead = \"<img src=x>\"\n[[rule]]\nid = \"mine\"\n\
                    why = \"<script>alert(1)</script> [x](http://example.invalid)\"\nweight = 0.9\n\
                    any = [\"zibble now\"]\nhits = [\"<b>zibble</b> now | # x\"]\n";
        let file = LexiconFile { path: "mine.toml".into(), text: text.into() };
        let lexicon = Lexicon::with_files(&[file]).expect("the rules are valid");
        let page = |form| {
            let pages = pages(&lexicon, form, true).expect("pages");
            pages.into_iter().find(|page| page.file.starts_with("pressure.")).expect("a page").text
        };
        let (markdown, html) = (page(Form::Markdown), page(Form::Html));
        for text in [&markdown, &html] {
            assert!(text.contains("zibble") && text.contains("your own rules"), "{text}");
            assert!(!text.contains("<script") && !text.contains("<img") && !text.contains("<b>"));
        }
        assert!(!html.contains("example.invalid\""));
    }
}
