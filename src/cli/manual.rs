//! What shells and `man` know of the program: completions and manual pages, made from its own help.

use std::io::Write;
use std::path::PathBuf;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Ending, Failure};

const COMPLETION_EXAMPLES: &str = "\
Examples:
  unsell completions bash > ~/.local/share/bash-completion/completions/unsell
  unsell completions zsh > ~/.zfunc/_unsell
  unsell completions fish > ~/.config/fish/completions/unsell.fish";

const MAN_EXAMPLES: &str = "\
Examples:
  unsell man | man -l -
  unsell man --out ~/.local/share/man/man1";

/// Prints completions for a shell
#[derive(Debug, Args)]
#[command(after_help = COMPLETION_EXAMPLES)]
pub struct CompletionArgs {
    /// The shell
    shell: Shell,
}

/// Prints the manual page
#[derive(Debug, Args)]
#[command(after_help = MAN_EXAMPLES)]
pub struct ManArgs {
    /// Write the page and those of all sub-commands into this folder instead
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub fn completions(args: &CompletionArgs, out: &mut dyn Write) -> Result<Ending, Failure> {
    // Into memory first: what writes completions stops the program where nobody reads them.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "unsell", &mut script);
    out.write_all(&script)?;
    Ok(Ending::Done)
}

pub fn man(args: &ManArgs, out: &mut dyn Write) -> Result<Ending, Failure> {
    match &args.out {
        None => clap_mangen::Man::new(Cli::command()).render(out)?,
        Some(folder) => {
            let written = std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(Cli::command(), folder));
            written.map_err(|error| Failure::new(format!("{}: {error}", folder.display())))?;
        }
    }
    Ok(Ending::Done)
}
