//! `unsell init`: an `unsell.toml` to begin with.

use std::io::Write;
use std::path::PathBuf;

use crate::config::{FILE, TEMPLATE};

use super::output::{WholeFile, visible};
use super::{Ending, Failure};

const EXAMPLES: &str = "\
Examples:
  unsell init
  unsell init team/calls
  unsell init --force";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Args {
    /// The folder whose calls and notes it is for
    #[arg(default_value = ".", value_name = "DIR")]
    folder: PathBuf,

    /// Write over a file that is there
    #[arg(long)]
    force: bool,
}

pub fn run(args: &Args, err: &mut dyn Write) -> Result<Ending, Failure> {
    let path =
        if args.folder.as_os_str() == "." { PathBuf::from(FILE) } else { args.folder.join(FILE) };
    let name = path.display();
    if !args.folder.is_dir() {
        return Err(Failure::new(format!("{}: no such folder", args.folder.display())));
    }
    if path.exists() && !args.force {
        return Err(
            Failure::new(format!("{name} is there already")).with_help("--force writes over it")
        );
    }
    let unwritten = |error| Failure::new(format!("{name}: {error}"));
    let mut file = WholeFile::create(&path).map_err(unwritten)?;
    file.write_all(TEMPLATE.as_bytes()).map_err(unwritten)?;
    file.finish(&path).map_err(unwritten)?;
    writeln!(err, "{} written; its settings stand behind a `#`", visible(&name.to_string()))?;
    Ok(Ending::Done)
}
