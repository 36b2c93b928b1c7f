//! The `unsell` program: arguments in, an exit status out. All work is the library's.

fn main() -> std::process::ExitCode {
    unsell::cli::run()
}
