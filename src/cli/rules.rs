//! `unsell rules`: lists, shows, tests and explains the lexicon's rules.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use crate::lexicon::package::Package;
use crate::lexicon::{Lexicon, Rule};
use crate::pages::{Form, pages};
use crate::taxonomy::Behaviour;
use clap::{Args, Subcommand, ValueEnum};

use super::output::WholeFile;

/// Lists, shows, tests and explains lexicon rules.
#[derive(Debug, Args)]
pub struct RulesArgs {
    #[command(subcommand)]
    command: RulesCommand,
    /// More lexicon rules, a file or a package folder: they add to the built-in ones, or override
    /// them by id; repeatable
    #[arg(long = "lexicon", value_name = "FILE|DIR", global = true)]
    lexicons: Vec<std::path::PathBuf>,
}

const DOCS_EXAMPLES: &str = "\
Examples:
  unsell rules docs --out rules
  unsell rules docs --out rules --format html --lexicon my-rules.toml";

#[derive(Debug, Clone, Copy, ValueEnum)]
enum DocsFormat {
    /// Markdown, for wikis and repositories
    Markdown,
    /// HTML, for browsers
    Html,
}

#[derive(Debug, Subcommand)]
enum RulesCommand {
    /// Lists all rules, a line each.
    List {
        /// Only the rules of this behaviour.
        #[arg(value_name = "BEHAVIOUR")]
        behaviour: Option<String>,
    },
    /// Shows a rule whole: why, patterns, conditions, what to say instead, examples.
    Show {
        /// The rule, such as `pressure.deadline`.
        #[arg(value_name = "ID")]
        id: String,
    },
    /// Runs the examples inside the rules, and those of packages given by --lexicon.
    Test {
        /// Also takes every condition, pattern and set entry away in turn: some example must notice.
        #[arg(long)]
        mutate: bool,
    },
    Diff(super::rules_diff::DiffArgs),
    /// Writes a page for each behaviour: what it is and why, how it sounds, what to say instead,
    /// every rule in plain words, and how good the rules are.
    #[command(after_help = DOCS_EXAMPLES)]
    Docs {
        /// The folder to write the pages into
        #[arg(long, value_name = "DIR")]
        out: std::path::PathBuf,
        /// Only Markdown (README.md first) or only HTML (index.html first) [default: both]
        #[arg(long, value_enum)]
        format: Option<DocsFormat>,
    },
    /// Says which rules match a sentence, and what became of each match.
    Explain {
        /// The sentence.
        #[arg(value_name = "TEXT")]
        text: String,
        /// What was said just before.
        #[arg(long, default_value = "", value_name = "TEXT", hide_default_value = true)]
        prev: String,
        /// Also says why this rule does not match.
        #[arg(long, value_name = "ID")]
        rule: Option<String>,
    },
}

impl RulesArgs {
    /// Runs the command; the error is a whole message.
    pub fn run(&self, out: &mut dyn Write) -> Result<ExitCode, super::Failure> {
        if let RulesCommand::Diff(args) = &self.command {
            if !self.lexicons.is_empty() {
                return Err(super::Failure::new("`rules diff` takes its rules as OLD and NEW")
                    .with_help("leave --lexicon out"));
            }
            return super::rules_diff::run(args, out).map(super::Ending::status);
        }
        let lexicon = Lexicon::with_paths(&self.lexicons).map_err(super::Failure::new)?;
        match &self.command {
            RulesCommand::List { behaviour } => list(&lexicon, behaviour.as_deref(), out),
            RulesCommand::Show { id } => show(find(&lexicon, id)?, out).map_err(Into::into),
            RulesCommand::Test { mutate } => {
                let folders = self.lexicons.iter().filter(|path| path.is_dir());
                let packages = folders.map(|path| Package::read(path).map_err(super::Failure::new));
                let packages: Vec<_> = packages.collect::<Result<_, _>>()?;
                test(&lexicon, &packages, *mutate, out).map_err(Into::into)
            }
            RulesCommand::Docs { out: folder, format } => {
                let forms = match format {
                    None => vec![Form::Markdown, Form::Html],
                    Some(DocsFormat::Markdown) => vec![Form::Markdown],
                    Some(DocsFormat::Html) => vec![Form::Html],
                };
                docs(&lexicon, &forms, !self.lexicons.is_empty(), folder, out)
            }
            // Handled above, since it loads rules of its own.
            RulesCommand::Diff(_) => Ok(ExitCode::SUCCESS),
            RulesCommand::Explain { text, prev, rule } => {
                let rule = rule.as_deref().map(|id| find(&lexicon, id)).transpose()?;
                explain(&lexicon, prev, text, rule, out).map_err(Into::into)
            }
        }
    }
}

fn find<'a>(lexicon: &'a Lexicon, id: &str) -> Result<&'a Rule, super::Failure> {
    lexicon.rule(id).ok_or_else(|| {
        let near =
            crate::taxonomy::nearest(id, lexicon.rules().iter().map(|rule| rule.id.as_str()));
        let help = match near {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`unsell rules list` shows all rules".to_owned(),
        };
        super::Failure::new(format!("no rule is called `{id}`")).with_help(help)
    })
}

fn list(
    lexicon: &Lexicon,
    behaviour: Option<&str>,
    out: &mut dyn Write,
) -> Result<ExitCode, super::Failure> {
    let wanted = match behaviour {
        None => None,
        Some(id) => Some(
            Behaviour::from_id(id)
                .ok_or_else(|| super::Failure::new(crate::taxonomy::unknown_behaviour(id)))?,
        ),
    };
    let all = lexicon.rules().iter().chain(lexicon.retractions());
    let is_wanted = |rule: &&Rule| {
        wanted.is_none_or(|b| match rule.takes_back.as_slice() {
            [] => rule.behaviour == b,
            taken => taken.contains(&b),
        })
    };
    for rule in all.filter(is_wanted) {
        writeln!(out, "{:<44} {:.2}  {}", rule.id, rule.weight, rule.why)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn show(rule: &Rule, out: &mut dyn Write) -> io::Result<ExitCode> {
    writeln!(out, "{}  (weight {:.2}, {})", rule.id, rule.weight, rule.path)?;
    writeln!(out, "\n  {}", rule.why)?;
    if !rule.takes_back.is_empty() {
        let ids: Vec<_> = rule.takes_back.iter().map(|behaviour| behaviour.id()).collect();
        writeln!(out, "\n  Takes back {}", ids.join(", "))?;
    }
    let mut section = |title: &str, lines: &[String]| -> io::Result<()> {
        if !lines.is_empty() {
            writeln!(out, "\n{title}")?;
        }
        lines.iter().try_for_each(|line| writeln!(out, "  {line}"))
    };
    section("Hears", &rule.patterns)?;
    section("Unless", &rule.unless)?;
    section("Only beside", &rule.needs)?;
    section("Unless it answers", &rule.prev_unless)?;
    section("Only as an answer to", &rule.prev_needs)?;
    section("Holds for", &rule.conditions())?;
    let instead = if rule.instead.is_empty() { vec![] } else { vec![rule.instead.clone()] };
    section("Say instead", &instead)?;
    section("Must hear", &rule.hits)?;
    section("Must not hear", &rule.misses)?;
    Ok(ExitCode::SUCCESS)
}

fn test(
    lexicon: &Lexicon,
    packages: &[Package],
    mutate: bool,
    out: &mut dyn Write,
) -> io::Result<ExitCode> {
    let report = lexicon.test();
    let of_packages: Vec<_> = packages.iter().map(|package| package.test(lexicon)).collect();
    let all = || of_packages.iter().chain([&report]);
    for failure in all().flat_map(|report| &report.failures) {
        writeln!(
            out,
            "{}: {}\n  {}\n  {}\n",
            failure.path, failure.rule, failure.example, failure.problem
        )?;
    }
    for (package, report) in packages.iter().zip(&of_packages) {
        let Package { name, version, licence, .. } = package;
        let (failed, rows) = (report.failures.len(), report.examples);
        writeln!(out, "{name} {version} ({licence}): {failed} failed of {rows} labelled rows")?;
    }
    writeln!(
        out,
        "{} rules, {} examples: {} failed",
        report.rules,
        report.examples,
        report.failures.len()
    )?;
    let mut good = all().all(|report| report.failures.is_empty());
    if mutate && good {
        let survivors = lexicon.survivors();
        for mutant in &survivors {
            writeln!(
                out,
                "{}: no example notices when {} is taken away",
                mutant.rule, mutant.removed
            )?;
        }
        writeln!(out, "{} parts are covered by no example", survivors.len())?;
        good = survivors.is_empty();
    }
    Ok(if good { ExitCode::SUCCESS } else { ExitCode::from(2) })
}

fn docs(
    lexicon: &Lexicon,
    forms: &[Form],
    own_rules: bool,
    folder: &Path,
    out: &mut dyn Write,
) -> Result<ExitCode, super::Failure> {
    let mut written = 0;
    for form in forms {
        for page in pages(lexicon, *form, own_rules).map_err(super::Failure::new)? {
            let path = folder.join(&page.file);
            let whole = WholeFile::create(&path).and_then(|mut file| {
                file.write_all(page.text.as_bytes())?;
                file.finish(&path)
            });
            whole.map_err(|error| super::Failure::new(format!("{}: {error}", path.display())))?;
            written += 1;
        }
    }
    writeln!(out, "{written} pages in {}", super::output::visible(&folder.display().to_string()))?;
    Ok(ExitCode::SUCCESS)
}

fn explain(
    lexicon: &Lexicon,
    prev: &str,
    text: &str,
    rule: Option<&Rule>,
    out: &mut dyn Write,
) -> io::Result<ExitCode> {
    for explanation in lexicon.explain(prev, text) {
        writeln!(out, "{}  ({})", explanation.text, explanation.mood)?;
        writeln!(out, "  heard: {}", explanation.heard.join(" "))?;
        for trace in &explanation.traces {
            match &trace.rejected {
                None => writeln!(out, "  yes  {}: \"{}\"", trace.rule, trace.quote)?,
                Some(why) => writeln!(out, "  no   {}: \"{}\", {why}", trace.rule, trace.quote)?,
            }
        }
        if explanation.traces.is_empty() {
            writeln!(out, "  no rule matches")?;
        }
    }
    for (pattern, needed, there) in
        rule.map(|rule| lexicon.needed_words(&rule.id, text)).unwrap_or_default()
    {
        let verdict = if there { "is there; the words around it do not fit" } else { "is missing" };
        writeln!(out, "  `{pattern}`: one of {} {verdict}", needed.join(", "))?;
    }
    Ok(ExitCode::SUCCESS)
}
