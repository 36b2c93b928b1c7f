//! `unsell history`: what earlier calls came to, over time.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};

use crate::history::{self, History, HistoryError, NO_ONE, People, Period, Records, TABLES, What};
use crate::report::clean;
use crate::taxonomy::{Axis, Behaviour, nearest, unknown_behaviour};

use super::output::WholeFile;
use super::{Ending, Failure, read_text};

const EXAMPLES: &str = "\
Examples:
  unsell analyze calls/ --history calls.db --format jsonl > reports.jsonl
  unsell history show --history calls.db
  unsell history show \"Dana Reyes\" --history calls.db --people people.toml
  unsell history trend \"Dana Reyes\" --axis selling --history calls.db
  unsell history trend \"Dana Reyes\" --behaviour price-push --by quarter --history calls.db
  unsell history export --out tables --history calls.db";

/// Shows people over their calls, from what `analyze --history FILE` kept
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct HistoryArgs {
    #[command(subcommand)]
    command: HistoryCommand,

    /// The file that `analyze --history` fills
    #[arg(long, value_name = "FILE", global = true, default_value = "unsell-history.db")]
    history: PathBuf,

    /// Who is the same person in several calls, a TOML file: under [people], lines of
    /// "Dana Reyes" = ["D. Reyes", "dana@example.com"]
    #[arg(long, value_name = "FILE", global = true)]
    people: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
enum HistoryCommand {
    /// Shows everyone who was judged, or one person: balance, behaviours, latest moments
    Show {
        /// Only this person; an empty name is text without a speaker
        #[arg(value_name = "PERSON")]
        person: Option<String>,
    },
    /// Shows how an index or a behaviour of a person went over their calls
    Trend(TrendArgs),
    /// Writes calls.csv, scores.csv, behaviours.csv and moments.csv for spreadsheets
    Export {
        /// The folder to write them into
        #[arg(long, value_name = "DIR")]
        out: PathBuf,
    },
}

#[derive(Debug, Args)]
#[group(skip)]
struct TrendArgs {
    /// The person; an empty name is text without a speaker
    #[arg(value_name = "PERSON")]
    person: String,

    /// Follow the index of this axis
    #[arg(long, value_enum, required_unless_present = "behaviour", conflicts_with = "behaviour")]
    axis: Option<AxisArg>,

    /// Follow how often this behaviour is found
    #[arg(long, value_name = "BEHAVIOUR", value_parser = behaviour)]
    behaviour: Option<Behaviour>,

    /// What makes a line [default: call for up to 15 calls, else month]
    #[arg(long, value_enum)]
    by: Option<PeriodArg>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum AxisArg {
    /// A seller in a call with a buyer
    Selling,
    /// A leader among their own people
    Leading,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum PeriodArg {
    /// Every call
    Call,
    /// The calls of a month
    Month,
    /// The calls of three months
    Quarter,
}

fn behaviour(word: &str) -> Result<Behaviour, String> {
    Behaviour::from_id(word).ok_or_else(|| unknown_behaviour(word))
}

impl From<HistoryError> for Failure {
    fn from(error: HistoryError) -> Self {
        Failure::Said { message: error.message, help: error.help }
    }
}

pub fn run(args: &HistoryArgs, out: &mut dyn Write) -> Result<Ending, Failure> {
    let people = match &args.people {
        Some(path) => People::from_toml(&path.display().to_string(), &read_text(path)?)?,
        None => People::default(),
    };
    let history = History::open(&args.history).map_err(|error| match args.history.exists() {
        true => Failure::from(error),
        false => Failure::from(error).with_help(
            "`unsell analyze calls/ --history FILE` makes one; say which with --history",
        ),
    })?;
    let records = history.read(&people)?;
    match &args.command {
        HistoryCommand::Show { person: None } => history::show_all(&records, out)?,
        HistoryCommand::Show { person: Some(name) } => {
            history::show_person(&records, find(&records, &people, name)?, out)?;
        }
        HistoryCommand::Trend(args) => {
            let what = match (args.axis, args.behaviour) {
                (_, Some(behaviour)) => What::Behaviour(behaviour),
                (Some(AxisArg::Leading), None) => What::Axis(Axis::Leading),
                (_, None) => What::Axis(Axis::Selling),
            };
            let period = args.by.map(|by| match by {
                PeriodArg::Call => Period::Call,
                PeriodArg::Month => Period::Month,
                PeriodArg::Quarter => Period::Quarter,
            });
            let person = find(&records, &people, &args.person)?;
            history::trend(&records, person, what, period, out)?;
        }
        HistoryCommand::Export { out } => export(&records, out)?,
    }
    out.flush()?;
    Ok(Ending::Done)
}

/// The person of this name, or who it may have meant.
fn find<'a>(records: &'a Records, people: &People, name: &str) -> Result<&'a str, Failure> {
    if let Some(person) = records.person(people.person(name, None)) {
        return Ok(person);
    }
    let known = records.people();
    let lowered: Vec<_> = known.iter().map(|name| name.to_lowercase()).collect();
    let near = nearest(&name.to_lowercase(), lowered.iter().map(String::as_str));
    let near = near.and_then(|near| known.iter().find(|name| name.to_lowercase() == near));
    let failure = Failure::new(format!("`{}` is judged in no call of this history", clean(name)));
    Err(match near {
        Some(near) => failure.with_help(format!("did you mean `{near}`?")),
        None if known.is_empty() => failure.with_help("nobody is"),
        None => {
            let shown =
                known.iter().take(12).map(|name| if name.is_empty() { NO_ONE } else { name });
            failure.with_help(format!("there are {}", shown.collect::<Vec<_>>().join(", ")))
        }
    })
}

fn export(records: &Records, out: &Path) -> Result<(), Failure> {
    for table in &TABLES {
        let path = out.join(table.file);
        let written = WholeFile::private(&path).and_then(|mut file| {
            table.write(records, &mut file)?;
            file.finish(&path)
        });
        written.map_err(|error| Failure::new(format!("{}: {error}", path.display())))?;
    }
    Ok(())
}
