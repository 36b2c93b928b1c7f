//! The `unsell` program.

fn main() -> std::process::ExitCode {
    unsell::cli::run()
}
